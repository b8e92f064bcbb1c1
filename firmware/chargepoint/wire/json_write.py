"""JSON written straight into a caller's buffer, member by member, in the order of the calls.

The text is printable ASCII: other characters become ``\\uXXXX`` escapes, astral ones a surrogate pair. Numbers are integers or scaled
integers. What does not fit sets ``overflow``; later calls then do nothing, so one check at the end is enough.
Bytes of the buffer after ``pos`` are the writer's scratch space.
"""

from struct import pack_into

from micropython import const

from chargepoint.util.decimal import write_scaled
from chargepoint.util.utc import format_utc

_QUOTE = const(0x22)
_BACKSLASH = const(0x5C)
_HEX = b"0123456789abcdef"

try:  # MicroPython's struct copies the bytes of a str without an object in between
    pack_into("1s", bytearray(1), 0, "a")
    _STR_PACKS = True
except Exception:  # CPython: struct.error
    _STR_PACKS = False


class JsonWriter:
    """Writes one JSON text. The caller keeps the order right (key before value); commas are the writer's.

    Allocates: none in any method, except for text with characters that need an escape and text beyond 64 characters.
    """

    def __init__(self, buf: "bytearray") -> None:
        self.buf = buf
        self.pos = 0
        self.overflow = False
        self._comma = False

    def start(self, pos: int) -> None:
        """Begin a new text at ``pos``."""
        self.pos = pos
        self.overflow = False
        self._comma = False

    def _lead(self, count: int) -> int:
        """Write the comma that is due; the position for ``count`` bytes, or -1 when they do not fit."""
        pos = self.pos
        if self._comma:
            count += 1
        if self.overflow or pos + count > len(self.buf):
            self.overflow = True
            return -1
        if self._comma:
            self.buf[pos] = 0x2C
            return pos + 1
        self._comma = True
        return pos

    def _bracket(self, code: int, comma: bool) -> None:
        pos = self._lead(1)
        if pos >= 0:
            self.buf[pos] = code
            self.pos = pos + 1
        self._comma = comma

    def begin_object(self) -> None:
        """Write ``{``."""
        self._bracket(0x7B, False)

    def end_object(self) -> None:
        """Write ``}``."""
        self._comma = False
        self._bracket(0x7D, True)

    def begin_array(self) -> None:
        """Write ``[``."""
        self._bracket(0x5B, False)

    def end_array(self) -> None:
        """Write ``]``."""
        self._comma = False
        self._bracket(0x5D, True)

    def _copy(self, pos: int, text: str, count: int) -> bool:
        """Put the ``count`` characters of ``text`` at ``pos``; False when they are not all ASCII (nothing of use is written)."""
        buf = self.buf
        if _STR_PACKS and count <= 64 and pos + 64 <= len(buf):
            pack_into("16s" if count <= 16 else "64s", buf, pos, text)
            return True
        data = text.encode()
        if len(data) != count:
            return False
        buf[pos : pos + count] = data
        return True

    def key(self, name: str) -> None:
        """Write a member name: at least one ASCII character, none that needs an escape."""
        count = len(name)
        pos = self._lead(count + 3)
        if pos < 0:
            return
        buf = self.buf
        buf[pos] = _QUOTE
        self._copy(pos + 1, name, count)
        pos += count + 1
        buf[pos] = _QUOTE
        buf[pos + 1] = 0x3A
        self.pos = pos + 2
        self._comma = False

    def string(self, text: str) -> None:
        """Write a quoted string with every escape that JSON needs.

        Raises: ValueError on CPython only, for a str with a lone surrogate (no decoder makes one).
        """
        count = len(text)
        pos = self._lead(count + 2)
        if pos < 0:
            return
        buf = self.buf
        buf[pos] = _QUOTE
        pos += 1
        end = pos + count
        plain = self._copy(pos, text, count)
        if plain:
            for at in range(pos, end):
                code = buf[at]
                if code < 0x20 or code > 0x7E or code == _QUOTE or code == _BACKSLASH:
                    plain = False
                    break
        if plain:
            buf[end] = _QUOTE
            self.pos = end + 1
        else:
            self._escape(pos, text.encode())

    def _escape(self, pos: int, data: bytes) -> None:
        """Write the characters of ``data`` (valid UTF-8) from ``pos``, escaped, and the closing quote."""
        buf = self.buf
        code = more = 0
        try:
            for byte in data:
                if byte >= 0xC0:
                    more = 1 + (byte >= 0xE0) + (byte >= 0xF0)
                    code = byte & (0x3F >> more)
                    continue
                if byte >= 0x80:
                    code = code << 6 | byte & 0x3F
                    more -= 1
                    if more:
                        continue
                else:
                    code = byte
                if code > 0xFFFF:
                    pos = self._hex(pos, 0xD7C0 + (code >> 10))
                    code = 0xDC00 | code & 0x3FF
                if code > 0x7E or (code < 0x20 and not (8 <= code <= 13 and code != 11)):
                    pos = self._hex(pos, code)
                    continue
                if code < 0x20 or code == _QUOTE or code == _BACKSLASH:
                    buf[pos] = _BACKSLASH
                    pos += 1
                    if code < 0x20:
                        code = b"btn.fr"[code - 8]
                buf[pos] = code
                pos += 1
            buf[pos] = _QUOTE
            self.pos = pos + 1
        except IndexError:
            self.overflow = True

    def _hex(self, pos: int, code: int) -> int:
        buf = self.buf
        buf[pos] = _BACKSLASH
        buf[pos + 1] = 0x75
        for at in range(pos + 5, pos + 1, -1):
            buf[at] = _HEX[code & 15]
            code >>= 4
        return pos + 6

    def integer(self, n: int) -> None:
        """Write an integer."""
        self.scaled(n, 0)

    def boolean(self, flag: object) -> None:
        """Write ``true`` or ``false``."""
        self.raw(b"true" if flag else b"false", 0, 4 if flag else 5)

    def scaled(self, n: int, decimals: int) -> None:
        """Write the number ``n / 10**decimals`` with exactly ``decimals`` digits after the point."""
        pos = self._lead(1)
        if pos >= 0:
            pos = write_scaled(self.buf, pos, n, decimals)
            if pos < 0:
                self.overflow = True
            else:
                self.pos = pos

    def scaled_string(self, n: int, decimals: int) -> None:
        """As ``scaled``, in quotes (OCPP's sampledValue.value)."""
        pos = self._lead(3)
        if pos >= 0:
            end = write_scaled(self.buf, pos + 1, n, decimals)
            if end < 0 or end >= len(self.buf):
                self.overflow = True
            else:
                self.buf[pos] = self.buf[end] = _QUOTE
                self.pos = end + 1

    def utc(self, s: int, ms: int) -> None:
        """Write a quoted timestamp with milliseconds and ``Z``: seconds since 2020-01-01."""
        pos = self._lead(26)
        if pos >= 0:
            self.buf[pos] = self.buf[pos + 25] = _QUOTE
            format_utc(self.buf, pos + 1, s, ms)
            self.pos = pos + 26

    def raw(self, data: "bytes | bytearray | memoryview", start: int, end: int) -> None:
        """Write bytes that are one JSON value already."""
        pos = self._lead(end - start)
        if pos >= 0:
            buf = self.buf
            for at in range(start, end):
                buf[pos] = data[at]
                pos += 1
            self.pos = pos
