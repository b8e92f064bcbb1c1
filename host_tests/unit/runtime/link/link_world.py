"""A scripted central system, network and listener for the tests of the link: virtual time, no sockets, both interpreters."""

import hashlib
from binascii import b2a_base64

from chargepoint.runtime.link.link import Link
from chargepoint.util.ticks import ticks_add
from host_tests.unit.wire.codes import J_OBJECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

START = (1 << 30) - 5000  # the clock wraps five seconds into every test
URL = "ws://csms.test:9000/ocpp"


class FakeStream:
    """The charger's end of a connection; the test holds the other end."""

    def __init__(self, world: "World") -> None:
        self.poll_object = None
        self.world = world
        self.is_connected = False
        self.to_charger = b""  # not read yet
        self.from_charger = b""  # what the charger wrote
        self.takes = 1 << 20  # bytes that a write takes before it would block
        self.gives = 1 << 20  # bytes that one read gives
        self.read_error: "BaseException | None" = None
        self.write_error: "BaseException | None" = None
        self.connect_error: "BaseException | None" = None
        self.ended = False  # the central system has closed
        self.is_closed = False

    def connected(self) -> bool:
        if self.connect_error:
            raise self.connect_error
        return self.is_connected

    def readinto(self, view: "memoryview") -> "int | None":
        assert not self.is_closed
        if self.read_error:
            raise self.read_error
        if not self.to_charger:
            return 0 if self.ended else None
        count = min(len(view), len(self.to_charger), self.gives)
        view[:count] = self.to_charger[:count]
        self.to_charger = self.to_charger[count:]
        return count

    def write(self, buf: "bytearray", start: int, end: int) -> int:
        assert not self.is_closed
        if self.write_error:
            raise self.write_error
        count = min(end - start, self.takes)
        self.takes -= count
        if count:
            self.from_charger += bytes(buf[start : start + count])
        return count

    def close(self) -> None:
        self.is_closed = True


class World:
    """The network, the listener and the clock of one link."""

    def __init__(self, rx_size: int = 1024, tx_size: int = 512, **settings: "Any") -> None:
        self.now = START
        self.cable_state: "bool | None" = True
        self.resolve_error: "BaseException | None" = None
        self.open_error: "BaseException | None" = None
        self.tls_error: "BaseException | None" = None
        self.instant = True  # connections succeed at once
        self.resolved = 0
        self.streams: "list[FakeStream]" = []
        self.contexts: "list[object]" = []
        self.log: "list[str]" = []  # what the listener heard
        self.answer: "Callable[[str], None] | None" = None
        self.random = 7
        self.link = Link(self, self, bytearray(rx_size), bytearray(tx_size), self.random_bytes, open_stream=self.open_stream, **settings)

    # network

    def random_bytes(self, count: int) -> bytes:
        self.random = (self.random * 1103515245 + 12345) & 0x7FFFFFFF
        return bytes([(self.random >> (i % 3 * 7)) & 0xFF for i in range(count)])

    def resolve(self, host: str, port: int) -> "tuple[str, int]":
        self.resolved += 1
        if self.resolve_error:
            raise self.resolve_error
        return (host, port)

    def cable(self) -> "bool | None":
        return self.cable_state

    def tls_context(self) -> object:
        if self.tls_error:
            raise self.tls_error
        return "context"

    def open_stream(self, network: object, context: object, host: str, address: object) -> "FakeStream":
        if self.open_error:
            raise self.open_error
        stream = FakeStream(self)
        stream.is_connected = self.instant
        self.contexts.append(context)
        self.streams.append(stream)
        return stream

    # listener

    def on_link_up(self, now: int) -> None:
        self.log.append("up")

    def on_link_down(self, now: int) -> None:
        self.log.append("down")

    def on_call(self, action: str, reader: "Any", now: int) -> None:
        assert reader.next() == J_OBJECT
        self.log.append("call " + action)
        if self.answer:
            self.answer(action)
            return
        writer = self.link.begin_result()
        writer.begin_object()
        writer.end_object()
        self.link.end_result()

    def on_bad_call(self, code: str, description: str, now: int) -> None:
        self.link.send_error(code, description)

    def on_result(self, reader: "Any", now: int) -> None:
        assert reader.next() == J_OBJECT
        self.log.append("result")

    def on_error(self, code: str, description: str, now: int) -> None:
        self.log.append("error " + code)

    def on_no_answer(self, now: int) -> None:
        self.log.append("no answer")

    # what tests do

    def heard(self) -> "list[str]":
        """What the listener heard since the last question."""
        log = self.log
        self.log = []
        return log

    @property
    def stream(self) -> "FakeStream":
        """The newest connection."""
        return self.streams[-1]

    def run(self, duration_ms: int) -> None:
        """Let time pass; the link must neither ask for work without end nor sleep over a timer."""
        left_ms = duration_ms
        passes = 0
        while True:
            self.link.poll(self.now)
            wait_ms = self.link.next_due(self.now)
            assert wait_ms >= 0
            passes = passes + 1 if wait_ms == 0 else 0
            assert passes < 100, "busy loop"
            if wait_ms > left_ms:
                break
            left_ms -= wait_ms
            self.now = ticks_add(self.now, wait_ms)
        self.now = ticks_add(self.now, left_ms)
        self.link.poll(self.now)

    def run_until_dialled(self) -> None:
        """Let time pass until the next request is there, at most two minutes."""
        count = len(self.streams)
        for _ in range(120):
            self.run(1000)
            if len(self.streams) > count and self.stream.from_charger:
                return
        raise AssertionError("not dialled: " + self.link.reason)

    def configure(self, **settings: "Any") -> None:
        """Point the link at the central system."""
        given: "dict[str, Any]" = {"url": URL, "identity": "CP1", "auth_key": None, "ping_interval_s": 50, "call_timeout_s": 30}
        given.update(settings)
        self.link._now = self.now
        self.link.configure(**given)

    def head(self) -> bytes:
        """The request that the charger wrote."""
        head, found, rest = self.stream.from_charger.partition(b"\r\n\r\n")
        assert found, self.link.reason
        self.stream.from_charger = rest
        return head

    def accept(self, extra: bytes = b"") -> None:
        """Answer the handshake as a central system does, ``extra`` bytes right behind it."""
        key = b""
        for line in self.head().split(b"\r\n"):
            if line.startswith(b"Sec-WebSocket-Key: "):
                key = line[19:]
        accept = b2a_base64(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())[:-1]
        self.stream.to_charger += (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            + accept
            + b"\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
            + extra
        )

    def open(self, **settings: "Any") -> None:
        """Bring the link up."""
        self.configure(**settings)
        self.run(100)
        self.accept()
        self.run(100)
        assert self.link.online and self.heard() == ["up"]

    def send(self, payload: "bytes", opcode: int = 1, fin: bool = True) -> None:
        """A frame from the central system."""
        head = bytes([(0x80 if fin else 0) | opcode])
        length = len(payload)
        head += bytes([length]) if length < 126 else bytes([126, length >> 8, length & 0xFF])
        self.stream.to_charger += head + payload

    def frames(self) -> "list[tuple[int, bytes]]":
        """Take and unmask the whole frames that the charger wrote."""
        data = self.stream.from_charger
        found = []
        while len(data) >= 2:
            assert data[0] & 0x80 and data[1] & 0x80, "our frames are final and masked"
            length = data[1] & 0x7F
            at = 2
            if length == 126:
                length = data[2] << 8 | data[3]
                at = 4
            if len(data) < at + 4 + length:
                break
            mask = data[at : at + 4]
            at += 4
            found.append((data[0] & 15, bytes([data[at + i] ^ mask[i & 3] for i in range(length)])))
            data = data[at + length :]
        self.stream.from_charger = data
        return found

    def call(self, unique_id: "str | None" = "u1") -> bool:
        """Begin and end a Heartbeat; False when the link is not ready."""
        writer = self.link.begin_call("Heartbeat", unique_id)
        if writer is None:
            return False
        writer.begin_object()
        writer.end_object()
        return self.link.end_call(self.now)
