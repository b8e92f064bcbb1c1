"""The control socket: JSON lines in, JSON lines out, any number of clients."""

from __future__ import annotations

import json
import selectors
import socket
from typing import TYPE_CHECKING

from tools.sim.commands import CommandError, carry_out

if TYPE_CHECKING:
    from tools.sim.simulation import Simulation

LINE_BYTES_MAX = 1 << 20


class Client:
    """One connection: what it has sent, what it is still to be told."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = bytearray()
        self.unsent = bytearray()
        self.lines: list[bytes] = []
        self.ended = False
        self.waiting = False  # for the end of a skip


class ControlServer:
    """Requests are carried out one after the other, when the world stands still for a moment."""

    def __init__(self, selector: selectors.BaseSelector, address: tuple[str, int], simulation: "Simulation") -> None:
        """Listen. Raises OSError."""
        self._selector = selector
        self._simulation = simulation
        self._listener = socket.create_server(address)
        self._listener.setblocking(False)
        self._clients: list[Client] = []
        selector.register(self._listener, selectors.EVENT_READ, self._accept)

    @property
    def address(self) -> str:
        """HOST:PORT it listens on."""
        host, port = self._listener.getsockname()[:2]
        return "%s:%d" % (host, port)

    @property
    def pending(self) -> bool:
        """Requests are waiting, or the reply to a skip that is over."""
        return any(client.lines and not client.waiting or client.waiting and not self._simulation.skipping for client in self._clients)

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = Client(sock)
        self._clients.append(client)
        self._selector.register(sock, selectors.EVENT_READ, lambda: self._ready(client))

    def _ready(self, client: Client) -> None:
        if client.unsent:
            self._send(client)
            if client not in self._clients:
                return
        try:
            data = client.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(client)
            return
        client.received += data
        *lines, rest = bytes(client.received).split(b"\n")
        client.received = bytearray(rest)
        client.lines += lines
        if len(rest) > LINE_BYTES_MAX:
            self._drop(client)

    def process(self) -> None:
        """Carry out the requests that are waiting, those of one client in order."""
        for client in list(self._clients):
            if client.waiting and not self._simulation.skipping:
                client.waiting = False
                self._reply(client, {"ok": True, "time_s": self._simulation.time_s})
            while client.lines and client in self._clients and not client.waiting and self._simulation.quiet():
                line = client.lines.pop(0)
                if line.strip():
                    skipped = self._simulation.skipping
                    reply = self._answer(line)
                    client.waiting = bool(reply["ok"]) and self._simulation.skipping and not skipped
                    if not client.waiting:
                        self._reply(client, reply)

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            request = json.loads(line)
        except ValueError as error:
            return {"ok": False, "error": "not a line of JSON: %s" % error}
        if not isinstance(request, dict):
            return {"ok": False, "error": "a request is a JSON object with a member cmd, not %s" % type(request).__name__}
        try:
            return {"ok": True, **carry_out(self._simulation, request)}
        except CommandError as error:
            return {"ok": False, "error": str(error)}

    def _reply(self, client: Client, reply: dict[str, object]) -> None:
        client.unsent += json.dumps(reply).encode() + b"\n"
        self._send(client)

    def _send(self, client: Client) -> None:
        try:
            while client.unsent:
                del client.unsent[: client.sock.send(client.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(client)
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.unsent else 0)
        self._selector.modify(client.sock, events, lambda: self._ready(client))

    def _drop(self, client: Client) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._selector.unregister(client.sock)
            client.sock.close()

    def close(self) -> None:
        """Send what can be sent and close everything."""
        for client in list(self._clients):
            self._drop(client)
        self._selector.unregister(self._listener)
        self._listener.close()
