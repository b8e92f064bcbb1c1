"""Reads an update package as it comes in, and says whether it is firmware for this charger.

A package is one file (`make update-package`):

    128 bytes of header: magic "PLUP" | format u8 = 1 | form u8 | 0 u16 | length of the image u32 | board 24 | product 16 | version 50 | 0 to the end
    the image, as the board runs it: form 1 a ROMFS, form 2 files: for each the length of its path u8, its length u32, the path, the bytes
    SHA-256 over all before

Texts are padded with zeros. What is anything else, or has a byte changed, missing or added, is no firmware. That is known at the end, not before,
so until then the file is taken as it comes: whether it came whole and whether it is good are two answers (Downloaded, then InstallationFailed).
"""

import hashlib

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAGIC = b"PLUP\x01"
FORM_ROMFS = 1
FORM_FILES = 2
HEADER_BYTES = 128
SUM_BYTES = 32
LENGTH_AT = 8
BOARD_AT = 12
PRODUCT_AT = 36
VERSION_AT = 52
VERSION_END = 102
_MOST_BYTES = const(8388608)  # nobody's firmware is larger: a server that sends without end is not followed further


class PackageReader:
    """The sink of a transfer; it puts what may be firmware into the slot that does not run.

    For reading: `have`, bytes that have come so far; `refusal`, why the file is no firmware, "" while it may be.
    """

    def __init__(self, slots: "Any", product: str) -> None:
        """`slots` is an ImageSlots or SlotFolders, `product` the name of the product that runs here."""
        self._slots = slots
        self._product = product
        self._header = bytearray(HEADER_BYTES)
        self.have = self._length = 0
        self.refusal = ""
        self.begin(0)

    def begin(self, first: int) -> None:
        """Bytes come from `first` on: `have`, or 0 for all again. Raises: OSError when they would leave a gap."""
        if first and first != self.have:
            raise OSError(22, "%d bytes are here, not %d" % (self.have, first))
        if not first:
            self.have = self._length = 0
            self.refusal = ""
            self._sum = bytearray(SUM_BYTES)
            self._hash: "Any" = hashlib.sha256()

    def write(self, data: "Any") -> None:
        """Take the next bytes. Raises: OSError when the flash fails, or the file has no end. Allocates: a slice or two."""
        at = 0
        if self.have < HEADER_BYTES:
            at = min(len(data), HEADER_BYTES - self.have)
            self._header[self.have : self.have + at] = data[:at]
            self.have += at
            if self.have == HEADER_BYTES:
                self._open()
        if at < len(data):
            self._take(data[at:] if at else data)

    def finish(self) -> str:
        """All has come: return why it is no firmware, "" when it is and the slot holds it. Raises: OSError when the flash fails."""
        if not self.refusal:
            end = HEADER_BYTES + self._length + SUM_BYTES
            if not self._length or self.have < end:
                self.refusal = "bytes are missing"
            elif self._hash.digest() != bytes(self._sum):
                self.refusal = "the checksum is wrong"
            else:
                self._slots.finish()
        return self.refusal

    @property
    def version(self) -> str:
        """The version that the header tells."""
        return _text(self._header, VERSION_AT, VERSION_END)

    def _open(self) -> None:
        """Judge the header, and open the slot when it may be firmware for this charger."""
        header = self._header
        slots = self._slots
        self._length = int.from_bytes(header[LENGTH_AT : LENGTH_AT + 4], "little")
        if bytes(header[: len(MAGIC)]) != MAGIC:
            self.refusal = "it is no update package"
        elif _text(header, BOARD_AT, PRODUCT_AT) != slots.board or header[len(MAGIC)] != slots.form:
            self.refusal = "it is for another board"
        elif _text(header, PRODUCT_AT, VERSION_AT) != self._product:
            self.refusal = "it is for another product"
        elif not 0 < self._length <= slots.room() - HEADER_BYTES - SUM_BYTES:
            self.refusal = "it does not fit: the slot has room for %d bytes" % slots.room()
        else:
            self._hash.update(header)
            slots.begin(HEADER_BYTES + self._length + SUM_BYTES)
            slots.write(header)

    def _take(self, data: "Any") -> None:
        """Bytes behind the header: the image, then its checksum, then nothing."""
        at = self.have - HEADER_BYTES
        self.have += len(data)
        if self.have > _MOST_BYTES:
            raise OSError(27, "the file has no end")
        if self.refusal:
            return
        count = min(len(data), max(0, self._length - at))
        if count:
            self._hash.update(data[:count])
        if count < len(data):
            place = at + count - self._length
            if place + len(data) - count > SUM_BYTES:
                self.refusal = "there is something behind its end"
                return
            self._sum[place : place + len(data) - count] = data[count:]
        self._slots.write(data)


def _text(header: bytearray, start: int, end: int) -> str:
    """A text of the header; what is no text counts as none."""
    try:
        return str(bytes(header[start:end]), "ascii").rstrip("\0")
    except UnicodeError:
        return ""
