"""A central system that says anything, against the whole charger, in process and in virtual time.

It sends CALLs by the official schemas, right ones and ones with a field missing, null, of another type, too long, empty, with control characters, of
another case; its answers to our CALLs are right, wrong in one place, an error, late, twice or none. What it was told it writes into a ledger.
"""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import Any

from boards.products import duo, full, lecs007
from chargepoint.core.messages.records import METER
from chargepoint.drivers.energy_register import EnergyRegister
from chargepoint.util.little_endian import u32
from chargepoint.util.utc import format_utc
from host_tests.faults.volume_model import FlashModel, FramModel
from host_tests.properties import hostile_messages as messages
from host_tests.unit.runtime.app_world import Bench, _Parts
from tools.csms.schema import ERROR_CODES, check_sent_frame

FRAM_BYTES = 8192
NOW_S = 217_000_000  # November 2026 in seconds since 2020
UIDS = (b"\x04\xa1\xb2\xc3", b"\x04\xa1\xb2\xc4", b"\x04\xa1\xb2\xc5")
TRANSACTION = ("StartTransaction", "StopTransaction")
REFUSALS = frozenset(("Blocked", "Expired", "Invalid", "ConcurrentTx"))
BROKEN = (b"[3,%s]", b"[3,%s,[]]", b"[3,%s,null]", b'[3,%s,{"a":}]', b"[3,%s,{},{}]", b"[4,%s]", b"[3,%s,1]", b"[3,%s,{}]x", b"[3,%s,{}")
WAYS = ("good", "good", "good", "field", "field", "field", "error", "none", "twice", "late", "stranger", "broken", "refuse", "bare")


def _without_socket(product: Any) -> Any:
    """A product of boards/products; the bench has no lock and no proximity."""
    facts = {name: getattr(product, name) for name in dir(product) if name.isupper()}
    return SimpleNamespace(**{**facts, "SOCKET": False})


PRODUCTS = tuple(_without_socket(product) for product in (lecs007, full, duo))


class Ledger:
    """What the world knows beyond a reboot: time, and what the central system was told and has said."""

    def __init__(self) -> None:
        self.utc_ms = NOW_S * 1000
        self.skew_s = 0  # of the clock that the central system tells
        self.next_id = 1000
        self.starts: dict[int, dict[str, Any]] = {}  # by sequence number: the last payload, the ids that were told, what was odd
        self.stops: dict[int, dict[str, Any]] = {}
        self.given_up: dict[int, tuple[int, int, int]] = {}  # by sequence number: kind, transaction number, meter Wh
        self.odd: set[int] = set()  # sequence numbers of transaction messages that had an answer that was not a good one
        self.refused: dict[int, tuple[int, int]] = {}  # transaction number: connector, register mWh when its idTag was refused
        self.told: dict[int, str] = {}
        self.frames = self.calls = 0


class Charger(Bench):
    """The app on its bench, with real energy registers and a central system that is bad while `chance` is there."""

    def __init__(self, product: Any, flash: FlashModel, fram: FramModel, ledger: Ledger, car: list[int]) -> None:
        self.product = product
        self.ledger = ledger
        self.chance: random.Random | None = None
        self.asked: dict[str, tuple[str, str, str, bool]] = {}  # our CALLs without an answer
        self.answers: list[tuple[str, str, str, bool, Any]] = []
        self.late: list[bytes] = []
        self.built = 0
        self.wrong: list[str] = []
        super().__init__(flash, fram)
        for parts, state in zip(self.connectors, car):
            parts.pilot.car = state
        store = self.app.store
        dead_letter = store.dead_letter

        def give_up(record: Any, reason: str) -> None:
            if record[0] != METER:
                ledger.given_up[store.queue.head_seq] = (record[0], u32(record, 2), u32(record, 14))
            dead_letter(record, reason)

        store.dead_letter = give_up  # type: ignore[method-assign]

    def parts(self) -> _Parts:
        """The parts of the next connector."""
        parts = _Parts()
        parts.register = EnergyRegister(self.fram, self.built * 112)  # type: ignore[assignment]
        self.built += 1
        return parts

    def run(self, ms: int) -> None:
        """Let time pass here and in the world."""
        before = self.now
        try:
            super().run(ms)
        finally:
            self.ledger.utc_ms += (self.now - before) & 0x3FFFFFFF

    def quiet(self, minutes: int) -> None:
        """Let much time pass in large steps."""
        for _ in range(minutes * 300):
            self.app.step(self.now)
            self.serve()
            self.now = (self.now + 200) & 0x3FFFFFFF
            self.ledger.utc_ms += 200
            self._tick(None)

    def time(self) -> str:
        """The central system's UTC."""
        ms = self.ledger.utc_ms
        text = bytearray(24)
        format_utc(text, 0, ms // 1000 + self.ledger.skew_s, ms % 1000)
        return text.decode()

    def _good(self, action: str) -> Any:
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": self.time(), "interval": 300}
        if action == "Heartbeat":
            return {"currentTime": self.time()}
        if action == "Authorize":
            return {"idTagInfo": {"status": "Accepted"}}
        if action == "StartTransaction":
            self.ledger.next_id += 1
            return {"transactionId": self.ledger.next_id, "idTagInfo": {"status": "Accepted"}}
        return {"status": "Accepted"} if action == "DataTransfer" else {}

    def _take(self, frame: Any) -> None:
        text = json.dumps(frame)
        self.ledger.frames += 1
        if frame[0] != 2:
            action, kind, field, required = self.asked.pop(frame[1], ("", "", "", False))
            check_sent_frame(text if frame[1] else text.replace('""', '"none"', 1), action if frame[0] == 3 else "")
            self.answers.append((action, kind, field, required, frame))
            self.replies.append(frame)
            self._judge_answer(action, kind, field, required, frame)
            return
        check_sent_frame(text)
        self.calls.append((frame[2], frame[3]))
        self._book(frame)
        if self.chance is None:
            self._answer(frame, self._good(frame[2]))
        else:
            self._misbehave(self.chance, frame)

    def _book(self, frame: Any) -> None:
        """Write down what the charger says."""
        action, payload = frame[2], frame[3]
        if action == "StatusNotification":
            self.ledger.told[payload["connectorId"]] = payload["status"]
        if action in TRANSACTION:
            seq = int(frame[1].split("-")[0])
            book = self.ledger.starts if action == "StartTransaction" else self.ledger.stops
            entry = book.setdefault(seq, {"ids": set(), "first": payload})
            entry["last"] = payload
            for key, value in payload.items():
                if key not in ("timestamp", "transactionData") and entry["first"].get(key) != value:
                    self.wrong.append(f"{action} {seq} said {key} {entry['first'].get(key)}, then {value}")

    def _answer(self, frame: Any, payload: Any) -> None:
        """Send a CALLRESULT, and remember which ids a START was given."""
        if frame[2] == "StartTransaction":
            told = payload.get("transactionId") if isinstance(payload, dict) else None
            entry = self.ledger.starts[int(frame[1].split("-")[0])]
            entry["ids"].add(str(told))
            try:
                entry["ids"].add(str(int(told)))  # type: ignore[arg-type]
            except (TypeError, ValueError, OverflowError):
                pass
            info = payload.get("idTagInfo") if isinstance(payload, dict) else None
            if isinstance(info, dict) and info.get("status") in REFUSALS and (self.chance is None or self.chance.randrange(2)):
                connector = frame[3]["connectorId"]
                number = u32(self.app.core.sources.message.record, 2)
                self.ledger.refused[number] = (connector, self.connectors[connector - 1].register.total_mwh)
                self.tell(json.dumps([3, frame[1], payload]))
                return
        data = json.dumps([3, frame[1], payload]).encode()
        self.tell(data if self.chance is None else messages.text_of(self.chance, [3, frame[1], payload]))

    def check_refused(self) -> None:
        """A refused idTag gets no energy."""
        if self.app.core.config.text("MaxEnergyOnInvalidId") not in (None, "0"):
            self.ledger.refused.clear()
        for number, (connector, mwh) in self.ledger.refused.items():
            tx = self.app.core.connectors[connector - 1].transaction
            if tx is not None and tx.number == number and self.connectors[connector - 1].register.total_mwh - mwh > 12000:
                self.wrong.append(f"connector {connector} charges on after a refusal")

    def _misbehave(self, chance: random.Random, frame: Any) -> None:
        way = chance.choice(WAYS)
        action = frame[2]
        if way != "good" and action in TRANSACTION:
            self.ledger.odd.add(int(frame[1].split("-")[0]))
        good = self._good(action)
        if way == "good":
            self._answer(frame, good)
        elif way == "field":
            self._answer(frame, messages.wrong(chance, action + "Response")[0] if chance.randrange(2) else self._dented(chance, good))
        elif way == "refuse":
            status = chance.choice(sorted(REFUSALS) + ["Rejected", "Pending"])
            self._answer(frame, {**good, "idTagInfo": {"status": status}, "status": status} if good else {})
        elif way == "bare":
            self._answer(frame, chance.choice(({}, {"idTagInfo": {}}, {"idTagInfo": None}, {"transactionId": None}, {"idTagInfo": {"status": "Invalid"}})))
        elif way == "error":
            error = [4, frame[1], chance.choice(sorted(ERROR_CODES) + ["", "Nonsense", "x" * 300]), chance.choice(("", "no", "\t", "e" * 400)), {}]
            self.tell(messages.text_of(chance, error[: chance.choice((5, 5, 5, 4, 3, 2))]))
        elif way == "twice":
            self._answer(frame, good)
            self._answer(frame, good)
        elif way == "late":
            self.late.append(json.dumps([3, frame[1], good]).encode())
            if action == "StartTransaction":
                self.ledger.starts[int(frame[1].split("-")[0])]["ids"].add(str(good["transactionId"]))
        elif way == "stranger":
            self.tell(json.dumps([chance.choice((3, 4, 2)), "nobody", good]).encode())
            self._answer(frame, good)
        elif way == "broken":
            self.tell(chance.choice(BROKEN) % json.dumps(frame[1]).encode())

    def _dented(self, chance: random.Random, good: Any) -> Any:
        """A good answer with one field that is not."""
        if good:
            key = chance.choice(sorted(good))
            good[key] = chance.choice((None, "", "x", 0, -1, 1.5, 1e300, 10**30, True, [], {}, str(good[key]), [good[key]]))
            if key == "currentTime":
                good[key] = chance.choice(messages.TIMES)
        return good

    def _judge_answer(self, action: str, kind: str, field: str, required: bool, frame: Any) -> None:
        """Does the answer fit to what was asked?"""
        if not action:
            return
        code = frame[2] if frame[0] == 4 else ""
        if code in ("InternalError", "GenericError"):
            self.wrong.append(f"{action} with {kind} {field}: {frame}")
        if kind == "right" and code and not (code == "NotSupported" and action in messages.ABSENT):
            self.wrong.append(f"a right {action} is refused: {frame}")
        expected = messages.CODES.get(kind)
        if required and expected and action not in messages.ABSENT and code != expected:
            self.wrong.append(f"{action} with {kind} {field}: {frame}, not {expected}")

    def tell(self, text: Any) -> None:
        """Send a text frame to the charger, of any length."""
        data = text.encode() if isinstance(text, str) else text
        if len(data) < 65536:
            super().tell(data)
        else:
            self.streams[-1].to_charger += bytes((0x81, 127)) + len(data).to_bytes(8, "big") + data

    def call(self, chance: random.Random) -> None:
        """The central system asks something."""
        self.ledger.calls += 1
        action = chance.choice(messages.OFTEN if chance.randrange(3) else messages.REQUESTS)
        unique = chance.choice(("%d", "id-%d", "{%d}", "x" * 30 + "%d")) % self.ledger.calls
        kind, field, required = "right", "", False
        if chance.randrange(3):
            payload = messages.right(chance, action)
            if action == "RemoteStopTransaction" and chance.randrange(2):
                payload["transactionId"] = self.ledger.next_id
            if action == "RemoteStartTransaction":
                payload.pop("chargingProfile", None)
        else:
            payload, kind, field, required = messages.wrong(chance, action)
        frame = [2, unique, action, payload]
        data = messages.text_of(chance, frame)
        try:
            whole = json.loads(data) == frame
        except ValueError:
            whole = False
        if whole and len(data) < 4000 and len(unique) <= 36:
            self.asked[unique] = (action, kind, field, required)
        self.tell(data)
