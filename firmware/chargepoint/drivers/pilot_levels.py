"""Control pilot arithmetic: current to duty, plateau to state. No hardware here. docs/hardware.md 4.1 to 4.4, IEC 61851-1 annex A."""

from micropython import const

from chargepoint.util.signals import PILOT_UNKNOWN

_FULL = const(65535)  # duty of a steady +12 V
_HYSTERESIS_MV = const(300)
_LIMIT_MV = const(14000)  # beyond it the measurement itself is broken
_EDGES_MV = (10500, 7500, 4500, 1500, -6000)  # between A, B, C, D, E and F


def duty_for(limit_ma: int) -> int:
    """Current to offer to a duty out of 65535, rounded down: the car must never read more than was meant.

    Below 6 A nothing can be offered (steady +12 V); 51 to 52.5 A does not exist (51); above 80 A is 80; negative is state F.
    """
    if limit_ma < 0:
        return 0
    if limit_ma < 6000:
        return _FULL
    if limit_ma < 52500:
        return min(limit_ma, 51000) * _FULL // 60000
    return min(limit_ma, 80000) * _FULL // 250000 + 64 * _FULL // 100


def classify(high_mv: int, state: int) -> int:
    """The pilot state (0 to 5 = A to F, 6 = not a pilot voltage) of the upper plateau.

    Args: state: the present state; its band is 0.3 V wider on both sides. Allocates: none. Context: ISR-safe.
    """
    if not -_LIMIT_MV <= high_mv <= _LIMIT_MV:
        return PILOT_UNKNOWN
    found = 0
    for edge_mv in _EDGES_MV:
        if high_mv >= edge_mv + (-_HYSTERESIS_MV if state <= found else _HYSTERESIS_MV if state < PILOT_UNKNOWN else 0):
            break
        found += 1
    return found
