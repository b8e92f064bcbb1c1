"""MCP23008 and MCP23017: eight or sixteen more pins on I2C, for slow signals. Datasheets DS21919 and DS20001952, register tables.

A chip that has not answered three times running reads as ones, which is the unsafe meaning of every input here, and is left alone for a
while, so that a dead bus does not eat the loop's time. Outputs are written with their direction each time: a chip that was reset by a glitch
comes back with the next change. A write that is not acknowledged is repeated with the readings until it is: a motor that should stop must stop.
"""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import I2c

_DIRECTION = const(0)  # registers of the MCP23008; the MCP23017 has them twice as far apart
_PULL_UP = const(6)
_PORT = const(9)
_LATCH = const(10)
_FAILURES = const(3)
_REST = const(50)  # readings that are not tried after so many failed
_INSIST = const(8)  # of these one in so many repeats a write all the same


class Expander:
    """The chip. Hand out pins first, then `start` it.

    Args: wide: MCP23017, pins 0-7 are GPA, 8-15 GPB (GPA7 and GPB7 are outputs only). Allocates: at construction.
    """

    def __init__(self, i2c: "I2c", address: int = 0x20, wide: bool = False) -> None:
        self._i2c = i2c
        self._address = address
        self._scale = 2 if wide else 1
        self._buf = bytearray(2 if wide else 1)
        self._seen = bytearray(b"\xff\xff" if wide else b"\xff")
        self._inputs = 0xFFFF if wide else 0xFF  # direction bits, 1 = input: so after a reset
        self._levels = 0
        self._failures = self._rest = 0
        self._owing = False  # the outputs are not known to be what they should be
        self.failed = False

    def output(self, number: int) -> "ExpanderPin":
        """Return an output, low from `start` on."""
        self._inputs &= ~(1 << number)
        return ExpanderPin(self, number)

    def input(self, number: int) -> "ExpanderPin":
        """Return an input with a pull-up: 1 when its wire is cut."""
        return ExpanderPin(self, number)

    def start(self) -> None:
        """Pull-ups for all inputs, outputs to their levels (low at first), then their direction; again when a write was not acknowledged."""
        self._owing = not (self._write(_PULL_UP, self._inputs) and self._write(_LATCH, self._levels) and self._write(_DIRECTION, self._inputs))

    def drive(self, number: int, level: int) -> None:
        """Set an output. Allocates: none."""
        self._levels = self._levels & ~(1 << number) | (1 << number if level else 0)
        if self._owing:
            self.start()
        else:
            self._owing = not (self._write(_LATCH, self._levels) and self._write(_DIRECTION, self._inputs))

    def read(self, number: int) -> int:
        """Return the level of an input, 1 when the chip does not answer. Allocates: none. Blocks: 0.1 ms; a bus that hangs, its timeout."""
        if self._owing and not self._rest % _INSIST:
            self.start()
        if self._rest:
            self._rest -= 1
            return 1
        try:
            self._i2c.readfrom_mem_into(self._address, _PORT * self._scale, self._seen)
            self._failures = 0
            self.failed = False
        except OSError:
            self._failures += 1
            if self._failures >= _FAILURES:
                self.failed = True
                self._rest = _REST
                return 1
        return self._seen[number >> 3] >> (number & 7) & 1

    def _write(self, register: int, value: int) -> bool:
        buf = self._buf
        buf[0] = value & 0xFF
        if len(buf) > 1:
            buf[1] = value >> 8
        try:
            self._i2c.writeto_mem(self._address, register * self._scale, buf)
        except OSError:
            self.failed = True
            return False
        return True


class ExpanderPin:
    """One pin, with the calls that drivers use."""

    def __init__(self, chip: "Expander", number: int) -> None:
        self._chip = chip
        self._number = number

    def value(self, level: int = -1) -> int:
        """Read the pin, or drive it. Context: loop, and a tick that is no interrupt. Allocates: none."""
        if level < 0:
            return self._chip.read(self._number)
        self._chip.drive(self._number, level)
        return level
