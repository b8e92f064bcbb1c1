"""The proxy that is the network cable: bytes pass, stand still while it is out, and nothing is ever closed by it."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from typing import Callable

import pytest

from tools.sim.network import Network, answer_due_s

LIMIT_S = 5.0


class Bench:
    """A proxy, a destination, and a firmware's socket."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.woken = 0
        self.network = Network(self.selector, self._wake, lambda answer_due_s: None)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        self.port = self.server.getsockname()[1]
        self.sockets: list[socket.socket] = [self.server]

    def _wake(self) -> None:
        self.woken += 1

    def turn(self, done: Callable[[], bool], limit_s: float = LIMIT_S) -> bool:
        """Run the proxy until `done`."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            if done():
                return True
            for key, _ in self.selector.select(0.01):
                key.data()
        return done()

    def dial(self) -> socket.socket:
        """The firmware connects."""
        inner = socket.create_connection(("127.0.0.1", self.network.route("127.0.0.1", self.port)))
        inner.setblocking(False)
        self.sockets.append(inner)
        return inner

    def accept(self) -> socket.socket | None:
        """The destination accepts, if there is a connection."""
        try:
            outer, _ = self.server.accept()
        except BlockingIOError:
            return None
        outer.setblocking(False)
        self.sockets.append(outer)
        return outer

    def connect(self) -> tuple[socket.socket, socket.socket]:
        """A connection through the proxy: firmware's end, destination's end."""
        inner = self.dial()
        found: list[socket.socket] = []

        def accepted() -> bool:
            outer = self.accept()
            if outer is not None:
                found.append(outer)
            return bool(found)

        assert self.turn(accepted)
        return inner, found[0]

    def arrives(self, sock: socket.socket, expected: bytes, limit_s: float = LIMIT_S) -> bool:
        """Whether these bytes (or, when empty, the end) come out of a socket."""
        got = bytearray()
        ended: list[bool] = []

        def read() -> bool:
            try:
                data = sock.recv(65536)
            except BlockingIOError:
                return False
            except ConnectionResetError:
                data = b""
            got.extend(data)
            if not data:
                ended.append(True)
            return bool(ended) or (bool(expected) and bytes(got) == expected)

        self.turn(read, limit_s)
        return bytes(got) == expected and bool(ended) == (not expected)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A bench that is cleared away."""
    made = Bench()
    yield made
    made.network.close()
    for sock in made.sockets:
        sock.close()
    made.selector.close()


def test_bytes_pass_in_both_directions_and_wake_the_firmware(bench: Bench) -> None:
    inner, outer = bench.connect()
    inner.sendall(b"up" * 10000)
    assert bench.arrives(outer, b"up" * 10000)
    woken = bench.woken
    outer.sendall(b"down")
    assert bench.arrives(inner, b"down")
    assert bench.woken > woken


def test_a_pulled_cable_stalls_and_closes_nothing(bench: Bench) -> None:
    inner, outer = bench.connect()
    bench.network.cable(False)
    inner.sendall(b"late")
    outer.sendall(b"later")
    assert not bench.arrives(outer, b"late", 0.2)
    assert not bench.arrives(inner, b"later", 0.1)
    bench.network.cable(True)
    assert bench.arrives(outer, b"late")
    assert bench.arrives(inner, b"later")


def test_a_connection_made_while_the_cable_is_out_hangs(bench: Bench) -> None:
    bench.network.route("127.0.0.1", bench.port)
    bench.network.cable(False)
    inner = bench.dial()
    inner.sendall(b"GET")
    assert not bench.turn(lambda: bench.accept() is not None, 0.2)
    bench.network.cable(True)
    assert bench.turn(lambda: bench.accept() is not None)


def test_the_peers_close_reaches_the_other_side(bench: Bench) -> None:
    inner, outer = bench.connect()
    outer.sendall(b"bye")
    outer.close()
    assert bench.arrives(inner, b"bye")
    assert bench.arrives(inner, b"")
    inner, outer = bench.connect()
    inner.close()
    assert bench.arrives(outer, b"")


def test_a_refused_destination_resets_the_connection(bench: Bench) -> None:
    bench.server.close()
    inner = bench.dial()
    assert bench.arrives(inner, b"")


def test_a_board_without_power_says_nothing_until_it_is_back(bench: Bench) -> None:
    inner, outer = bench.connect()
    bench.network.board_lost()
    inner.close()
    assert not bench.arrives(outer, b"", 0.2)
    bench.network.board_started()
    assert bench.arrives(outer, b"")


def test_names_are_not_resolved_while_the_cable_is_out(bench: Bench) -> None:
    bench.network.cable(False)
    with pytest.raises(OSError):
        bench.network.route("localhost", bench.port)


def _text_frame(text: bytes) -> bytes:
    mask = b"\x12\x34\x56\x78"
    masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(text))
    header = bytes((0x81, 0x80 | len(text))) if len(text) < 126 else b"\x81\xFE" + len(text).to_bytes(2, "big")
    return header + mask + masked


def test_time_waits_for_what_will_be_answered_only() -> None:
    assert answer_due_s(b"GET /ocpp/A HTTP/1.1\r\n") == 1.0
    assert answer_due_s(_text_frame(b'[2,"1","Heartbeat",{}]')) == 1.0
    assert answer_due_s(_text_frame(b'[2,"1","MeterValues",{' + b" " * 200 + b"}]")) == 1.0
    assert answer_due_s(_text_frame(b'[3,"1",{}]')) == 0.0
    assert answer_due_s(b"\x89\x80\1\2\3\4") == 1.0
    assert answer_due_s(b"\x8A\x80\1\2\3\4") == 0.05
    assert answer_due_s(b"\x16\x03\x03\0\1\0") == 0.05
