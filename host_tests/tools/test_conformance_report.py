"""The conformance report says what was run, what failed, what does not apply and why, and that it is no certificate."""

from __future__ import annotations

from host_tests.conformance.cases import CASES
from host_tests.conformance.certificate import REMOTE_START
from host_tests.rig.products import PRODUCTS
from tools.conformance.results import FAIL, PASS, Measured, Outcome, Report
from tools.conformance.write import markdown, page


def report(**verdicts: str) -> Report:
    """A run of lecs007 in which every applicable case passed but those named."""
    found = Report(PRODUCTS["lecs007"], "2026-11-23", "abc1234", "MicroPython")
    for case in CASES:
        if case.why_not(found.product) is None:
            verdict = verdicts.get(case.id, PASS)
            found.outcomes.append(Outcome(case.id, "test_" + case.id.lower(), verdict, "a | b" if verdict == FAIL else ""))
    found.boot = {"chargePointModel": "LECS007-1CH02CW", "firmwareVersion": "9.9.9"}
    found.configuration = [{"key": "HeartbeatInterval", "readonly": False, "value": "20"}, {"key": "Extra", "readonly": True, "value": "<1>"}]
    found.measured = [Measured(REMOTE_START, 1.25, 7, "RemoteStartTransaction")]
    return found


def test_a_clean_run_passes_core_and_nothing_that_is_not_declared() -> None:
    clean = report()
    assert clean.passed()
    assert dict(clean.functionalities()) == {"Core": PASS, **{name: "N/A" for name, _ in clean.functionalities() if name != "Core"}}


def test_one_failed_case_fails_its_functionality() -> None:
    failed = report(TC_003_CS=FAIL)
    assert not failed.passed() and dict(failed.functionalities())["Core"] == FAIL


def test_an_applicable_case_without_a_test_is_no_pass() -> None:
    incomplete = report()
    incomplete.outcomes = [outcome for outcome in incomplete.outcomes if outcome.case != "TC_003_CS"]
    assert not incomplete.passed()


def test_both_forms_tell_everything() -> None:
    shown = report(TC_003_CS=FAIL)
    for text in (markdown(shown), page(shown)):
        assert "no certificate" in text and "9.9.9" in text and "abc1234" in text
        assert all(case.id in text for case in CASES)
        assert "cable is fixed" in text and "1.250 s" in text and "differs" in text
    assert "a \\| b" in markdown(shown)
    assert "&lt;1&gt;" in page(shown)
