"""Uptime that never wraps, and UTC as a mapping from it.

`now` (ticks) wraps after 12 days; the clock adds up the differences, so `advance` must be called at least once in 6 days: core does with each
poll. UTC is the uptime plus an offset that `set` stores: setting it moves no timer.

What happens is stamped with (boot number, uptime) and becomes UTC when it is sent. So a clock that is corrected in the meantime moves all
stamps of a boot by the same: their order and distances stay. The offsets of the last boots that had one are kept in the store. What they say
of an earlier boot's stamp counts up to the start of the next boot, which was certainly later; of a boot without a clock only that is known.
"""

import struct

from micropython import const

from chargepoint.util.little_endian import put_u32, u32
from chargepoint.util.ticks import ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STAMP_BYTES = 8  # u32 seconds, u16 milliseconds (bit 15: uptime, not UTC), u16 boot number
LATEST_S = const(0x7E000000)  # December 2086: a session and a queue still fit before 2**31, where samples end
_UPTIME = const(0x80)
_STEP_MS = const(1000)  # a correction smaller than this is not worth uneven timestamps
_RECORD = "utc"
_ENTRY = "<Iq"  # a boot and its offset in seconds, the latest last
_ENTRY_BYTES = const(12)
_MOST_BOOTS = const(8)
_SAVE_EACH_S = const(3600)  # a central system whose clock jumps about costs a write an hour
_SAVE_AHEAD_S = const(10800)  # but four at once


class Clock:
    """Attributes: `s`, `ms` the result of `utc` or `resolve`; `known` whether UTC is known; `offset_s`, `offset_ms` UTC at uptime 0."""

    def __init__(self, boot_number: int, now: int) -> None:
        self.boot_number = boot_number & 0xFFFF
        self.known = False
        self.offset_s = self.offset_ms = 0
        self.boots: "list[tuple[int, int]]" = []  # earlier boots whose offset is known, the latest last
        self.s = self.ms = 0
        self._now = now
        self._up_s = self._up_ms = 0
        self._saved_s = -LATEST_S  # the offset in the store; none
        self._saves_until_s = 0  # the uptime until which saves have been spent

    def load(self, store: "Any") -> None:
        """Take from the store what the offsets of the last boots were. What is no offset is left out."""
        stored = store.load(_RECORD) or b""
        for at in range(0, len(stored) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            boot, offset_s = struct.unpack_from(_ENTRY, stored, at)
            if boot <= 0xFFFF and -LATEST_S < offset_s < LATEST_S and boot != self.boot_number:
                self.boots.append((boot, offset_s))

    def save(self, store: "Any") -> None:
        """Keep the offset of this boot when it is new, at most so often as the flash can bear. Allocates: none when there is nothing to do."""
        if not self.known or abs(self.offset_s - self._saved_s) <= 1:
            return
        if self._saves_until_s - self._up_s > _SAVE_AHEAD_S:
            return
        self._saves_until_s = max(self._saves_until_s, self._up_s) + _SAVE_EACH_S
        entries = [struct.pack(_ENTRY, boot, offset_s) for boot, offset_s in self.boots[1 - _MOST_BOOTS :]]
        entries.append(struct.pack(_ENTRY, self.boot_number, self.offset_s))
        if store.save(_RECORD, b"".join(entries)):
            self._saved_s = self.offset_s

    def advance(self, now: int) -> None:
        """Bring the uptime to `now`. Allocates: none."""
        passed = ticks_diff(now, self._now)
        if passed > 0:
            self._now = now
            passed += self._up_ms
            self._up_s += passed // 1000
            self._up_ms = passed % 1000

    def utc(self, now: int) -> bool:
        """Put the UTC of the moment `now` into s and ms, or the uptime while UTC is unknown.

        Returns: whether it is UTC. `now` lies at most 6 days from the last `advance`, in the past or not. Allocates: none.
        """
        ms = self._up_ms + self.offset_ms + ticks_diff(now, self._now)
        self.s = self._up_s + self.offset_s + ms // 1000
        self.ms = ms % 1000
        return self.known

    def set(self, s: int, ms: int, now: int) -> bool:
        """Set UTC. Corrections under a second are ignored, so samples keep their even distance; so is what no clock of today can say.

        Returns: whether it was the first time.
        """
        if not 0 <= s < LATEST_S:
            return False
        first = not self.known
        self.advance(now)
        self.utc(now)
        if not first and abs(self.s - s) < 86400 and abs((self.s - s) * 1000 + self.ms - ms) < _STEP_MS:
            return False
        self.known = True
        ms -= self._up_ms
        self.offset_s = s - self._up_s + ms // 1000
        self.offset_ms = ms % 1000
        return first

    def stamp(self, into: "bytearray", at: int, now: int) -> None:
        """Write the stamp of the moment `now` at `into[at]`: boot and uptime. Allocates: none."""
        ms = self._up_ms + ticks_diff(now, self._now)
        self.s = self._up_s + ms // 1000
        self.ms = ms % 1000
        if self.s < 0:  # before this boot
            self.s = self.ms = 0
        self._write(into, at, _UPTIME)
        into[at + 6] = self.boot_number & 0xFF
        into[at + 7] = self.boot_number >> 8

    def _write(self, into: "bytearray", at: int, flag: int) -> None:
        put_u32(into, at, self.s)
        into[at + 4] = self.ms & 0xFF
        into[at + 5] = self.ms >> 8 | flag

    def read(self, data: "bytes | bytearray", at: int) -> bool:
        """Put the stamp at `data[at]` into s and ms as it is. Returns: whether it is an uptime. Allocates: none below 2**30."""
        self.s = u32(data, at)
        self.ms = data[at + 4] | (data[at + 5] & 0x7F) << 8
        return data[at + 5] & _UPTIME != 0

    def boot_of(self, data: "bytes | bytearray", at: int) -> int:
        """The number of the boot in which the stamp at `data[at]` was made. Allocates: none."""
        return data[at + 6] | data[at + 7] << 8

    def offset_of(self, boot: int) -> "int | None":
        """The offset of a boot in seconds, None when it never knew UTC, or too long ago."""
        if boot == self.boot_number:
            return self.offset_s if self.known else None
        for other, offset_s in self.boots:
            if other == boot:
                return offset_s
        return None

    def next_start_s(self, boot: int) -> int:
        """UTC at the start of the earliest boot after `boot` that knows it, this one included: nothing of that boot can be later. Else LATEST_S."""
        earliest_s = self.offset_s if self.known else LATEST_S
        for other, offset_s in self.boots:
            if 0 < (other - boot & 0xFFFF) < 0x8000 and offset_s < earliest_s:
                earliest_s = offset_s
        return earliest_s

    def resolve(self, data: "bytes | bytearray", at: int, now: int) -> None:
        """Put the UTC of the stamp at `data[at]` into s and ms. Without UTC it is the uptime."""
        uptime = self.read(data, at)
        boot = self.boot_of(data, at)
        if boot != self.boot_number:
            latest_s = self.next_start_s(boot)
            latest_ms = 0
            if uptime:
                offset_s = self.offset_of(boot)
                if offset_s is not None:
                    self.s += offset_s
                elif latest_s < LATEST_S:
                    self.s = latest_s
                    self.ms = 0
        elif uptime:
            self.ms += self.offset_ms
            self.s += self.offset_s + self.ms // 1000
            self.ms %= 1000
            return  # it was in the past then, and still is
        else:
            s = self.s
            ms = self.ms
            self.utc(now)
            latest_s = self.s
            latest_ms = self.ms
            self.s = s
            self.ms = ms
        if self.s > latest_s or (self.s == latest_s and self.ms > latest_ms):
            self.s = latest_s
            self.ms = latest_ms

    def rewrite(self, data: "bytearray", at: int, now: int) -> None:
        """Turn the stamp at `data[at]` into one of UTC in place."""
        self.resolve(data, at, now)
        self._write(data, at, 0)

    def hold(self, s: int, ms: int) -> None:
        """Put a UTC that somebody else has worked out into s and ms."""
        self.s = s
        self.ms = ms

    def write(self, data: "bytearray", at: int) -> None:
        """Write s and ms as a stamp of UTC at `data[at]`. Allocates: none."""
        self._write(data, at, 0)
