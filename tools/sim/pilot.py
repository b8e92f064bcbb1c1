"""The control pilot as a voltage: +/-12 V through 1 kohm, against what the car puts on the line."""

from __future__ import annotations

SOURCE_V = 12.0
SOURCE_OHM = 1000.0
DIODE_V = 0.7
RESISTOR_OHM = {"B": 2740.0, "C": 882.0, "D": 246.0}

# Divider of docs/hardware.md 4.4: 220 k from the pilot, 47 k to 3.3 V, 56 k to ground, 12 bit codes.
ADC_GAIN = 0.1041
ADC_OFFSET_V = 1.607
ADC_REFERENCE_V = 3.3


def plateaus(car_state: str | None, diode: bool = True, short: bool = False) -> tuple[float, float]:
    """Volts of the high and the low half.

    Args: `car_state`: None without a car, else the state its resistors make: B, C or D.
    """
    if short:
        return 0.0, 0.0
    if car_state is None:
        return SOURCE_V, -SOURCE_V
    load = RESISTOR_OHM[car_state] / (RESISTOR_OHM[car_state] + SOURCE_OHM)
    if not diode:
        return SOURCE_V * load, -SOURCE_V * load
    return (SOURCE_V - DIODE_V) * load + DIODE_V, -SOURCE_V


def adc_u16(volts: float) -> int:
    """What read_u16 says for a voltage on the pilot line."""
    share = (ADC_OFFSET_V + ADC_GAIN * volts) / ADC_REFERENCE_V
    return max(0, min(65535, round(share * 65535)))


def offered_a(duty_permille: int) -> float:
    """The current a car reads from a duty; 0 = none may be drawn (IEC 61851-1 table A.8)."""
    if duty_permille < 80 or duty_permille > 970:
        return 0.0
    if duty_permille < 100:
        return 6.0
    if duty_permille <= 850:
        return 0.06 * duty_permille
    return min(80.0, 2.5 * (duty_permille / 10 - 64))
