"""An app on a bench: parts of a few lines, a flash in memory, a central system that answers everything, virtual time near the tick wrap."""

import hashlib
import json
from binascii import b2a_base64

from chargepoint.runtime.app import App
from chargepoint.runtime.link import transport
from chargepoint.util.ticks import ticks_add
from host_tests.faults.volume_model import FlashModel
from host_tests.unit.runtime.link.link_world import FakeStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

START = (1 << 30) - 5000
TIME = "2026-11-23T08:00:00.000Z"
ANSWERS = {
    "BootNotification": {"status": "Accepted", "currentTime": TIME, "interval": 300},
    "Heartbeat": {"currentTime": TIME},
    "Authorize": {"idTagInfo": {"status": "Accepted"}},
    "StartTransaction": {"transactionId": 7, "idTagInfo": {"status": "Accepted"}},
}


class Product:
    """A charger with one connector and a few keys."""

    NAME = "bench"
    BOOT = "chargePointVendor=V\nchargePointModel=M"
    VENDOR_ID = "v"
    CONNECTORS = 1
    SOCKET = VENTILATED = False
    PHASES = 1
    MAX_CURRENT_MA = 32000
    CACHE_ENTRIES = 0
    MEASURANDS = "Energy.Active.Import.Register"
    CONFIGURATION = (
        "ConnectionTimeOut=30\nHeartbeatInterval=300\nMeterValuesSampledData=Energy.Active.Import.Register\nMeterValueSampleInterval=10\n"
        "NumberOfConnectors=1\nStopTransactionOnEVSideDisconnect=true\nSupportedFeatureProfiles=Core\nTransactionMessageAttempts=3\n"
        "TransactionMessageRetryInterval=10\n"
    )


class _Pilot:
    low_mv = -12000
    trouble = ""

    def __init__(self) -> None:
        self.car = 0  # 0 none, 1 plugged, 2 wants energy
        self.offered_ma = 0
        self.duty = 65535

    def sample(self, state: "Any") -> "Any":
        return 2 if self.car == 2 and self.offered_ma >= 6000 else 1 if self.car else 0

    def offer(self, ma: "Any") -> None:
        self.offered_ma = ma
        self.duty = 0 if ma < 0 else 65535 if ma < 6000 else 30000

    def duty_wrong(self) -> "Any":
        return False


class _Contactor:
    def __init__(self) -> None:
        self.closed = self.driving = self.dropped = False
        self.off_ticks = 1000
        self.fault = 0

    def sample(self) -> "Any":
        self.closed = self.driving
        return self.fault

    def drive(self, on: "Any") -> None:
        self.driving = on

    def edge(self) -> None:
        pass


class _Reading:
    def __init__(self) -> None:
        self.energy_mwh = self.power_w = 0
        self.current_ma = [0]
        self.voltage_mv = [230000]
        self.temperature_c = 25
        self.frequency_mhz = 50000


class _Meter:
    def __init__(self, contactor: "Any") -> None:
        self.reading = _Reading()
        self.delta_uwh = 0
        self.failed = self.live = False
        self.ready = True
        self._contactor = contactor
        self._due = START

    def poll(self, now: "Any", at_once: "Any" = False) -> "Any":
        if self.next_due(now):
            return False
        self._due = ticks_add(self._due, 1000)
        self.delta_uwh = 1000000 if self._contactor.closed else 0
        return True

    def forgive(self, operator: bool) -> None:
        pass

    def next_due(self, now: "Any") -> "Any":
        left = (self._due - now) & 0x3FFFFFFF
        return 0 if left > 0x1FFFFFFF else left


class _Register:
    volatile = failed = False
    known = True

    def __init__(self) -> None:
        self.total_mwh = 5000

    def open(self, store: "Any", name: "Any") -> None:
        pass

    def retry(self) -> None:
        pass

    def add(self, uwh: "Any") -> "Any":
        self.total_mwh += uwh // 1000
        return self.total_mwh

    def save_copy(self) -> None:
        pass


class _Parts:
    emergency_stop = rcd = pe = lock = proximity = temperature = led = None
    sampled: "tuple[Any, ...]" = ()
    rated_ma = 32000
    calibrated = True
    ventilated = False

    def __init__(self) -> None:
        self.pilot = _Pilot()
        self.contactor = _Contactor()
        self.meter = _Meter(self.contactor)
        self.register = _Register()


class Reader:
    """A card reader: `card` is seen at the next poll."""

    def __init__(self) -> None:
        self.uid = bytearray(b"\x04\xa1\xb2\xc3")
        self.uid_length = 4
        self.failed = False
        self.card = False
        self.error: "Exception | None" = None

    def poll(self, now: "Any") -> "Any":
        if self.error:
            raise self.error
        return 1 if self.card else 2

    def next_due(self, now: "Any") -> "Any":
        return 100


class _Wdt:
    def __init__(self) -> None:
        self.fed = 0

    def feed(self) -> None:
        self.fed += 1


class Reset(BaseException):
    """The board was reset."""


class Bench:
    """The board, and the world around it. A bench with another product or other parts derives from it."""

    product: "Any" = Product

    def __init__(self, volume: "Any" = None, fram: "Any" = None, text: "Any" = None, car: "Any" = 0) -> None:
        self.now = START
        self.volume = volume or FlashModel()
        self.fram = fram
        self.text = text or "CentralSystemURL=ws://cs/ocpp\nIdentity=CP1\n"
        self.clock = self.network = self
        self.connectors = [self.parts() for _ in range(self.product.CONNECTORS)]
        self.connectors[0].pilot.car = car
        self.reader = Reader()
        self.wdt = _Wdt()
        self.streams: "list[Any]" = []
        self.lines: "list[Any]" = []
        self.calls: "list[Any]" = []  # (action, payload) that the central system received
        self.replies: "list[Any]" = []  # answers to `ask`, whole frames
        self.cable_in = True
        self.silent = False
        self._open = False
        original = transport._open_stream  # type: ignore[attr-defined]
        transport._open_stream = self._open_stream  # type: ignore[attr-defined]
        try:
            self.app = App(self, self.product)
        finally:
            transport._open_stream = original  # type: ignore[attr-defined]

    def parts(self) -> "Any":
        """The parts of the connector."""
        return _Parts()

    def ticks_ms(self) -> "Any":
        return self.now

    def wait(self, poller: "Any", ms: "Any") -> None:
        raise AssertionError("the bench runs the loop")

    def start_tick(self, callback: "Any") -> None:
        self._tick = callback

    def start_wdt(self) -> "Any":
        return self.wdt

    def reset(self) -> None:
        raise Reset()

    def provision(self) -> "Any":
        return self.text

    def log_sink(self, line: "Any") -> None:
        self.lines.append(line)

    def random_bytes(self, count: "Any") -> "Any":
        return bytes(count)

    def cable(self) -> "Any":
        return self.cable_in

    def resolve(self, host: "Any", port: "Any") -> "Any":
        return (host, port)

    def _open_stream(self, network: "Any", context: "Any", host: "Any", address: "Any") -> "Any":
        stream = FakeStream(None)  # type: ignore[arg-type]
        stream.is_connected = True
        self.streams.append(stream)
        self._open = False
        return stream

    def run(self, ms: "Any") -> None:
        """Let time pass: loop, safety tick and central system."""
        end = ms
        passes = 0
        while True:
            wait = self.app.step(self.now)
            self.serve()
            if self.streams and self.streams[-1].to_charger and not self.streams[-1].is_closed:
                wait = 0
            passes = passes + 1 if not wait else 0
            assert passes < 200, "busy loop"
            if wait > end:
                wait = end
            if not end and passes == 0:
                return
            end -= wait
            while wait:
                passed = min(wait, 10 - self.now % 10, (1 << 30) - self.now)
                self.now = ticks_add(self.now, passed)
                wait -= passed
                if self.now % 10 == 0:
                    self._tick(None)

    def serve(self) -> None:
        """The central system: take what was sent, answer it."""
        if not self.streams or self.silent:
            return
        stream = self.streams[-1]
        if not self._open:
            head, found, rest = stream.from_charger.partition(b"\r\n\r\n")
            if not found:
                return
            key = [line[19:] for line in head.split(b"\r\n") if line[:19] == b"Sec-WebSocket-Key: "][0]
            accept = b2a_base64(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())[:-1]
            stream.to_charger += (
                b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: ocpp1.6\r\nSec-WebSocket-Accept: "
                + accept
                + b"\r\n\r\n"
            )
            stream.from_charger = rest
            self._open = True
        while len(stream.from_charger) >= 6:
            data = stream.from_charger
            length = data[1] & 127
            at = 2
            if length == 126:
                length = data[2] << 8 | data[3]
                at = 4
            payload = bytearray(data[at + 4 : at + 4 + length])
            for i in range(length):
                payload[i] ^= data[at + i % 4]
            stream.from_charger = data[at + 4 + length :]
            if data[0] == 0x81:
                self._take(json.loads(payload.decode()))
            elif data[0] == 0x88:
                stream.ended = True

    def _take(self, frame: "Any") -> None:
        if frame[0] != 2:
            self.replies.append(frame)
            return
        self.calls.append((frame[2], frame[3]))
        self.tell(json.dumps([3, frame[1], ANSWERS.get(frame[2], {})]))

    def tell(self, text: "Any") -> None:
        """Send a text frame to the charger."""
        data = text.encode() if isinstance(text, str) else text
        head = bytes((0x81, len(data))) if len(data) < 126 else bytes((0x81, 126, len(data) >> 8, len(data) & 255))
        self.streams[-1].to_charger += head + data

    def ask(self, action: "Any", payload: "Any") -> "Any":
        """Send a CALL and return the answering frame."""
        self.replies = []
        self.tell(json.dumps([2, "ask", action, payload]))
        self.run(200)
        assert len(self.replies) == 1, self.replies
        return self.replies[0]

    def actions(self) -> "Any":
        """The actions received since the last question."""
        names = [action for action, _ in self.calls]
        self.calls = []
        return names

    def tap(self) -> None:
        """Hold the card to the reader for half a second."""
        self.reader.card = True
        self.run(500)
        self.reader.card = False
        self.run(2500)

    def charging(self) -> None:
        """Go through plug and card until the contactor is closed."""
        self.run(2000)
        self.connectors[0].pilot.car = 2
        self.run(1000)
        self.tap()
        self.run(8000)
        assert self.connectors[0].contactor.driving
