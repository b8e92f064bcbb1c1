"""Ticks: comparisons across the wrap at 2**30."""

from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff, ticks_due
from host_tests.portable import without_heap

WRAP = 1 << 30
JUST_BEFORE_THE_WRAP = WRAP - 5  # a small integer on a 32-bit port, which WRAP itself is not
DAY_MS = 86400000


def test_add_wraps_both_ways() -> None:
    """A tick stays inside 0 to 2**30 - 1 whichever way it moves."""
    assert ticks_add(WRAP - 5000, 5000) == 0
    assert ticks_add(WRAP - 1, 1) == 0
    assert ticks_add(0, -1) == WRAP - 1
    assert ticks_add(7, 0) == 7
    assert ticks_add(WRAP - 1, 6 * DAY_MS) == 6 * DAY_MS - 1
    assert ticks_add(3, -6 * DAY_MS) == WRAP + 3 - 6 * DAY_MS


def test_diff_is_signed_across_the_wrap() -> None:
    """The difference is right on both sides of the wrap, for up to six days."""
    for base in (0, 1, WRAP // 2 - 1, WRAP // 2, WRAP - 5000, WRAP - 1):
        for delta in (0, 1, 4999, 5001, DAY_MS, 6 * DAY_MS):
            assert ticks_diff(ticks_add(base, delta), base) == delta
            assert ticks_diff(base, ticks_add(base, delta)) == -delta


def test_due_at_and_after_the_moment() -> None:
    """A moment is due when it has come, not before, also when it lies behind the wrap."""
    due = ticks_add(WRAP - 5000, 6000)
    assert not ticks_due(due, WRAP - 5000)
    assert not ticks_due(due, 999)
    assert ticks_due(due, 1000)
    assert ticks_due(due, 1001)


def test_an_aged_moment_stays_in_the_past_for_ever() -> None:
    """Aged in each pass it is right for two days and long ago from then on; what is still to come stays as it is."""
    for base in (0, WRAP // 2, WRAP - 5000):
        stored = now = base
        for hours in range(1, 24 * 40):
            now = ticks_add(now, 3600000)
            stored = ticks_aged(stored, now)
            assert ticks_diff(now, stored) == min(hours, 48) * 3600000
        assert ticks_aged(ticks_add(base, DAY_MS), base) == ticks_add(base, DAY_MS)


def test_no_allocation() -> None:
    """Interrupts may use them."""
    without_heap(lambda: ticks_diff(ticks_aged(ticks_add(JUST_BEFORE_THE_WRAP, 10), 1000), 4))
