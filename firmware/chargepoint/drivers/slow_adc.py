"""An analogue input for slow things. The safety tick takes its readings, because a board has one ADC for all its inputs.

A reading is select, start, wait, read, without a lock in any port: a tick that came into the middle of a reading of the loop would leave the
pilot's voltage behind, which is 81 degrees to a thermometer. So the tick alone reads, and the loop looks at what it found.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import Adc


class SlowAdc:
    """One input. `code` is the middle one of the last three readings, so that a single bad one is never seen.

    The first three are taken at once: the tick does not run yet, and the loop's first look finds what is there.
    """

    def __init__(self, adc: "Adc") -> None:
        self._read = adc.read_u16
        self.code = self._last = self._before = 0
        for _ in range(3):
            self.sample()

    def sample(self) -> None:
        """Take a reading. Context: ISR-safe, the tick. Allocates: none."""
        newest = self._read()
        last = self._last
        before = self._before
        lower = last if last < newest else newest
        upper = newest if last < newest else last
        self.code = lower if before < lower else upper if before > upper else before
        self._before = last
        self._last = newest
