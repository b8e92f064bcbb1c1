"""Uptime that never wraps, and UTC as a mapping from it.

`now` (ticks) wraps after 12 days; the clock adds up the differences, so it must be asked at least once in 6 days. UTC is the uptime plus
an offset that `set` stores: setting it moves no timer. What happened before the first `set` is stamped with (boot number, uptime);
`resolve` turns such a stamp into UTC later, also after one more boot, because the offset of the last boot is kept in the store.
Rule for what cannot be known (two boots without any clock): the start of this boot. Rule for all: never later than the present.
"""

from micropython import const

from chargepoint.util.ticks import ticks_diff

STAMP_BYTES = 8  # u32 seconds, u16 milliseconds (bit 15: uptime, not UTC), u16 boot number
_UPTIME = const(0x80)
_LATEST_S = const(0x7E000000)  # December 2086: a session and a queue still fit before 2**31, where samples end
_STEP_MS = const(1000)  # a correction smaller than this is not worth uneven timestamps


class Clock:
    """Attributes: `s`, `ms` the result of `utc` or `resolve`; `known` whether UTC is known; `offset_s`, `offset_ms` UTC at uptime 0."""

    def __init__(self, boot_number: int, now: int) -> None:
        self.boot_number = boot_number & 0xFFFF
        self.known = False
        self.offset_s = self.offset_ms = 0
        self.former_boot = -1  # a boot number whose offset is known from the store
        self.former_offset_s = 0
        self.s = self.ms = 0
        self._now = now
        self._up_s = self._up_ms = 0

    def _uptime(self, now: int) -> None:
        """Bring the uptime to `now` or beyond."""
        passed = ticks_diff(now, self._now)
        if passed > 0:
            self._now = now
            passed += self._up_ms
            self._up_s += passed // 1000
            self._up_ms = passed % 1000

    def utc(self, now: int) -> bool:
        """Put the UTC of the moment `now` into s and ms, or the uptime while UTC is unknown.

        Returns: whether it is UTC. `now` may lie in the past. Allocates: none.
        """
        self._uptime(now)
        ms = self._up_ms + self.offset_ms + ticks_diff(now, self._now)
        self.s = self._up_s + self.offset_s + ms // 1000
        self.ms = ms % 1000
        return self.known

    def set(self, s: int, ms: int, now: int) -> bool:
        """Set UTC. Corrections under a second are ignored, so samples keep their even distance; so is what no clock of today can say.

        Returns: whether it was the first time.
        """
        if not 0 <= s < _LATEST_S:
            return False
        first = not self.known
        self.utc(now)
        if not first and abs(self.s - s) < 86400 and abs((self.s - s) * 1000 + self.ms - ms) < _STEP_MS:
            return False
        self.known = True
        ms -= self._up_ms
        self.offset_s = s - self._up_s + ms // 1000
        self.offset_ms = ms % 1000
        return first

    def stamp(self, into: "bytearray", at: int, now: int) -> None:
        """Write the stamp of the moment `now` at `into[at]`. Allocates: none."""
        flag = 0 if self.utc(now) else _UPTIME
        s = self.s
        for i in range(4):
            into[at + i] = s & 0xFF
            s >>= 8
        into[at + 4] = self.ms & 0xFF
        into[at + 5] = self.ms >> 8 | flag
        into[at + 6] = self.boot_number & 0xFF
        into[at + 7] = self.boot_number >> 8

    def resolve(self, data: "bytes | bytearray", at: int, now: int) -> None:
        """Put the UTC of the stamp at `data[at]` into s and ms. UTC must be known."""
        s = data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24
        ms = data[at + 4] | (data[at + 5] & 0x7F) << 8
        if data[at + 5] & _UPTIME:
            boot = data[at + 6] | data[at + 7] << 8
            if boot == self.boot_number:
                ms += self.offset_ms
                s += self.offset_s + ms // 1000
                ms %= 1000
            elif boot == self.former_boot:
                s += self.former_offset_s
            else:
                s = self.offset_s
                ms = self.offset_ms
        self.utc(now)
        if s < self.s or (s == self.s and ms < self.ms):
            self.s = s
            self.ms = ms

    def rewrite(self, data: "bytearray", at: int, now: int) -> None:
        """Turn the stamp at `data[at]` into one of UTC in place."""
        self.resolve(data, at, now)
        s = self.s
        for i in range(4):
            data[at + i] = s & 0xFF
            s >>= 8
        data[at + 4] = self.ms & 0xFF
        data[at + 5] = self.ms >> 8
