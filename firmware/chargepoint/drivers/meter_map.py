"""ATM90E32AS: registers, start-up table and conversions. No hardware here. docs/hardware.md 2.1 to 2.3."""

# Written at start-up, each three bytes: register, high, low. Meter constant 3200 imp/kWh (the application note misprints its low
# word as 4C68), start-up thresholds of 1.65 W.
CONFIGURATION = b"\x31\x08\x61\x32\xc4\x68\x35\x14\x24\x36\x14\x24\x37\x14\x24"
# What the chip must show after a reset: proof that it is there, awake and alone on the bus.
FINGERPRINT = b"\x01\x02\x10\x02\x06\x54\x31\x08\x61\x32\xc4\x68"


def metering_mode(phases: int, mains_hz: int) -> int:
    """MMode0: phase A alone or three phases and neutral, 50 or 60 Hz."""
    return (0x87 if phases == 3 else 0x84) | (0x1000 if mains_hz == 60 else 0)


def signed16(value: int) -> int:
    """Two's complement."""
    return value - 65536 if value & 0x8000 else value


def power_to_w(high: int, low: int) -> int:
    """Both words of a power register (0.00032 W = 1/3125 W) to whole watts, rounded."""
    return ((signed16(high) << 16 | low) + 1562) // 3125


def counts_to_uwh(counts: int) -> int:
    """Energy register (0.01 CF at 3200 imp/kWh) to uWh: 3.125 mWh a count, exactly."""
    return counts * 3125


def believable(phases: int, voltage_mv: "list[int]", current_ma: "list[int]", power_w: int, frequency_mhz: int, live: bool) -> bool:
    """Voltages up to 300 V, 45 to 65 Hz (0 = no voltage, but not while charging), power not above 1.2 times U times I."""
    apparent_mva = 0
    for n in range(phases):
        if voltage_mv[n] > 300000:
            return False
        apparent_mva += voltage_mv[n] // 100 * current_ma[n] // 10
    if frequency_mhz == 0:
        return not live
    return 45000 <= frequency_mhz <= 65000 and abs(power_w) * 1000 <= apparent_mva // 10 * 12 + 50000
