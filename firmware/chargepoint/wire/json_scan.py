"""The characters of JSON: UTF-8, strings with their escapes, numbers. Checks only; nothing here makes an object."""

from micropython import const

# codes of JsonReader.check in json_read
_SYNTAX = const(1)  # the text ends inside a string
_UTF8 = const(3)  # a string is not valid UTF-8
_ESCAPE = const(5)  # an unknown or broken escape, or a lone surrogate
_CONTROL = const(6)  # a raw control character in a string

_POINT = const(0x2E)
_EXPONENT = const(0x65)
_EXPONENT_UPPER = const(0x45)


def utf8_end(buf: "bytes | bytearray", pos: int, end: int) -> int:
    """The position after the last character that starts before ``end``, when all are valid UTF-8; else 0, or one beyond ``end``.

    Overlong forms, surrogates and code points beyond U+10FFFF are not valid. Allocates: none.
    """
    while pos < end:
        code = buf[pos]
        pos += 1
        if code < 0x80:
            continue
        more = 1 if code < 0xE0 else 2 if code < 0xF0 else 3
        if code < 0xC2 or code > 0xF4 or pos + more > len(buf):
            return 0
        low = 0xA0 if code == 0xE0 else 0x90 if code == 0xF0 else 0x80
        high = 0x9F if code == 0xED else 0x8F if code == 0xF4 else 0xBF
        if not low <= buf[pos] <= high:
            return 0
        for _ in range(more):
            if buf[pos] & 0xC0 != 0x80:
                return 0
            pos += 1
    return pos


def scan_string(buf: "bytes | bytearray", pos: int, end: int) -> int:
    """Check the string whose opening quote is before ``pos``.

    Returns: the position after the closing quote, or minus one of the codes of ``JsonReader.check`` in json_read. Allocates: none.
    """
    low = False  # a high surrogate escape was read and its low half must follow
    while pos < end:
        code = buf[pos]
        pos += 1
        if low and (code != 0x5C or pos >= end or buf[pos] != 0x75):
            return -_ESCAPE
        if code == 0x5C:
            if pos >= end:
                return -_SYNTAX
            code = buf[pos]
            pos += 1
            if code == 0x75:
                code = hex4(buf, pos, end)
                if code < 0 or (0xDC00 <= code < 0xE000) != low:
                    return -_ESCAPE
                low = 0xD800 <= code < 0xDC00
                pos += 4
            elif code not in b'"\\/bfnrt':
                return -_ESCAPE
        elif code == 0x22:
            return pos
        elif code < 0x20:
            return -_CONTROL
        elif code >= 0x80:
            pos = utf8_end(buf, pos - 1, pos)
            if pos > end or not pos:
                return -_UTF8
    return -_SYNTAX


def hex4(buf: "bytes | bytearray", pos: int, end: int) -> int:
    """The value of four hexadecimal digits, or -1."""
    if pos + 4 > end:
        return -1
    value = 0
    for at in range(pos, pos + 4):
        code = buf[at] | 0x20
        if 0x30 <= code <= 0x39 and buf[at] == code:
            code -= 0x30
        elif 0x61 <= code <= 0x66:
            code -= 0x57
        else:
            return -1
        value = value << 4 | code
    return value


def scan_value(buf: "bytes | bytearray", pos: int, end: int) -> int:
    """Check the string, number or word at ``pos``. Returns: as ``scan_string``. Allocates: none."""
    code = buf[pos]
    if code == 0x22:
        return scan_string(buf, pos + 1, end)
    if code == 0x2D or 0x30 <= code <= 0x39:
        return scan_number(buf, pos, end)
    for letter in b"true" if code == 0x74 else b"false" if code == 0x66 else b"null":
        if pos >= end or buf[pos] != letter:
            return -_SYNTAX
        pos += 1
    return pos


def scan_number(buf: "bytes | bytearray", pos: int, end: int) -> int:
    """The position after the number at ``pos``, or -1 when the grammar of JSON does not allow it."""
    if buf[pos] == 0x2D:
        pos += 1
    for part in (0, _POINT, _EXPONENT):
        if part:
            if pos >= end or (buf[pos] != part and (part != _EXPONENT or buf[pos] != _EXPONENT_UPPER)):
                continue
            pos += 1
            if part == _EXPONENT and pos < end and buf[pos] in b"+-":
                pos += 1
        first = pos
        while pos < end and 0x30 <= buf[pos] <= 0x39:
            pos += 1
        if pos == first or (not part and buf[first] == 0x30 and pos > first + 1):
            return -1
    return pos
