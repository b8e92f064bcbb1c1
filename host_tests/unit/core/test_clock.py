"""Uptime, UTC and stamps (DESIGN.md, Time)."""

from chargepoint.core.clock import Clock
from chargepoint.util.ticks import ticks_add
from host_tests.portable import without_heap

WRAP = 1 << 30


def _utc(clock: Clock, now: int) -> "tuple[int, int]":
    clock.utc(now)
    return clock.s, clock.ms


def test_uptime_goes_on_over_the_wrap_of_the_ticks() -> None:
    clock = Clock(1, WRAP - 5000)
    assert not clock.utc(WRAP - 5000)
    now = WRAP - 5000
    for _ in range(20):
        now = ticks_add(now, 100000001)
        clock.utc(now)
    assert (clock.s, clock.ms) == (2000000, 20)


def test_a_moment_in_the_past_can_be_asked_for() -> None:
    clock = Clock(1, 0)
    clock.set(1000, 250, 0)
    assert _utc(clock, 10000) == (1010, 250)
    assert _utc(clock, 8500) == (1008, 750)
    assert _utc(clock, 10001) == (1010, 251)


def test_set_says_whether_it_was_the_first_time_and_leaves_small_corrections_out() -> None:
    clock = Clock(1, 0)
    assert clock.set(1000, 0, 5000)
    assert not clock.set(1000, 900, 5000)
    assert _utc(clock, 5000) == (1000, 0)
    clock.set(1001, 0, 5000)
    assert _utc(clock, 5000) == (1001, 0)
    clock.set(900, 500, 5000)
    assert _utc(clock, 5000) == (900, 500)


def test_what_no_clock_can_say_is_no_clock() -> None:
    for s in (-1, -631152000, 0x7E000000, 0x7FFFFFFF, 0x80000000, 2524608000):
        clock = Clock(1, 0)
        assert not clock.set(s, 0, 5000) and not clock.known, s
        clock.set(5000, 0, 5000)
        assert not clock.set(s, 0, 6000)
        assert clock.utc(6000) and clock.s == 5001, s


def test_stamps_made_before_the_clock_was_known() -> None:
    clock = Clock(7, 0)
    b = bytearray(20)
    clock.stamp(b, 4, 12345)
    clock.set(5000, 100, 20000)
    clock.resolve(b, 4, 30000)
    assert (clock.s, clock.ms) == (4992, 445)
    clock.rewrite(b, 4, 30000)
    clock.resolve(b, 4, 30000)
    assert (clock.s, clock.ms) == (4992, 445)


def test_stamps_of_the_boot_before() -> None:
    b = bytearray(8)
    Clock(7, 0).stamp(b, 0, 60000)
    clock = Clock(8, 0)
    clock.former_boot, clock.former_offset_s = 7, 1000
    clock.set(9000, 0, 0)
    clock.resolve(b, 0, 0)
    assert (clock.s, clock.ms) == (1060, 0)
    clock = Clock(9, 0)
    clock.set(9000, 0, 500000)
    clock.resolve(b, 0, 500000)
    assert clock.s == 8500, "two boots without a clock: the start of this one"


def test_no_stamp_lies_in_the_future() -> None:
    clock = Clock(1, 0)
    clock.set(5000, 0, 0)
    b = bytearray(8)
    clock.stamp(b, 0, 0)
    b[1] += 1  # 256 s later
    clock.resolve(b, 0, 10000)
    assert (clock.s, clock.ms) == (5010, 0)


def test_no_allocation() -> None:
    clock = Clock(1, 0)
    clock.set(200000000, 0, 0)
    b = bytearray(8)

    def use() -> None:
        clock.utc(1000)
        clock.stamp(b, 0, 2000)
        clock.rewrite(b, 0, 3000)

    use()
    without_heap(use)
