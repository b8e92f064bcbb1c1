"""Limits in amperes and watts, and the composite schedule: what holds in the next seconds, piece by piece.

A limit in watts is amperes times volts times the phases that its period names (three when it names none). A limit that is asked for in its own unit comes
back as it was set.  Spec: OCPP 1.6 edition 2, 3.13.5, 5.7.
"""

from micropython import const

from chargepoint.core.features.charging_profile import unit_of
from chargepoint.ocpp16.features.smart_charging import UNIT_A, UNIT_W
from chargepoint.util.little_endian import u32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.features.profile_set import ProfileSet

MOST_PIECES = const(48)  # of an answer: more do not fit into the send buffer, and what comes later is left out
_PHASES = const(3)
_MOST_STEPS = const(500)  # looked at for one answer, equal neighbours included, whatever duration was asked for: the loop waits meanwhile


def most_ma(profile: bytes, at: int, volts: int) -> int:
    """The limit of the period at `at`, for each phase. Allocates: none."""
    tenths = u32(profile, at + 4)
    return tenths * 100 // (1 if unit_of(profile) == UNIT_A else volts * (profile[at + 8] or _PHASES))


def tenths_in(unit: int, profile: bytes, at: int, volts: int) -> int:
    """The limit of the period at `at` in tenths of a unit; of one that has to be converted nothing is rounded up."""
    tenths = u32(profile, at + 4)
    if unit_of(profile) == unit:
        return tenths
    watts_an_ampere = volts * (profile[at + 8] or _PHASES)
    return tenths * watts_an_ampere if unit == UNIT_W else tenths // watts_an_ampere


def pieces(profiles: "ProfileSet", connector: int, unit: int, most_tenths: int, volts: int, from_s: int, seconds: int, began_s: int) -> "list[list[Any]]":
    """The periods from `from_s` on for so many seconds: [start, limit in tenths, phases or None]; `most_tenths` is the limit without any profile.

    Of equal neighbours there is one. After MOST_PIECES, or as many steps as there is time for, comes one entry more, whose limit is None: from there on
    nothing is said.
    """
    made: "list[list[Any]]" = []
    into_s = steps = 0
    while into_s < seconds or not made:
        steps += 1
        limit = most_tenths
        phases = 0
        until_s = from_s + seconds
        for is_max in (True, False):
            if connector or is_max:
                profiles.choose(connector, is_max, from_s + into_s, began_s, True)
                until_s = min(until_s, profiles.until_s)
                if profiles.profile is not None:
                    own = tenths_in(unit, profiles.profile, profiles.at, volts)
                    if own <= limit:
                        limit = own
                        phases = profiles.profile[profiles.at + 8]
        is_other = not made or made[-1][1] != limit or (phases and made[-1][2] and made[-1][2] != phases)
        if steps > _MOST_STEPS or (is_other and len(made) == MOST_PIECES):
            made.append([into_s, None, None])
            break
        if is_other:
            made.append([into_s, limit, phases or None])
        into_s = max(until_s - from_s, into_s + 1)
    return made
