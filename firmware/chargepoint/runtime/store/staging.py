"""The staging log in FRAM: what must be durable while a contactor is closed, when flash writes would stall the safety tick.

FRAM takes single bytes without an erase, so a record costs 1 to 3 ms on the bus and stalls nothing. When the contactors are open again the
store moves the log to the flash in slices and clears it; until the last slice the log stays the truth, so a cut at any point of the
move repeats it and changes nothing (records carry their sequence numbers, saves are whole).

Layout from `base`: two headers of 8 bytes (epoch u32, its CRC32; the newest sound one counts, epoch e is written to header e & 1), then two
halves; the log is in half e & 1. Compaction writes the entries that still count to the other half, then the header. An entry:

    length u16 | kind u8 | name length u8 | sequence number or version u32 | CRC32, started from the epoch | name | data

Because the checksum starts from the epoch, entries of an earlier life of the half are never taken for new ones.
"""

import struct
from binascii import crc32

from micropython import const

from chargepoint.runtime.store.records import MOST_NUMBERS, STAGED_IN_FLASH, STAGED_POP, STAGED_RECORD, STAGED_SAVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_ENTRY_BYTES = const(12)
_CHUNK_BYTES = const(64)


class Staging:
    """The log. For reading: `active` (writes go here), `kind`, `seq`, `length` of the entry last stepped over."""

    def __init__(self, fram: "Any", base: int, size: int) -> None:
        """Use `size` bytes from `base` of `fram` (read_into(address, buffer) and write(address, buffer), False when it does not answer) and find the log's end.

        Raises OSError when the FRAM does not answer. Blocks: reads the log once, 0.4 s for a full one at 400 kHz.
        """
        self._fram = fram
        self._base = base
        self._half_bytes = (size - 16) // 2
        self._header = bytearray(_ENTRY_BYTES)
        self._chunk = bytearray(_CHUNK_BYTES)
        self.closed = False
        self.kind = self.seq = self.length = self._named = self.head_seq = self._cursor = 0
        self._unmoved: "list[tuple[bytes, int]] | None" = None
        self._epoch = -1
        for slot in (0, 8):
            self._read(base + slot, memoryview(self._header)[:8])
            epoch, sum32 = struct.unpack_from("<II", self._header)
            if crc32(memoryview(self._header)[:4]) == sum32 and self._epoch < epoch < MOST_NUMBERS:
                self._epoch = epoch
        self._end = 0
        if self._epoch < 0:
            self.clear()
            return
        while True:
            end = self.step(self._end, True)
            if not end:
                break
            if self.kind == STAGED_POP:
                self.head_seq = self.seq
            self._end = end

    def _read(self, address: int, into: "bytearray | memoryview") -> None:
        if not self._fram.read_into(address, into):
            raise OSError(5)

    def contactor_closed(self, closed: bool) -> None:
        """Say whether any contactor is closed."""
        self.closed = closed

    @property
    def active(self) -> bool:
        """Whether writes go here: a contactor is closed, or the move to flash has not ended."""
        return self.closed or self._end > 0

    def step(self, offset: int, check: bool = False) -> int:
        """Read the entry at `offset`; return the offset behind it, 0 at the end of the log. Sets kind, seq, length.

        Args: `check` = while the end of the log is looked for: its checksum decides, and that its number is one of ours. Allocates: none without it.
        """
        if not check and offset >= self._end:
            return 0
        header = self._header
        address = self._base + 16 + (self._epoch & 1) * self._half_bytes + offset
        if offset + _ENTRY_BYTES > self._half_bytes:
            return 0
        self._read(address, header)
        self.length = header[0] | header[1] << 8
        self.kind = header[2]
        self._named = named = header[3]
        self.seq = header[4] | header[5] << 8 | header[6] << 16 | header[7] << 24
        end: int = offset + _ENTRY_BYTES + named + self.length
        if check:
            if end > self._half_bytes or self.seq >= MOST_NUMBERS:
                return 0
            address += _ENTRY_BYTES
            wanted = struct.unpack_from("<I", header, 8)[0]
            sum32 = crc32(memoryview(header)[:8], self._epoch)
            left: int = named + self.length
            while left > 0:
                got = min(left, _CHUNK_BYTES)
                chunk = memoryview(self._chunk)[:got]
                self._read(address, chunk)
                sum32 = crc32(chunk, sum32)
                address += got
                left -= got
            if sum32 != wanted:
                return 0
        return end

    def _name(self, end: int) -> bytes:
        """Return the name of the entry last stepped over, which ends at `end`."""
        name = bytearray(self._named)
        self._read(self._base + 16 + (self._epoch & 1) * self._half_bytes + end - self.length - self._named, name)
        return bytes(name)

    def data(self, end: int, into: "bytearray | None" = None) -> bytearray:
        """Return the data of the entry last stepped over, which ends at `end`; a new bytearray when `into` is None."""
        if into is None:
            into = bytearray(self.length)
        if self.length > len(into):
            raise ValueError("a staged record has %d bytes, the buffer for it %d" % (self.length, len(into)))
        self._read(self._base + 16 + (self._epoch & 1) * self._half_bytes + end - self.length, memoryview(into)[: self.length])
        return into

    def put(self, kind: int, seq: int, data: "bytes | bytearray | memoryview", sample: bool = False, name: bytes = b"") -> bool:
        """Append an entry, durable on return; False when it does not fit even after compaction, or the FRAM does not answer.

        Args: `sample` = leave an eighth free for starts, stops and saves.
        Blocks: 25 us a byte at 400 kHz; compaction 0.7 s.
        """
        if kind == STAGED_POP:
            self.head_seq = seq
        elif kind == STAGED_SAVE or kind == STAGED_IN_FLASH:
            self._unmoved = None
        need = _ENTRY_BYTES + len(name) + len(data) + (self._half_bytes // 8 if sample else 0)
        if need > self._half_bytes:
            return False
        try:
            if self._end + need > self._half_bytes:
                self.compact(None)
                if self._end + need > self._half_bytes:
                    return False
            self._end = self._write(self._epoch, self._end, kind, seq, name, data)
        except OSError:
            return False
        return True

    def _write(self, epoch: int, offset: int, kind: int, seq: int, name: bytes, data: "bytes | bytearray | memoryview") -> int:
        """Write one entry into the half of `epoch`; return the offset behind it."""
        header = self._header
        struct.pack_into("<HBBI", header, 0, len(data), kind, len(name), seq)
        struct.pack_into("<I", header, 8, crc32(data, crc32(name, crc32(memoryview(header)[:8], epoch))))
        address = self._base + 16 + (epoch & 1) * self._half_bytes + offset
        for part in (header, name, data):
            if len(part) and not self._fram.write(address, part):
                raise OSError(5)
            address += len(part)
        return offset + _ENTRY_BYTES + len(name) + len(data)

    def _begin(self, epoch: int, end: int) -> None:
        """Make the half of `epoch`, written up to `end`, the log."""
        struct.pack_into("<I", self._header, 0, epoch)
        struct.pack_into("<I", self._header, 4, crc32(memoryview(self._header)[:4]))
        if not self._fram.write(self._base + (epoch & 1) * 8, memoryview(self._header)[:8]):
            raise OSError(5)
        self._epoch = epoch
        self._end = end
        self._cursor = 0  # where the first record lies that is not in the flash, or before
        self._unmoved = None

    def clear(self) -> None:
        """Forget the log: everything in it is in the flash."""
        self._begin(self._epoch + 1, 0)

    def latest(self) -> "dict[bytes, int]":
        """Return the names saved in the log, with the offset of the entry that counts."""
        found: "dict[bytes, int]" = {}
        offset = 0
        while True:
            end = self.step(offset)
            if not end:
                return found
            if self.kind == STAGED_SAVE or self.kind == STAGED_IN_FLASH:
                found[self._name(end)] = offset
            offset = end

    def unmoved(self) -> "list[tuple[bytes, int]]":
        """Return the names saved in the log and the offsets of their entries; whoever has moved one takes it off the list."""
        if self._unmoved is None:
            self._unmoved = list(self.latest().items())
        return self._unmoved

    def find_unmoved(self, first_seq: int) -> int:
        """As `find` for the records; the next search begins here, so what lies before has to be in the flash."""
        end = self.find(STAGED_RECORD, first_seq, self._cursor)
        if end:
            self._cursor = end - self.length - _ENTRY_BYTES - self._named
        return end

    def compact(self, keep: "Callable[[int, bytearray], bool] | None") -> int:
        """Leave behind what was popped, what was saved again and what `keep(sequence number, record)` gives up.

        Returns: the number of records given up by `keep`. Blocks: up to 0.7 s at 400 kHz.
        """
        latest = self.latest()
        epoch = self._epoch + 1
        target = gone = offset = 0
        if self.head_seq:
            target = self._write(epoch, 0, STAGED_POP, self.head_seq, b"", b"")
        while True:
            end = self.step(offset)
            if not end:
                break
            kind = self.kind
            seq = self.seq
            name = b""
            data = None
            if kind == STAGED_SAVE or kind == STAGED_IN_FLASH:
                name = self._name(end)
                wanted = latest[name] == offset
            else:
                wanted = kind != STAGED_POP and (kind != STAGED_RECORD or seq >= self.head_seq)
                if wanted and kind == STAGED_RECORD and keep is not None:
                    data = self.data(end)
                    wanted = keep(seq, data)
                    gone += not wanted
            if wanted:
                target = self._write(epoch, target, kind, seq, name, data or self.data(end))
            offset = end
        self._begin(epoch, target)
        return gone

    def find(self, kind: int, first_seq: int, offset: int = 0) -> int:
        """Step to the first entry of a kind with at least this number from `offset` on; return the offset behind it or 0."""
        while True:
            offset = self.step(offset)
            if not offset or (self.kind == kind and self.seq >= first_seq):
                return offset

    def peek(self, first_seq: int, into: bytearray) -> int:
        """Copy the first record numbered at least `first_seq` into `into`; return its length or 0, its number in `seq`.

        One that is empty or longer than `into` is nothing that we wrote: it is passed over.
        """
        end = self.find_unmoved(first_seq)
        while end and not 0 < self.length <= len(into):
            end = self.find(STAGED_RECORD, first_seq, end)
        if not end:
            return 0
        self.data(end, into)
        return self.length

    def visit(self, first_seq: int, see: "Callable[[int, bytearray], bool]") -> None:
        """Call `see` for the records numbered at least `first_seq`, until it returns false."""
        end = self.find(STAGED_RECORD, first_seq)
        while end and see(self.seq, self.data(end)):
            end = self.find(STAGED_RECORD, first_seq, end)
