"""Time that passes quickly: the control command `skip`.

Where nothing happens, the firmware is told at once that much time is over, in strides of one to ten minutes; its loop gets its turns, with
ticks and passes as usual, for a moment after each. Where something does happen (an input that moves, a card, an answer on its way)
time passes as it always does until all is quiet again. A stride ends before the next thing that the world knows of.

What a running firmware keeps up (edges on the coil, the fed watchdog) is kept up over a stride: it would have run. Its safety tick is
called for the moments between the strides only, so what it counts in ticks does not count the strides.
"""

from __future__ import annotations

from tools.sim.world import World

STRIDE_MS = 60_000
LONGEST_STRIDE_MS = 600_000
STRIDES = 2_500  # in one skip: a longer one takes longer strides
CHARGING_STRIDE_MS = 5_000  # energy is read before the meter chip's registers are full
TURN_MS = 100  # after each stride: some passes, ten ticks
SETTLE_MS = 3_000  # after anything that happened: debouncing, a report, the lock, an off-time


class Skip:
    """One skip under way, until simulated time is `end_ms`."""

    def __init__(self, world: World, seconds: float) -> None:
        self._world = world
        now_ms = world.schedule.now_ms
        length_ms = round(seconds * 1000)
        self.end_ms = now_ms + length_ms
        world.skipped_s += seconds
        self._stride_ms = max(STRIDE_MS, min(LONGEST_STRIDE_MS, length_ms // STRIDES))
        self._quiet_from_ms = now_ms
        self._events = world.history.count

    @property
    def over(self) -> bool:
        """Time is where it should be."""
        return self._world.schedule.now_ms >= self.end_ms

    def stir(self) -> None:
        """Bytes have come for the firmware: it gets time for them."""
        self._quiet_from_ms = max(self._quiet_from_ms, self._world.schedule.now_ms + TURN_MS)

    def stride(self, until_ms: int) -> bool:
        """Let a stride pass when all is quiet; `until_ms` is what the firmware waits for. Says whether it did."""
        world = self._world
        now_ms = world.schedule.now_ms
        if world.history.count != self._events:
            self._events = world.history.count
            self._quiet_from_ms = max(self._quiet_from_ms, now_ms + SETTLE_MS)
        charging = any(connector.contactor.closed for connector in world.connectors)
        to_ms = world.calm_until_ms(min(self.end_ms, now_ms + (CHARGING_STRIDE_MS if charging else self._stride_ms)))
        if now_ms < self._quiet_from_ms or to_ms <= until_ms or world.block_ms:
            return False
        world.keep_up(to_ms)
        world.advance(to_ms)
        self._quiet_from_ms = to_ms + TURN_MS
        return True
