"""pytest's part of the portable tests: `--interpreter=micropython` runs host_tests/unit in the real interpreter."""

from __future__ import annotations

import gc
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests import micropython_runner

UNIT = Path(__file__).parent / "unit"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice of the interpreter."""
    parser.addoption("--interpreter", choices=("cpython", "micropython", "micropython-32bit"), default="cpython", help="what runs the portable tests")
    parser.addoption("--heap", default=micropython_runner.HEAP, help="heap of the MicroPython interpreter of each test file")


def _wanted(config: pytest.Config) -> bool:
    return bool(config.getoption("--interpreter") != "cpython")


def _is_32bit(config: pytest.Config) -> bool:
    return bool(config.getoption("--interpreter") == "micropython-32bit")


def _no_interpreter() -> str:
    return f"there is no wheel of the MicroPython interpreter for {platform.system()} {platform.machine()}: the portable tests run on CPython only here"


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say on which interpreter the portable tests run."""
    if not _wanted(config):
        return None
    if _is_32bit(config):
        return "interpreter: MicroPython with 31-bit small integers and 32-bit pointers, under Node"
    return f"interpreter: MicroPython, heap {config.getoption('--heap')} a file" if micropython_runner.interpreter() else _no_interpreter()


def _freeze() -> None:
    """Take everything that lives out of the collector's sight.

    The firmware collects garbage whenever a microcontroller should; here each of those collections would walk through pytest, jsonschema
    and all tests. Frozen, they cost nothing, and a run of all unit tests takes a tenth of the time.
    """
    gc.collect()
    gc.freeze()


def pytest_collection_finish() -> None:
    """Begin with everything frozen that the tests have imported."""
    _freeze()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """And again behind each file."""
    if nextitem is None or nextitem.path != item.path:
        _freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take the portable files out of pytest's hands when they run on MicroPython."""
    if not _wanted(parent.config):
        return None
    if UNIT not in module_path.parents:
        raise pytest.UsageError(f"{module_path}: only host_tests/unit runs on MicroPython")
    return PortableFile.from_parent(parent, path=module_path)


class PortableFile(pytest.File):
    """One file of portable tests: one process of the interpreter, started when its first test is due."""

    _outcomes: dict[str, micropython_runner.Outcome] | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each test function, in the order of the file."""
        for name in micropython_runner.test_names(self.path):
            yield PortableTest.from_parent(self, name=name)

    def outcome(self, name: str) -> micropython_runner.Outcome:
        """Return what became of one test; the first question runs them all."""
        if self._outcomes is None:
            names = [item.name for item in self.session.items if item.parent is self]
            if _is_32bit(self.config):
                self._outcomes = micropython_runner.run_file_32bit(self.path, names)
            else:
                self._outcomes = micropython_runner.run_file(self.path, names, str(self.config.getoption("--heap")))
        return self._outcomes[name]


class FailedOnMicroPython(Exception):
    """Carries the interpreter's own traceback."""


class PortableTest(pytest.Item):
    """One test function of a portable file."""

    def runtest(self) -> None:
        """Report what the interpreter said about this test."""
        if _is_32bit(self.config):
            missing = micropython_runner.NOT_ON_32BIT.get(self.path.name) or micropython_runner.NOT_ON_32BIT.get(f"{self.path.name}::{self.name}")
            if missing is not None:
                pytest.skip(missing)
        elif micropython_runner.interpreter() is None:
            pytest.skip(_no_interpreter())
        assert isinstance(self.parent, PortableFile)
        outcome = self.parent.outcome(self.name)
        if not outcome.passed:
            raise FailedOnMicroPython("\n".join(outcome.output))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """Show MicroPython's traceback instead of ours."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the test as pytest names its own."""
        return self.path, None, self.name
