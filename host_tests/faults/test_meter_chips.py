"""Both meter chips on their models: the same interface, the same rules, what each adds."""

from __future__ import annotations

from typing import Any

from chargepoint.drivers.ade7953 import Ade7953
from chargepoint.drivers.meter import Meter
from chargepoint.drivers.meter_spi import Atm90e32
from host_tests.faults.bench import Clock, ModelSpi
from tools.sim.chips import ade7953, atm90e32


class Rig:
    """A meter on its model, with physics that can change every second."""

    def __init__(self, kind: str, phases: int = 1) -> None:
        self.clock = Clock()
        self.model: Any = atm90e32.Atm90e32() if kind == "atm90e32" else ade7953.Ade7953()
        spi = ModelSpi(self.clock, self.model)
        self.spi = spi
        self.meter: Meter = Atm90e32(spi, spi, phases) if kind == "atm90e32" else Ade7953(spi, spi, 400_000, 60_000)
        self.phases = phases
        self.total_uwh = 0
        self.true_ws = 0.0
        self.readings = 0

    def run(self, seconds: float, volts: float = 230.0, amperes: float = 16.0, factor: "float | list[float]" = 1.0) -> None:
        """`factor`: the power factor as the chip sees it, of all phases or of each."""
        for _ in range(round(seconds * 100)):
            self.clock.ms += 10
            n = self.phases
            power = volts * amperes
            factors = factor if isinstance(factor, list) else [factor] * n
            self.model.set_physical([volts] * n, [amperes] * n, [power * each for each in factors])
            self.model.advance(0.01)
            if self.meter.poll(self.clock.now):
                self.total_uwh += self.meter.delta_uwh
                self.readings += 1
            if self.meter.ready:
                self.true_ws += power * n * 0.01


def test_both_read_the_same_mains() -> None:
    for kind in ("atm90e32", "ade7953"):
        rig = Rig(kind)
        rig.run(10, factor=0.95)
        reading = rig.meter.reading
        assert abs(reading.voltage_mv[0] - 230_000) <= 10, kind
        assert abs(reading.current_ma[0] - 16_000) <= 2
        assert abs(reading.power_w - 3496) <= 1
        assert abs(reading.frequency_mhz - 50_000) <= 20
        assert abs(reading.power_factor - 950) <= 1


def test_energy_is_the_integral_of_power_within_half_a_percent() -> None:
    for kind, phases in (("atm90e32", 1), ("atm90e32", 3), ("ade7953", 1)):
        rig = Rig(kind, phases)
        rig.run(3, amperes=0)
        for amperes in (6.0, 32.0, 10.0, 0.5, 20.0):
            rig.run(47, amperes=amperes)
        rig.run(2, amperes=0)
        true_uwh = rig.true_ws * 1e6 / 3600
        assert abs(rig.total_uwh - true_uwh) < 0.005 * true_uwh, kind
        assert not rig.meter.failed and rig.meter.estimated == 0


def test_lost_reads_lose_no_energy() -> None:
    for kind in ("atm90e32", "ade7953"):
        rig = Rig(kind)
        rig.run(3, amperes=0)
        for _ in range(30):
            rig.model.next_faults.append("lost_read")
            rig.run(1, amperes=32)
        rig.run(2, amperes=0)
        true_uwh = rig.true_ws * 1e6 / 3600
        assert abs(rig.total_uwh - true_uwh) < 0.005 * true_uwh, kind


def test_a_dead_bus_is_a_failure_and_the_back_off_ends() -> None:
    for kind in ("atm90e32", "ade7953"):
        for fault in ("stuck_0", "stuck_1"):
            rig = Rig(kind)
            rig.run(5)
            rig.model.faults.add(fault)
            rig.run(4)
            assert rig.meter.failed and not rig.meter.ready, (kind, fault)
            rig.run(60)
            transfers = rig.spi.transfers
            rig.run(60)
            assert rig.spi.transfers - transfers < 20  # it does not hammer a dead bus
            rig.model.faults.clear()
            rig.run(40)
            assert rig.meter.ready and not rig.meter.failed


def test_a_chip_that_lost_its_supply_is_configured_again() -> None:
    for kind in ("atm90e32", "ade7953"):
        rig = Rig(kind)
        rig.run(5)
        rig.model.power_cycle(rig.clock.us)
        rig.run(15)
        assert rig.meter.ready and not rig.meter.failed, kind


def test_a_reversed_transformer_is_reported_and_books_nothing() -> None:
    for kind in ("atm90e32", "ade7953"):
        rig = Rig(kind)
        rig.run(20, factor=-1.0)
        assert rig.total_uwh == 0 and rig.meter.reverse_uwh > 10_000_000, kind


def test_a_reversed_or_swapped_transformer_is_a_failure_within_seconds() -> None:
    reversed_phases = [("atm90e32", 1, [-1.0]), ("ade7953", 1, [-1.0])]
    reversed_phases += [("atm90e32", 3, [-1.0 if n == wrong else 1.0 for n in range(3)]) for wrong in range(3)]
    reversed_phases += [("atm90e32", 3, [-1.0, -1.0, 1.0]), ("atm90e32", 3, [-0.5, -0.5, 1.0])]  # two of them; two at each other's place
    for kind, phases, factor in reversed_phases:
        for amperes in (0.5, 6.0, 32.0):
            rig = Rig(kind, phases)
            rig.run(3, amperes=0)
            assert rig.meter.ready and not rig.meter.failed
            rig.run(5, amperes=amperes, factor=factor)
            assert rig.meter.failed and rig.meter.reversed, (kind, factor, amperes)
            assert rig.meter.reading.power_w >= 0
            rig.run(60, amperes=0)
            assert rig.meter.failed, "no current says nothing about the transformer"


def test_both_reversed_and_swapped_looks_forward_and_is_found_by_the_power_factor() -> None:
    for kind, phases, factor in (("atm90e32", 1, [0.5]), ("ade7953", 1, [0.5]), ("atm90e32", 3, [0.5, 0.5, 1.0])):
        rig = Rig(kind, phases)
        rig.run(3, amperes=0)
        rig.run(13, amperes=10.0, factor=factor)
        assert rig.meter.failed and rig.meter.reversed, (kind, factor)


def test_what_cars_do_is_no_reversed_transformer() -> None:
    for kind, phases in (("atm90e32", 1), ("atm90e32", 3), ("ade7953", 1)):
        rig = Rig(kind, phases)
        rig.run(60, amperes=0.4, factor=0.05)  # the filter of a charger at rest
        rig.run(60, amperes=0.05, factor=-0.9)  # noise
        rig.run(60, amperes=2.0, factor=0.5)
        rig.run(60, amperes=32.0, factor=0.95)
        rig.run(5, amperes=16.0, factor=0.6)  # a start
        assert not rig.meter.failed and not rig.meter.reversed, kind


def test_a_pulled_plug_forgives_three_times_an_operator_always() -> None:
    rig = Rig("atm90e32")
    for _ in range(3):
        rig.run(10, factor=-1.0)
        assert rig.meter.failed
        rig.meter.forgive(False)
        rig.run(10)
        assert not rig.meter.failed
    rig.run(10, factor=-1.0)
    rig.meter.forgive(False)
    rig.run(10)
    assert rig.meter.failed
    rig.meter.forgive(True)
    rig.run(10)
    assert not rig.meter.failed


def test_reads_during_the_start_are_not_believed() -> None:
    rig = Rig("ade7953")
    rig.model.power_cycle(0)
    rig.run(0.09)
    assert not rig.meter.ready and rig.readings == 0
    rig.run(3)
    assert rig.meter.ready


def test_atm_calibration_takes_out_the_errors_of_a_board() -> None:
    clock = Clock()
    model = atm90e32.Atm90e32()
    model.u_scale[0] = 0.96
    model.i_scale[0] = 1.03
    gain_u = round(0x8000 / 0.96)
    gain_i = round(0x8000 / 1.03)
    calibration = bytes((0x61, gain_u >> 8, gain_u & 255, 0x62, gain_i >> 8, gain_i & 255))
    spi = ModelSpi(clock, model)
    meter = Atm90e32(spi, spi, calibration=calibration)
    for _ in range(400):
        clock.ms += 10
        model.set_physical([230.0], [10.0], [2300.0])
        meter.poll(clock.now)
    assert abs(meter.reading.voltage_mv[0] - 230_000) < 50
    assert abs(meter.reading.current_ma[0] - 10_000) < 5
    assert abs(meter.reading.power_w - 2300) <= 2


def test_the_model_keeps_the_rules_of_the_bus() -> None:
    chip = atm90e32.Atm90e32()

    def read(register: int) -> int:
        return int.from_bytes(chip.transfer(bytes((0x80, register, 0xFF, 0xFF)), 1_000_000)[2:], "big")

    assert [read(n) for n in (0x01, 0x02, 0x31, 0x32, 0x33)] == [0x0210, 0x0654, 0x0861, 0xC468, 0x0087]
    chip.transfer(bytes.fromhex("00330084"), 1_000_000)
    assert read(0x33) == 0x0087  # configuration is closed
    chip.transfer(bytes.fromhex("007F55AA"), 1_000_000)
    assert read(0x78) == 0x55AA
    chip.transfer(bytes.fromhex("003300"), 1_000_000)
    chip.transfer(bytes.fromhex("0033008400"), 1_000_000)
    assert read(0x33) == 0x0087  # exactly 32 clocks or nothing
    chip.transfer(bytes.fromhex("00330084"), 1_000_000)
    assert read(0x33) == 0x0084
    chip.transfer(bytes.fromhex("00000001"), 1_000_000)
    chip.set_physical([230.17], [31.842], [7318.27], 50.01, -7)
    assert read(0xD9) == 0x59E9 and read(0xDD) == 0x7C62 and read(0xF8) == 0x1389 and read(0xFC) == 0xFFF9
    assert read(0xB0) == 0x015C and read(0xC0) in (0xF659, 0xF65A, 0xF65B)
    chip.advance(2.04375 * 3600 / 7318.27 + 0.0001)
    assert chip.transfer(bytes.fromhex("8080"), 1_000_000) and read(0x78) == 0x028E  # cleared after 16 clocks
    assert read(0x80) == 0


def test_the_model_fills_its_energy_register_as_the_datasheet_says() -> None:
    for watts, seconds in ((7360, 100), (22080, 33.5)):
        chip = atm90e32.Atm90e32()
        chip.transfer(bytes.fromhex("007F55AA"), 1_000_000)
        chip.transfer(bytes.fromhex("00000001"), 1_000_000)
        chip.set_physical([230.0], [32.0], [watts])
        chip.advance(seconds * 1.01)
        full = chip.transfer(bytes.fromhex("8080FFFF"), 1_000_000)
        assert full[2:] == b"\xFF\xFF"
