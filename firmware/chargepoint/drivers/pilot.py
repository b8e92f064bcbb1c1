"""The control pilot: a PWM that makes it, an ADC that looks at it."""

from micropython import const

from chargepoint.drivers.pilot_levels import classify, duty_for

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

    Args: pwm: machine.PWM at 1000 Hz. adc: machine.ADC behind the divider. scale_q10, offset_mv: millivolts at the pilot =
    (code * scale_q10 >> 10) - offset_mv; the defaults are the divider of HARDWARE.md 4.4, to be calibrated in production.
    samples: back-to-back readings that span at least one and less than two periods of the PWM.
    """

    def __init__(self, pwm: "Pwm", adc: "Adc", scale_q10: int = 496, offset_mv: int = 15464, samples: int = 128) -> None:
        self.high_mv = self.low_mv = 0
        self.duty = _FULL
        self._pwm = pwm
        self._read = adc.read_u16
        self._scale_q10 = scale_q10
        self._offset_mv = offset_mv
        self._codes = [0] * samples
        self._high = self._low = self._state = 0
        self._middle = ((_MIDDLE_MV + offset_mv) << 10) // scale_q10
        self._bursts = self._edges = self._whole = self._above = self._period = 0  # since the measurement began
        self._measured = -1  # duty on the line, -1 not known
        self._rounding = 0  # what one reading more or less makes of it
        self.offer(0)

    def sample(self, state: int) -> int:
        """Read the plateaus; returns the pilot state, seen from the present `state`.

        The sorted readings hold the upper plateau at their end and the lower one at their start, in proportion to the duty; one
        third into each is away from edges, and a spike shifts it by one place only. Allocates: none. Context: ISR-safe.
        """
        self._state = state
        codes = self._codes
        for n in range(len(codes)):
            codes[n] = self._read()
        if self._bursts < _MEASURED:
            self._measure()
        self._bursts += 1
        codes.sort()
        self.low_mv = (codes[self._low] * self._scale_q10 >> 10) - self._offset_mv
        self.high_mv = (codes[self._high] * self._scale_q10 >> 10) - self._offset_mv
        return classify(self.high_mv, state)

    def _measure(self) -> None:
        """Count the readings of a whole period, from an edge to the next but one, and those of them on the upper plateau."""
        middle = self._middle
        codes = self._codes
        high = codes[0] > middle
        edges = first = last = 0
        for n in range(len(codes)):
            if (codes[n] > middle) != high:
                high = not high
                edges += 1
                if edges == 1:
                    first = n
                elif edges == 2:
                    last = n
                else:
                    self._above += last - first if high else n - last
                    self._period += n - first
                    self._whole += 1
                    break
        self._edges += edges

    def offer(self, limit_ma: int) -> None:
        """Offer this current to the car; below 6 A steady +12 V, negative state F (steady -12 V)."""
        duty = duty_for(limit_ma)
        count = len(self._codes)
        self._high = count - 1 - (count * duty >> 16) // 3
        self._low = (count * (_FULL - duty) >> 16) // 3
        self.duty = duty
        self._measured = -1
        self._rounding = 0
        self._pwm.duty_u16(duty)
        self._begin()

    def _begin(self) -> None:
        self._bursts = self._edges = self._whole = self._above = self._period = 0

    def duty_wrong(self) -> bool:
        """True when the generator does not hold the duty that it was given, within 2 %, or the ADC sees another one on the line.

        The line is measured in states A to D, over 64 bursts after each change of the duty and every 10 s. The tolerance there is
        2 % and one reading: a PWM and a tick of the same clock meet always at the same place.  Context: main loop. Allocates: none.
        """
        tolerance = _DUTY_TOLERANCE
        actual = self._pwm.duty_u16()
        if actual is None or abs(actual - self.duty) > tolerance:
            return True
        if self._state > 3:
            self._measured = -1
            self._begin()
        elif self._bursts >= _BURSTS:
            self._begin()
        elif self._bursts >= _MEASURED:
            if self._whole:
                self._measured = self._above * _FULL // self._period
                self._rounding = _FULL * self._whole // self._period
            elif not self._edges:
                self._measured = _FULL if self.high_mv > _MIDDLE_MV else 0
        tolerance += self._rounding
        return self._measured >= 0 and abs(self._measured - self.duty) > tolerance
