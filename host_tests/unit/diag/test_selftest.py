"""`diag.selftest()` on a charger whose console is slow: what it says of the safety tick is true."""

from chargepoint.diag import checks
from host_tests.unit.runtime.app_world import Bench


def said_of_the_tick(bench: Bench, line_ms: int, stopped: bool = False) -> str:
    """The line about the tick, when each line takes so long to be written."""
    turns = 0
    for line in checks.selftest(bench.app, bench.now):
        turns += 1
        assert turns < 200
        if line is not None and "safety tick" in line:
            return line
        if stopped:
            bench.app.connectors[0].safety.ticks = 5
        bench.run(50 if line is None else line_ms)
    raise AssertionError("not a word about the tick")


def started() -> Bench:
    bench = Bench()
    bench.run(3000)
    return bench


def test_a_slow_console_makes_no_tick_late() -> None:
    for line_ms in (0, 100, 400):
        assert said_of_the_tick(started(), line_ms).startswith("  ok"), line_ms


def test_a_tick_that_stands_still_is_said() -> None:
    assert "FAILED" in said_of_the_tick(started(), 100, stopped=True)
