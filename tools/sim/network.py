"""The network cable: a proxy for TCP and UDP between the firmware's sockets and the world outside, which can be pulled.

While the cable is out, bytes stand still in both directions and nothing is closed or refused; a connection made meanwhile goes
nowhere until the cable is back. A firmware that is killed says nothing to its peer: the connection stays open outside until the board
has started again and its network stack knows nothing of it.
"""

from __future__ import annotations

import selectors
import socket
import struct
from typing import Callable

from tools.sim.datagrams import Datagrams

CHUNK_BYTES = 65536
BACKLOG_BYTES = 262144
ANSWER_S = 1.0
UNKNOWN_S = 0.05
TEXT_OPCODE = 0x81  # with FIN; a client masks
PING_OPCODE = 0x89
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Pipe:
    """One connection: inner socket (firmware) and outer socket (destination), with what is on its way."""

    def __init__(self, network: "Network", inner: socket.socket, destination: tuple[str, int]) -> None:
        self._network = network
        self.inner: socket.socket | None = inner
        self.outer: socket.socket | None = None
        self._destination = destination
        self._connected = False
        self._to_outer = bytearray()
        self._to_inner = bytearray()
        self._inner_ended = False
        self._outer_ended = False
        inner.setblocking(False)
        self.pump()

    def pump(self) -> None:
        """Move what can be moved, then ask to be called when more can."""
        if self._network.up and self.outer is None and self.inner is not None:
            self._dial()
        for sock in (self.inner, self.outer):
            self._network.unwatch(sock)
        if self._network.up:
            try:
                self._move()
            except OSError:
                self.close(abort=True)
                return
        self._watch()

    def _dial(self) -> None:
        host, port = self._destination
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self.outer = socket.socket(family, kind, protocol)
            self.outer.setblocking(False)
            self.outer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.outer.connect(address)
            self._connected = True
        except BlockingIOError:
            pass
        except OSError:
            self.close(abort=True)

    def _move(self) -> None:
        if self.outer is not None and not self._connected:
            error = self.outer.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, "connection refused")
            try:
                self.outer.getpeername()
            except OSError:
                return
            self._connected = True
        if self.inner is not None and not self._inner_ended and len(self._to_outer) < BACKLOG_BYTES:
            self._inner_ended = _read(self.inner, self._to_outer)
        if self.outer is not None and self._connected:
            if not self._outer_ended and len(self._to_inner) < BACKLOG_BYTES:
                self._outer_ended = _read(self.outer, self._to_inner)
            if self._to_outer:
                self._network.sent(answer_due_s(self._to_outer))
            _write(self.outer, self._to_outer)
        if self.inner is not None and self._to_inner:
            self._network.received()
            _write(self.inner, self._to_inner)
        self._finish()

    def _finish(self) -> None:
        if self.inner is not None and self._outer_ended and not self._to_inner:
            self._network.received()
            self.close(abort=False)
        elif self._inner_ended and not self._to_outer:
            self.close(abort=False)

    def _watch(self) -> None:
        if self.inner is not None:
            events = 0 if self._inner_ended or len(self._to_outer) >= BACKLOG_BYTES else selectors.EVENT_READ
            events |= selectors.EVENT_WRITE if self._to_inner else 0
            self._network.watch(self.inner, events, self.pump)
        if self.outer is not None:
            events = 0 if self._outer_ended or not self._connected else selectors.EVENT_READ
            events |= selectors.EVENT_WRITE if self._to_outer or not self._connected else 0
            self._network.watch(self.outer, events, self.pump)

    def orphan(self) -> None:
        """The firmware is gone without a word: the outer side hears nothing more."""
        self._network.unwatch(self.inner)
        self._network.unwatch(self.outer)
        if self.inner is not None:
            self.inner.close()
            self.inner = None
        self._to_outer.clear()

    def close(self, abort: bool) -> None:
        """End both sides; `abort` makes it a reset."""
        for sock in (self.inner, self.outer):
            self._network.unwatch(sock)
            if sock is not None:
                if abort:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                sock.close()
        self.inner = self.outer = None
        self._network.forget(self)


def answer_due_s(data: bytes | bytearray) -> float:
    """How many real seconds simulated time may stand still for the answer to these bytes of the firmware.

    A CALL, a ping and an HTTP request are answered at once by a central system that is well; a CALLRESULT is not answered at all. What
    cannot be read, as with TLS, may be either.
    """
    if data[:4] == b"GET ":
        return ANSWER_S
    opcode, length = data[0], data[1] & 0x7F if len(data) > 1 else 0
    if opcode == PING_OPCODE:
        return ANSWER_S
    if opcode != TEXT_OPCODE:
        return UNKNOWN_S
    start = {126: 4, 127: 10}.get(length, 2)
    if len(data) < start + 6:
        return UNKNOWN_S
    kind = bytes(data[start + 4 + n] ^ data[start + n] for n in range(2))
    return ANSWER_S if kind == b"[2" else 0.0


def _read(sock: socket.socket, into: bytearray) -> bool:
    """Read what is there; True at the end of the stream."""
    try:
        data = sock.recv(CHUNK_BYTES)
    except BlockingIOError:
        return False
    into += data
    return not data


def _write(sock: socket.socket, data: bytearray) -> None:
    if data:
        try:
            del data[: sock.send(data)]
        except BlockingIOError:
            pass


class Network:
    """All connections of the board, and the cable they go through."""

    def __init__(self, selector: selectors.BaseSelector, received: Callable[[], None], sent: Callable[[float], None]) -> None:
        """Args: `received` is called when bytes reach the firmware, `sent` when bytes leave it, with how long an answer is worth waiting for."""
        self._selector = selector
        self.received = received
        self.sent = sent
        self.up = True
        self._listeners: dict[tuple[str, int], socket.socket] = {}
        self._datagrams: list[Datagrams] = []
        self._pipes: list[Pipe] = []
        self._orphans: list[Pipe] = []

    def route(self, host: str, port: int) -> int:
        """The port on 127.0.0.1 behind which the destination is, for TCP and UDP. Raises OSError when the name cannot be resolved."""
        if not self.up and not _is_literal(host):
            raise OSError(-2, "no name server while the cable is out")
        key = (host, port)
        if key not in self._listeners:
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            listener = self._listen(key)
            self._listeners[key] = listener
            self.watch(listener, selectors.EVENT_READ, lambda: self._accept(listener, key))
        return int(self._listeners[key].getsockname()[1])

    def _listen(self, destination: tuple[str, int]) -> socket.socket:
        """A TCP listener on a port whose UDP twin is free too and is relayed."""
        while True:
            listener = socket.create_server(("127.0.0.1", 0))
            listener.setblocking(False)
            try:
                datagrams = Datagrams(listener.getsockname()[1], destination, lambda: self.up, self.received, lambda: self.sent(UNKNOWN_S))
            except OSError:
                listener.close()  # the port is somebody else's in UDP
                continue
            self._datagrams.append(datagrams)
            for sock, action in ((datagrams.inner, datagrams.outward), (datagrams.outer, datagrams.inward)):
                self.watch(sock, selectors.EVENT_READ, action)
            return listener

    def _accept(self, listener: socket.socket, destination: tuple[str, int]) -> None:
        try:
            inner, _ = listener.accept()
        except OSError:
            return
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pipe = Pipe(self, inner, destination)
        if pipe.inner is not None:
            self._pipes.append(pipe)

    def cable(self, up: bool) -> None:
        """Pull the cable out or put it back."""
        self.up = up
        for pipe in list(self._pipes):
            pipe.pump()

    def board_lost(self) -> None:
        """The board has no power, or was reset, in the middle of everything."""
        self._orphans += self._pipes
        for pipe in self._pipes:
            pipe.orphan()
        self._pipes.clear()

    def board_started(self) -> None:
        """The board's network stack is new: it answers the packets of connections it does not know with a reset."""
        for pipe in list(self._orphans):
            pipe.close(abort=True)
        self._orphans.clear()

    def close(self) -> None:
        """End everything."""
        for pipe in list(self._pipes) + list(self._orphans):
            pipe.close(abort=False)
        for listener in self._listeners.values():
            self.unwatch(listener)
            listener.close()
        self._listeners.clear()
        for datagrams in self._datagrams:
            self.unwatch(datagrams.inner)
            self.unwatch(datagrams.outer)
            datagrams.close()
        self._datagrams.clear()

    def forget(self, pipe: Pipe) -> None:
        """A connection has ended."""
        if pipe in self._pipes:
            self._pipes.remove(pipe)

    def watch(self, sock: socket.socket, events: int, action: Callable[[], None]) -> None:
        """Call `action` when the socket is ready."""
        if events:
            self._selector.register(sock, events, action)

    def unwatch(self, sock: socket.socket | None) -> None:
        """Stop watching a socket."""
        if sock is not None and sock.fileno() >= 0:
            try:
                self._selector.unregister(sock)
            except KeyError:
                pass


def _is_literal(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
            return True
        except OSError:
            pass
    return False
