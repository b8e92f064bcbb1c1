"""Production's arithmetic for the ATM90E32AS and the record in FRAM. docs/hardware.md 2.4."""

from chargepoint.drivers.calibration import PILOT_DEFAULTS, load, pilot_of, pilot_triples, read, registers_of, save
from chargepoint.drivers.calibration_arithmetic import gain, phase_delay, pilot_scale, power_gain, rms_offset
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


def test_a_board_is_calibrated_when_meter_and_pilot_are() -> None:
    fram = Fram(Chip())
    assert read(None, 512, b"unit-1") == read(fram, 512, b"unit-1") == (False, b"", PILOT_DEFAULTS)
    save(fram, 512, b"unit-1", TRIPLES)
    assert not read(fram, 512, b"unit-1")[0]  # nobody has measured its pilot
    save(fram, 512, b"unit-1", TRIPLES + pilot_triples(500, 15500))
    assert read(fram, 512, b"unit-1") == (True, TRIPLES, (500, 15500))
    assert not read(fram, 512, b"unit-2")[0]


def test_the_pilots_part_of_a_record() -> None:
    record = TRIPLES + pilot_triples(496, 15464)
    assert pilot_of(record) == (496, 15464) and registers_of(record) == TRIPLES
    assert pilot_of(TRIPLES) is None and pilot_of(pilot_triples(500, 1)[:3]) is None and pilot_of(pilot_triples(0, 15464)) is None


def test_the_pilots_scale_takes_out_the_errors_of_a_divider() -> None:
    for scale_q10, offset_mv in ((496, 15464), (480, 15000), (510, 15900)):  # of the divider as it is
        codes = {mv: (mv + offset_mv) * 1024 // scale_q10 for mv in (11950, 9000, 6000, 3000, -11980)}
        present = PILOT_DEFAULTS
        for _ in range(2):
            seen = [(codes[mv] * present[0] >> 10) - present[1] for mv in (11950, -11980)]
            present = pilot_scale(present, seen[0], seen[1], 11950, -11980)
        for mv in codes:
            assert abs((codes[mv] * present[0] >> 10) - present[1] - mv) < 80, (scale_q10, mv)


def test_a_pilot_that_is_no_pilot_is_not_calibrated() -> None:
    raises(ValueError, pilot_scale, PILOT_DEFAULTS, 12000, 11000, 12000, -12000)
    raises(ValueError, pilot_scale, PILOT_DEFAULTS, 12000, -12000, 12000, 12000)
    raises(ValueError, pilot_scale, PILOT_DEFAULTS, 13800, -13900, 12000, -12000)
