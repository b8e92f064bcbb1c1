"""A stand-in with the command line and control socket of the virtual charger, and a charger that can be told to misbehave.

It lets the tools be tested without firmware. The environment variable WRONG makes it lie: energy, status, contactor, schema, deaf, crash.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

WATTS = 3680.0


class FakeCharger:
    """Charger and world in one."""

    def __init__(self, arguments: argparse.Namespace, wrong: str) -> None:
        self._arguments = arguments
        self._wrong = wrong
        self._began = time.monotonic()
        self._record = Path(arguments.record).open("w", encoding="utf-8", buffering=1)
        self._events: list[dict[str, Any]] = []
        self._socket: ClientConnection
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._number = 0
        self._plugged = self._closed = False
        self._closed_at = self._wh = 0.0
        self._transaction: int | None = None
        self._begin = datetime.now(timezone.utc)
        settings = dict(text.partition("=")[::2] for text in arguments.set)
        self._sample_s = float(settings.get("MeterValueSampleInterval", "60"))
        self._samples: asyncio.Task[None] | None = None
        self._work: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def run(self) -> None:
        """Serve the control socket and be a charger."""
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        print(json.dumps({"event": "ready", "control": f"127.0.0.1:{port}", "pid": os.getpid(), "firmware_pid": 1}), flush=True)
        url = f"{self._arguments.csms}/{self._arguments.id}"
        async with connect(url, subprotocols=[Subprotocol("ocpp1.6")]) as self._socket:
            reading = asyncio.ensure_future(self._read())
            await self._boot()
            while True:
                await self._react(await self._work.get())
                assert not reading.done()

    def _time_s(self) -> float:
        return (time.monotonic() - self._began) * float(self._arguments.speed)

    def _energy_wh(self) -> float:
        return self._wh + ((self._time_s() - self._closed_at) * WATTS / 3600 if self._closed else 0.0)

    def _register_wh(self) -> int:
        return int(self._energy_wh() * (1.5 if self._wrong == "energy" else 1))

    def _note(self, direction: str, text: str) -> None:
        self._record.write(json.dumps({"time_s": self._time_s(), "direction": direction, "text": text}) + "\n")

    async def _read(self) -> None:
        async for text in self._socket:
            self._note("in", str(text))
            self._answers.put_nowait(json.loads(text)[2])

    async def _call(self, action: str, **payload: Any) -> dict[str, Any]:
        self._number += 1
        text = json.dumps([2, str(self._number), action, payload])
        self._note("out", text)
        await self._socket.send(text)
        return await self._answers.get()

    def _utc(self) -> str:
        return (self._begin + timedelta(seconds=self._time_s())).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def _status(self, status: str, connector: int = 1) -> None:
        extra = {"colour": "blue"} if self._wrong == "schema" and status == "Charging" else {}
        await self._call("StatusNotification", connectorId=connector, status=status, errorCode="NoError", timestamp=self._utc(), **extra)

    async def _boot(self) -> None:
        await self._call("BootNotification", chargePointVendor="Pilotline", chargePointModel="fake")
        await self._status("Available", 0)
        await self._status("Available")

    def _contactor(self, closed: bool) -> None:
        self._wh, self._closed_at, self._closed = self._energy_wh(), self._time_s(), closed
        states = ("open", "closed") if closed else ("closed", "open")
        event = {"n": len(self._events) + 1, "time_s": self._time_s(), "connector": 1, "what": "contactor", "from": states[0], "to": states[1]}
        self._events.append(event)

    async def _react(self, request: dict[str, Any]) -> None:
        if self._wrong == "deaf":
            return
        if self._wrong == "crash":
            sys.exit(3)
        if request["cmd"] == "plug":
            self._plugged = True
            await self._status("Preparing")
        elif request["cmd"] == "unplug":
            self._plugged = False
            await self._status("Available")
        elif self._closed:
            await self._stop(request["uid"])
        else:
            await self._start(request["uid"])

    async def _start(self, card: str) -> None:
        await self._call("Authorize", idTag=card)
        start = await self._call("StartTransaction", connectorId=1, idTag=card, meterStart=self._register_wh(), timestamp=self._utc())
        self._transaction = start["transactionId"]
        self._contactor(True)
        await self._status("SuspendedEV" if self._wrong == "status" else "Charging")
        if self._wrong == "status":
            await self._status("Charging")
        self._samples = asyncio.ensure_future(self._sample())

    async def _sample(self) -> None:
        while True:
            await asyncio.sleep(self._sample_s / float(self._arguments.speed))
            reading = {"timestamp": self._utc(), "sampledValue": [{"value": str(self._register_wh())}]}
            await self._call("MeterValues", connectorId=1, transactionId=self._transaction, meterValue=[reading])

    async def _stop(self, card: str) -> None:
        assert self._samples is not None
        self._samples.cancel()
        if self._wrong != "contactor":
            self._contactor(False)
        await self._call("StopTransaction", transactionId=self._transaction, idTag=card, meterStop=self._register_wh(), timestamp=self._utc())
        await self._status("Finishing")

    def _reply(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["cmd"] == "events":
            return {"events": self._events[request.get("since", 0) :]}
        if request["cmd"] == "get":
            world = {"time_s": self._time_s(), "power": True, "link": True, "firmware": "running", "boots": 1, "connectors": [self._connector()]}
            return world | {"led": "green", "flash": {"writes": 1, "erases": 0}, "heap": {"used": 61440, "free": 69632, "peak": 65536}}
        self._work.put_nowait(request)
        return {}

    def _connector(self) -> dict[str, Any]:
        return {
            "id": 1,
            "plugged": self._plugged,
            "pilot_state": "C" if self._closed else "B" if self._plugged else "A",
            "pilot_duty_percent": 53.3,
            "contactor": "closed" if self._closed else "open",
            "power_w": WATTS * self._closed,
            "current_a": 16.0 * self._closed,
            "voltage_v": 230.0,
            "meter_wh": self._energy_wh(),
            "soc": 40,
            "lock": "none",
            "faults": [],
        }

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps({"ok": True, **self._reply(json.loads(line))}).encode() + b"\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("csms", "id", "record", "flash", "product", "runtime"):
        parser.add_argument("--" + name)
    parser.add_argument("--speed", type=float, default=1)
    parser.add_argument("--set", action="append", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(FakeCharger(_arguments(), os.environ.get("WRONG", "")).run())
