"""The watchdog is fed only while every part moves."""

from chargepoint.runtime.hardware.watchdog import PERIOD_MS, Watchdog
from chargepoint.util.ticks import ticks_add
from host_tests.portable import without_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

START = (1 << 30) - 5000


class _Wdt:
    def __init__(self) -> None:
        self.fed = 0

    def feed(self) -> None:
        self.fed += 1


class _Part:
    moves = 0


def _run(moving: "Any", seconds: "Any") -> "Any":
    wdt = _Wdt()
    parts = [_Part(), _Part(), _Part()]
    watchdog = Watchdog(wdt, parts, START)
    now = START
    for _ in range(seconds * 20):
        for n in moving:
            parts[n].moves += 1
        watchdog.poll(now)
        now = ticks_add(now, 50)
    return wdt.fed, parts.index(watchdog.stuck) if watchdog.stuck else None


def test_fed_twice_a_second_while_all_move_across_the_wrap() -> None:
    assert _run((0, 1, 2), 10) == (10 * 1000 // PERIOD_MS, None)


def test_not_fed_any_more_when_one_stands_still_and_it_is_named() -> None:
    for still in range(3):
        assert _run([n for n in range(3) if n != still], 10) == (1, still)


def test_polling_allocates_nothing() -> None:
    watchdog = Watchdog(_Wdt(), [_Part(), _Part()], START)
    without_heap(lambda: watchdog.poll(START))
    without_heap(lambda: watchdog.poll(ticks_add(START, 600)))
