"""A central system on the PyPI package `ocpp`, used as its documentation shows it."""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import datetime, timezone
from typing import Any

import websockets
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action

from host_tests.peers.peer import HEARTBEAT_S, Peer, Refused

logging.getLogger("ocpp").setLevel(logging.CRITICAL)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat()


class _Charger(ChargePoint):  # type: ignore[misc]
    peer: OcppPackagePeer

    def _answer(self, action: str, payload: dict[str, Any], answer: Any) -> Any:
        self.peer.note(action, {_camel(key): value for key, value in payload.items()}, {_camel(key): value for key, value in vars(answer).items()})
        return answer

    @on(Action.boot_notification)  # type: ignore[untyped-decorator]
    def on_boot(self, **payload: Any) -> Any:
        status, interval = self.peer.registrations.pop(0) if self.peer.registrations else ("Accepted", HEARTBEAT_S)
        return self._answer("BootNotification", payload, call_result.BootNotification(current_time=_now(), interval=interval, status=status))

    @on(Action.heartbeat)  # type: ignore[untyped-decorator]
    def on_heartbeat(self, **payload: Any) -> Any:
        return self._answer("Heartbeat", payload, call_result.Heartbeat(current_time=_now()))

    @on(Action.authorize)  # type: ignore[untyped-decorator]
    def on_authorize(self, **payload: Any) -> Any:
        return self._answer("Authorize", payload, call_result.Authorize(id_tag_info={"status": "Accepted"}))

    @on(Action.start_transaction)  # type: ignore[untyped-decorator]
    def on_start(self, **payload: Any) -> Any:
        self.peer.transaction += 1
        return self._answer("StartTransaction", payload, call_result.StartTransaction(transaction_id=self.peer.transaction, id_tag_info={"status": "Accepted"}))

    @on(Action.stop_transaction)  # type: ignore[untyped-decorator]
    def on_stop(self, **payload: Any) -> Any:
        return self._answer("StopTransaction", payload, call_result.StopTransaction())

    @on(Action.status_notification)  # type: ignore[untyped-decorator]
    def on_status(self, **payload: Any) -> Any:
        return self._answer("StatusNotification", payload, call_result.StatusNotification())

    @on(Action.meter_values)  # type: ignore[untyped-decorator]
    def on_meter_values(self, **payload: Any) -> Any:
        return self._answer("MeterValues", payload, call_result.MeterValues())

    @on(Action.data_transfer)  # type: ignore[untyped-decorator]
    def on_data_transfer(self, **payload: Any) -> Any:
        return self._answer("DataTransfer", payload, call_result.DataTransfer(status="UnknownVendorId"))


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


class OcppPackagePeer(Peer):
    """Runs the package's event loop in a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.registrations: list[tuple[str, int]] = []
        self.transaction = 5000
        self._port = 0
        self._charger: _Charger | None = None
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._main(),), daemon=True)
        self._end = asyncio.Event()
        self._thread.start()
        self._listening.wait(10)

    async def _main(self) -> None:
        async with websockets.serve(self._serve, "127.0.0.1", 0, subprotocols=["ocpp1.6"]) as server:  # type: ignore[list-item]
            self._port = next(iter(server.sockets)).getsockname()[1]
            self._listening.set()
            await self._end.wait()

    async def _serve(self, connection: websockets.ServerConnection) -> None:
        assert connection.request is not None
        charger = _Charger(connection.request.path.rsplit("/", 1)[-1], connection)
        charger.peer = self
        self._charger = charger
        try:
            await charger.start()
        except websockets.ConnectionClosed:
            pass
        except OCPPError as error:
            self.complain(repr(error))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self._port}"

    def call(self, action: str, **payload: Any) -> dict[str, Any]:
        """Send a CALL; the package validates request and answer."""
        if self._charger is None:
            raise ConnectionError("no charge point is connected")
        request = getattr(call, action)(**{_snake(key): value for key, value in payload.items()})
        future = asyncio.run_coroutine_threadsafe(self._charger.call(request, suppress=False), self._loop)
        try:
            answer = future.result(40)
        except OCPPError as error:
            if error.code in ("NotSupported", "NotImplemented"):
                raise Refused(error.code) from error
            self.complain(f"{action}: {error!r}")
            raise Refused(error.code) from error
        return {_camel(key): value for key, value in vars(answer).items()}

    def registration(self, status: str, interval_s: int) -> None:
        """Answer one BootNotification like this."""
        self.registrations.append((status, interval_s))

    def close(self) -> None:
        """End the server."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(15)
