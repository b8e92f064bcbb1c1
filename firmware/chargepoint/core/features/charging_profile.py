"""One charging profile as bytes, the same in RAM and in its record: read in place, so that a set of them costs little and a look at one nothing.

    0 id i32   4 connector   5 purpose   6 stackLevel   7 kind   8 recurrency   9 unit   10 which of the times there are   11 periods
    12 start u32   16 valid from u32   20 valid to u32   24 duration u32   28 the periods, 9 bytes each: start u32, limit in tenths u32, phases (0: not said)

Times are UTC in seconds since 2020, durations seconds.  Spec: OCPP 1.6 edition 2, 7.8 and 7.12 to 7.14.
"""

import struct

from micropython import const

from chargepoint.ocpp16.features.smart_charging import (
    KIND_ABSOLUTE,
    KIND_RECURRING,
    KIND_RELATIVE,
    PURPOSE_MAX,
    PURPOSE_TX,
    UNIT_W,
    WEEKLY,
)
from chargepoint.util.little_endian import i32, u32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HEAD_BYTES = const(28)
PERIOD_BYTES = const(9)
MOST_PERIODS = const(24)  # ChargingScheduleMaxPeriods
MOST_STACK_LEVEL = const(10)  # ChargeProfileMaxStackLevel
_HEAD = "<iBBBBBBBBIIII"
_PERIOD = "<IIB"
# which times there are
HAS_START = const(1)
HAS_FROM = const(2)
HAS_TO = const(4)
HAS_DURATION = const(8)
_MOST_SECONDS = const(0x3FFFFFFF)  # of a duration, and of a moment: nothing of ours lasts until 2054, and some write 9999 for never
_WEEK_S = const(604800)
_MOST_TENTHS = const(10000000)  # of a limit: a megawatt


def made_of(request: "Any", connector: int, now_s: int) -> "bytes | str":
    """The profile of a request for a connector, or in words why there is none. `now_s`: UTC.

    What a ChargePointMaxProfile leaves open about its start begins when it comes: there is no transaction that it could count from.
    """
    kind = request.profile_kind
    purpose = request.purpose
    if not 0 <= request.stack_level <= MOST_STACK_LEVEL:
        return "stackLevel is not 0 to %d" % MOST_STACK_LEVEL
    if not -0x80000000 <= request.profile_id <= 0x7FFFFFFF:
        return "chargingProfileId has more than 32 bits"
    if kind == KIND_RECURRING and request.recurrency is None:
        return "Recurring without recurrencyKind"
    if request.seconds is not None and request.seconds <= 0:
        return "duration is not positive"
    start, begins, ends = _second(request.start), _second(request.valid_from), _second(request.valid_to)
    if start == 0 and kind == KIND_RECURRING:  # begun before 2020: the same time of the day, and day of the week, since then
        start = request.start[0] % _WEEK_S
    if begins is not None and ends is not None and ends <= begins:
        return "validTo is not after validFrom"
    wrong = _wrong_periods(request.periods)
    if wrong:
        return wrong
    if purpose == PURPOSE_MAX and kind != KIND_RECURRING and (start is None or kind == KIND_RELATIVE):
        kind = KIND_ABSOLUTE
        start = now_s
    times = (start is not None) * HAS_START | (begins is not None) * HAS_FROM | (ends is not None) * HAS_TO | (request.seconds is not None) * HAS_DURATION
    profile = bytearray(HEAD_BYTES + PERIOD_BYTES * len(request.periods))
    struct.pack_into(
        _HEAD, profile, 0, request.profile_id, connector, purpose, request.stack_level, kind, request.recurrency or 0, request.unit, times,
        len(request.periods), start or 0, begins or 0, ends or 0, min(request.seconds or 0, _MOST_SECONDS),
    )
    at = HEAD_BYTES
    for first_s, tenths, phases in request.periods:
        struct.pack_into(_PERIOD, profile, at, first_s, tenths, phases or 0)
        at += PERIOD_BYTES
    return bytes(profile)


def _second(time: "tuple[int, int] | None") -> "int | None":
    return None if time is None else min(max(0, time[0]), _MOST_SECONDS)


def _wrong_periods(periods: "list[list[Any]]") -> str:
    """What is wrong with the periods of a schedule; nothing when nothing is."""
    if not 0 < len(periods) <= MOST_PERIODS:
        return "a schedule has 1 to %d periods" % MOST_PERIODS
    before_s = -1
    for first_s, tenths, phases in periods:
        if first_s <= before_s or (before_s < 0 and first_s) or first_s > _MOST_SECONDS:
            return "periods do not begin with 0, or are out of order"
        if not 0 <= tenths <= _MOST_TENTHS:
            return "a limit is negative, or beyond any charge point"
        if phases is not None and not 1 <= phases <= 3:
            return "numberPhases is not 1 to 3"
        before_s = first_s
    return ""


def length_of(record: bytes, at: int) -> int:
    """How many bytes the profile at `record[at]` has, 0 when what is there is none."""
    if len(record) - at < HEAD_BYTES + PERIOD_BYTES:
        return 0
    length = HEAD_BYTES + PERIOD_BYTES * record[at + 11]
    in_words = record[at + 5] <= PURPOSE_TX and record[at + 7] <= KIND_RELATIVE and record[at + 8] <= WEEKLY and record[at + 9] <= UNIT_W
    if not 0 < record[at + 11] <= MOST_PERIODS or not in_words or at + length > len(record):
        return 0
    before_s = -1
    for period in range(at + HEAD_BYTES, at + length, PERIOD_BYTES):
        first_s = u32(record, period)
        if first_s <= before_s or (before_s < 0 and first_s) or u32(record, period + 4) > _MOST_TENTHS or record[period + 8] > 3:
            return 0
        before_s = first_s
    return length


def id_of(profile: bytes) -> int:
    """chargingProfileId. Allocates: none within 2**30."""
    return i32(profile, 0)


def connector_of(profile: bytes) -> int:
    """The connector that it is for, 0 for all. Allocates: none."""
    return profile[4]


def purpose_of(profile: bytes) -> int:
    """PURPOSE_*. Allocates: none."""
    return profile[5]


def stack_of(profile: bytes) -> int:
    """stackLevel. Allocates: none."""
    return profile[6]


def unit_of(profile: bytes) -> int:
    """UNIT_*. Allocates: none."""
    return profile[9]
