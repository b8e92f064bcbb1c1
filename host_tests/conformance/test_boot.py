"""Core / boot: TC_001_CS, TC_002_CS."""

from __future__ import annotations

from host_tests.rig.central import Responder, wall_clock
from host_tests.rig.messages import Message
from host_tests.rig.rig import BOOT_TIMEOUT_S, Rig
from host_tests.rig.states import boot_statuses

RETRY_S = 30
HEARTBEAT_S = 20
SAMPLE_INTERVAL_S = 15
TOLERANCE_S = 2.0


def registration(status: str, interval_s: int) -> Responder:
    """A BootNotification.conf for the script of a case."""
    return lambda call: {"status": status, "currentTime": wall_clock(call.time_s), "interval": interval_s}


def check_heartbeats(rig: Rig, period_s: float, count: int = 3) -> None:
    """Watch heartbeats: their distance is the interval of the accepted BootNotification.conf."""
    rig.ignored = set()
    beats: list[Message] = [rig.expect("Heartbeat", within=period_s + 10) for _ in range(count)]
    for earlier, later in zip(beats, beats[1:]):
        distance_s = rig.sent_s(later) - rig.sent_s(earlier)
        assert abs(distance_s - period_s) <= TOLERANCE_S, f"heartbeats {distance_s:.1f} s apart, the interval is {period_s} s"


def test_tc_001_cs_cold_boot_rejected(rig: Rig) -> None:
    """Rejected means silence for exactly the interval, then the next BootNotification."""
    rig.central.answer_next("BootNotification", registration("Rejected", RETRY_S), registration("Accepted", HEARTBEAT_S))
    rig.power_cycle()
    rig.ignored = set()
    rejected = rig.expect("BootNotification", within=BOOT_TIMEOUT_S)
    accepted = rig.expect("BootNotification", within=RETRY_S + 10)  # and nothing between the two
    waited_s = rig.sent_s(accepted) - rig.sent_s(rejected)
    assert abs(waited_s - RETRY_S) <= TOLERANCE_S, f"asked again after {waited_s:.1f} s instead of {RETRY_S} s"
    boot_statuses(rig)
    check_heartbeats(rig, HEARTBEAT_S)


def test_tc_002_cs_cold_boot_pending(rig: Rig) -> None:
    """Pending: the central system may configure, the charge point itself says nothing until it asks again."""
    rig.configure(MeterValueSampleInterval=SAMPLE_INTERVAL_S + 5)
    rig.central.answer_next("BootNotification", registration("Pending", RETRY_S), registration("Accepted", HEARTBEAT_S))
    rig.power_cycle()
    rig.ignored = set()
    pending = rig.expect("BootNotification", within=BOOT_TIMEOUT_S)
    everything = rig.configuration()
    assert "NumberOfConnectors" in everything and "HeartbeatInterval" in everything, everything
    rig.call_expecting("Accepted", "ChangeConfiguration", key="MeterValueSampleInterval", value=str(SAMPLE_INTERVAL_S))
    accepted = rig.expect("BootNotification", within=RETRY_S + 10)
    waited_s = rig.sent_s(accepted) - rig.sent_s(pending)
    assert waited_s >= RETRY_S - 0.5, f"asked again after {waited_s:.1f} s, not before {RETRY_S} s"
    assert accepted.connection == pending.connection, "the connection stays open while Pending"
    boot_statuses(rig)
    check_heartbeats(rig, HEARTBEAT_S)
    assert rig.setting("MeterValueSampleInterval") == str(SAMPLE_INTERVAL_S)
