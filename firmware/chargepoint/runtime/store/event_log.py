"""The event log: what happened, in numbers, bounded, across power cuts; `diag.log()` puts it into words.

An entry has 16 bytes: code u16, connector u8, repetitions u8, up_s u32, argument i32, boot number u16, CRC u16 (the lower half of the
CRC-32 of the other 14). Codes 1xx inform, 2xx warn, 3xx are errors; diag/event_texts.py has the texts and what the argument means.
No entry carries UTC: an entry 101 gives it for its boot, so those before the first synchronisation get their time when read.

Two files, `events0` and `events1`, are appended to in turn; when one is full (4 KiB, 254 events) the other, older one is written anew.
The first entry of a file is its number (code 0), the second repeats 101 if the clock was set. An entry torn by a power cut
fails its CRC and is skipped; appending goes on at the next multiple of 16.

Wear and stalls: `add` only notes an event in RAM (32 places). They go to flash in batches, an error after 2 s, anything else after `hold_s`,
and never while a contactor is closed. So at most one append a `hold_s`: 1,440 a day at 60 s, of which a quiet charger makes some 20; a board
whose flash erases in 128 KiB sectors wants an hour. With an FRAM, entries are in it within one pass, contactor closed or not.
Without one, a power cut loses what is still in RAM.
"""

import struct
from binascii import crc32

from micropython import const

from chargepoint.core.events import EV_CLOCK_SET, EV_EVENTS_LOST
from chargepoint.drivers.fram import EVENTS_AT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from chargepoint.runtime.store.volume import Volume

    class Memory(Protocol):
        """What is needed of an FRAM."""

        def read_into(self, offset: int, buf: "bytearray | memoryview") -> bool: ...
        def write(self, offset: int, buf: "bytes | bytearray | memoryview") -> bool: ...


_ENTRY = "<HBBIiH"
_ENTRY_BYTES = const(16)
_PLACES = const(32)
_FILE_BYTES = const(4096)
_ERROR_HOLD_S = const(2)
_IDLE_MS = const(60_000)
_LARGEST = const(0x3FFFFFFF)

_FILE_HEAD = const(0)


class EventLog:
    """The log being written. Attributes for `diag`: `volume`, `boot_number`, `pending` (bytes not yet in flash) and `places` they are in."""

    def __init__(self, volume: "Volume", boot_number: int, hold_s: int = 60, fram: "Memory | None" = None) -> None:
        """Find the end of the log; take over what a power cut left in the FRAM.

        Args: fram: 528 B of it, from EVENTS_AT on, are used. Allocates: 560 B. Blocks: reads a few bytes of both files.
        """
        self.volume = volume
        self.boot_number = boot_number & 0xFFFF
        self._hold_s = hold_s
        self._fram = fram
        self.places = bytearray((_PLACES + 1) * _ENTRY_BYTES)  # the last one is never kept
        self._view = memoryview(self.places)
        self.pending = self._staged = 0
        self._up_s = self._due_s = self._lost = 0
        self._clock_s = self._clock_up_s = 0
        self._clock_written = False
        self._closed = False
        self._number = -1
        for number in (self._first(0), self._first(1)):
            self._number = max(self._number, number)
        if fram is not None:
            self._take_over(fram)

    def _first(self, file_number: int) -> int:
        """Return the running number of a file; -1 when it is missing or its start is torn."""
        place = bytearray(_ENTRY_BYTES)
        try:
            file = self.volume.open("events%d" % file_number, "rb")
        except OSError:
            return -1
        try:
            if file.readinto(place) != _ENTRY_BYTES:
                return -1
        except OSError:
            return -1
        finally:
            file.close()
        entry = unpack(place)
        return entry[4] if entry is not None and entry[0] == _FILE_HEAD and 0 <= entry[4] < _LARGEST and entry[4] & 1 == file_number else -1

    def _take_over(self, fram: "Memory") -> None:
        """Read the entries that were not yet in flash."""
        while self.pending < _PLACES * _ENTRY_BYTES:
            place = self._view[self.pending : self.pending + _ENTRY_BYTES]
            if not fram.read_into(EVENTS_AT + self.pending, place) or unpack(place) is None:
                break
            self.pending += _ENTRY_BYTES
        self._staged = self.pending

    def add(self, code: int, connector: int = 0, arg: int = 0) -> None:
        """Note an event. The same one again, while the last is still in RAM, only counts up (up to 256 in all).

        When the RAM fills up because a contactor stays closed, events that alternate are counted too, at the time of their first.
        Allocates: none. Context: loop. Blocks: never writes.
        """
        end = self.pending
        arg = min(_LARGEST, max(-_LARGEST, arg))
        struct.pack_into(_ENTRY, self.places, end, code, connector, 0, self._up_s, arg, self.boot_number)
        at = end
        for _ in range(4 if end >= _PLACES * _ENTRY_BYTES // 2 else 1):
            at -= _ENTRY_BYTES
            if at >= 0 and self._same(at, end) and self.places[at + 3] < 255:
                self.places[at + 3] += 1
                self._staged = min(self._staged, at)
                return
        if end >= _PLACES * _ENTRY_BYTES:
            self._lost += 1
            return
        due_s = self._up_s + (_ERROR_HOLD_S if code >= 300 else self._hold_s)
        if not end or due_s < self._due_s:
            self._due_s = due_s
        self.pending += _ENTRY_BYTES

    def _same(self, at: int, other: int) -> bool:
        """Whether two entries are the same event: code, connector and argument."""
        places = self.places
        for offset in (0, 1, 2, 8, 9, 10, 11):
            if places[at + offset] != places[other + offset]:
                return False
        return True

    def set_utc(self, utc_s: int, up_s: int) -> None:
        """Note that the clock was set: UTC `utc_s` (seconds since 2020-01-01) at `up_s`. Small corrections need not be told."""
        self._up_s = self._clock_up_s = up_s
        self._clock_s = utc_s
        self._clock_written = False
        self.add(EV_CLOCK_SET, 0, utc_s)

    def next_due(self, now: int) -> int:
        """Return the ms until `poll` has something to do."""
        return max(0, self._due_s - self._up_s) * 1000 if self.pending and not self._closed else _IDLE_MS

    def poll(self, now: int, up_s: int, closed: bool) -> None:
        """Keep the time; write what is due.

        Args: closed: a contactor is closed: only the FRAM may be written. Allocates: none when nothing is to be written.
        Blocks: 1 ms an entry for the FRAM; a flash append a batch.
        """
        self._up_s = up_s
        self._closed = closed
        if self._fram is not None and self._staged < self.pending:
            self._stage(self._fram)
        if self.pending and not closed and up_s >= self._due_s:
            self.flush()

    def _seal(self, start: int) -> None:
        """Complete the entries from `start` on with their CRC."""
        for at in range(start, self.pending, _ENTRY_BYTES):
            struct.pack_into("<H", self.places, at + 14, crc32(self._view[at : at + 14]) & 0xFFFF)

    def _stage(self, fram: "Memory") -> None:
        """Write new entries to the FRAM, with a zero entry behind them as the end."""
        self._seal(self._staged)
        if fram.write(EVENTS_AT + self.pending, bytes(_ENTRY_BYTES)) and fram.write(
            EVENTS_AT + self._staged, self._view[self._staged : self.pending]
        ):
            self._staged = self.pending
        else:
            self._fram = None  # it does not answer: do without
            self._staged = 0

    def flush(self) -> bool:
        """Write everything to flash, before a reset or a power failure, with open contactors only; False when the flash fails.

        Blocks: one flash append.
        """
        if self._lost and self.pending < _PLACES * _ENTRY_BYTES:
            lost = self._lost
            self._lost = 0
            self.add(EV_EVENTS_LOST, 0, lost)
        if not self.pending:
            return True
        self._seal(self._staged)
        try:
            self._append()
        except OSError:
            self._due_s = self._up_s + self._hold_s
            return False
        self.pending = self._staged = 0
        self._clock_written = self._clock_s > 0
        if self._fram is not None:
            self._fram.write(EVENTS_AT, bytes(_ENTRY_BYTES))
        return True

    def _append(self) -> None:
        """Write the entries behind the others, or begin the other file."""
        number = self._number
        size = _FILE_BYTES
        head = b""
        if number >= 0:
            file = self.volume.open("events%d" % (number & 1), "ab")
            size = file.seek(0, 2)
        if size + self.pending > _FILE_BYTES:
            if number >= 0:
                file.close()
            number += 1
            file = self.volume.open("events%d" % (number & 1), "wb")
            head = self._head(_FILE_HEAD, self._up_s, number)
            if self._clock_written:
                head += self._head(EV_CLOCK_SET, self._clock_up_s, self._clock_s)
        elif size % _ENTRY_BYTES:
            head = bytes(_ENTRY_BYTES - size % _ENTRY_BYTES)
        try:
            file.write(head)
            file.write(self._view[: self.pending])
        except OSError:
            file.close()
            raise
        self.volume.commit(file)
        self._number = number

    def _head(self, code: int, up_s: int, arg: int) -> bytes:
        entry = struct.pack(_ENTRY, code, 0, 0, up_s, arg, self.boot_number)
        return entry + struct.pack("<H", crc32(entry) & 0xFFFF)


def unpack(place: "bytearray | memoryview") -> "tuple[int, int, int, int, int, int] | None":
    """Return (code, connector, repetitions, up_s, argument, boot number) of an entry, None when its CRC is wrong."""
    if struct.unpack_from("<H", place, 14)[0] != crc32(memoryview(place)[:14]) & 0xFFFF:
        return None
    return struct.unpack_from(_ENTRY, place)
