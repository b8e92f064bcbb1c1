"""Between link and core: our messages are encoded, the central system's are decoded, every CALL gets its one answer.

An answer that has to wait (core gives a reply that is `pending`) keeps a slot: the id of its CALL and the reply, which nobody else uses.
When the link is lost the slots are forgotten together with what core was doing for them, so an answer never meets another CALL's id.
"""

from micropython import const

from chargepoint.core.messages.sources import TOO_LONG, UNREADABLE
from chargepoint.ocpp16.decode import ProtocolError, action_code, decode_request, decode_result
from chargepoint.ocpp16.encode import action_name, encode_call, encode_reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from chargepoint.core.charge_point import ChargePoint
    from chargepoint.runtime.link.link import Link


_MAX_WAITING = const(4)  # answers; core makes one at a time wait today


class Calls:
    """The listener of the link. `link` is set by the app, which builds both."""

    def __init__(self, core: "ChargePoint", note: "Callable[[bool], None]") -> None:
        """Speak for `core`; `note(up)` hears of the link's state before the core does."""
        self._core = core
        self._note = note
        self._action = -1  # of our CALL in flight
        self._waiting: "list[tuple[bytes, Any]]" = []  # slots: the id of a CALL as it was written, its reply
        self.link: "Link" = None  # type: ignore[assignment]

    def on_link_up(self, now: int) -> None:
        """The WebSocket is open."""
        self._note(True)
        self._core.on_link(True, now)

    def on_link_down(self, now: int) -> None:
        """The WebSocket is gone; what was in flight is not answered."""
        self._action = -1
        self._waiting.clear()
        self._note(False)
        self._core.on_link(False, now)

    def on_bad_call(self, code: str, description: str, now: int) -> None:
        """Refuse a CALL with a CALLERROR; in silence while the central system has rejected us, whatever is wrong with it."""
        if self._core.is_silent():
            self.link.defer()
        else:
            self.link.send_error(code, description)

    def on_call(self, action: str, reader: "Any", now: int) -> None:
        """Answer a CALL of the central system, at once or, when core needs time (or must be silent), not now."""
        code = action_code(action, self._core.features)
        if code < 0:
            self.on_bad_call("NotImplemented", "unknown action " + action, now)
            return
        try:
            reply = self._core.on_call(code, decode_request(code, reader, self._core.features), now)
        except ProtocolError as error:
            self.on_bad_call(error.code, error.description, now)
            return
        if reply is None:
            self.link.defer()
        elif not reply.pending:
            self._answer(reply, now)
        elif len(self._waiting) < _MAX_WAITING:
            self._waiting.append((self.link.defer(), reply))
        else:
            self.link.send_error("InternalError", "too many answers wait")

    def _answer_ready(self, now: int) -> None:
        """Send the answers that have become ready."""
        waiting = self._waiting
        for n in range(len(waiting) - 1, -1, -1):
            unique_id, reply = waiting[n]
            if not reply.pending and self.link.resume(unique_id):
                waiting.pop(n)
                self._answer(reply, now)

    def _answer(self, reply: "Any", now: int) -> None:
        """Send the answer that core gave."""
        link = self.link
        if reply.error is not None:
            link.send_error(reply.error, reply.description)
        else:
            encode_reply(link.begin_result(), reply)
            link.end_result()
        self._core.on_answer_sent(now)

    def on_result(self, reader: "Any", now: int) -> None:
        """Our CALL was answered."""
        action, self._action = self._action, -1
        try:
            fields = decode_result(action, reader, self._core.features)
        except ProtocolError:
            self._core.on_answer(None, UNREADABLE, now)
            return
        self._core.on_answer(fields, None, now)
        if self._core.online:
            self.link.on_accepted()

    def on_error(self, code: str, description: str, now: int) -> None:
        """Our CALL was refused with a CALLERROR, or (no code) got a CALLRESULT that is none: that is no refusal."""
        self._action = -1
        self._core.on_answer(None, code or UNREADABLE, now)

    def on_no_answer(self, now: int) -> None:
        """Our CALL was not answered in time; after a lost link the core knows already."""
        if self._action >= 0:
            self._action = -1
            self._core.on_answer(None, None, now)

    def poll(self, now: int) -> None:
        """Send what core has to say. Allocates: none when it has nothing."""
        core = self._core
        link = self.link
        if self._waiting:
            self._answer_ready(now)
        while link.ready:
            message = core.next_call(now)
            if message is None:
                return
            writer = link.begin_call(action_name(message), message.unique_id)
            if writer is None:
                return
            self._action = message.action
            encode_call(writer, message)
            if not link.end_call(now):
                self._action = -1
                core.on_answer(None, TOO_LONG, now)

    def next_due(self, now: int) -> int:
        """Nothing is due here by time: core and link say when."""
        return 60000
