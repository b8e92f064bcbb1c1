"""Reading DER: one element after the other, within the bounds of what holds it.

A reader never looks outside its bounds and never goes down by itself, so nothing that is nested however deep costs it stack or heap. Refused are
indefinite lengths, lengths that are longer than they need to be or longer than what is there, and tags of more than a byte.
Spec: ITU-T X.690 (2015) clauses 8 and 10; RFC 5280 section 4.1.
"""

from micropython import const

from chargepoint.pki.refusals import MALFORMED, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

BOOLEAN = const(0x01)
INTEGER = const(0x02)
BIT_STRING = const(0x03)
OCTET_STRING = const(0x04)
NULL = const(0x05)
OID = const(0x06)
UTF8_STRING = const(0x0C)
PRINTABLE_STRING = const(0x13)
TELETEX_STRING = const(0x14)
IA5_STRING = const(0x16)
UTC_TIME = const(0x17)
GENERALIZED_TIME = const(0x18)
SEQUENCE = const(0x30)
SET = const(0x31)
CONTEXT = const(0x80)  # of a string: [0] is 0x80, [1] is 0x81
CONTEXT_HOLDER = const(0xA0)  # of something that holds elements

NOTHING = const(-1)


class Reader:
    """Reads the elements of ``buf[at:end]`` one by one.

    For reading after ``next`` or ``expect``: ``begin`` of the element, ``start`` and ``stop`` of its contents.
    """

    def __init__(self, buf: bytes, at: int = 0, end: int = -1) -> None:
        self._buf = buf
        self._at = self.begin = self.start = self.stop = at
        self._end = len(buf) if end < 0 else end

    def peek(self) -> int:
        """The tag of the next element, NOTHING at the end. Allocates: none."""
        return self._buf[self._at] if self._at < self._end else NOTHING

    def next(self) -> int:
        """Take the next element and return its tag. Raises: Refused. Allocates: none unless refused."""
        buf = self._buf
        at = self._at
        left = self._end - at
        if left < 2:
            raise Refused(MALFORMED)
        tag = buf[at]
        length = buf[at + 1]
        self.begin = at
        at += 2
        if length > 0x7F:
            octets = length - 0x80
            if not 1 <= octets <= 2 or left < 2 + octets:
                raise Refused(MALFORMED)
            length = buf[at]
            if octets == 2:
                length = length << 8 | buf[at + 1]
            if length < (0x80 if octets == 1 else 0x100):
                raise Refused(MALFORMED)
            at += octets
        if tag & 0x1F == 0x1F or length > self._end - at:
            raise Refused(MALFORMED)
        self.start = at
        self._at = self.stop = at + length
        return tag

    def expect(self, tag: int) -> None:
        """Take the next element, which must have this tag. Raises: Refused. Allocates: none unless refused."""
        if self._at >= self._end or self._buf[self._at] != tag:
            raise Refused(MALFORMED)
        self.next()

    def enter(self, tag: int) -> "Reader":
        """Take the next element, which must have this tag, and return a reader of its contents. Raises: Refused."""
        self.expect(tag)
        return Reader(self._buf, self.start, self.stop)

    def finish(self) -> None:
        """Nothing may be left. Raises: Refused."""
        if self._at != self._end:
            raise Refused(MALFORMED)

    def contents(self, tag: int) -> bytes:
        """Take the next element, which must have this tag, and return a copy of its contents. Raises: Refused."""
        self.expect(tag)
        return self.value()

    def value(self) -> bytes:
        """A copy of the contents of the element that was taken last."""
        return self._buf[self.start : self.stop]

    def whole(self) -> bytes:
        """A copy of the element that was taken last, its tag and length included."""
        return self._buf[self.begin : self.stop]

    def unsigned(self) -> bytes:
        """Take an INTEGER that is not negative: its bytes without leading zeros, none for 0. Raises: Refused."""
        contents = self.contents(INTEGER)
        first = contents[0] if contents else 0x80
        if first > 0x7F or (first == 0 and len(contents) > 1 and contents[1] < 0x80):
            raise Refused(MALFORMED)
        return contents[1:] if first == 0 else contents

    def small(self) -> int:
        """Take an INTEGER from 0 to 32767. Raises: Refused."""
        contents = self.unsigned()
        if len(contents) > 2 or (len(contents) == 2 and contents[0] > 0x7F):
            raise Refused(MALFORMED)
        return int.from_bytes(contents, "big")

    def boolean(self) -> bool:
        """Take a BOOLEAN. Raises: Refused."""
        contents = self.contents(BOOLEAN)
        if contents not in (b"\x00", b"\xff"):
            raise Refused(MALFORMED)
        return contents == b"\xff"

    def whole_bytes(self) -> bytes:
        """Take a BIT STRING that is a whole number of bytes, and return these. Raises: Refused."""
        contents = self.contents(BIT_STRING)
        if contents[:1] != b"\x00":
            raise Refused(MALFORMED)
        return contents[1:]

    def bits(self) -> int:
        """Take a BIT STRING of flags and return the first eight, the first of them as 0x80. Raises: Refused."""
        contents = self.contents(BIT_STRING)
        if len(contents) < 2:
            if contents == b"\x00":
                return 0
            raise Refused(MALFORMED)
        unused = contents[0]
        if unused > 7 or contents[-1] & ((1 << unused) - 1):
            raise Refused(MALFORMED)
        return contents[1]


def reader_of(data: bytes, tag: int) -> Reader:
    """A reader of the contents of an element that is all of ``data``. Raises: Refused."""
    outer = Reader(data)
    inner = outer.enter(tag)
    outer.finish()
    return inner


def element(tag: int, parts: "Sequence[bytes]") -> bytes:
    """Write one element that holds the parts, one behind the other. Allocates: twice its length."""
    contents = b"".join(parts)
    length = len(contents)
    if length < 0x80:
        return bytes((tag, length)) + contents
    if length < 0x100:
        return bytes((tag, 0x81, length)) + contents
    return bytes((tag, 0x82, length >> 8, length & 0xFF)) + contents


def integer(value: int, length: int) -> bytes:
    """Write an INTEGER from a number that is not negative and has at most ``length`` bytes."""
    contents = value.to_bytes(length, "big").lstrip(b"\x00")
    if not contents or contents[0] > 0x7F:
        contents = b"\x00" + contents
    return element(INTEGER, (contents,))
