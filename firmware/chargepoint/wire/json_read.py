"""A strict and bounded JSON pull reader that works in place on the receive buffer.

Two steps. ``check`` goes over the whole text once and decides: grammar, depth, strings, UTF-8, duplicate keys, trailing bytes.
``next`` then steps through a text that ``check`` has accepted; only what the caller asks for becomes an object. On a text that
was not checked ``next`` still ends and stays inside its bounds, but what it returns means nothing.

Decided outcomes (``check``): a duplicate key, also one spelled with escapes, is refused; so are lone surrogate escapes, control
characters in strings, overlong and surrogate UTF-8, a byte order mark, NaN, leading zeros and anything after the value. Numbers
of any size pass; ``integer`` and ``scaled`` refuse those beyond 10**15 with ValueError.
"""

from micropython import const

from chargepoint.wire.json_scan import hex4, scan_string, scan_value

# Tokens: what next() answers. Who reads JSON has private copies of these numbers, as names of a module cost heap.
_J_END = const(0)
_J_OBJECT = const(0x7B)
_J_OBJECT_END = const(0x7D)
_J_ARRAY = const(0x5B)
_J_ARRAY_END = const(0x5D)
_J_KEY = const(0x3A)
_J_STRING = const(0x22)
_J_INTEGER = const(0x30)
_J_FLOAT = const(0x2E)
_J_TRUE = const(0x74)
_J_FALSE = const(0x66)
_J_NULL = const(0x6E)

# what check() expects at its place
_VALUE = const(0)
_VALUE_OR_END = const(1)  # behind [
_KEY_OR_END = const(2)  # behind {
_KEY = const(3)
_NEXT = const(4)  # a comma or an end

# what check() answers; 3, 5 and 6 come from json_scan
_SYNTAX = const(1)  # not JSON, or nothing at all
_DEPTH = const(2)  # more nesting than max_depth
_DUPLICATE = const(4)  # a key twice in one object
_TRAILING = const(7)  # something after the value
_TOO_MANY_KEYS = const(8)  # more than _MAX_KEYS keys in objects open at once
_MAX_KEYS = const(64)
_LIMIT = const(1000000000000000)


class JsonReader:
    """Reads one JSON text in place. ``token``, ``start`` and ``end`` describe the current token (strings without quotes)."""

    def __init__(self, max_depth: int = 10) -> None:
        """Make a reader that refuses nesting beyond ``max_depth``. Allocates: at construction."""
        self._buf: "bytes | bytearray" = b""
        self._view = memoryview(b"")
        self._limit = 0
        self._escaped = False
        self._stack = bytearray(max_depth)
        self._keys = bytearray(_MAX_KEYS * 3)
        self.pos = 0
        self.token = _J_END
        self.start = 0
        self.end = 0

    def load(self, buf: "bytes | bytearray", start: int, end: int) -> None:
        """Read ``buf[start:end]`` next. ``buf`` stays the caller's and must not change while it is read.

        Allocates: one memoryview when ``buf`` is another object than last time.
        """
        if buf is not self._buf:
            self._buf = buf
            self._view = memoryview(buf)
        self.pos = start
        self._limit = end
        self.token = _J_END

    def check(self) -> int:
        """Check the whole text strictly; the position is kept.

        Returns: 0 when it is one JSON value and nothing else, otherwise 1 syntax, 2 depth, 3 UTF-8, 4 duplicate key, 5 escape,
        6 control character, 7 trailing bytes, 8 too many keys. Allocates: none, unless keys contain escapes.
        """
        buf = self._buf
        limit = self._limit
        stack = self._stack
        pos = self.pos
        depth = 0  # an entry of the stack: index of the object's first key times 2, plus 1 for an object
        keys = 0  # keys of all open objects
        want = _VALUE
        while True:
            while pos < limit and buf[pos] in b" \t\r\n":
                pos += 1
            if want == _NEXT and not depth:
                return 0 if pos == limit else _TRAILING
            if pos >= limit:
                return _SYNTAX
            code = buf[pos]
            pos += 1
            if want == _NEXT:
                is_object = stack[depth - 1] & 1
                if code == 0x2C:
                    want = _KEY if is_object else _VALUE
                    continue
                want = _KEY_OR_END if is_object else _VALUE_OR_END
                # and an end is looked for below, as in an empty one; a value or key in its place is no end
                if code != (_J_OBJECT_END if is_object else _J_ARRAY_END):
                    return _SYNTAX
            if (want == _KEY_OR_END and code == _J_OBJECT_END) or (want == _VALUE_OR_END and code == _J_ARRAY_END):
                depth -= 1
                if code == _J_OBJECT_END:
                    keys = stack[depth] >> 1
                want = _NEXT
            elif want == _KEY_OR_END or want == _KEY:
                if code != 0x22:
                    return _SYNTAX
                pos = self._check_key(pos, stack[depth - 1] >> 1, keys)
                if pos < 0:
                    return -pos
                keys += 1
                want = _VALUE
            elif code == _J_OBJECT or code == _J_ARRAY:
                if depth == len(stack):
                    return _DEPTH
                stack[depth] = keys << 1 | (code == _J_OBJECT)
                depth += 1
                want = _KEY_OR_END if code == _J_OBJECT else _VALUE_OR_END
            else:
                want = _NEXT
                pos = scan_value(buf, pos - 1, limit)
                if pos < 0:
                    return -pos

    def _check_key(self, start: int, base: int, count: int) -> int:
        """Check the key at ``start``, number ``count`` of the open ones, and its colon.

        Returns: the position behind it, -code when it is none or repeats one from ``base`` on.
        """
        buf = self._buf
        limit = self._limit
        pos = scan_string(buf, start, limit)
        if pos < 0:
            return pos
        if count == _MAX_KEYS:
            return -_TOO_MANY_KEYS
        if self._repeats(base, count, start, pos - 1):
            return -_DUPLICATE
        while pos < limit and buf[pos] in b" \t\r\n":
            pos += 1
        return pos + 1 if pos < limit and buf[pos] == _J_KEY else -_SYNTAX

    def _repeats(self, base: int, count: int, start: int, end: int) -> bool:
        """Remember the key at ``start`` as number ``count``; True when one from ``base`` on is the same."""
        buf = self._buf
        table = self._keys
        digest = 0
        for at in range(start, end):
            digest = (digest * 7 + buf[at]) & 0x7F
            if buf[at] == 0x5C:
                digest = 0x80  # has escapes: compared as decoded text
                break
        for at in range(base * 3, count * 3, 3):
            if table[at] == digest or (digest | table[at]) & 0x80:
                other = table[at + 1] << 8 | table[at + 2]
                other_end = scan_string(buf, other, self._limit) - 1
                if (digest | table[at]) & 0x80:
                    if self._decode(other, other_end, True) == self._decode(start, end, True):
                        return True
                elif self._same(buf, other, other_end, start, end):
                    return True
        at = count * 3
        table[at] = digest
        table[at + 1] = start >> 8 & 0xFF
        table[at + 2] = start & 0xFF
        return False

    def _same(self, other: "bytes | bytearray", first: int, last: int, start: int, end: int) -> bool:
        """True when ``other[first:last]`` equals the bytes from ``start`` to ``end``."""
        if last - first != end - start:
            return False
        buf = self._buf
        for at in range(start, end):
            if buf[at] != other[first]:
                return False
            first += 1
        return True

    def next(self) -> int:
        """Step to the next token.

        Returns: the ASCII code of ``{ } [ ]``, ``:`` for a key, ``"`` for a string, ``0`` for an integer, ``.`` for a number with a fraction or
        exponent, ``t``, ``f``, ``n`` for true, false, null, and 0 after the last. Allocates: none.
        """
        buf = self._buf
        limit = self._limit
        pos = self.pos
        while pos < limit and buf[pos] in b" \t\r\n,:":
            pos += 1
        self.start = pos
        if pos >= limit:
            self.pos = self.end = limit
            self.token = _J_END
            return _J_END
        token = int(buf[pos])
        pos += 1
        if token == _J_STRING:
            self.start = pos
            self._escaped = False
            while pos < limit and buf[pos] != 0x22:
                if buf[pos] == 0x5C:
                    self._escaped = True
                    pos += 1
                pos += 1
            self.end = pos
            pos += 1
            at = pos
            while at < limit and buf[at] in b" \t\r\n":
                at += 1
            if at < limit and buf[at] == 0x3A:
                token = _J_KEY
        elif token == 0x2D or 0x30 <= token <= 0x39:
            token = _J_INTEGER
            while pos < limit and buf[pos] in b"0123456789+-.eE":
                if buf[pos] in b".eE":
                    token = _J_FLOAT
                pos += 1
            self.end = pos
        elif token == _J_TRUE or token == _J_FALSE or token == _J_NULL:
            pos += 4 if token == _J_FALSE else 3
            self.end = pos
        else:
            self.end = pos
        if self.end > limit:
            self.end = limit
        self.pos = pos if pos < limit else limit
        self.token = token
        return token

    def skip(self) -> None:
        """After a key: skip its value. After ``{`` or ``[``: go to its end. Otherwise nothing."""
        token = self.token
        if token == _J_KEY:
            token = self.next()
        depth = 0
        while True:
            if token == _J_OBJECT or token == _J_ARRAY:
                depth += 1
            elif token == _J_OBJECT_END or token == _J_ARRAY_END:
                depth -= 1
            if depth <= 0 or token == _J_END:
                return
            token = self.next()

    def is_text(self, literal: bytes) -> bool:
        """True when the current key or string equals an ASCII literal. Allocates: none, unless the text has escapes.

        Raises: ValueError on a text that ``check`` has not accepted.
        """
        if self._escaped:
            return self._decode(self.start, self.end, True).encode() == literal
        return self._same(literal, 0, len(literal), self.start, self.end)

    def text(self, max_chars: int = 500) -> str:
        """The current key or string.

        Raises: ValueError when it has more than ``max_chars`` characters. Allocates: the string and at most twice its size.
        """
        if self.end - self.start <= 12 * max_chars:  # a character takes at most 12 bytes of text
            text = self._decode(self.start, self.end, self._escaped)
            if len(text) <= max_chars:
                return text
        raise ValueError("text longer than %d characters" % max_chars)

    def _decode(self, start: int, end: int, escaped: bool) -> str:
        if not escaped:
            return str(self._view[start:end], "utf-8")
        buf = self._buf
        out = bytearray()
        while start < end:
            code = buf[start]
            start += 1
            if code != 0x5C or start >= end:
                out.append(code)
                continue
            code = buf[start]
            start += 1
            if code == 0x75:
                code = hex4(buf, start, end)
                start += 4
                if 0xD800 <= code < 0xDC00:
                    code = 0x10000 + ((code & 0x3FF) << 10) + (hex4(buf, start + 2, end) & 0x3FF)
                    start += 6
                out.extend(chr(code).encode())
            else:
                index = b"bfnrt".find(bytes((code,)))  # before 1.28 MicroPython finds no integer
                out.append(code if index < 0 else b"\b\f\n\r\t"[index])
        return str(out, "utf-8")

    def integer(self) -> int:
        """The current number as an integer; a fraction must be zero (``3.0`` is 3).

        Raises: ValueError when the token is no number, has a fraction, or is beyond 10**15.
        """
        return self._number(0, True)

    def scaled(self, decimals: int) -> int:
        """The current number times ``10**decimals`` without floats; further digits are cut, so a limit never grows.

        Raises: ValueError when the token is no number or the result is beyond 10**15.
        """
        return self._number(decimals, False)

    def _number(self, shift: int, exact: bool) -> int:
        if self.token != _J_INTEGER and self.token != _J_FLOAT:
            raise ValueError("a number is expected")
        buf = self._buf
        value = exponent = 0
        negative = point = small = lost = False
        pos = self.start
        end = self.end
        while pos < end:
            code = buf[pos]
            pos += 1
            if code == 0x2D:
                negative = True
            elif code == 0x2E:
                point = True
            elif code | 0x20 == 0x65:
                if buf[pos] in b"+-":
                    small = buf[pos] == 0x2D
                    pos += 1
                while pos < end and exponent < 10000:
                    exponent = exponent * 10 + buf[pos] - 0x30
                    pos += 1
                shift += -exponent if small else exponent
                break
            elif value < _LIMIT:
                value = value * 10 + code - 0x30
                shift -= point
            else:  # digits beyond what can matter
                lost = lost or code != 0x30
                shift += not point
        while shift > 0 and value and value < _LIMIT:
            value *= 10
            shift -= 1
        while shift < 0 and value:
            lost = lost or value % 10 != 0
            value //= 10
            shift += 1
        if value >= _LIMIT or (exact and lost):
            raise ValueError("number out of range, or a fraction where an integer is expected")
        return -value if negative else value
