"""Core / unlock and lock failure: TC_017_x_CS, TC_018_x_CS, TC_024_CS, TC_030_CS, TC_031_CS."""

from __future__ import annotations

from host_tests.rig.rig import Rig
from host_tests.rig.states import charging, plugged, remote_start, stopped

WATCH_S = 20


def test_tc_017_1_cs_unlock_idle_detachable_cable(rig: Rig) -> None:
    """Unlocked."""
    rig.call_expecting("Unlocked", "UnlockConnector", connectorId=rig.connector)


def test_tc_017_2_cs_unlock_idle_fixed_cable(rig: Rig) -> None:
    """NotSupported; neither UnlockFailed nor a CALLERROR."""
    rig.call_expecting("NotSupported", "UnlockConnector", connectorId=rig.connector)


def test_tc_018_1_cs_unlock_during_session_detachable_cable(rig: Rig) -> None:
    """Unlocked, the transaction stops with UnlockCommand, Finishing; Available when the cable is out."""
    session = charging(rig)
    rig.call_expecting("Unlocked", "UnlockConnector", connectorId=session.connector)
    stopped(rig, session, reason="UnlockCommand")
    rig.unplug()
    rig.expect("StatusNotification", connectorId=session.connector, status="Available")


def test_tc_018_2_cs_unlock_during_session_fixed_cable(rig: Rig) -> None:
    """NotSupported; the transaction goes on."""
    session = charging(rig)
    rig.call_expecting("NotSupported", "UnlockConnector", connectorId=session.connector)
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "closed"


def test_tc_024_cs_lock_failure(rig: Rig) -> None:
    """The plug is in but cannot be locked: Faulted with ConnectorLockFailure, nothing starts."""
    remote_start(rig)
    rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")
    rig.fault("lock_jammed")
    rig.plug()
    rig.expect("StatusNotification", connectorId=rig.connector, status="Faulted", errorCode="ConnectorLockFailure", within=60)
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "open"


def test_tc_030_cs_unlock_failure(rig: Rig) -> None:
    """A jammed lock: UnlockFailed. The lock may be reported as Faulted besides."""
    plugged(rig)
    rig.wait_until(lambda: rig.charger.connector()["lock"] == "locked", 10, "the cable is locked")
    rig.fault("lock_jammed")
    rig.call_expecting("UnlockFailed", "UnlockConnector", connectorId=rig.connector)
    rig.may_come("StatusNotification", connectorId=rig.connector, status="Faulted", errorCode="ConnectorLockFailure", within=WATCH_S)


def test_tc_031_cs_unlock_unknown_connector(rig: Rig) -> None:
    """NotSupported, with a cable of either kind."""
    rig.call_expecting("NotSupported", "UnlockConnector", connectorId=rig.product.connectors + 1)
