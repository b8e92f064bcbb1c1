"""Core / offline: TC_036_CS to TC_039_CS."""

from __future__ import annotations

from host_tests.rig.central import simulated
from host_tests.rig.messages import OneOf, wanted
from host_tests.rig.rig import INVALID, VALID, Rig, Session
from host_tests.rig.states import charging, started, stopped

SAMPLE_INTERVAL_S = 15
SPAN_S = 30.0
RECONNECT_S = 240.0
TOLERANCE_S = 2.0
WATCH_S = 20


def offline_start_allowed(rig: Rig) -> None:
    """The configuration of TC_037_x_CS and TC_039_CS: unknown cards may start without the central system."""
    rig.configure(LocalAuthorizeOffline=True)
    for key in ("AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled"):
        if rig.setting(key) is not None:
            rig.configure(**{key: True})


def start_offline(rig: Rig, id_tag: str) -> float:
    """Network out, plug, card, energy flows. Returns the time of the card."""
    rig.network(False)
    rig.random_moment(SPAN_S, usual_s=2)
    rig.plug()
    tapped_s = rig.tap(id_tag)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 30, "the contactor closes offline")
    return tapped_s


def test_tc_036_cs_connection_loss_during_transaction(rig: Rig) -> None:
    """Samples go on, none is lost, they come in order before the new ones; neither boot nor stop nor start."""
    rig.configure(MeterValueSampleInterval=SAMPLE_INTERVAL_S)
    session = charging(rig)
    rig.ignored = {"Heartbeat"}
    rig.expect("MeterValues", within=SAMPLE_INTERVAL_S + 10)
    rig.random_moment(SPAN_S)
    rig.network(False)
    rig.wait(3 * SAMPLE_INTERVAL_S + 5)
    rig.network(True)
    back_s = rig.now_s()
    start_s = simulated(session.start["timestamp"])
    expected = int((back_s - start_s) / SAMPLE_INTERVAL_S) + 2
    rig.wait_until(lambda: len(rig.calls("MeterValues")) >= expected, RECONNECT_S, f"{expected} samples")
    first_copies = {call.unique_id: call for call in reversed(rig.calls("MeterValues"))}
    samples = sorted(first_copies.values(), key=lambda call: call.number)
    for index, sample in enumerate(samples):
        assert sample["transactionId"] == session.number
        off_s = simulated(sample["meterValue"][0]["timestamp"]) - start_s - (index + 1) * SAMPLE_INTERVAL_S
        assert abs(off_s) <= TOLERANCE_S, f"sample {index + 1} is {off_s:.1f} s off its place: one is missing or they are not in order"
        assert sample["meterValue"][0]["sampledValue"][0].get("context", "Sample.Periodic") == "Sample.Periodic"
    rig.ignored = {"Heartbeat", "MeterValues"}
    rig.expect_nothing(WATCH_S)


def test_tc_037_1_cs_offline_start_valid_id(rig: Rig) -> None:
    """The start arrives late with its own time, without Authorize; Charging."""
    offline_start_allowed(rig)
    tapped_s = start_offline(rig, VALID)
    rig.random_moment(SPAN_S, usual_s=10)
    rig.network(True)
    session = started_late(rig, VALID)
    late_s = simulated(session.start["timestamp"]) - tapped_s
    assert -TOLERANCE_S <= late_s <= 10, f"the start is dated {late_s:.1f} s after the card"


def started_late(rig: Rig, id_tag: str) -> Session:
    """A start made offline, as it arrives; statuses that were over meanwhile may be told first."""
    preparing = wanted("StatusNotification", connectorId=rig.connector, status="Preparing")
    early = rig.may_come(preparing.action, within=RECONNECT_S, **preparing.fields)
    assert early is None or early["status"] == "Preparing"
    return started(rig, id_tag, within=RECONNECT_S)


def test_tc_037_2_cs_offline_start_invalid_id_goes_on(rig: Rig) -> None:
    """Refused afterwards, StopTransactionOnInvalidId false: energy off, SuspendedEVSE, the transaction stays open."""
    offline_start_allowed(rig)
    rig.configure(StopTransactionOnInvalidId=False)
    if rig.setting("MaxEnergyOnInvalidId") is not None:
        rig.configure(MaxEnergyOnInvalidId=0)
    rig.know_card(INVALID, "Invalid")
    start_offline(rig, INVALID)
    rig.random_moment(SPAN_S, usual_s=10)
    rig.network(True)
    started_late(rig, INVALID)
    rig.expect("StatusNotification", connectorId=rig.connector, status="SuspendedEVSE")
    rig.expect_nothing(WATCH_S)
    assert rig.charger.connector()["contactor"] == "open" or rig.charger.connector()["current_a"] == 0


def test_tc_037_3_cs_offline_start_invalid_id_stops(rig: Rig) -> None:
    """Refused afterwards, StopTransactionOnInvalidId true: DeAuthorized and Finishing."""
    offline_start_allowed(rig)
    rig.configure(StopTransactionOnInvalidId=True)
    rig.know_card(INVALID, "Invalid")
    start_offline(rig, INVALID)
    rig.random_moment(SPAN_S, usual_s=10)
    rig.network(True)
    session = started_late(rig, INVALID)
    stopped(rig, session, reason="DeAuthorized")


def test_tc_038_cs_offline_stop(rig: Rig) -> None:
    """The starting card stops without the central system; the stop arrives late with the time of the card."""
    session = charging(rig)
    rig.random_moment(SPAN_S, usual_s=5)
    rig.network(False)
    rig.random_moment(SPAN_S, usual_s=5)
    tapped_s = rig.tap(VALID)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "open", 30, "the contactor opens offline")
    rig.random_moment(SPAN_S, usual_s=5)
    rig.network(True)
    stop = stopped(rig, session, within=RECONNECT_S, reason=OneOf("Local", None))
    late_s = simulated(stop["timestamp"]) - tapped_s
    assert -TOLERANCE_S <= late_s <= 10, f"the stop is dated {late_s:.1f} s after the card"


def test_tc_039_cs_offline_transaction(rig: Rig) -> None:
    """Start and stop without the central system: both arrive in order, the stop with the transactionId learned late."""
    offline_start_allowed(rig)
    start_offline(rig, VALID)
    rig.random_moment(SPAN_S, usual_s=10)
    rig.tap(VALID)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "open", 30, "the contactor opens offline")
    rig.unplug()
    rig.random_moment(SPAN_S, usual_s=3)
    rig.network(True)
    start, stop = rig.expect_all(wanted("StartTransaction", idTag=VALID), wanted("StopTransaction", reason=OneOf("Local", None)), within=RECONNECT_S)
    assert start.number < stop.number
    (transaction,) = (item for item in rig.central.transactions.values() if item.start is start)
    assert stop["transactionId"] == transaction.number
    assert simulated(start["timestamp"]) < simulated(stop["timestamp"])
