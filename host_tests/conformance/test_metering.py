"""Core / metering: TC_070_CS, TC_071_CS."""

from __future__ import annotations

from host_tests.rig.central import simulated
from host_tests.rig.messages import Message
from host_tests.rig.rig import Rig, Session
from host_tests.rig.states import charging, measurands

SAMPLE_INTERVAL_S = 15
ALIGNED_INTERVAL_S = 20
TOLERANCE_S = 1.0


def expect_samples(rig: Rig, session: Session, count: int, period_s: int) -> list[Message]:
    """Take the next samples of a transaction; only MeterValues may come."""
    rig.ignored = {"Heartbeat"}
    fields = {"connectorId": session.connector, "transactionId": session.number}
    return [rig.expect("MeterValues", within=period_s + 10, **fields) for _ in range(count)]


def check_sample(sample: Message, context: str, names: list[str]) -> None:
    """One meterValue with every measurand of the list; context and location as the case wants them."""
    (meter_value,) = sample["meterValue"]
    values = meter_value["sampledValue"]
    assert {value.get("measurand", "Energy.Active.Import.Register") for value in values} == set(names), str(sample)
    for value in values:
        assert value.get("context", "Sample.Periodic") == context, str(sample)
        assert value.get("format", "Raw") == "Raw"
        assert value.get("location") != "EV" or value["measurand"] == "SoC"
        float(value["value"])


def timestamps(samples: list[Message]) -> list[float]:
    """Return the timestamps in simulated seconds."""
    return [simulated(sample["meterValue"][0]["timestamp"]) for sample in samples]


def test_tc_070_cs_sampled_meter_values(rig: Rig) -> None:
    """Every interval from the start of the transaction, without drift, every measurand of MeterValuesSampledData."""
    rig.configure(MeterValueSampleInterval=SAMPLE_INTERVAL_S, ClockAlignedDataInterval=0)
    names = measurands(rig.setting("MeterValuesSampledData") or "")
    session = charging(rig)
    samples = expect_samples(rig, session, 3, SAMPLE_INTERVAL_S)
    for sample in samples:
        check_sample(sample, "Sample.Periodic", names)
    times_s = [simulated(session.start["timestamp"]), *timestamps(samples)]
    for earlier_s, later_s in zip(times_s, times_s[1:]):
        assert abs(later_s - earlier_s - SAMPLE_INTERVAL_S) <= TOLERANCE_S, f"samples {later_s - earlier_s:.1f} s apart"


def test_tc_071_cs_clock_aligned_meter_values(rig: Rig) -> None:
    """On the grid of the clock, context Sample.Clock, and none of the periodic kind."""
    rig.configure(MeterValueSampleInterval=0, ClockAlignedDataInterval=ALIGNED_INTERVAL_S)
    names = measurands(rig.setting("MeterValuesAlignedData") or "")
    rig.start_case()
    session = charging(rig)
    rig.ignored = {"Heartbeat"}
    samples: list[Message] = []
    while len(samples) < 3:
        sample = rig.expect("MeterValues", within=ALIGNED_INTERVAL_S + 10)
        check_sample(sample, "Sample.Clock", names)
        if sample["connectorId"] == session.connector and sample.get("transactionId") in (session.number, None):
            samples.append(sample)
    times_s = timestamps(samples)
    for time_s in times_s:
        off_s = min(time_s % ALIGNED_INTERVAL_S, ALIGNED_INTERVAL_S - time_s % ALIGNED_INTERVAL_S)
        assert off_s <= TOLERANCE_S, f"a timestamp {off_s:.1f} s off the clock's grid"
    for earlier_s, later_s in zip(times_s, times_s[1:]):
        assert abs(later_s - earlier_s - ALIGNED_INTERVAL_S) <= TOLERANCE_S, f"samples {later_s - earlier_s:.1f} s apart"
