"""Core / EV-side disconnect: TC_005_1_CS, TC_005_2_CS, TC_005_3_CS."""

from __future__ import annotations

from host_tests.rig.messages import OneOf, wanted
from host_tests.rig.rig import Rig, Session
from host_tests.rig.states import charging, stopped

WATCH_S = 10


def charging_with(rig: Rig, *, stop: bool, unlock: bool) -> Session:
    """The configuration state of the three cases, then Charging."""
    rig.configure(MinimumStatusDuration=0, StopTransactionOnEVSideDisconnect=stop)
    if rig.setting_is_true("UnlockConnectorOnEVSideDisconnect") != unlock:
        rig.configure(UnlockConnectorOnEVSideDisconnect=unlock)
    return charging(rig)


def unplug_at_ev_side(rig: Rig) -> None:
    """Pull the plug out of the car a second later; of a detachable cable the other end stays in the socket."""
    rig.wait(1)
    if rig.product.fixed_cable:
        rig.unplug()
    else:
        rig.unplug(side="ev")


def test_tc_005_1_cs_unplug_stops_and_unlocks(rig: Rig) -> None:
    """Stop and unlock: EVDisconnected, Finishing, and Available when the cable leaves the socket as well."""
    session = charging_with(rig, stop=True, unlock=True)
    unplug_at_ev_side(rig)
    stopped(rig, session, reason="EVDisconnected", status="Finishing")
    rig.wait_until(lambda: rig.charger.connector()["lock"] == "unlocked", 10, "the cable lock opens by itself")
    rig.unplug()
    rig.expect("StatusNotification", connectorId=session.connector, status="Available")


def test_tc_005_2_cs_unplug_stops_and_keeps_the_lock(rig: Rig) -> None:
    """Stop without unlocking: EVDisconnected; UnlockConnector then opens the lock, or is NotSupported for a fixed cable."""
    session = charging_with(rig, stop=True, unlock=False)
    unplug_at_ev_side(rig)
    stopped(rig, session, reason="EVDisconnected", status=OneOf("Finishing", "Available"))
    if not rig.product.fixed_cable:
        assert rig.charger.connector()["lock"] == "locked", "UnlockConnectorOnEVSideDisconnect is false"
    rig.call_expecting("NotSupported" if rig.product.fixed_cable else "Unlocked", "UnlockConnector", connectorId=session.connector)
    if not rig.product.fixed_cable:
        rig.unplug()
        rig.expect("StatusNotification", connectorId=session.connector, status="Available")


def test_tc_005_3_cs_unplug_does_not_stop(rig: Rig) -> None:
    """No stop: SuspendedEV or SuspendedEVSE with the info text; the transaction ends by RemoteStopTransaction only."""
    session = charging_with(rig, stop=False, unlock=False)
    unplug_at_ev_side(rig)
    status = rig.expect("StatusNotification", connectorId=session.connector, status=OneOf("SuspendedEV", "SuspendedEVSE"))
    assert "EV side disconnected" in status["info"]
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "open"
    rig.call_expecting("Accepted", "RemoteStopTransaction", transactionId=session.number)
    allowed = OneOf("Finishing", "Available") if rig.product.fixed_cable else "Finishing"
    rig.expect_all(
        wanted("StatusNotification", connectorId=session.connector, status=allowed),
        wanted("StopTransaction", transactionId=session.number, reason="Remote"),
    )
