"""Residual current module: its self-test. Tripping itself is watched by the safety tick. HARDWARE.md 4.7."""

from micropython import const

from chargepoint.util.ticks import ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import PinIn, PinOut

_ANSWER_MS = const(740)  # from the test current to the trip output
_RELEASE_MS = const(3000)  # from the start of the test until the output is low again
_STALL_MS = const(500)  # the loop was away for longer: what happened meanwhile proves nothing
_FRESH_MS = const(86400000)  # a passed test is good for a day
_AGAIN_MS = const(60000)  # after a failed one
_ATTEMPTS = const(3)


class Rcd:
    """The module. `fresh` = tested, and good to charge (its owner takes it back when a car leaves); `failed` = it does not answer
    its test three times running; `testing` = the trip output means nothing now.

    Args: trip: reads 1 when tripped and when its wire is cut. test: output, 1 = test current.
    """

    def __init__(self, trip: "PinIn", test: "PinOut") -> None:
        self.trip = trip
        self.fresh = self.failed = self.testing = False
        self._test = test
        self._step = 0  # 0 idle, 1 waiting for the trip, 2 waiting for its end
        self._at = self._seen = -1
        self._misses = 0
        test.value(0)

    def poll(self, now: int, idle: bool) -> None:
        """Start the test when it is due and `idle` (contactor open, no car asking), and carry it on. Allocates: none."""
        tripped = self.trip.value()
        away_ms = ticks_diff(now, self._seen) if self._seen >= 0 else 0
        self._seen = now
        if self._at >= 0:
            self._at = ticks_aged(self._at, now)
        age_ms = ticks_diff(now, self._at) if self._at >= 0 else _FRESH_MS
        if self._step == 0:
            if self.fresh and age_ms >= _FRESH_MS:
                self.fresh = False
            if not self.fresh and idle and not tripped and (self._misses < _ATTEMPTS or age_ms >= _AGAIN_MS):
                self._begin(now)
        elif away_ms > _STALL_MS:
            self._test.value(0)
            self._end(now)
        elif self._step == 1:
            if tripped:
                self._test.value(0)
                self._step = 2
            elif age_ms > _ANSWER_MS:
                self._test.value(0)
                self._miss(now)
        elif not tripped:
            self.fresh = True
            self.failed = False
            self._misses = 0
            self._end(now)
        elif age_ms > _RELEASE_MS:
            self._miss(now)

    def _begin(self, now: int) -> None:
        self._at = now
        self._step = 1
        self.testing = True
        self._test.value(1)

    def _miss(self, now: int) -> None:
        self._misses = min(_ATTEMPTS, self._misses + 1)
        self.failed = self._misses >= _ATTEMPTS
        self._end(now)

    def _end(self, now: int) -> None:
        self._at = now
        self._step = 0
        self.testing = False
