"""So much at once, so much an hour."""

from chargepoint.util.allowance import Allowance
from chargepoint.util.ticks import ticks_add
from host_tests.portable import without_heap


def _taken(allowance: Allowance) -> int:
    count = 0
    while allowance.take():
        count += 1
    return count


def test_all_at_once_then_one_each_time() -> None:
    allowance = Allowance(5, 1000)
    now = (1 << 30) - 2500
    allowance.age(now)
    assert _taken(allowance) == 5 and not allowance.take()
    for _ in range(20):  # looked at more often than one comes back
        now = ticks_add(now, 100)
        allowance.age(now)
    assert _taken(allowance) == 2
    now = ticks_add(now, 3600000)
    allowance.age(now)
    assert _taken(allowance) == 5


def test_nothing_is_saved_up_beyond_the_most_and_a_restart_gives_nothing_back() -> None:
    allowance = Allowance(3, 1000)
    for now in range(0, 100000, 1000):
        allowance.age(now)
    assert allowance.take() and allowance.left == 2
    fresh = Allowance(3, 1000)
    fresh.keep(allowance.left)
    assert _taken(fresh) == 2
    fresh.keep(255)
    assert _taken(fresh) == 3


def test_it_allocates_nothing() -> None:
    allowance = Allowance(3, 1000)
    allowance.age(5)

    def use() -> None:
        allowance.take()
        allowance.age(2000)

    without_heap(use)
