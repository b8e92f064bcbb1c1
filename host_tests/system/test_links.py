"""The link from outside, in simulated time: silence, closes, refusals, back-off, pings, and central systems with habits of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from websockets.frames import Opcode

from host_tests.rig.central import Silence
from host_tests.rig.charger import DEFAULT_SPEED
from host_tests.rig.idle import fresh
from host_tests.rig.rig import VALID, VALID_2, Rig
from host_tests.rig.states import charging, stopped

PRODUCT = "full"  # it has every key that concerns the link
CALL_TIMEOUT_S = 30.0
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 64.0


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A charger of its own: booted, idle."""
    with fresh(PRODUCT, max(DEFAULT_SPEED, 60.0)) as rig:
        yield rig


def _log(rig: Rig) -> str:
    return rig.charger.log_path.read_text("utf-8", "replace")


def _reconnected(rig: Rig, connections: int, within: float) -> None:
    rig.wait_until(lambda: rig.central.connections > connections and rig.central.connected, within, "connected again")


def _without_pongs(rig: Rig) -> None:
    """Let the central system swallow every ping of this connection."""
    protocol = rig.central.connection.protocol
    send_frame = protocol.send_frame
    protocol.send_frame = lambda frame: None if frame.opcode is Opcode.PONG else send_frame(frame)  # type: ignore[method-assign]


def _pings(rig: Rig) -> list[float]:
    """The times of the pings that come from now on."""
    times: list[float] = []
    protocol = rig.central.connection.protocol
    receive = protocol.recv_frame

    def watch(frame: Any) -> None:
        if frame.opcode is Opcode.PING:
            times.append(rig.now_s())
        receive(frame)

    protocol.recv_frame = watch  # type: ignore[method-assign]
    return times


def test_redials_back_off_with_jitter_to_a_cap_and_start_afresh_after_a_stable_minute(rig: Rig) -> None:
    """About 2, 4, 8 ... 64 s, each between half and one and a half times that; the log says why, once."""
    rig.central.dials.clear()
    rig.central.refuse = (503, "too many\n")
    rig.central.drop_connection()
    rig.wait_until(lambda: len(rig.central.dials) >= 9, 900, "nine attempts")
    times = [dial.time_s for dial in rig.central.dials]
    ratios = []
    for number, gap_s in enumerate(b - a for a, b in zip(times, times[1:])):
        nominal_s = min(FIRST_WAIT_S * 2 ** (number + 1), LONGEST_WAIT_S)
        assert 0.5 * nominal_s - 0.2 <= gap_s <= 1.5 * nominal_s + 1.0, (number, gap_s, nominal_s)
        ratios.append(round(gap_s / nominal_s, 1))
    assert len(set(ratios)) > 2, f"no jitter: {ratios}"
    assert _log(rig).count("HTTP 503") == 1
    rig.central.refuse = None
    connections = rig.central.connections
    _reconnected(rig, connections, 100)
    rig.wait(70)
    for _ in range(2):  # the first after a stable minute comes soon, the second, after a short life, a little later
        connections, lost_s = rig.central.connections, rig.now_s()
        rig.central.drop_connection()
        _reconnected(rig, connections, 10)
        assert rig.now_s() - lost_s <= 1.5 * 2 * FIRST_WAIT_S + 1.0
    assert not rig.calls("BootNotification")


@pytest.mark.parametrize("code", [1001, 1008, 1011])
def test_a_close_of_the_central_system_is_answered_by_a_redial(rig: Rig, code: int) -> None:
    """The session goes on, its messages come after the reconnect, and nothing registers or reports again."""
    session = charging(rig)
    connections = rig.central.connections
    rig.central.close_connection(code, "because")
    _reconnected(rig, connections, 10)
    rig.wait(5)
    rig.tap(VALID)
    stopped(rig, session, reason="Local")
    assert f"central system closed: {code} because" in _log(rig)
    rig.finish_case()


def test_a_port_that_refuses_for_some_seconds(rig: Rig) -> None:
    """Gone and back: the session that was stopped meanwhile is delivered, then the live ones; no BootNotification."""
    session = charging(rig)
    connections = rig.central.connections
    rig.central.stop_listening()
    rig.central.drop_connection()
    rig.wait(4)
    rig.tap(VALID)
    rig.wait(8)
    rig.unplug()
    rig.wait(8)
    rig.central.listen()
    _reconnected(rig, connections, 60)
    stopped(rig, session, status="Available", reason="Local")
    assert "failed" in _log(rig)
    rig.finish_case()
    rig.start_case()
    second = charging(rig, VALID_2)
    rig.tap(VALID_2)
    stopped(rig, second)


def test_a_link_that_is_open_and_silent_is_closed_and_dialled_again(rig: Rig) -> None:
    """No pong, no answer, no close: what a lost path looks like. Judged ten seconds after the next ping."""
    rig.wait(35)  # a pong has come
    connections, silent_s = rig.central.connections, rig.now_s()
    for action in ("Heartbeat", "StatusNotification", "MeterValues"):
        rig.central.responders[action] = lambda message: Silence()
    _without_pongs(rig)
    _reconnected(rig, connections, 60)
    assert rig.now_s() - silent_s < 30 + 10 + 1.5 * FIRST_WAIT_S + 2
    assert "lost: central system is silent" in _log(rig)
    assert not rig.calls("BootNotification")


def test_a_central_system_that_never_sends_a_pong_is_lived_with(rig: Rig) -> None:
    """It costs one redial; after that the answers to our CALLs are the sign of life."""
    serve = rig.central._serve_connection
    connections = rig.central.connections

    def without_pongs(connection: Any) -> None:
        send_frame = connection.protocol.send_frame
        connection.protocol.send_frame = lambda frame: None if frame.opcode is Opcode.PONG else send_frame(frame)
        serve(connection)

    rig.central.stop_listening()
    rig.central._serve_connection = without_pongs  # type: ignore[method-assign]
    rig.central.listen()
    rig.power_cycle()
    rig.wait(250)
    assert connections + 1 <= rig.central.connections <= connections + 2
    assert rig.call("GetConfiguration", key=["HeartbeatInterval"]).kind == "result"


def test_a_message_that_nobody_answers_holds_up_nothing_for_ever(rig: Rig) -> None:
    """The status is tried twice, 30 s each; the session behind it is delivered, on the same connection."""
    rig.configure(LocalPreAuthorize=True)
    connections = rig.central.connections
    rig.central.answer_next("StatusNotification", Silence(), Silence())
    rig.plug()
    rig.wait(2)
    rig.tap(VALID)
    start = rig.wait_until(lambda: rig.calls("StartTransaction"), 3 * CALL_TIMEOUT_S + 10, "StartTransaction")[0]
    statuses = [message for message in rig.calls("StatusNotification") if message.get("status") == "Preparing"]
    assert len(statuses) == 2 and statuses[0]["timestamp"] == statuses[1]["timestamp"]
    assert rig.sent_s(start) - rig.sent_s(statuses[0]) < 2 * CALL_TIMEOUT_S + 15
    assert rig.central.connections == connections


def test_pings_of_ours_follow_the_setting_at_once(rig: Rig) -> None:
    """WebSocketPingInterval is honoured, changed while connected, and 0 switches them off; the connection stays."""
    connections = rig.central.connections
    times = _pings(rig)
    for interval_s in (10, 25):
        rig.configure(WebSocketPingInterval=interval_s)
        times.clear()
        rig.wait(4.5 * interval_s)
        gaps = [b - a for a, b in zip(times, times[1:])]
        assert len(times) == 4 and all(abs(gap_s - interval_s) < 1.5 for gap_s in gaps), (interval_s, times)
    rig.configure(WebSocketPingInterval=0)
    times.clear()
    rig.wait(120)
    assert not times and rig.central.connections == connections


def test_pings_of_the_central_system_every_5_s_are_answered_at_once(rig: Rig) -> None:
    """With their payload; in a session too."""
    connections = rig.central.connections
    charging(rig)
    for number in range(12):
        pong = rig.central.connection.ping(b"ping %d" % number)
        rig.wait_until(pong.is_set, 2, "the pong")
        rig.wait(5)
    assert rig.central.connections == connections


def test_no_flapping_when_the_central_system_keeps_the_old_socket(rig: Rig) -> None:
    """The cable is out for minutes and the central system notices nothing: one new connection at most, the old one is not fought for."""
    connections = rig.central.connections
    rig.network(False)
    rig.wait(200)
    rig.network(True)
    rig.wait(150)
    assert rig.central.connections <= connections + 1 and rig.central.connected
    assert rig.call("GetConfiguration", key=["HeartbeatInterval"]).kind == "result"
    assert not rig.calls("BootNotification")


def test_a_short_interruption_of_the_cable_keeps_the_connection(rig: Rig) -> None:
    """TCP survives it; so does the session."""
    connections = rig.central.connections
    rig.network(False)
    rig.wait(5)
    rig.network(True)
    rig.wait(20)
    assert rig.central.connections == connections
    assert rig.call("GetConfiguration", key=["HeartbeatInterval"]).kind == "result"


@pytest.mark.parametrize(("interval_s", "expected_s"), [(0, 300), (14400, 14400)])
def test_odd_intervals_of_a_boot_answer(interval_s: int, expected_s: int) -> None:
    """0 leaves HeartbeatInterval as it is, 4 h are taken as they are."""
    rig = Rig(PRODUCT, 100.0)
    try:
        rig.central.interval_s = interval_s
        rig.switch_on()
        rig.expect("BootNotification", within=60)
        rig.wait_until(lambda: rig.central.statuses.get(1) == "Available", 60, "Available")
        assert rig.setting("HeartbeatInterval") == str(expected_s)
        accepted_s = rig.now_s()
        rig.wait(330)
        beats = rig.calls("Heartbeat")
        assert len(beats) == (1 if expected_s == 300 else 0)
        if beats:
            assert abs(rig.sent_s(beats[0]) - accepted_s - expected_s) < 10
    finally:
        rig.close()
