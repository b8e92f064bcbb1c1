"""One connector in the world: pilot, car, energy, cable and lock, in virtual time."""

from __future__ import annotations

from tools.sim import pilot
from tools.sim.connector import Connector, ConnectorKind
from tools.sim.history import History
from tools.sim.mains import Mains
from tools.sim.schedule import Schedule

SIXTEEN_A = 267  # duty in 1/1000: 16 A / 0.6


class Bench:
    """A connector whose coil can be held."""

    def __init__(self, socket: bool = False, phases: int = 3) -> None:
        self.schedule = Schedule()
        self.history = History(self.schedule)
        self.mains = Mains()
        self.connector = Connector(1, ConnectorKind(socket, phases), self.schedule, self.history, self.mains)
        self._level = 0

    def run_ms(self, duration_ms: int, closed: bool = False) -> None:
        """Let time pass in steps of 10 ms, with edges on the coil when `closed`."""
        for _ in range(duration_ms // 10):
            if closed:
                self._level ^= 1
                self.connector.contactor.drive(self._level)
            end_ms = self.schedule.now_ms + 10
            while self.schedule.now_ms < end_ms:
                due = self.schedule.next_ms()
                step = end_ms if due is None or due > end_ms else due
                self.connector.flow(step - self.schedule.now_ms)
                self.schedule.now_ms = step
                self.schedule.run_due()

    def plug(self, wants: bool = True, current_a: float = 16, phases: int = 1) -> None:
        """A car arrives."""
        assert self.connector.plug(wants, current_a, phases, 40, 32) is None


def test_the_pilot_levels_are_those_of_the_standard() -> None:
    assert pilot.plateaus(None) == (12, -12)
    for state, volts in (("B", 9), ("C", 6), ("D", 3)):
        high, low = pilot.plateaus(state)
        assert abs(high - volts) < 0.2 and low == -12
    assert pilot.plateaus("C", short=True) == (0, 0)
    for state, low_v in (("B", -8.8), ("C", -5.6)):
        assert abs(pilot.plateaus(state, diode=False)[1] - low_v) < 0.05


def test_the_divider_gives_the_codes_of_the_table() -> None:
    for volts, code in ((12, 3544), (9, 3157), (6, 2770), (3, 2382), (0, 1995), (-12, 445)):
        assert abs(pilot.adc_u16(volts) / 16 - code) <= 2


def test_duty_to_current_as_the_car_reads_it() -> None:
    for permille, amperes in ((1000, 0), (30, 0), (50, 0), (85, 6), (100, 6), (267, 16.02), (850, 51), (960, 80), (975, 0)):
        assert abs(pilot.offered_a(permille) - amperes) < 0.01


def test_a_car_goes_from_a_over_b_to_c_only_when_it_is_offered_current() -> None:
    bench = Bench()
    bench.plug()
    assert bench.connector.pilot_state == "B"
    bench.run_ms(5000)
    assert bench.connector.pilot_state == "B"
    bench.connector.pilot_duty(SIXTEEN_A)
    bench.run_ms(1000)
    assert bench.connector.pilot_state == "C"
    bench.connector.unplug(True)
    assert bench.connector.pilot_state == "A"
    assert [(e["from"], e["to"]) for e in bench.history.since(0) if e["what"] == "pilot"] == [("A", "B"), ("B", "C"), ("C", "A")]


def test_a_car_that_wants_nothing_stays_in_b() -> None:
    bench = Bench()
    bench.plug(wants=False)
    bench.connector.pilot_duty(SIXTEEN_A)
    bench.run_ms(3000)
    assert bench.connector.pilot_state == "B"
    assert bench.connector.car is not None
    bench.connector.car.change(True, None, None)
    bench.run_ms(1000)
    assert bench.connector.pilot_state == "C"


def test_a_car_draws_what_is_offered_and_energy_is_the_integral() -> None:
    for phases in (1, 3):
        bench = Bench()
        bench.plug(current_a=32, phases=phases)
        bench.connector.pilot_duty(SIXTEEN_A)
        bench.run_ms(1000)
        assert bench.connector.current_a == 0
        bench.run_ms(3000, closed=True)
        assert abs(bench.connector.current_a - 16.02) < 0.01
        assert abs(bench.connector.voltage_v - 230.1) < 0.01
        assert abs(bench.connector.power_w - 16.02 * 230.1 * phases) < 1
        before_wh = bench.connector.meter_wh
        bench.run_ms(60_000, closed=True)
        assert abs(bench.connector.meter_wh - before_wh - bench.connector.power_w / 60) < 0.01


def test_no_phase_of_the_car_that_the_connector_has_not() -> None:
    bench = Bench(phases=1)
    bench.plug(phases=3)
    bench.connector.pilot_duty(SIXTEEN_A)
    bench.run_ms(1000)
    bench.run_ms(3000, closed=True)
    assert abs(bench.connector.power_w - 16 * 230.1) < 1


def test_the_car_stops_drawing_within_three_seconds_of_the_offer_ending() -> None:
    bench = Bench()
    bench.plug()
    bench.connector.pilot_duty(SIXTEEN_A)
    bench.run_ms(1000)
    bench.run_ms(4000, closed=True)
    bench.connector.pilot_duty(1000)
    bench.run_ms(3000, closed=True)
    assert bench.connector.current_a == 0
    assert bench.connector.pilot_state == "B"


def test_opening_under_load_ends_the_current_at_once() -> None:
    bench = Bench()
    bench.plug()
    bench.connector.pilot_duty(SIXTEEN_A)
    bench.run_ms(1000)
    bench.run_ms(4000, closed=True)
    bench.run_ms(90)
    assert not bench.connector.contactor.closed and bench.connector.current_a == 0


def test_a_full_battery_ends_the_wish() -> None:
    bench = Bench()
    bench.plug()
    bench.connector.pilot_duty(SIXTEEN_A)
    bench.run_ms(1000)
    bench.run_ms(3000, closed=True)
    assert bench.connector.car is not None
    bench.connector.car.change(None, None, 100)
    bench.run_ms(3000, closed=True)
    assert bench.connector.pilot_state == "B"


def test_over_current_draws_more_than_offered() -> None:
    bench = Bench()
    bench.plug()
    bench.connector.overdraw(True)
    bench.connector.pilot_duty(SIXTEEN_A)
    bench.run_ms(1000)
    bench.run_ms(4000, closed=True)
    assert bench.connector.current_a > 24


def test_the_lock_holds_the_cable_until_it_lets_go() -> None:
    bench = Bench(socket=True)
    lock = bench.connector.lock
    assert lock is not None
    bench.plug()
    lock.drive(0, 1)
    bench.run_ms(300)
    lock.drive(0, 0)
    assert lock.state == "locked"
    bench.connector.unplug(True)
    assert bench.connector.pilot_state == "A" and bench.connector.cable_a == 32
    lock.drive(1, 1)
    bench.run_ms(300)
    assert lock.state == "unlocked" and bench.connector.cable_a == 0


def test_the_cars_end_alone_leaves_the_cable() -> None:
    bench = Bench(socket=True)
    bench.plug()
    bench.connector.unplug(False)
    assert bench.connector.pilot_state == "A" and bench.connector.cable_a == 32


def test_a_jammed_lock_does_not_move() -> None:
    bench = Bench(socket=True)
    assert bench.connector.lock is not None
    bench.connector.lock.jammed = True
    bench.connector.lock.drive(0, 1)
    bench.run_ms(1000)
    assert bench.connector.lock.state == "unlocked"


def test_pilot_faults_and_state_f() -> None:
    bench = Bench()
    bench.plug()
    bench.connector.pilot_fault(short=True)
    assert bench.connector.pilot_state == "E"
    bench.connector.pilot_fault(short=False)
    assert bench.connector.pilot_state == "B"
    bench.connector.pilot_duty(None)
    assert bench.connector.pilot_state == "F" and bench.connector.duty_percent is None


def test_the_residual_current_device_answers_its_test_and_a_leak() -> None:
    bench = Bench()
    rcd = bench.connector.rcd
    rcd.test(True)
    assert not rcd.tripped
    bench.run_ms(310)
    assert rcd.tripped
    rcd.test(False)
    bench.run_ms(310)
    assert not rcd.tripped
    rcd.leak(True)
    assert rcd.tripped


def test_the_sensor_follows_its_surroundings() -> None:
    bench = Bench()
    sensor = bench.connector.thermometer
    cold = sensor.adc_u16()
    sensor.surroundings(85)
    bench.run_ms(4000)
    assert sensor.temperature_c == 85
    assert sensor.adc_u16() < cold
    sensor.broken = "open"
    assert sensor.adc_u16() == 65535
