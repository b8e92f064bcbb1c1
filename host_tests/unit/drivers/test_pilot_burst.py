"""The pilot against a PWM that runs on while the ADC reads: every reading time, every phase, every duty."""

from chargepoint.drivers.pilot import Pilot
from chargepoint.drivers.pilot_burst import fit_burst
from chargepoint.util.signals import PILOT_A, PILOT_B, PILOT_C, PILOT_D, PILOT_F

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

HIGH_MV = {PILOT_A: 12000, PILOT_B: 9000, PILOT_C: 6000, PILOT_D: 3000}
READING_NS = (2000, 2500, 4500, 6250, 8800, 12100, 17000, 21000, 25000)
OFFERS_MA = (6000, 16000, 32000, 51000, 80000)  # 10 to 96 %
PHASES = 40
TICK_NS = 10000000


class Bench:
    """A line with its PWM, and an ADC that takes its time. `low_mv` is the lower plateau."""

    def __init__(self, reading_ns: int) -> None:
        self.now_ns = 0
        self.high_mv = 12000
        self.low_mv = -12000
        self._reading_ns = reading_ns
        self._duty = 0
        self.pilot = Pilot(self, self)

    def duty_u16(self, duty: "Optional[int]" = None) -> int:
        if duty is not None:
            self._duty = duty
        return self._duty

    def read_u16(self) -> int:
        at = self.now_ns % 1000000
        self.now_ns += self._reading_ns
        high = self._duty == 65535 or at * 65536 < self._duty * 1000000
        return ((self.high_mv if high else self.low_mv) + 15464) * 1024 // 496 + 1

    def ticks_us(self) -> int:
        return self.now_ns // 1000

    def tick(self, phase_ns: int, state: int) -> int:
        """A sample that begins at this phase of the PWM."""
        self.now_ns = (self.now_ns // TICK_NS + 1) * TICK_NS + phase_ns
        return self.pilot.sample(state)


def fitted(reading_ns: int) -> Bench:
    bench = Bench(reading_ns)
    fit_burst(bench.pilot, bench.ticks_us)
    assert not bench.pilot.trouble, (reading_ns, bench.pilot.trouble)
    return bench


def test_state_and_plateaus_are_right_at_every_phase() -> None:
    for reading_ns in READING_NS:
        bench = fitted(reading_ns)
        for offer_ma in OFFERS_MA:
            bench.pilot.offer(offer_ma)
            for state in (PILOT_A, PILOT_B, PILOT_C, PILOT_D):
                bench.high_mv = HIGH_MV[state]
                for phase in range(PHASES):
                    seen = bench.tick(phase * 1000000 // PHASES, state)
                    where = (reading_ns, offer_ma, state, phase)
                    assert seen == state, where
                    assert bench.pilot.low_mv < -11900, where


def test_a_car_without_its_diode_is_seen_at_every_phase() -> None:
    for reading_ns in READING_NS:
        bench = fitted(reading_ns)
        bench.high_mv, bench.low_mv = 6000, -5600
        for offer_ma in OFFERS_MA:
            bench.pilot.offer(offer_ma)
            for phase in range(PHASES):
                assert bench.tick(phase * 1000000 // PHASES, PILOT_C) == PILOT_C and bench.pilot.low_mv > -6000


def test_steady_levels_are_themselves() -> None:
    for reading_ns in (2000, 8800, 25000):
        bench = fitted(reading_ns)
        for offer_ma, state in ((0, PILOT_A), (-1, PILOT_F)):
            bench.pilot.offer(offer_ma)
            for phase in range(0, PHASES, 5):
                assert bench.tick(phase * 1000000 // PHASES, state) == state


def test_the_duty_is_measured_at_every_phase_that_lasts() -> None:
    # A PWM and a tick from one clock meet always at the same place: each phase for itself is right, and a wrong duty is seen.
    for reading_ns in (2500, 8800, 25000):
        bench = fitted(reading_ns)
        for offer_ma, other_ma in ((6000, 13000), (16000, 10000), (32000, 26000), (80000, 51000)):
            for phase in range(0, PHASES, 6):
                bench.pilot.offer(offer_ma)
                right = bench.duty_u16()
                for _ in range(65):
                    bench.tick(phase * 1000000 // PHASES, PILOT_B)
                where = (reading_ns, offer_ma, phase)
                assert not bench.pilot.duty_wrong(), where
                bench.pilot.offer(other_ma)
                wrong = bench.duty_u16()
                bench.pilot.offer(offer_ma)
                bench._duty = wrong  # on the line; the register says what it was given
                for _ in range(65):
                    bench.tick(phase * 1000000 // PHASES, PILOT_B)
                bench._duty = right
                assert bench.pilot.duty_wrong(), where


def test_an_adc_that_cannot_show_a_period_is_trouble_in_words() -> None:
    for reading_ns in (1, 150000, 3000000):  # one that answers without looking, and two that are far too slow
        bench = Bench(reading_ns)
        fit_burst(bench.pilot, bench.ticks_us)
        assert "readings take" in bench.pilot.trouble and bench.pilot.duty_wrong()


def test_the_loop_that_is_timed_is_the_one_that_runs() -> None:
    bench = fitted(2500)
    bench.now_ns = 0
    bench.pilot.sample(PILOT_A)
    assert 1100000 <= bench.now_ns <= 1900000
