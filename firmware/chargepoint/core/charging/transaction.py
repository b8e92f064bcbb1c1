"""The running transaction of a connector and its durable side: the record that a power cut leaves behind, the START and the STOP.

Order of writes: the running transaction ("tx1"), then its START, then power may flow; its STOP, then "tx1" is emptied. After a cut at any point
the START and the STOP are in the queue once each or not at all: a "tx1" without a START never began, one with a STOP has ended.
"""

from chargepoint.core.events import EV_ENDED, EV_STARTED
from chargepoint.core.messages.records import START, STOP, put_edge
from chargepoint.ocpp16.codes import CTX_TRANSACTION_END, KEY_STOP_SAMPLED_DATA, RSN_POWER_LOSS
from chargepoint.util.little_endian import put_u32, u32
from chargepoint.util.ticks import ticks_aged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


SAVE_MS = 300000  # how often the running transaction is stored: a stop after a power cut is stamped at most so much late


class Transaction:
    """A running transaction. `transaction_id` is None until the central system has told it."""

    def __init__(self, number: int, id_tag: str, parent: "str | None", meter_start_wh: int, now: int) -> None:
        self.number = number
        self.id_tag = id_tag
        self.parent = parent
        self.meter_start_wh = meter_start_wh
        self.transaction_id: "int | None" = None
        self.started = self.saved = now
        self.charged = False  # the contactor has closed for it
        self.limit_wh: "int | None" = None  # energy at which a refused idTag is cut off; None no limit
        self.suspended = False  # refused late: no more energy, but the transaction stays open
        self.stopping = False
        self.reason = RSN_POWER_LOSS
        self.stop_tag: "str | None" = None
        self.stopped = now

    def stop(self, reason: int, id_tag: "str | None", now: int) -> None:
        """No more energy; the STOP says why, on whose word, and that it was now."""
        self.stopping = True
        self.reason = reason
        self.stop_tag = id_tag
        self.stopped = now

    def learn(self, transaction_id: "int | None", parent: "str | None") -> None:
        """What the central system has told about it, as far as it has."""
        if transaction_id is not None:
            self.transaction_id = transaction_id
        self.parent = parent or self.parent

    def refuse(self, limit_wh: int, used_wh: int) -> None:
        """Its idTag was refused late: no more than so much energy."""
        self.limit_wh = limit_wh
        self.suspended = used_wh >= limit_wh

    def suspend(self) -> None:
        """It has had the energy that it may have."""
        self.suspended = True

    def energise(self) -> None:
        """The contactor is closed for it."""
        self.charged = True

    def age(self, now: int) -> None:
        """Keep the moments of a transaction of many days comparable. Allocates: none."""
        self.started = ticks_aged(self.started, now)
        self.saved = ticks_aged(self.saved, now)
        self.stopped = ticks_aged(self.stopped, now)


def _name(c: "Any") -> str:
    return "tx%d" % c.id


def save(c: "Any", tx: Transaction, now: int) -> bool:
    """Store the running transaction with the present meter reading and time. Returns: whether it is durable."""
    tx.saved = now
    b = bytearray(16)
    put_u32(b, 0, tx.number)
    put_u32(b, 4, c.meter_wh)
    c.core.clock.stamp(b, 8, now)
    return bool(c.core.store.save(_name(c), b))


def begin(c: "Any", id_tag: str, parent: "str | None", now: int) -> "Transaction | None":
    """Make a transaction and its START durable. Returns: None when the store has no room for it or fails."""
    core = c.core
    tx = Transaction(core.next_number(), id_tag, parent, c.meter_wh, now)
    b = core.scratch
    reservations = core.site.reservations
    reservation = -1 if reservations is None else reservations.number_for(c, id_tag, parent)
    length = put_edge(b, START, c.id, tx.number, c.meter_wh, reservation, id_tag)
    core.clock.stamp(b, 6, now)
    if not save(c, tx, now) or not core.deliveries.append(b, length, False):
        core.store.save(_name(c), b"")
        return None
    if reservation != -1:
        reservations.use(reservation)
    core.note(EV_STARTED, c.id, tx.number)
    return tx


def end(c: "Any", tx: Transaction, now: int) -> bool:
    """Make the STOP of a transaction durable, stamped with the moment in which it was stopped. Returns: whether it is."""
    core = c.core
    c.samples.keep_for_stop(KEY_STOP_SAMPLED_DATA, CTX_TRANSACTION_END, now)
    b = core.scratch
    length = put_edge(b, STOP, c.id, tx.number, c.meter_wh, tx.reason, tx.stop_tag)
    core.clock.stamp(b, 6, tx.stopped)
    if not core.deliveries.append(b, c.samples.put_stop_data(b, length), False):
        return False
    core.store.save(_name(c), b"")
    core.note(EV_ENDED, c.id, tx.reason)
    return True


def was_running(c: "Any") -> bool:
    """Whether the store says that a transaction was running when the power went."""
    stored = c.core.store.load(_name(c))
    return stored is not None and len(stored) == 16


def close_lost(c: "Any") -> bool:
    """Record the STOP of the transaction that was running, unless it never began or has its STOP. False: not durable, try again.

    The STOP carries the meter register as it is now, and as time the last one that was stored plus SAVE_MS, so that no sample that was
    sent is younger; what would lie in the future is stamped when it is sent (Clock.resolve).
    """
    core = c.core
    stored = core.store.load(_name(c))
    number = u32(stored, 0)
    began = core.deliveries.starts[c.id - 1][0] == number or core.deliveries.has(number, START)
    if began and not core.deliveries.has(number, STOP):
        b = core.scratch
        length = put_edge(b, STOP, c.id, number, max(u32(stored, 4), c.meter_wh), core.loss_reason, None)
        b[6:14] = stored[8:16]
        put_u32(b, 6, u32(b, 6) + SAVE_MS // 1000)
        if not core.deliveries.append(b, length, False):
            return False
        core.note(EV_ENDED, c.id, core.loss_reason)
    core.store.save(_name(c), b"")
    return True
