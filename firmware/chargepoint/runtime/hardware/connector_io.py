"""The main-loop half of a connector: what the safety tick and the meter saw becomes core events, core commands become actions.

The rules that need time or the meter live here (over-current, voltage, temperature, recovery of latched faults); what must open
within 100 ms lives in `safety`. Nothing here waits.
"""

from micropython import const

from chargepoint.core.commands import CMD_CLEAR_FAULT, CMD_CLOSE, CMD_LED, CMD_LOCK, CMD_OFFER, CMD_OPEN, CMD_UNLOCK
from chargepoint.runtime.hardware.safety import Safety
from chargepoint.util.signals import (
    FAULT_CALIBRATION,
    FAULT_CODES,
    FAULT_DERATE,
    FAULT_EMERGENCY_STOP,
    FAULT_INTERNAL,
    FAULT_LOCK,
    FAULT_METER,
    FAULT_MIRROR,
    FAULT_NO_CLOSE,
    FAULT_NO_DIODE,
    FAULT_OVER_CURRENT,
    FAULT_OVER_TEMPERATURE,
    FAULT_OVER_VOLTAGE,
    FAULT_PE,
    FAULT_PILOT_JUMP,
    FAULT_PILOT_SHORT,
    FAULT_RATING,
    FAULT_RCD,
    FAULT_RCD_TEST,
    FAULT_STORAGE,
    FAULT_UNDER_VOLTAGE,
    FAULT_WELDED,
)
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from chargepoint.core.charge_point import ChargePoint
    from chargepoint.drivers.energy_register import Copies
    from chargepoint.drivers.parts import ConnectorParts



_PASS_MS = const(50)
_RECOVERY_MS = const(1000)  # a cause must be gone this long
_RAISE_MS = const(5000)  # between two increases of the offer
_FAULT_STATE_MS = const(300)  # shortest time in state F
_BLANK_MS = const(550)  # after a change of the PWM some cars leave their state for a moment: core is not told
_RCD_TRIES = const(6)  # residual currents in a row before only an operator may clear them
_RCD_HARD_MS = const(2000)  # one so soon after closing is not tried again at all
_COPY_MS = const(300000)  # flash copies of the energy register without FRAM

_OVER_MV = const(253000)
_UNDER_MV = const(195000)
_DEAD_MV = const(50000)
_LEAK_MA = const(1000)
_LEAST_MA = const(6000)  # hardware rated for less, or not known, cannot charge


class ConnectorIo:
    """One connector. `safety.tick` goes to the board's 10 ms timer (of the last connector: they are chained).

    Args: connector: its number. chain: the Safety of the connector before.
    """

    def __init__(self, connector: int, parts: "ConnectorParts", chain: "Optional[Safety]" = None) -> None:
        self.connector = connector
        self.parts = parts
        self.safety = Safety(parts, chain)
        self.offered_ma = 0
        self._wanted_ma = 0  # what core offers, before derating
        self._offer_at = 0  # ticks of the last change
        self._want_closed = False
        self._warnings = 0
        self._reported = 0
        self._state = 6
        self._closed = False
        self._locked = False
        self._cable_ma = -1
        self._since = [-1] * FAULT_CODES  # by fault code: ticks since when its condition has been different from its latch
        self._recovering = 0
        self._hot = 0  # 0 normal, 1 half, 2 quarter, 3 stop
        self._copy_at = 0
        self._asked_at = -_RCD_HARD_MS  # ticks of the last request to close
        self._rcd_trips = 0  # since the last session without one

    @property
    def welded(self) -> bool:
        """True while a weld is latched; to be kept over reboots and given back through `latch_weld`."""
        return bool((self.safety.tripped | self.safety.blocked) >> FAULT_WELDED & 1)

    def latch_weld(self) -> None:
        """Remember a weld from before the reboot."""
        self.safety.blocked |= 1 << FAULT_WELDED

    def start(self, store: "Optional[Copies]", now: int) -> None:
        """Open the energy register (record "energy<connector>" in the store is its flash copy)."""
        self.parts.register.open(store, "energy%d" % self.connector)
        self.parts.meter.reading.energy_mwh = self.parts.register.total_mwh
        self._warnings = self.parts.register.failed << FAULT_STORAGE
        if not self.parts.calibrated:
            self.safety.blocked |= 1 << FAULT_CALIBRATION
        if self.parts.rated_ma < _LEAST_MA:
            self.safety.blocked |= 1 << FAULT_RATING
        self._offer_at = self._copy_at = now

    def next_due(self, now: int) -> int:
        """Milliseconds until `service` should run."""
        return min(_PASS_MS, self.parts.meter.next_due(now))

    # commands

    def execute(self, op: int, arg: int, now: int) -> None:
        """Carry out one command of core (chargepoint.core.commands)."""
        parts = self.parts
        if op == CMD_OPEN:
            self._want_closed = False
            self.safety.open()
        elif op == CMD_CLOSE:
            if not parts.contactor.driving:
                parts.register.save_copy()
            self._want_closed = True
        elif op == CMD_OFFER:
            self._wanted_ma = arg
            self._apply_offer(now)
        elif op == CMD_CLEAR_FAULT:
            self._clear(arg)
        elif op == CMD_LED:
            if parts.led is not None:
                parts.led.show(arg)
        elif parts.lock is not None:
            if op == CMD_LOCK:
                parts.lock.lock(now)
            elif op == CMD_UNLOCK:
                parts.lock.unlock(now)

    def _clear(self, code: int) -> None:
        """Take back a latch that core has forgotten, or (0, an operator) all; a weld only when the contacts are open again.

        What is still there afterwards is reported again. Faults of the loop that are no latches end by themselves only.
        """
        bits = 1 << code if code else 0x3FFFFFFF
        if code:
            self._reported &= ~bits
        if bits & self.safety.tripped & 1 << FAULT_RCD:
            self._rcd_trips = 0
        if not code:
            self.parts.meter.forgive(True)
        if self.parts.contactor.closed:
            bits &= ~(1 << FAULT_WELDED)
        self.safety.clear = bits & self.safety.tripped
        self.safety.blocked &= ~(bits & (1 << FAULT_WELDED | 1 << FAULT_OVER_CURRENT))

    def _apply_offer(self, now: int) -> None:
        """Put the offer on the pilot: down at once, up at most every 5 s, out of state F after 300 ms."""
        wanted_ma = min(self._wanted_ma, self.parts.rated_ma)
        if self._hot and wanted_ma >= 6000:
            wanted_ma = 0 if self._hot == 3 else max(6000, min(wanted_ma, self.parts.rated_ma >> self._hot))
        offered_ma = self.offered_ma
        if wanted_ma == offered_ma:
            return
        age_ms = ticks_diff(now, self._offer_at)
        if age_ms >= (_FAULT_STATE_MS if offered_ma < 0 else _RAISE_MS if 6000 <= offered_ma < wanted_ma else 0):
            self.offered_ma = wanted_ma
            self._offer_at = now
            self.parts.pilot.offer(wanted_ma)

    # events

    def service(self, core: "ChargePoint", now: int) -> None:
        """One pass: tell core what has changed, keep the timed rules. Allocates: none while nothing changes."""
        safety = self.safety
        safety.alive = safety.ticks
        self._offer_at = ticks_aged(self._offer_at, now)
        self._copy_at = ticks_aged(self._copy_at, now)
        self._asked_at = ticks_aged(self._asked_at, now)
        parts = self.parts
        if parts.meter.poll(now):
            self._metered(core, now)
        if parts.rcd is not None:
            self._test_rcd(now)
        self._latch(FAULT_METER, parts.meter.failed, now, 0, 0)
        self._latch(FAULT_INTERNAL, parts.pilot.duty_wrong(), now, _RECOVERY_MS, _RECOVERY_MS)
        self._recover(now)
        self._report(core, now)
        if parts.lock is not None:
            self._serve_lock(core, now)
        if parts.proximity is not None:
            cable_ma = parts.proximity.poll()
            if cable_ma != self._cable_ma:
                self._cable_ma = cable_ma
                core.on_cable_limit(self.connector, cable_ma, now)
        self._apply_offer(now)
        if self._want_closed and not parts.contactor.driving:
            self._request(now)

    def _request(self, now: int) -> None:
        """A fresh token for the tick, if the parts that it does not watch are fit."""
        parts = self.parts
        if self.safety.tripped | self.safety.blocked:
            self._want_closed = False  # core hears of the fault and decides anew
        elif parts.meter.ready and (parts.rcd is None or parts.rcd.fresh) and (parts.lock is None or parts.lock.locked):
            self._asked_at = now
            self.safety.request_close()

    def _report(self, core: "ChargePoint", now: int) -> None:
        """Faults first, then the contactor, then the car."""
        safety = self.safety
        faults = safety.tripped & ~safety.clear | safety.blocked | self._warnings
        changed = faults ^ self._reported
        if changed:
            self._reported = faults
            if self._closed and changed & faults:
                self._read_last(core, now)
            if changed & faults & 1 << FAULT_RCD:
                soon = 0 <= ticks_diff(now, self._asked_at) < _RCD_HARD_MS
                self._rcd_trips = _RCD_TRIES if soon else self._rcd_trips + 1
            for code in range(1, FAULT_CODES):
                if changed >> code & 1:
                    core.on_fault(self.connector, code, bool(faults >> code & 1), now)
        closed = self.parts.contactor.closed
        if closed != self._closed:
            self._closed = closed
            self.parts.meter.live = closed
            if not closed:
                self._want_closed = False  # whoever opened it: only a new command of core closes it again
                self._read_last(core, now)
                if not faults >> FAULT_RCD & 1:
                    self._rcd_trips = 0
            core.on_contactor(self.connector, closed, now)
            if not closed:
                self.parts.register.save_copy()
        state = safety.pilot_state
        if state != self._state and (self._state == 6 or ticks_diff(now, self._offer_at) >= _BLANK_MS):  # what must open has opened by now
            self._state = state
            if state == 0:
                self.parts.meter.forgive(False)
                if self.parts.rcd is not None:
                    self.parts.rcd.fresh = False  # tested again before the next car
            core.on_pilot(self.connector, state, now)

    def _read_last(self, core: "ChargePoint", now: int) -> None:
        """Count what flowed since the last poll, before core hears of what ends a transaction and writes its last value."""
        if self.parts.meter.poll(now, True):
            self._metered(core, now)

    def _metered(self, core: "ChargePoint", now: int) -> None:
        """A good reading: count it, store it, judge it, and only then publish it."""
        parts = self.parts
        register = parts.register
        reading = parts.meter.reading
        register.retry()
        reading.energy_mwh = register.add(parts.meter.delta_uwh)
        if register.volatile and ticks_diff(now, self._copy_at) >= _COPY_MS:
            self._copy_at = now
            register.save_copy()
        self._warnings = self._warnings & ~(1 << FAULT_STORAGE) | register.failed << FAULT_STORAGE
        self._judge(reading.voltage_mv, reading.current_ma, now)
        self._heat(reading.temperature_c if parts.temperature is None else parts.temperature.read(), now)
        if register.known:  # else the count may still rise to what was published before
            core.on_meter(self.connector, reading, now)

    def _judge(self, voltage_mv: "list[int]", current_ma: "list[int]", now: int) -> None:
        """Over-current, leakage past an open contactor, and the mains voltage (core adds the 30 s that it must be good)."""
        parts = self.parts
        rated_ma = parts.rated_ma
        most_ma = max(current_ma)
        lowest_mv = min(voltage_mv)
        limit_ma = ((self.offered_ma if self.offered_ma >= 6000 else rated_ma) + 500) * 11 // 10
        raised = self.safety.blocked >> FAULT_OVER_CURRENT & 1
        over = most_ma > limit_ma or bool(raised and self._state)  # kept until the car is unplugged
        self._latch(FAULT_OVER_CURRENT, over, now, 0 if most_ma > rated_ma * 3 // 2 else 7000, _RECOVERY_MS)
        if not parts.contactor.driving:
            self._latch(FAULT_WELDED, most_ma > _LEAK_MA or self.welded, now, 1000, 0)
        self._latch(FAULT_OVER_VOLTAGE, max(voltage_mv) > _OVER_MV, now, 5000, _RECOVERY_MS)
        dead = self._closed and lowest_mv < _DEAD_MV
        self._latch(FAULT_UNDER_VOLTAGE, lowest_mv < _UNDER_MV, now, 1000 if dead else 5000, _RECOVERY_MS)

    def _heat(self, celsius: "Optional[int]", now: int) -> None:
        """Derate at 65 and 68 degrees, stop at 71 or with a broken sensor (None), all back below 62 (HARDWARE.md 4.7)."""
        if celsius is None:
            celsius = 999
        hot = 3 if celsius >= 71 else 2 if celsius >= 68 else 1 if celsius >= 65 else 0
        if hot > self._hot or celsius < 62:
            self._hot = hot
        self._warnings = self._warnings & ~(1 << FAULT_DERATE) | (0 < self._hot < 3) << FAULT_DERATE
        self._latch(FAULT_OVER_TEMPERATURE, self._hot == 3, now, 0, 0)

    def _test_rcd(self, now: int) -> None:
        rcd = self.parts.rcd
        if rcd is not None:
            idle = not self.parts.contactor.driving and not self._closed and not 1 < self._state < 4
            rcd.poll(now, idle)
            self.safety.testing = rcd.testing
            self._latch(FAULT_RCD_TEST, rcd.failed, now, 0, 0)

    def _serve_lock(self, core: "ChargePoint", now: int) -> None:
        lock = self.parts.lock
        if lock is not None:
            lock.poll(now)
            if lock.locked != self._locked:
                self._locked = lock.locked
                core.on_lock(self.connector, lock.locked, now)
            self._latch(FAULT_LOCK, lock.failed, now, 0, 0)

    # latches

    def _latch(self, code: int, bad: bool, now: int, set_ms: int, clear_ms: int) -> None:
        """Raise a fault of the loop when `bad` has lasted `set_ms`, take it back when it has been good for `clear_ms`."""
        safety = self.safety
        raised = bool(safety.blocked >> code & 1)
        since = self._since
        if bad == raised:
            since[code] = -1
            return
        since[code] = now if since[code] < 0 else ticks_aged(since[code], now)
        if ticks_diff(now, since[code]) >= (clear_ms if raised else set_ms):
            since[code] = -1
            safety.blocked ^= 1 << code

    def _recover(self, now: int) -> None:
        """Take back what the tick has latched, once its cause has been gone for a second or with the car; core has its own rules on top."""
        safety = self.safety
        tripped = safety.tripped
        if not tripped:
            self._recovering = 0
            return
        state = safety.pilot_state
        gone = ~safety.asserted & (1 << FAULT_EMERGENCY_STOP | 1 << FAULT_PE)
        if state < 4 or state == 5 and self.offered_ma < 0:
            gone |= 1 << FAULT_PILOT_SHORT
        if state != 6:
            gone |= 1 << FAULT_INTERNAL
        if state < 2:
            gone |= 1 << FAULT_PILOT_JUMP
        if state == 0:
            rcd = self.parts.rcd
            gone |= 1 << FAULT_NO_DIODE | 1 << FAULT_NO_CLOSE | 1 << FAULT_MIRROR
            if self._state == 0 and self._rcd_trips < _RCD_TRIES and not safety.asserted >> FAULT_RCD & 1 and (rcd is None or rcd.fresh):
                gone |= 1 << FAULT_RCD
        gone &= tripped
        if gone and state == 0 and not gone & (1 << FAULT_EMERGENCY_STOP | 1 << FAULT_PE | 1 << FAULT_PILOT_SHORT | 1 << FAULT_INTERNAL):
            safety.clear = gone
        elif gone != self._recovering:
            self._recovering = gone
            self._since[0] = ticks_add(now, _RECOVERY_MS)
        elif gone and ticks_due(self._since[0], now):
            safety.clear = gone
