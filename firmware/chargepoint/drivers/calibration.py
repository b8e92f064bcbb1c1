"""Calibration of an ATM90E32AS and of the pilot: the record that keeps it in FRAM. docs/hardware.md 2.4, 4.4. Production's part: calibration_arithmetic.

A unit without a record measures with the chip's defaults; it must not sell energy by them, so `load` says plainly that there is none.
The record is made of triples (number, high, low): 41h to 6Ch are the chip's registers, F0h and F1h the pilot's scale and offset.
"""

import struct

from micropython import const

from chargepoint.util.crc import is_sealed, seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from chargepoint.drivers.fram import Fram

_MAGIC = const(0x4143)  # "CA"
_HEAD = const(20)  # magic u16, bytes of registers u16, serial number of the unit 16 bytes
_MOST = const(108)
_PILOT_SCALE = const(0xF0)
_PILOT_OFFSET = const(0xF1)
PILOT_DEFAULTS = (496, 15464)  # scale_q10, offset_mv of the divider of docs/hardware.md 4.4 with ideal parts


def pilot_triples(scale_q10: int, offset_mv: int) -> bytes:
    """The pilot's part of the record."""
    return bytes((_PILOT_SCALE, scale_q10 >> 8, scale_q10 & 0xFF, _PILOT_OFFSET, offset_mv >> 8, offset_mv & 0xFF))


def pilot_of(triples: bytes) -> "Optional[tuple[int, int]]":
    """The pilot's scale_q10 and offset_mv in a record; None when they are not in it."""
    found = [-1, -1]
    for n in range(0, len(triples), 3):
        if triples[n] >= _PILOT_SCALE:
            found[triples[n] - _PILOT_SCALE] = triples[n + 1] << 8 | triples[n + 2]
    return None if -1 in found or not found[0] else (found[0], found[1])


def registers_of(triples: bytes) -> bytes:
    """The chip's registers in a record."""
    return b"".join([triples[n : n + 3] for n in range(0, len(triples), 3) if triples[n] < _PILOT_SCALE])


def read(fram: "Optional[Fram]", base: int, serial: bytes) -> "tuple[bool, bytes, tuple[int, int]]":
    """For a board: whether production has calibrated this unit, the meter's registers, the pilot's scale and offset (ideal ones if not)."""
    found = load(fram, base, serial) if fram is not None else None
    scale = pilot_of(found) if found is not None else None
    if found is None or scale is None:
        return False, b"", PILOT_DEFAULTS
    return True, registers_of(found), scale


def save(fram: "Fram", base: int, serial: bytes, registers: bytes) -> bool:
    """Keep the triples for this unit; at most 36 of them. Uses 24 bytes and theirs from `base` on.

    Raises ValueError: not triples, or registers that are not calibration.
    """
    if len(registers) % 3 or len(registers) > _MOST:
        raise ValueError("calibration must be up to 36 triples, not %d bytes" % len(registers))
    for n in range(0, len(registers), 3):
        if not (0x41 <= registers[n] <= 0x6C or _PILOT_SCALE <= registers[n] <= _PILOT_OFFSET):
            raise ValueError("%02Xh is no calibration register" % registers[n])
    record = bytearray(_HEAD + len(registers) + 4)
    struct.pack_into("<HH16s", record, 0, _MAGIC, len(registers), serial)
    record[_HEAD : _HEAD + len(registers)] = registers
    seal(record, len(record) - 4)
    return fram.write(base, record)


def load(fram: "Fram", base: int, serial: bytes) -> "Optional[bytes]":
    """The triples kept for this unit; None: no record, a damaged one, or one of another unit."""
    head = bytearray(_HEAD)
    if not fram.read_into(base, head):
        return None
    magic, length, owner = struct.unpack("<HH16s", head)
    if magic != _MAGIC or length > _MOST or length % 3 or owner != serial + b"\0" * (16 - len(serial)):
        return None
    record = bytearray(_HEAD + length + 4)
    if not fram.read_into(base, record) or not is_sealed(record, _HEAD + length):
        return None
    return bytes(record[_HEAD : _HEAD + length])
