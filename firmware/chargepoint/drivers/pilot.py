"""The control pilot: a PWM that makes it, an ADC that looks at it."""

from micropython import const

from chargepoint.drivers.pilot_levels import classify, duty_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import Adc, Pwm

_FULL = const(65535)
_DUTY_TOLERANCE = const(1310)  # 2 %


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
        self._high = self._low = 0
        self.offer(0)

    def sample(self, state: int) -> int:
        """Read the plateaus; returns the pilot state, seen from the present `state`.

        The sorted readings hold the upper plateau at their end and the lower one at their start, in proportion to the duty; one
        third into each is away from edges, and a spike shifts it by one place only. Allocates: none. Context: ISR-safe.
        """
        codes = self._codes
        for n in range(len(codes)):
            codes[n] = self._read()
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
        self._pwm.duty_u16(duty)

    def duty_wrong(self) -> bool:
        """True when the generator does not hold the duty that it was given, within 2 %."""
        actual = self._pwm.duty_u16()
        return actual is None or abs(actual - self.duty) > _DUTY_TOLERANCE
