"""Remote Trigger: what is asked for comes once, after the answer, and also before the central system has accepted us."""

import sys

from boards.products import duo, full
from chargepoint.core.messages.sources import IDLE_MS
from chargepoint.ocpp16.codes import ACT_FIRMWARE_STATUS_NOTIFICATION
from chargepoint.util.signals import PILOT_UNKNOWN
from host_tests.core_bench import Bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Firmware:
    """Stands for a feature that has a request to trigger: it says Idle, or what it is at."""

    PROFILE = "FirmwareManagement"
    KEYS = ""
    ACTIONS = b""
    SENDS = bytes((ACT_FIRMWARE_STATUS_NOTIFICATION,))
    WIRE = '\n<FirmwareStatusNotification status:eState=state\n= \n.State "Idle","Downloading",\n'

    def __init__(self, core: "object") -> None:
        self.state = 0
        self.due = False
        self.answers = 0

    def trigger(self, now: int) -> None:
        self.due = True

    def fill(self, m: "Any", now: int) -> bool:
        due, self.due = self.due, False
        m.action = ACT_FIRMWARE_STATUS_NOTIFICATION
        m.source = self if due else None
        return due

    def on_answer(self, m: "object", fields: "object", code: "object", now: int) -> None:
        self.answers += 1

    def next_due(self, now: int) -> int:
        return IDLE_MS


class _File:
    """Stands for the module of that feature."""

    Feature = Firmware


class _Product:
    """`full` with no other features than these."""

    FEATURES = ("remote_trigger", "test_firmware")


for _name in dir(full):
    if _name[0] != "_" and _name != "FEATURES":
        setattr(_Product, _name, getattr(full, _name))


def _with_firmware(accept: bool = True) -> Bench:
    sys.modules["chargepoint.core.features.test_firmware"] = _File  # type: ignore[assignment]
    try:
        return Bench(_Product, accept=accept)
    finally:
        del sys.modules["chargepoint.core.features.test_firmware"]


def _trigger(b: Bench, message: str, connector: "int | None" = None) -> str:
    request: "dict[str, Any]" = {"requestedMessage": message}
    if connector is not None:
        request["connectorId"] = connector
    b.take()
    answer = b.call("TriggerMessage", request)
    return answer["status"] if isinstance(answer, dict) else str(answer)


def _pending(b: Bench) -> Bench:
    b.answers["BootNotification"] = {"status": "Pending", "currentTime": b.utc(), "interval": 600}
    b.connect()
    b.take()
    return b


def test_each_request_is_sent_once() -> None:
    b = Bench(full)
    b.run(1000)
    for message, connector, words in (
        ("Heartbeat", None, ["Heartbeat"]),
        ("Heartbeat", 7, ["Heartbeat"]),
        ("StatusNotification", 0, ["0:Available"]),
        ("StatusNotification", 1, ["1:Available"]),
        ("StatusNotification", None, ["0:Available", "1:Available"]),
        ("MeterValues", 1, ["MeterValues"]),
        ("MeterValues", None, ["MeterValues"]),
        ("BootNotification", None, ["Boot"]),
    ):
        assert _trigger(b, message, connector) == "Accepted", message
        assert b.words() == words, message
    b.run(30000)
    assert b.words() == [], "nothing follows by itself"


def test_the_answer_goes_out_first() -> None:
    b = Bench(full)
    b.run(1000)
    b.take()
    b.link = False  # the answer is on its way, the central system has not read it yet
    assert b.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) == {"status": "Accepted"}
    assert b.take() == []
    b.link = True
    b.settle()
    assert b.words() == ["Heartbeat"]


def test_what_is_asked_twice_is_sent_twice_and_no_more_waits_than_there_is_room_for() -> None:
    b = Bench(full)
    b.run(1000)
    b.take()
    b.link = False
    answers = [b.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) for _ in range(40)]
    accepted = answers.count({"status": "Accepted"})
    assert 8 <= accepted < 40 and answers.count({"status": "Rejected"}) == 40 - accepted
    b.link = True
    b.settle()
    assert b.words() == ["Heartbeat"] * accepted
    assert _trigger(b, "Heartbeat") == "Accepted"


def test_what_is_not_there_is_refused() -> None:
    b = Bench(full)
    b.run(1000)
    for message, connector, status in (
        ("MeterValues", 2, "Rejected"),
        ("MeterValues", 0, "Rejected"),
        ("MeterValues", -1, "Rejected"),
        ("StatusNotification", 2, "Rejected"),
        ("StatusNotification", -1, "Rejected"),
        ("StartTransaction", 1, "NotImplemented"),
        ("heartbeat", None, "NotImplemented"),
        ("LogStatusNotification", None, "NotImplemented"),
        ('Heartbeat","MeterValues', None, "NotImplemented"),
        ("", None, "PropertyConstraintViolation"),
    ):
        assert _trigger(b, message, connector) == status, message
        b.run(1000)
        assert b.take() == [], message
    assert b.call("TriggerMessage", {"connectorId": 1}) == "OccurenceConstraintViolation"


def test_without_a_reading_there_are_no_meter_values() -> None:
    b = Bench(duo)
    b.core.connectors[0].reading = None
    assert _trigger(b, "MeterValues", 1) == "Rejected"
    assert _trigger(b, "MeterValues") == "Accepted"
    assert [payload["connectorId"] for _, payload in b.take()] == [2]


def test_on_two_connectors_every_one_answers() -> None:
    b = Bench(duo)
    b.run(1000)
    assert _trigger(b, "StatusNotification") == "Accepted"
    assert b.words() == ["0:Available", "1:Available", "2:Available"]
    assert _trigger(b, "MeterValues") == "Accepted"
    assert [payload["connectorId"] for _, payload in b.take()] == [1, 2]
    assert _trigger(b, "MeterValues", 2) == "Accepted"
    assert [payload["connectorId"] for _, payload in b.take()] == [2]


def test_meter_values_carry_the_transaction_and_the_context() -> None:
    b = Bench(full)
    number = b.charge()
    b.configure("MeterValueSampleInterval", "0")
    b.run(1000 - b.elapsed_ms % 1000)  # the meter has just been read
    assert _trigger(b, "MeterValues", 1) == "Accepted"
    ((action, payload),) = b.take()
    assert action == "MeterValues" and payload["transactionId"] == number
    (sample,) = payload["meterValue"]
    assert sample["timestamp"] == b.utc()
    assert {value["context"] for value in sample["sampledValue"]} == {"Trigger"}
    energy = [value["value"] for value in sample["sampledValue"] if value["measurand"] == "Energy.Active.Import.Register"]
    assert energy == [str(b.readings[0].energy_mwh // 1000)]


def test_a_sample_does_not_wait_behind_the_queue_and_is_not_kept() -> None:
    b = Bench(full)
    b.charge()
    b.configure("MeterValueSampleInterval", "0")
    b.answers["StopTransaction"] = "InternalError"  # the queue stands still for a minute
    b.configure("TransactionMessageAttempts", "5")
    b.pilot(1, 0)
    b.run(2000)
    waiting = b.store.queue.count
    assert waiting
    assert _trigger(b, "MeterValues", 1) == "Accepted"
    assert b.words() == ["MeterValues"]
    assert b.store.queue.count == waiting


def test_a_transaction_without_an_id_yet_is_no_reason_to_wait() -> None:
    b = Bench(full)
    b.configure("TransactionMessageAttempts", "5")
    b.answers["StartTransaction"] = "InternalError"
    b.plug()
    b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
    b.run(6000)
    assert b.closed[0]
    assert _trigger(b, "MeterValues", 1) == "Accepted"
    ((action, payload),) = b.take()
    assert action == "MeterValues" and "transactionId" not in payload


def test_a_status_says_what_is_so_now_and_not_what_was_told_last() -> None:
    b = Bench(full)
    b.run(1000)
    b.configure("MinimumStatusDuration", "60")
    b.take()
    b.plug(wants=False)
    assert b.words() == []
    assert _trigger(b, "StatusNotification", 1) == "Accepted"
    ((_, payload),) = b.take()
    assert payload["status"] == "Preparing" and payload["timestamp"] == b.utc()
    b.run(61000)
    assert b.words() == ["1:Preparing"], "and in its own time as well"


def test_pending_only_what_was_asked_for_is_sent() -> None:
    b = _pending(_with_firmware(accept=False))
    b.plug()
    b.run(1000)
    for message, words in (
        ("StatusNotification", ["0:Available", "1:Preparing"]),
        ("MeterValues", ["MeterValues"]),
        ("Heartbeat", ["Heartbeat"]),
        ("FirmwareStatusNotification", ["FirmwareStatusNotification"]),
    ):
        assert _trigger(b, message) == "Accepted", message
        b.run(1000)
        assert b.words() == words, message
    assert b.core.features[1].answers == 1
    b.run(60000)
    assert b.take() == []


def test_pending_a_triggered_boot_goes_at_once_and_its_answer_counts() -> None:
    b = _pending(Bench(full, accept=False))
    del b.answers["BootNotification"]
    assert _trigger(b, "BootNotification") == "Accepted"
    assert b.words() == ["Boot", "0:Available", "1:Available"]
    b.run(1000000)
    assert "Boot" not in b.words()


def test_rejected_there_is_no_answer() -> None:
    b = Bench(full, accept=False)
    b.answers["BootNotification"] = {"status": "Rejected", "currentTime": b.utc(), "interval": 600}
    b.connect()
    b.take()
    assert b.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) is None
    b.run(1000)
    assert b.take() == []


def test_an_accepted_charge_point_that_says_who_it_is_again_tells_no_status() -> None:
    b = Bench(full)
    b.run(1000)
    b.answers["BootNotification"] = {"status": "Accepted", "currentTime": b.utc(), "interval": 40}
    assert _trigger(b, "BootNotification") == "Accepted"
    assert b.words() == ["Boot"]
    b.run(39000)
    assert b.words() == []
    b.run(2000)
    assert b.words() == ["Heartbeat"], "the new interval counts from the answer"


def test_an_answer_that_takes_the_acceptance_back_is_obeyed() -> None:
    b = Bench(full)
    b.run(1000)
    b.answers["BootNotification"] = {"status": "Pending", "currentTime": b.utc(), "interval": 30}
    assert _trigger(b, "BootNotification") == "Accepted"
    b.take()
    b.plug()
    b.run(25000)
    assert b.take() == [], "Pending again: nothing that was not asked for"
    del b.answers["BootNotification"]
    b.run(10000)
    assert b.words() == ["Boot", "0:Available", "1:Preparing"]


def test_a_status_waits_for_the_first_reading_of_the_pilot() -> None:
    b = _pending(Bench(full, accept=False))
    b.core.connectors[0].plug.state = PILOT_UNKNOWN  # as at boot
    assert _trigger(b, "StatusNotification", 1) == "Accepted"
    assert _trigger(b, "Heartbeat") == "Accepted"
    assert b.words() == ["Heartbeat"]
    b.pilot(1, 1)
    b.run(600)
    assert b.words() == ["1:Preparing"]


def test_a_feature_makes_its_own_request() -> None:
    b = _with_firmware()
    b.run(1000)
    assert _trigger(b, "DiagnosticsStatusNotification") == "NotImplemented"
    assert _trigger(b, "FirmwareStatusNotification") == "Accepted"
    assert b.take() == [("FirmwareStatusNotification", {"status": "Idle"})]
    b.core.features[1].state = 1
    assert _trigger(b, "FirmwareStatusNotification", 5) == "Accepted"
    assert b.take() == [("FirmwareStatusNotification", {"status": "Downloading"})]
    assert b.core.features[1].answers == 2


def test_what_was_accepted_is_sent_when_the_link_is_back() -> None:
    b = Bench(full)
    b.run(1000)
    b.take()
    b.link = False
    assert b.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) == {"status": "Accepted"}
    b.disconnect()
    b.run(1000)
    b.connect()
    assert b.words() == ["Heartbeat"]
