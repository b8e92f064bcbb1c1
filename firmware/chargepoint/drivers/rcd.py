"""Residual current module: its self-test. Tripping itself is watched by the safety tick. docs/hardware.md 4.7."""

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


_IDLE = const(0)
_TESTING = const(1)  # the test current flows, the trip is awaited
_RELEASING = const(2)  # it has tripped; its end is awaited
_ABORTED = const(3)  # the test proves nothing any more, but the module may still hold its trip; so it may after a reset in mid-test


class Rcd:
    """The module. `fresh` = tested, and good to charge (its owner takes it back when a car leaves); `failed` = it does not answer
    its test three times running; `testing` = the trip output means nothing now, for at most 3 s after the test current.

    Args: trip: reads 1 when tripped and when its wire is cut. test: output, 1 = test current.
    """

    def __init__(self, trip: "PinIn", test: "PinOut") -> None:
        self.trip = trip
        self.fresh = self.failed = False
        self.testing = True
        self._test = test
        self._step = _ABORTED
        self._at = self._seen = -1
        self._misses = 0
        test.value(0)

    def poll(self, now: int, idle: bool) -> None:
        """Start the test when it is due and `idle` (contactor open), and carry it on. Allocates: none."""
        tripped = self.trip.value()
        away_ms = ticks_diff(now, self._seen) if self._seen >= 0 else 0
        self._seen = now
        self._at = now if self._at < 0 else ticks_aged(self._at, now)
        age_ms = ticks_diff(now, self._at)
        if self._step == _IDLE:
            if self.fresh and age_ms >= _FRESH_MS:
                self.fresh = False
            if not self.fresh and idle and not tripped and (self._misses < _ATTEMPTS or age_ms >= _AGAIN_MS):
                self._begin(now)
        elif self._step == _ABORTED:
            if not tripped or age_ms > _RELEASE_MS:
                self._end(now)
        elif away_ms > _STALL_MS:
            self._test.value(0)
            self._at = now
            self._step = _ABORTED
        elif self._step == _TESTING:
            if tripped:
                self._test.value(0)
                self._step = _RELEASING
            elif age_ms > _ANSWER_MS:
                self._test.value(0)
                self._misses = min(_ATTEMPTS, self._misses + 1)
                self.failed = self._misses >= _ATTEMPTS
                self._at = now
                self._step = _ABORTED  # it may trip late
        elif not tripped:
            self.fresh = True
            self.failed = False
            self._misses = 0
            self._end(now)
        elif age_ms > _RELEASE_MS:
            self._misses = min(_ATTEMPTS, self._misses + 1)
            self.failed = self._misses >= _ATTEMPTS
            self._end(now)

    def _begin(self, now: int) -> None:
        self._at = now
        self._step = _TESTING
        self.testing = True
        self._test.value(1)

    def _end(self, now: int) -> None:
        self._at = now
        self._step = _IDLE
        self.testing = False
