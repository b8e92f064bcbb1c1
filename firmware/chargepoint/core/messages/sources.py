"""Who has something to send to the central system, and whose turn it is: one CALL at a time.

A source is an object with

    fill(m, now) -> bool             put what is to be sent now into the Message `m`; False when there is nothing, or nothing yet
    on_answer(m, fields, code, now)  what became of the message that it has filled; `m` is as `fill` left it
    next_due(now) -> int             milliseconds until `fill` may have something that no event announces; IDLE_MS for none

`fields` are those of the answer. Without an answer they are None, and `code` says why: the text of a CALLERROR, None when nobody answered
in time, or one of the numbers below. What a source holds beyond that (a queue in RAM, a record on the flash) is its own.

The order of the tuple is that of priority. The first is the registration: nothing but that, and what the central system itself has asked for
(Remote Trigger), is sent before it has accepted us. Then the questions about idTags, statuses and the heartbeat, so that a long queue delays no card
and no status; then what features have to send; then the durable queue of transaction messages, oldest first; last, meter values outside transactions.
"""

from chargepoint.core.messages.records import MAX_RECORD_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

IDLE_MS = 60000  # next_due of a source that waits for an event
TOO_LONG = 1  # the message did not fit into the send buffer
UNREADABLE = 2  # a CALLRESULT came, and nothing in it can be read
LOST = 3  # the link went before an answer came: that is no try


class Message:
    """One request for the encoder, reused: sources fill it. None is an optional field left out.

    It has more than 20 attributes as the fields of all requests are here: one object for ever instead of one a request.
    """

    def __init__(self) -> None:
        self.action = 0
        self.unique_id: "str | None" = None
        self.source: "Any" = None  # the feature whose attributes are the request
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


class Source:
    """What a source inherits that only waits for events."""

    def on_answer(self, m: Message, fields: "Any | None", code: "str | int | None", now: int) -> None:
        """What became of the message does not matter."""

    def next_due(self, now: int) -> int:
        """Events announce what waits. Allocates: none."""
        return IDLE_MS


class Sources:
    """See the module. `message` is the one that was handed out last, `sending` whose it is while it waits for its answer."""

    def __init__(self, order: "tuple[Any, ...]") -> None:
        """Take the sources in the order of priority, the registration first. One with EARLY sends before we are accepted, as the registration does."""
        self._order = order
        self._early = order[0]
        for source in order:
            if getattr(source, "EARLY", False):
                self._early = source
        self.sending: "Any" = None
        self.message = Message()

    def next_call(self, accepted: bool, now: int) -> "Message | None":
        """The next request to send, or None. Allocates: the texts of the message."""
        if self.sending is None:
            m = self.message
            m.unique_id = m.source = None
            for source in self._order:
                if (accepted or source is self._order[0] or source is self._early) and source.fill(m, now):
                    self.sending = source
                    return m
        return None

    def on_answer(self, fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Tell the source of the message in flight what became of it; nothing when none is."""
        source = self.sending
        self.sending = None
        if source is not None:
            source.on_answer(self.message, fields, code, now)

    def next_due(self, now: int) -> int:
        """Milliseconds until a source has something to send by itself. Allocates: none."""
        due = IDLE_MS
        if self.sending is None:
            for source in self._order:
                due = min(due, source.next_due(now))
        return due
