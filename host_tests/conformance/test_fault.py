"""Core / fault and data transfer: TC_041_CS, TC_062_CS."""

from __future__ import annotations

from host_tests.rig.messages import Not, OneOf, wanted
from host_tests.rig.rig import VALID, Rig

WATCH_S = 20


def test_tc_041_cs_fault_behaviour(rig: Rig) -> None:
    """Emergency stop: Faulted with an error code; nothing starts, neither then nor when the fault is cleared."""
    rig.fault("emergency_stop")
    numbers = rig.product.connector_numbers
    rig.expect("StatusNotification", connectorId=OneOf(0, *numbers), status="Faulted", errorCode=Not("NoError"))
    rig.ignored.add("StatusNotification")  # the rest of the charge point may be Faulted, too
    rig.plug()
    rig.tap(VALID)
    rig.ignored.add("Authorize")  # asking about the card is no start
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "open"
    answer = rig.call("RemoteStartTransaction", connectorId=rig.connector, idTag=VALID)
    assert answer["status"] == "Rejected", str(answer)
    rig.fault("emergency_stop", False)
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "open"


def test_tc_041_cs_every_status_is_told_once(rig: Rig) -> None:
    """One StatusNotification a change (rule 5 of section 3): Faulted once for each connector, then Available once."""
    rig.fault("emergency_stop")
    first = rig.expect("StatusNotification", status="Faulted")
    rig.wait(5)
    told = {call["connectorId"] for call in rig.calls("StatusNotification")}
    rest = [wanted("StatusNotification", connectorId=number, status="Faulted") for number in told - {first["connectorId"]}]
    rig.expect_all(*rest)
    rig.fault("emergency_stop", False)
    rig.expect_all(*(wanted("StatusNotification", connectorId=number, status="Available", errorCode="NoError") for number in told))
    rig.expect_nothing(5)


def test_tc_062_cs_data_transfer_to_the_charge_point(rig: Rig) -> None:
    """A vendor that nobody knows: UnknownVendorId (the tool takes UnknownMessageId and Rejected as well)."""
    answer = rig.call("DataTransfer", vendorId="org.example.unknown", messageId="anything", data="x")
    assert answer["status"] in ("UnknownVendorId", "UnknownMessageId", "Rejected"), str(answer)
