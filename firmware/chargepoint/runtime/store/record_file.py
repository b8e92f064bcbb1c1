"""Named records in two copies: a power cut at any byte of a save leaves the old record or the new one.

A save writes the file that does not hold the newest record, so the newest one is never touched. This needs no atomic rename and no
atomic overwrite: it holds on littlefs and on an overwrite-in-place file system alike.

Layout of `NAME.0` and `NAME.1`: 12 bytes of header, then the data.

    magic u8 | sequence u8 | version u8 | zero u8 | length u32 | CRC32 of the first 8 bytes and the data

The sequence counts saves modulo 256; the two copies of a sound record differ by one.
"""

import struct
from binascii import crc32

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.runtime.store.volume import Volume

_MAGIC = const(0x52)
_HEADER = "<BBBBI"
_HEADER_BYTES = const(12)


class RecordFiles:
    """Loads and saves records by name on one volume.

    After `load`: `version` of the record, `damaged` = a file was there but no copy of it was sound.
    """

    def __init__(self, volume: "Volume") -> None:
        """Keep the volume; nothing is read."""
        self._volume = volume
        self._sequence = 0
        self._newest = 1
        self.version = 0
        self.damaged = False

    def _read(self, name: str) -> "bytearray | None":
        """Return header and data of one copy, None when it is missing or not sound."""
        try:
            file = self._volume.open(name, "rb")
        except OSError:
            return None
        try:
            size = file.seek(0, 2)
            file.seek(0)
            copy = bytearray(size)
            size = file.readinto(copy)
        except OSError:
            size = 0
        finally:
            file.close()
        self.damaged = True
        if size < _HEADER_BYTES or copy[0] != _MAGIC:
            return None
        end = _HEADER_BYTES + struct.unpack_from("<I", copy, 4)[0]
        view = memoryview(copy)
        if end > size or crc32(view[_HEADER_BYTES:end], crc32(view[:8])) != struct.unpack_from("<I", copy, 8)[0]:
            return None
        return copy

    def load(self, name: str) -> "bytes | None":
        """Return the newest sound data saved under `name`, None when there is none.

        Allocates: twice the record's size. Blocks: two file reads.
        """
        self.damaged = False
        self._newest = 1
        newest = self._read(name + ".0")
        other = self._read(name + ".1")
        if newest is None or (other is not None and 0 < (other[1] - newest[1]) & 0xFF < 128):
            newest = other
        else:
            self._newest = 0
        if newest is None:
            self._sequence = self.version = 0
            return None
        self._sequence = newest[1]
        self.version = newest[2]
        self.damaged = False
        return bytes(memoryview(newest)[_HEADER_BYTES : _HEADER_BYTES + struct.unpack_from("<I", newest, 4)[0]])

    def save(self, name: str, data: "bytes | bytearray", version: int = 1) -> None:
        """Replace the record `name`; durable on return. Saving what is there already costs no write.

        Raises OSError (flash full or failing): the old record is still there then.
        Blocks: two file reads and one file write.
        """
        if self.load(name) == data and self.version == version:
            return
        header = bytearray(_HEADER_BYTES)
        struct.pack_into(_HEADER, header, 0, _MAGIC, (self._sequence + 1) & 0xFF, version, 0, len(data))
        struct.pack_into("<I", header, 8, crc32(data, crc32(memoryview(header)[:8])))
        file = self._volume.open(name + (".0" if self._newest else ".1"), "wb")
        try:
            file.write(header)
            file.write(data)
        except OSError:
            file.close()
            raise
        self._volume.commit(file)
