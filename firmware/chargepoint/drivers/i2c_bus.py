"""An I2C bus that a chip holds low: a reset of the microcontroller in the middle of a read leaves the chip waiting for the rest of its clocks."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from chargepoint.drivers.bus import OpenDrain

_CLOCKS = const(9)  # a byte and its acknowledge
_HALF_US = const(5)  # 100 kHz: what every chip understands


def free_bus(scl: "OpenDrain", sda: "OpenDrain", sleep_us: "Callable[[int], object]") -> bool:
    """Clock the chip through its byte, then stop it. The pins are open drains with pull-ups; the bus is started anew afterwards.

    Returns: whether SDA is high, as it must be on an idle bus. Allocates: none. Blocks: 0.2 ms.  Source: I2C-bus specification UM10204, 3.1.16.
    """
    sda.value(1)
    scl.value(1)
    sleep_us(_HALF_US)
    for _ in range(_CLOCKS):
        if sda.value():
            break
        scl.value(0)
        sleep_us(_HALF_US)
        scl.value(1)
        sleep_us(_HALF_US)
    sda.value(0)  # low, then high while SCL is high: the stop that every chip waits for
    sleep_us(_HALF_US)
    sda.value(1)
    sleep_us(_HALF_US)
    return bool(sda.value())
