"""Arithmetic on millisecond ticks that wrap at 2**30.

No intermediate value leaves 31 bits, so nothing is allocated on 32-bit boards either. Two ticks may be compared while they are
less than 2**29 ms (6.2 days) apart. ``Context: ISR-safe``, ``Allocates: none`` for everything here.
"""

from micropython import const

_HALF = const(0x20000000)


def ticks_add(ticks: int, delta_ms: int) -> int:
    """The tick ``delta_ms`` (within +-2**29) after ``ticks``."""
    result = ticks - _HALF + delta_ms
    if result >= _HALF:
        return result - _HALF
    if result < -_HALF:
        return result + _HALF + _HALF + _HALF
    return result + _HALF


def ticks_diff(later: int, earlier: int) -> int:
    """Signed milliseconds from ``earlier`` to ``later``."""
    diff = later - earlier
    if diff >= _HALF:
        return diff - _HALF - _HALF
    if diff < -_HALF:
        return diff + _HALF + _HALF
    return diff


def ticks_due(due: int, now: int) -> bool:
    """True when the moment ``due`` has come."""
    return ticks_diff(now, due) >= 0
