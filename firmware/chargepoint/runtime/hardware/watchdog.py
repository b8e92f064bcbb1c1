"""The watchdog's supervisor: the hardware watchdog is fed only while every critical part moves, the safety tick included.

A part that hangs stops the loop, one that raises in every pass stops its own counter; either way the board resets, and a reset opens
the contactors. The safety tick has let go of the coil long before (no loop for 10 s, or no edges for 60 ms when it hangs itself).
"""

from micropython import const

from chargepoint.util.ticks import ticks_add, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PERIOD_MS = 500
_SILENT_PERIODS = const(4)  # then the log says who does not move


class Watchdog:
    """Feeds `wdt` every half second if each counter has changed since. `stuck` = number of the part that did not, -1 = none."""

    def __init__(self, wdt: "Any", counters: "list[int]", now: int) -> None:
        """Watch `counters`, which their owner changes in place."""
        self._wdt = wdt
        self._counters = counters
        self._seen = [-1] * len(counters)
        self._due = now
        self._silent = 0
        self.stuck = -1

    def poll(self, now: int) -> None:
        """Feed when due and deserved. Allocates: none."""
        if not ticks_due(self._due, now):
            return
        self._due = ticks_add(now, PERIOD_MS)
        for n in range(len(self._counters)):
            if self._counters[n] == self._seen[n]:
                self._silent += 1
                if self._silent >= _SILENT_PERIODS:
                    self.stuck = n
                return
        for n in range(len(self._counters)):
            self._seen[n] = self._counters[n]
        self._silent = 0
        self.stuck = -1
        if self._wdt is not None:
            self._wdt.feed()
