"""Status light: one colour for each OCPP status, on three outputs or on one WS2812."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Protocol

    from chargepoint.drivers.bus import PinOut

    class Led(Protocol):
        """Anything that can show a status."""

        def show(self, status: int) -> None: ...


# Red, green, blue as bits 4, 2, 1, by ChargePointStatus: Available, Preparing, Charging, SuspendedEV, SuspendedEVSE, Finishing,
# Reserved, Unavailable, Faulted.
_COLOURS = b"\x02\x06\x01\x05\x05\x03\x07\x00\x04"


def colour(status: int) -> int:
    """The colour of a status; an unknown one is shown as a fault."""
    return _COLOURS[status] if 0 <= status < len(_COLOURS) else 4


class RgbLed:
    """Three outputs, 1 = lit."""

    def __init__(self, red: "PinOut", green: "PinOut", blue: "PinOut") -> None:
        self._pins = (blue, green, red)

    def show(self, status: int) -> None:
        """Show a ChargePointStatus. Allocates: none."""
        bits = colour(status)
        for n in range(3):
            self._pins[n].value(bits >> n & 1)


class Ws2812:
    """One or more addressable lights, all in the same colour.

    Args: write: sends a buffer of 3 bytes a light (green, red, blue), such as ``lambda buf: bitstream(pin, 0, timing, buf)``.
    """

    def __init__(self, write: "Callable[[bytearray], object]", count: int = 1, brightness: int = 64) -> None:
        self._write = write
        self._buf = bytearray(3 * count)
        self._brightness = brightness

    def show(self, status: int) -> None:
        """Show a ChargePointStatus. Allocates: none."""
        bits = colour(status)
        buf = self._buf
        for n in range(0, len(buf), 3):
            buf[n] = self._brightness * (bits >> 1 & 1)
            buf[n + 1] = self._brightness * (bits >> 2)
            buf[n + 2] = self._brightness * (bits & 1)
        self._write(buf)
