"""ATM90E32AS driver against a plain register file: start-up, what is written, what a bad chip does, what a poll costs."""

from chargepoint.drivers.meter_spi import Atm90e32
from host_tests.portable import without_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

START = 2**30 - 5000


class Chip:
    """Registers as after a reset (docs/hardware.md 2.1), LastSPIData, read-clear energy; no physics."""

    def __init__(self) -> None:
        self.registers = [0] * 256
        for address, value in ((1, 0x0210), (2, 0x0654), (0x31, 0x0861), (0x32, 0xC468), (0x33, 0x0087), (0x7A, 0x1234)):
            self.registers[address] = value
        self.log: "list[str]" = []
        self.low = False
        self.dead = -1  # what a dead bus reads
        self.wrong_energy = False
        self.quiet = False

    def value(self, level: int) -> None:
        self.low = level == 0

    def write_readinto(self, out: bytearray, into: bytearray) -> None:
        assert self.low and len(out) == len(into) == 4
        address = out[1]
        registers = self.registers
        if out[0] & 0x80:
            value = registers[address]
            registers[0x78] = value
            if 0x80 <= address < 0x90:
                registers[address] = 0
                if self.wrong_energy:
                    value ^= 0x0155
        else:
            value = out[2] << 8 | out[3]
            registers[0x78] = value
            if address != 0x70:
                registers[address] = value
            if not self.quiet:
                self.log.append("%02x%02x%02x%02x" % (out[0], out[1], out[2], out[3]))
        if self.dead >= 0:
            value = self.dead
        into[2] = value >> 8
        into[3] = value & 0xFF


def golden(chip: Chip) -> None:
    """The readings of the table in 2.3, as far as they belong together: 230.17 V, 31.842 A, 7318 W, 50.01 Hz, -7 C, PF 0.998."""
    for address, value in ((0xD9, 0x59E9), (0xDD, 0x7C62), (0xF8, 0x1389), (0xFC, 0xFFF9), (0xB0, 0x015C), (0xC0, 0xF65A), (0xBC, 0x03E6)):
        chip.registers[address] = value


def started(chip: Chip, **options: "Any") -> "tuple[Atm90e32, int]":
    meter = Atm90e32(chip, chip, **options)
    now = START
    for _ in range(100):
        if meter.poll(now) or meter.failed:
            break
        now = (now + max(1, meter.next_due(now))) % 2**30
    return meter, now


def test_the_golden_transactions_of_the_start() -> None:
    chip = Chip()
    golden(chip)
    meter, _ = started(chip)
    assert meter.ready
    assert chip.log[0] == "0070789a"  # soft reset
    assert chip.log[1] == "007f55aa"
    for wanted in ("00310861", "0032c468", "00330084", "00351424"):
        assert wanted in chip.log, wanted
    assert chip.log[-2:] == ["00000001", "007f0000"]


def test_three_phases_at_60_hz_and_calibration() -> None:
    chip = Chip()
    golden(chip)
    meter, _ = started(chip, phases=3, mains_hz=60, calibration=b"\x61\x7f\x80\x62\x80\x40")
    assert "00331087" in chip.log and "00617f80" in chip.log and "00628040" in chip.log
    assert len(meter.reading.voltage_mv) == 3


def test_the_golden_readings() -> None:
    chip = Chip()
    golden(chip)
    meter, now = started(chip)
    reading = meter.reading
    assert reading.voltage_mv == [230170] and reading.current_ma == [31842]
    assert reading.power_w == 7318 and reading.frequency_mhz == 50010
    assert reading.temperature_c == -7 and reading.power_factor == 998
    assert reading.soc_percent is None
    chip.registers[0x80] = 0x028E
    assert meter.poll(now + 1000)
    assert meter.delta_uwh == 2043750
    assert meter.poll(now + 2000) and meter.delta_uwh == 0  # read-clear


def test_energy_lost_on_the_bus_is_found_in_last_spi_data() -> None:
    chip = Chip()
    golden(chip)
    meter, now = started(chip)
    chip.wrong_energy = True
    chip.registers[0x80] = 0x028E
    assert meter.poll(now + 1000)
    assert meter.delta_uwh == 2043750


def test_no_chip_is_noticed_at_both_levels() -> None:
    for level in (0x0000, 0xFFFF):
        chip = Chip()
        chip.dead = level
        meter, now = started(chip)
        assert meter.failed and not meter.ready
        chip.dead = -1
        golden(chip)
        for _ in range(20):
            now = (now + max(1, meter.next_due(now))) % 2**30
            if meter.poll(now):
                break
        assert meter.ready and not meter.failed


def test_a_write_that_does_not_stick_is_no_start() -> None:
    class Stubborn(Chip):
        def write_readinto(self, out: bytearray, into: bytearray) -> None:
            Chip.write_readinto(self, out, into)
            self.registers[0x35] = 0

    meter, _ = started(Stubborn())
    assert meter.failed


def test_each_sanity_rule_makes_a_poll_bad_and_three_make_a_failure() -> None:
    for address, value in ((0x00, 0), (0x79, 1), (0x79, 2), (0x7A, 0x4321), (0xD9, 0xFFFF), (0xF8, 3000), (0xB0, 0x0FFF)):
        chip = Chip()
        golden(chip)
        meter, now = started(chip)
        chip.registers[address] = value
        chip.registers[0x80] = 100
        for n in range(1, 4):
            assert not meter.poll((now + n * 1000) % 2**30), (address, n)
            assert meter.failed is (n == 3), (address, n)
        assert chip.registers[0x80] == 100  # the energy is still in the chip


def test_one_bad_poll_loses_no_energy() -> None:
    chip = Chip()
    golden(chip)
    meter, now = started(chip)
    chip.registers[0x80] = 600
    chip.registers[0x79] = 1
    assert not meter.poll(now + 1000)
    chip.registers[0x79] = 0
    chip.registers[0x80] = 1250
    assert meter.poll(now + 2000) and not meter.failed
    assert meter.delta_uwh == 1250 * 3125


def test_impossible_energy_is_replaced_by_power_times_time() -> None:
    chip = Chip()
    golden(chip)
    meter, now = started(chip)
    chip.registers[0x80] = 0xFFFF  # 204.8 Wh in a second
    assert meter.poll(now + 1000)
    assert meter.estimated == 1
    assert abs(meter.delta_uwh - 7318 * 1000000 // 3600) < 10


def test_reverse_energy_is_reported_and_not_subtracted() -> None:
    chip = Chip()
    golden(chip)
    meter, now = started(chip)
    chip.registers[0x80] = 10
    chip.registers[0x84] = 4
    assert meter.poll(now + 1000)
    assert meter.delta_uwh == 10 * 3125 and meter.reverse_uwh == 4 * 3125


def test_energy_and_power_that_disagree_for_two_minutes_are_a_failure() -> None:
    chip = Chip()
    golden(chip)
    meter, now = started(chip)
    for n in range(1, 121):
        chip.registers[0x80] = 450  # a third less than 7318 W give
        assert meter.poll((now + n * 1000) % 2**30)
        assert meter.failed is (n >= 119), n  # the first reading of the start counts too
    for n in range(121, 181):
        chip.registers[0x80] = 650
        meter.poll((now + n * 1000) % 2**30)
    assert not meter.failed


def test_short_sessions_are_no_disagreement() -> None:
    chip = Chip()
    golden(chip)
    high, low = chip.registers[0xB0], chip.registers[0xC0]
    meter, now = started(chip)
    for n in range(1, 301):  # 10 s of power in each minute, that begin just before a poll
        on = n % 60 < 10
        chip.registers[0xB0], chip.registers[0xC0] = (high, low) if on else (0, 0)
        chip.registers[0xDD] = 0x7C62 if on else 0
        chip.registers[0x80] = 650 if 0 < n % 60 < 10 else 0
        assert meter.poll((now + n * 1000) % 2**30)
        assert not meter.failed, n


def test_polls_do_not_drift() -> None:
    chip = Chip()
    golden(chip)
    meter, now = started(chip)
    due = meter.next_due(now)
    meter.poll(now + due + 7)
    assert meter.next_due(now + due + 7) == 993


def test_a_poll_allocates_nothing() -> None:
    chip = Chip()
    golden(chip)
    meter, now = started(chip)
    chip.quiet = True
    chip.registers[0x80] = 650
    later = now + 1000

    def once() -> None:
        meter.poll(later)

    without_heap(once)
    assert meter.delta_uwh == 650 * 3125
