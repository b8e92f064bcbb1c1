"""Remote Trigger: TC_054_CS, TC_055_CS."""

from __future__ import annotations

import pytest

from host_tests.rig.central import wall_clock
from host_tests.rig.messages import Message
from host_tests.rig.rig import BOOT_TIMEOUT_S, Rig
from host_tests.rig.states import boot_statuses, charging

WATCH_S = 20


def triggered(rig: Rig, message: str, /, **fields: object) -> Message:
    """Trigger a request, see it come, and after its answer: the conf goes out first. `fields` are those of the trigger."""
    answer = rig.call_expecting("Accepted", "TriggerMessage", requestedMessage=message, **fields)
    request = rig.expect(message)
    assert request.number > answer.number, "the conf goes out before the triggered request"
    return request


def test_tc_054_cs_trigger_message(rig: Rig) -> None:
    """One after the other; nothing else is sent."""
    rig.ignored = set()
    values = triggered(rig, "MeterValues", connectorId=rig.connector)
    assert values["connectorId"] == rig.connector
    assert {value["context"] for value in values["meterValue"][0]["sampledValue"]} == {"Trigger"}
    triggered(rig, "Heartbeat")
    status = triggered(rig, "StatusNotification", connectorId=rig.connector)
    assert (status["connectorId"], status["status"]) == (rig.connector, "Available")


@pytest.mark.parametrize("message", ["DiagnosticsStatusNotification", "FirmwareStatusNotification"])
def test_tc_054_cs_status_of_transfers(rig: Rig, message: str) -> None:
    """Idle where the product has the profile, otherwise NotImplemented."""
    if "FirmwareManagement" in rig.product.profiles:
        assert triggered(rig, message)["status"] == "Idle"
    else:
        rig.call_expecting("NotImplemented", "TriggerMessage", requestedMessage=message)
        rig.expect_nothing(WATCH_S)


def test_tc_054_cs_every_connector(rig: Rig) -> None:
    """Without a connectorId each connector says its values once, and everything its status, the charge point as connector 0."""
    rig.ignored = {"Heartbeat"}
    rig.call_expecting("Accepted", "TriggerMessage", requestedMessage="MeterValues")
    assert [rig.expect("MeterValues")["connectorId"] for _ in rig.product.connector_numbers] == list(rig.product.connector_numbers)
    rig.call_expecting("Accepted", "TriggerMessage", requestedMessage="StatusNotification")
    for number in (0, *rig.product.connector_numbers):
        rig.expect("StatusNotification", connectorId=number, status="Available")


def test_tc_054_cs_while_charging(rig: Rig) -> None:
    """MeterValues belong to the transaction; the status is Charging."""
    rig.configure(MeterValueSampleInterval=0)
    session = charging(rig)
    rig.ignored = {"Heartbeat"}
    values = triggered(rig, "MeterValues", connectorId=rig.connector)
    assert values["transactionId"] == session.number
    assert triggered(rig, "StatusNotification", connectorId=rig.connector)["status"] == "Charging"


def test_tc_054_cs_while_pending(rig: Rig) -> None:
    """Only what was triggered is sent; a triggered BootNotification goes at once, long before the interval is over."""
    rig.central.answer_next("BootNotification", lambda call: {"status": "Pending", "currentTime": wall_clock(call.time_s), "interval": 600})
    rig.power_cycle()
    rig.ignored = set()
    rig.expect("BootNotification", within=BOOT_TIMEOUT_S)
    rig.plug()
    rig.expect_nothing(WATCH_S)
    triggered(rig, "Heartbeat")
    assert triggered(rig, "StatusNotification", connectorId=rig.connector)["status"] == "Preparing"
    triggered(rig, "MeterValues", connectorId=rig.connector)
    rig.expect_nothing(WATCH_S)
    triggered(rig, "BootNotification")
    boot_statuses(rig, plugged=(rig.connector,))


def test_tc_055_cs_trigger_message_rejected(rig: Rig) -> None:
    """A connector that is not there: Rejected (or a CALLERROR), and nothing is sent."""
    rig.ignored = {"Heartbeat"}
    for message in ("MeterValues", "StatusNotification"):
        answer = rig.call("TriggerMessage", requestedMessage=message, connectorId=rig.product.connectors + 1)
        assert answer.kind == "error" or answer["status"] == "Rejected", str(answer)
    rig.expect_nothing(WATCH_S)
