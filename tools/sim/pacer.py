"""Simulated time against real time."""

from __future__ import annotations

import time

CATCH_UP_S = 0.2  # real seconds of delay that are made good; the rest is forgotten


class Pacer:
    """Where simulated time should be now. Time can be held while an answer from the central system is on its way."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._real_s = time.monotonic()
        self._simulated_ms = 0.0

    def _anchor(self, simulated_ms: float) -> None:
        self._real_s = time.monotonic()
        self._simulated_ms = simulated_ms

    def set_speed(self, speed: float, now_ms: int) -> None:
        """Run at another speed from now on."""
        self._anchor(now_ms)
        self.speed = speed

    def target_ms(self, now_ms: int) -> int:
        """The simulated time that should have been reached; forgets a delay that is too long to be made good."""
        target = self._simulated_ms + (time.monotonic() - self._real_s) * 1000 * self.speed
        limit = now_ms + CATCH_UP_S * 1000 * self.speed
        if target > limit:
            self._anchor(limit)
            target = limit
        return int(target)

    def hold(self, now_ms: int) -> None:
        """Time stands still up to now."""
        self._anchor(now_ms)

    def seconds_until(self, simulated_ms: int) -> float:
        """Real seconds until simulated time should be there."""
        passed_ms = (time.monotonic() - self._real_s) * 1000 * self.speed
        return max(0.0, (simulated_ms - self._simulated_ms - passed_ms) / 1000 / self.speed)

    def window_ms(self, limit_ms: int) -> int:
        """How far the firmware may run ahead without asking: 5 ms of real time, whole safety ticks."""
        return min(limit_ms, int(self.speed * 5) // 10 * 10)
