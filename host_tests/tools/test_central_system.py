"""The central system against a plain WebSocket client."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tools.csms.certificate import make_certificates, server_context
from tools.csms.charger import Charger, Refused
from tools.csms.commands import Unusable, request
from tools.csms.messages import Timeout
from tools.csms.policy import SILENCE, Policy, Refusal
from tools.csms.schema import check_payload
from tools.csms.server import CentralSystem

OCPP = [Subprotocol("ocpp1.6")]
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


def _with_charger(test: Callable[[Charger, ClientConnection], Awaitable[None]], policy: Policy | None = None) -> None:
    async def run() -> None:
        async with CentralSystem(policy) as central_system:
            async with connect(central_system.url + "/some/path/CP%201", subprotocols=OCPP) as socket:
                await test(await central_system.charger("CP 1"), socket)

    asyncio.run(run())


async def _ask(socket: ClientConnection, unique_id: str, action: str, payload: dict[str, Any]) -> list[Any]:
    await socket.send(json.dumps([2, unique_id, action, payload]))
    answer: list[Any] = json.loads(await asyncio.wait_for(socket.recv(), 5))
    return answer


def test_boot_answers_follow_the_script() -> None:
    async def test(charger: Charger, socket: ClientConnection) -> None:
        statuses = [(await _ask(socket, str(n), "BootNotification", BOOT))[2]["status"] for n in range(4)]
        assert statuses == ["Rejected", "Pending", "Accepted", "Accepted"]
        assert charger.all_problems == [] and len(charger.log.calls("BootNotification")) == 4

    _with_charger(test, Policy(boot=["Rejected", "Pending", "Accepted"]))


def test_transactions_are_booked_and_cards_judged() -> None:
    async def test(charger: Charger, socket: ClientConnection) -> None:
        start = {"connectorId": 1, "idTag": "bad", "meterStart": 5, "timestamp": "2026-11-23T08:00:00.000Z"}
        answer = await _ask(socket, "1", "StartTransaction", start)
        assert answer[2] == {"transactionId": 77, "idTagInfo": {"status": "Blocked"}}
        await _ask(socket, "2", "StopTransaction", {"transactionId": 77, "meterStop": 9, "timestamp": "2026-11-23T09:00:00.000Z"})
        assert charger.ledger.transactions[0].energy_wh == 4 and charger.all_problems == []

    _with_charger(test, Policy(cards={"BAD": {"status": "Blocked"}}, next_transaction_ids=[77]))


def test_rules_come_before_the_policy() -> None:
    async def test(charger: Charger, socket: ClientConnection) -> None:
        charger.answers["Heartbeat"] = Refusal("InternalError", "tired")
        assert (await _ask(socket, "1", "Heartbeat", {}))[:3] == [4, "1", "InternalError"]
        charger.answers["Heartbeat"] = lambda payload: None
        assert (await _ask(socket, "2", "Heartbeat", {}))[0] == 3
        charger.answers["Heartbeat"] = SILENCE
        with pytest.raises(asyncio.TimeoutError):
            await socket.send('[2,"3","Heartbeat",{}]')
            await asyncio.wait_for(socket.recv(), 0.2)

    _with_charger(test)


def test_wrong_messages_are_refused_and_remembered() -> None:
    wrong = ('[2,"1","Authorize",{}]', '[2,"1","Unheard",{}]', '[2,"1","Heartbeat"]')

    async def test(charger: Charger, socket: ClientConnection) -> None:
        for number, text in enumerate(wrong, 1):
            await socket.send(text)
            assert json.loads(await asyncio.wait_for(socket.recv(), 5))[:2] == [4, "1"]
            assert len(charger.problems) == number
        await socket.send("garbage")
        await socket.send(b"binary")
        assert (await _ask(socket, "2", "Heartbeat", {}))[0] == 3
        assert len(charger.problems) == len(wrong) + 2

    _with_charger(test)


def test_calls_wait_for_their_answer() -> None:
    async def test(charger: Charger, socket: ClientConnection) -> None:
        async def answer(reply: str) -> None:
            unique_id = json.loads(await socket.recv())[1]
            await socket.send(reply.replace("ID", unique_id))

        answering = asyncio.ensure_future(answer('[3,"ID",{"status":"Accepted"}]'))
        assert await charger.call("Reset", {"type": "Soft"}) == {"status": "Accepted"}
        await answering
        answering = asyncio.ensure_future(answer('[4,"ID","NotSupported","no",{}]'))
        with pytest.raises(Refused, match="NotSupported"):
            await charger.call("ClearCache")
        await answering
        with pytest.raises(Timeout):
            await charger.call("ClearCache", timeout_s=0.1)
        leaving = asyncio.ensure_future(charger.call("ClearCache"))
        await asyncio.sleep(0)
        await socket.close()
        with pytest.raises((ConnectionError, ConnectionClosed)):
            await leaving
        assert charger.problems == []

    _with_charger(test)


def test_a_wait_that_fails_says_what_came() -> None:
    async def test(charger: Charger, socket: ClientConnection) -> None:
        await _ask(socket, "1", "Heartbeat", {})
        with pytest.raises(Timeout, match='"Heartbeat"'):
            await charger.expect("BootNotification", timeout_s=0.05)
        assert (await charger.expect("Heartbeat")).number == 0

    _with_charger(test)


def test_who_may_connect() -> None:
    async def run() -> None:
        async with CentralSystem(keys={"A": b"secret-secret-16"}) as central_system:
            for url, protocols, status in (("/A", OCPP, 401), ("/B", [Subprotocol("ocpp2.0.1")], 400), ("/B", None, 400), ("/", OCPP, 404)):
                with pytest.raises(InvalidStatus) as refusal:
                    await connect(central_system.url + url, subprotocols=protocols)
                assert refusal.value.response.status_code == status
            with_key = central_system.url.replace("//", "//A:secret-secret-16@") + "/A"
            async with connect(with_key, subprotocols=OCPP), connect(central_system.url + "/B", subprotocols=OCPP):
                await central_system.charger("A")
                await central_system.charger("B")
            assert len(central_system.refused) == 4

    asyncio.run(run())


def test_tls_with_a_certificate_made_on_the_spot(tmp_path: Path) -> None:
    make_certificates(tmp_path)

    async def run() -> None:
        async with CentralSystem(tls=server_context(tmp_path)) as central_system:
            assert central_system.url.startswith("wss://")
            trusting = ssl.create_default_context(cadata=(tmp_path / "root.der").read_bytes())
            async with connect(central_system.url + "/A", subprotocols=OCPP, ssl=trusting) as socket:
                assert (await _ask(socket, "1", "Heartbeat", {}))[0] == 3
            with pytest.raises(ssl.SSLCertVerificationError):
                await connect(central_system.url + "/A", subprotocols=OCPP, ssl=ssl.create_default_context())

    asyncio.run(run())


def test_commands_become_valid_requests() -> None:
    for line in (
        "start", "start ABC 2", "stop 5", "get", "get HeartbeatInterval", "set HeartbeatInterval 60", "set StopTxnAlignedData",
        "reset", "reset hard", "unlock", "unlock 2", "operative 1", "inoperative", "clear-cache", "data vendor", "data vendor id some text",
        'call TriggerMessage {"requestedMessage": "Heartbeat"}',
    ):  # fmt: skip
        action, payload = request(line)
        check_payload(action, payload)
    assert request("stop", 9) == ("RemoteStopTransaction", {"transactionId": 9})
    assert request("inoperative 2") == ("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"})
    for line in ("stop", "set", "dance", "call Reset {", "start 'A"):
        with pytest.raises(Unusable):
            request(line)
