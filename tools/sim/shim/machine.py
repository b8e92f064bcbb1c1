"""The `machine` module of the virtual board: the calls that boards and drivers use, at the far end of which is the simulated world."""

from micropython import const
from world_port import port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn, Optional

_OP_MODE = const(3)
_OP_PWM = const(4)
_OP_FREQ = const(5)
_OP_UART_INIT = const(6)
_OP_UART = const(7)
_OP_WDT = const(8)
_OP_FEED = const(9)
_OP_RESET = const(10)
_KIND_SPI = const(2)
_KIND_I2C = const(3)
_ADC_FIRST_PIN = const(48)
_NOISE = b"\x11\x22\x05\x19\x30\x0c\x27\x15\x3a\x1e\x08\x24\x12\x2f\x1b\x03\x29\x17\x36\x0e\x20\x1c\x2b\x0a\x33\x14\x25\x1f\x10\x2d\x18\x21"

PWRON_RESET = const(1)
HARD_RESET = const(2)
WDT_RESET = const(3)
SOFT_RESET = const(5)


class Pin:
    """A digital pin. Pins 0-47 are digital, 48-55 analogue inputs."""

    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2

    def __init__(self, id: int, mode: int = -1, pull: int = -1, value: "Optional[int]" = None) -> None:
        self.id = id
        self.init(mode, pull, value)

    def init(self, mode: int = -1, pull: int = -1, value: "Optional[int]" = None) -> None:
        """Set the level first, then the direction."""
        if value is not None:
            port.pin(self.id, 1 if value else 0)
        if mode >= 0:
            port.operate(_OP_MODE, self.id, mode | (pull + 1) << 4)

    def value(self, level: "Optional[int]" = None) -> "Any":
        """Read the pin, or drive it. Context: ISR-safe. Allocates: none."""
        number = self.id
        if level is not None:
            port.pin(number, 1 if level else 0)
            return None
        return port.inputs[3 + (number >> 5)] >> (number & 31) & 1 | port.levels[number]

    __call__ = value


class ADC:
    """An analogue input of the one converter. A pilot channel has two plateaus, seen by the share of the 1 kHz period they last."""

    def __init__(self, pin: "Pin | int") -> None:
        self._channel = (pin.id if isinstance(pin, Pin) else pin) - _ADC_FIRST_PIN

    def read_u16(self) -> int:
        """Select, then convert, as ports do: a tick in between leaves its own channel selected. Context: ISR-safe. Allocates: none."""
        port.channel = self._channel
        port.preempt()
        channel = port.channel
        inputs = port.inputs
        turn = port.turn
        port.turn = turn + (inputs[15] >> 16 & 255)
        word = inputs[8 + channel]
        if turn % 1000 >= inputs[7] >> (16 if channel == 1 else 0) & 0xFFFF:
            word >>= 16
        return (word & 0xFFFF) + _NOISE[turn & 31]


class PWM:
    """A PWM output; duty 65535 is steady high, 0 steady low."""

    def __init__(self, pin: "Pin", freq: int = 0, duty_u16: int = -1) -> None:
        self._id = pin.id
        self._duty = 0
        self.init(freq, duty_u16)

    def init(self, freq: int = 0, duty_u16: int = -1) -> None:
        """Set frequency and duty, as far as they are given."""
        if freq:
            port.operate(_OP_FREQ, self._id, freq)
        if duty_u16 >= 0:
            self.duty_u16(duty_u16)

    def freq(self, freq: int) -> None:
        """Set the frequency in hertz."""
        port.operate(_OP_FREQ, self._id, freq)

    def duty_u16(self, duty: "Optional[int]" = None) -> "Any":
        """Read the duty back, or set it."""
        if duty is None:
            return self._duty
        self._duty = duty
        port.operate(_OP_PWM, self._id, duty)

    def deinit(self) -> None:
        """Stop, low."""
        self.duty_u16(0)


class UART:
    """The serial port of the card reader; there is one on this board."""

    def __init__(self, id: int, baudrate: int = 9600, rxbuf: int = 256, **pins: "Any") -> None:
        self._data = bytearray(rxbuf)
        self._start = self._end = 0
        port.uart = self
        port.operate(_OP_UART_INIT, id, baudrate // 100)

    def receive(self, data: bytearray, length: int) -> None:
        """Take bytes from the world; what does not fit is lost, as in an overrun."""
        for n in range(length):
            end = (self._end + 1) % len(self._data)
            if end == self._start:
                return
            self._data[self._end] = data[n]
            self._end = end

    def any(self) -> int:
        """Return how many bytes have arrived."""
        return (self._end - self._start) % len(self._data)

    def readinto(self, buf: bytearray, length: int = -1) -> "Optional[int]":
        """Move what has arrived into `buf`; returns the number of bytes or None. Allocates: none."""
        count = self.any()
        if count > len(buf):
            count = len(buf)
        if 0 <= length < count:
            count = length
        for n in range(count):
            buf[n] = self._data[self._start]
            self._start = (self._start + 1) % len(self._data)
        return count or None

    def read(self, length: int = -1) -> "Optional[bytes]":
        """Return what has arrived, at most `length` bytes, None when nothing has."""
        buf = bytearray(self.any() if length < 0 else length)
        count = self.readinto(buf)
        return None if count is None else bytes(buf[:count])

    def write(self, buf: bytes) -> int:
        """Send bytes; they are on the line with the next request."""
        for byte in buf:
            port.operate(_OP_UART, 0, byte)
        return len(buf)

    def deinit(self) -> None:
        """Stop receiving."""
        port.uart = None


class SPI:
    """A bus; the chip that answers is the one whose chip select pin is low."""

    MSB = 0

    def __init__(self, id: int, baudrate: int = 1000000, **pins: "Any") -> None:
        self._id = id

    def write_readinto(self, out: bytearray, into: bytearray) -> None:
        """Clock bytes out and in at the same time. Allocates: none."""
        port.request(_KIND_SPI, self._id, out, len(out), into, len(into))

    def readinto(self, buf: bytearray, write: int = 0) -> None:
        """Clock bytes in while sending `write`."""
        for n in range(len(buf)):
            buf[n] = write
        self.write_readinto(buf, buf)

    def write(self, buf: bytearray) -> None:
        """Clock bytes out."""
        self.write_readinto(buf, bytearray(len(buf)))


class I2C:
    """A bus. Writes and reads of memory with an address of `addrsize` bits, and plain ones."""

    def __init__(self, id: int, scl: "Optional[Pin]" = None, sda: "Optional[Pin]" = None, freq: int = 400000) -> None:
        self._id = id

    def _transfer(self, address: int, memory: int, addrsize: int, buf: "Any", length: int, into: "Any", size: int) -> None:
        port.argument(memory)
        port.argument(addrsize)
        port.argument(size)
        status = port.request(_KIND_I2C, address, buf, length, into, size)
        if status:
            raise OSError(status)

    def readfrom_mem_into(self, address: int, memory: int, buf: "Any", addrsize: int = 8) -> None:
        """Fill `buf` from a memory address on. Raises OSError when nobody acknowledges."""
        self._transfer(address, memory, addrsize, buf, 0, buf, len(buf))

    def readfrom_mem(self, address: int, memory: int, nbytes: int, addrsize: int = 8) -> bytes:
        """Return bytes from a memory address on. Raises OSError."""
        buf = bytearray(nbytes)
        self._transfer(address, memory, addrsize, buf, 0, buf, nbytes)
        return bytes(buf)

    def writeto_mem(self, address: int, memory: int, buf: "Any", addrsize: int = 8) -> None:
        """Write bytes from a memory address on. Raises OSError."""
        self._transfer(address, memory, addrsize, buf, len(buf), buf, 0)

    def readfrom_into(self, address: int, buf: "Any") -> None:
        """Fill `buf`. Raises OSError."""
        self._transfer(address, 0, 0, buf, 0, buf, len(buf))

    def writeto(self, address: int, buf: "Any") -> None:
        """Write bytes. Raises OSError."""
        self._transfer(address, 0, 0, buf, len(buf), buf, 0)


class Timer:
    """The one periodic hard timer of this board."""

    PERIODIC = 1

    def __init__(self, id: int = -1, **settings: "Any") -> None:
        if settings:
            self.init(**settings)

    def init(self, period: int = 10, mode: int = 1, callback: "Optional[Callable[[Any], object]]" = None, hard: bool = True) -> None:
        """Start, with a period in milliseconds."""
        port.start_tick(callback, self, period)

    def deinit(self) -> None:
        """Stop."""
        port.start_tick(None, self, 0)


class WDT:
    """The watchdog: without `feed` for `timeout` ms of simulated time the world resets the board."""

    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        port.operate(_OP_WDT, 0, timeout)

    def feed(self) -> None:
        """Keep the board from being reset. Allocates: none."""
        port.note(_OP_FEED, 0, 0)


def reset() -> "NoReturn":
    """Reset the board; does not return."""
    port.operate(_OP_RESET, 0, 0)
    while True:
        port.wait(None, 60000)


def soft_reset() -> "NoReturn":
    """Start the program again; does not return."""
    port.operate(_OP_RESET, 1, 0)
    while True:
        port.wait(None, 60000)


def reset_cause() -> int:
    """Return why the board started."""
    if not port.inputs[2] >> 4 & 15:
        port.wait(None, 1)  # the world has not been asked for anything yet
    return port.inputs[2] >> 4 & 15


def ticks_us() -> int:
    """Microseconds, as far as readings of the ADC take any: `time.ticks_us` of a port, until the tick runs."""
    if not port.inputs[15]:
        port.wait(None, 1)  # the world has not said yet how long they take
    return port.now * 1000 + port.turn


def unique_id() -> bytes:
    """Return the serial number of the chip."""
    return b"virtual1"


def idle() -> None:
    """Let a millisecond pass."""
    port.wait(None, 1)
