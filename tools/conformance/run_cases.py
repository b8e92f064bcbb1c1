"""Runs the conformance cases of one product and collects what became of each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from host_tests.conformance.conftest import case_id
from tools.conformance.results import FAIL, NOT_APPLICABLE, PASS, Outcome

CASES_FOLDER = Path(__file__).resolve().parents[2] / "host_tests" / "conformance"


class _Collector:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the call, or what kept it from being reached."""
        if report.when != "call" and report.passed:
            return
        function = report.nodeid.split("::")[-1]
        verdict, detail = PASS, ""
        if report.skipped:
            verdict = NOT_APPLICABLE
            detail = str(report.longrepr[2]).removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        elif report.failed:
            verdict, detail = FAIL, _first_line(report)
        self.outcomes.append(Outcome(case_id(function), function.split("[")[0], verdict, detail))


def _first_line(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    return str(text.strip().splitlines()[0])[:300] if text.strip() else "no message"


def run_cases(product: str, arguments: list[str]) -> list[Outcome]:
    """Run the cases with pytest, which prints its progress; returns one outcome for each test."""
    os.environ["PRODUCT"] = product
    collector = _Collector()
    pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", str(CASES_FOLDER), *arguments], plugins=[collector])
    return collector.outcomes
