"""The link against a real WebSocket server, made by others (`websockets`), over real sockets, with and without TLS.

Every wait is bounded: a link that does not get where it should within some seconds fails its test.
"""

from __future__ import annotations

import json
import os
import select
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from chargepoint.runtime.link.link import Link
from host_tests import micropython_runner

LIMIT_S = 40.0  # a bound, not a measure: two redials alone may wait for nine seconds


class Charger:
    """The link with real sockets, a real clock and a listener that writes down what it hears."""

    def __init__(self, url: str, key: bytes | None = None, roots: list[bytes] | None = None, rx_size: int = 4096) -> None:
        self.log: list[str] = []
        self.link = Link(self, self, bytearray(rx_size), bytearray(4096), os.urandom)
        self.poller = select.poll()
        self.link.register(self.poller)
        self.link.configure(url, "CP 1/\xe9", key, 2, 5, tls_roots=roots)

    def resolve(self, host: str, port: int) -> Any:
        """The address, as a board's network gives it."""
        return socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)[0][-1]

    def socket(self) -> socket.socket:
        """A fresh socket."""
        return socket.socket()

    def cable(self) -> None:
        """Nothing is known about a cable."""

    def on_link_up(self, now: int) -> None:
        """Write it down."""
        self.log.append("up")

    def on_link_down(self, now: int) -> None:
        """Write it down."""
        self.log.append("down")

    def on_bad_call(self, code: str, description: str, now: int) -> None:
        self.link.send_error(code, description)

    def on_call(self, action: str, reader: Any, now: int) -> None:
        """Answer with an empty object."""
        self.log.append("call " + action)
        writer = self.link.begin_result()
        writer.begin_object()
        writer.end_object()
        assert self.link.end_result()

    def on_result(self, reader: Any, now: int) -> None:
        """Write it down."""
        self.log.append("result")

    def on_error(self, code: str, description: str, now: int) -> None:
        """Write it down."""
        self.log.append("error " + code)

    def on_no_answer(self, now: int) -> None:
        """Write it down."""
        self.log.append("no answer")

    def call(self, payload_chars: int) -> None:
        """Send a DataTransfer with that much data."""
        writer = self.link.begin_call("DataTransfer", None)
        assert writer is not None
        writer.begin_object()
        writer.key("data")
        writer.string("x" * payload_chars)
        writer.end_object()
        assert self.link.end_call(self.now())

    def now(self) -> int:
        """The ticks."""
        return time.monotonic_ns() // 1000000 & 0x3FFFFFFF

    def run_until(self, done: Callable[[], bool]) -> None:
        """Drive the link until that is so."""
        end = time.monotonic() + LIMIT_S
        while not done():
            assert time.monotonic() < end, (self.log, self.link.reason)
            self.link.poll(self.now())
            self.poller.poll(min(self.link.next_due(self.now()), 50))

    def hang_up(self) -> None:
        """Say goodbye and wait for it."""
        self.link.close()
        self.run_until(lambda: self.link.closed)


class CentralSystem:
    """A `websockets` server on a port that the system picks."""

    def __init__(self, conversation: Callable[[ServerConnection], None], tls: ssl.SSLContext | None = None, **settings: Any) -> None:
        self.requests: list[Request] = []
        self.faults: list[BaseException] = []
        self.connections: list[ServerConnection] = []

        def serve_one(connection: ServerConnection) -> None:
            self.connections.append(connection)
            assert connection.request is not None
            self.requests.append(connection.request)
            try:
                conversation(connection)
            except ConnectionClosed:
                pass
            except BaseException as error:
                self.faults.append(error)

        self.server: Server = serve(serve_one, "127.0.0.1", 0, ssl=tls, subprotocols=settings.pop("subprotocols", ["ocpp1.6"]), **settings)
        self.port = self.server.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Stop and join."""
        self.server.shutdown()
        self.thread.join(LIMIT_S)


@pytest.fixture
def central_system() -> Iterator[Callable[..., CentralSystem]]:
    """Start central systems, stop them afterwards."""
    started: list[CentralSystem] = []

    def start(*args: Any, **settings: Any) -> CentralSystem:
        started.append(CentralSystem(*args, **settings))
        return started[-1]

    yield start
    for one in started:
        one.stop()
        assert not one.faults


def _answer_everything(connection: ServerConnection) -> None:
    """Say hello with a fragmented CALL, then answer every CALL."""
    connection.send(iter(['[2,"s1","Re', "", 'set",{"type":"Soft"}]']))
    for message in connection:
        assert isinstance(message, str)
        if message.startswith("[2,"):
            connection.send('[3,"%s",{"status":"Accepted"}]' % message.split('"')[1])


def test_calls_in_both_directions(central_system: Callable[..., CentralSystem]) -> None:
    """Handshake with identity and key, a fragmented CALL, ours of several sizes, pings, a proper goodbye."""
    server = central_system(_answer_everything)
    charger = Charger("ws://127.0.0.1:%d/ocpp/?v=1" % server.port, b"0123456789abcdef")
    charger.run_until(lambda: charger.link.ready and "call Reset" in charger.log)
    assert server.requests[0].path == "/ocpp/CP%201%2F%C3%A9?v=1"
    assert server.requests[0].headers["Authorization"] == "Basic Q1AgMS/DqTowMTIzNDU2Nzg5YWJjZGVm"
    for size in (0, 60, 126, 1000, 4000):
        charger.log.clear()
        charger.call(size)
        charger.run_until(lambda: charger.link.ready)
        assert charger.log == ["result"]
    waiter = server.connections[0].ping(b"are you there")
    charger.run_until(lambda: waiter.is_set())
    charger.hang_up()
    assert charger.log == ["result", "down"] and server.connections[0].close_code == 1001


def test_server_restarts(central_system: Callable[..., CentralSystem]) -> None:
    """The server goes away and the link finds it again."""
    server = central_system(_answer_everything)
    charger = Charger("ws://127.0.0.1:%d/ocpp" % server.port)
    charger.run_until(lambda: charger.link.online and "call Reset" in charger.log)
    goodbye = threading.Thread(target=server.connections[0].close, args=(1012, "restart"), daemon=True)
    goodbye.start()
    charger.run_until(lambda: not charger.link.online)
    assert "1012 restart" in charger.link.reason
    charger.run_until(lambda: charger.link.online and len(server.requests) == 2)
    charger.hang_up()


def test_oversize_and_binary(central_system: Callable[..., CentralSystem]) -> None:
    """A CALL of 1 MiB is refused with its id on the connection that it came by; a binary message with 1003, and the link comes back."""
    sent: list[str | bytes] = ['[2,"big","DataTransfer",{"data":"' + "x" * (1 << 20), b"binary", '"fine"']
    answers: list[str | bytes] = []

    def conversation(connection: ServerConnection) -> None:
        if len(sent) == 3:
            connection.send(sent.pop(0))
            answers.append(connection.recv())
        if sent:
            connection.send(sent.pop(0))
        for _ in connection:
            pass

    server = central_system(conversation)
    charger = Charger("ws://127.0.0.1:%d/ocpp" % server.port, rx_size=1024)
    charger.run_until(lambda: len(server.requests) == 2 and charger.link.unusable == 1)
    assert server.connections[0].close_code == 1003
    assert json.loads(answers[0])[:3] == [4, "big", "InternalError"]
    charger.hang_up()


def test_refusals(central_system: Callable[..., CentralSystem]) -> None:
    """401, 404 and a missing subprotocol have their own words."""

    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(401 if "Authorization" not in request.headers else 404, "no\n")

    server = central_system(_answer_everything, process_request=refuse)
    for key, status in ((None, 401), (b"0123456789abcdef", 404)):
        charger = Charger("ws://127.0.0.1:%d/ocpp" % server.port, key)
        charger.run_until(lambda charger=charger: charger.link.status != 0)  # type: ignore[misc]
        assert charger.link.status == status and "HTTP %d " % status in charger.link.reason
        charger.link.close()
    server = central_system(_answer_everything, subprotocols=None)
    charger = Charger("ws://127.0.0.1:%d/ocpp" % server.port)
    charger.run_until(lambda: "subprotocol" in charger.link.reason)
    charger.link.close()


def test_nobody_listens() -> None:
    """A refused connection is a reason, not an exception."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    charger = Charger("ws://127.0.0.1:%d/ocpp" % port)
    charger.run_until(lambda: "connecting failed" in charger.link.reason or "dialling failed" in charger.link.reason)
    charger.link.close()
    assert charger.link.closed


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two self-signed certificates: for 127.0.0.1, and for another name."""
    folder = tmp_path_factory.mktemp("certificates")
    for name, subject in (("good", "IP:127.0.0.1"), ("other", "DNS:other.test")):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=" + name]
        command += ["-addext", "subjectAltName=" + subject, "-keyout", str(folder / (name + ".key")), "-out", str(folder / (name + ".pem"))]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=30)
        except FileNotFoundError:
            pytest.skip("openssl is not installed")
    return folder


def _tls(folder: Path, name: str) -> tuple[ssl.SSLContext, bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / (name + ".pem"), folder / (name + ".key"))
    return context, ssl.PEM_cert_to_DER_cert((folder / (name + ".pem")).read_text())


def test_tls_checks_root_and_name(central_system: Callable[..., CentralSystem], certificates: Path) -> None:
    """The right root and name get through; a foreign root and a wrong name do not."""
    good, good_root = _tls(certificates, "good")
    other, other_root = _tls(certificates, "other")
    server = central_system(_answer_everything, good)
    charger = Charger("wss://127.0.0.1:%d/ocpp" % server.port, roots=[other_root, good_root])
    charger.run_until(lambda: charger.link.ready and "call Reset" in charger.log)
    charger.call(2000)
    charger.run_until(lambda: charger.link.ready)
    charger.hang_up()
    for tls, root in ((good, other_root), (other, other_root)):
        server = central_system(_answer_everything, tls)
        charger = Charger("wss://127.0.0.1:%d/ocpp" % server.port, roots=[root])
        charger.run_until(lambda charger=charger: "failed" in charger.link.reason)  # type: ignore[misc]
        assert "ertificate" in charger.link.reason and not server.requests
        charger.link.close()


def _on_micropython(port: int, scheme: str, root: Path | None) -> list[str]:
    """Run the driver in the real interpreter; the lines that it printed."""
    command = micropython_runner.interpreter()
    if command is None:
        pytest.skip("no MicroPython interpreter on this platform")
    driver = Path(__file__).with_name("link_on_micropython.py")
    arguments = ["%s://127.0.0.1:%d/ocpp" % (scheme, port)] + ([str(root)] if root else [])
    environment = dict(os.environ, MICROPYPATH=str(micropython_runner.ROOT / "firmware") + os.pathsep + ".frozen")
    done = subprocess.run([*command, "-X", "heapsize=256K", str(driver), *arguments], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_micropython_without_and_with_tls(central_system: Callable[..., CentralSystem], certificates: Path) -> None:
    """The same link in the real interpreter: plain, with the right root, with a foreign root, with a wrong name."""
    expected = ["up", "call Reset", "result", "down", "closed"]
    server = central_system(_answer_everything)
    assert _on_micropython(server.port, "ws", None) == expected
    contexts = {}
    for name in ("good", "other"):
        contexts[name], der = _tls(certificates, name)
        (certificates / (name + ".der")).write_bytes(der)
    server = central_system(_answer_everything, contexts["good"])
    assert _on_micropython(server.port, "wss", certificates / "good.der") == expected
    for served, root in (("good", "other"), ("other", "other")):
        server = central_system(_answer_everything, contexts[served])
        found = _on_micropython(server.port, "wss", certificates / (root + ".der"))
        assert len(found) == 2 and "ertificate" in found[0] and found[1] == "closed", found
        assert not server.requests


def test_tls_needs_roots() -> None:
    """No root certificate, or something that is none, is refused when it is configured."""
    for roots in ([], [b"not a certificate"]):
        with pytest.raises(ValueError, match="root certificate"):
            Charger("wss://127.0.0.1:1/ocpp", roots=roots)
