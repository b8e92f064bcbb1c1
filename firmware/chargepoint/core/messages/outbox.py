"""What waits to be sent to the central system, one CALL at a time.

Order: registration first and alone; then live messages (status, Authorize, DataTransfer) in the order in which they arose; a due heartbeat;
the durable queue of transaction messages (core/messages/deliveries.py), oldest first; meter values outside transactions. So a long queue never
delays a card or a status, and nothing in the queue is overtaken by a younger message of the queue.

Live messages are bounded. Offline, or when 12 wait, only the latest status of each connector is kept. What nobody answers is tried twice
(an Authorize once: then the offline rules decide); what is refused is dropped.
"""

from micropython import const

from chargepoint.core.charging import faults
from chargepoint.core.charging.metering import put_sample
from chargepoint.core.messages.records import MAX_RECORD_BYTES
from chargepoint.ocpp16.codes import ACT_AUTHORIZE, ACT_METER_VALUES, ACT_STATUS_NOTIFICATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.charge_point import ChargePoint
    from chargepoint.core.charging.connector import Connector

_MAX_WAITING = const(12)
_MAX_TRIES = const(2)
_NOTHING = const(0)  # what the message in flight is
_REGISTRATION = const(1)
_LIVE = const(2)
_QUEUED = const(3)
_IDLE_SAMPLE = const(4)
_EV_DISCONNECTED = "EV side disconnected"  # the text that TC_005_3 looks for


class Message:
    """One request for the encoder, reused. None is an optional field left out."""

    def __init__(self) -> None:
        self.action = 0
        self.unique_id: "str | None" = None
        self.boot = ""  # lines key=value
        self.connector = 0
        self.id_tag: "str | None" = None
        self.s = self.ms = 0
        self.status = self.error = 0
        self.info: "str | None" = None
        self.vendor_id: "str | None" = None
        self.vendor_code: "str | None" = None
        self.message_id: "str | None" = None
        self.data: "str | None" = None
        self.meter_wh = 0
        self.transaction_id: "int | None" = None
        self.reservation_id: "int | None" = None
        self.reason = 255
        self.record = bytearray(MAX_RECORD_BYTES)
        self.start = self.end = 0  # the samples in record


class Outbox:
    """See the module."""

    def __init__(self, core: "ChargePoint") -> None:
        self._core = core
        self.message = Message()
        self._waiting: "list[tuple[Any, ...]]" = []
        self._sending = _NOTHING
        self._tries = 0

    def status(self, c: "Any", key: int, now: int) -> None:
        """Queue the status that a connector (or the charge point itself) has now. `key`: as `Reported.told`.

        Offline, a status that the central system has already is not queued again.
        """
        stamp = bytearray(8)
        self._core.clock.stamp(stamp, 0, c.changed if key != c.delivered else now)
        waiting = self._waiting
        if not self._core.online or len(waiting) >= _MAX_WAITING:
            for i in range(len(waiting) - 1, 0 if self._sending == _LIVE else -1, -1):
                if waiting[i][0] == ACT_STATUS_NOTIFICATION and waiting[i][1] == c.id:
                    waiting.pop(i)
                    break
            if not self._core.online and key == c.delivered and not (self._sending == _LIVE and waiting and waiting[0][1] == c.id):
                return
        waiting.append((ACT_STATUS_NOTIFICATION, c.id, key, stamp))

    def drop_statuses(self) -> None:
        """Forget the waiting status messages: registration reports every connector afresh."""
        self._waiting = [item for item in self._waiting if item[0] != ACT_STATUS_NOTIFICATION]

    def put(self, *item: "Any") -> bool:
        """Queue an Authorize (action, connector, idTag, purpose) or a DataTransfer (action, vendorId, messageId, data).

        Returns: False when there is no room.
        """
        if len(self._waiting) >= _MAX_WAITING:
            return False
        self._waiting.append(item)
        return True

    def idle_sample(self, c: "Connector", pairs: bytes, context: int, when: int) -> None:
        """Keep a sample of a connector without a transaction, in RAM; one that could not be sent is replaced by the next."""
        end = put_sample(c, self._core.scratch, 0, pairs, context, when)
        if 0 < end <= len(c.idle_sample):
            c.idle_sample[:end] = memoryview(self._core.scratch)[:end]
            c.idle_length = end

    def is_sending(self) -> bool:
        """Whether a request of ours waits for its answer. Allocates: none."""
        return self._sending != _NOTHING

    def on_offline(self, now: int) -> None:
        """The link has gone: nothing in flight gets an answer, and the offline rules decide what waits for an Authorize."""
        if self._sending != _NOTHING:
            self.on_answer(None, None, now)
        waiting = self._waiting
        self._waiting = [item for item in waiting if item[0] != ACT_AUTHORIZE]
        for item in waiting:
            if item[0] == ACT_AUTHORIZE:
                self._core.authorization.on_answer(item[1], item[2], item[3], None, None, now)

    def is_empty(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not self._waiting and not self._core.store.queue.count and self._sending == _NOTHING

    def next_call(self, now: int) -> "Message | None":
        """The next request to send, or None. Allocates: the texts of the message."""
        core = self._core
        if self._sending != _NOTHING or not core.linked:
            return None
        m = self.message
        m.unique_id = None
        if core.registration.fill(m, now):
            self._sending = _REGISTRATION
        elif not core.online:
            return None
        elif self._waiting:
            self._fill(m, self._waiting[0], now)
            self._sending = _LIVE
        elif core.registration.fill_heartbeat(m, now):
            self._sending = _REGISTRATION
        elif core.deliveries.fill(m, now):
            self._sending = _QUEUED
        elif self._fill_idle_sample(m, now):
            self._sending = _IDLE_SAMPLE
        else:
            return None
        return m

    def _fill(self, m: Message, item: "tuple[Any, ...]", now: int) -> None:
        """Make the message of a live item."""
        m.action = item[0]
        if m.action == ACT_STATUS_NOTIFICATION:
            _, m.connector, key, stamp = item
            fault = key >> 4 & 0xFF
            m.status = key & 15
            self._core.clock.resolve(stamp, 0, now)
            m.s = self._core.clock.s
            m.ms = self._core.clock.ms
            m.error = faults.error_code(fault)
            m.info = _EV_DISCONNECTED if key >> 12 else faults.info(fault)
            m.vendor_code = faults.vendor_code(fault)
            m.vendor_id = self._core.product.VENDOR_ID if fault else None
        elif m.action == ACT_AUTHORIZE:
            _, m.connector, m.id_tag, _ = item
        else:
            _, m.vendor_id, m.message_id, m.data = item

    def _fill_idle_sample(self, m: Message, now: int) -> bool:
        for c in self._core.connectors:
            end = c.idle_length
            if end:
                m.action = ACT_METER_VALUES
                m.connector = c.id
                m.transaction_id = None
                m.record[:end] = memoryview(c.idle_sample)[:end]
                m.start = 0
                m.end = end
                self._core.clock.rewrite(m.record, 0, now)
                c.idle_length = 0
                return True
        return False

    def on_answer(self, fields: "Any | None", code: "str | None", now: int) -> None:
        """Take what became of the message in flight: the fields of its answer, or the code of a CALLERROR, or neither (silence)."""
        kind = self._sending
        self._sending = _NOTHING
        if kind == _REGISTRATION:
            self._core.registration.on_answer(self.message.action, fields, now)
        elif kind == _QUEUED:
            self._core.deliveries.on_answer(self.message, fields, code, now)
        elif kind == _LIVE:
            item = self._waiting[0]
            self._tries += 1
            if fields is None and code is None and self._tries < _MAX_TRIES and item[0] != ACT_AUTHORIZE:
                return
            self._tries = 0
            self._waiting.pop(0)
            if item[0] == ACT_STATUS_NOTIFICATION and fields is not None:
                self._core.reported(item[1]).delivered = item[2]
            elif item[0] == ACT_AUTHORIZE:
                self._core.authorization.on_answer(item[1], item[2], item[3], fields, code, now)
