"""What power, the watchdog, the flash and the console of the virtual charger do to a real firmware."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from host_tests.rig.charger import ROOT, VirtualCharger

NOWHERE = "ws://127.0.0.1:9/ocpp"
LIMIT_S = 30.0


def _until(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def _boots(charger: VirtualCharger) -> list[str]:
    return [event["cause"] for event in charger.request("events")["events"] if event["what"] == "boot"]


@pytest.mark.parametrize("runtime", ["micropython", "cpython"])
def test_power_off_kills_and_power_on_boots_from_the_flash(tmp_path: Path, runtime: str) -> None:
    made = VirtualCharger(NOWHERE, "lecs007", speed=20, flash=tmp_path / "flash", options=("--runtime", runtime))
    _until(lambda: made.truth()["reader"]["polls"] > 2, "the firmware polls the reader")
    made.request("power", on=False)
    truth = made.truth()
    assert truth["firmware"] == "off" and truth["power"] is False and truth["firmware_pid"] is None
    before = truth["time_s"]
    _until(lambda: made.time_s() > before + 2, "time goes on without power")
    made.request("power", on=False)
    made.request("power", on=True)
    assert made.truth()["boots"] == 2
    polls = made.truth()["reader"]["polls"]
    _until(lambda: made.truth()["reader"]["polls"] > polls, "the firmware runs again")
    assert _boots(made) == ["power", "power"]
    assert made.stop() == 0
    assert (tmp_path / "flash" / "flash.bin").exists()


@pytest.mark.parametrize("runtime", ["micropython", "cpython"])
def test_the_power_fails_in_the_middle_of_a_flash_operation_and_stays_off(tmp_path: Path, runtime: str) -> None:
    made = VirtualCharger(NOWHERE, "lecs007", speed=20, flash=tmp_path / "flash", options=("--runtime", runtime))
    _until(lambda: made.truth()["reader"]["polls"] > 2, "the firmware runs")
    made.request("power", on=False)
    for after in (1, 2, 3):
        before = made.truth()["flash"]["operations"]
        made.request("flash_cut", after=after)
        made.request("power", on=True)
        _until(lambda: made.truth()["power"] is False, "the boot writes and is cut")
        assert made.truth()["flash"]["operations"] == before + after
        assert made.truth()["firmware"] == "off"
    made.request("power", on=True)
    polls = made.truth()["reader"]["polls"]
    _until(lambda: made.truth()["reader"]["polls"] > polls, "the firmware comes up from what the cuts left")
    assert made.stop() == 0


def test_a_firmware_that_hangs_is_reset_by_the_watchdog() -> None:
    made = VirtualCharger(NOWHERE, "lecs007", speed=20)
    _until(lambda: made.truth()["reader"]["polls"] > 2, "the firmware runs")
    made.request("fault", name="firmware_hang", on=True)
    started = made.time_s()
    assert "firmware_hang" in made.truth()["faults"]
    _until(lambda: made.truth()["boots"] == 2, "the watchdog resets")
    boot = [event for event in made.request("events")["events"] if event["what"] == "boot"][-1]
    assert boot["cause"] == "watchdog" and 4 < boot["time_s"] - started < 12
    assert "firmware_hang" not in made.truth()["faults"]
    polls = made.truth()["reader"]["polls"]
    _until(lambda: made.truth()["reader"]["polls"] > polls, "the firmware runs again")
    assert made.stop() == 0


def test_factory_values_belong_to_a_fresh_flash(tmp_path: Path) -> None:
    flash = tmp_path / "flash"
    made = VirtualCharger(NOWHERE, "lecs007", speed=20, flash=flash, settings={"HeartbeatInterval": "77"})
    _until(lambda: made.truth()["reader"]["polls"] > 2, "the firmware runs")
    assert made.stop() == 0
    kept = (flash / "factory.txt").read_text()
    made = VirtualCharger(NOWHERE, "lecs007", speed=20, flash=flash, settings={"HeartbeatInterval": "88"})
    _until(lambda: made.truth()["reader"]["polls"] > 2, "the firmware runs")
    assert made.stop() == 0
    assert kept == (flash / "factory.txt").read_text() == "HeartbeatInterval=77\n"


def test_source_code_runs_too() -> None:
    made = VirtualCharger(NOWHERE, "lecs007", speed=20, options=("--code", "source", "--heap", "2M"))
    _until(lambda: made.truth()["reader"]["polls"] > 2, "the firmware runs from its sources")
    assert made.stop() == 0


def test_mpremote_reaches_the_running_firmware_through_the_repl_port() -> None:
    made = VirtualCharger(NOWHERE, "lecs007", speed=1)
    _until(lambda: made.truth()["reader"]["polls"] > 2, "the firmware runs")
    mpremote = [sys.executable, "-m", "mpremote", "connect", made.ready["repl"], "resume", "exec", "print(6 * 7)"]
    done = subprocess.run(mpremote, capture_output=True, text=True, timeout=LIMIT_S, cwd=ROOT)
    assert done.stdout.strip() == "42", done.stderr
    polls = made.truth()["reader"]["polls"]
    _until(lambda: made.truth()["reader"]["polls"] > polls, "the firmware goes on")
    assert made.truth()["boots"] == 1
    assert made.stop() == 0


def test_the_record_has_every_frame(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    made = VirtualCharger(NOWHERE, "lecs007", speed=20, options=("--record", str(record)))
    _until(lambda: made.truth()["reader"]["polls"] > 2, "the firmware runs")
    assert made.stop() == 0
    assert [json.loads(line) for line in record.read_text().splitlines()] == []  # nobody listens: no frame at all


def test_a_blocking_call_takes_simulated_time_and_the_watchdog_sees_it() -> None:
    made = VirtualCharger(NOWHERE, "lecs007", speed=20)
    _until(lambda: made.truth()["reader"]["polls"] > 2, "the firmware runs")
    polls, started = made.truth()["reader"]["polls"], made.time_s()
    made.request("block", ms=3000, interrupts=False)
    _until(lambda: made.time_s() > started + 2.9, "simulated time passes")
    assert made.truth()["reader"]["polls"] <= polls + 4  # without the block there would be 12
    _until(lambda: made.truth()["reader"]["polls"] > polls + 4, "the firmware goes on")
    assert made.truth()["boots"] == 1
    made.request("block", ms=20000)
    _until(lambda: made.truth()["boots"] == 2, "the watchdog resets")
    assert made.stop() == 0
