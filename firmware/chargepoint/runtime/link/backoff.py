"""How long to wait before the next attempt to connect."""

from micropython import const

_FIRST_MS = const(2000)
_DOUBLINGS = const(5)
MOST_AFTER_ACCEPTED = const(2)  # failures that count when the central system had accepted us: the wait stays below 12 s


def backoff_ms(failures: int, random: bytes) -> int:
    """The wait after so many failures: about 2, 4, 8 ... 64 s, each between half and one and a half times that.

    So a fleet that lost its central system in the same second does not come back in the same second.
    Args: ``failures`` from 0; ``random`` two random bytes.
    """
    wait_ms = _FIRST_MS << min(failures, _DOUBLINGS)
    return wait_ms // 2 + (wait_ms * (random[0] << 8 | random[1]) >> 16)
