"""The virtual board: the pins of pins.py, the parts of a complete charger, and a simulated world behind the machine module."""

import socket
import sys

import machine
import pins
from machine import ADC, I2C, PWM, SPI, UART, WDT, Pin, Timer
from micropython import const
from network import link_up, route
from world_port import port

from chargepoint.drivers.contactor import Contactor
from chargepoint.drivers.energy_register import EnergyRegister
from chargepoint.drivers.fram import Fram
from chargepoint.drivers.led import RgbLed
from chargepoint.drivers.meter_spi import Atm90e32
from chargepoint.drivers.parts import ConnectorParts
from chargepoint.drivers.pilot import Pilot
from chargepoint.drivers.rcd import Rcd
from chargepoint.drivers.rfid_uart import Pn532
from chargepoint.drivers.temperature import Ntc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

NAME = "virtual"
LIMITS = {"most_ma": 32000, "flash_bytes": 1408 * 1024, "fram_bytes": 32768, "tick_ms": 10, "wdt_ms": 8000}

_KIND_LOG = const(4)
_KIND_FRAME = const(5)
_KIND_BOOT = const(8)
_OP_HEAP = const(12)
_FRAME_MORE = const(2)


class Clock:
    """Simulated time."""

    def ticks_ms(self) -> int:
        """Milliseconds since the start, modulo 2**30."""
        return port.now & 0x3FFFFFFF

    @property
    def up_s(self) -> int:
        """Seconds since the start."""
        return port.now // 1000

    def wait(self, poller: "Any", ms: int) -> None:
        """Let up to `ms` pass, less when a stream of `poller` is ready; the safety tick runs meanwhile. Allocates: none."""
        port.wait(poller, ms)


class Network:
    """Ethernet, through the world's proxy."""

    def resolve(self, host: str, number: int) -> "Any":
        """Address of a host and port. Raises OSError."""
        return route(host, number)

    def socket(self) -> "socket.socket":
        """A new TCP socket."""
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    def cable(self) -> bool:
        """The state of the PHY's link."""
        return link_up()


class Rtc:
    """The clock that certificates are checked with. Its time is the laptop's; with `--rtc none` it has no battery and starts without a time."""

    def utc_s(self) -> "int | None":
        """Seconds since 2020, None while nobody has set it."""
        text = _production_data(2)
        return int(text) if text else None

    def set_utc(self, utc_s: int) -> None:
        """Leave it: the laptop's clock is right."""


class Hardware:
    """What the application gets from a board."""

    console = True  # the REPL server runs on standard input and output

    def __init__(self, product: "Any") -> None:
        """Build every part the product has. Allocates: at construction only."""
        self.limits = LIMITS
        self.clock = Clock()
        self.network = Network()
        self.rtc = Rtc()
        self.unique_id = machine.unique_id()
        i2c = I2C(pins.I2C_BUS, scl=Pin(pins.I2C_SCL), sda=Pin(pins.I2C_SDA), freq=400000)
        self.fram = Fram(i2c)
        spi = SPI(pins.METER_SPI, baudrate=500000, polarity=1, phase=1, sck=Pin(pins.METER_SCK), mosi=Pin(pins.METER_MOSI), miso=Pin(pins.METER_MISO))
        self.reader = Pn532(UART(pins.READER_UART, baudrate=115200, tx=Pin(pins.READER_TX), rx=Pin(pins.READER_RX), timeout=0))
        self._emergency_stop = Pin(pins.EMERGENCY_STOP, Pin.IN, Pin.PULL_UP)
        self.connectors = [self._connector(product, n + 1, spi) for n in range(product.CONNECTORS)]
        self.volume = _volume()
        self._timer = Timer(-1)

    def _connector(self, product: "Any", number: int, spi: "SPI") -> "ConnectorParts":
        base = number * pins.PINS_A_CONNECTOR
        n = number - 1
        led = pins.LEDS_A_CONNECTOR * n
        pwm = PWM(Pin(base + pins.PILOT_PWM, Pin.OUT), freq=1000, duty_u16=65535)
        lock = proximity = None
        if product.SOCKET:
            from chargepoint.drivers.lock import Lock
            from chargepoint.drivers.proximity import Proximity

            lock = Lock(_out(base + pins.LOCK_MOTOR), _out(base + pins.UNLOCK_MOTOR), _in(base + pins.LOCK_SWITCH))
            proximity = Proximity(ADC(Pin(pins.PROXIMITY_ADC + n)))
        record = n * pins.FRAM_A_CONNECTOR
        from chargepoint.drivers import calibration
        from chargepoint.drivers.pilot_burst import fit_burst

        calibrated, registers, scale = calibration.read(self.fram, record + pins.FRAM_CALIBRATION, self.unique_id)
        pilot = Pilot(pwm, ADC(Pin(pins.PILOT_ADC + n)), scale[0], scale[1])
        fit_burst(pilot, machine.ticks_us)
        return ConnectorParts(
            pilot,
            Contactor(_out(base + pins.COIL), _in(base + pins.MIRROR), _out(base + pins.COIL_CLEAR)),
            Atm90e32(spi, Pin(base + pins.METER_CS, Pin.OUT, value=1), phases=product.PHASES, calibration=registers),
            EnergyRegister(self.fram, record),
            emergency_stop=self._emergency_stop,
            rcd=Rcd(_in(base + pins.RCD_TRIP), _out(base + pins.RCD_TEST)),
            lock=lock,
            proximity=proximity,
            temperature=Ntc(ADC(Pin(pins.TEMPERATURE_ADC + n))),
            led=RgbLed(_out(pins.LED_RED + led), _out(pins.LED_GREEN + led), _out(pins.LED_BLUE + led)),
            calibrated=calibrated,
            calibration_at=record + pins.FRAM_CALIBRATION,
        )

    def start_tick(self, callback: "Callable[[object], None]") -> None:
        """Call `callback` every 10 ms from a hard timer."""
        self._timer.init(period=LIMITS["tick_ms"], mode=Timer.PERIODIC, callback=callback, hard=True)

    def start_wdt(self) -> "WDT":
        """Start the watchdog; from now on it has to be fed."""
        return WDT(timeout=LIMITS["wdt_ms"])

    def reset(self) -> None:
        """Restart the board; does not return."""
        machine.reset()

    def reset_cause(self) -> int:
        """Why this boot happened: 0 power, 1 a reset that was asked for, 2 the watchdog."""
        cause = machine.reset_cause()
        return 0 if cause == machine.PWRON_RESET else 2 if cause == machine.WDT_RESET else 1

    def provision(self) -> "str | None":
        """What production wrote for this unit: lines of key=value."""
        return str(_production_data(0), "utf-8")

    def roots(self) -> bytes:
        """Root certificates in DER, one behind the other."""
        return bytes(_production_data(1))

    def log_sink(self, text: str) -> None:
        """A line for whoever reads the log."""
        data = text.encode()
        port.post(_KIND_LOG, 0, data, 0, len(data))

    def trace(self, direction: int, buf: "bytearray", start: int, end: int) -> None:
        """A frame for the world's record; direction 0 in, 1 out. Allocates: none."""
        while end - start > 4096:
            port.post(_KIND_FRAME, direction | _FRAME_MORE, buf, start, start + 4096)
            start += 4096
        port.post(_KIND_FRAME, direction, buf, start, end)

    def report_heap(self, free: int, used: int) -> None:
        """Tell the world how the heap is."""
        used -= port.overhead  # the machine module is C code in a port
        port.note(_OP_HEAP, 0, min(65535, free >> 5))
        port.note(_OP_HEAP, 1, min(65535, used >> 5))


def _out(number: int) -> "Pin":
    return Pin(number, Pin.OUT, value=0)


def _in(number: int) -> "Pin":
    return Pin(number, Pin.IN, Pin.PULL_UP)


def _production_data(which: int) -> bytearray:
    length = port.request(_KIND_BOOT, which, None, 0, None, 0)
    buf = bytearray(length)
    if length:
        port.argument(length)
        port.request(_KIND_BOOT, which, None, 0, buf, length)
    return buf


def _volume() -> "Any":
    if sys.implementation.name == "micropython":
        return "/flash"
    from flash_files import FlashFiles

    return FlashFiles()


def build(product: "Any") -> "Hardware":
    """Build the hardware of this board for a product."""
    return Hardware(product)
