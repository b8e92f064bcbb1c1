"""The pure half of the panel, without a browser and without nicegui: pairing, words, requests, curves, and a charger behind it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tools.csms.schema import check_payload
from tools.panel.curves import Curve, NotACurve
from tools.panel.exchanges import MOST_KEPT, Exchanges
from tools.panel.link import ChargerLink
from tools.panel.model import ChargerModel
from tools.panel.requests import REQUESTS, Request, Situation, Unusable
from tools.panel.words import FAULT_WORDS, next_step, offer_words, why_no_energy
from tools.run.stage import Settings
from tools.run.witness import FrameReader, WorldEvent
from tools.run.words import offered_a
from tools.sim import faults

FAKE = Path(__file__).with_name("fake_charger.py")
NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc)
SITUATION = Situation(1, 7, NOW, "http://127.0.0.1:1/uploads/x")


def _frames(*entries: tuple[float, str, str]) -> ChargerModel:
    reader, model = FrameReader(), ChargerModel()
    for time_s, direction, text in entries:
        model.take(reader.line(json.dumps({"time_s": time_s, "direction": direction, "text": text})))
    return model


def _request(label: str) -> Request:
    return next(request for request in REQUESTS if request.label == label)


AUTHORIZE = (1.0, "out", '[2,"a","Authorize",{"idTag":"04AA"}]')
START_TEXT = '{"connectorId":1,"idTag":"04AA","meterStart":5,"timestamp":"2026-01-02T03:04:05.678Z"}'
START = (2.0, "out", f'[2,"b","StartTransaction",{START_TEXT}]')
STOP_TEXT = '{"transactionId":9,"meterStop":6,"timestamp":"2026-01-02T03:05:05.678Z"}'


def test_an_answer_joins_its_request_with_verdict_and_time() -> None:
    model = _frames(AUTHORIZE, (1.021, "in", '[3,"a",{"idTagInfo":{"status":"Blocked"}}]'))
    exchange = model.exchanges.kept[0]
    assert len(model.exchanges.kept) == 1
    assert (exchange.answered, exchange.answered_ms, exchange.verdict) == ("Blocked", 21, "")
    assert '"idTag": "04AA"' in exchange.whole() and '"Blocked"' in exchange.whole()
    assert "refused the card: Blocked" in model.card


def test_requests_of_both_sides_with_the_same_id_are_not_mixed_up() -> None:
    model = _frames((1.0, "out", '[2,"1","Heartbeat",{}]'), (1.1, "in", '[2,"1","ClearCache",{}]'), (1.2, "out", '[3,"1",{"status":"Accepted"}]'))
    heartbeat, clear = model.exchanges.kept
    assert heartbeat.answer is None and clear.answered == "Accepted"


@pytest.mark.parametrize(
    "text,part",
    [
        ('[2,"a","Authorize",{"idTag":5}]', "Authorize"),
        ('[3,"nobody",{}]', "no open request"),
        ("[2", "not JSON"),
        ('[2,"a","Nonsense",{}]', "no such message"),
    ],
)
def test_a_wrong_message_is_shown_and_says_why(text: str, part: str) -> None:
    model = _frames((1.0, "in", text))
    assert part in model.exchanges.kept[0].verdict
    assert model.exchanges.kept[0].whole() and model.exchanges.kept[0].line


def test_the_search_finds_words_in_any_order_and_the_newest_first() -> None:
    model = _frames(AUTHORIZE, START)
    assert [exchange.call.action for exchange in model.exchanges.found("", 5)] == ["StartTransaction", "Authorize"]
    assert [exchange.call.action for exchange in model.exchanges.found("meterstart 04aa", 5)] == ["StartTransaction"]
    assert not model.exchanges.found("nothing", 5)


def test_memory_is_bounded() -> None:
    exchanges, reader = Exchanges(), FrameReader()
    for number in range(MOST_KEPT + 5):
        exchanges.add(reader.line(json.dumps({"time_s": 1, "direction": "out", "text": json.dumps([2, str(number), "Heartbeat", {}])})))
    assert len(exchanges.kept) == MOST_KEPT and exchanges.kept[-1].number == MOST_KEPT + 5


def test_the_transaction_of_a_connector_is_known_while_it_runs() -> None:
    begun = (START, (2.1, "in", '[3,"b",{"transactionId":9,"idTagInfo":{"status":"Accepted"}}]'))
    assert _frames(*begun).transaction(1) == 9
    assert _frames(*begun, (3.0, "out", f'[2,"c","StopTransaction",{STOP_TEXT}]')).transaction(1) is None


def test_a_status_counts_until_the_power_is_cut() -> None:
    text = '[2,"s","StatusNotification",{"connectorId":1,"status":"Available","errorCode":"NoError"}]'
    model = _frames((1.0, "out", text))
    assert model.status(1) == "Available"
    model.take(WorldEvent(2.0, None, "power", "on", "off"))
    assert model.status(1) == ""


def test_keys_are_kept_as_the_charger_told_them() -> None:
    answer = '[3,"k",{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"60"}],"unknownKey":["Nope"]}]'
    model = _frames((1.0, "in", '[2,"k","GetConfiguration",{}]'), (1.1, "out", answer))
    assert model.keys["HeartbeatInterval"]["value"] == "60" and model.unknown_keys == ["Nope"]


def test_every_request_of_the_form_satisfies_the_schema_as_it_stands() -> None:
    for request in REQUESTS:
        given = {"location": "http://127.0.0.1/file"} if request.action == "UpdateFirmware" else {}
        check_payload(request.action or "DataTransfer", request.payload(given, SITUATION))


@pytest.mark.parametrize(
    "label,values,part",
    [
        ("Reserve", {"minutes": "soon"}, "whole number"),
        ("Any request", {"payload": "{"}, "no JSON"),
        ("Any request", {"payload": "[]"}, "object"),
        ("Update firmware", {"location": "file.bin"}, "address"),
    ],
)
def test_fields_that_make_no_request_say_why(label: str, values: dict[str, str], part: str) -> None:
    with pytest.raises(Unusable, match=part):
        _request(label).payload(values, SITUATION)


def test_a_remote_stop_needs_a_transaction() -> None:
    assert _request("Stop remotely").payload({}, SITUATION) == {"transactionId": 7}
    with pytest.raises(Unusable, match="no transaction"):
        _request("Stop remotely").payload({}, Situation(1, None, NOW))


def test_a_curve_that_is_drawn_and_typed_becomes_periods() -> None:
    curve = Curve(slot_s=60)
    curve.read("0:16, 5:8, 10:32")
    assert curve.periods() == [{"startPeriod": 0, "limit": 16}, {"startPeriod": 300, "limit": 8}, {"startPeriod": 600, "limit": 32}]
    assert curve.text == "0:16, 5:8, 10:32"
    assert curve.draw(0.0, 2.0) == 0 and curve.draw(1.0, -1.0) == 23
    assert curve.limits_a[0] == 32 and curve.limits_a[-1] == 0


@pytest.mark.parametrize("text", ["", "16", "1:16", "0:16, 0:8", "0:99", "0:-1", "0:16, 500:8", "a:b"])
def test_a_text_that_is_no_curve_changes_nothing(text: str) -> None:
    curve = Curve()
    with pytest.raises(NotACurve):
        curve.read(text)
    assert curve.limits_a == Curve().limits_a


@pytest.mark.parametrize("purpose,connector", [("TxProfile", 2), ("TxDefaultProfile", 2), ("ChargePointMaxProfile", 0)])
def test_a_curve_is_sent_as_ocpp_wants_it(purpose: str, connector: int) -> None:
    payload = Curve().profile(purpose, 2, NOW, 7)
    check_payload("SetChargingProfile", payload)
    assert payload["connectorId"] == connector
    assert ("transactionId" in payload["csChargingProfiles"]) == (purpose == "TxProfile")


def test_every_fault_of_the_control_socket_has_words() -> None:
    assert set(FAULT_WORDS) == set(faults.NAMES)


@pytest.mark.parametrize("duty,offer", [(None, 0.0), (100.0, 0.0), (5.0, 0.0), (10.0, 6.0), (50.0, 30.0), (85.0, 51.0), (90.0, 65.0), (97.0, 0.0)])
def test_a_duty_offers_what_the_standard_says(duty: float | None, offer: float) -> None:
    assert offered_a(duty) == pytest.approx(offer)


def _world(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    connector = {"plugged": True, "faults": [], "contactor": "open", "power_w": 0.0, "pilot_state": "B", "pilot_duty_percent": 100.0, "current_a": 0.0}
    connector |= {name: value for name, value in changes.items() if name in connector}
    world = {"power": True, "firmware": "running", "faults": []}
    return world | {name: value for name, value in changes.items() if name in world and name != "faults"}, connector


@pytest.mark.parametrize(
    "changes,status,command",
    [
        ({"plugged": False}, "Available", "plug"),
        ({}, "Preparing", "tap"),
        ({"contactor": "closed"}, "Charging", "tap"),
        ({}, "Finishing", "unplug"),
        ({"power": False}, "Available", "power"),
        ({"faults": ["rcd_trip"]}, "Faulted", ""),
    ],
)
def test_the_guide_leads_through_a_session(changes: dict[str, Any], status: str, command: str) -> None:
    world, connector = _world(**changes)
    assert next_step(world, connector, status, "connected").command == command


@pytest.mark.parametrize(
    "changes,status,card,part",
    [
        ({"power_w": 3680.0}, "Charging", "", ""),
        ({"power": False}, "", "", "no power"),
        ({"firmware": "crashed"}, "", "", "crashed"),
        ({"plugged": False}, "Available", "", "no car"),
        ({"faults": ["emergency_stop"]}, "Faulted", "", "emergency stop"),
        ({}, "Preparing", "", "nobody is authorised"),
        ({}, "Preparing", "the central system refused the card: Blocked", "Blocked"),
        ({}, "SuspendedEVSE", "", "less than 6 A"),
        ({"contactor": "closed"}, "SuspendedEV", "", "does not ask"),
        ({}, "Finishing", "", "ended"),
    ],
)
def test_why_no_energy_flows(changes: dict[str, Any], status: str, card: str, part: str) -> None:
    world, connector = _world(**changes)
    said = why_no_energy(world, connector, status, card)
    assert part in said and bool(said) == bool(part)


def test_who_limits_the_current() -> None:
    _, connector = _world(pilot_duty_percent=50.0, current_a=16.0)
    assert "the car" in offer_words(connector)
    assert "the charger" in offer_words(connector | {"current_a": 30.0})
    assert offer_words(connector | {"pilot_duty_percent": 100.0}) == "offers nothing"


async def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def test_a_link_shows_a_session_and_ends_it_all() -> None:
    async def use() -> None:
        link = ChargerLink(Settings(speed=20, program=FAKE))
        await link.open()
        try:
            await _until(lambda: link.model.status(1) == "Available" and link.model.world)
            assert not await link.do("plug", connector=1)
            await _until(lambda: link.model.status(1) == "Preparing")
            await link.do("tap", uid="0411223344AABB")
            await _until(lambda: link.model.transaction(1) == 1 and link.model.series[1]["power_w"][-1][1])
            assert link.connection() == "connected"
            assert "console" in await link.console("status")
        finally:
            await link.close()
        assert await link.do("plug", connector=1)  # the charger has gone: words, no exception

    asyncio.run(use())


def test_a_charger_that_does_not_start_says_why() -> None:
    async def use() -> None:
        link = ChargerLink(Settings(program=FAKE.with_name("missing.py")))
        await link.open()
        assert "did not start" in link.connection()
        assert "did not start" in await link.do("plug")
        await link.close()

    asyncio.run(use())


def test_without_the_package_the_panel_says_what_to_do() -> None:
    program = Path(__file__).resolve().parents[2] / "tools" / "run_panel.py"
    hide = "import sys, runpy, importlib.util as u; find = u.find_spec; u.find_spec = lambda name, *a: None if name == 'nicegui' else find(name, *a)"
    run = f"{hide}; sys.argv = ['run_panel.py']; runpy.run_path({str(program)!r}, run_name='__main__')"
    ended = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2 and "make panel" in ended.stderr and len(ended.stderr.splitlines()) == 1
