"""MB85RC256V FRAM on I2C: bytes that survive a power cut, written in microseconds, 1e12 times and more."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Optional

    from chargepoint.drivers.bus import I2c

# The map of the FRAM; what lies there, and whose it is: runtime/store/records.py.
ENERGY_AT = const(0)
CALIBRATION_AT = const(256)
EVENTS_AT = const(464)  # 512 bytes, and room for the end mark
STAGING_AT = const(1024)


class Fram:
    """The chip. Nothing here raises: a bus error is False, and the caller has a fallback.

    Args: address: 0x50 to 0x57 (the three address pins). free_bus: called after each error; the board's way to get a bus going again
    that a chip holds low. Allocates: at construction; reading and writing none.
    """

    def __init__(self, i2c: "I2c", address: int = 0x50, size: int = 32768, free_bus: "Optional[Callable[[], None]]" = None) -> None:
        self._i2c = i2c
        self._free_bus = free_bus
        self._address = address
        self.size = size

    def present(self) -> bool:
        """True when the device id is Fujitsu's 256 kbit part."""
        device_id = bytearray(3)
        try:
            self._i2c.readfrom_mem_into(0x7C, self._address << 1, device_id)
        except OSError:
            return self._fails()
        return device_id == b"\x00\xa5\x10"

    def read_into(self, offset: int, buf: "bytearray | memoryview") -> bool:
        """Fill `buf` from `offset` on."""
        try:
            self._i2c.readfrom_mem_into(self._address, offset, buf, addrsize=16)
        except OSError:
            return self._fails()
        return True

    def write(self, offset: int, buf: "bytes | bytearray | memoryview") -> bool:
        """Store `buf` from `offset` on. A power cut in the middle leaves the first bytes new and the rest old."""
        try:
            self._i2c.writeto_mem(self._address, offset, buf, addrsize=16)
        except OSError:
            return self._fails()
        return True

    def _fails(self) -> bool:
        if self._free_bus is not None:
            self._free_bus()
        return False
