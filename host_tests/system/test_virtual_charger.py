"""The virtual charger's contract: command line, ready line, exit status, control socket. The firmware is the real one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from host_tests.rig.charger import ROOT, ControlRefused, VirtualCharger

NOWHERE = "ws://127.0.0.1:9/ocpp"  # the discard port: nobody listens
COMMAND = [sys.executable, str(ROOT / "tools" / "virtual_charger.py")]


@pytest.fixture(scope="module")
def charger() -> Iterator[VirtualCharger]:
    """A charger that tests share; each leaves it as it was."""
    made = VirtualCharger(NOWHERE, "full", speed=50)
    yield made
    assert made.stop() == 0


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), "--csms"),
        (("--csms", NOWHERE), "--id"),
        (("--csms", "http://host/x", "--id", "A"), "ws://"),
        (("--csms", "ws://host:99999/x", "--id", "A"), "port"),
        (("--csms", NOWHERE, "--id", ""), "--id"),
        (("--csms", NOWHERE, "--id", "A", "--product", "none"), "lecs007"),
        (("--csms", NOWHERE, "--id", "A", "--runtime", "pypy"), "--runtime"),
        (("--csms", NOWHERE, "--id", "A", "--code", "c"), "--code"),
        (("--csms", NOWHERE, "--id", "A", "--heap", "much"), "--heap"),
        (("--csms", NOWHERE, "--id", "A", "--speed", "0"), "--speed"),
        (("--csms", NOWHERE, "--id", "A", "--speed", "fast"), "--speed"),
        (("--csms", NOWHERE, "--id", "A", "--control", "9000"), "--control"),
        (("--csms", NOWHERE, "--id", "A", "--set", "HeartbeatInterval"), "--set"),
        (("--csms", NOWHERE, "--id", "A", "--set", "NoSuchKey=1"), "NoSuchKey"),
        (("--csms", NOWHERE, "--id", "A", "--set", "HeartbeatInterval=often"), "HeartbeatInterval"),
        (("--csms", NOWHERE, "--id", "A", "--ca", "/no/such/file"), "/no/such/file"),
        (("--csms", NOWHERE, "--id", "A", "--frobnicate"), "--frobnicate"),
    ],
)
def test_a_command_line_that_cannot_be_used_ends_with_2_and_one_line(arguments: tuple[str, ...], names: str) -> None:
    done = _run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert names in done.stderr


def test_the_ready_line_names_what_is_there(charger: VirtualCharger) -> None:
    assert charger.ready["event"] == "ready"
    assert charger.ready["pid"] == charger.process.pid
    os.kill(charger.ready["firmware_pid"], 0)
    host, _, port = charger.ready["control"].rpartition(":")
    assert host == "127.0.0.1" and int(port) > 0
    assert Path(charger.ready["repl"]).exists()


def test_get_has_everything_the_contract_names(charger: VirtualCharger) -> None:
    charger.truth()
    limit = time.monotonic() + 20
    while charger.truth()["heap"] is None and time.monotonic() < limit:
        time.sleep(0.05)
    truth = charger.truth()
    assert truth["power"] is True and truth["link"] is True
    assert truth["firmware"] == "running" and truth["boots"] == 1
    connector = truth["connectors"][0]
    expected = {"id": 1, "plugged": False, "pilot_state": "A", "pilot_duty_percent": 100, "coil": False, "contactor": "open",
                "current_a": 0, "power_w": 0, "meter_wh": 0, "soc": None, "lock": "unlocked", "faults": []}
    assert {key: connector[key] for key in expected} == expected
    assert 207 < connector["voltage_v"] < 253
    assert truth["reader"]["fitted"] is True and truth["reader"]["polls"] > 0
    assert isinstance(truth["led"], str)
    assert truth["flash"]["writes"] > 0 and truth["flash"]["erases"] > 0
    assert set(truth["heap"]) == {"free", "used", "peak"}
    assert truth["heap"]["peak"] >= truth["heap"]["used"] > 10_000


def test_simulated_time_runs_at_the_speed_asked_for(charger: VirtualCharger) -> None:
    charger.request("rate", speed=5)
    start, real = charger.time_s(), time.monotonic()
    time.sleep(1)
    passed = charger.time_s() - start
    assert abs(passed / (time.monotonic() - real) - 5) < 1
    charger.request("rate", speed=50)


def test_plugging_and_unplugging_are_events(charger: VirtualCharger) -> None:
    since = charger.request("events")["events"][-1]["n"]
    charger.request("plug", max_current_a=10, phases=3)
    assert charger.connector()["plugged"] is True and charger.connector()["pilot_state"] == "B"
    with pytest.raises(ControlRefused, match="has a car already"):
        charger.request("plug")
    charger.request("ev", soc=77)
    assert charger.connector()["soc"] == 77
    charger.request("unplug", side="ev")
    assert charger.connector()["plugged"] is False and charger.connector()["cable"] is True
    charger.request("unplug")
    with pytest.raises(ControlRefused, match="has no car"):
        charger.request("ev", soc=1)
    events = charger.request("events", since=since)["events"]
    pilot = [(e["from"], e["to"]) for e in events if e["what"] == "pilot" and e["connector"] == 1]
    assert pilot == [("A", "B"), ("B", "A")]
    assert [e["n"] for e in events] == list(range(since + 1, since + 1 + len(events)))
    limit = time.monotonic() + 20
    while charger.connector()["cable"] and time.monotonic() < limit:
        time.sleep(0.05)
    assert charger.connector()["cable"] is False


def _raw(charger: VirtualCharger, line: bytes) -> dict[str, Any]:
    host, _, port = charger.ready["control"].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        sock.sendall(line + b"\n")
        answer: dict[str, Any] = json.loads(sock.makefile("rb").readline())
    return answer


@pytest.mark.parametrize(
    "line",
    [
        b"not json", b"[1]", b"17", b"{}", b'{"cmd": 5}', b'{"cmd": "fly"}', b'{"cmd": "tap"}', b'{"cmd": "tap", "uid": "XY"}',
        b'{"cmd": "tap", "uid": "AABB"}', b'{"cmd": "tap", "uid": "DEADBEEF", "hold_ms": 0}', b'{"cmd": "plug", "connector": 2}',
        b'{"cmd": "plug", "connector": "1"}', b'{"cmd": "plug", "connector": true}', b'{"cmd": "plug", "phases": 2}',
        b'{"cmd": "plug", "max_current_a": -1}', b'{"cmd": "plug", "wants_energy": 1}', b'{"cmd": "unplug"}', b'{"cmd": "power"}',
        b'{"cmd": "power", "on": "yes"}', b'{"cmd": "link"}', b'{"cmd": "fault", "name": "rain", "on": true}',
        b'{"cmd": "fault", "name": "rcd_trip"}', b'{"cmd": "flash_cut"}', b'{"cmd": "flash_cut", "after": 0}',
        b'{"cmd": "events", "since": -1}', b'{"cmd": "get", "wrong": 1}', b'\xff\xfe',
    ],
)
def test_a_request_that_cannot_be_carried_out_changes_nothing(charger: VirtualCharger, line: bytes) -> None:
    before = charger.request("events")["events"][-1]["n"]
    answer = _raw(charger, line)
    assert answer["ok"] is False
    assert isinstance(answer["error"], str) and len(answer["error"]) > 10
    after = charger.request("events", since=before)["events"]
    assert [e for e in after if e["what"] not in ("led", "lock")] == []


def test_requests_of_several_clients_are_answered_in_order(charger: VirtualCharger) -> None:
    host, _, port = charger.ready["control"].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as one, socket.create_connection((host, int(port)), timeout=20) as two:
        one.sendall(b'{"cmd": "get"}\n{"cmd": "nonsense"}\n{"cmd": "events"}\n')
        two.sendall(b'{"cmd": "events"}\n')
        lines = one.makefile("rb")
        assert "connectors" in json.loads(lines.readline())
        assert json.loads(lines.readline())["ok"] is False
        assert "events" in json.loads(lines.readline())
        assert "events" in json.loads(two.makefile("rb").readline())


def test_every_fault_of_the_contract_can_be_put_in_and_taken_away(charger: VirtualCharger) -> None:
    for name in ("contactor_stuck_open", "rcd_trip", "emergency_stop", "over_temperature", "over_voltage", "under_voltage", "over_current",
                 "meter_silent", "meter_garbage", "reader_silent", "lock_jammed", "pilot_short", "pilot_no_diode", "flash_full",
                 "contactor_welded"):
        charger.request("fault", name=name, on=True)
        truth = charger.truth()
        assert name in truth["faults"] + truth["connectors"][0]["faults"]
        charger.request("fault", name=name, on=False)
        truth = charger.truth()
        assert name not in truth["faults"] + truth["connectors"][0]["faults"]


def test_quit_and_sigterm_end_it_with_status_0() -> None:
    for ending in ("quit", "sigterm"):
        made = VirtualCharger(NOWHERE, "lecs007", speed=10)
        assert made.connector()["lock"] == "none"
        with pytest.raises(ControlRefused, match="fixed cable"):
            made.request("fault", name="lock_jammed", on=True)
        firmware = made.ready["firmware_pid"]
        if ending == "quit":
            made.request("quit")
        else:
            made.process.send_signal(signal.SIGTERM)
        assert made.process.wait(10) == 0
        made.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(firmware, 0)


def test_a_firmware_that_dies_by_itself_is_reported_and_ends_in_status_1() -> None:
    made = VirtualCharger(NOWHERE, "lecs007", speed=10)
    os.kill(made.ready["firmware_pid"], signal.SIGKILL)
    limit = time.monotonic() + 20
    while not made.crashes() and time.monotonic() < limit:
        time.sleep(0.05)
    assert made.crashes()[0]["exit"] == -signal.SIGKILL
    assert made.stop() == 1
    made.log_path.unlink()


def test_two_connectors() -> None:
    made = VirtualCharger(NOWHERE, "duo", speed=10)
    made.request("plug", connector=2)
    assert [connector["plugged"] for connector in made.truth()["connectors"]] == [False, True]
    assert made.stop() == 0
