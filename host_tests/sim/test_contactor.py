"""The contactor of the world: times from docs/hardware.md 3."""

from __future__ import annotations

from tools.sim.contactor import Contactor
from tools.sim.history import History
from tools.sim.schedule import Schedule


class Bench:
    """A contactor with a clock."""

    def __init__(self) -> None:
        self.schedule = Schedule()
        self.history = History(self.schedule)
        self.contactor = Contactor(self.schedule, self.history, 1, lambda: None)
        self._level = 0

    def run_ms(self, duration_ms: int, edges: bool = False) -> None:
        """Let time pass, with an edge every 10 ms when `edges`."""
        end_ms = self.schedule.now_ms + duration_ms
        while self.schedule.now_ms < end_ms:
            if edges and self.schedule.now_ms % 10 == 0:
                self._level ^= 1
                self.contactor.drive(self._level)
            self.schedule.now_ms += 1
            self.schedule.run_due()


def test_contacts_follow_the_coil_after_20_and_25_ms() -> None:
    bench = Bench()
    bench.run_ms(19, edges=True)
    assert bench.contactor.coil and not bench.contactor.closed
    bench.run_ms(1, edges=True)
    assert bench.contactor.closed and not bench.contactor.mirror
    bench.run_ms(981, edges=True)  # the last edge is at 1000 ms
    assert bench.contactor.closed
    bench.run_ms(58)
    assert bench.contactor.coil
    bench.run_ms(1)
    assert not bench.contactor.coil and bench.contactor.closed
    bench.run_ms(24)
    assert bench.contactor.closed
    bench.run_ms(1)
    assert not bench.contactor.closed and bench.contactor.mirror


def test_a_level_without_edges_holds_nothing() -> None:
    bench = Bench()
    bench.contactor.drive(1)
    bench.run_ms(1000)
    assert not bench.contactor.coil and not bench.contactor.closed


def test_a_weld_closes_and_keeps_closed_whatever_the_coil_does() -> None:
    bench = Bench()
    bench.contactor.weld(True)
    assert bench.contactor.closed and not bench.contactor.mirror
    bench.run_ms(100, edges=True)
    bench.run_ms(500)
    assert not bench.contactor.coil and bench.contactor.closed
    bench.contactor.weld(False)
    assert not bench.contactor.closed


def test_stuck_open_contacts_never_close() -> None:
    bench = Bench()
    bench.contactor.stick_open(True)
    bench.run_ms(500, edges=True)
    assert bench.contactor.coil and not bench.contactor.closed


def test_the_emergency_stop_takes_the_coil_at_once_and_keeps_it() -> None:
    bench = Bench()
    bench.run_ms(100, edges=True)
    bench.contactor.supply(False)
    assert not bench.contactor.coil
    bench.run_ms(25, edges=True)
    assert not bench.contactor.closed
    bench.run_ms(100, edges=True)
    assert not bench.contactor.coil


def test_transitions_are_numbered_and_timed() -> None:
    bench = Bench()
    bench.run_ms(50, edges=True)
    events = bench.history.since(0)
    assert [(e["n"], e["what"], e["from"], e["to"], e["time_s"]) for e in events] == [
        (1, "coil", False, True, 0.0),
        (2, "contactor", "open", "closed", 0.02),
    ]
    assert bench.history.since(1) == events[1:]
    assert bench.history.since(2) == []


def test_the_pull_down_of_a_reset_is_no_edge() -> None:
    bench = Bench()
    bench.contactor.drive(1)
    bench.run_ms(1000)
    bench.contactor.drive(0)
    assert not bench.contactor.coil
