"""Reservation: a connector is kept for an idTag and its group, or one connector, whichever, is (connector 0).

A reservation of a connector keeps that one; a plug that goes in changes nothing, and its status stays Reserved. One of connector 0 keeps none in
particular as long as two are free; the last free one is kept, and Reserved, until it is used or another becomes free. One of a kind at a time, so
there are never more than connectors and one. A connector is free for ReserveNow when it is Available, nobody waits for an Authorize there, and no
other reservation keeps it.

Who may use what is kept (`claim`): the idTag itself; one of the parentIdTag, which takes an Authorize where neither local list nor cache know the parent. To
all others the connector is as good as occupied: a card makes no message, a remote start is Rejected.

It ends, whichever comes first: with the START that uses it, which carries its id; cancelled, or replaced under the same id; when the connector (of
connector 0: the charge point, or all of its connectors) is Faulted or Unavailable; when its time is over. The time is over when UTC says so, and
also when as much uptime has passed as UTC gave it when it was made: a clock that is put back lengthens nothing. After a reset what was left then is
left again, until the clock is known. Without a clock, and for a date that has passed, ReserveNow is Rejected.

The record is written before the answer, so what was Accepted is kept over a power cut. One that a START has used is dropped after the START is
durable; a cut between the two is found at boot, because that START has not left the queue yet. A record that could not be shortened is tried again
each minute.  Spec: OCPP 1.6 edition 2, 5.2, 5.13 and 4.9.
"""

from micropython import const

from chargepoint.core.charging.cards import ANYBODY, HIS, MAYBE, OTHERS
from chargepoint.core.events import EV_RESERVATION_OVER, EV_RESERVED
from chargepoint.core.features.reserved import LATEST_S, LEAST_NUMBER, MOST_LEFT_S, MOST_NUMBER, Reserved, read
from chargepoint.core.messages.records import START
from chargepoint.ocpp16.codes import (
    ACT_CANCEL_RESERVATION,
    ACT_RESERVE_NOW,
    KEY_RESERVE_ZERO,
    RPL_REJECTED,
    ST_AVAILABLE,
    ST_FAULTED,
    ST_RESERVED,
    ST_UNAVAILABLE,
)
from chargepoint.ocpp16.features.reservation import RSV_ACCEPTED, RSV_FAULTED, RSV_OCCUPIED, RSV_REJECTED, RSV_UNAVAILABLE, WIRE
from chargepoint.util.little_endian import i32
from chargepoint.util.signals import FAULT_METER
from chargepoint.util.ticks import ticks_add, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RECORD = "reserved"
_NO_NUMBER = const(-1)  # what the record of a START has for none
_POLL_MS = const(500)
_RETRY_S = const(60)

# why one is over, the argument of EV_RESERVATION_OVER
OVER_TIME = const(0)
OVER_CANCELLED = const(1)
OVER_USED = const(2)
OVER_OUT_OF_SERVICE = const(3)


class Feature:
    """See the module. For reading: `entries`, the reservations."""

    PROFILE = "Reservation"
    KEYS = "ReserveConnectorZeroSupported=true"
    ACTIONS = bytes((ACT_CANCEL_RESERVATION, ACT_RESERVE_NOW))
    SENDS = b""
    WIRE = WIRE

    def __init__(self, core: "Any") -> None:
        self._core = core
        self.status = RSV_ACCEPTED  # the answer to ReserveNow
        self.entries: "list[Reserved]" = []
        self._kept = self._shown = 0  # the connector that a reservation of connector 0 keeps, 0 for none in particular; and the one that the statuses show
        self._since = -1  # up to when their time has been counted
        self._retry_s = 0  # until the record is tried again; 0: it is as it should be
        self._is_new = True  # something has changed that the statuses do not show yet
        self._load(core.store)

    def _load(self, store: "Any") -> None:
        """Take what the store holds, without what a START that still waits has used."""
        stored = store.load(_RECORD)
        if not stored:
            return
        try:
            self.entries = [read(line, self._core.product.CONNECTORS) for line in str(stored, "utf-8").split("\n")]
        except ValueError:  # no UTF-8, no number, or no reservation
            store.unusable(_RECORD)
            return
        used: "list[int]" = []

        def see(seq: int, record: "bytearray") -> bool:
            if record[0] == START and len(record) > 22:
                used.append(i32(record, 18))
            return True

        store.queue.visit(see)
        left = [entry for entry in self.entries if entry.number not in used]
        if len(left) < len(self.entries):
            self._replace(left)

    # --- what the central system asks

    def on_call(self, action: int, request: "Any", reply: "Any", now: int) -> None:
        """Answer ReserveNow or CancelReservation."""
        if action == ACT_CANCEL_RESERVATION:
            entry = self._find(request.reservation_id)
            if entry is None:
                reply.status = RPL_REJECTED
            else:
                self._end(entry, OVER_CANCELLED)
                self._show(now)
        else:
            self.status = self._reserve(request, now)
            reply.source = self

    def _reserve(self, request: "Any", now: int) -> int:
        """Make a reservation, or say why not; the former one of its id stays then."""
        core = self._core
        number = request.reservation_id
        connector = request.connector_id
        until_s = min(request.expiry[0] + (request.expiry[1] > 0), LATEST_S)
        if not LEAST_NUMBER <= number <= MOST_NUMBER or number == _NO_NUMBER or not 0 <= connector <= len(core.connectors) or core.site.resetting:
            return RSV_REJECTED
        if (not connector and not core.config.flag(KEY_RESERVE_ZERO)) or not core.clock.utc(now) or request.expiry <= (core.clock.s, core.clock.ms):
            return RSV_REJECTED
        left_s = min(until_s - core.clock.s + 1, MOST_LEFT_S)  # and the part of a second that has begun
        entries = self.entries
        kept = self._kept
        self.entries = others = [entry for entry in entries if entry.number != number]
        refusal = self._refusal(connector)
        new = others + [Reserved(number, connector, request.id_tag, request.parent_id_tag or "", until_s, left_s)]
        if not refusal and not self._save(new):
            refusal = RSV_REJECTED
        if refusal:
            self.entries = entries
            self._kept = kept
            return refusal
        if not entries:
            self._since = now
        self.entries = new
        core.note(EV_RESERVED, connector, number)
        self._show(now)
        return RSV_ACCEPTED

    def _refusal(self, connector: int) -> int:
        """Why a connector, or with 0 any, cannot be reserved besides the other reservations; RSV_ACCEPTED when it can."""
        core = self._core
        self._choose()
        if not connector and (core.site.status == ST_FAULTED or core.site.status == ST_UNAVAILABLE):
            return RSV_FAULTED if core.site.status == ST_FAULTED else RSV_UNAVAILABLE
        if self._of(connector) is not None:
            return RSV_OCCUPIED
        refusal = -1
        for c in core.connectors:
            if connector == c.id or not connector:
                state = self._state(c)
                if state == RSV_ACCEPTED:
                    return RSV_ACCEPTED
                refusal = state if refusal in (-1, state) else RSV_OCCUPIED
        return refusal

    def _state(self, c: "Any") -> int:
        """What a connector is for ReserveNow."""
        status = c.status
        if status == ST_FAULTED or c.faults.has(FAULT_METER):
            return RSV_FAULTED
        if status == ST_UNAVAILABLE:
            return RSV_UNAVAILABLE
        free = (status == ST_AVAILABLE or status == ST_RESERVED) and not self.keeps(c) and not self._core.questions.waits(c)
        return RSV_ACCEPTED if free else RSV_OCCUPIED

    # --- who may use what

    def keeps(self, c: "Any") -> bool:
        """Whether a connector is kept for somebody. Allocates: none."""
        if not self.entries:
            return False
        self._choose()
        return self._kept == c.id or self._of(c.id) is not None

    def claim(self, c: "Any", id_tag: str, parent: "str | None", is_asking: bool) -> int:
        """What a connector is to an idTag: OTHERS, MAYBE (only when asking: it depends on a parent that nobody knows), ANYBODY, HIS."""
        if not self.entries:
            return ANYBODY
        self._choose()
        entry = self._of(c.id)
        if entry is None:
            entry = self._of(0)
            if entry is None or self._kept != c.id:
                return ANYBODY
        if entry.parent:
            parent = parent or self._core.authorization.parent_of(id_tag)
            if is_asking and not parent and not entry.is_for(id_tag, None):
                return MAYBE
        if not entry.is_for(id_tag, parent):
            return OTHERS
        return HIS if entry.connector else ANYBODY

    def number_for(self, c: "Any", id_tag: str, parent: "str | None") -> int:
        """The id of the reservation that a transaction of an idTag at a connector uses, -1 for none."""
        for connector in (c.id, 0):
            entry = self._of(connector)
            if entry is not None and entry.is_for(id_tag, parent or (self._core.authorization.parent_of(id_tag) if entry.parent else None)):
                return entry.number
        return _NO_NUMBER

    def use(self, number: int) -> None:
        """A START with the id of a reservation is durable."""
        entry = self._find(number)
        if entry is not None:
            self._end(entry, OVER_USED)

    def _choose(self) -> None:
        """Work out which connector a reservation of connector 0 keeps now. Allocates: none."""
        entry = self._of(0)
        kept = self._kept
        self._kept = 0
        if entry is None:
            return
        free = last = plugged = 0
        for c in self._core.connectors:
            if c.authorized is not None and entry.is_for(c.authorized, c.parent):
                return  # it is being used
            if not c.operative or c.transaction is not None or c.authorized is not None or c.level() == 3 or c.is_over():
                continue
            if self._of(c.id) is not None or self._core.questions.waits(c):
                continue
            if not c.is_plugged():
                free += 1
                last = c.id
            elif not plugged or c.id == kept:
                plugged = c.id  # nobody has been authorized for this plug yet
        if free < 2:
            self._kept = last or plugged

    # --- when one is over

    def poll(self, now: int) -> None:
        """End what is over, keep the last free connector, repeat what could not be written. Allocates: none when nothing is."""
        if not self.entries and not self._retry_s and not self._is_new:
            return
        core = self._core
        if self._since < 0:
            self._since = now
        passed_s = ticks_diff(now, self._since) // 1000
        if passed_s:
            self._since = ticks_add(self._since, passed_s * 1000)
            for entry in self.entries:
                entry.pass_time(passed_s)
            if self._retry_s:
                self._retry_s -= passed_s
                if self._retry_s <= 0:
                    self._save(self.entries)
        knows_utc = core.clock.utc(now)
        utc_s = core.clock.s
        i = 0
        while i < len(self.entries):
            entry = self.entries[i]
            if entry.left_s <= 0 or (knows_utc and utc_s >= entry.until_s):
                self._end(entry, OVER_TIME)
            elif self._is_out_of_service(entry.connector):
                self._end(entry, OVER_OUT_OF_SERVICE)
            else:
                i += 1
        self._choose()
        if self._is_new or self._kept != self._shown:
            self._show(now)

    def _show(self, now: int) -> None:
        """Let the statuses follow."""
        self._choose()
        self._is_new = False
        self._shown = self._kept
        self._core.update_all(now)

    def wait_ms(self, now: int) -> int:
        """Milliseconds until `poll` has something to do. Allocates: none."""
        if self._is_new:
            return 0
        return _POLL_MS if self.entries else _RETRY_S * 1000

    def _is_out_of_service(self, connector: int) -> bool:
        """Whether a connector, or with 0 everything, is Faulted or Unavailable."""
        for c in self._core.connectors:
            if (connector == c.id or not connector) and c.operative and c.level() < 3:
                return False
        return True

    def _end(self, entry: Reserved, why: int) -> None:
        """A reservation is over."""
        self._core.note(EV_RESERVATION_OVER, entry.connector, why)
        self._is_new = True
        self._replace([other for other in self.entries if other is not entry])

    def _replace(self, entries: "list[Reserved]") -> None:
        """These are left; the record follows, at once or later."""
        self.entries = entries
        self._save(entries)

    def _save(self, entries: "list[Reserved]") -> bool:
        """Write the record. Returns: whether it is durable."""
        done = bool(self._core.store.save(_RECORD, "\n".join([entry.line() for entry in entries]).encode()))
        self._retry_s = 0 if done else _RETRY_S
        return done

    # --- the reservations

    def _find(self, number: int) -> "Reserved | None":
        for entry in self.entries:
            if entry.number == number:
                return entry
        return None

    def _of(self, connector: int) -> "Reserved | None":
        for entry in self.entries:
            if entry.connector == connector:
                return entry
        return None
