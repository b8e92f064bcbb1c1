"""MB85RC256V: 32 KiB of FRAM on I2C. A write is complete with each byte; a power cut tears it between two bytes."""

from __future__ import annotations

from typing import Optional


class PowerCut(Exception):
    """The supply failed in the middle of a write; the bytes before it are in the array."""


class Fram:
    """The array, its device id, its faults and its statistics."""

    def __init__(self, data: Optional[bytearray] = None, size: int = 32768) -> None:
        self.data = bytearray(size) if data is None else data
        self.nack = False  # the chip does not answer: OSError, as machine.I2C raises
        self.cut_after: Optional[int] = None  # power fails after this many more bytes
        self.writes = 0
        self.bytes_written = 0
        self.most_written: dict[int, int] = {}  # address -> times, for endurance figures

    def _check(self, address: int) -> None:
        if self.nack:
            raise OSError(5, "FRAM does not acknowledge")
        if address < 0:
            raise ValueError("negative FRAM address %d" % address)

    def read(self, address: int, length: int) -> bytes:
        """`length` bytes from `address` on; the address counter wraps at the end of the array."""
        self._check(address)
        size = len(self.data)
        return bytes(self.data[(address + n) % size] for n in range(length))

    def write(self, address: int, data: bytes) -> None:
        """Store the bytes one by one. Raises PowerCut when `cut_after` runs out in the middle."""
        self._check(address)
        size = len(self.data)
        self.writes += 1
        for n, byte in enumerate(data):
            if self.cut_after is not None:
                if self.cut_after <= 0:
                    self.cut_after = None
                    raise PowerCut("power failed after %d of %d bytes" % (n, len(data)))
                self.cut_after -= 1
            cell = (address + n) % size
            self.data[cell] = byte
            self.bytes_written += 1
            self.most_written[cell] = self.most_written.get(cell, 0) + 1

    def device_id(self, address: int = 0x50) -> bytes:
        """Manufacturer 00Ah (Fujitsu) and product 510h in three bytes, as read at 7Ch."""
        self._check(address)
        return bytes((0x00, 0xA5, 0x10))
