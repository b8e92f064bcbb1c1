"""A charge point core on a bench: virtual time, a store in memory, and a central system that answers from a script.

Every message that leaves the core goes through the real encoder and is registered for the check against the official schemas, and comes
back as parsed JSON; every answer to it goes through the real reader and decoder. Time starts 5 s before the wrap of the ticks.
"""

import json

from chargepoint.core.charge_point import ChargePoint
from chargepoint.core.messages import sources
from chargepoint.ocpp16.decode import ProtocolError, action_code, decode_request, decode_result
from chargepoint.ocpp16.encode import action_name, encode_call, encode_reply
from chargepoint.util.signals import LIMIT_CABLE
from chargepoint.util.ticks import ticks_add
from chargepoint.wire.json_read import JsonReader
from chargepoint.wire.json_write import JsonWriter
from host_tests.core_store import Store
from host_tests.portable import sent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

A, B, C, D, E, F = range(6)
OPEN, CLOSE, OFFER, LOCK, UNLOCK, LED, RESET = range(1, 8)
LINK_CONFIG, CLEAR_FAULT = 9, 10
WRAP = 1 << 30
UTC_AT_START_S = 217584000  # 2026-11-23T08:00:00Z in seconds since 2020
TOO_LONG = object()
LOST = object()
NO_OBJECT = object()

_BUFFER = bytearray(8192)


class Reading:
    """A meter reading as the drivers give it."""

    def __init__(self) -> None:
        self.energy_mwh = 1000000
        self.power_w = 0
        self.current_ma = [0]
        self.voltage_mv = [230100]
        self.temperature_c = 25
        self.frequency_mhz = 50020


class Bench:
    """The core, the hardware around it and its central system.

    `log` holds what left the core, as (action, payload); `answers` what the central system answers: an action's entry is a payload, a list
    of payloads (one after the other, the last one stays), a str (a CALLERROR code), None (silence), LOST (the link goes before the answer),
    TOO_LONG (it does not fit into the send buffer) or NO_OBJECT (a payload that is an array).
    """

    def __init__(self, product: "object", store: "Store | None" = None, accept: bool = True, boot: int = 1, now: int = WRAP - 5000, **settings: str) -> None:
        self.product = product
        self.store = store or Store()
        self.now = now
        self.elapsed_ms = 0
        self.boot = boot
        self.cause = 0
        self.settings = settings
        self.log: "list[tuple[str, dict[str, Any]]]" = []
        self.ids: "list[str | None]" = []
        self.commands: "list[tuple[int, int, int]]" = []
        self.pilots = [A] * product.CONNECTORS  # type: ignore[attr-defined]
        self.closed = [False] * product.CONNECTORS  # type: ignore[attr-defined]
        self.wants = [True] * product.CONNECTORS  # type: ignore[attr-defined]
        self.readings = [Reading() for _ in self.pilots]
        self.offer = [0] * product.CONNECTORS  # type: ignore[attr-defined]
        self.locks = [False] * product.CONNECTORS  # type: ignore[attr-defined]
        self.lock_works = True
        self.contactor_works = True
        self.release_ms = 1000  # how long the car takes to stop drawing when the offer goes
        self.link = False
        self.next_transaction_id = 100
        self.answers: "dict[str, object]" = {}
        self.answered: "dict[str, object]" = {}  # by message id: a central system knows a message that it has answered before
        self.remembers = True
        self.buffer = _BUFFER
        self.reader = JsonReader()
        self.resets: "list[int]" = []
        self.waiting: "object" = None  # the answer that had to wait, once it was given
        self._pending: "Any" = None
        self._releases = [-1] * product.CONNECTORS  # type: ignore[attr-defined]
        self._build()
        if accept:
            self.connect()
            self.run(100)

    def _build(self) -> None:
        factory = [(k, v) for k, v in self.settings.items()]
        self.core = ChargePoint(self.product, self.store, self.boot, self.now, factory, self.cause)
        self.core.start(self.now)
        for i in range(len(self.pilots)):
            self.core.on_contactor(i + 1, self.closed[i], self.now)
            self.core.on_pilot(i + 1, self.pilots[i], self.now)
            if self.product.SOCKET:  # type: ignore[attr-defined]
                self.core.on_limit(i + 1, LIMIT_CABLE, 32000 if self.pilots[i] else 0, self.now)
                self.core.on_lock(i + 1, self.locks[i], self.now)
            self.core.on_meter(i + 1, self.readings[i], self.now)
        self.settle()

    # --- time

    def run(self, ms: int) -> None:
        """Let time pass; the core is polled when it asks to be, and at least every second (the meter)."""
        end = self.elapsed_ms + ms
        self.settle()
        while self.elapsed_ms < end:
            step = min(self.core.next_due(self.now), end - self.elapsed_ms, 1000 - self.elapsed_ms % 1000)
            for due in self._releases:
                if due >= 0:
                    step = min(step, max(0, due - self.elapsed_ms))
            step = max(1, step)
            self.elapsed_ms += step
            self.now = ticks_add(self.now, step)
            for i, reading in enumerate(self.readings):
                reading.power_w = 7360 if self.closed[i] else 0
                reading.current_ma[0] = 32000 if self.closed[i] else 0
                reading.energy_mwh += reading.power_w * step // 3600 + (reading.power_w * step % 3600 > 0)
                if self.elapsed_ms % 1000 == 0:
                    self.core.on_meter(i + 1, reading, self.now)
                    self.settle()
            for i, due in enumerate(self._releases):
                if 0 <= due <= self.elapsed_ms:
                    self._releases[i] = -1
                    if self.pilots[i] == C and self.offer[i] <= 0:
                        self.pilot(i + 1, B)
            self.core.poll(self.now)
            self.settle()

    def idle(self, days: float) -> None:
        """Let days pass in steps of three hours: nobody comes, the core is polled, the meter read. Of what is sent only statuses are kept."""
        end = self.elapsed_ms + int(days * 86400000)
        while self.elapsed_ms < end:
            step = min(3 * 3600000, end - self.elapsed_ms)
            self.elapsed_ms += step
            self.now = ticks_add(self.now, step)
            for i, reading in enumerate(self.readings):
                self.core.on_meter(i + 1, reading, self.now)
            self.core.poll(self.now)
            self.settle()
            self.log = [entry for entry in self.log if entry[0] == "StatusNotification"]
            self.ids = []
            self.answered = {}
        self.run(1000)

    def settle(self) -> None:
        """Carry out commands and exchange messages until nothing moves."""
        for _ in range(1000):
            if not self._commands() and not self._messages():
                return
        raise AssertionError("the core never comes to rest")

    def _commands(self) -> bool:
        core = self.core
        any_command = False
        while core.commands.take():
            any_command = True
            op, n, arg = core.commands.op, core.commands.connector, core.commands.arg
            self.commands.append((op, n, arg))
            i = n - 1
            if op == OPEN and self.closed[i]:
                self.closed[i] = False
                core.on_contactor(n, False, self.now)
            elif op == CLOSE and self.contactor_works:
                assert self.pilots[i] == C, "closing without state C"
                assert self.store.saved.get("tx%d" % n), "closing before the transaction is durable"
                self.closed[i] = True
                core.on_contactor(n, True, self.now)
            elif op == OFFER:
                self.offer[i] = arg
                if arg > 0 and self.pilots[i] == B and self.wants[i]:
                    self.pilots[i] = C
                    core.on_pilot(n, C, self.now)
                elif arg <= 0 and self.pilots[i] == C:
                    self._releases[i] = self.elapsed_ms + self.release_ms
            elif op in (LOCK, UNLOCK) and self.lock_works:
                self.locks[i] = op == LOCK
                core.on_lock(n, self.locks[i], self.now)
            elif op == RESET:
                self.resets.append(arg)
        return any_command

    def _messages(self) -> bool:
        if not self.link:
            return False
        if self._pending is not None and not self._pending.pending:
            self.waiting = self._reply(self._pending)
            self._pending = None
        m = self.core.next_call(self.now)
        if m is None:
            return False
        action = action_name(m)
        payload = self._write(action, encode_call, m)
        self.log.append((action, payload))
        self.ids.append(m.unique_id)
        if self.remembers and m.unique_id in self.answered:
            answer = self.answered[m.unique_id]
        else:
            answer = self.answers[action] if action in self.answers else self._usual(action)
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if m.unique_id is not None and isinstance(answer, dict):
                self.answered[m.unique_id] = answer
        if answer is LOST:
            self.disconnect()
        elif answer is None:
            self.core.on_answer(None, None, self.now)
        elif answer is TOO_LONG:
            self.core.on_answer(None, sources.TOO_LONG, self.now)
        elif isinstance(answer, str):
            self.core.on_answer(None, answer, self.now)
        else:
            self._load(json.dumps(answer if answer is not NO_OBJECT else []))
            try:
                fields = decode_result(m.action, self.reader, self.core.features)
            except ProtocolError:
                self.core.on_answer(None, sources.UNREADABLE, self.now)
            else:
                self.core.on_answer(fields, None, self.now)
        return True

    def _usual(self, action: str) -> "dict[str, Any]":
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": self.utc(), "interval": 300}
        if action == "Heartbeat":
            return {"currentTime": self.utc()}
        if action == "Authorize" or action == "StopTransaction":
            return {"idTagInfo": {"status": "Accepted"}}
        if action == "StartTransaction":
            self.next_transaction_id += 1
            return {"transactionId": self.next_transaction_id, "idTagInfo": {"status": "Accepted"}}
        return {"status": "Accepted"} if action == "DataTransfer" else {}

    def utc(self) -> str:
        s = self.elapsed_ms // 1000 + 8 * 3600
        day = 23 + s // 86400
        date = "11-%02d" % day if day <= 30 else "12-%02d" % (day - 30)
        return "2026-%sT%02d:%02d:%02d.%03dZ" % (date, s // 3600 % 24, s // 60 % 60, s % 60, self.elapsed_ms % 1000)

    def _write(self, action: str, encode: "object", what: "object") -> "dict[str, Any]":
        writer = JsonWriter(self.buffer)
        writer.start(0)
        encode(writer, what)  # type: ignore[operator]
        assert not writer.overflow
        text = str(bytes(self.buffer[: writer.pos]), "utf-8")
        sent(action, text)
        return json.loads(text)  # type: ignore[no-any-return]

    def _load(self, text: str) -> None:
        data = text.encode()
        self.reader = JsonReader()
        self.reader.load(data, 0, len(data))
        assert self.reader.check() == 0, text

    # --- the central system

    def connect(self) -> None:
        self.link = True
        self.core.on_link(True, self.now)
        self.settle()

    def disconnect(self) -> None:
        self.link = False
        self._pending = None
        self.core.on_link(False, self.now)
        self.settle()

    def call(self, action: str, payload: "dict[str, Any] | None" = None) -> "object":
        """A request of the central system. Returns: the answer's payload, the code of a CALLERROR, or None when there is no answer (yet)."""
        code = action_code(action, self.core.features)
        assert code >= 0, action
        self._load(json.dumps(payload or {}))
        try:
            reply = self.core.on_call(code, decode_request(code, self.reader, self.core.features), self.now)
        except ProtocolError as error:
            return error.code
        if reply is not None and reply.pending:
            self._pending = reply
            reply = None
        answer = self._reply(reply) if reply is not None else None
        self.core.on_answer_sent(self.now)
        self.settle()
        return answer

    def _reply(self, reply: "object") -> "object":
        if reply.error is not None:  # type: ignore[attr-defined]
            return reply.error  # type: ignore[attr-defined]
        names = "DataTransfer ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile GetCompositeSchedule GetConfiguration"
        names += " GetLocalListVersion RemoteStartTransaction RemoteStopTransaction ReserveNow CancelReservation Reset SendLocalList"
        names += " SetChargingProfile TriggerMessage UnlockConnector GetDiagnostics UpdateFirmware"
        for name in names.split(" "):
            if action_code(name) == reply.action:  # type: ignore[attr-defined]
                return self._write(name + "Response", encode_reply, reply)
        raise AssertionError("answer to an unknown action")

    def configure(self, key: str, value: str) -> None:
        assert self.call("ChangeConfiguration", {"key": key, "value": value}) == {"status": "Accepted"}, key

    # --- the driver and the world

    def pilot(self, n: int, state: int) -> None:
        self.pilots[n - 1] = state
        self.core.on_pilot(n, state, self.now)
        self.settle()

    def plug(self, n: int = 1, wants: bool = True) -> None:
        self.wants[n - 1] = wants
        if self.product.SOCKET:  # type: ignore[attr-defined]
            self.core.on_limit(n, LIMIT_CABLE, 32000, self.now)
        self.pilot(n, B)
        self.run(550)

    def unplug(self, n: int = 1, both_ends: bool = True) -> None:
        self.pilot(n, A)
        if both_ends and self.product.SOCKET:  # type: ignore[attr-defined]
            self.core.on_limit(n, LIMIT_CABLE, 0, self.now)
            self.settle()
        self.run(50)

    def tap(self, id_tag: str) -> None:
        self.core.on_card(id_tag, self.now)
        self.settle()
        self.run(50)

    def fault(self, code: int, active: bool, n: int = 1) -> None:
        self.core.on_fault(n, code, active, self.now)
        self.settle()
        self.run(50)

    def power_cut(self, off_ms: int = 10000) -> None:
        """Cut the power and boot again; what the store holds stays. The central system notices nothing until the next connection."""
        self.link = False
        self.elapsed_ms += off_ms
        self.closed = [False] * len(self.closed)
        self.offer = [0] * len(self.offer)
        self.pilots = [B if state == C else state for state in self.pilots]
        self._releases = [-1] * len(self._releases)
        self.commands = []
        self.resets = []
        self.boot += 1
        self.now = 12345
        self._build()

    # --- what was sent

    def take(self) -> "list[tuple[str, dict[str, Any]]]":
        """What was sent since the last `take`."""
        log = self.log
        self.log = []
        self.ids = []
        return log

    def forget(self) -> None:
        """Let go of everything kept about what was sent, commanded and written: for tests of many sessions on a small heap."""
        self.take()
        self.store.writes = []
        self.commands = []
        self.answered = {}

    def words(self) -> "list[str]":
        """As `take`, a word a message: the action, for a status the connector and the status, for a stop the reason.

        Where the certification lets two neighbours swap they come in one order: Start before Charging, the status before Stop.
        """
        words = []
        for action, payload in self.take():
            if action == "StatusNotification":
                words.append("%d:%s" % (payload["connectorId"], payload["status"]))
            elif action == "StopTransaction":
                words.append("Stop:" + payload.get("reason", ""))
            else:
                words.append({"StartTransaction": "Start", "BootNotification": "Boot"}.get(action, action))
        for i in range(len(words) - 1):
            if (words[i][1:] == ":Charging" and words[i + 1] == "Start") or (words[i][:5] == "Stop:" and words[i + 1][1:2] == ":"):
                words[i], words[i + 1] = words[i + 1], words[i]
        return words

    def charge(self, id_tag: str = "CARD1", n: int = 1) -> int:
        """The reusable state Charging: plugged in, started by the central system. Returns: the transactionId."""
        self.plug(n)
        assert self.call("RemoteStartTransaction", {"connectorId": n, "idTag": id_tag}) == {"status": "Accepted"}
        self.run(6000)
        assert self.closed[n - 1], "not charging"
        self.take()
        return self.next_transaction_id
