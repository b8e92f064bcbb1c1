"""Dates of certificates as the house counts them: seconds since 2020-01-01T00:00:00Z, negative before.

Spec: RFC 5280 sections 4.1.2.5.1 and 4.1.2.5.2: always with seconds, always in UTC, no fractions.
"""

from micropython import const

from chargepoint.pki.der import GENERALIZED_TIME, UTC_TIME, Reader
from chargepoint.pki.refusals import MALFORMED, Refused
from chargepoint.util.utc import days

_DAY_S = const(86400)


def read_time(reader: Reader) -> int:
    """Take a UTCTime (years 1950 to 2049) or a GeneralizedTime (years 0 to 9999).

    The last moment of year 9999, which stands for "no end", is a number as any other: 251,824,463,999.
    Returns: seconds since 2020-01-01. Raises: Refused. Allocates: 64 bytes, and the number where it is 2**30 or more.
    """
    tag = reader.peek()
    if tag not in (UTC_TIME, GENERALIZED_TIME):
        raise Refused(MALFORMED)
    text = reader.contents(tag)
    digits = len(text) - 1
    if digits != (12 if tag == UTC_TIME else 14) or text[digits] != 0x5A:
        raise Refused(MALFORMED)
    for at in range(digits):
        if not 0x30 <= text[at] <= 0x39:
            raise Refused(MALFORMED)
    if tag == UTC_TIME:
        year = _two(text, 0)
        year += 1900 if year >= 50 else 2000
    else:
        year = _two(text, 0) * 100 + _two(text, 2)
    month = _two(text, digits - 10)
    day = _two(text, digits - 8)
    hour = _two(text, digits - 6)
    minute = _two(text, digits - 4)
    second = _two(text, digits - 2)
    if not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        raise Refused(MALFORMED)
    days_in_month = days(year, month + 1, 1) - days(year, month, 1) if month < 12 else 31
    if not 1 <= day <= days_in_month:
        raise Refused(MALFORMED)
    return days(year, month, day) * _DAY_S + hour * 3600 + minute * 60 + second


def _two(text: bytes, at: int) -> int:
    return (text[at] - 0x30) * 10 + text[at + 1] - 0x30
