"""The runner of portable tests must not let anything pass that did not."""

from __future__ import annotations

import pytest

from host_tests import micropython_runner
from host_tests.micropython_runner import ROOT, Outcome, run_file, test_names as names_of

TESTS = '''
from host_tests.portable import sent


def test_good():
    sent("Heartbeat", "{}")


def test_fails():
    assert 1 == 2


def test_sends_nonsense():
    sent("Heartbeat", '{"x":1}')


def test_takes_all_memory():
    keep = []
    while True:
        keep.append(bytearray(1000))


def test_ends_the_process():
    import sys
    sys.exit(0)


def test_never_reached():
    pass
'''


@pytest.fixture
def outcomes() -> dict[str, Outcome]:
    """Run the tests above as a portable file."""
    if micropython_runner.interpreter() is None:
        pytest.skip("there is no MicroPython interpreter for this platform")
    file = ROOT / "build" / "runner_check" / "test_sample.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(TESTS, "utf-8")
    return run_file(file, names_of(file), "128K")


def test_each_test_gets_what_it_deserves(outcomes: dict[str, Outcome]) -> None:
    assert {name: outcome.passed for name, outcome in outcomes.items()} == {
        "test_good": True,
        "test_fails": False,
        "test_sends_nonsense": False,
        "test_takes_all_memory": False,
        "test_ends_the_process": False,
        "test_never_reached": False,
    }
    words = {name: "\n".join(outcome.output) for name, outcome in outcomes.items()}
    assert "AssertionError" in words["test_fails"] and "line 10" in words["test_fails"]
    assert "invalid message sent: Heartbeat" in words["test_sends_nonsense"]
    assert "MemoryError" in words["test_takes_all_memory"]
    assert "ended with status 0" in words["test_ends_the_process"] and "ended with status 0" in words["test_never_reached"]


def test_a_file_that_cannot_be_imported_fails_every_test() -> None:
    if micropython_runner.interpreter() is None:
        pytest.skip("there is no MicroPython interpreter for this platform")
    file = ROOT / "build" / "runner_check" / "test_broken.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("import no_such_module\n\n\ndef test_a():\n    pass\n", "utf-8")
    outcome = run_file(file, ["test_a"])["test_a"]
    assert not outcome.passed and "ImportError" in "\n".join(outcome.output)
