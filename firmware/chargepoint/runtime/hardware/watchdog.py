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
    """Feeds `wdt` every half second if each part has moved since. `stuck` = the first of `watched` that did not, None = all move."""

    def __init__(self, wdt: "Any", watched: "list[Any]", now: int) -> None:
        """Watch the `moves` of these turns (runtime/parts.py)."""
        self._wdt = wdt
        self._watched = watched
        self._seen = [-1] * len(watched)
        self._due = now
        self._silent = 0
        self.stuck: "Any" = None

    def poll(self, now: int) -> None:
        """Feed when due and deserved. Allocates: none."""
        if not ticks_due(self._due, now):
            return
        self._due = ticks_add(now, PERIOD_MS)
        watched = self._watched
        for n in range(len(watched)):
            if watched[n].moves == self._seen[n]:
                self._silent += 1
                if self._silent >= _SILENT_PERIODS:
                    self.stuck = watched[n]
                return
        for n in range(len(watched)):
            self._seen[n] = watched[n].moves
        self._silent = 0
        self.stuck = None
        if self._wdt is not None:
            self._wdt.feed()
