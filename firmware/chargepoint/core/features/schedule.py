"""What one charging profile says at a moment, and until when: integers, seconds, no memory.

All moments are of one clock, UTC in seconds since 2020. Periods and durations count from where the profile says: its startSchedule; without one, and
for Relative, the start of the transaction; a recurring one starts again each day or week, from its startSchedule on (without one at midnight UTC, a week
on Monday).  Spec: OCPP 1.6 edition 2, 3.13.
"""

from micropython import const

from chargepoint.core.features.charging_profile import HAS_DURATION, HAS_FROM, HAS_START, HAS_TO, HEAD_BYTES, PERIOD_BYTES
from chargepoint.ocpp16.features.smart_charging import KIND_RECURRING, KIND_RELATIVE, WEEKLY
from chargepoint.util.little_endian import u32

NEVER_S = const(0x3FFFFFFF)  # no change to come
_DAY_S = const(86400)
_WEEK_S = const(604800)
_MONDAY_S = const(432000)  # 2020-01-06


class Look:
    """A look at a profile. For reading: `at` where in the profile the period is that counts, -1 for none; `until_s`, before when nothing changes."""

    def __init__(self) -> None:
        self.at = -1
        self.until_s = NEVER_S

    def take(self, profile: bytes, now_s: int, began_s: int) -> bool:
        """Look at `now_s` for a transaction that began at `began_s`. Returns: whether the profile says something. Allocates: none below 2**30."""
        self.at = -1
        self.until_s = NEVER_S
        times = profile[10]
        if times & HAS_FROM and now_s < u32(profile, 16):
            self.until_s = u32(profile, 16)
            return False
        if times & HAS_TO:
            if now_s >= u32(profile, 20):
                return False
            self.until_s = u32(profile, 20)
        start_s = u32(profile, 12) if times & HAS_START and profile[7] != KIND_RELATIVE else began_s
        end_s = NEVER_S  # of the schedule, from its start
        if times & HAS_DURATION:
            end_s = u32(profile, 24)
        if profile[7] == KIND_RECURRING:
            every_s = _WEEK_S if profile[8] == WEEKLY else _DAY_S
            if not times & HAS_START:
                start_s = (_MONDAY_S - _WEEK_S) if profile[8] == WEEKLY else 0
            if now_s >= start_s:
                start_s = now_s - (now_s - start_s) % every_s
                if end_s >= every_s:
                    end_s = every_s
                elif now_s - start_s >= end_s:
                    self._change(start_s + every_s)
                    return False
        into_s = now_s - start_s
        if into_s < 0:
            self._change(start_s)
            return False
        if into_s >= end_s:
            return False
        if end_s < NEVER_S:
            self._change(start_s + end_s)
        at = HEAD_BYTES
        for following in range(HEAD_BYTES + PERIOD_BYTES, len(profile), PERIOD_BYTES):
            if u32(profile, following) > into_s:
                self._change(start_s + u32(profile, following))
                break
            at = following
        self.at = at
        return True

    def take_least(self, profile: bytes) -> None:
        """Look without a clock: the period with the least limit counts, until there is one. Allocates: none."""
        self.until_s = NEVER_S
        self.at = at = HEAD_BYTES
        while at < len(profile):
            if u32(profile, at + 4) < u32(profile, self.at + 4):
                self.at = at
            at += PERIOD_BYTES

    def _change(self, moment_s: int) -> None:
        if moment_s < self.until_s:
            self.until_s = moment_s
