"""Residual current module: its self-test, healthy, dead, interrupted. docs/hardware.md 4.7."""

from chargepoint.drivers.rcd import Rcd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

START = 2**30 - 2000


class Line:
    """A pin."""

    def __init__(self, level: int = 0) -> None:
        self.level = level

    def value(self, level: "Optional[int]" = None) -> int:
        if level is not None:
            self.level = level
        return self.level


class Module:
    """An RCD module: trips `answer_ms` after the test current comes on, lets go `release_ms` after it goes off."""

    def __init__(self, answer_ms: int = 300, release_ms: int = 300) -> None:
        self.test = Line()
        self.trip = Line()
        self.answer_ms = answer_ms
        self.release_ms = release_ms
        self.rcd = Rcd(self.trip, self.test)
        self.ms = 0
        self._since = 0
        self._level = 0

    def run(self, ms: int, idle: bool = True, step_ms: int = 50) -> None:
        for _ in range(ms // 10):
            self.ms += 10
            if self.test.level != self._level:
                self._level = self.test.level
                self._since = self.ms
            if self.ms - self._since >= (self.answer_ms if self._level else self.release_ms):
                self.trip.level = self._level
            if self.ms % step_ms == 0:
                self.rcd.poll((START + self.ms) % 2**30, idle)


def test_a_healthy_module_is_fresh_after_its_test_at_start() -> None:
    module = Module()
    module.run(100)
    assert module.rcd.testing and module.test.level == 1
    module.run(1500)
    assert module.rcd.fresh and not module.rcd.testing and not module.rcd.failed and module.test.level == 0


def test_the_answer_may_take_740_ms_and_its_end_3_s() -> None:
    module = Module(700, 2000)
    module.run(4000)
    assert module.rcd.fresh
    module = Module(900, 300)
    module.run(10_000)
    assert not module.rcd.fresh and module.rcd.failed


def test_a_dead_test_fails_after_three_tries_and_is_tried_again_each_minute() -> None:
    module = Module(10**9)
    module.run(1000)
    assert not module.rcd.failed
    module.run(4000)
    assert module.rcd.failed and not module.rcd.testing
    module.answer_ms = 300
    module.run(30_000)
    assert module.rcd.failed
    module.run(35_000)
    assert module.rcd.fresh and not module.rcd.failed


def test_no_test_while_a_car_may_be_charging_or_the_output_is_tripped() -> None:
    module = Module()
    module.run(5000, idle=False)
    assert module.test.level == 0 and not module.rcd.fresh
    module = Module()
    module.release_ms = 10**9
    module.trip.level = 1  # tripped, or the wire is cut
    module.run(5000)
    assert module.test.level == 0 and not module.rcd.fresh


def test_a_passed_test_is_good_for_a_day_or_until_the_owner_takes_it_back() -> None:
    module = Module()
    module.run(2000)
    module.rcd.fresh = False  # a car has left
    module.run(2000)
    assert module.rcd.fresh
    now = (START + module.ms + 86_500_000) % 2**30
    module.rcd.poll(now, True)
    assert not module.rcd.fresh or module.rcd.testing


def test_a_loop_that_was_away_proves_nothing() -> None:
    module = Module()
    module.run(100)
    assert module.rcd.testing
    module.run(2000, step_ms=10**9)  # the loop stalls
    module.run(200)
    assert not module.rcd.failed
    module.run(3000)
    assert module.rcd.fresh


def test_a_stall_anywhere_in_the_test_never_shows_its_trip_as_a_residual_current() -> None:
    """The loop is away once or twice, at any moment, with modules that let go after 0 to 500 ms: what the tick would latch never shows."""
    for release_ms in (0, 100, 200, 350, 500):
        for begin in range(0, 1600, 50):
            for away_ms in (520, 600, 1000, 2500):
                module = Module(300, release_ms)
                shown = 0
                for ms in range(0, 8000, 10):
                    away = begin <= ms < begin + away_ms or begin + away_ms + 100 <= ms < begin + 2 * away_ms + 100
                    module.run(10, step_ms=10**9 if away else 50)
                    shown = shown + 1 if module.trip.level and not module.rcd.testing else 0
                    assert shown < 5, (release_ms, begin, away_ms, ms)
                assert module.rcd.fresh and not module.rcd.failed, (release_ms, begin, away_ms)


def test_a_module_that_trips_when_its_test_was_given_up_is_not_believed_either() -> None:
    module = Module(900, 300)  # too slow: it trips just as the test ends
    for _ in range(1000):
        module.run(10)
        assert not module.trip.level or module.rcd.testing
    assert module.rcd.failed


def test_after_an_abort_the_trip_output_counts_again_within_three_seconds() -> None:
    module = Module(100, 10**9)
    module.run(600)
    assert module.trip.level or module.test.level
    module.trip.level = 1  # and it stays
    module.run(1000, step_ms=10**9)
    module.run(3100)
    assert module.trip.level and not module.rcd.testing


def test_a_reset_in_mid_test_is_no_residual_current_and_a_cut_wire_is_one() -> None:
    trip = Line(1)
    rcd = Rcd(trip, Line())
    assert rcd.testing
    rcd.poll(START, True)
    trip.level = 0
    rcd.poll(START + 500, True)
    assert not rcd.testing
    cut = Rcd(Line(1), Line())
    for ms in range(0, 3200, 50):
        cut.poll((START + ms) % 2**30, True)
    assert not cut.testing and not cut.fresh


def test_a_module_whose_test_failed_days_ago_is_tested_again() -> None:
    for days in (1, 6, 6.3, 7, 9, 12, 13):
        module = Module(10**9)
        module.run(6000)
        assert module.rcd.failed
        module.answer_ms = 300
        for _ in range(int(days * 24)):  # a car is plugged in and asks: no test
            module.ms += 3600000
            module.rcd.poll((START + module.ms) % 2**30, False)
        module.run(3000)
        assert module.rcd.fresh, days
