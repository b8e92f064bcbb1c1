"""The link to the central system: dials, redials, and carries OCPP-J messages. It never blocks (but see ``poll``) and never raises.

What the application sees is section "Links" of the architecture: ``online`` and ``ready``, one CALL of ours at a time, answers to
the central system's CALLs inside ``listener.on_call``. Every state has a timer; when one runs out the link redials.

The listener: ``on_link_up(now)``, ``on_link_down(now)``, ``on_call(action, reader, now)`` and ``on_bad_call(code, description, now)`` for one
that cannot be used (both answer inside), and for each CALL that ``end_call``
accepted exactly one of ``on_result(reader, now)``, ``on_error(code, description, now)`` and ``on_no_answer(now)``; the last also when
the connection ends, after ``on_link_down``. A reader stands before the payload and is good until the method returns.
"""

from micropython import const

from chargepoint.runtime.link.cable import Cable
from chargepoint.runtime.link.connection import HEADER_ROOM, T_CABLE, T_CALL, T_JUDGE, T_PART, T_PING, T_STABLE, T_STALL, T_STATE, Connection
from chargepoint.runtime.link.dial import CLOSING, OPEN, Dial
from chargepoint.runtime.link.transport import Transport
from chargepoint.wire.json_read import JsonReader
from chargepoint.wire.json_write import JsonWriter
from chargepoint.wire.ocppj import CALL, DROPPED, ERROR, NOT_UTF8, RESULT, Framing
from chargepoint.wire.websocket import CLOSE, FAILED, PING, PONG, TEXT, TOO_LONG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_MESSAGES_A_POLL = const(4)
_JUDGE_MS = const(10000)  # nothing at all received for so long after a ping: the link is dead
_PART_MS = const(20000)  # half a message, then silence
_MAX_UNANSWERED = const(3)  # our CALLs in a row, though bytes arrive


class Link:
    """One WebSocket connection to the central system, kept up for ever. Allocates: at construction and while connecting."""

    def __init__(
        self, network: "Any", listener: "Any", rx_buffer: "bytearray", tx_buffer: "bytearray", random_bytes: "Callable[[int], bytes]",
        trace: "Callable[[int, bytearray, int, int], object] | None" = None, clock_is_set: "Callable[[], bool] | None" = None,
        open_stream: "Callable[..., Any] | None" = None,
    ) -> None:
        """Take the parts; nothing is dialled before ``configure``.

        Args: ``rx_buffer`` bounds the longest message that is read (a longer CALL is refused), ``tx_buffer`` the longest sent (each 512 to
        65,535 bytes); ``trace(direction, buf, start, end)`` sees every text, 0 in, 1 out; ``clock_is_set()`` must be true before TLS is tried.
        """
        self._connection = Connection(Transport(network, open_stream), rx_buffer, tx_buffer, random_bytes)
        self._dial = Dial(self._connection, random_bytes, clock_is_set)
        self._listener = listener
        self._trace = trace
        self._framing = Framing(JsonReader(), JsonWriter(tx_buffer))
        self._unique_id = ""
        self._id_prefix = "%02x%02x%02x%02x-" % tuple(random_bytes(4))
        self._id_count = 0
        self._heard = False  # bytes were received since our CALL went out
        self._unanswered = 0
        self._pongs = 0  # 1 the central system sends them, -1 it seems not to: our pings do not judge the link then
        self._answer_due = False  # the CALL being delivered has not been answered yet
        self._cable = Cable(network, self._connection)
        self._now = self._ping_interval_ms = self._call_timeout_ms = 0
        self.online = False
        self.more = 0  # 1: read once more, 2: frames may be waiting in the buffer

    def configure(
        self, url: str, identity: str, auth_key: "bytes | None", ping_interval_s: int = 50, call_timeout_s: int = 30,
        tls_roots: "list[bytes] | None" = None,
    ) -> None:
        """Set where and as whom to connect. A link that is up keeps its connection until ``reconnect``; one that is off starts to dial.

        Args: ``auth_key`` is AuthorizationKey as it is configured (both readings of hexadecimal digits are tried, and the key that worked
        last); ``ping_interval_s`` 0 sends no pings; ``tls_roots`` DER certificates, the same list object for the same ones (None: those of the
        network). Raises: ValueError when the address cannot be used.
        """
        self._dial.configure(url, identity, auth_key, tls_roots, self._now)
        self._ping_interval_ms = ping_interval_s * 1000
        self._call_timeout_ms = (call_timeout_s or 1) * 1000
        if self._dial.state == OPEN:
            self._connection.arm(T_PING, self._now, self._ping_interval_ms)

    def register(self, poller: "Any") -> None:
        """Keep the sockets of this link registered with ``poller`` (a ``select.poll``) from now on."""
        self._connection.transport.register(poller)

    @property
    def closed(self) -> bool:
        """True when there is no connection and none is being tried. Allocates: none."""
        return not self._dial.state

    @property
    def reason(self) -> str:
        """Why there is no connection, in words; nothing while there is one."""
        return self._dial.reason

    @property
    def status(self) -> int:
        """The HTTP status of the last answer to the handshake, 0 for none."""
        return self._dial.status

    @property
    def ready(self) -> bool:
        """True when a CALL may begin: online, none in flight, all sent. Allocates: none."""
        return self.online and self._framing.pending is None and not self._connection.tx_end

    @property
    def late_answers(self) -> int:
        """Answers to CALLs that nobody waits for any more, dropped so far."""
        return self._framing.late_answers

    @property
    def unusable(self) -> int:
        """Messages that were no OCPP-J, dropped so far."""
        return self._framing.unusable

    def begin_call(self, action: str, unique_id: "str | None" = None) -> "JsonWriter | None":
        """Begin a CALL; the writer waits for the payload. None when not ``ready``.

        Args: ``unique_id`` 1 to 36 ASCII characters; made here when None.
        """
        if not self.ready:
            return None
        if unique_id is None:
            self._id_count += 1
            unique_id = self._id_prefix + str(self._id_count)
        self._unique_id = unique_id
        return self._framing.begin_call(HEADER_ROOM, unique_id, action)

    def end_call(self, now: int) -> bool:
        """Send the CALL begun; False when it does not fit into the buffer (nothing is sent)."""
        if not self._framing.end_call(self._unique_id):
            return False
        self._heard = False
        self._connection.arm(T_CALL, now, self._call_timeout_ms)
        self._send_text(now)
        return True

    def begin_result(self) -> "JsonWriter":
        """Begin the CALLRESULT to the CALL being delivered; the writer waits for the payload."""
        return self._framing.begin_result(HEADER_ROOM, RESULT)

    def end_result(self) -> bool:
        """Send it; False when it did not fit: a CALLERROR InternalError was sent instead."""
        if not self._framing.end():
            self.send_error("InternalError", "the answer does not fit")
            return False
        self._answer_due = False
        self._send_text(self._now)
        return True

    def send_error(self, code: str, description: str) -> None:
        """Send a CALLERROR to the CALL being delivered instead of a result; the code with the specification's spelling."""
        self._answer_due = False
        if self._framing.error(HEADER_ROOM, code, description):
            self._send_text(self._now)

    def defer(self) -> bytes:
        """Answer the CALL being delivered later, or never. Returns: its id for ``resume``; it is good until ``on_link_down``."""
        self._answer_due = False
        return self._framing.unique_id()

    def resume(self, unique_id: bytes) -> bool:
        """Make the deferred CALL the one that ``begin_result`` and ``send_error`` answer; False when that is not possible now."""
        if not self.online or self._connection.tx_end:
            return False
        self._framing.resume(unique_id)
        return True

    def on_accepted(self) -> None:
        """The central system works with us on this connection: should it fall, the next attempt comes soon. Allocates: none."""
        self._dial.backoff.on_accepted()

    def reconnect(self, now: int, reason: str) -> None:
        """Close properly and dial again at once."""
        self._now = now
        self._dial.plan(True)
        self._leave(now, 1000, reason)

    def close(self) -> None:
        """Close properly and stay closed until ``configure`` or ``reconnect``; goes on in ``poll``, see ``closed``."""
        self._dial.plan(False)
        self._leave(self._now, 1001, "closed")

    def poll(self, now: int) -> None:
        """Do all input and output that is due, bounded: at most one read and four messages a call.

        Blocks: name look-up in ``network.resolve``; with TLS one step of the handshake. Raises: nothing of its own; what a listener
        raises goes through. Allocates: none when there is nothing to do.
        """
        self._now = now
        self._watch_cable(now)
        dial = self._dial
        if dial.state < OPEN:
            self.more = 0
            if dial.poll(now, self._cable.plugged is not False):
                self._opened(now)
            return
        if self._connection.tx_end:
            self._dial.flush(now)
        if dial.state == OPEN:
            self._receive(now)
        elif dial.state == CLOSING:  # what arrives until the peer closes is thrown away
            self._connection.frames.begin(0, 0)
            self._read(now)
        if dial.state >= OPEN:
            self._timers(now)

    def next_due(self, now: int) -> int:
        """Milliseconds until ``poll`` has something to do without new input; 0 for at once. Allocates: none."""
        if self.more and not self._connection.tx_end:
            return 0
        return self._connection.wait_ms(now)

    def _opened(self, now: int) -> None:
        self._connection.arm(T_STABLE, now, 60000)
        self._connection.arm(T_PING, now, self._ping_interval_ms)
        self._framing.pending = None
        self._unanswered = 0
        self._set_online(now, True)
        self.more = 2

    def _set_online(self, now: int, online: bool) -> None:
        if online != self.online:
            self.online = online
            if online:
                self._dial.say("")
                self._listener.on_link_up(now)
            else:
                self._listener.on_link_down(now)

    def _watch_cable(self, now: int) -> None:
        """A socket survives a short interruption of the cable; it counts as online again when it has been heard."""
        change = self._cable.poll(now)
        if change < 0:
            self._dial.say("network cable unplugged")
            self._set_online(now, False)
            self._connection.stop(T_PING)
            self._connection.stop(T_JUDGE)
        elif change > 0:
            if self._dial.state == OPEN:
                self._judge(now)
            else:
                self._dial.hurry(now)

    def _receive(self, now: int) -> None:
        """Read once if there is room for more work, then deliver up to four messages while all of ours is sent."""
        frames = self._connection.frames
        if self.more < 2:
            self.more = 0
            if self._connection.tx_end or self._read(now) <= 0:
                return
            self._heard = True
            self._connection.stop(T_JUDGE)
            if self._cable.plugged is not False:
                self._set_online(now, True)
        self.more = 2
        for _ in range(_MESSAGES_A_POLL):
            if self._connection.tx_end or self._dial.state != OPEN:
                break
            event = frames.next()
            if event == TEXT or event == TOO_LONG:
                self._text(now, frames.start, frames.end, event == TEXT)
            elif event == PING:
                self._control(now, PONG, frames.start, frames.end)
            elif event == CLOSE:
                why = str(bytes(frames.buf[frames.start : frames.end]), "utf-8")
                self._leave(now, 1000 if frames.code == 1005 else frames.code, "central system closed: %d %s" % (frames.code, why))
            elif event == FAILED:
                self._leave(now, frames.code, frames.reason)
            elif event == PONG:
                self._pongs = 1
            else:
                self.more = 1
                if frames.partial():
                    self._connection.arm(T_PART, now, _PART_MS)
                else:
                    self._connection.stop(T_PART)
                break

    def _text(self, now: int, start: int, end: int, whole: bool) -> None:
        """Deliver one text message to the listener; of one that is not whole only the head is there."""
        buf = self._connection.frames.buf
        framing = self._framing
        if self._trace:
            self._trace(0, buf, start, end)
        kind = framing.read(buf, start, end, whole)
        if kind == NOT_UTF8:
            self._leave(now, 1007, "text that is not UTF-8")
            return
        if kind == DROPPED:
            return
        self._unanswered = 0
        if kind == RESULT:
            self._connection.stop(T_CALL)
            self._listener.on_result(framing.reader, now)
        elif kind == ERROR:
            self._connection.stop(T_CALL)
            self._listener.on_error(framing.code, framing.description, now)
        else:
            self._answer_due = True
            try:
                if kind == CALL:
                    self._listener.on_call(framing.action, framing.reader, now)
                else:
                    self._listener.on_bad_call(framing.code, framing.description, now)
            finally:  # also when the listener failed: every CALL gets its answer
                if self._answer_due:
                    self.send_error("InternalError", "no answer was made")

    def _send_text(self, now: int) -> None:
        if self._dial.state != OPEN:
            return
        end = self._framing.writer.pos
        if self._trace:
            self._trace(1, self._connection.tx, HEADER_ROOM, end)
        self._send(now, TEXT, end)

    def _control(self, now: int, opcode: int, start: int, end: int) -> None:
        """Send a control frame with a payload of the receive buffer."""
        tx = self._connection.tx
        for i in range(start, end):
            tx[HEADER_ROOM + i - start] = self._connection.frames.buf[i]
        self._send(now, opcode, HEADER_ROOM + end - start)

    def _judge(self, now: int, lenient: bool = False) -> None:
        """Ask for a sign of life: any byte will do; `lenient`: and none will do too."""
        if not self._connection.runs(T_JUDGE) and self._cable.plugged is not False:
            if not lenient:
                self._connection.arm(T_JUDGE, now, _JUDGE_MS)
            if not self._connection.tx_end:
                self._control(now, PING, 0, 0)

    def _timers(self, now: int) -> None:
        if self._connection.fired(T_STALL, now):
            self._drop(now, "central system takes nothing that is sent")
        elif self._connection.fired(T_JUDGE, now):
            self._pongs = self._pongs or -1
            self._drop(now, "central system is silent")
        elif self._connection.fired(T_PART, now):
            self._drop(now, "half a message, then silence")
        elif self._connection.fired(T_STATE, now):
            self._drop(now, self.reason)
        elif self._connection.fired(T_CALL, now):
            self._no_answer(now)
        elif self._connection.fired(T_PING, now):
            self._connection.arm(T_PING, now, self._ping_interval_ms)
            self._judge(now, self._pongs < 0)
        elif self._connection.fired(T_STABLE, now):
            self._dial.backoff.start_afresh(True)

    def _no_answer(self, now: int) -> None:
        """Our CALL was not answered in time: the queue goes on, the link is judged."""
        self._framing.pending = None
        self._unanswered += 1
        if self._unanswered >= _MAX_UNANSWERED:
            self._leave(now, 1000, "central system answers no CALL")
        elif not self._heard:
            self._judge(now)
        self._listener.on_no_answer(now)

    def _leave(self, now: int, code: int, reason: str) -> None:
        """Close with a code: send the close frame if that is possible, then wait a little for the peer to close."""
        connection = self._connection
        if self._dial.state == OPEN:
            self._dial.say(reason)
            if not connection.tx_end:
                connection.tx[HEADER_ROOM] = code >> 8
                connection.tx[HEADER_ROOM + 1] = code & 0xFF
                self._dial.begin_closing(now)
                self._send(now, CLOSE, HEADER_ROOM + 2)
                self._end_session(now)
                return
        if self._dial.state != CLOSING:
            self._drop(now, reason)

    def _end_session(self, now: int) -> None:
        """Nothing more will be delivered: a CALL in flight gets its outcome, which is none."""
        self.more = 0
        for timer in range(T_PING, T_CABLE):
            if timer != T_STALL:
                self._connection.stop(timer)
        waiting = self._framing.pending is not None
        self._framing.pending = None
        self._set_online(now, False)
        if waiting:
            self._listener.on_no_answer(now)

    def _drop(self, now: int, reason: str) -> None:
        """End the connection at once and plan the next one."""
        self._dial.hang_up(now, reason)
        self._end_session(now)

    def _read(self, now: int) -> int:
        """Read once: the bytes read, 0 for nothing now, -1 when the connection is gone."""
        count = self._dial.read(now)
        if count < 0:
            self._end_session(now)
        return count

    def _send(self, now: int, opcode: int, end: int) -> None:
        """Send one frame whose payload is in the send buffer up to ``end``, behind the room for its header."""
        self._connection.put_frame(opcode, end)
        self._dial.flush(now)
