"""The physical transitions of the world, numbered, for the control command `events`."""

from __future__ import annotations

import collections
from typing import Callable

from tools.sim.schedule import Schedule

KEPT = 100_000

Value = object


class History:
    """Numbered transitions; listeners (the invariant checker) hear each as it happens."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._entries: collections.deque[dict[str, Value]] = collections.deque(maxlen=KEPT)
        self._number = 0
        self.listeners: list[Callable[[dict[str, Value]], None]] = []

    def add(self, connector: int, what: str, before: Value, after: Value, **more: Value) -> None:
        """Record that `what` of a connector (0 = the whole charger) went from `before` to `after`."""
        self._number += 1
        entry: dict[str, Value] = {"n": self._number, "time_s": self._schedule.now_ms / 1000, "connector": connector, "what": what,
                                   "from": before, "to": after, **more}
        self._entries.append(entry)
        for listener in self.listeners:
            listener(entry)

    @property
    def count(self) -> int:
        """How many there have been."""
        return self._number

    def since(self, number: int) -> list[dict[str, Value]]:
        """The transitions after `number`, oldest first."""
        if not self._entries or number >= self._number:
            return []
        first = self._number - len(self._entries) + 1
        skip = max(0, number - first + 1)
        return list(self._entries)[skip:]
