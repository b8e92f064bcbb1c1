"""Core / remote start and stop: TC_010_CS, TC_011_x_CS, TC_012_CS, TC_026_CS, TC_027_CS, TC_028_CS."""

from __future__ import annotations

from host_tests.rig.rig import VALID, VALID_2, Rig
from host_tests.rig.states import charging, remote_start, started, stopped

CONNECTION_TIMEOUT_S = 30
WATCH_S = 20
TOLERANCE_S = 2.0


def test_tc_010_cs_remote_start_cable_first(rig: Rig) -> None:
    """The reusable state Charging: StartTransaction carries the requested connector and idTag."""
    charging(rig)


def test_tc_010_cs_authorize_exactly_when_configured(rig: Rig) -> None:
    """The same with AuthorizeRemoteTxRequests the other way round, where it can be changed."""
    key = rig.configuration("AuthorizeRemoteTxRequests")["AuthorizeRemoteTxRequests"]
    if not key["readonly"]:
        rig.configure(AuthorizeRemoteTxRequests=not rig.setting_is_true("AuthorizeRemoteTxRequests"))
        charging(rig)


def test_tc_011_1_cs_remote_start_remote_first(rig: Rig) -> None:
    """The remote start makes the connector Preparing before any plug; the plug makes no second one."""
    remote_start(rig)
    rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")
    rig.plug()
    started(rig)


def test_tc_011_2_cs_remote_start_time_out(rig: Rig) -> None:
    """Nobody plugs in: Available when ConnectionTimeOut has passed since the remote start."""
    rig.configure(ConnectionTimeOut=CONNECTION_TIMEOUT_S)
    remote_start(rig)
    preparing = rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")
    available = rig.expect("StatusNotification", connectorId=rig.connector, status="Available", within=CONNECTION_TIMEOUT_S + 10)
    waited_s = rig.sent_s(available) - rig.sent_s(preparing)
    assert abs(waited_s - CONNECTION_TIMEOUT_S) <= TOLERANCE_S, f"Available after {waited_s:.1f} s, ConnectionTimeOut is {CONNECTION_TIMEOUT_S} s"


def test_tc_012_cs_remote_stop(rig: Rig) -> None:
    """Accepted, reason Remote, Finishing (the cable is still in)."""
    session = charging(rig)
    rig.call_expecting("Accepted", "RemoteStopTransaction", transactionId=session.number)
    stopped(rig, session, reason="Remote")


def test_tc_026_cs_remote_start_rejected(rig: Rig) -> None:
    """A busy connector refuses, its transaction is untouched."""
    rig.configure(LocalPreAuthorize=False)
    charging(rig)
    rig.call_expecting("Rejected", "RemoteStartTransaction", connectorId=rig.connector, idTag=VALID_2)
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "closed"


def test_tc_027_cs_remote_start_on_connector_0(rig: Rig) -> None:
    """Rejected, or a CALLERROR; nothing starts."""
    answer = rig.call("RemoteStartTransaction", connectorId=0, idTag=VALID)
    assert answer.kind == "error" or answer["status"] == "Rejected", str(answer)
    rig.expect_nothing(WATCH_S)


def test_tc_028_cs_remote_stop_unknown_transaction(rig: Rig) -> None:
    """Rejected; the running transaction goes on."""
    session = charging(rig)
    rig.call_expecting("Rejected", "RemoteStopTransaction", transactionId=session.number + 100)
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "closed"
