"""The clock that certificates are checked with, before the central system has told the time. Loaded for wss:// only.

In this order: 1. the board's clock, if it has a battery and is not behind the last time that this charger knew; 2. SNTP from the provisioned
TimeServer; 3. after a minute without an answer the last known time itself: it is too old by the length of the power cut, which can
make a new certificate look early, and never makes an expired one look valid by more than that. A charger that has never known the time
waits for SNTP. Whatever was found is used for certificates only; OCPP's times start with currentTime.

The last known time is saved when the central system first tells it and once a day: SNTP, which anyone on the wire can forge, cannot turn
the clock back behind it.
"""

import socket
import struct

from micropython import const

from chargepoint.runtime.log import LOG_INFO, LOG_WARNING
from chargepoint.util.ticks import ticks_add, ticks_diff, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_RECORD = "clock"
_NTP_TO_2020_S = 3786825600  # seconds from 1900 to 2020
_MOST_S = const(0x3FFFFFFF)  # 2054: what is later was not told in earnest, and would make every certificate look expired for ever
_SLACK_S = const(172800)  # a day and more that the saved time may be ahead of a clock that lost little
_GIVE_UP_MS = const(60000)
_RETRY_MS = const(5000)
_SAVE_MS = const(86400000)


class TlsClock:
    """For reading: `ready` (certificates can be checked), `source` (text for people)."""

    def __init__(self, rtc: "Any", store: "Any", resolve: "Callable[[str, int], Any]", server: str, log: "Callable[[int, str, str], None]", now: int) -> None:
        """Try the board's clock; `rtc` has utc_s() -> seconds since 2020 or None, and set_utc(s)."""
        self._rtc = rtc
        self._store = store
        self._resolve = resolve
        self._server = server
        self._log = log
        saved = store.load(_RECORD)
        self._least_s: int = struct.unpack("<I", saved)[0] if saved is not None else 0
        if self._least_s > _MOST_S:
            store.unusable(_RECORD)
            self._least_s = 0
        self._socket: "Any" = None
        self._cookie = b""
        self._due = self._began = now
        self._saved_at = -1
        self.ready = False
        self.source = "not set"
        utc_s = rtc.utc_s()
        if utc_s is not None and utc_s > 0 and utc_s + _SLACK_S >= self._least_s:
            self._set(utc_s, "board")

    def _set(self, utc_s: int, source: str) -> None:
        if source != "board":
            self._rtc.set_utc(utc_s)
        self.ready = True
        self.source = source
        self._log(LOG_INFO, "clock", "certificates are checked with the time from: " + source)

    def learned(self, utc_s: int, now: int) -> None:
        """The central system told the time: set the board's clock, save it at first and then daily."""
        if (self._saved_at >= 0 and ticks_diff(now, self._saved_at) < _SAVE_MS) or utc_s > _MOST_S:
            return
        self._saved_at = now
        self._rtc.set_utc(utc_s)
        self.ready = True
        self.source = "central system"
        self._least_s = utc_s
        self._store.save(_RECORD, struct.pack("<I", utc_s))

    def poll(self, now: int) -> None:
        """Ask the server for the time, or look for its answer. Blocks: name look-up."""
        if self.ready:
            return
        try:
            if self._socket is not None:
                self._listen()
            if not self.ready and ticks_due(self._due, now):
                self._due = ticks_add(now, _RETRY_MS)
                self._ask(now)
        except (OSError, ValueError, IndexError) as error:
            self._log(LOG_WARNING, "clock", "no time from %s: %s" % (self._server, error))
            self._close()
        if not self.ready and self._least_s and ticks_diff(now, self._began) >= _GIVE_UP_MS:
            self._close()
            self._set(self._least_s, "last known time")

    def _ask(self, now: int) -> None:
        """Send a request: 48 bytes, client mode, a transmit time that only its answer repeats."""
        self._close()
        host, _, port = self._server.partition(":")
        address = self._resolve(host, int(port or 123))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._cookie = struct.pack(">I", now) + struct.pack(">I", id(self._socket) & 0xFFFFFFFF)
        self._socket.sendto(b"\x23" + bytes(39) + self._cookie, address)

    def _listen(self) -> None:
        """Take the answer if it has come: a server's, to our question, not before the last known time."""
        try:
            answer = self._socket.recv(64)
        except OSError as error:
            if error.args[0] == 11:  # EAGAIN: nothing yet
                return
            raise
        if len(answer) < 48 or answer[0] & 7 != 4 or answer[1] == 0 or answer[24:32] != self._cookie:
            raise ValueError("the answer is no SNTP answer to our question")
        ntp_s = struct.unpack_from(">I", answer, 40)[0]
        utc_s = ntp_s - _NTP_TO_2020_S if ntp_s >= _NTP_TO_2020_S else ntp_s + (1 << 32) - _NTP_TO_2020_S
        if utc_s < self._least_s:
            raise ValueError("the time is before the last one known")
        self._close()
        self._set(utc_s, "SNTP")

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
