"""Reservation of a connector: TC_046_x_CS, TC_047_CS, TC_048_x_CS, TC_051_CS, TC_052_CS, TC_053_x_CS. Of connector 0: test_reservation_zero.py."""

from __future__ import annotations

from typing import Any

from host_tests.rig.messages import OneOf
from host_tests.rig.rig import CHILD_1, CHILD_2, PARENT, VALID, VALID_2, Rig
from host_tests.rig.states import charging, others_unavailable, plugged, remote_start, reserve_now, reserved, started, unavailable

WATCH_S = 20
OFFSET_S = 40
TOLERANCE_S = 2.0
RECONNECT_S = 240.0
RESERVATION = 4711


def start_by_card(rig: Rig, id_tag: str, **fields: Any) -> None:
    """The card, then the plug. Authorize may come."""
    rig.ignored.add("Authorize")
    rig.tap(id_tag)
    rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")
    rig.plug()
    started(rig, id_tag, **fields)


def test_tc_046_1_cs_local_start(rig: Rig) -> None:
    """Another card does nothing, not even Authorize; the reserved one starts, and the start carries the reservationId."""
    others_unavailable(rig)
    reserved(rig, RESERVATION)
    rig.tap(VALID_2)
    rig.expect_nothing(WATCH_S)
    start_by_card(rig, VALID, reservationId=RESERVATION)


def test_tc_046_1_cs_plugged_in_first(rig: Rig) -> None:
    """A plug leaves it Reserved; another card does nothing then either."""
    others_unavailable(rig)
    reserved(rig, RESERVATION)
    rig.plug()
    rig.tap(VALID_2)
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "open"
    rig.tap(VALID)
    rig.ignored.add("Authorize")
    rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")
    started(rig, VALID, reservationId=RESERVATION)


def test_tc_046_1_cs_nobody_plugs_in(rig: Rig) -> None:
    """After ConnectionTimeOut it is Reserved again, for the same card."""
    rig.configure(ConnectionTimeOut=OFFSET_S)
    others_unavailable(rig)
    reserved(rig, RESERVATION)
    rig.ignored.add("Authorize")
    rig.tap(VALID)
    rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")
    rig.expect("StatusNotification", connectorId=rig.connector, status="Reserved", within=OFFSET_S + 10)
    rig.tap(VALID_2)
    rig.expect_nothing(5)
    start_by_card(rig, VALID, reservationId=RESERVATION)


def test_tc_046_2_cs_remote_start(rig: Rig) -> None:
    """Another idTag is Rejected; the reserved one starts and carries the reservationId."""
    reserved(rig, RESERVATION)
    rig.call_expecting("Rejected", "RemoteStartTransaction", connectorId=rig.connector, idTag=VALID_2)
    rig.expect_nothing(5)
    charging(rig, was="Reserved", reservationId=RESERVATION)


def test_tc_047_cs_expires(rig: Rig) -> None:
    """Available at its date; another id may charge then, without a reservationId."""
    others_unavailable(rig)
    end_s = rig.now_s() + OFFSET_S
    reserved(rig, RESERVATION, offset_s=OFFSET_S)
    available = rig.expect("StatusNotification", connectorId=rig.connector, status="Available", within=OFFSET_S + 10)
    late_s = rig.sent_s(available) - end_s
    assert -TOLERANCE_S <= late_s <= TOLERANCE_S, f"Available {late_s:.1f} s after its date"
    charging(rig, VALID_2, reservationId=None)


def test_tc_047_cs_expires_by_a_clock_that_is_put_back(rig: Rig) -> None:
    """The central system's clock jumps back by a day: nobody waits for a day more."""
    reserved(rig, RESERVATION, offset_s=OFFSET_S)
    rig.clock_shift_s -= 86400
    try:
        rig.call_expecting("Accepted", "TriggerMessage", requestedMessage="Heartbeat")
        rig.expect("StatusNotification", connectorId=rig.connector, status="Available", within=OFFSET_S + 10)
    finally:
        rig.clock_shift_s += 86400
        rig.call_expecting("Accepted", "TriggerMessage", requestedMessage="Heartbeat")


def test_tc_048_1_cs_faulted(rig: Rig) -> None:
    """Faulted."""
    rig.fault("contactor_welded")
    rig.expect("StatusNotification", connectorId=rig.connector, status="Faulted")
    reserve_now(rig, "Faulted", RESERVATION)


def test_tc_048_2_cs_occupied(rig: Rig) -> None:
    """Occupied: by a plug, and by a transaction."""
    plugged(rig)
    reserve_now(rig, "Occupied", RESERVATION)
    remote_start(rig)
    started(rig)
    reserve_now(rig, "Occupied", RESERVATION)


def test_tc_048_2_cs_reserved_already(rig: Rig) -> None:
    """Occupied: for the same idTag and for another, under another id; under the same id it is replaced."""
    reserved(rig, RESERVATION)
    reserve_now(rig, "Occupied", RESERVATION + 1)
    reserve_now(rig, "Occupied", RESERVATION + 1, VALID_2)
    reserve_now(rig, "Accepted", RESERVATION, VALID_2)
    rig.expect_nothing(5)
    charging(rig, VALID_2, was="Reserved", reservationId=RESERVATION)


def test_tc_048_3_cs_unavailable(rig: Rig) -> None:
    """Unavailable."""
    unavailable(rig, rig.connector)
    reserve_now(rig, "Unavailable", RESERVATION)


def test_tc_048_1_cs_what_is_no_reservation(rig: Rig) -> None:
    """A connector that is not there, and a date that has passed: Rejected, nothing changes."""
    reserve_now(rig, "Rejected", RESERVATION, connector=rig.product.connectors + 1)
    reserve_now(rig, "Rejected", RESERVATION, offset_s=-60)
    rig.expect_nothing(5)


def test_tc_051_cs_cancelled(rig: Rig) -> None:
    """Available at once; another id charges without a reservationId."""
    reserved(rig, RESERVATION)
    rig.call_expecting("Accepted", "CancelReservation", reservationId=RESERVATION)
    rig.expect("StatusNotification", connectorId=rig.connector, status="Available")
    charging(rig, VALID_2, reservationId=None)


def test_tc_051_cs_cancelled_while_plugged(rig: Rig) -> None:
    """Preparing, as of any plug."""
    reserved(rig, RESERVATION)
    rig.plug()
    rig.expect_nothing(5)
    rig.call_expecting("Accepted", "CancelReservation", reservationId=RESERVATION)
    rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")


def test_tc_052_cs_cancel_unknown(rig: Rig) -> None:
    """Rejected; the reservation stays."""
    reserved(rig, RESERVATION)
    rig.call_expecting("Rejected", "CancelReservation", reservationId=RESERVATION + 1)
    rig.expect_nothing(5)
    charging(rig, was="Reserved", reservationId=RESERVATION)


def test_tc_053_1_cs_parent_local(rig: Rig) -> None:
    """Another card of the group starts; the Authorize says that it is of the group."""
    others_unavailable(rig)
    rig.know_card(CHILD_1, parent=PARENT)
    rig.know_card(CHILD_2, parent=PARENT)
    reserved(rig, RESERVATION, CHILD_1, parentIdTag=PARENT)
    rig.tap(CHILD_2)
    rig.expect("Authorize", idTag=CHILD_2)
    rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")
    rig.plug()
    started(rig, CHILD_2, reservationId=RESERVATION)


def test_tc_053_2_cs_parent_remote(rig: Rig) -> None:
    """The same by RemoteStartTransaction."""
    rig.know_card(CHILD_1, parent=PARENT)
    rig.know_card(CHILD_2, parent=PARENT)
    reserved(rig, RESERVATION, CHILD_1, parentIdTag=PARENT)
    charging(rig, CHILD_2, was="Reserved", reservationId=RESERVATION)


def test_tc_053_1_cs_a_stranger_of_another_group(rig: Rig) -> None:
    """Only the Authorize can tell, so there is one; nothing starts."""
    others_unavailable(rig)
    rig.know_card(CHILD_2, parent="PARENT-2")
    reserved(rig, RESERVATION, CHILD_1, parentIdTag=PARENT)
    rig.plug()
    rig.tap(CHILD_2)
    rig.expect("Authorize", idTag=CHILD_2)
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "open"


def test_tc_046_2_cs_kept_over_power_cuts_and_resets(rig: Rig) -> None:
    """Reserved after the boot, for the same card, and for no other."""
    reserved(rig, RESERVATION, offset_s=3600)
    rig.power_cycle()
    others = {number: "Available" for number in (0, *rig.product.connector_numbers) if number != rig.connector}
    for cause in ("power", "Hard", "Soft"):
        if cause != "power":
            rig.call_expecting("Accepted", "Reset", type=cause)
        rig.expect("BootNotification", within=90)
        for number in (0, *rig.product.connector_numbers):
            rig.expect("StatusNotification", connectorId=number, status=others.get(number, "Reserved"))
    rig.call_expecting("Rejected", "RemoteStartTransaction", connectorId=rig.connector, idTag=VALID_2)
    charging(rig, was="Reserved", reservationId=RESERVATION)


def test_tc_048_3_cs_ends_when_its_connector_is_out_of_service(rig: Rig) -> None:
    """Unavailable, and Faulted: it is no longer there when the connector is back."""
    reserved(rig, RESERVATION)
    unavailable(rig, rig.connector)
    rig.call_expecting("Accepted", "ChangeAvailability", connectorId=rig.connector, type="Operative")
    rig.expect("StatusNotification", connectorId=rig.connector, status="Available")
    reserved(rig, RESERVATION)
    rig.fault("emergency_stop")
    rig.expect("StatusNotification", connectorId=OneOf(0, *rig.product.connector_numbers), status="Faulted")
    rig.ignored.add("StatusNotification")
    rig.wait(2)
    rig.fault("emergency_stop", False)
    rig.call_expecting("Rejected", "CancelReservation", reservationId=RESERVATION)


def test_tc_046_1_cs_offline(rig: Rig) -> None:
    """Through the queue."""
    rig.configure(AllowOfflineTxForUnknownId=True)
    reserved(rig, RESERVATION, offset_s=3600)
    rig.network(False)
    rig.wait(2)
    rig.plug()
    rig.tap(VALID_2)
    rig.wait(5)
    assert rig.charger.connector()["contactor"] == "open"
    rig.tap(VALID)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 15, "the contactor closes")
    rig.network(True)
    rig.ignored.add("StatusNotification")
    rig.expect("StartTransaction", idTag=VALID, reservationId=RESERVATION, within=RECONNECT_S)
