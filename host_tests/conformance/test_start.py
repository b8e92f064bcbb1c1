"""Core / start: TC_003_CS, TC_004_1_CS, TC_004_2_CS."""

from __future__ import annotations

from host_tests.rig.rig import VALID, Rig
from host_tests.rig.states import authorized, plugged, started

CONNECTION_TIMEOUT_S = 30
SAMPLE_INTERVAL_S = 15
WATCH_S = 20
TOLERANCE_S = 2.0


def test_tc_003_cs_session_plug_in_first(rig: Rig) -> None:
    """Plug: Preparing. Card: Authorize, then StartTransaction and Charging. Exactly one Preparing."""
    plugged(rig)
    rig.tap(VALID)
    rig.expect("Authorize", idTag=VALID)
    started(rig)


def test_tc_004_1_cs_session_identification_first(rig: Rig) -> None:
    """The card alone makes the connector Preparing; plugging in makes no second one, it starts."""
    rig.configure(MeterValueSampleInterval=SAMPLE_INTERVAL_S)
    connector = authorized(rig)
    rig.plug(connector)
    started(rig, connector=connector)


def test_tc_004_2_cs_identification_first_connection_timeout(rig: Rig) -> None:
    """Nobody plugs in: Available again when ConnectionTimeOut has passed, and the authorization is gone."""
    rig.configure(ConnectionTimeOut=CONNECTION_TIMEOUT_S)
    connector = authorized(rig)
    preparing_s = rig.sent_s(rig.calls("StatusNotification")[-1])
    available = rig.expect("StatusNotification", connectorId=connector, status="Available", within=CONNECTION_TIMEOUT_S + 10)
    waited_s = rig.sent_s(available) - preparing_s
    assert abs(waited_s - CONNECTION_TIMEOUT_S) <= TOLERANCE_S, f"Available after {waited_s:.1f} s, ConnectionTimeOut is {CONNECTION_TIMEOUT_S} s"
    plugged(rig, connector)
    rig.expect_nothing(WATCH_S)
