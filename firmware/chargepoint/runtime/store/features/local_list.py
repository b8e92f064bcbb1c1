"""The local authorization list on the flash: sorted entries of one size, looked up where they lie.

Two files, `list.0` and `list.1`. A new list is written into the one that does not hold the newest, a slice at a time, and counts once its end is there: a power
cut at any byte leaves the old one. Nothing of the list but the entry asked for is ever in memory.

    magic u8 | sequence u8 | entry bytes u8 | 0 | listVersion i32 | entries u32, then the entries, then CRC32 of all that

An entry is idTag in lower case (20 bytes, zeros behind), status u8, expiry u32 (seconds since 2020, 0 none), parentIdTag (20 bytes).

Wear: an update writes each entry once; 1,000 entries are 45 KB, 11 blocks of 4 KiB.
"""

import struct
from binascii import crc32

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.runtime.store.volume import Volume

ENTRY_BYTES = const(45)
TAG_BYTES = const(20)
_MAGIC = const(0x4C)
_HEADER = "<BBBBiI"
_HEADER_BYTES = const(12)
_MOST_ENTRIES = const(100000)
_SLICE = const(32)  # entries read or written in one go


class Part:
    """See the module. For reading: `version`, `count`; `is_writing` while a new list is being written."""

    def __init__(self, volume: "Volume") -> None:
        """Find the newest list that is whole. Blocks: reads both files once."""
        self._volume = volume
        self.version = self.count = 0
        self._copy = 1  # the file that holds the list
        self._sequence = 0
        self._buffer = bytearray(ENTRY_BYTES * _SLICE)
        self._entry = memoryview(self._buffer)[:ENTRY_BYTES]
        self._file: "Any" = None  # that is being written,
        self._source: "Any" = None  # and where its entries come from
        self._sum = 0
        found = False
        for copy in (0, 1):
            header = self._check(copy)
            if header is not None and (not found or 0 < (header[1] - self._sequence) & 0xFF < 128):
                found = True
                self._copy = copy
                self._sequence, self.version, self.count = header[1], header[4], header[5]

    def _check(self, copy: int) -> "tuple[int, ...] | None":
        """The header of a file that is whole, else None. Never raises."""
        try:
            file = self._volume.open("list.%d" % copy, "rb")
        except OSError:
            return None
        try:
            head = file.read(_HEADER_BYTES)
            if len(head) != _HEADER_BYTES:
                return None
            header = struct.unpack(_HEADER, head)
            if header[0] != _MAGIC or header[2] != ENTRY_BYTES or header[5] > _MOST_ENTRIES:
                return None
            left = header[5] * ENTRY_BYTES
            total = crc32(head)
            while left:
                count = file.readinto(memoryview(self._buffer)[: min(left, len(self._buffer))])
                if not count:
                    return None
                total = crc32(memoryview(self._buffer)[:count], total)
                left -= count
            return header if file.read(5) == struct.pack("<I", total) else None
        except (OSError, ValueError):
            return None
        finally:
            file.close()

    def find(self, tag: bytes) -> "bytes | None":
        """The entry of an idTag of TAG_BYTES, None when it is not listed or the flash does not say.

        Allocates: an open file. Blocks: a dozen short reads.
        """
        if not self.count:
            return None
        try:
            file = self._volume.open("list.%d" % self._copy, "rb")
        except OSError:
            return None
        low = 0
        high = self.count
        try:
            while low < high:
                middle = (low + high) >> 1
                file.seek(_HEADER_BYTES + middle * ENTRY_BYTES)
                if file.readinto(self._entry) != ENTRY_BYTES:
                    return None
                order = self._compare(tag)
                if not order:
                    return bytes(self._entry)
                if order < 0:
                    low = middle + 1
                else:
                    high = middle
        except OSError:
            pass
        finally:
            file.close()
        return None

    def _compare(self, tag: bytes) -> int:
        """Where the entry in the buffer stands to an idTag: below 0 before it, 0 it is it. Allocates: none."""
        buffer = self._buffer
        for i in range(TAG_BYTES):
            if buffer[i] != tag[i]:
                return buffer[i] - tag[i]
        return 0

    @property
    def is_writing(self) -> bool:
        """Whether a new list is being written."""
        return self._file is not None

    def begin(self, version: int, count: int, source: "Any") -> bool:
        """Begin a new list of so many entries, which `source` (an iterator) gives in their order. Returns: False when the flash is full or fails."""
        self.abort()
        head = struct.pack(_HEADER, _MAGIC, (self._sequence + 1) & 0xFF, ENTRY_BYTES, 0, version, count)
        try:
            self._file = self._volume.open("list.%d" % (1 - self._copy), "wb")
            self._file.write(head)
        except OSError:
            self.abort()
            return False
        self._sum = crc32(head)
        self._source = source
        return True

    def write_on(self) -> bool:
        """Write one slice; after the last one the new list is the list. Returns: False when the flash fails, and the old one stays.

        Blocks: up to 1.5 KB, the last one a commit.
        """
        try:
            left = _SLICE
            for entry in self._source:
                self._file.write(entry)
                self._sum = crc32(entry, self._sum)
                left -= 1
                if not left:
                    return True
            self._finish()
        except OSError:
            self.abort()
            return False
        return True

    def _finish(self) -> None:
        """The last entry is written. Raises: OSError."""
        self._file.write(struct.pack("<I", self._sum))
        file, self._file = self._file, None
        self._volume.commit(file)
        self._source = None
        self._copy = 1 - self._copy
        header = self._check(self._copy)
        if header is None:
            self._copy = 1 - self._copy
            raise OSError(5)
        self._sequence, self.version, self.count = header[1], header[4], header[5]

    def abort(self) -> None:
        """Give up what is being written; the list stays as it is."""
        self._source = None
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError:
                pass

    def entries(self) -> "Any":
        """All entries in their order, for a merge: an iterator that reads slices. Raises: OSError while it is used."""
        if not self.count:
            return
        file = self._volume.open("list.%d" % self._copy, "rb")
        try:
            file.seek(_HEADER_BYTES)
            for left in range(self.count, 0, -_SLICE):
                block: bytes = file.read(min(left, _SLICE) * ENTRY_BYTES)
                for at in range(0, len(block), ENTRY_BYTES):
                    yield block[at : at + ENTRY_BYTES]
        finally:
            file.close()
