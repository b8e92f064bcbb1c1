"""What is going to happen in the world, in order of time."""

from __future__ import annotations

import heapq
import itertools
from typing import Callable

NEVER_MS = 1 << 40  # lead of what only looks


class Entry:
    """One thing to come. `lead_ms` is how long after it, at the least, the firmware's inputs may change because of it.

    `kept`: nothing comes of it as long as the firmware runs, which keeps it away: a watchdog, the one-shot of a coil.
    """

    def __init__(self, time_ms: int, action: Callable[[], None], lead_ms: int, kept: bool) -> None:
        self.time_ms = time_ms
        self.action: Callable[[], None] | None = action
        self.lead_ms = lead_ms
        self.kept = kept

    def cancel(self) -> None:
        """Make it not happen."""
        self.action = None


class Schedule:
    """Actions by simulated time in milliseconds. Actions of one moment run in the order in which they were entered."""

    def __init__(self) -> None:
        self.now_ms = 0
        self._heap: list[tuple[int, int, Entry]] = []
        self._count = itertools.count()

    def at(self, time_ms: int, action: Callable[[], None], lead_ms: int = 0, kept: bool = False) -> Entry:
        """Enter an action; a time that has passed means now."""
        entry = Entry(max(time_ms, self.now_ms), action, lead_ms, kept)
        heapq.heappush(self._heap, (entry.time_ms, next(self._count), entry))
        return entry

    def after(self, delay_ms: int, action: Callable[[], None], lead_ms: int = 0, kept: bool = False) -> Entry:
        """Enter an action relative to now."""
        return self.at(self.now_ms + delay_ms, action, lead_ms, kept)

    def next_ms(self) -> int | None:
        """When the next action is due, None when there is none."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def visible_ms(self, limit_ms: int, kept_away: bool = False) -> int:
        """The first moment up to `limit_ms` at which an input of the firmware may change by itself.

        Args: `kept_away`: the firmware goes on doing what keeps things away until then.
        """
        for _, _, entry in self._heap:
            if entry.action is not None and entry.time_ms + entry.lead_ms < limit_ms and not (kept_away and entry.kept):
                limit_ms = entry.time_ms + entry.lead_ms
        return limit_ms

    def run_due(self) -> None:
        """Run the actions whose time is now or before."""
        while self._heap and self._heap[0][0] <= self.now_ms:
            entry = heapq.heappop(self._heap)[2]
            if entry.action is not None:
                entry.action()
