"""The control pilot: a PWM that makes it, an ADC that looks at it."""

from micropython import const

from chargepoint.drivers.pilot_levels import classify, duty_for
from chargepoint.util.signals import PILOT_D

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import Adc, Pwm

_FULL = const(65535)
_DUTY_TOLERANCE = const(1310)  # 2 %
_MEASURED = const(64)  # bursts in which the duty on the line is measured ...
_BURSTS = const(1024)  # ... of so many: about every 10 s
_MIDDLE_MV = const(-2000)  # between the plateaus of every state with a car or without one


class Pilot:
    """Duty out, plateaus in. `high_mv` and `low_mv` are the last sample's; `duty` is what was asked for (0 = state F, 65535 = steady).

    `trouble` says in words why this pilot cannot be looked at, and "" when it can; the board's start finds out. With it `duty_wrong` is true.

    Args: pwm: machine.PWM at 1000 Hz. adc: machine.ADC behind the divider. scale_q10, offset_mv: millivolts at the pilot =
    (code * scale_q10 >> 10) - offset_mv; the defaults are the divider of docs/hardware.md 4.4, to be calibrated in production.
    samples, period, pause: the burst, as of `set_burst`.
    """

    def __init__(self, pwm: "Pwm", adc: "Adc", scale_q10: int = 496, offset_mv: int = 15464, samples: int = 128, period: int = 0, pause: int = 0) -> None:
        self.high_mv = self.low_mv = 0
        self.duty = _FULL
        self.trouble = ""
        self._pwm = pwm
        self._read = adc.read_u16
        self._scale_q10 = scale_q10
        self._offset_mv = offset_mv
        self._state = self._bursts = self._above = 0
        self._measured = -1  # duty on the line, -1 not known
        self._middle = ((_MIDDLE_MV + offset_mv) << 10) // scale_q10
        self.set_burst(samples, period or samples, pause)
        self.offer(0)

    def set_burst(self, samples: int, period: int, pause: int) -> None:
        """How the plateaus are read from now on. Allocates: a list of `samples`. Context: before the tick runs.

        Args: samples: readings, which span more than one and less than two periods of the PWM. period: how many of them one period takes.
        pause: readings between two of them that are thrown away, so that a fast ADC reads at the same distances as a slow one.
        """
        self._codes = [0] * samples
        self._period = period
        self._pause = pause

    def capture(self) -> "list[int]":
        """Read a burst. It is the loop that the tick runs, which is what a board times at its start. Allocates: none. Context: ISR-safe."""
        codes = self._codes
        read = self._read
        pause = self._pause
        for n in range(len(codes)):
            codes[n] = read()
            for _ in range(pause):
                read()
        return codes

    def sample(self, state: int) -> int:
        """Read the plateaus; returns the pilot state, seen from the present `state`.

        The sorted readings hold the upper plateau at their end and the lower one at their start, in proportion to the duty; one
        third into each is away from edges, and a spike shifts it by one place only. Allocates: none. Context: ISR-safe.
        """
        self._state = state
        codes = self.capture()
        if self._bursts < _MEASURED:
            middle = self._middle
            above = self._above
            for n in range(self._period):
                if codes[n] > middle:
                    above += 1
            self._above = above
        self._bursts += 1
        codes.sort()
        self.low_mv = (codes[self._low] * self._scale_q10 >> 10) - self._offset_mv
        self.high_mv = (codes[self._high] * self._scale_q10 >> 10) - self._offset_mv
        return classify(self.high_mv, state)

    def offer(self, limit_ma: int) -> None:
        """Offer this current to the car; below 6 A steady +12 V, negative state F (steady -12 V)."""
        duty = duty_for(limit_ma)
        count = len(self._codes)
        self._high = count - 1 - (count * duty >> 16) // 3
        self._low = (count * (_FULL - duty) >> 16) // 3
        self.duty = duty
        self._measured = -1
        self._pwm.duty_u16(duty)
        self._begin()

    def _begin(self) -> None:
        self._bursts = _MEASURED  # a tick may come between any two of these lines, and must not count for what is measured next
        self._above = 0  # readings above the middle, of a whole period each burst
        self._bursts = 0

    def duty_wrong(self) -> bool:
        """True when the generator does not hold the duty that it was given, within 2 %, or the ADC sees another one on the line, or cannot.

        The line is measured in states A to D, over 64 bursts after each change of the duty and every 10 s. The tolerance there is
        2 % and one and a half readings: a PWM and a tick of the same clock meet always at the same place, and a period is no whole
        number of readings. Context: main loop. Allocates: none.
        """
        actual = self._pwm.duty_u16()
        if self.trouble or actual is None or abs(actual - self.duty) > _DUTY_TOLERANCE:
            return True
        if self._state > PILOT_D:
            self._measured = -1
            self._begin()
        elif self._bursts >= _BURSTS:
            self._begin()
        elif self._bursts >= _MEASURED:
            self._measured = self._above * _FULL // (_MEASURED * self._period)
        return self._measured >= 0 and abs(self._measured - self.duty) > _DUTY_TOLERANCE + _FULL * 3 // (2 * self._period)
