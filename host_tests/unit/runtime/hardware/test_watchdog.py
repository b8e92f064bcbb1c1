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


def _run(counters: "Any", moving: "Any", seconds: "Any") -> "Any":
    wdt = _Wdt()
    watchdog = Watchdog(wdt, counters, START)
    now = START
    for _ in range(seconds * 20):
        for n in moving:
            counters[n] += 1
        watchdog.poll(now)
        now = ticks_add(now, 50)
    return wdt.fed, watchdog.stuck


def test_fed_twice_a_second_while_all_move_across_the_wrap() -> None:
    assert _run([0, 0, 0], (0, 1, 2), 10) == (10 * 1000 // PERIOD_MS, -1)


def test_not_fed_any_more_when_one_stands_still_and_it_is_named() -> None:
    fed, stuck = _run([0, 0, 0], (0, 2), 10)
    assert fed == 1 and stuck == 1


def test_polling_allocates_nothing() -> None:
    watchdog = Watchdog(_Wdt(), [1, 2], START)
    without_heap(lambda: watchdog.poll(START))
    without_heap(lambda: watchdog.poll(ticks_add(START, 600)))
