"""A connector on models, in virtual time: each fault, what it does, and how it ends."""

from __future__ import annotations

from chargepoint.core import commands
from chargepoint.drivers.rcd import Rcd
from chargepoint.util import signals
from host_tests.faults.bench import Charger, Line, open_time

CLOSE = commands.CMD_CLOSE
OFFER = commands.CMD_OFFER
CLEAR = commands.CMD_CLEAR_FAULT


def test_emergency_stop_and_its_release() -> None:
    charger = Charger()
    charger.charge()
    charger.stop_line.level = 1
    assert open_time(charger) <= 100
    charger.run(100)
    assert charger.core.faults == {signals.FAULT_EMERGENCY_STOP}
    charger.run(5000)
    assert charger.core.faults == {signals.FAULT_EMERGENCY_STOP}
    charger.stop_line.level = 0
    charger.run(1500)
    assert not charger.core.faults and not charger.car.closed
    charger.run(6000)
    assert not charger.car.closed  # only a new command closes


def test_pilot_short_and_its_end() -> None:
    charger = Charger()
    charger.charge()
    charger.car.shorted = True
    assert open_time(charger) <= 100
    charger.run(100)
    assert charger.core.faults == {signals.FAULT_PILOT_SHORT}
    charger.car.shorted = False
    charger.run(1500)
    assert not charger.core.faults


def test_no_diode_opens_and_stays_until_unplugged() -> None:
    charger = Charger()
    charger.charge()
    charger.car.diode = False
    assert open_time(charger) <= 150  # three samples first: not one of the 100 ms events
    charger.run(100)
    assert charger.core.faults == {signals.FAULT_NO_DIODE}
    charger.car.diode = True
    charger.run(3000)
    assert charger.core.faults == {signals.FAULT_NO_DIODE}
    charger.car.state = "A"
    charger.run(1500)
    assert charger.core.events[-2:] == [("fault", 1, signals.FAULT_NO_DIODE, False), ("pilot", 1, 0)]  # so that core tells both as one


def test_a_weld_is_latched_until_an_operator_clears_it_with_open_contacts() -> None:
    charger = Charger()
    charger.charge()
    charger.car.welded = True
    charger.car.state = "B"
    charger.run(1000)
    assert charger.core.faults == {signals.FAULT_WELDED} and charger.io.welded
    charger.car.state = "A"
    charger.run(5000)
    charger.io.execute(CLEAR, signals.FAULT_WELDED, charger.clock.now)
    charger.run(100)
    assert charger.core.named("fault")[-1] == ("fault", 1, signals.FAULT_WELDED, True)  # said again: it is still there
    assert charger.io.welded
    charger.car.welded = False
    charger.car.edge_ms = -1000
    charger.run(200)
    assert charger.io.welded
    charger.io.execute(CLEAR, signals.FAULT_WELDED, charger.clock.now)
    charger.run(100)
    assert not charger.io.welded


def test_a_weld_from_before_the_reboot_blocks() -> None:
    charger = Charger()
    charger.io.latch_weld()
    charger.run(200)
    assert charger.core.faults == {signals.FAULT_WELDED}


def test_current_past_an_open_contactor_is_a_weld_too() -> None:
    charger = Charger()
    charger.run(2000)
    charger.leak = 5.0
    charger.run(4000)
    assert signals.FAULT_WELDED in charger.core.faults


def test_a_contactor_that_does_not_close() -> None:
    charger = Charger()
    charger.run(6000)
    charger.car.stuck_open = True
    charger.car.state = "B"
    charger.run(600)
    charger.io.execute(OFFER, 16000, charger.clock.now)
    charger.run(100)
    charger.car.state = "C"
    charger.io.execute(CLOSE, 0, charger.clock.now)
    charger.run(500)
    assert charger.core.faults == {signals.FAULT_NO_CLOSE}
    edges = charger.car.edges
    charger.run(20_000)
    assert charger.car.edges == edges  # not tried for ever
    charger.car.state = "A"
    charger.run(1500)
    assert not charger.core.faults


def test_meter_silent_and_garbage_stop_charging_and_recover() -> None:
    for fault in ("stuck_1", "stuck_0", "garbage", "crc_error"):
        charger = Charger()
        charger.charge()
        charger.run(5000)
        before = charger.core.energies[-1]
        charger.chip.faults.add(fault)
        charger.run(6000)
        assert not charger.car.closed, fault
        assert signals.FAULT_METER in charger.core.faults, fault
        charger.chip.faults.clear()
        charger.car.state = "B"
        charger.run(40_000)
        assert not charger.core.faults, fault
        assert charger.core.energies[-1] >= before


def test_a_brown_out_of_the_meter_chip_is_noticed_and_repaired() -> None:
    charger = Charger()
    charger.run(3000)
    charger.chip.power_cycle(charger.clock.us)
    readings = charger.core.readings
    charger.run(15_000)
    assert charger.core.readings > readings + 5 and not charger.core.faults
    assert charger.chip.registers[0x33] == 0x0084


def test_a_flipped_configuration_bit_is_noticed_and_repaired() -> None:
    charger = Charger()
    charger.run(3000)
    charger.chip.flip_config(0x61, 14)
    charger.run(20_000)
    assert charger.chip.registers[0x61] == 0x8000 and not charger.core.faults


def test_a_lost_energy_read_loses_nothing() -> None:
    charger = Charger()
    charger.charge()
    for _ in range(20):
        charger.chip.next_faults.append("lost_read")
        charger.run(1000)
    charger.run(40_000)
    true_mwh = 230 * 16 * 60 / 3.6
    assert abs(charger.core.energies[-1] - true_mwh) < 0.01 * true_mwh + 1100


def test_over_and_under_voltage_need_5_s() -> None:
    for volts, code in ((260.0, signals.FAULT_OVER_VOLTAGE), (180.0, signals.FAULT_UNDER_VOLTAGE)):
        charger = Charger()
        charger.charge()
        charger.voltage = volts
        charger.run(3500)
        assert not charger.core.faults and charger.car.closed
        charger.run(4000)
        assert charger.core.faults == {code} and not charger.car.closed
        charger.voltage = 230.0
        charger.run(4000)
        assert not charger.core.faults


def test_over_current_slow_and_fast() -> None:
    charger = Charger()
    charger.charge()
    charger.draw = 18.0  # allowed: (16 + 0.5) * 1.1 = 18.15
    charger.run(12_000)
    assert charger.car.closed
    charger.draw = 20.0
    charger.run(5000)
    assert charger.car.closed
    charger.run(5000)
    assert signals.FAULT_OVER_CURRENT in charger.core.faults and not charger.car.closed
    charger.draw = 0.0
    charger.run(5000)
    assert charger.core.faults == {signals.FAULT_OVER_CURRENT}
    charger.car.state = "A"
    charger.run(5000)
    assert not charger.core.faults
    charger = Charger()
    charger.charge()
    charger.draw = 49.0  # more than 1.5 times what the hardware stands
    charger.run(1500)
    assert signals.FAULT_OVER_CURRENT in charger.core.faults


def test_a_pwm_that_does_not_hold_its_duty_is_an_internal_fault() -> None:
    charger = Charger()
    charger.run(1000)
    charger.io.execute(OFFER, 16000, charger.clock.now)
    charger.car.duty = 40000
    charger.run(1500)
    assert signals.FAULT_INTERNAL in charger.core.faults


def test_a_car_that_jumps_from_a_to_c_is_not_charged() -> None:
    charger = Charger()
    charger.run(6000)
    charger.car.state = "C"
    charger.io.execute(OFFER, 16000, charger.clock.now)
    charger.io.execute(CLOSE, 0, charger.clock.now)
    charger.run(5000)
    assert not charger.car.closed and charger.core.faults == {signals.FAULT_PILOT_JUMP}
    charger.car.state = "B"
    charger.run(1500)
    assert not charger.core.faults


def test_a_dead_fram_is_a_warning_and_charging_goes_on() -> None:
    charger = Charger()
    charger.charge()
    charger.fram.nack = True
    charger.run(3000)
    assert charger.core.faults == {signals.FAULT_STORAGE} and charger.car.closed
    charger.fram.nack = False
    charger.run(3000)
    assert not charger.core.faults


def test_the_residual_current_module_is_tested_before_each_session() -> None:
    charger = Charger(rcd=Rcd(Line(1), Line()))
    charger.run(7000)
    charger.car.state = "B"
    charger.run(600)
    charger.io.execute(OFFER, 16000, charger.clock.now)
    charger.run(100)
    charger.car.state = "C"
    charger.io.execute(CLOSE, 0, charger.clock.now)
    charger.run(3000)
    assert not charger.car.closed  # never answered its test
    assert signals.FAULT_RCD in charger.core.faults


def test_a_residual_current_is_latched_until_unplugged_and_tested() -> None:
    trip, test = Line(), Line()
    charger = Charger(rcd=Rcd(trip, test))

    def run(ms: int, leak: bool = False) -> None:
        for _ in range(ms // 10):
            trip.level = int(leak or bool(test.level))
            charger.run(10)

    run(6500)
    charger.car.state = "B"
    run(600)
    charger.io.execute(OFFER, 16000, charger.clock.now)
    run(100)
    charger.car.state = "C"
    charger.io.execute(CLOSE, 0, charger.clock.now)
    run(3000)
    assert charger.car.closed
    run(100, leak=True)
    assert not charger.car.closed
    run(5000)
    assert charger.core.faults == {signals.FAULT_RCD}
    tests = test.edges
    charger.car.state = "A"
    run(100)
    assert charger.core.faults == {signals.FAULT_RCD}  # not before the test
    run(6000)
    assert test.edges > tests and not charger.core.faults


def test_a_pilot_that_cannot_be_looked_at_never_charges() -> None:
    charger = Charger()
    charger.parts.pilot.trouble = "pilot: 24 readings take 3600 us, not 1100 to 1900"
    charger.run(6000)
    assert charger.core.faults == {signals.FAULT_INTERNAL}
    charger.car.state = "B"
    charger.run(600)
    charger.io.execute(OFFER, 16000, charger.clock.now)
    charger.run(100)
    charger.car.state = "C"
    charger.io.execute(CLOSE, 0, charger.clock.now)
    charger.run(1000)
    assert not charger.car.closed


def rcd_charger(trip: Line, test: Line) -> Charger:
    """One with a healthy module."""

    class Charging(Charger):
        def run(self, ms: int) -> None:
            for _ in range(ms // 10):
                trip.level = int(bool(test.level))
                super().run(10)

    return Charging(rcd=Rcd(trip, test))


def test_a_test_that_is_not_done_holds_the_contactor_and_says_so_and_is_made_up_for_in_state_c() -> None:
    trip, test = Line(), Line()
    charger = rcd_charger(trip, test)
    charger.run(6500)
    charger.car.state = "B"
    charger.run(600)
    charger.io.execute(OFFER, 16000, charger.clock.now)
    charger.run(100)
    charger.car.state = "C"
    charger.run(100)
    charger.parts.rcd.fresh = False  # type: ignore[union-attr]
    charger.io.execute(CLOSE, 0, charger.clock.now)
    charger.run(3000)
    assert [event[2] for event in charger.core.named("hold")] == [signals.HOLD_RCD_TEST, signals.HOLD_NOTHING]
    assert charger.car.closed and not charger.core.faults


def test_what_holds_the_contactor_is_said_with_its_cause() -> None:
    for cause in (signals.HOLD_METER, signals.HOLD_REST, signals.HOLD_VEHICLE, signals.HOLD_INPUT):
        charger = Charger()
        charger.charge()
        charger.io.execute(commands.CMD_OPEN, 0, charger.clock.now)
        charger.run(200)
        if cause != signals.HOLD_REST:
            charger.run(6000)
        if cause == signals.HOLD_VEHICLE:
            charger.car.state = "B"
            charger.run(100)
        if cause == signals.HOLD_METER:
            charger.parts.meter.ready = False
            charger.chip.faults.add("stuck_1")
        charger.core.events.clear()
        charger.io.execute(CLOSE, 0, charger.clock.now)
        if cause == signals.HOLD_INPUT:
            charger.stop_line.level = 1
            charger.run(20)
        charger.run(350)
        said = [event[2] for event in charger.core.named("hold")]
        assert said and said[0] in (cause, signals.HOLD_FAULT if cause == signals.HOLD_INPUT else cause), (cause, said)
        assert not charger.car.closed


def test_latched_protections_outlive_a_reset_with_the_plug_in() -> None:
    for code in (signals.FAULT_RCD, signals.FAULT_PE, signals.FAULT_OVER_CURRENT, signals.FAULT_NO_DIODE, signals.FAULT_MIRROR, signals.FAULT_NO_CLOSE):
        trip, test = Line(), Line()
        charger = rcd_charger(trip, test)
        charger.io.restore(1 << code, 2)
        charger.car.state = "B"
        charger.run(8000)
        charger.io.execute(OFFER, 16000, charger.clock.now)
        charger.car.state = "C"
        charger.io.execute(CLOSE, 0, charger.clock.now)
        charger.run(8000)
        assert ("fault", 1, code, True) in charger.core.events, code
        if code != signals.FAULT_PE:  # the earth is back; that the plug must be pulled is core's
            assert code in charger.core.faults and not charger.car.closed, code
        assert charger.io.protection.rcd_trips == 2
        charger.car.state = "A"
        charger.run(12_000)
        assert not charger.core.faults, code


def test_six_residual_currents_in_a_row_stay_six_over_a_reset() -> None:
    charger = rcd_charger(Line(), Line())
    charger.io.restore(1 << signals.FAULT_RCD, 6)
    charger.run(20_000)
    assert charger.core.faults == {signals.FAULT_RCD}
    charger.io.execute(CLEAR, 0, charger.clock.now)
    charger.run(200)
    assert not charger.core.faults and charger.io.protection.rcd_trips == 0


def test_a_sensor_that_does_not_answer_once_is_nothing() -> None:
    class Sensor:
        celsius: object = 30

        def read(self) -> object:
            return self.celsius

    sensor = Sensor()
    charger = Charger(temperature=sensor)
    charger.charge()
    for bad in (None, 81, None, 999):
        sensor.celsius = bad
        readings = charger.core.readings
        while charger.core.readings == readings:
            charger.run(10)
        sensor.celsius = 30
        charger.run(3000)
        assert charger.car.closed and not charger.core.named("fault"), bad
    sensor.celsius = None
    charger.run(3000)
    assert not charger.car.closed and charger.core.faults == {signals.FAULT_OVER_TEMPERATURE}
