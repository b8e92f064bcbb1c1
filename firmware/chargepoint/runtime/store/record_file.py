"""The codec of named records, in two copies: a power cut at any byte of a save leaves the old record or the new one.

A save writes the file that does not hold the newest record, so the newest one is never touched. This needs no atomic rename and no
atomic overwrite: it holds on littlefs and on an overwrite-in-place file system alike.

Layout of `NAME.0` and `NAME.1`: 12 bytes of header, then the data.

    magic u8 | sequence u8 | version u8 | form u8 | length u32 | CRC32 of the name, the first 8 bytes and the data

The sequence counts saves modulo 256; the two copies of a sound record differ by one. Form 0 is what firmware 0.1.0 wrote: its checksum does not
know the name.

Nothing that lies on the flash makes this raise: the sizes of records.py bound what is read, before memory is taken for it.
"""

import struct
from binascii import crc32

from micropython import const

from chargepoint.runtime.store import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.runtime.store.volume import Volume

_MAGIC = const(0x52)
_FORM = const(1)
_HEADER = "<BBBBI"
_HEADER_BYTES = const(12)
_SUM_MASK = const(0xFFFFF)  # as much of the checksum as keeps `_known` a small integer


class RecordFiles:
    """Loads and saves the records of records.py on one volume.

    After `load`: `damaged` = a file was there but no copy of it could be used.
    """

    def __init__(self, volume: "Volume") -> None:
        """Keep the volume; nothing is read."""
        self._volume = volume
        self._header = bytearray(_HEADER_BYTES)
        self._known: "dict[str, int]" = {}  # of each name read or written: sequence | newest copy << 8 | part of the checksum << 9
        self.damaged = False

    def _read(self, name: str, copy: int, line: int, behind: int) -> "bytearray | None":
        """Return the data of one copy; None when it is missing, not sound, or its sequence is not `behind` another (-1: whichever)."""
        try:
            file = self._volume.open("%s.%d" % (name, copy), "rb")
        except OSError:
            return None
        header = self._header
        data = None
        try:
            size = file.readinto(header)
            length = struct.unpack_from("<I", header, 4)[0]
            if size != _HEADER_BYTES or header[0] != _MAGIC or header[2] != records.version(line) or not records.fits(line, length):
                self.damaged = True
            elif behind < 0 or 0 < (header[1] - behind) & 0xFF < 128:
                data = bytearray(length)
                if file.readinto(data) != length or self._sum(name, data) != struct.unpack_from("<I", header, 8)[0]:
                    self.damaged = True
                    data = None
        except OSError:
            self.damaged = True
            data = None
        finally:
            file.close()
        return data

    def _sum(self, name: str, data: "bytes | bytearray") -> int:
        """Return the checksum of the header and these data, by the header's form."""
        start = crc32(name.encode()) if self._header[3] else 0
        total: int = crc32(data, crc32(memoryview(self._header)[:8], start))
        return total

    def load(self, name: str) -> "bytes | None":
        """Return the newest sound data saved under `name`, None when there is none.

        Allocates: twice the record's size. Blocks: two file reads.
        """
        line = records.line_of(name)
        if line < 0:
            return None
        self.damaged = False
        newest = 1  # so that the first save goes to the other one
        sequence = sum32 = 0
        found = None
        for copy in (0, 1):
            data = self._read(name, copy, line, sequence if found is not None else -1)
            if data is not None:
                found = data
                newest = copy
                sequence = self._header[1]
                sum32 = self._sum(name, data)
        self._known[name] = sequence | newest << 8 | (sum32 & _SUM_MASK) << 9
        if found is None:
            return None
        self.damaged = False
        return bytes(found)

    def holds(self, name: str, data: "bytes | bytearray") -> bool:
        """Return whether these data are what is saved under `name`. Reads only what was not read before, or what seems to be the same."""
        line = records.line_of(name)
        if name not in self._known:
            return self.load(name) == data
        known = self._known[name]
        struct.pack_into(_HEADER, self._header, 0, _MAGIC, known & 0xFF, records.version(line), _FORM, len(data))
        return known >> 9 == self._sum(name, data) & _SUM_MASK and self.load(name) == data

    def save(self, name: str, data: "bytes | bytearray") -> None:
        """Replace the record `name`; durable on return. Saving what is there already costs no write.

        Raises: OSError (flash full or failing): the old record is still there then. ValueError: not as records.py allows.
        Blocks: one file write, two with two copies; reads only what it has not read before, or what seems to be the same.
        """
        line = records.line_of(name)
        if line < 0 or not records.fits(line, len(data)):
            raise ValueError("%d bytes as %s" % (len(data), name))
        if self.holds(name, data):
            return
        self._write(name, data, line)
        if records.is_twice(line):
            try:
                self._write(name, data, line)
            except OSError:
                pass  # it is saved: the next save will notice what is wrong with the flash

    def _write(self, name: str, data: "bytes | bytearray", line: int) -> None:
        """Write the copy that is not the newest."""
        known = self._known[name]
        copy = 1 - (known >> 8 & 1)
        sequence = (known + 1) & 0xFF
        header = self._header
        struct.pack_into(_HEADER, header, 0, _MAGIC, sequence, records.version(line), _FORM, len(data))
        sum32 = self._sum(name, data)
        struct.pack_into("<I", header, 8, sum32)
        file = self._volume.open("%s.%d" % (name, copy), "wb")
        try:
            file.write(header)
            file.write(data)
        except OSError:
            file.close()
            raise
        self._volume.commit(file)
        self._known[name] = sequence | copy << 8 | (sum32 & _SUM_MASK) << 9
