"""Proximity contact of a socket: how much current the plugged cable may carry. docs/hardware.md 4.6, IEC 61851-1 annex B."""

from chargepoint.drivers.slow_adc import SlowAdc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import Adc


def cable_limit_ma(ohm: int) -> int:
    """Current of the cable with this coding resistor; 0 when there is none or it is not one of the four. Never a guess."""
    if 1000 <= ohm < 2200:
        return 13000
    if 330 <= ohm < 1000:
        return 20000
    if 150 <= ohm < 330:
        return 32000
    if 75 <= ohm < 150:
        return 63000
    return 0


class Proximity(SlowAdc):
    """The coding resistor under a pull-up, on an ADC that the safety tick reads.

    Args: pull_up_ohm: to the ADC's reference.
    """

    def __init__(self, adc: "Adc", pull_up_ohm: int = 330) -> None:
        SlowAdc.__init__(self, adc)
        self.limit_ma = 0
        self._pull_up_ohm = pull_up_ohm
        self._candidate_ma = 0
        self._equal = 0

    def poll(self) -> int:
        """Return the cable's current in mA, 0 = no cable or a wrong one; a change counts when it is seen three times."""
        code = self.code
        found_ma = cable_limit_ma(self._pull_up_ohm * code // (65536 - code))
        if found_ma == self._candidate_ma:
            self._equal += 1
        else:
            self._candidate_ma = found_ma
            self._equal = 1
        if self._equal >= 3:
            self._equal = 3
            self.limit_ma = found_ma
        return self.limit_ma
