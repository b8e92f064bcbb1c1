"""The queue of transaction messages: an append-only log in segment files, first in first out, durable at every step.

Each record is 10 bytes of header and its data:

    length u16 | sequence number u32 | CRC32 of those 6 bytes and the data, started from the segment's number

A cut while appending leaves a torn tail; reading ignores it, and the next append starts a new segment, so nothing is ever rewritten in
place. Because the checksum starts from the segment's number, stale bytes of a deleted segment that a file system hands out again
are never taken for a record. What was popped is one small record in two copies (`qhead`, the next sequence number to hand out);
a segment is deleted when its last record was popped.

Segment files are named `q` and a number: segment count * 64 + generation. `thin` writes a segment's next generation without the
records that the caller gives up, ends it with a seal (a record of length 0) and deletes the former one: after a cut the sealed one counts.

Capacity: the default budget of 256 KiB in segments of 8 KiB. A session without samples is a start and a stop of at most 110 bytes
each with their headers: more than 1,100 offline sessions; at 200 sessions 1,090 bytes a session are left for samples. Samples
are refused when less than `SAMPLE_RESERVE_BYTES` is left, so starts and stops still fit; the core then thins samples out.

Wear: see host_tests/faults/test_wear.py, which computes the years at 20 sessions a day from these numbers.
"""

import struct
from binascii import crc32

from micropython import const

from chargepoint.runtime.store.records import MOST_NUMBERS, STAGED_POP, STAGED_RECORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from chargepoint.runtime.store.record_file import RecordFiles
    from chargepoint.runtime.store.staging import Staging
    from chargepoint.runtime.store.volume import Volume

DEFAULT_BUDGET_BYTES = 256 * 1024
SAMPLE_RESERVE_BYTES = 16 * 1024  # what samples leave free for starts and stops
_SEGMENT_BYTES = const(8192)
_HEADER_BYTES = const(10)
_GENERATIONS = const(64)
_CHUNK_BYTES = const(64)


class RecordQueue:
    """The records in the order of `append`, across power cuts.

    For reading: `head_seq` (sequence number of the record that `peek` gave), `count` (records waiting), `damaged` (records lost to
    failing flash since boot), `failed` (the last write did not succeed: flash full or failing). It has more than 20 attributes as it keeps two
    places, where it reads and where it writes, with segment, offset and sequence number each.
    """

    _hidden = False

    def __init__(self, volume: "Volume", files: "RecordFiles", budget_bytes: int = DEFAULT_BUDGET_BYTES, prefix: str = "q") -> None:
        """Find the segments that are there and the oldest record that was not popped. Blocks: reads the whole queue once."""
        self._prefix = prefix
        self._volume = volume
        self._files = files
        self._budget_bytes = budget_bytes
        self._header = bytearray(_HEADER_BYTES)
        self._chunk = bytearray(_CHUNK_BYTES)
        self.staging: "Staging | None" = None  # set by the store
        self.failed = self._tail_clean = False
        self.count = self.damaged = 0
        self._length = self._seq = self._live = 0  # of the record last stepped over; of the segment last recovered
        self._at = self._offset = self._next_offset = 0  # segment index and offset of the head record
        self._segments: "list[int]" = []
        self._sizes: "list[int]" = []
        self._lasts: "list[int]" = []  # last sequence number of each segment
        marker = files.load(prefix + "head")
        self.head_seq = struct.unpack("<I", marker)[0] if marker is not None else 1
        if not 0 < self.head_seq < MOST_NUMBERS:
            self.head_seq = 1
        self.next_seq = self.head_seq
        self._highest = 0  # number of a segment file, readable or not
        for number in volume.numbers(prefix):
            self._highest = number
            try:
                self._recover(number)
            except OSError:
                self.damaged += 1
        self._tidy()

    def _recover(self, number: int) -> None:
        """Take segment `number` into the list; delete the loser of two generations."""
        file = self._volume.open(self._prefix + str(number), "rb")
        sealed = False
        live = end = bad = 0
        last = self.next_seq - 1
        sound = False
        while end < _SEGMENT_BYTES:
            offset = self._step(file, number, end)
            if not offset:
                break
            end = offset
            if self._length < 0:
                bad += 1
                continue
            sealed = not self._length
            sound = True
            last = max(last, self._seq)
            live += self._seq >= self.head_seq and not sealed
            self.damaged += bad  # with a sound record behind it, it is no torn tail
            bad = 0
        clean = not sealed and end == file.seek(0, 2)
        file.close()
        self._tail_clean = False
        if not sound:
            self._volume.remove(self._prefix + str(number))  # nothing of ours is in it
            return
        if number % _GENERATIONS:
            if not sealed:
                self._volume.remove(self._prefix + str(number))  # the cut came before the seal: the former generation counts
                return
            if self._segments and self._segments[-1] // _GENERATIONS == number // _GENERATIONS:
                self._volume.remove(self._prefix + str(self._segments.pop()))
                self._sizes.pop()
                self._lasts.pop()
                self.count -= self._live
        self._live = live
        self._tail_clean = clean
        self.count += live
        self._segments.append(number)
        self._sizes.append(end)
        self._lasts.append(last)
        if last >= self.next_seq:
            self.next_seq = last + 1

    def _step(self, file: "Any", number: int, offset: int, into: "bytearray | None" = None) -> int:
        """Read the record at `offset`; return the offset behind it, 0 when there is none.

        Sets `_length` (0 a seal, -1 a record whose checksum is wrong) and `_seq`. Reads the data into `into` when it is given and large enough.
        """
        file.seek(offset)
        header = self._header
        if file.readinto(header) != _HEADER_BYTES:
            return 0
        length, self._seq, wanted = struct.unpack("<HII", header)
        sum32 = crc32(memoryview(header)[:6], number)
        left: int = length
        chunk = memoryview(self._chunk if into is None or length > len(into) else into)
        while left > 0:
            got = file.readinto(chunk[: min(left, len(chunk))])
            if not got:
                return 0
            sum32 = crc32(chunk[:got], sum32)
            left -= got
        self._length = length if sum32 == wanted and self._seq < MOST_NUMBERS else -1
        end: int = offset + _HEADER_BYTES + length
        return end

    def _tidy(self) -> None:
        """Delete the segments whose every record was popped; the last one stays: its numbers must not be used again."""
        while len(self._segments) > 1 and self._lasts[0] < self.head_seq:
            try:
                self._volume.remove(self._prefix + str(self._segments[0]))
            except OSError:
                self.failed = True
                return
            for per_segment in (self._segments, self._sizes, self._lasts):
                per_segment.pop(0)
            self._at -= 1
            if self._at < 0:
                self._at = self._offset = 0

    @property
    def used_bytes(self) -> int:
        """Bytes of all segment files."""
        return sum(self._sizes)

    @property
    def free_records(self) -> int:
        """How many more samples of 60 bytes would be taken."""
        return max(0, self._budget_bytes - SAMPLE_RESERVE_BYTES - self.used_bytes) // (60 + _HEADER_BYTES)

    @property
    def last_flash_seq(self) -> int:
        """Sequence number of the last record in the flash (not in the staging memory)."""
        return self._lasts[-1] if self._lasts else 0

    def append(self, record: "bytes | bytearray | memoryview", sample: bool = False) -> int:
        """Add a record behind all others; return its sequence number, durable on return, or 0 when it was not stored.

        Args: `sample` = an intermediate meter value: refused while starts and stops still fit.
        0 means full (thin samples out and try again) or, with `failed` set, a flash that does not take writes.
        Blocks: one flash append; with staging one FRAM write.
        """
        if self._hidden:
            return 0
        seq = self.next_seq
        staging = self.staging
        if staging is not None and staging.active:
            if not staging.put(STAGED_RECORD, seq, record, sample):
                return 0
        else:
            room = self._budget_bytes - self.used_bytes - len(record) - _HEADER_BYTES
            if room < (SAMPLE_RESERVE_BYTES if sample else 0) or not self.write(seq, record):
                return 0
        self.count += 1
        self.next_seq = seq + 1
        return seq

    def write(self, seq: int, record: "bytes | bytearray | memoryview", more: "Callable[[int], tuple[int, bytearray] | None] | None" = None) -> bool:
        """Append records with known numbers to the flash, whatever the budget says; False when the flash fails.

        For `append`, and for the move out of the staging memory: `more(room)` gives the next one that fits, with its number.
        Blocks: one flash append.
        """
        size = self._sizes[-1] if self._tail_clean else _SEGMENT_BYTES
        fresh = size + len(record) + _HEADER_BYTES > _SEGMENT_BYTES
        if fresh:
            size = 0
            number = self._highest = (self._highest // _GENERATIONS + 1) * _GENERATIONS
        else:
            number = self._segments[-1]
        self._tail_clean = False
        try:
            file = self._volume.open(self._prefix + str(number), "wb" if fresh else "ab")
            try:
                while True:
                    size += self._put(file, number, seq, record)
                    another = more(_SEGMENT_BYTES - _HEADER_BYTES - size) if more is not None else None
                    if another is None:
                        break
                    seq, record = another
            except OSError:
                file.close()
                raise
            self._volume.commit(file)
        except OSError:
            self.failed = True
            return False
        if fresh:
            self._segments.append(number)
            self._sizes.append(0)
            self._lasts.append(0)
        self._sizes[-1] = size
        self._lasts[-1] = max(self._lasts[-1], seq)
        self._tail_clean = True
        self.failed = False
        return True

    def _put(self, file: "Any", number: int, seq: int, record: "bytes | bytearray | memoryview") -> int:
        """Write header and data; return their size."""
        length = len(record)
        header = self._header
        struct.pack_into("<HI", header, 0, length, seq)
        struct.pack_into("<I", header, 6, crc32(record, crc32(memoryview(header)[:6], number)))
        file.write(header)
        file.write(record)
        return length + _HEADER_BYTES

    def peek(self, into: bytearray) -> int:
        """Copy the oldest record into `into` and return its length, 0 when the queue is empty; sets `head_seq`.

        A record whose checksum is wrong, or that is longer than `into` (nothing that we wrote), is passed over and counted in `damaged`.
        """
        self._next_offset = 0
        while self._at < len(self._segments):
            if self._lasts[self._at] >= self.head_seq:
                length = self._peek_segment(into)
                if length:
                    return length
            if self._at + 1 == len(self._segments):
                break
            self._at += 1
            self._offset = 0
        length = 0
        if self.staging is not None:
            length = self.staging.peek(self.head_seq, into)
            if length:
                self.head_seq = self.staging.seq
        if not length and self.count:
            self.damaged += self.count  # what is there gives back less than was counted
            self.count = 0
        return length

    def _peek_segment(self, into: bytearray) -> int:
        """Copy the first waiting record of the head's segment; return its length, 0 when there is none."""
        number = self._segments[self._at]
        file = self._volume.open(self._prefix + str(number), "rb")
        try:
            while True:
                self._next_offset = self._step(file, number, self._offset, into)
                if not self._next_offset:
                    return 0
                if self._length > 0 and self._seq >= self.head_seq:
                    if self._length <= len(into):
                        self.head_seq = self._seq
                        return self._length
                    self.damaged += 1
                    self.count -= 1
                self._offset = self._next_offset
        finally:
            file.close()

    def pop(self) -> None:
        """Forget the record that `peek` gave; durable on return. With `failed` set it may come again after a restart.

        Blocks: one small flash write, and a deletion when a segment is used up; with staging one FRAM write.
        """
        if not self.count:
            return
        self.count -= 1
        self.head_seq += 1
        self._offset, self._next_offset = self._next_offset or self._offset, 0
        staging = self.staging
        if staging is not None and staging.active:
            staging.put(STAGED_POP, self.head_seq, b"", False)
        else:
            self.save_head()

    def save_head(self) -> bool:
        """Write the pop marker to the flash and delete used-up segments; False when the flash fails."""
        try:
            self._files.save(self._prefix + "head", struct.pack("<I", self.head_seq))
            self.failed = False
        except OSError:
            self.failed = True
        self._tidy()
        return not self.failed

    def hide(self) -> None:
        """Show nothing and take nothing until the next start: part of the queue is in a memory that does not answer."""
        self._hidden = True
        self.count = 0

    def adopt(self, staging: "Staging") -> None:
        """Take the staging memory into use, and what it still holds from before a restart into the count."""
        self.staging = staging
        if staging.active:
            self.head_seq = max(self.head_seq, staging.head_seq)
            self.next_seq = max(self.next_seq, self.head_seq)
            self.count = 0
            self.visit(self._tally)

    def _tally(self, seq: int, record: bytearray) -> bool:
        """Count one record."""
        self.count += 1
        self.next_seq = max(self.next_seq, seq + 1)
        return True

    def visit(self, see: "Callable[[int, bytearray], bool]") -> None:
        """Call `see(sequence number, record)` for every waiting record, oldest first, until it returns false. For diagnostics.

        Allocates: each record. Blocks: reads the queue.
        """
        for number in self._segments:
            file = self._volume.open(self._prefix + str(number), "rb")
            try:
                offset = 0
                while True:
                    end = self._step(file, number, offset)
                    if not end:
                        break
                    if self._length > 0 and self._seq >= self.head_seq:
                        record = bytearray(self._length)
                        self._step(file, number, offset, record)
                        if not see(self._seq, record):
                            return
                    offset = end
            finally:
                file.close()
        if self.staging is not None:
            self.staging.visit(max(self.head_seq, self.last_flash_seq + 1), see)

    def drop_first_segment(self) -> None:
        """Give up the oldest segment: how the dead-letter queue stays within its budget."""
        if not self._lasts:
            return
        self.head_seq = self._lasts[0] + 1
        self._tail_clean = self._tail_clean and len(self._segments) > 1
        self.save_head()

    def thin(self, keep: "Callable[[int, bytearray], bool]") -> int:
        """Give up records for which `keep(sequence number, record)` is false, oldest first, until some room is gained.

        One segment is rewritten a call. While a contactor is closed only the staging memory is thinned. Never call it with a rule
        that gives up starts or stops.
        Returns: records given up; 0 = the rule finds nothing more. Blocks: reads the queue, writes at most one segment.
        """
        if self._hidden:
            return 0
        staging = self.staging
        gone = 0
        if staging is not None and staging.active:
            try:
                gone = staging.compact(keep)
            except OSError:
                return 0  # the FRAM does not answer: all is as it was
        else:
            from chargepoint.runtime.store.record_thinning import rewrite

            for index in range(self._at, len(self._segments)):
                gone = rewrite(self, index, keep)
                if gone:
                    break
        self.count -= gone
        return gone
