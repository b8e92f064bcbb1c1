"""The car: a switch S2 it closes when it wants what is offered, a current that follows the offer, a battery."""

from __future__ import annotations

from typing import Callable

from tools.sim.schedule import Entry, Schedule

REACTION_MS = 300  # from an offer to S2
UPDATE_MS = 100
START_MS = 500  # from voltage at the inlet to the first current
RAMP_A_PER_S = 20.0
BATTERY_WH = 60_000.0
OVERDRAW = 1.6
OVERDRAW_MIN_A = 8.0


class Car:
    """One car on the cable. `state` is what its resistors say: B, or C while S2 is closed."""

    def __init__(self, schedule: Schedule, changed: Callable[[], None], wants_energy: bool, max_current_a: float, phases: int,
                 soc: float) -> None:
        self._schedule = schedule
        self._changed = changed
        self.wants_energy = wants_energy
        self.max_current_a = max_current_a
        self.phases = phases
        self.soc = soc
        self.s2 = False
        self.current_a = 0.0
        self.overdraws = False
        self._offered_a = 0.0
        self._live_since_ms: int | None = None
        self._reaction: Entry | None = None
        self._update: Entry | None = None

    @property
    def state(self) -> str:
        """The pilot state the car's resistors make."""
        return "C" if self.s2 else "B"

    def leave(self) -> None:
        """The car is gone: nothing that it was about to do happens."""
        for entry in (self._reaction, self._update):
            if entry is not None:
                entry.cancel()

    def change(self, wants_energy: bool | None, max_current_a: float | None, soc: float | None) -> None:
        """The driver changes his mind, or the battery its state."""
        if wants_energy is not None:
            self.wants_energy = wants_energy
        if max_current_a is not None:
            self.max_current_a = max_current_a
        if soc is not None:
            self.soc = soc
        self._react()

    def offer(self, current_a: float) -> None:
        """The pilot offers this current now, 0 = none."""
        if current_a != self._offered_a:
            self._offered_a = current_a
            self._react()

    def live(self, on: bool) -> None:
        """There is voltage at the inlet, or not. Without it no current flows, at once."""
        if not on:
            self._live_since_ms = None
            self.current_a = 0.0
        elif self._live_since_ms is None:
            self._live_since_ms = self._schedule.now_ms
            self._react()

    def charged(self, energy_wh: float) -> None:
        """This energy has gone into the battery."""
        before, self.soc = self.soc, min(100.0, self.soc + 100 * energy_wh / BATTERY_WH)
        if self.soc >= 100.0 > before:
            self._react()

    def _wants(self) -> bool:
        return self.wants_energy and self.soc < 100.0 and self._offered_a > 0

    def _react(self) -> None:
        if self._reaction is None or self._reaction.action is None:
            self._reaction = self._schedule.after(REACTION_MS, self._decide)
        if self._update is None:
            self._update = self._schedule.after(UPDATE_MS, self._draw, UPDATE_MS)

    def _decide(self) -> None:
        self._reaction = None
        wants = self._wants()
        if wants and not self.s2:
            self.s2 = True
            self._changed()
        elif not wants and self.s2:
            if self.current_a > 0:
                self._reaction = self._schedule.after(UPDATE_MS, self._decide)  # first the current, then S2
                return
            self.s2 = False
            self._changed()

    def _starting(self) -> bool:
        return self._live_since_ms is not None and self._schedule.now_ms - self._live_since_ms < START_MS

    def _target_a(self) -> float:
        if self._live_since_ms is None or not self.s2 or not self._wants() or self._starting():
            return 0.0
        if self.overdraws:
            return max(self._offered_a * OVERDRAW, self._offered_a + OVERDRAW_MIN_A)
        return min(self._offered_a, self.max_current_a)

    def _draw(self) -> None:
        self._update = None
        before = self.current_a
        step = RAMP_A_PER_S * UPDATE_MS / 1000
        target = self._target_a()
        self.current_a = min(target, before + step) if target > before else max(target, before - step)
        if self._wants() != self.s2 and self._reaction is None:
            self._reaction = self._schedule.after(REACTION_MS, self._decide)
        if self.current_a != before:
            self._changed()
        if self.current_a != self._target_a() or self._starting():
            self._update = self._schedule.after(UPDATE_MS, self._draw, UPDATE_MS)
