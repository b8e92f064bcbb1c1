"""ATM90E32AS arithmetic against golden values; docs/hardware.md 2.1 and 2.2."""

from chargepoint.drivers.meter_map import CONFIGURATION, FINGERPRINT, believable, counts_to_uwh, metering_mode, power_to_w, signed16


def test_metering_mode_for_phases_and_mains_frequency() -> None:
    assert metering_mode(1, 50) == 0x0084
    assert metering_mode(3, 50) == 0x0087
    assert metering_mode(3, 60) == 0x1087


def test_power_words() -> None:
    assert power_to_w(0x015C, 0xF65A) == 7318  # 7318.27 W
    assert power_to_w(0x041C, 0xDB40) == 22080
    assert power_to_w(0xFFFF, 0x676A) in (-12, -13)  # -12.5 W
    assert power_to_w(0, 0) == 0


def test_signed_words() -> None:
    assert signed16(0xFFF9) == -7  # degrees C
    assert signed16(0x03E6) == 998  # power factor 0.998
    assert signed16(0xFE0C) == -500


def test_energy_counts() -> None:
    assert counts_to_uwh(0x028E) == 2043750  # 654 counts = 2.04375 Wh
    assert counts_to_uwh(65535) == 204796875  # 204.8 Wh fill the register


def test_the_meter_constant_is_not_the_misprint() -> None:
    assert b"\x31\x08\x61" in CONFIGURATION and b"\x32\xc4\x68" in CONFIGURATION
    assert 0x0861C468 == 450000000000 // 3200
    assert FINGERPRINT == b"\x01\x02\x10\x02\x06\x54\x31\x08\x61\x32\xc4\x68"


def test_start_up_threshold_is_1_65_watts() -> None:
    assert b"\x35\x14\x24" in CONFIGURATION  # 5156 * 0.00032 W
    assert round(0x1424 * 0.00032, 2) == 1.65


def test_readings_that_cannot_be_are_not_believed() -> None:
    for live, voltage, current, power, frequency, expected in (
        (True, 230170, 31842, 7318, 50010, True),
        (True, 230000, 0, 0, 50000, True),
        (True, 301000, 0, 0, 50000, False),
        (True, 230000, 10000, 2900, 50000, False),  # 2300 VA cannot carry 2900 W
        (True, 230000, 10000, -2300, 50000, True),
        (True, 230000, 10000, -2900, 50000, False),
        (True, 230000, 10000, 2300, 44900, False),
        (True, 230000, 10000, 2300, 65100, False),
        (True, 0, 0, 0, 0, False),  # dead while charging
        (False, 0, 0, 0, 0, True),  # mains lost, contactor open
    ):
        assert believable(1, [voltage], [current], power, frequency, live) is expected, (voltage, current, power, frequency)
