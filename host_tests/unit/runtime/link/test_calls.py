"""Between link and core: each of our messages gets exactly one outcome, each CALL of the central system its own answer."""

import json

from boards.products import full
from chargepoint.core.charge_point import ChargePoint
from chargepoint.core.commands import CMD_UNLOCK
from chargepoint.core.messages.sources import TOO_LONG, Message
from chargepoint.runtime.link.calls import Calls
from chargepoint.util.ticks import ticks_add
from host_tests.core_store import Store
from host_tests.portable import sent_frame
from host_tests.unit.runtime.link.link_world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HEARTBEAT = 2


class _Writer:
    def begin_object(self) -> None:
        pass

    def end_object(self) -> None:
        pass


class _Link:
    """A link whose buffer is too small for everything."""

    ready = True
    reason = ""

    def begin_call(self, action: "Any", unique_id: "Any") -> "Any":
        return _Writer()

    def end_call(self, now: int) -> bool:
        return False


class _Core:
    def __init__(self) -> None:
        self.outcomes: "list[Any]" = []
        self.message: "Any" = Message()
        self.message.action = HEARTBEAT

    def next_call(self, now: int) -> "Any":
        message, self.message = self.message, None
        return message

    def on_answer(self, fields: "Any", code: "Any", now: int) -> None:
        self.outcomes.append(code)


def test_a_message_that_does_not_fit_has_one_outcome() -> None:
    core: "Any" = _Core()
    link: "Any" = _Link()
    calls = Calls(core, lambda up: None)
    calls.link = link
    calls.poll(0)
    calls.on_no_answer(1)
    assert core.outcomes == [TOO_LONG]


TIME = "2026-11-23T08:00:00.000Z"


class Charger(World):
    """A core with a socket on a scripted connection; its lock moves when the test says so."""

    def __init__(self, boot_status: str = "Accepted") -> None:
        World.__init__(self, rx_size=2048, tx_size=4096)
        self.core = ChargePoint(full, Store(), 1, self.now)
        self.core.start(self.now)
        self.calls = Calls(self.core, lambda up: None)
        self.calls.link = self.link
        self.link._listener = self.calls
        self.boot_status = boot_status
        self.answers: "list[Any]" = []  # what came for the central system's CALLs, in order
        self.asked: "dict[str, str]" = {}
        self.unlocks = 0
        self.core.on_lock(1, True, self.now)
        self.configure()
        self.pass_time(100)
        self.accept()
        self.pass_time(500)

    def pass_time(self, ms: int) -> None:
        """Passes of the loop every 10 ms, and a central system that answers."""
        for _ in range(ms // 10):
            self.now = ticks_add(self.now, 10)
            self.core.poll(self.now)
            self.link.poll(self.now)
            self.calls.poll(self.now)
            while self.core.commands.take():
                self.unlocks += self.core.commands.op == CMD_UNLOCK
            if self.link.online:
                self._serve()

    def _serve(self) -> None:
        for opcode, text in self.frames():
            if opcode != 1:
                continue
            frame = json.loads(text)
            if frame[0] == 2:
                boot = {"status": self.boot_status, "currentTime": TIME, "interval": 300}
                self.send(json.dumps([3, frame[1], boot if frame[2] == "BootNotification" else {}]).encode())
            else:
                sent_frame(text, self.asked.get(frame[1], ""))
                self.answers.append(frame[:3])

    def ask(self, unique_id: str, action: str, payload: "dict[str, Any]") -> None:
        self.asked[unique_id] = action
        self.send(json.dumps([2, unique_id, action, payload]).encode())

    def reconnect(self) -> None:
        count = len(self.streams)
        self.stream.ended = True
        while len(self.streams) == count:
            self.pass_time(100)
        self.pass_time(100)
        self.accept()
        self.pass_time(500)
        assert self.link.online


def test_an_answer_that_waits_belongs_to_its_call() -> None:
    """Whatever is asked while the lock moves, UnlockConnector gets its own answer when the lock has answered."""
    w = Charger()
    w.ask("unlock", "UnlockConnector", {"connectorId": 1})
    w.pass_time(20)
    assert w.unlocks == 1 and w.answers == []
    for n in range(8):
        w.ask("g%d" % n, "GetConfiguration", {"key": ["HeartbeatInterval"]})
        w.ask("u%d" % n, "UnlockConnector", {"connectorId": 1})
        w.ask("x%d" % n, "Nonsense", {})
        w.pass_time(10)
        if n == 4:
            w.core.on_lock(1, False, w.now)
    w.pass_time(500)
    by_id = {frame[1]: frame[2] for frame in w.answers}
    assert len(by_id) == len(w.answers) == 25
    assert by_id["unlock"] == {"status": "Unlocked"}
    assert by_id["u0"] == {"status": "UnlockFailed"}  # one at a time


def test_an_answer_that_waits_dies_with_its_link() -> None:
    """The lock goes on; the next UnlockConnector waits for the lock like the first, and gets its own answer."""
    for moved in (False, True):
        w = Charger()
        w.ask("first", "UnlockConnector", {"connectorId": 1})
        w.send(b"\x03\xe8", opcode=8)
        w.pass_time(50)
        assert w.unlocks == 1
        if moved:
            w.core.on_lock(1, False, w.now)
        w.reconnect()
        assert w.answers == []
        w.ask("second", "UnlockConnector", {"connectorId": 1})
        w.pass_time(500)
        if not moved:
            assert w.answers == []
            w.core.on_lock(1, False, w.now)
            w.pass_time(100)
        assert w.answers == [[3, "second", {"status": "Unlocked"}]]
        w.pass_time(12000)
        assert len(w.answers) == 1


def test_rejected_means_silence_whatever_is_asked() -> None:
    """Good, unknown and broken CALLs alike; none of them is carried out."""
    for status in ("Rejected", "Pending"):
        w = Charger(status)
        w.ask("1", "UnlockConnector", {"connectorId": 1})
        w.ask("2", "Nonsense", {})
        w.ask("3", "Reset", {})
        w.send(b'[2,"4","Reset",{"type":}]')
        w.send(b'[2,"5","Reset"]')
        w.send(b'[2,"6","' + b"x" * 60 + b'",{}]')
        w.pass_time(500)
        assert [frame[1] for frame in w.answers] == ([] if status == "Rejected" else ["2", "3", "4", "5", "6"])
        assert w.unlocks == (status == "Pending")
