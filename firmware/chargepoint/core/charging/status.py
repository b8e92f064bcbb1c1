"""The ChargePointStatus of a connector, or of the charge point as connector 0: told once per real change, after MinimumStatusDuration.

The status is never set: `status_now` works it out from what is so, and a change is reported once, after MinimumStatusDuration. In order of rank:

    Faulted        a fault of level 3 of this connector or of the charge point
    Charging       a transaction runs and the mirror contact says closed
    SuspendedEVSE  a transaction runs and power is withheld by us: fault of level 2, limit under 6 A, idTag refused late, or the
                   hardware has held the contactor back for 5 s (no reading, residual-current test)
    SuspendedEV    a transaction runs, current is offered, the vehicle does not take it (5 s after the start at the earliest), or it has gone
    Preparing      a transaction has just started and the contactor has not closed yet
    Unavailable    ChangeAvailability, or an installation that waits for a transaction of another connector
    Reserved       kept for somebody (features/reservation.py), whether plugged in or not, until an idTag is authorized
    Finishing      the transaction is over, or was at the last boot, and the plug is still in
    Preparing      plugged in, or authorized and waiting for the plug
    Available      none of these
"""

from micropython import const

from chargepoint.core.charging import faults
from chargepoint.core.commands import CMD_LED
from chargepoint.core.events import EV_STATUS
from chargepoint.core.messages.registration import REGISTRATION_ACCEPTED
from chargepoint.ocpp16.codes import (
    KEY_MIN_STATUS_DURATION,
    ST_AVAILABLE,
    ST_CHARGING,
    ST_FAULTED,
    ST_FINISHING,
    ST_PREPARING,
    ST_RESERVED,
    ST_SUSPENDED_EV,
    ST_SUSPENDED_EVSE,
    ST_UNAVAILABLE,
)
from chargepoint.util.signals import PILOT_A, PILOT_B
from chargepoint.util.ticks import ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.charging.transaction import Transaction
    from chargepoint.core.messages.sources import Message

_VEHICLE_ANSWER_MS = const(5000)  # how long a vehicle may take to ask for energy before it counts as not wanting any
_EV_DISCONNECTED = "EV side disconnected"  # the text that TC_005_3 looks for
_SUSPENDED = (ST_SUSPENDED_EV, ST_SUSPENDED_EVSE)


class Reported:
    """`status` ChargePointStatus code, `fault` the fault code told with it, `ev_gone` the vehicle has left a transaction that runs, or was ended by that.

    `told` is what was last told, or is to be told when the link is back: the three above in one number.
    """

    def __init__(self, core: "Any", number: int, now: int) -> None:
        self.core = core
        self.id = number
        self.status = 0
        self.fault = 0
        self.ev_gone = False
        self.told = -1
        self._key = -1
        self.changed = now

    def report(self, status: int, fault: int, ev_gone: bool, now: int) -> None:
        """Take what is so now and tell it when it is new and has lasted long enough. Allocates: none when nothing is new."""
        key = status | fault << 4 | ev_gone << 12
        core = self.core
        if key != self._key:
            self._key = key
            self.changed = now
            self.status = status
            self.fault = fault
            self.ev_gone = ev_gone
            if self.id:  # the lights are the connectors'; what stops the whole charge point shows in their status
                core.commands.put(CMD_LED, self.id, status)
            core.note(EV_STATUS, self.id, status)
        if key != self.told and core.registration.state == REGISTRATION_ACCEPTED and not self.wait_ms(now):
            self.tell(now)

    def tell(self, now: int) -> None:
        """Queue the present status, whether it is new or not."""
        self.told = self._key
        self.core.statuses.put(self, self._key, now)

    def retell(self, everything: bool, now: int) -> None:
        """The central system can be reached (again): queue the present status unless a later `report` will."""
        if self.told == self._key or everything:
            self.tell(now)

    def describe(self, m: "Message", key: int) -> None:
        """Put a status into a message."""
        fault = key >> 4 & 0xFF
        m.connector = self.id
        m.status = key & 15
        m.error = faults.error_code(fault)
        m.info = _EV_DISCONNECTED if key >> 12 else faults.info(fault)
        m.vendor_code = faults.vendor_code(fault)
        m.vendor_id = self.core.product.VENDOR_ID if fault else None

    def wait_ms(self, now: int) -> int:
        """How long a new status still has to last before it is told; a large number when there is none. Allocates: none."""
        if self._key == self.told or self.core.registration.state != REGISTRATION_ACCEPTED:
            return 60000
        left = self.core.config.number(KEY_MIN_STATUS_DURATION) * 1000 - ticks_diff(now, self.changed)
        return left if left > 0 else 0


def status_now(c: "Any", before: int, now: int) -> int:
    """The status by the table at the top; `before` is the one so far, which stays where nothing decides otherwise."""
    if c.level() == 3:
        return ST_FAULTED
    if c.transaction is not None:
        return _running(c, c.transaction, before, now)
    if not c.operative or c.core.site.held > 1:
        return ST_UNAVAILABLE
    reservations = c.core.site.reservations
    if reservations is not None and c.authorized is None and reservations.keeps(c):
        return ST_RESERVED
    if c.is_over():
        return ST_FINISHING
    return ST_PREPARING if c.is_plugged() or c.authorized is not None else ST_AVAILABLE


def _running(c: "Any", tx: "Transaction", before: int, now: int) -> int:
    """The status while a transaction runs."""
    interlock = c.interlock
    if tx.stopping:
        return before
    if interlock.closed and c.level() < 2:
        return ST_CHARGING
    if c.pilot == PILOT_A:
        return ST_SUSPENDED_EV
    if tx.suspended or c.level() == 2 or not interlock.offered_ma:
        return ST_SUSPENDED_EVSE
    if c.pilot == PILOT_B:
        waiting = not tx.charged and ticks_diff(now, c.offered) < _VEHICLE_ANSWER_MS
        return ST_PREPARING if waiting else ST_SUSPENDED_EV
    if before == ST_CHARGING or interlock.held_ms(now) >= _VEHICLE_ANSWER_MS:
        return ST_SUSPENDED_EVSE
    return before if tx.charged or before in _SUSPENDED else ST_PREPARING
