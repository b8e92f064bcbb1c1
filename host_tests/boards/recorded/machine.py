"""A machine module that records what a board does with it. It answers as good hardware does; runs on MicroPython and on CPython."""

from recorder import note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3


class Pin:
    """A pin by number or name; wires that read 1 when cut are whole, so inputs read 0."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1

    def __init__(self, id: "Any", mode: int = -1, pull: int = -1, value: "Any" = None) -> None:
        self.id = id
        self._mode = mode
        note("pin", id, mode, pull, value)

    def value(self, level: "Any" = None) -> int:
        return int(self._mode == Pin.OPEN_DRAIN)  # a bus at rest


class PWM:
    """A PWM output that holds what it was given."""

    def __init__(self, pin: "Pin", freq: int, duty_u16: int) -> None:
        self._duty = duty_u16
        note("pwm", pin.id, freq, duty_u16)

    def duty_u16(self, duty: int = -1) -> int:
        if duty >= 0:
            self._duty = duty
        return self._duty


class ADC:
    """An analogue input with +12 V on the pilot's divider."""

    ATTN_11DB = 3

    def __init__(self, pin: "Pin", atten: int = 0) -> None:
        note("adc", pin.id, atten)

    def read_u16(self) -> int:
        return 56700  # a pilot without a car: +12 V

    def read_uv(self) -> int:
        return 2855000


class _Registers:
    """32-bit registers by address; nothing is in the ADC's FIFO."""

    def __init__(self) -> None:
        self._values: "dict[int, int]" = {}

    def __getitem__(self, address: int) -> int:
        return self._values.get(address, 0) & 0xFFFF

    def __setitem__(self, address: int, value: int) -> None:
        self._values[address] = value & ~0xC00  # what was lost is forgotten when it is written


mem32 = _Registers()


class UART:
    """A serial port that nobody answers on."""

    def __init__(self, id: int, baudrate: int, tx: "Any" = None, rx: "Any" = None, timeout: int = -1, rxbuf: int = 0) -> None:
        note("bus", "uart", id, [pin.id for pin in (tx, rx) if pin is not None], baudrate, timeout, rxbuf)

    def any(self) -> int:
        return 0

    def readinto(self, buf: bytearray, count: int = 0) -> None:
        return None

    def write(self, data: bytes) -> int:
        return len(data)


class SPI:
    """A bus without chips."""

    def __init__(self, id: int, baudrate: int, polarity: int = 0, phase: int = 0, sck: "Any" = None, mosi: "Any" = None, miso: "Any" = None) -> None:
        note("bus", "spi", id, [pin.id for pin in (sck, mosi, miso) if pin is not None], baudrate, polarity, phase)

    def write_readinto(self, out: bytearray, into: bytearray) -> None:
        return None

    def init(self, **settings: "Any") -> None:
        return None

    def write(self, data: bytes) -> None:
        return None

    def readinto(self, into: bytearray) -> None:
        return None


class I2C:
    """A bus with an FRAM at 0x50 and 64 KiB of registers that keep what is written at every other address."""

    def __init__(self, id: int, scl: "Any" = None, sda: "Any" = None, freq: int = 0) -> None:
        note("bus", "i2c", id, [pin.id for pin in (scl, sda) if pin is not None], freq)
        self._memory: "dict[int, bytearray]" = {}

    def readfrom_mem_into(self, address: int, memory: int, buf: bytearray, addrsize: int = 8) -> None:
        if address == 0x7C:
            buf[:] = b"\x00\xa5\x10"
            return
        held = self._memory.get(address)
        for n in range(len(buf)):
            buf[n] = held[memory + n] if held is not None else 0

    def writeto_mem(self, address: int, memory: int, buf: bytearray, addrsize: int = 8) -> None:
        if address not in self._memory:
            self._memory[address] = bytearray(32768)
        if address != 0x50:
            note("i2c", address, memory, list(buf))
        self._memory[address][memory : memory + len(buf)] = buf


class Timer:
    """Keeps what was started last for the test to call."""

    PERIODIC = 1
    last: "dict[str, Any]" = {}

    def __init__(self, id: int, **settings: "Any") -> None:
        Timer.last = settings
        note("timer", id, settings.get("period", 0), bool(settings.get("hard")))


class WDT:
    """The watchdog."""

    def __init__(self, timeout: int) -> None:
        note("wdt", timeout)

    def feed(self) -> None:
        return None


class RTC:
    """The clock."""

    def datetime(self, when: "Any") -> None:
        note("rtc", list(when))


def bitstream(pin: "Pin", encoding: int, timing: "Any", data: bytearray) -> None:
    """Light up."""
    note("bitstream", pin.id)


def reset() -> None:
    """Restart."""
    note("reset")


def reset_cause() -> int:
    """Why the board started."""
    return PWRON_RESET


def unique_id() -> bytes:
    """The chip's serial number."""
    return b"recorded"
