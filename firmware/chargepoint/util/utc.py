"""UTC as whole seconds since 2020-01-01T00:00:00Z with milliseconds beside them, to text and back.

Only the Gregorian calendar is used, no clock and no ``time`` module: epochs differ between ports.
"""

from micropython import const

_DAY_S = const(86400)
_DAYS_TO_2020 = const(737730)  # from 0000-03-01 of the proleptic calendar to 2020-01-01


def days(year: int, month: int, day: int) -> int:
    """Days from 2020-01-01 to a date."""
    if month < 3:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day - 1 - _DAYS_TO_2020


def _put(buf: "bytearray | memoryview", end: int, number: int, digits: int) -> None:
    """Write ``digits`` decimal digits that end before ``end``."""
    for at in range(end - 1, end - 1 - digits, -1):
        buf[at] = 0x30 + number % 10
        number //= 10


def format_utc(buf: "bytearray | memoryview", offset: int, s: int, ms: int) -> int:
    """Write ``2026-11-23T08:00:30.123Z`` (24 bytes) at ``offset``.

    Args: ``s`` seconds since 2020-01-01 (may be negative), ``ms`` 0 to 999; ``buf`` must have room.
    Returns: the offset after the text. Allocates: none. Context: ISR-safe.
    """
    days = s // _DAY_S + _DAYS_TO_2020
    s %= _DAY_S
    century = (4 * days + 3) // 146097
    days -= 146097 * century // 4
    year = (4 * days + 3) // 1461
    days -= 1461 * year // 4
    month = (5 * days + 2) // 153
    day = days - (153 * month + 2) // 5 + 1
    year += 100 * century
    month += 3
    if month > 12:
        month -= 12
        year += 1
    _put(buf, offset + 4, year, 4)
    _put(buf, offset + 7, month, 2)
    _put(buf, offset + 10, day, 2)
    _put(buf, offset + 13, s // 3600, 2)
    _put(buf, offset + 16, s // 60 % 60, 2)
    _put(buf, offset + 19, s % 60, 2)
    _put(buf, offset + 23, ms, 3)
    for at in (4, 7):
        buf[offset + at] = 0x2D
        buf[offset + at + 9] = 0x3A
    buf[offset + 10] = 0x54
    buf[offset + 19] = 0x2E
    buf[offset + 23] = 0x5A
    return offset + 24


def _field(data: bytes, at: int, digits: int, low: int, high: int) -> int:
    """The number in a field of fixed width, or -1 when it is not one between low and high."""
    if at + digits > len(data):
        return -1
    value = 0
    for i in range(at, at + digits):
        digit = data[i] - 0x30
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value if low <= value <= high else -1


def _zone_s(data: bytes, at: int) -> "int | None":
    """Seconds east of UTC from ``Z``, ``+hh``, ``+hh:mm``, ``+hhmm`` or nothing at all, None when it is none of them."""
    rest = len(data) - at
    if rest == 0 or (rest == 1 and data[at] in b"Zz"):
        return 0
    if data[at] not in b"+-" or rest not in (3, 5, 6) or (rest == 6 and data[at + 3] != 0x3A):
        return None
    hours = _field(data, at + 1, 2, 0, 14)
    minutes = 0 if rest == 3 else _field(data, len(data) - 2, 2, 0, 59)
    if hours < 0 or minutes < 0:
        return None
    seconds = hours * 3600 + minutes * 60
    return -seconds if data[at] == 0x2D else seconds


def parse_utc(text: str) -> "tuple[int, int] | None":
    """Read an ISO 8601 date and time as central systems write it.

    Accepts ``T``, ``t`` or a space between date and time, no fraction or one of up to nine digits (cut to milliseconds), and
    ``Z``, ``+hh``, ``+hh:mm``, ``+hhmm`` or no zone (taken as UTC). Years 1 to 9999:
    the last one is what some write for never.
    Returns: (seconds since 2020-01-01, milliseconds), or None for anything else, the empty text included.
    """
    data = text.encode()
    if len(data) < 19 or len(data) > 35:
        return None
    for i in range(5):
        if data[b"\x04\x07\x0a\x0d\x10"[i]] not in (b"-", b"-", b"Tt ", b":", b":")[i]:
            return None
    year = _field(data, 0, 4, 1, 9999)
    month = _field(data, 5, 2, 1, 12)
    if year < 0 or month < 0:
        return None
    days_in_month = days(year, month + 1, 1) - days(year, month, 1) if month < 12 else 31
    day = _field(data, 8, 2, 1, days_in_month)
    hour = _field(data, 11, 2, 0, 23)
    minute = _field(data, 14, 2, 0, 59)
    second = _field(data, 17, 2, 0, 60)  # 60: a leap second, read as the first second of the next minute
    if day < 0 or hour < 0 or minute < 0 or second < 0:
        return None
    at = 19
    ms = 0
    if at < len(data) and data[at] in b".,":
        at += 1
        unit = 100
        while at < len(data) and 0x30 <= data[at] <= 0x39:
            ms += unit * (data[at] - 0x30)
            unit //= 10
            at += 1
        if at < 21 or at > 29:
            return None
    zone_s = _zone_s(data, at)
    if zone_s is None:
        return None
    return days(year, month, day) * _DAY_S + hour * 3600 + minute * 60 + second - zone_s, ms
