"""The main-loop half of a connector: what the safety tick and the meter saw becomes core events, core commands become actions.

Inputs and outputs only. What a reading means and when a fault is over is decided by core/charging/protection.py; what must open within
100 ms by `safety`. Nothing here waits.
"""

from micropython import const

from chargepoint.core.charging.protection import LEAST_MA, RECOVERY_MS, Protection
from chargepoint.core.commands import CMD_CLEAR_FAULT, CMD_CLOSE, CMD_LED, CMD_LOCK, CMD_OFFER, CMD_OPEN, CMD_UNLOCK
from chargepoint.runtime.hardware.safety import Safety
from chargepoint.util.signals import (
    FAULT_CALIBRATION,
    FAULT_CODES,
    FAULT_INTERNAL,
    FAULT_LOCK,
    FAULT_METER,
    FAULT_RATING,
    FAULT_RCD,
    FAULT_RCD_TEST,
    FAULT_STORAGE,
    FAULT_WELDED,
    HOLD_FAULT,
    HOLD_LOCK,
    HOLD_METER,
    HOLD_NOTHING,
    HOLD_RCD_TEST,
    HOLD_TICK,
    LIMIT_CABLE,
    LIMIT_HARDWARE,
    LIMIT_TEMPERATURE,
    PILOT_A,
    PILOT_UNKNOWN,
)
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from chargepoint.core.charge_point import ChargePoint
    from chargepoint.drivers.energy_register import Copies
    from chargepoint.drivers.parts import ConnectorParts

_PASS_MS = const(50)
_DOUBT_MS = const(200)  # a reading in doubt is taken again so soon: the chips have new values by then
_RAISE_MS = const(5000)  # between two increases of the offer
_FAULT_STATE_MS = const(300)  # shortest time in state F
_BLANK_MS = const(550)  # after a change of the PWM some cars leave their state for a moment: core is not told
_RCD_HARD_MS = const(2000)  # a residual current so soon after closing is not tried again at all
_GRANT_MS = const(250)  # a request to close that the tick has not granted by then is refused: its token lasts 200 ms
_COPY_MS = const(300000)  # flash copies of the energy register without FRAM
_EVERYTHING = const(0x3FFFFFFF)


class ConnectorIo:
    """One connector. `safety.tick` goes to the board's 10 ms timer (of the last connector: they are chained).

    For reading: `safety`, `protection`, `offered_ma` (what is on the pilot, -1 for state F), `hold` (what kept a contactor from closing
    last, HOLD_*; HOLD_NOTHING when nothing did). Args: connector: its number. chain: the Safety of the connector before.
    """

    def __init__(self, connector: int, parts: "ConnectorParts", chain: "Optional[Safety]" = None) -> None:
        self.connector = connector
        self.parts = parts
        self.safety = Safety(parts, chain)
        self.protection = Protection(parts.rated_ma)
        self.offered_ma = 0
        self.hold = HOLD_NOTHING
        self._wanted_ma = 0  # what core offers, before derating
        self._offer_at = 0  # ticks of the last change
        self._want_closed = False
        self._asked_at = 0  # ticks of the last request to the tick
        self._fit_at = 0  # ticks since when only the tick can have kept the contactor open
        self._reported = 0  # fault bits that core has been told
        self._state = PILOT_UNKNOWN
        self._closed = False
        self._locked = False
        self._cable_ma = -1
        self._derated_ma = -1  # nothing told yet
        self._read_at = 0  # ticks of the last reading
        self._copy_at = 0

    @property
    def welded(self) -> bool:
        """True while a weld is latched; to be kept over reboots and given back through `latch_weld`."""
        return bool((self.safety.tripped | self.protection.blocked) >> FAULT_WELDED & 1)

    def latch_weld(self) -> None:
        """Remember a weld from before the reboot."""
        self.protection.restore(1 << FAULT_WELDED, 0)
        self.safety.blocked = self.protection.blocked

    def restore(self, bits: int, rcd_trips: int) -> None:
        """Remember what was latched before the reboot: fault bits, and the residual currents in a row. Before the tick runs."""
        self.safety.tripped |= self.protection.restore(bits, rcd_trips)
        self.safety.blocked = self.protection.blocked

    def start(self, store: "Optional[Copies]", now: int) -> None:
        """Open the energy register (record "energy<connector>" in the store is its flash copy)."""
        self.parts.register.open(store, "energy%d" % self.connector)
        self.parts.meter.reading.energy_mwh = self.parts.register.total_mwh
        self.protection.warn(FAULT_STORAGE, self.parts.register.failed)
        if not self.parts.calibrated:
            self.protection.refuse(FAULT_CALIBRATION)
        if self.parts.rated_ma < LEAST_MA:
            self.protection.refuse(FAULT_RATING)
        self.safety.blocked = self.protection.blocked
        self._offer_at = self._copy_at = self._read_at = now
        self._asked_at = ticks_add(now, -_RCD_HARD_MS)
        if self.parts.rcd is not None:
            self.safety.testing = self.parts.rcd.testing

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
            self._want_closed = True
            self._fit_at = now
            self.hold = HOLD_NOTHING
            if not parts.contactor.driving and not self._unfit():
                parts.register.save_copy()
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
        bits = 1 << code if code else _EVERYTHING
        if code:
            self._reported &= ~bits
        else:
            self.parts.meter.forgive(True)
        welded = self.parts.contactor.closed
        if bits & self.safety.tripped & 1 << FAULT_RCD or code != FAULT_RCD:
            self.protection.forgive(code, welded)
        self.safety.clear = bits & self.safety.tripped & ~(welded << FAULT_WELDED)
        self.safety.blocked = self.protection.blocked

    def _apply_offer(self, now: int) -> None:
        """Put the offer on the pilot: down at once, up at most every 5 s, out of state F after 300 ms."""
        wanted_ma = self._wanted_ma
        if wanted_ma >= LEAST_MA:
            wanted_ma = min(wanted_ma, self.protection.derated_ma())
            if wanted_ma < LEAST_MA:
                wanted_ma = 0
        offered_ma = self.offered_ma
        if wanted_ma == offered_ma:
            return
        age_ms = ticks_diff(now, self._offer_at)
        if age_ms >= (_FAULT_STATE_MS if offered_ma < 0 else _RAISE_MS if LEAST_MA <= offered_ma < wanted_ma else 0):
            self.offered_ma = wanted_ma
            self._offer_at = now
            self.parts.pilot.offer(wanted_ma)

    # events

    def service(self, core: "ChargePoint", now: int) -> None:
        """One pass: tell core what has changed, keep the timed rules. Allocates: none while nothing changes."""
        safety = self.safety
        safety.alive = safety.ticks
        self._age(now)
        parts = self.parts
        protection = self.protection
        again = protection.in_doubt and ticks_diff(now, self._read_at) >= _DOUBT_MS
        if again:
            protection.in_doubt = False
        if parts.meter.poll(now, again):
            self._metered(core, now)
        if parts.rcd is not None:
            self._test_rcd(now)
        protection.latch(FAULT_METER, parts.meter.failed, 0, 0, now)
        protection.latch(FAULT_INTERNAL, parts.pilot.duty_wrong(), RECOVERY_MS, RECOVERY_MS, now)
        rcd_fit = parts.rcd is None or parts.rcd.fresh
        gone = protection.recovered(safety.tripped, safety.asserted, safety.pilot_state, self._state == PILOT_A, self.offered_ma, rcd_fit, now)
        if gone:
            safety.clear = gone
        safety.blocked = protection.blocked
        self._report(core, now)
        if parts.lock is not None:
            self._serve_lock(core, now)
        self._tell_limits(core, now)
        self._apply_offer(now)
        if self._want_closed:
            self._request(core, now)

    def _age(self, now: int) -> None:
        """Keep the stored moments comparable."""
        self._offer_at = ticks_aged(self._offer_at, now)
        self._copy_at = ticks_aged(self._copy_at, now)
        self._asked_at = ticks_aged(self._asked_at, now)
        self._fit_at = ticks_aged(self._fit_at, now)
        self._read_at = ticks_aged(self._read_at, now)

    def _unfit(self) -> int:
        """Why the parts that the tick does not watch, or a latched fault, keep a contactor open: HOLD_*."""
        parts = self.parts
        if self.safety.tripped | self.safety.blocked:
            return HOLD_FAULT
        if not parts.meter.ready:
            return HOLD_METER
        if parts.rcd is not None and not parts.rcd.fresh:
            return HOLD_RCD_TEST
        return HOLD_LOCK if parts.lock is not None and not parts.lock.locked else HOLD_NOTHING

    def _request(self, core: "ChargePoint", now: int) -> None:
        """A fresh token for the tick while the parts are fit; core hears what keeps them or the tick from closing, and when nothing does."""
        hold = HOLD_NOTHING
        if not self.parts.contactor.driving:
            hold = self._unfit()
            if hold:
                self._fit_at = now
                if self.safety.tripped:
                    self._want_closed = False  # core hears of the fault and decides anew
            else:
                if ticks_diff(now, self._fit_at) >= _GRANT_MS:
                    hold = self.safety.hold or HOLD_TICK
                self._asked_at = now
                self.safety.request_close()
        if hold != self.hold:
            self.hold = hold
            core.on_hold(self.connector, hold, now)

    def _tell_limits(self, core: "ChargePoint", now: int) -> None:
        """Tell core what the hardware, the cable and the temperature allow, when it changes."""
        if self._derated_ma < 0:
            core.on_limit(self.connector, LIMIT_HARDWARE, self.parts.rated_ma, now)
        derated_ma = self.protection.derated_ma()
        if derated_ma != self._derated_ma:
            self._derated_ma = derated_ma
            core.on_limit(self.connector, LIMIT_TEMPERATURE, derated_ma, now)
        if self.parts.proximity is not None:
            cable_ma = self.parts.proximity.poll()
            if cable_ma != self._cable_ma:
                self._cable_ma = cable_ma
                core.on_limit(self.connector, LIMIT_CABLE, cable_ma, now)

    def _report(self, core: "ChargePoint", now: int) -> None:
        """Faults first, then the contactor, then the car."""
        safety = self.safety
        faults = safety.tripped & ~safety.clear | safety.blocked | self.protection.warnings
        changed = faults ^ self._reported
        if changed:
            self._reported = faults
            if self._closed and changed & faults:
                self._read_last(core, now)
            if changed & faults & 1 << FAULT_RCD:
                self.protection.on_residual_current(0 <= ticks_diff(now, self._asked_at) < _RCD_HARD_MS)
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
                    self.protection.on_opened()
            core.on_contactor(self.connector, closed, now)
            if not closed:
                self.parts.register.save_copy()
        state = safety.pilot_state
        if state != self._state and (self._state == PILOT_UNKNOWN or ticks_diff(now, self._offer_at) >= _BLANK_MS):  # what must open has opened by now
            self._state = state
            if state == PILOT_A:
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
        protection = self.protection
        protection.warn(FAULT_STORAGE, register.failed)
        protection.in_doubt = False
        self._read_at = now
        plugged = self._state != PILOT_A
        driving = parts.contactor.driving
        protection.on_reading(reading.voltage_mv, reading.current_ma, self.offered_ma, plugged, self._closed, driving, now)
        protection.on_temperature(reading.temperature_c if parts.temperature is None else parts.temperature.read())
        if register.known:  # else the count may still rise to what was published before
            core.on_meter(self.connector, reading, now)

    def _test_rcd(self, now: int) -> None:
        rcd = self.parts.rcd
        if rcd is not None:
            rcd.poll(now, not self.parts.contactor.driving and not self._closed)
            self.safety.testing = rcd.testing
            self.protection.latch(FAULT_RCD_TEST, rcd.failed, 0, 0, now)

    def _serve_lock(self, core: "ChargePoint", now: int) -> None:
        lock = self.parts.lock
        if lock is not None:
            lock.poll(now)
            if lock.locked != self._locked:
                self._locked = lock.locked
                core.on_lock(self.connector, lock.locked, now)
            self.protection.latch(FAULT_LOCK, lock.failed, 0, 0, now)
