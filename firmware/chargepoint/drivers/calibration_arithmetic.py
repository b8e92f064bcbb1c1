"""Production's arithmetic for the ATM90E32AS and the pilot's divider. docs/hardware.md 2.4 and 4.4. Not used by a running charger."""

from chargepoint.drivers.calibration import PILOT_DEFAULTS


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


def pilot_scale(present: "tuple[int, int]", high_mv: int, low_mv: int, true_high_mv: int, true_low_mv: int) -> "tuple[int, int]":
    """New scale_q10 and offset_mv from the present ones, what was measured with them of +12 and -12 V, and what a reference says.

    Raises ValueError: the two levels are not 20 to 28 V apart, or the divider would be more than 10 % off.
    """
    scale_q10, offset_mv = present
    if not 20000 <= high_mv - low_mv <= 28000 or not 20000 <= true_high_mv - true_low_mv <= 28000:
        raise ValueError("+12 V and -12 V are wanted, not %d and %d mV" % (high_mv, low_mv))
    code = (high_mv + offset_mv) * 1024 // scale_q10
    span = (high_mv - low_mv) * 1024 // scale_q10
    scale_q10 = ((true_high_mv - true_low_mv) * 1024 + span // 2) // span
    offset_mv = (code * scale_q10 >> 10) - true_high_mv
    if abs(scale_q10 - PILOT_DEFAULTS[0]) * 10 > PILOT_DEFAULTS[0] or abs(offset_mv - PILOT_DEFAULTS[1]) * 10 > PILOT_DEFAULTS[1]:
        raise ValueError("the divider is more than 10 % off: check its resistors")
    return scale_q10, offset_mv
