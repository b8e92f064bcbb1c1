"""Arithmetic on millisecond ticks that wrap at 2**30.

No intermediate value leaves 31 bits, so nothing is allocated on 32-bit boards either. Two ticks may be compared while they are
less than 2**29 ms (6.2 days) apart; a stored moment that may be asked about later than that goes through `ticks_aged` in
each pass. ``Context: ISR-safe``, ``Allocates: none`` for everything here.
"""

from micropython import const

_HALF = const(0x20000000)
_OLD_MS = const(172800000)  # two days: twice the longest time that anything here waits for


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


def ticks_aged(stored: int, now: int) -> int:
    """The moment ``stored``, or one two days ago when it is older.

    The one rule for a stored tick that nothing renews: its owner passes it through here in each pass (at least every four days), so
    it stays comparable for ever. Moments to come, up to four days ahead, stay as they are.
    """
    return ticks_add(now, -_OLD_MS) if ticks_diff(now, stored) > _OLD_MS else stored
