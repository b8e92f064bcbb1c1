"""The rig itself, against a charge point of a few lines: expectations in order, swaps, silence, validity, books."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from host_tests.rig.central import Refusal, simulated, wall_clock
from host_tests.rig.charger import VirtualCharger
from host_tests.rig.messages import Not, OneOf, optional, wanted
from host_tests.rig.rig import Rig

STAMP = "2026-03-01T12:00:01.000Z"


class FakeCharger:
    """A clock and a log, as the rig needs them of a virtual charger."""

    speed = 50.0

    def __init__(self) -> None:
        self._start_s = time.monotonic()

    def time_s(self) -> float:
        return (time.monotonic() - self._start_s) * self.speed

    def log_tail(self) -> str:
        return ""

    def request(self, cmd: str) -> dict[str, Any]:
        return {"violations": [], "events": []}

    def crashes(self) -> list[dict[str, Any]]:
        return []

    def stop(self) -> int:
        return 0


class ChargePoint:
    """A websocket on which a test says what a charge point would say."""

    def __init__(self, url: str) -> None:
        self._socket: ClientConnection = connect(url + "/FAKE", subprotocols=[Subprotocol("ocpp1.6")])
        self._count = 0

    def say(self, action: str, /, unique_id: str | None = None, **payload: object) -> Any:
        self._count += 1
        self._socket.send(json.dumps([2, unique_id or str(self._count), action, payload]))
        return json.loads(self._socket.recv(5))

    def status(self, status: str, connector: int = 1) -> Any:
        return self.say("StatusNotification", connectorId=connector, errorCode="NoError", status=status, timestamp=STAMP)

    def answer(self, payload: dict[str, object]) -> None:
        frame = json.loads(self._socket.recv(5))
        self._socket.send(json.dumps([3, frame[1], payload]))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig("lecs007", speed=50.0)
    fake = FakeCharger()
    rig._charger = cast(VirtualCharger, fake)
    rig.central.set_clock(fake.time_s)
    yield rig
    rig.close()


@pytest.fixture
def point(rig: Rig) -> Iterator[ChargePoint]:
    point = ChargePoint(rig.central.url)
    yield point
    point.close()


def test_messages_are_taken_in_order(rig: Rig, point: ChargePoint) -> None:
    point.status("Preparing")
    point.status("Charging")
    rig.expect("StatusNotification", status="Preparing", connectorId=1)
    rig.expect("StatusNotification", status=Not("Preparing"))
    rig.finish_case()


def test_a_wrong_field_or_order_fails_with_the_record(rig: Rig, point: ChargePoint) -> None:
    point.status("Charging")
    with pytest.raises(AssertionError, match=r"status is 'Charging', expected 'Preparing'(.|\n)*CP> StatusNotification"):
        rig.expect("StatusNotification", status="Preparing")


def test_swaps_and_optional_messages(rig: Rig, point: ChargePoint) -> None:
    point.status("Finishing")
    point.say("StopTransaction", transactionId=0, timestamp=STAMP, meterStop=1)
    rig.central.faults.clear()
    wants = [wanted("StopTransaction", reason=OneOf("Local", None)), optional("Authorize"), wanted("StatusNotification", status="Finishing")]
    stop, status = rig.expect_all(*wants)
    assert (stop.action, status.action) == ("StopTransaction", "StatusNotification")
    rig.finish_case()


def test_nothing_and_too_late(rig: Rig, point: ChargePoint) -> None:
    point.say("Heartbeat")
    rig.expect_nothing(5)
    with pytest.raises(AssertionError, match="not within 5 s"):
        rig.expect("StatusNotification", within=5)
    point.status("Available")
    with pytest.raises(AssertionError, match="expected nothing"):
        rig.expect_nothing(5)


def test_unexpected_messages_fail_a_case_at_its_end(rig: Rig, point: ChargePoint) -> None:
    point.status("Available")
    with pytest.raises(AssertionError, match="nothing more in this case"):
        rig.finish_case()


def test_invalid_messages_fail_a_case(rig: Rig, point: ChargePoint) -> None:
    assert point.say("Heartbeat", wrong=1)[2] == "FormationViolation"
    with pytest.raises(AssertionError, match="wrong"):
        rig.finish_case()


def test_calls_of_the_central_system(rig: Rig, point: ChargePoint) -> None:
    rig.wait_until(lambda: rig.central.connected, 10, "connected")
    threading.Thread(target=point.answer, args=({"status": "Accepted"},)).start()
    rig.call_expecting("Accepted", "Reset", type="Soft")
    threading.Thread(target=point.answer, args=({"status": "Rejected"},)).start()
    with pytest.raises(AssertionError, match="Rejected"):
        rig.call_expecting("Accepted", "Reset", type="Soft")


def test_books_know_copies_from_second_transactions(rig: Rig, point: ChargePoint) -> None:
    start = {"connectorId": 1, "idTag": "A", "meterStart": 5, "timestamp": STAMP}
    first = point.say("StartTransaction", unique_id="one", **start)
    assert point.say("StartTransaction", unique_id="one", **start) == first
    number = first[2]["transactionId"]
    point.say("StopTransaction", unique_id="two", transactionId=number, meterStop=9, timestamp=STAMP)
    (transaction,) = rig.central.transactions.values()
    assert len(transaction.copies) == 1 and transaction.stop is not None and not rig.central.faults
    point.say("StopTransaction", unique_id="three", transactionId=number, meterStop=9, timestamp=STAMP)
    assert "stopped twice" in rig.central.faults[0]


def test_answers_follow_the_script_then_the_usual(rig: Rig, point: ChargePoint) -> None:
    rig.central.answer_next("Authorize", Refusal("InternalError"), {"idTagInfo": {"status": "Blocked"}})
    rig.know_card("abc", "Expired")
    assert point.say("Authorize", idTag="ABC")[2] == "InternalError"
    assert point.say("Authorize", idTag="ABC")[2]["idTagInfo"]["status"] == "Blocked"
    assert point.say("Authorize", idTag="ABC")[2]["idTagInfo"]["status"] == "Expired"


def test_the_central_systems_clock_is_the_simulations() -> None:
    assert simulated(wall_clock(61.5)) == 61.5
