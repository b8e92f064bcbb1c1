"""ADE7953 arithmetic against docs/hardware.md 2.5."""

from chargepoint.drivers.ade7953_map import energy_uwh, frequency_mhz, power_to_w, scaled, signed, width


def test_register_width_follows_the_address_block() -> None:
    for register, size in ((0x0FD, 1), (0x702, 1), (0x102, 2), (0x1FE, 2), (0x21E, 3), (0x312, 4), (0x37F, 4)):
        assert width(register) == size, register


def test_full_scale_codes() -> None:
    assert scaled(9032007, 400000) == 400000
    assert scaled(0, 400000) == 0
    assert power_to_w(4862401, 24000) == 24000
    assert power_to_w(-4862401, 24000) == -24000


def test_line_frequency() -> None:
    assert frequency_mhz(4474) == 50000  # 223 750 / 4475
    assert abs(frequency_mhz(3728) - 60000) < 20


def test_the_energy_register_fills_in_40_5_seconds() -> None:
    seconds = energy_uwh(0x7FFFFF, 24000) * 3600 / 1000000 / 24000
    assert 40.4 < seconds < 40.6


def test_sign_extension() -> None:
    assert signed(0xFFFFFFFF, 4) == -1 and signed(0x7FFFFFFF, 4) == 0x7FFFFFFF
    assert signed(0x8001, 2) == -32767
