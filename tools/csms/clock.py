"""Where the central system gets the time from: the laptop, or the simulated world of a virtual charger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Protocol


class Clock(Protocol):
    """Anything that can say what time it is, in UTC."""

    async def now(self) -> datetime:
        """Return the time."""


class RealClock:
    """The laptop's clock."""

    async def now(self) -> datetime:
        """Return the time."""
        return datetime.now(timezone.utc)


class WorldClock:
    """The simulated time of a virtual charger, which may run faster than ours: `time_s` counts from the moment when this was made.

    Until `time_s` can be asked (the charger is not started yet) the clock stands.
    """

    def __init__(self, begin: datetime | None = None) -> None:
        self.begin = begin or datetime.now(timezone.utc)
        self.time_s: Callable[[], Awaitable[float]] | None = None
        self._last_s = 0.0

    async def now(self) -> datetime:
        """Return the simulated time."""
        if self.time_s is not None:
            try:
                self._last_s = max(self._last_s, await self.time_s())
            except (OSError, EOFError):
                pass
        return self.begin + timedelta(seconds=self._last_s)
