"""The clock-aligned grid: samples of all connectors at the same moments, counted from midnight UTC."""

from chargepoint.ocpp16.codes import CTX_SAMPLE_CLOCK, KEY_ALIGNED_INTERVAL
from chargepoint.util.ticks import ticks_add

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DAY_S = 86400


class AlignedGrid:
    """See the module."""

    def __init__(self, core: "Any") -> None:
        self._core = core
        self._next_s = 0  # UTC of the next point, 0 to be worked out

    def restart(self) -> None:
        """The clock was set or the interval was changed."""
        self._next_s = 0

    def poll(self, now: int) -> None:
        """Take the samples when their moment has come; points that were missed altogether are stepped over."""
        core = self._core
        clock = core.clock
        interval_s = core.config.number(KEY_ALIGNED_INTERVAL)
        if not interval_s or not clock.utc(now):
            self._next_s = 0
            return
        s = clock.s
        if self._next_s and s < self._next_s:
            return
        point_s = s - s % _DAY_S % interval_s
        if self._next_s:
            when = ticks_add(now, (point_s - s) * 1000 - clock.ms)
            for c in core.connectors:
                c.samples.take(CTX_SAMPLE_CLOCK, when)
        self._next_s = min(point_s + interval_s, s - s % _DAY_S + _DAY_S)

    def next_due(self, now: int) -> int:
        """Milliseconds until the next point, a minute at most. Allocates: none."""
        clock = self._core.clock
        if not self._next_s or not clock.utc(now):
            return 60000
        left_s = self._next_s - clock.s
        return left_s * 1000 - clock.ms if left_s < 60 else 60000
