"""Reservation of connector 0: TC_049_CS, TC_050_x_CS, and how two connectors share it."""

from __future__ import annotations

import pytest

from host_tests.rig.messages import OneOf
from host_tests.rig.rig import VALID, VALID_2, Rig
from host_tests.rig.states import charging, others_unavailable, plugged, reserve_now, reserved, unavailable

RESERVATION = 4712


def test_tc_049_cs_reserve_connector_0(rig: Rig) -> None:
    """The only connector that is left becomes Reserved; the start there carries the reservationId."""
    others_unavailable(rig)
    reserved(rig, RESERVATION, connector=0)
    rig.call_expecting("Rejected", "RemoteStartTransaction", connectorId=rig.connector, idTag=VALID_2)
    charging(rig, was="Reserved", reservationId=RESERVATION)


def test_tc_050_1_cs_faulted(rig: Rig) -> None:
    """The charge point is Faulted."""
    rig.fault("emergency_stop")
    rig.expect("StatusNotification", connectorId=OneOf(0, *rig.product.connector_numbers), status="Faulted")
    rig.ignored.add("StatusNotification")
    rig.wait(2)
    reserve_now(rig, "Faulted", RESERVATION, connector=0)
    rig.fault("emergency_stop", False)
    rig.wait(5)


def test_tc_050_2_cs_occupied(rig: Rig) -> None:
    """Every connector has a plug in."""
    for number in rig.product.connector_numbers:
        plugged(rig, number)
    reserve_now(rig, "Occupied", RESERVATION, connector=0)


def test_tc_050_3_cs_unavailable(rig: Rig) -> None:
    """The charge point is Unavailable."""
    unavailable(rig, 0)
    reserve_now(rig, "Unavailable", RESERVATION, connector=0)


def test_the_last_free_connector_is_kept(rig: Rig) -> None:
    """Nothing is Reserved while two are free; the last one is, for one card only, until another is free again."""
    if rig.product.connectors < 2:
        pytest.skip("needs two connectors")
    reserve_now(rig, "Accepted", RESERVATION, connector=0)
    rig.expect_nothing(5)
    rig.plug(1)
    rig.expect("StatusNotification", connectorId=1, status="Preparing")
    rig.expect("StatusNotification", connectorId=2, status="Reserved")
    rig.call_expecting("Rejected", "RemoteStartTransaction", connectorId=2, idTag=VALID_2)
    rig.unplug(1)
    rig.expect("StatusNotification", connectorId=1, status="Available")
    rig.expect("StatusNotification", connectorId=2, status="Available")
    rig.plug(1)
    rig.expect("StatusNotification", connectorId=1, status="Preparing")
    rig.expect("StatusNotification", connectorId=2, status="Reserved")
    rig.call_expecting("Accepted", "RemoteStartTransaction", connectorId=1, idTag=VALID_2)
    rig.expect("Authorize", idTag=VALID_2)
    rig.expect("StartTransaction", connectorId=1, idTag=VALID_2, reservationId=None)
    rig.expect("StatusNotification", connectorId=1, status="Charging")
    charging(rig, VALID, 2, was="Reserved", reservationId=RESERVATION)
