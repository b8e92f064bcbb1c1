"""Temperature near the contacts: an NTC on an ADC, or a sensor on I2C.

`read` is None when the sensor cannot be believed. One reading alone, good or bad, changes nothing: the NTC's is the middle one of three,
and the chip may fail to answer twice.
"""

from micropython import const

from chargepoint.drivers.slow_adc import SlowAdc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Protocol

    from chargepoint.drivers.bus import I2c

    class Temperature(Protocol):
        """Any sensor."""

        def read(self) -> "Optional[int]": ...


_FAILURES = const(3)
_COLDEST = const(-40)  # what the MCP9808 measures
_HOTTEST = const(125)

# 10 kohm NTC (B = 3950 K) to ground under 10 kohm, 16-bit codes from -40 to 130 degrees C in steps of 10.
_CODES = (63944, 62417, 59855, 55932, 50511, 43816, 36454, 29202, 22706, 17306, 13049, 9807, 7387, 5596, 4273, 3293, 2563, 2015)


def ntc_celsius(code: int) -> "Optional[int]":
    """Whole degrees of an NTC's code; None when the line is open, shorted or beyond -40 to 130 degrees. Allocates: none."""
    if not _CODES[-1] <= code <= _CODES[0]:
        return None
    n = 1
    while code < _CODES[n]:
        n += 1
    span = _CODES[n - 1] - _CODES[n]
    return 10 * (n - 4) - (10 * (code - _CODES[n]) + span // 2) // span


class Ntc(SlowAdc):
    """NTC on an ADC, read by the safety tick."""

    def read(self) -> "Optional[int]":
        """Degrees C of what the tick has seen, or None: open or short circuit. Allocates: none."""
        return ntc_celsius(self.code)


class Mcp9808:
    """MCP9808 on I2C."""

    def __init__(self, i2c: "I2c", address: int = 0x18) -> None:
        self._i2c = i2c
        self._address = address
        self._buf = bytearray(2)
        self._celsius: "Optional[int]" = None
        self._failures = 0

    def read(self) -> "Optional[int]":
        """Degrees C, rounded down, or None: no believable answer three times running, or not one yet. Allocates: none."""
        buf = self._buf
        try:
            self._i2c.readfrom_mem_into(self._address, 5, buf)
            value = (buf[0] & 0x1F) << 8 | buf[1]
            celsius = (value - 0x2000 if value & 0x1000 else value) >> 4
            if _COLDEST <= celsius <= _HOTTEST:
                self._celsius = celsius
                self._failures = 0
                return celsius
        except OSError:
            pass  # counted like an answer that cannot be
        self._failures += 1
        if self._failures >= _FAILURES:
            self._failures = _FAILURES
            self._celsius = None
        return self._celsius
