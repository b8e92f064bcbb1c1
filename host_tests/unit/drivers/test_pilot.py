"""The pilot's driver: the duty on the line is measured, whatever the generator says of itself."""

from chargepoint.drivers.pilot import Pilot
from chargepoint.drivers.pilot_levels import duty_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

SAMPLES = 64
SPACING_US = 21
PERIOD = 48


class Line:
    """A PWM of 1 kHz and the ADC on its line; the duty on the line may be another than that of the register."""

    def __init__(self, burst_shift_us: int) -> None:
        self.register = 0
        self.on_line: "Optional[int]" = None
        self.high_mv = 9000
        self._shift_us = burst_shift_us
        self._at_us = 0
        self._left = SAMPLES

    def duty_u16(self, duty: "Optional[int]" = None) -> int:
        if duty is not None:
            self.register = duty
        return self.register

    def read_u16(self) -> int:
        self._at_us = (self._at_us + SPACING_US) % 1000
        self._left -= 1
        if not self._left:
            self._left = SAMPLES
            self._at_us = (self._at_us + self._shift_us) % 1000
        duty = self.register if self.on_line is None else self.on_line
        high = duty == 65535 or self._at_us * 65536 // 1000 < duty
        return ((self.high_mv if high else -12000) + 15464) * 1024 // 496 + 1


def seconds(pilot: Pilot, count: int, state: int = 1) -> bool:
    """Tick for so long; returns whether the duty was ever wrong."""
    wrong = False
    for n in range(count * 100):
        pilot.sample(state)
        if n % 5 == 0:
            wrong = pilot.duty_wrong() or wrong
    return wrong


def test_a_right_duty_is_never_wrong_even_when_every_burst_meets_the_same_place() -> None:
    for shift_us in (0, 656, 137):  # 656: 64 readings and the shift are two whole periods, so all bursts begin at the same place
        for limit_ma in (0, 6000, 16000, 32000, 51000, -1):
            line = Line(shift_us)
            pilot = Pilot(line, line, samples=SAMPLES, period=PERIOD)
            pilot.offer(limit_ma)
            assert not seconds(pilot, 3), (shift_us, limit_ma)


def test_a_duty_that_is_not_on_the_line_is_wrong() -> None:
    for limit_ma, actual in ((16000, 24000), (16000, 12000), (32000, 65535), (32000, 0), (0, 30000), (-1, 20000)):
        line = Line(137)
        pilot = Pilot(line, line, samples=SAMPLES, period=PERIOD)
        pilot.offer(limit_ma)
        assert not seconds(pilot, 1)
        line.on_line = actual
        assert seconds(pilot, 12), (limit_ma, actual)
        line.on_line = None
        seconds(pilot, 12)
        assert not pilot.duty_wrong()


def test_a_register_that_lost_its_value_is_wrong_at_once() -> None:
    line = Line(137)
    pilot = Pilot(line, line, samples=SAMPLES, period=PERIOD)
    pilot.offer(16000)
    line.register = duty_for(20000)
    assert pilot.duty_wrong()


def test_no_duty_can_be_read_from_a_shorted_line() -> None:
    line = Line(137)
    pilot = Pilot(line, line, samples=SAMPLES, period=PERIOD)
    pilot.offer(16000)
    line.high_mv = 0
    line.on_line = 65535
    assert not seconds(pilot, 12, 4)
