"""The clock for certificates: the board's, SNTP's, or the last known time, in this order, never behind what was known."""

import struct

from chargepoint.runtime.link import tls_clock
from chargepoint.runtime.link.tls_clock import TlsClock
from chargepoint.runtime.store.store import Store
from chargepoint.util.ticks import ticks_add
from host_tests.faults.volume_model import FlashModel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

START = (1 << 30) - 5000
NOW_S = 217411200  # 2026-11-21 in seconds since 2020


class _Rtc:
    def __init__(self, utc_s: "Any" = None) -> None:
        self.value = utc_s
        self.set: "list[int]" = []

    def utc_s(self) -> "Any":
        return self.value

    def set_utc(self, utc_s: "Any") -> None:
        self.set.append(utc_s)


class _Socket:
    """A UDP socket whose server answers `answer(request)`."""

    answer = None
    made: "list[Any]" = []

    def __init__(self, *args: "Any") -> None:
        _Socket.made.append(self)
        self.request = b""

    def setblocking(self, flag: "Any") -> None:
        pass

    def sendto(self, data: "Any", address: "Any") -> None:
        self.request = bytes(data)
        self.address = address

    def recv(self, size: "Any") -> "Any":
        if _Socket.answer is None:
            raise OSError(11)
        return _Socket.answer(self.request)

    def close(self) -> None:
        pass


class _SocketModule:
    AF_INET = SOCK_DGRAM = 2
    socket = _Socket


def _quiet(level: "Any", code: "Any", text: "Any") -> None:
    pass


def _clock(rtc: "Any", store: "Any" = None, answer: "Any" = None) -> "Any":
    tls_clock.socket = _SocketModule  # type: ignore[attr-defined, assignment]
    _Socket.answer = answer
    _Socket.made = []
    return TlsClock(rtc, store or Store(FlashModel(), _quiet), lambda host, port: (host, port), "time.example:1234", _quiet, START)


def _reply(ntp_s: "Any") -> "Any":
    return lambda request: b"\x24\x02" + bytes(22) + request[40:48] + bytes(8) + struct.pack(">I", ntp_s) + bytes(4)


def test_a_board_clock_that_is_not_behind_is_taken() -> None:
    clock = _clock(_Rtc(NOW_S))
    assert clock.ready and clock.source == "board" and not _Socket.made


def test_sntp_when_the_board_has_no_clock() -> None:
    rtc = _Rtc()
    clock = _clock(rtc, answer=_reply(NOW_S + 3786825600))
    clock.poll(START)
    clock.poll(ticks_add(START, 20))
    assert clock.ready and clock.source == "SNTP" and rtc.set == [NOW_S]
    assert _Socket.made[0].address == ("time.example", 1234) and len(_Socket.made[0].request) == 48 and _Socket.made[0].request[0] == 0x23


def test_sntp_after_2036_counts_on() -> None:
    rtc = _Rtc()
    clock = _clock(rtc, answer=_reply(100))
    clock.poll(START)
    clock.poll(START)
    assert rtc.set == [100 + (1 << 32) - 3786825600]


def test_answers_that_are_none_are_refused() -> None:
    good = _reply(NOW_S + 3786825600)
    for spoil in (
        lambda request: good(request)[:40],
        lambda request: b"\x23" + good(request)[1:],
        lambda request: b"\x24\x00" + good(request)[2:],
        lambda request: good(request)[:24] + b"12345678" + good(request)[32:],
    ):
        rtc = _Rtc()
        clock = _clock(rtc, answer=spoil)
        clock.poll(START)
        clock.poll(START)
        assert not clock.ready and rtc.set == []


def test_the_clock_is_never_turned_back_and_the_last_known_time_is_the_last_resort() -> None:
    store = Store(FlashModel(), _quiet)
    _clock(_Rtc(NOW_S), store).learned(NOW_S + 500, START)
    rtc = _Rtc(5)  # a board clock that lost its battery
    clock = _clock(rtc, store, _reply(NOW_S + 3786825600))  # an old time, perhaps forged
    now = START
    for _ in range(601):
        clock.poll(now)
        assert clock.ready == (now == ticks_add(START, 60000))
        now = ticks_add(now, 100)
        if clock.ready:
            break
    assert clock.source == "last known time" and rtc.set == [NOW_S + 500]


def test_without_any_time_it_keeps_asking() -> None:
    clock = _clock(_Rtc())
    now = START
    for _ in range(1200):
        clock.poll(now)
        now = ticks_add(now, 100)
    assert not clock.ready and 20 <= len(_Socket.made) <= 26


def test_the_time_is_saved_at_first_and_then_daily() -> None:
    flash = FlashModel()
    store = Store(flash, _quiet)
    clock = _clock(_Rtc(NOW_S), store)
    before = flash.commits
    now = START
    for minute in range(60 * 49):
        clock.learned(NOW_S + minute * 60, now)
        now = ticks_add(now, 60000)
    assert flash.commits - before == 3
