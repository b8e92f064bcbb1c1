"""Remote Trigger: the central system asks for a request of ours, and gets it once the answer has gone, also while it has not accepted us yet.

Whatever was Accepted is sent, once each time, in that order; 16 requests wait at most, more are Rejected. A request that nobody answers is not
repeated. It says what is so when it goes out: a status has no MinimumStatusDuration to wait for, a sample is taken then and there. So no triggered
MeterValues waits behind the queue of transaction messages, and none is kept over a reset.

A connectorId counts for MeterValues and StatusNotification and is ignored elsewhere. Without one, or with 0 where that makes sense, all are meant: each
connector's sample, the status of each connector and of the charge point. A connector that is not there, and one whose meter has not been read
yet, is Rejected; so are MeterValues of connector 0, as there is no main meter.

A request of another feature (core/features/listed.py: `trigger`) is made by that feature; NotImplemented when the product has none that sends it.
Spec: OCPP 1.6 edition 2, 5.17.
"""

from micropython import const

from chargepoint.core.charging.metering import put_sample
from chargepoint.core.messages.records import METER, put_head
from chargepoint.core.messages.sources import IDLE_MS
from chargepoint.ocpp16.codes import (
    ACT_BOOT_NOTIFICATION,
    ACT_HEARTBEAT,
    ACT_METER_VALUES,
    ACT_STATUS_NOTIFICATION,
    ACT_TRIGGER_MESSAGE,
    CTX_TRIGGER,
    FIRST_OF_FEATURES,
    KEY_SAMPLED_DATA,
    RPL_NOT_IMPLEMENTED,
    RPL_REJECTED,
)
from chargepoint.ocpp16.features.remote_trigger import REQUESTED, REQUESTS, WIRE
from chargepoint.ocpp16.keys import word_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message

_MOST_WAITING = const(16)
_PILOT_MS = const(100)  # how often a status that waits for the first reading of the pilot is looked at


class Feature:
    """A source; see the module."""

    PROFILE = "RemoteTrigger"
    KEYS = ""
    ACTIONS = bytes((ACT_TRIGGER_MESSAGE,))
    SENDS = bytes((ACT_BOOT_NOTIFICATION, ACT_HEARTBEAT, ACT_STATUS_NOTIFICATION, ACT_METER_VALUES))
    WIRE = WIRE
    EARLY = True  # it sends before we are accepted, too

    def __init__(self, core: "Any") -> None:
        self._core = core
        self._waiting: "list[tuple[int, Any]]" = []  # action, and the connector's number or the feature that makes it
        self._answered: "Any" = None  # who hears what became of the message in flight

    def on_call(self, action: int, request: "Any", reply: "Any", now: int) -> None:
        """Answer TriggerMessage."""
        index = word_index(REQUESTS, request.requested)
        refusal = RPL_NOT_IMPLEMENTED if index < 0 else self.trigger(REQUESTED[index], request.connector_id, now)
        if refusal:
            reply.status = refusal

    def trigger(self, action: int, number: "int | None", now: int) -> int:
        """Send a request when the answer has gone. `number`: of the connector, None for all. Returns: 0, or the status that refuses it."""
        core = self._core
        wanted: "list[tuple[int, Any]]"
        if action >= FIRST_OF_FEATURES:
            wanted = [(action, feature) for feature in core.features if action in feature.SENDS]
            if not wanted:
                return RPL_NOT_IMPLEMENTED
        elif action == ACT_BOOT_NOTIFICATION or action == ACT_HEARTBEAT:
            wanted = [(action, 0)]
        else:
            wanted = []
            for n in range(len(core.connectors) + 1):
                told = action == ACT_STATUS_NOTIFICATION or (n and core.connectors[n - 1].reading is not None)
                if told and (number is None or number == n):
                    wanted.append((action, n))
        if not wanted or len(self._waiting) + len(wanted) > _MOST_WAITING:
            return RPL_REJECTED
        self._waiting += wanted
        return 0

    def fill(self, m: "Message", now: int) -> bool:
        """Make the oldest request that can be made now."""
        waiting = self._waiting
        i = 0
        while i < len(waiting):
            action, what = waiting[i]
            if action == ACT_STATUS_NOTIFICATION and what and not self._core.connectors[what - 1].knows_pilot(now):
                i += 1  # before its pilot has been read a connector has no status that would be true
                continue
            waiting.pop(i)
            if self._make(m, action, what, now):
                return True
        return False

    def _make(self, m: "Message", action: int, what: "Any", now: int) -> bool:
        """Make one request. Returns: False when there is nothing that it could say."""
        core = self._core
        self._answered = None
        m.action = action
        if action == ACT_BOOT_NOTIFICATION:
            m.boot = core.boot_text
            self._answered = core.registration
        elif action == ACT_HEARTBEAT:
            self._answered = core.heartbeat
        elif action == ACT_STATUS_NOTIFICATION:
            c = core.connectors[what - 1] if what else core.site
            c.describe(m, c.status | c.fault << 4 | c.ev_gone << 12)
            core.clock.utc(now)
            m.s = core.clock.s
            m.ms = core.clock.ms
        elif action == ACT_METER_VALUES:
            return self._make_sample(m, core.connectors[what - 1], now)
        else:
            self._answered = what
            what.trigger(now)
            return bool(what.fill(m, now))
        return True

    def _make_sample(self, m: "Message", c: "Any", now: int) -> bool:
        """A sample of now; one of a transaction is stamped by the clock that its start was sent with."""
        core = self._core
        tx = c.transaction
        b = m.record
        m.connector = c.id
        m.start = put_head(b, METER, c.id, tx.number if tx is not None else 0)
        m.end = put_sample(c, b, m.start, core.config.measurands(KEY_SAMPLED_DATA), CTX_TRIGGER, now)
        if tx is None:
            m.transaction_id = None
            core.clock.rewrite(b, m.start, now)
        else:
            m.transaction_id = tx.transaction_id
            core.deliveries.times[c.id - 1].rewrite(core.clock, b, m.start, now)
        return m.end > m.start

    def on_answer(self, m: "Message", fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Pass on what became of it, to whom it matters."""
        if self._answered is not None:
            self._answered.on_answer(m, fields, code, now)

    def next_due(self, now: int) -> int:
        """Milliseconds until what could not be made may be. Allocates: none."""
        return _PILOT_MS if self._waiting else IDLE_MS
