"""The fault rules of one connector that need time or the meter: thresholds, debounce, hysteresis, recovery, retries. Pure: (what is so, now).

What must open within 100 ms is the safety tick's (runtime/hardware/safety.py); what a fault means to OCPP is faults.py's. Here a reading
becomes a fault bit (1 << code of util/signals), and here is decided when what the tick has latched may be taken back.

No single reading ends anything: what a reading says counts when three in a row say it. While one is in doubt (`in_doubt`) the meter is
read again soon, so that three take less than half a second.
"""

from micropython import const

from chargepoint.util.signals import (
    FAULT_CODES,
    FAULT_DERATE,
    FAULT_EMERGENCY_STOP,
    FAULT_INTERNAL,
    FAULT_MIRROR,
    FAULT_NO_CLOSE,
    FAULT_NO_DIODE,
    FAULT_OVER_CURRENT,
    FAULT_OVER_TEMPERATURE,
    FAULT_OVER_VOLTAGE,
    FAULT_PE,
    FAULT_PILOT_JUMP,
    FAULT_PILOT_SHORT,
    FAULT_RCD,
    FAULT_UNDER_VOLTAGE,
    FAULT_WELDED,
    PILOT_A,
    PILOT_C,
    PILOT_E,
    PILOT_F,
    PILOT_UNKNOWN,
)
from chargepoint.util.ticks import ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

RECOVERY_MS = 1000  # a cause must be gone this long
LEAST_MA = 6000  # hardware rated for less, or not known, cannot charge
_READINGS = const(3)  # in a row, before anything counts
RCD_TRIES = 6  # residual currents in a row before only an operator may clear them
_OVER_MV = const(253000)
_UNDER_MV = const(195000)
_DEAD_MV = const(50000)
_LEAK_MA = const(1000)
_OVERLOAD_MS = const(7000)
_MAINS_MS = const(5000)
_NORMAL = const(0)
_HALF = const(1)
_QUARTER = const(2)
_STOP = const(3)
_HALF_C = const(65)
_QUARTER_C = const(68)
_STOP_C = const(71)
_COOL_C = const(62)
_LATCHED_HERE = 1 << FAULT_WELDED | 1 << FAULT_OVER_CURRENT
_INPUTS = 1 << FAULT_EMERGENCY_STOP | 1 << FAULT_PE
_WITH_THE_PLUG = 1 << FAULT_NO_DIODE | 1 << FAULT_NO_CLOSE | 1 << FAULT_MIRROR  # over when the plug is pulled
_IN_TIME = _INPUTS | 1 << FAULT_PILOT_SHORT | 1 << FAULT_INTERNAL  # over when the cause has been gone for RECOVERY_MS


class Protection:
    """`blocked`: fault bits that keep the contactor open. `warnings`: bits that are told and no more. `rcd_trips`: residual currents since the
    last session without one. `in_doubt`: a reading said something that does not count yet."""

    def __init__(self, rated_ma: int) -> None:
        """Args: rated_ma: what the hardware stands for each phase. Allocates: at construction only."""
        self.blocked = self.warnings = self.rcd_trips = 0
        self.in_doubt = False
        self._rated_ma = rated_ma
        self._since = [-1] * FAULT_CODES  # by code: ticks since when its condition has differed from its bit; 0: a cause is gone
        self._said = bytearray(FAULT_CODES)  # how many times in a row
        self._gone = 0  # bits of the tick's latches whose cause is gone
        self._heat = _NORMAL

    # what outlives a reset

    def restore(self, bits: int, rcd_trips: int) -> int:
        """Take what was latched before the reset. Returns: the bits that are the tick's."""
        self.blocked |= bits & _LATCHED_HERE
        told_again = bits >> FAULT_RCD & 1  # the tick's latch is new to the loop, which counts it once more
        self.rcd_trips = max(0, rcd_trips - told_again)
        return bits & ~_LATCHED_HERE

    def forgive(self, code: int, welded: bool) -> None:
        """Take back the latches that are kept here: of one code, or (0) all on an operator's word; a weld only when it is none any more."""
        bits = 1 << code if code else _LATCHED_HERE | 1 << FAULT_RCD
        if welded:
            bits &= ~(1 << FAULT_WELDED)
        if bits >> FAULT_RCD & 1:
            self.rcd_trips = 0
        self.blocked &= ~(bits & _LATCHED_HERE)

    # readings

    def on_reading(self, voltage_mv: "list[int]", current_ma: "list[int]", offered_ma: int, plugged: bool, closed: bool, driving: bool, now: int) -> None:
        """Judge a meter reading: over-current, current past an open contactor, mains voltage (core adds the 30 s that it must be good)."""
        most_ma = max(current_ma)
        lowest_mv = min(voltage_mv)
        limit_ma = ((offered_ma if offered_ma >= LEAST_MA else self._rated_ma) + 500) * 11 // 10
        raised = self.has(FAULT_OVER_CURRENT)
        over = most_ma > limit_ma or (raised and plugged)  # kept until the vehicle is unplugged
        short = most_ma > self._rated_ma * 3 // 2
        self.latch(FAULT_OVER_CURRENT, over, 0 if short else _OVERLOAD_MS, RECOVERY_MS, now, True)
        if not driving:
            self.latch(FAULT_WELDED, most_ma > _LEAK_MA or self.has(FAULT_WELDED), 1000, 0, now, True)
        self.latch(FAULT_OVER_VOLTAGE, max(voltage_mv) > _OVER_MV, _MAINS_MS, RECOVERY_MS, now, True)
        self.latch(FAULT_UNDER_VOLTAGE, lowest_mv < _UNDER_MV, 1000 if closed and lowest_mv < _DEAD_MV else _MAINS_MS, RECOVERY_MS, now, True)

    def on_temperature(self, celsius: "Optional[int]") -> None:
        """Derate at 65 and 68 degrees, stop at 71 or with a broken sensor (None), all back below 62 (docs/hardware.md 4.7). Derating comes first, and
        is not told when the stop is next."""
        heat = self._heat
        if celsius is None or celsius >= _STOP_C:
            target = _STOP
        elif celsius < _COOL_C:
            target = _NORMAL
        else:
            target = max(heat, _QUARTER if celsius >= _QUARTER_C else _HALF if celsius >= _HALF_C else _NORMAL)
        said = self._said
        if target == heat:
            said[FAULT_OVER_TEMPERATURE] = 0
            return
        said[FAULT_OVER_TEMPERATURE] += 1
        self.in_doubt = True
        if said[FAULT_OVER_TEMPERATURE] < _READINGS:
            return
        said[FAULT_OVER_TEMPERATURE] = 0
        if target == _STOP and heat < _QUARTER:
            self._heat = _QUARTER
            return
        self._heat = target
        self._put(FAULT_OVER_TEMPERATURE, target == _STOP)
        self.warn(FAULT_DERATE, _NORMAL < target < _STOP)

    def derated_ma(self) -> int:
        """What the temperature allows for each phase; 0 to pause. Allocates: none."""
        if self._heat == _NORMAL:
            return self._rated_ma
        return 0 if self._heat == _STOP else max(LEAST_MA, self._rated_ma >> self._heat)

    # bits

    def has(self, code: int) -> bool:
        """Whether a fault blocks here."""
        return bool(self.blocked >> code & 1)

    def warn(self, code: int, on: bool) -> None:
        """Tell a fault that blocks nothing, or take it back."""
        self.warnings = self.warnings & ~(1 << code) | on << code

    def refuse(self, code: int) -> None:
        """Block for what ends with this boot only: something that the firmware has to know was not provisioned."""
        self._put(code, True)

    def _put(self, code: int, on: bool) -> None:
        self.blocked = self.blocked & ~(1 << code) | on << code

    def latch(self, code: int, bad: bool, set_ms: int, clear_ms: int, now: int, reading: bool = False) -> None:
        """Raise a fault when `bad` has lasted `set_ms`, take it back when it has been good for `clear_ms`; a reading counts from the third on."""
        since = self._since
        said = self._said
        raised = self.has(code)
        if bad == raised:
            since[code] = -1
            said[code] = 0
            return
        since[code] = now if since[code] < 0 else ticks_aged(since[code], now)
        if reading and said[code] < _READINGS:
            said[code] += 1
            self.in_doubt = True
        if (not reading or said[code] >= _READINGS) and ticks_diff(now, since[code]) >= (clear_ms if raised else set_ms):
            since[code] = -1
            said[code] = 0
            self._put(code, bad)

    # what the tick has latched

    def on_residual_current(self, soon: bool) -> None:
        """Count one; `soon` after closing it is not tried again at all."""
        self.rcd_trips = RCD_TRIES if soon else min(RCD_TRIES, self.rcd_trips + 1)

    def on_opened(self) -> None:
        """A session has ended without a residual current."""
        self.rcd_trips = 0

    def recovered(self, tripped: int, asserted: int, state: int, no_car: bool, offered_ma: int, rcd_fit: bool, now: int) -> int:
        """What the tick may forget: its cause has been gone for a second, or the vehicle has gone; core has its own rules on top.

        Args: `tripped`, `asserted`, `state` as the tick has them; `no_car`: core has heard of state A as well; `rcd_fit`: tested since the trip.
        """
        if not tripped:
            self._gone = 0
            return 0
        gone = ~asserted & _INPUTS
        if state < PILOT_E or (state == PILOT_F and offered_ma < 0):
            gone |= 1 << FAULT_PILOT_SHORT
        if state != PILOT_UNKNOWN:
            gone |= 1 << FAULT_INTERNAL
        if state < PILOT_C:
            gone |= 1 << FAULT_PILOT_JUMP
        if state == PILOT_A:
            gone |= _WITH_THE_PLUG
            if no_car and self.rcd_trips < RCD_TRIES and not asserted >> FAULT_RCD & 1 and rcd_fit:
                gone |= 1 << FAULT_RCD
        gone &= tripped
        since = self._since
        if gone and state == PILOT_A and not gone & _IN_TIME:
            return gone
        if gone != self._gone or not gone:
            self._gone = gone
            since[0] = now
            return 0
        since[0] = ticks_aged(since[0], now)
        return gone if ticks_diff(now, since[0]) >= RECOVERY_MS else 0
