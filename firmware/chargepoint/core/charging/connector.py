"""One connector: plug, authorization, transaction, and the ChargePointStatus that follows from them.

The status is never set: core/charging/status.py works it out from what is so here.

Record first, then act: the START is durable before the contactor may close, the STOP before anything is sent.
"""

from micropython import const

from chargepoint.core.charging import transaction
from chargepoint.core.charging.cards import OTHERS, on_plugged
from chargepoint.core.charging.faults import Faults
from chargepoint.core.charging.interlock import Interlock
from chargepoint.core.charging.limits import Limits
from chargepoint.core.charging.plug import Plug
from chargepoint.core.charging.samples import Samples
from chargepoint.core.charging.status import Reported, status_now
from chargepoint.core.commands import CMD_CLEAR_FAULT
from chargepoint.core.events import EV_HELD
from chargepoint.ocpp16.codes import (
    KEY_CONNECTION_TIMEOUT,
    KEY_MAX_ENERGY_INVALID,
    KEY_STOP_ON_EV_DISCONNECT,
    KEY_STOP_ON_INVALID,
    KEY_UNLOCK_ON_EV_DISCONNECT,
    RSN_DE_AUTHORIZED,
    RSN_EMERGENCY_STOP,
    RSN_EV_DISCONNECTED,
    RSN_OTHER,
    ST_FINISHING,
    ST_SUSPENDED_EV,
)
from chargepoint.util.signals import FAULT_EMERGENCY_STOP, FAULT_METER, FAULT_NO_CLOSE, FAULT_WELDED, LIMIT_CABLE, PILOT_A, PILOT_B, PILOT_UNKNOWN
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.charging.transaction import Transaction

_FINISH_MS = const(8000)  # a stop is recorded at the latest so long after its cause, contactor or not
_SENSE_MS = const(10000)  # how long the first reading of the pilot may take: a busy boot needs four seconds
_REGISTER_WAIT_MS = const(10000)  # how long the first meter reading after a power cut may take


class Connector(Reported):
    """See the module. `id` counts from 1; all of `status`, `pilot`, `transaction`, `reading` are for reading only.

    With what it has of Reported it has more than 20 attributes: its parts, the authorization that waits, and what its status was derived to.
    """

    def __init__(self, core: "Any", number: int, now: int) -> None:
        Reported.__init__(self, core, number, now)
        product = core.product
        self.faults = Faults()
        self.interlock = Interlock(core.commands, number, product.MAX_CURRENT_MA, product.SOCKET, product.VENTILATED, now)
        self.plug = Plug(now)
        self.limits = Limits(product.MAX_CURRENT_MA)
        self.operative = True
        self.reading: "Any" = None
        self.meter_wh = 0
        self.samples = Samples(self)
        self.transaction: "Transaction | None" = None
        self.authorized: "str | None" = None  # the idTag that may start here
        self.parent: "str | None" = None
        self.by_card = False
        self.last_tag: "str | None" = None  # who started the last transaction
        self._deadline: "int | None" = None  # of the authorization
        self._recovering = False
        self._since = now
        self.offered = now  # since when current has been offered

    # --- events

    @property
    def pilot(self) -> int:
        """The pilot state that counts."""
        return self.plug.state

    @property
    def plugged(self) -> int:
        """How many vehicles had been plugged in anywhere when this one was."""
        return self.plug.order

    def on_pilot(self, state: int, now: int) -> None:
        """Take the debounced pilot state. A plug that goes in counts when it has been in for 500 ms; everything else counts at once."""
        if self.plug.counts(state, now):
            self._take_pilot(state, now)

    def _take_pilot(self, state: int, now: int) -> None:
        """A pilot state counts: the interlock hears of it first, so that opening waits for nothing."""
        was_plugged = self.is_plugged()
        if self.plug.take(state):
            self.interlock.on_pilot(PILOT_B)
        self.interlock.on_pilot(state)
        self.interlock.update(now)
        if state == PILOT_A:
            self._release_faults(False)
            if not self._has_cable():
                self.plug.renew()
            tx = self.transaction
            if tx is not None and not tx.stopping and self.core.config.flag(KEY_STOP_ON_EV_DISCONNECT):
                self.stop(RSN_EV_DISCONNECTED, None, now)
            elif tx is None and was_plugged:
                self.drop_authorization()
        elif not was_plugged and self.is_plugged():
            self.plug.came(self.core.next_plug())
            on_plugged(self.core, self, now)
        self.update(now)

    def is_plugged(self) -> bool:
        """Whether a vehicle is connected."""
        return self.plug.is_in()

    def knows_pilot(self, now: int) -> bool:
        """Whether the pilot has been read since the boot, or will not be: before, a plugged connector would pass for Available."""
        return self.pilot != PILOT_UNKNOWN or ticks_diff(now, self._since) >= _SENSE_MS

    def wait_ms(self, now: int) -> int:
        """As of Reported; after a boot the first status waits for the pilot. Allocates: none."""
        return Reported.wait_ms(self, now) if self.knows_pilot(now) else 100

    def retell(self, everything: bool, now: int) -> None:
        """As of Reported; not before the pilot has been read."""
        if self.knows_pilot(now):
            Reported.retell(self, everything, now)

    def is_over(self) -> bool:
        """Whether a transaction has ended, by a power cut or otherwise, with the plug still in."""
        return self.plug.is_over or (self._recovering and (self.is_plugged() or self._has_cable()))

    def _has_cable(self) -> bool:
        """Whether a loose cable is in the socket."""
        return bool(self.core.product.SOCKET) and self.limits.of(LIMIT_CABLE) > 0

    def on_contactor(self, closed: bool, now: int) -> None:
        """Take what the mirror contact says."""
        self.interlock.on_contactor(closed, now)
        self.update(now)

    def on_meter(self, reading: "Any", now: int) -> None:
        """Take a meter reading; the object stays the driver's and is read until the next one. Allocates: none."""
        self.reading = reading
        self.meter_wh = int(reading.energy_mwh // 1000)
        tx = self.transaction
        if tx is not None and tx.limit_wh is not None and self.meter_wh - tx.meter_start_wh >= tx.limit_wh and not tx.suspended:
            tx.suspend()
            self.update(now)
        elif self._recovering or (self.authorized is not None and tx is None):
            self.update(now)

    def set_operative(self, operative: bool) -> None:
        """ChangeAvailability; `update` applies it."""
        self.operative = operative

    def on_hold(self, cause: int, now: int) -> None:
        """Take what keeps the hardware from closing; a cause that is new goes into the event log."""
        if cause and cause != self.interlock.hold:
            self.core.note(EV_HELD, self.id, cause)
        self.interlock.on_hold(cause, now)
        self.update(now)

    def on_limit(self, cause: int, most_ma: int, now: int) -> None:
        """Take what a cause (cable, temperature) allows now."""
        self.limits.put(cause, most_ma)
        if self.pilot == PILOT_A and not self._has_cable():
            self.plug.renew()
        self.interlock.set_limit(self.limits.least_ma)
        self.update(now)

    def _release_faults(self, everything: bool) -> None:
        while True:
            code = self.faults.release(everything)
            if not code:
                return
            self.core.commands.put(CMD_CLEAR_FAULT, self.id, code)

    def fault_over(self) -> None:
        """A fault has ended: with no vehicle there is no plug to wait for (a residual current ends with the self-test after unplugging)."""
        if self.pilot == PILOT_A:
            self._release_faults(False)

    def clear_faults(self, now: int) -> None:
        """Take back all latches of faults that are over, on an operator's word; the driver's first: it may hold one that core cannot."""
        self.core.commands.put(CMD_CLEAR_FAULT, self.id, 0)
        self._release_faults(True)
        self.interlock.forgive()
        self.update(now)

    # --- authorization

    def may_start(self) -> bool:
        """Whether a transaction could start here: operative, no transaction, no fault, meter and store in order."""
        free = self.operative and self.transaction is None and not self._recovering and not self.core.site.resetting and not self.core.site.held
        return free and self.level() < 2 and not self.faults.has(FAULT_METER)

    def authorize(self, id_tag: str, parent: "str | None", by_card: bool, now: int) -> None:
        """Let an idTag start here, unless the connector is kept for others: now if a vehicle is connected, otherwise within ConnectionTimeOut."""
        reservations = self.core.site.reservations
        if reservations is not None and reservations.claim(self, id_tag, parent, False) == OTHERS:
            return
        self.authorized = id_tag
        self.parent = parent
        self.by_card = by_card
        timeout_s = self.core.config.number(KEY_CONNECTION_TIMEOUT)
        self._deadline = ticks_add(now, timeout_s * 1000) if timeout_s else None
        self.update(now)

    def drop_authorization(self) -> None:
        """Forget an authorization that has not led to a transaction."""
        self.authorized = self._deadline = None

    # --- transaction

    def _try_start(self, now: int) -> None:
        """Start the transaction of an authorized idTag when plug, lock and meter are ready. Without room in the store there is none."""
        id_tag = self.authorized
        if id_tag is None or not self.is_plugged() or self.reading is None or not self.interlock.locked:
            return
        self.drop_authorization()
        self.transaction = transaction.begin(self, id_tag, self.parent, now)
        if self.transaction is not None:
            self.samples.begin(now)
            self.last_tag = id_tag
            self.plug.renew()
            self.offered = now

    def on_started(self, number: int, fields: "Any", now: int) -> None:
        """Take the answer to StartTransaction. A refused idTag is stopped, cut off at MaxEnergyOnInvalidId, or suspended at once."""
        tx = self.transaction
        if tx is None or tx.number != number:
            return
        tx.learn(fields.transaction_id, fields.parent_id_tag)
        if fields.tag_status:
            if self.core.config.flag(KEY_STOP_ON_INVALID):
                self.stop(RSN_DE_AUTHORIZED, None, now)
            else:
                tx.refuse(self.core.config.number(KEY_MAX_ENERGY_INVALID), self.meter_wh - tx.meter_start_wh)
        self.update(now)

    def stop(self, reason: int, id_tag: "str | None", now: int) -> None:
        """End the transaction: no more permit; the STOP is recorded when the contactor is open, stamped with this moment."""
        tx = self.transaction
        if tx is None or tx.stopping:
            return
        tx.stop(reason, id_tag, now)
        self.update(now)

    def finish(self, now: int) -> None:
        """Record the STOP of a stopping transaction; when the store fails it stays, and is tried again with the next update."""
        tx = self.transaction
        if tx is None or not transaction.end(self, tx, now):
            return
        self.transaction = None
        ev_left = tx.reason == RSN_EV_DISCONNECTED
        unlock = not ev_left or self.core.config.flag(KEY_UNLOCK_ON_EV_DISCONNECT)
        self.plug.end_session(self.is_plugged() or self._has_cable(), ev_left, unlock)

    def recover(self, now: int) -> None:
        """At boot: a transaction that was running is closed with the first meter reading, or without one after 10 s."""
        self._recovering = transaction.was_running(self)
        self._since = now

    # --- rules

    def level(self) -> int:
        """The level of the worst fault, own or of the charge point: core/charging/faults.py."""
        return int(max(self.faults.level, self.core.site.faults.level))

    def update(self, now: int) -> None:
        """Apply all rules to the present state. Allocates: none unless something happens.

        The order is this: a plug that has lasted counts first, as everything rests on the pilot. Faults come before whatever could start
        or go on, and a fault that ends a transaction before the interlock, so that permit and opening are decided on the same facts. What a
        power cut has left is closed before a new transaction may begin; the lock moves before a transaction starts, as that needs it.
        The interlock decides last of the rules, a STOP is recorded when it has opened, and the status says what has come of all that.
        """
        state = self.plug.lasting(now)
        if state != PILOT_A:
            self._take_pilot(state, now)
            return
        self._poll_faults(now)
        level = self.level()
        if self.authorized is not None and (level >= 2 or not self.operative or (self._deadline is not None and ticks_diff(now, self._deadline) >= 0)):
            self.drop_authorization()
        if self._recovering and (self.reading is not None or ticks_diff(now, self._since) >= _REGISTER_WAIT_MS):
            if transaction.close_lost(self):
                self._recovering = False
                self.plug.end_session(self.is_plugged() or self._has_cable(), False, False)
        if self.core.product.SOCKET:
            session = self.transaction is not None or self.interlock.closed or (self.authorized is not None and self.is_plugged())
            command = self.plug.lock_command(session, self._has_cable())
            if command:
                self.core.commands.put(command, self.id)
        if self.authorized is not None and self.may_start():
            self._try_start(now)
        self._update_interlock(level, now)
        tx = self.transaction
        opened = not (self.interlock.closed or self.interlock.closing)
        if tx is not None and tx.stopping and (opened or ticks_diff(now, tx.stopped) >= _FINISH_MS):
            self.finish(now)
        self._update_status(now)

    def _poll_faults(self, now: int) -> None:
        """Work out what the faults mean now; one of level 3 ends a transaction."""
        tx = self.transaction
        if self.interlock.stuck and not self.faults.has(FAULT_NO_CLOSE):
            self.faults.report(FAULT_NO_CLOSE, True, now)
            self.faults.report(FAULT_NO_CLOSE, False, now)  # nothing will say that it is over: the pulled plug releases it
        self.faults.poll(tx is not None, now)
        if tx is not None and not tx.stopping and self.level() == 3:
            code = self.faults.code if self.faults.level == 3 else self.core.site.faults.code
            tx.stop(RSN_EMERGENCY_STOP if code == FAULT_EMERGENCY_STOP else RSN_OTHER, None, now)

    def _update_interlock(self, level: int, now: int) -> None:
        """Tell the interlock what is so and let it decide."""
        interlock = self.interlock
        tx = self.transaction
        interlock.set_inputs(tx is not None and not tx.stopping and not tx.suspended, level >= 2, self.faults.has(FAULT_WELDED))
        was_offered = interlock.offered_ma > 0
        interlock.update(now)
        if interlock.offered_ma > 0 and not was_offered:
            self.offered = now
        if tx is not None and interlock.closed and level < 2 and not tx.stopping:
            tx.energise()

    def unlock(self, now: int) -> None:
        """Unlock the plug on demand, as soon as no transaction runs."""
        self.plug.release()
        self.update(now)

    def on_lock(self, locked: bool, now: int) -> None:
        """Take what the lock's feedback says."""
        self.interlock.set_locked(locked)
        self.update(now)

    def is_left_locked(self) -> bool:
        """Whether the vehicle has gone and its cable is still locked in the socket."""
        return self.plug.is_over and self.transaction is None and not self.is_plugged() and self.interlock.locked and bool(self.core.product.SOCKET)

    def _update_status(self, now: int) -> None:
        own = self.faults
        site = self.core.site.faults
        fault = own.code if own.level >= site.level or site.level < 2 else site.code
        status = status_now(self, self.status, now)
        ev_gone = self.pilot == PILOT_A if status == ST_SUSPENDED_EV else status == ST_FINISHING and self.plug.ev_left
        self.report(status, fault, ev_gone, now)

    def poll(self, now: int) -> None:
        """Do what is due. Allocates: none when nothing is."""
        self._since = ticks_aged(self._since, now)
        self.offered = ticks_aged(self.offered, now)
        self.changed = ticks_aged(self.changed, now)
        tx = self.transaction
        if tx is not None:
            tx.age(now)
        self.samples.poll(now)
        if tx is not None and not tx.stopping and ticks_diff(now, tx.saved) >= transaction.SAVE_MS:
            transaction.save(self, tx, now)
        self.update(now)

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do. Allocates: none."""
        due = min(self.interlock.next_due(now), self.faults.next_due(now), self.wait_ms(now), self.plug.wait_ms(now))
        tx = self.transaction
        if tx is not None:
            if not tx.stopping:
                due = min(due, self.samples.wait_ms(now))
            due = min(due, ticks_diff(ticks_add(tx.saved, transaction.SAVE_MS), now))
            if tx.stopping:
                due = min(due, 250)
            elif not tx.charged:
                due = min(due, 1000)
        elif self._deadline is not None:
            due = min(due, ticks_diff(self._deadline, now))
        elif self._recovering:
            due = min(due, 1000)
        return due if due > 0 else 0
