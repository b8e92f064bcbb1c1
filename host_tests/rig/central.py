"""A scriptable central system for tests: schema-checks both directions, keeps the ordered record, lives in simulated time."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from host_tests.rig.messages import Message
from tools.csms import schema

# What the central system's clock shows at simulated time 0; a whole minute, so that clock-aligned values are easy to judge.
EPOCH = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)
HEARTBEAT_INTERVAL_S = 20
# A charge point whose power fails in the middle of a handshake is no error of ours.
logging.getLogger("websockets").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Refusal:
    """Answer a CALL with a CALLERROR."""

    code: str
    description: str = ""


class Silence:
    """Do not answer a CALL at all."""


Answer = dict[str, Any] | Refusal | Silence
Responder = Callable[[Message], Answer]


@dataclass
class IdTag:
    """What the central system knows about an idTag."""

    status: str = "Accepted"
    parent: str | None = None

    def info(self) -> dict[str, Any]:
        """Return the idTagInfo."""
        return {"status": self.status, **({"parentIdTag": self.parent} if self.parent else {})}


@dataclass
class Transaction:
    """A transaction as the central system has it; the messages are those of the first copy of each unique id."""

    number: int
    start: Message
    stop: Message | None = None
    copies: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Dial:
    """One handshake: when it came (simulated time), where it went, and its Authorization header."""

    time_s: float
    path: str
    authorization: str


def _cut(connection: ServerConnection) -> None:
    try:
        connection.socket.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.socket.close()


def _answer_if_open(connection: ServerConnection, frame: list[Any]) -> None:
    """Send; a charge point that has closed meanwhile may still have messages of its own under way, which are read afterwards."""
    try:
        connection.send(json.dumps(frame))
    except (ConnectionClosed, OSError):
        pass


def wall_clock(time_s: float) -> str:
    """Return the central system's time as OCPP text."""
    return (EPOCH + timedelta(seconds=time_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def simulated(timestamp: str) -> float:
    """Return an OCPP timestamp as simulated seconds."""
    return (datetime.fromisoformat(timestamp.replace("Z", "+00:00")) - EPOCH).total_seconds()


class CentralSystem:
    """Accepts one charge point at a time; a new connection replaces the old one.

    `changed` is notified after every message. `clock` must be set (start of the simulation) before messages are handled.
    Transaction messages with a unique id that was seen before are answered as the first time and make no second transaction.
    `accepted` counts TCP connections; `dials` are the handshakes; while `refuse` holds a status and a text they are answered with it.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.changed = threading.Condition()
        self.record: list[Message] = []
        self.faults: list[str] = []
        self.connections = 0
        self.accepted = 0
        self.dials: list[Dial] = []
        self.refuse: tuple[int, str] | None = None
        self.id_tags: dict[str, IdTag] = {}
        self.default_id_tag = IdTag()
        self.transactions: dict[int, Transaction] = {}
        self.statuses: dict[int, str] = {}
        self.responders: dict[str, Responder] = {}
        self._once: dict[str, list[Responder]] = {}
        self._answered: dict[str, Answer] = {}
        self._pending: dict[str, str] = {}
        self._replies: dict[str, Message] = {}
        self._clock: Callable[[], float] | None = None
        self._clock_set = threading.Event()
        self._connection: ServerConnection | None = None
        self._next_transaction = 1001
        self.reset_behaviour()
        self._tls = tls
        self.port = 0
        self.listen()

    def listen(self) -> None:
        """Listen, after `stop_listening` on the same port again."""
        self._server: Server = serve(
            self._serve_connection,
            "127.0.0.1",
            self.port,
            ssl=self._tls,
            process_request=self._admit,
            subprotocols=[Subprotocol("ocpp1.6")],
            ping_interval=None,  # no pings of our own: their period would be in real time
            max_size=None,
            close_timeout=1,
        )
        self.port = self._server.socket.getsockname()[1]
        serve_one = self._server.handler

        def count(sock: socket.socket, address: Any) -> None:
            self.accepted += 1
            serve_one(sock, address)

        self._server.handler = count
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop_listening(self) -> None:
        """Refuse connections from now on; an open one stays."""
        self._server.shutdown()
        self._thread.join(5)

    @property
    def url(self) -> str:
        """The endpoint, without the charge point's identity."""
        return f"{'wss' if self._tls else 'ws'}://127.0.0.1:{self.port}/ocpp"

    def close(self) -> None:
        """Stop serving."""
        self._clock_set.set()
        self.stop_listening()
        self.drop_connection()

    def set_clock(self, clock: Callable[[], float]) -> None:
        """Give the source of simulated time; the first messages wait for it."""
        self._clock = clock
        self._clock_set.set()

    def unset_clock(self) -> None:
        """Take the source of simulated time away: its charger is gone."""
        self._clock_set.clear()

    @property
    def connected(self) -> bool:
        """Whether a charge point is on the socket, as far as this end knows."""
        return self._connection is not None

    def drop_connection(self) -> None:
        """Cut the TCP connection without a closing handshake."""
        connection = self._connection
        if connection is not None:
            _cut(connection)
            self._connection = None

    # What is answered ---------------------------------------------------------------------------------------------------------------

    def reset_behaviour(self) -> None:
        """Forget scripts and idTags; what was sent and the transactions stay."""
        self.responders = {}
        self._once = {}
        self.id_tags = {}
        self.default_id_tag = IdTag()
        self.interval_s = HEARTBEAT_INTERVAL_S

    def answer_next(self, action: str, *answers: Answer | Responder) -> None:
        """Answer the next CALLs of an action with these, in turn; what comes after them is answered as usual."""
        queue = self._once.setdefault(action, [])
        for answer in answers:
            queue.append(answer if callable(answer) else lambda _message, answer=answer: answer)  # type: ignore[misc]

    def tag(self, id_tag: str) -> IdTag:
        """Return what is known about an idTag (case-insensitive)."""
        return self.id_tags.get(id_tag.upper(), self.default_id_tag)

    def _answer(self, call: Message) -> Answer:
        once = self._once.get(call.action)
        if once:
            return once.pop(0)(call)
        if call.action in self.responders:
            return self.responders[call.action](call)
        if call.unique_id in self._answered:
            return self._answered[call.unique_id]
        return self._usual_answer(call)

    def _usual_answer(self, call: Message) -> Answer:
        if call.action == "BootNotification":
            return {"status": "Accepted", "currentTime": wall_clock(call.time_s), "interval": self.interval_s}
        if call.action == "Heartbeat":
            return {"currentTime": wall_clock(call.time_s)}
        if call.action == "Authorize":
            return {"idTagInfo": self.tag(call["idTag"]).info()}
        if call.action == "StartTransaction":
            return {"transactionId": self._next_transaction, "idTagInfo": self.tag(call["idTag"]).info()}
        if call.action == "StopTransaction":
            return {"idTagInfo": self.tag(call["idTag"]).info()} if call.get("idTag") else {}
        if call.action == "DataTransfer":
            return {"status": "UnknownVendorId"}
        if call.action in ("StatusNotification", "MeterValues", "DiagnosticsStatusNotification", "FirmwareStatusNotification"):
            return {}
        return Refusal("NotImplemented", "this central system does not know " + call.action)

    def _keep_books(self, call: Message, answer: Answer) -> None:
        if call.action == "StatusNotification":
            self.statuses[call["connectorId"]] = call["status"]
        if not isinstance(answer, dict) or call.action not in ("StartTransaction", "StopTransaction"):
            return
        seen_before = call.unique_id in self._answered
        self._answered[call.unique_id] = answer
        number = int(answer["transactionId"] if call.action == "StartTransaction" else call["transactionId"])
        if call.action == "StartTransaction" and not seen_before:
            self.transactions[number] = Transaction(number, call)
            self._next_transaction = max(self._next_transaction, number) + 1
        transaction = self.transactions.get(number)
        if transaction is None:
            self.faults.append(f"StopTransaction for transaction {number}, which was never started")
        elif seen_before:
            transaction.copies.append(call)
        elif call.action == "StopTransaction":
            if transaction.stop is not None:
                self.faults.append(f"transaction {number} was stopped twice, with different unique ids")
            transaction.stop = call

    def open_transactions(self) -> list[Transaction]:
        """Return the transactions that have no stop."""
        return [transaction for transaction in self.transactions.values() if transaction.stop is None]

    # The socket ---------------------------------------------------------------------------------------------------------------------

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self._clock_set.wait(5)
        self.dials.append(Dial(self._clock() if self._clock is not None else 0.0, request.path, request.headers.get("Authorization", "")))
        return connection.respond(*self.refuse) if self.refuse is not None else None

    def _serve_connection(self, connection: ServerConnection) -> None:
        with self.changed:
            old, self._connection = self._connection, connection
            self.connections += 1
            self._pending.clear()
            number = self.connections
        if connection.subprotocol != "ocpp1.6":
            self.faults.append("the charge point did not offer the subprotocol ocpp1.6")
        if old is not None:
            _cut(old)
        try:
            for text in connection:
                self._receive(connection, number, text)
        except (ConnectionClosed, OSError):
            pass
        finally:
            with self.changed:
                if self._connection is connection:
                    self._connection = None
                self.changed.notify_all()

    def _receive(self, connection: ServerConnection, number: int, text: str | bytes) -> None:
        real_s = time.monotonic()
        self._clock_set.wait()
        if self._clock is None:
            return
        time_s = self._clock()
        if not isinstance(text, str):
            self.faults.append(f"a binary frame of {len(text)} bytes")
            return
        frame: Any = None
        try:
            frame = json.loads(text)
            action = self._pending.get(frame[1], "") if frame[0] != schema.CALL else frame[2]
            schema.check_sent_frame(text, action)
        except (AssertionError, ValueError, IndexError, TypeError) as error:
            with self.changed:
                self.faults.append(f"{time_s:.3f}: {error}: {text[:300]}")
                self.changed.notify_all()
            if isinstance(frame, list) and len(frame) == 4 and frame[0] == schema.CALL:
                _answer_if_open(connection, [schema.CALL_ERROR, frame[1], "FormationViolation", str(error)[:255], {}])
            return
        kind = {schema.CALL: "call", schema.CALL_RESULT: "result", schema.CALL_ERROR: "error"}[frame[0]]
        payload = {"code": frame[2], "description": frame[3]} if kind == "error" else frame[-1]
        message = self._note(time_s, real_s, number, "CP", kind, frame[1], action, payload)
        if kind == "call":
            self._respond(connection, number, message)
        with self.changed:
            if kind != "call":
                if self._pending.pop(frame[1], None) is None:
                    self.faults.append(f"an answer to nothing that was asked: {text[:200]}")
                self._replies[frame[1]] = message
            self.changed.notify_all()

    def _note(self, time_s: float, real_s: float, number: int, sender: str, kind: str, unique_id: str, action: str, payload: dict[str, Any]) -> Message:
        with self.changed:
            message = Message(len(self.record), time_s, real_s, number, sender, kind, unique_id, action, payload)
            self.record.append(message)
            return message

    def _respond(self, connection: ServerConnection, number: int, call: Message) -> None:
        answer = self._answer(call)
        with self.changed:
            self._keep_books(call, answer)
        if isinstance(answer, Silence):
            return
        if isinstance(answer, Refusal):
            frame: list[object] = [schema.CALL_ERROR, call.unique_id, answer.code, answer.description, {}]
            shown = {"code": answer.code, "description": answer.description}
        else:
            schema.check_payload(call.action + "Response", schema.parse(json.dumps(answer)))
            frame, shown = [schema.CALL_RESULT, call.unique_id, answer], answer
        self._note(call.time_s, time.monotonic(), number, "CS", "error" if isinstance(answer, Refusal) else "result", call.unique_id, call.action, shown)
        _answer_if_open(connection, frame)

    # CALLs of the central system ----------------------------------------------------------------------------------------------------

    def send_call(self, action: str, payload: dict[str, Any]) -> Message:
        """Send a CALL and return it as noted; raises ConnectionError when no charge point is connected."""
        connection, clock = self._connection, self._clock
        if connection is None or clock is None:
            raise ConnectionError(f"{action} could not be sent: no charge point is connected")
        schema.check_payload(action, schema.parse(json.dumps(payload)))
        unique_id = str(uuid.uuid4())
        self._pending[unique_id] = action
        call = self._note(clock(), time.monotonic(), self.connections, "CS", "call", unique_id, action, payload)
        try:
            connection.send(json.dumps([schema.CALL, unique_id, action, payload]))
        except ConnectionClosed as error:
            raise ConnectionError(f"{action} could not be sent: {error}") from error
        return call

    def reply_to(self, call: Message) -> Message | None:
        """Return the charge point's answer to a CALL, None while there is none."""
        return self._replies.get(call.unique_id)

    def close_connection(self, code: int, reason: str = "") -> None:
        """Close the connection with a closing handshake."""
        connection, self._connection = self._connection, None
        assert connection is not None, "no charge point is connected"
        threading.Thread(target=connection.close, args=(code, reason), daemon=True).start()

    @property
    def connection(self) -> ServerConnection:
        """The WebSocket itself, for what a well-behaved central system would not do."""
        assert self._connection is not None, "no charge point is connected"
        return self._connection

    def send_text(self, text: str | bytes) -> None:
        """Put anything on the socket, as a text or binary frame."""
        assert self._connection is not None, "no charge point is connected"
        self._connection.send(text)
