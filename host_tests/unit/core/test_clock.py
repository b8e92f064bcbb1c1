"""Uptime, UTC and stamps."""

import struct

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
        clock.advance(now)
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


def test_what_is_asked_for_moves_no_uptime() -> None:
    """A moment that somebody kept for nine days looks like one of three days ahead: the clock must not run there."""
    clock = Clock(1, 0)
    clock.set(1000, 0, 0)
    day_ms = 86400000
    now = 0
    for _ in range(9):
        now = ticks_add(now, day_ms)
        clock.advance(now)
    clock.utc(0)
    clock.stamp(bytearray(8), 0, 0)
    assert _utc(clock, now) == (1000 + 9 * 86400, 0)


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


def test_a_correction_moves_all_stamps_of_the_boot_alike() -> None:
    for step_s in (-31536000, -3600, -90, 90, 3600, 31536000):
        clock = Clock(7, 0)
        stamps = [bytearray(8) for _ in range(4)]
        clock.stamp(stamps[0], 0, 1000)
        clock.set(200000000, 0, 2000)
        clock.stamp(stamps[1], 0, 16000)
        clock.stamp(stamps[2], 0, 31500)
        clock.set(200000030 + step_s, 250, 32000)
        clock.stamp(stamps[3], 0, 46500)
        times = []
        for stamp in stamps:
            clock.resolve(stamp, 0, 50000)
            times.append(clock.s * 1000 + clock.ms)
        assert [t - times[0] for t in times] == [0, 15000, 30500, 45500], step_s
        assert times[3] == (200000030 + step_s + 14) * 1000 + 750


class _Store:
    def __init__(self) -> None:
        self.saved: "list[bytes]" = []

    def load(self, name: str) -> "bytes | None":
        return self.saved[-1] if self.saved else None

    def save(self, name: str, data: bytes) -> bool:
        self.saved.append(data)
        return True


def _boot(store: _Store, boot: int, utc_s: "int | None", stamps: "list[bytearray]") -> Clock:
    """A boot of 100 s, with a stamp at 40 s; the clock is set at 10 s, when there is one."""
    clock = Clock(boot, 0)
    clock.load(store)
    clock.advance(10000)
    if utc_s is not None:
        clock.set(utc_s, 0, 10000)
        clock.save(store)
    stamp = bytearray(8)
    clock.stamp(stamp, 0, 40000)
    stamps.append(stamp)
    clock.advance(100000)
    return clock


def test_stamps_of_earlier_boots_keep_their_offset_up_to_the_start_of_the_next() -> None:
    store = _Store()
    stamps: "list[bytearray]" = []
    for boot, utc_s in ((65534, 1010), (65535, None), (0, 2010), (1, None), (2, 3020), (3, None), (4, 3050)):
        clock = _boot(store, boot, utc_s, stamps)
    resolved = []
    for stamp in stamps:
        clock.resolve(stamp, 0, 100000)
        resolved.append((clock.s, clock.ms))
    # 1040; no clock: the start of the next boot that knows it; 2040; again; 3010 + 40, but the next known boot began at 3040; again; 3040 + 40
    assert resolved == [(1040, 0), (2000, 0), (2040, 0), (3010, 0), (3040, 0), (3040, 0), (3080, 0)]


def test_only_the_last_boots_are_kept_and_a_jumping_clock_writes_once_an_hour() -> None:
    store = _Store()
    stamps: "list[bytearray]" = []
    for boot in range(1, 21):
        clock = _boot(store, boot, 100000 + boot * 1000, stamps)
    assert len(store.saved) == 20 and len(store.saved[-1]) == 8 * 12
    now = 100000
    for second in range(86400):
        now += 1000
        clock.advance(now)
        clock.set(200000 + (second & 1) * 5000 + second, 0, now)
        clock.save(store)
    assert len(store.saved) <= 20 + 3 + 24


def test_what_is_no_offset_is_left_out() -> None:
    store = _Store()
    store.saved.append(struct.pack("<IqIqIq", 5, 1 << 62, 70000, 1000, 9, 1000))
    clock = Clock(9, 0)
    clock.load(store)
    assert clock.boots == []


def test_a_stamp_of_utc_from_an_earlier_firmware_is_taken_as_it_is() -> None:
    b = bytearray(8)
    clock = Clock(1, 0)
    clock.hold(5000, 120)
    clock.write(b, 0)
    clock.set(4000, 0, 0)
    clock.resolve(b, 0, 10000)
    assert (clock.s, clock.ms) == (4000, 0), "not later than the start of this boot"
    b[6] = 1
    clock.resolve(b, 0, 10000)
    assert (clock.s, clock.ms) == (4010, 0), "of this boot: not later than the present"
    clock.set(6000, 0, 0)
    clock.resolve(b, 0, 10000)
    assert (clock.s, clock.ms) == (5000, 120)


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
