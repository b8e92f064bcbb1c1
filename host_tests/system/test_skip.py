"""The control command `skip`: simulated time that passes quickly, in world and firmware alike."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from host_tests.rig.charger import ControlRefused, VirtualCharger
from host_tests.rig.idle import fresh

NOWHERE = "ws://127.0.0.1:9/ocpp"
DAY_S = 86_400


@pytest.fixture(scope="module")
def charger() -> Iterator[VirtualCharger]:
    """A charger without a central system, at the speed of a clock."""
    made = VirtualCharger(NOWHERE, "full", speed=1)
    yield made
    assert made.stop() == 0


def _request(charger: VirtualCharger, text: str) -> Any:
    host, _, port = charger.ready["control"].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock:
        sock.sendall(text.encode() + b"\n")
        return json.loads(sock.makefile("rb").readline())


def test_the_reply_comes_when_the_time_is_over_and_nothing_was_reset(charger: VirtualCharger) -> None:
    before_s = charger.time_s()
    reply = _request(charger, '{"cmd": "skip", "seconds": 86400}')
    assert reply["ok"] is True
    assert DAY_S <= charger.time_s() - before_s < DAY_S + 30
    truth = charger.truth()
    assert truth["boots"] == 1 and truth["firmware"] == "running"
    assert charger.request("violations")["violations"] == []


@pytest.mark.parametrize("text", ['{"cmd": "skip"}', '{"cmd": "skip", "seconds": -1}', '{"cmd": "skip", "seconds": "week"}',
                                  '{"cmd": "skip", "seconds": 1, "days": 2}'])
def test_a_skip_that_cannot_be_gets_an_error(charger: VirtualCharger, text: str) -> None:
    reply = _request(charger, text)
    assert reply["ok"] is False and reply["error"]


def test_other_clients_are_answered_meanwhile_and_a_second_skip_is_refused(charger: VirtualCharger) -> None:
    host, _, port = charger.ready["control"].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock:
        sock.sendall(b'{"cmd": "skip", "seconds": 40000}\n{"cmd": "get"}\n')
        lines = sock.makefile("rb")
        charger.truth()
        with pytest.raises(ControlRefused, match="under way"):
            charger.request("skip", seconds=5)
        over = json.loads(lines.readline())
        assert over["ok"] is True
        assert json.loads(lines.readline())["time_s"] >= over["time_s"]


def test_time_goes_on_at_its_own_pace_afterwards(charger: VirtualCharger) -> None:
    charger.request("skip", seconds=3600)
    assert charger.request("get")["speed"] == 1
    now_s = charger.time_s()
    assert charger.time_s() - now_s < 1


def test_it_passes_while_the_power_is_off(charger: VirtualCharger) -> None:
    charger.request("power", on=False)
    before_s = charger.time_s()
    charger.request("skip", seconds=30 * DAY_S)
    assert charger.time_s() - before_s >= 30 * DAY_S
    charger.request("power", on=True)
    assert charger.truth()["firmware"] == "running"


def test_a_firmware_that_hangs_is_reset_by_its_watchdog_in_it() -> None:
    made = VirtualCharger(NOWHERE, "lecs007", speed=20)
    made.skip(60)
    made.request("fault", name="firmware_hang", on=True)
    made.skip(30)
    assert made.truth()["boots"] == 2
    made.stop()


def test_a_car_charges_on_until_its_battery_is_full_and_the_energy_is_counted() -> None:
    with fresh("lecs007", settings={"MeterValueSampleInterval": "900"}) as rig:
        rig.plug(soc=90, max_current_a=16)
        rig.call("RemoteStartTransaction", connectorId=1, idTag="CARD-1")
        rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 60, "the contactor closes")
        rig.charger.skip(3600)
        connector = rig.charger.connector()
        assert connector["contactor"] == "closed" and 3500 < connector["meter_wh"] < 3900
        rig.charger.skip(3600)
        connector = rig.charger.connector()
        assert connector["soc"] == 100 and connector["current_a"] == 0
        told = [int(value["value"]) for message in rig.calls("MeterValues") for value in message["meterValue"][0]["sampledValue"]
                if value.get("measurand", "Energy.Active.Import.Register") == "Energy.Active.Import.Register"]
        assert len(told) >= 7 and told == sorted(told)
        assert abs(told[-1] - connector["meter_wh"]) < 30
        assert rig.charger.request("violations")["violations"] == []
