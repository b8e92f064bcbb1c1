"""Calibration of an ATM90E32AS: production's arithmetic, and the record that keeps its result in FRAM. HARDWARE.md 2.7.

A unit without a record measures with the chip's defaults; it must not sell energy by them, so `load` says plainly that there is none.
"""

import struct

from micropython import const

from chargepoint.util.crc import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from chargepoint.drivers.fram import Fram

_MAGIC = const(0x4143)  # "CA"
_HEAD = const(20)  # magic u16, bytes of registers u16, serial number of the unit 16 bytes
_MOST = const(108)


def gain(present: int, reference: int, measured: int) -> int:
    """A new Ugain or Igain from the present one and what the chip measured of a reference, in the same unit."""
    return (present * reference + measured // 2) // measured


def rms_offset(rms_32bit: int) -> int:
    """Uoffset or Ioffset from the 32-bit RMS value at zero input."""
    return -(rms_32bit >> 7) & 0xFFFF


def power_gain(error_ppm: int) -> int:
    """PQGain from the power error at power factor 1, in parts per million."""
    divisor = 1000000 + error_ppm
    return (-error_ppm * 32768 + divisor // 2) // divisor & 0xFFFF


def phase_delay(error_ppm: int, mains_hz: int = 50) -> int:
    """Phi from the power error at power factor 0.5 lagging: delay in 2.048 MHz cycles, bit 15 = delay the voltage."""
    cycles = (abs(error_ppm) * (3763739 if mains_hz == 50 else 3136449) + 500000000) // 1000000000
    return cycles | (0x8000 if error_ppm < 0 else 0)


def save(fram: "Fram", base: int, serial: bytes, registers: bytes) -> bool:
    """Keep the registers (triples: address, high, low) for this unit; at most 36 of them. Uses 132 bytes from `base` on.

    Raises ValueError: not triples, or registers that are not calibration (41h to 6Ch).
    """
    if len(registers) % 3 or len(registers) > _MOST:
        raise ValueError("calibration must be up to 36 triples, not %d bytes" % len(registers))
    for n in range(0, len(registers), 3):
        if not 0x41 <= registers[n] <= 0x6C:
            raise ValueError("%02Xh is no calibration register" % registers[n])
    record = bytearray(_HEAD + len(registers) + 4)
    struct.pack_into("<HH16s", record, 0, _MAGIC, len(registers), serial)
    record[_HEAD : _HEAD + len(registers)] = registers
    struct.pack_into("<I", record, len(record) - 4, crc32(record, 0, len(record) - 4))
    return fram.write(base, record)


def load(fram: "Fram", base: int, serial: bytes) -> "Optional[bytes]":
    """The registers kept for this unit; None: no record, a damaged one, or one of another unit."""
    head = bytearray(_HEAD)
    if not fram.read_into(base, head):
        return None
    magic, length, owner = struct.unpack("<HH16s", head)
    if magic != _MAGIC or length > _MOST or owner != serial + b"\0" * (16 - len(serial)):
        return None
    record = bytearray(_HEAD + length + 4)
    if not fram.read_into(base, record) or struct.unpack_from("<I", record, _HEAD + length)[0] != crc32(record, 0, _HEAD + length):
        return None
    return bytes(record[_HEAD : _HEAD + length])
