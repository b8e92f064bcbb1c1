"""A central system on bare `websockets`: it knows the OCPP 1.6J specification, and nothing of our code."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timezone
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

Frame = list[Any]


class BareCentral:
    """Records frames as they come and answers the CALLs of a charge point; anything may be put on its socket."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.frames: list[Frame] = []
        self.connections = 0
        self.closings: list[int] = []
        self.registrations: list[tuple[str, int]] = []
        self.mute = False
        self.socket: ServerConnection | None = None
        self._transactions = 0
        self._server = serve(self._serve, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")], ping_interval=None, max_size=None, close_timeout=1)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/steve/websocket/CentralSystemService"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        if self.socket is not None:
            self.socket.close()

    def _serve(self, connection: ServerConnection) -> None:
        with self.news:
            self.socket = connection
            self.connections += 1
            self.news.notify_all()
        try:
            for text in connection:
                self._receive(connection, text)
        except (ConnectionClosed, OSError):
            pass
        with self.news:
            self.closings.append(connection.close_code or 0)
            self.news.notify_all()

    def _receive(self, connection: ServerConnection, text: str | bytes) -> None:
        frame = json.loads(text)
        if frame[0] == 2 and not self.mute:
            connection.send(json.dumps([3, frame[1], self._answer(frame[2])]))
        with self.news:
            self.frames.append(frame)
            self.news.notify_all()

    def _answer(self, action: str) -> dict[str, Any]:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        if action == "BootNotification":
            status, interval = self.registrations.pop(0) if self.registrations else ("Accepted", 300)
            return {"status": status, "currentTime": now, "interval": interval}
        if action == "Heartbeat":
            return {"currentTime": now}
        if action == "StartTransaction":
            self._transactions += 1
            return {"transactionId": self._transactions, "idTagInfo": {"status": "Accepted"}}
        return {"idTagInfo": {"status": "Accepted"}} if action in ("Authorize", "StopTransaction") else {}

    def send(self, text: str | bytes) -> None:
        """Put a frame on the socket, text or binary."""
        assert self.socket is not None
        self.socket.send(text)

    def send_raw(self, data: bytes) -> None:
        """Put bytes on the TCP connection, past the WebSocket layer."""
        assert self.socket is not None
        self.socket.socket.sendall(data)

    def wait(self, condition: Any, real_s: float, what: str) -> Any:
        """Wait (real seconds) until the condition holds; returns its value."""
        end_s = time.monotonic() + real_s
        with self.news:
            while not (value := condition()):
                left_s = end_s - time.monotonic()
                assert left_s > 0, f"{what}: not within {real_s:g} real seconds; the last frames: {self.frames[-8:]}"
                self.news.wait(min(left_s, 0.1))
            return value

    def call(self, action: str, payload: dict[str, Any], real_s: float = 20) -> Frame:
        """Send a CALL and return the whole frame of the answer."""
        unique_id = f"bare-{time.monotonic_ns()}"
        self.send(json.dumps([2, unique_id, action, payload]))
        return self.answer(unique_id, real_s)

    def answer(self, unique_id: str, real_s: float = 20) -> Frame:
        """Wait for the answer to a CALL."""
        found: Frame = self.wait(
            lambda: next((frame for frame in self.frames if frame[0] in (3, 4) and frame[1] == unique_id), None), real_s, f"an answer to {unique_id}"
        )
        return found

    def calls(self, action: str, since: int = 0) -> list[dict[str, Any]]:
        """Return the payloads of an action."""
        return [frame[3] for frame in self.frames[since:] if frame[0] == 2 and frame[2] == action]
