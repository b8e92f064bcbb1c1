"""ADE7953: registers, start-up and conversions. No hardware here. docs/hardware.md 2.5.

The chip has no engineering units: everything is a fraction of its full scale, and what full scale means is the board's divider and
shunt or transformer.
"""

from micropython import const

_VRMS_FULL = const(9032007)
_AWATT_FULL = const(4862401)

# Registers, the block of the address says how wide they are.
VERSION = 0x702
COMM_UNLOCK = 0xFE  # AD opens 120h for the next access
OPTIMUM = 0x120
CONFIG = 0x102
LAST_RWDATA = 0x3FF
AWATT = 0x312
IRMSA = 0x31A
VRMS = 0x31C
AENERGYA = 0x31E
PFA = 0x10A
PERIOD = 0x10E
CRC = 0x37F


def width(register: int) -> int:
    """Bytes of a register, by its address block."""
    block = register >> 8
    return 2 if block == 1 else 3 if block == 2 else 4 if block == 3 else 1


def signed(value: int, size: int) -> int:
    """Two's complement of `size` bytes."""
    return value - (1 << 8 * size) if value >> (8 * size - 1) & 1 else value


def scaled(code: int, full_scale: int) -> int:
    """An RMS code to the unit of `full_scale` (mV or mA), rounded."""
    return (code * full_scale + _VRMS_FULL // 2) // _VRMS_FULL


def power_to_w(code: int, full_scale_w: int) -> int:
    """An active power code to whole watts."""
    return (code * full_scale_w + _AWATT_FULL // 2) // _AWATT_FULL


def frequency_mhz(period: int) -> int:
    """The line period register to mHz: 223 750 Hz / (n + 1)."""
    return 223750000 // (period + 1)


def energy_uwh(counts: int, full_scale_w: int) -> int:
    """Energy counts to uWh: at full scale one count is added 206 900 times a second (the register fills in 40.5 s)."""
    return counts * full_scale_w * 1000 // 744840
