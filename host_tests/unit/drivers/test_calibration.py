"""Production's arithmetic for the ATM90E32AS and the record in FRAM. HARDWARE.md 2.4 and 2.7."""

from chargepoint.drivers.calibration import gain, load, phase_delay, power_gain, rms_offset, save
from chargepoint.drivers.fram import Fram
from host_tests.portable import raises
from host_tests.unit.drivers.test_energy_register import Chip

TRIPLES = b"\x61\x7f\x80\x62\x80\x40\x47\x01\xce"


def test_gains() -> None:
    assert gain(0x8000, 23000, 23000) == 0x8000
    assert gain(0x8000, 23000, 22080) == round(0x8000 * 23000 / 22080)


def test_offset_from_the_32_bit_rms_at_zero_input() -> None:
    assert rms_offset(0) == 0
    assert rms_offset(128) == 0xFFFF
    assert rms_offset(1280) == 0xFFF6


def test_power_gain_of_the_document() -> None:
    assert power_gain(-13900) == 0x01CE
    assert power_gain(20000) == 0xFD7D
    assert power_gain(0) == 0


def test_phase_delay_of_the_document() -> None:
    assert phase_delay(10000) == 38  # 0.01 * 3763.739
    assert phase_delay(-10000) == 0x8000 | 38
    assert phase_delay(10000, 60) == 31  # 0.01 * 3136.449


def test_the_record_is_read_back_by_its_own_unit_only() -> None:
    fram = Fram(Chip())
    assert load(fram, 512, b"unit-1") is None
    assert save(fram, 512, b"unit-1", TRIPLES)
    assert load(fram, 512, b"unit-1") == TRIPLES
    assert load(fram, 512, b"unit-2") is None


def test_a_damaged_record_is_not_used() -> None:
    chip = Chip()
    save(Fram(chip), 512, b"unit-1", TRIPLES)
    for n in range(512, 512 + 20 + len(TRIPLES) + 4):
        chip.data[n] ^= 0x01
        assert load(Fram(chip), 512, b"unit-1") is None, n
        chip.data[n] ^= 0x01
    assert load(Fram(chip), 512, b"unit-1") == TRIPLES


def test_only_calibration_registers_are_kept() -> None:
    fram = Fram(Chip())
    raises(ValueError, save, fram, 512, b"unit-1", b"\x33\x00\x84")
    raises(ValueError, save, fram, 512, b"unit-1", b"\x61\x80")
    raises(ValueError, save, fram, 512, b"unit-1", b"\x61\x80\x00" * 37)
