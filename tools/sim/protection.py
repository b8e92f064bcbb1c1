"""What watches over a connector besides the pilot: residual current device, cable lock, temperature sensor."""

from __future__ import annotations

import math
from typing import Callable

from tools.sim.history import History
from tools.sim.schedule import Entry, Schedule
from tools.sim.tolerances import NOMINAL, Tolerances

LOCK_TRAVEL_MS = 200
AMBIENT_C = 25.0
HOT_C = 85.0
HEATING_C_PER_S = 20.0
THERMAL_STEP_MS = 100
NTC_OHM_25 = 10_000.0
NTC_BETA = 3950.0
NTC_PULL_UP_OHM = 10_000.0


class Rcd:
    """6 mA DC module: `tripped` is its output; the test line makes it trip."""

    def __init__(self, schedule: Schedule, changed: Callable[[], None], tolerances: Tolerances = NOMINAL) -> None:
        self._schedule = schedule
        self._changed = changed
        self._tolerances = tolerances
        self._answer: Entry | None = None
        self.fault = False
        self.test_dead = False
        self.testing = False
        self._test_seen = False

    @property
    def tripped(self) -> bool:
        """The trip output."""
        return self.fault or self._test_seen

    def leak(self, on: bool) -> None:
        """A residual current flows, or no more."""
        self.fault = on
        self._changed()

    def test(self, on: bool) -> None:
        """The firmware drives the test line."""
        if on != self.testing:
            self.testing = on
            if self._answer is not None:
                self._answer.cancel()
            self._answer = self._schedule.after(self._tolerances.rcd_answer_ms if on else self._tolerances.rcd_release_ms, self._respond)

    def _respond(self) -> None:
        seen = self.testing and not self.test_dead
        if seen != self._test_seen:
            self._test_seen = seen
            self._changed()


class Lock:
    """A locking motor with two drive pins and an end switch. `state` is unlocked or locked."""

    def __init__(self, schedule: Schedule, history: History, connector: int, changed: Callable[[], None]) -> None:
        self._schedule = schedule
        self._history = history
        self._connector = connector
        self._changed = changed
        self.state = "unlocked"
        self.jammed = False
        self._drive = [0, 0]
        self._moving: Entry | None = None

    def drive(self, side: int, level: int) -> None:
        """Motor pin `side` (0 = lock, 1 = unlock) has this level."""
        self._drive[side] = level
        if self._moving is not None:
            self._moving.cancel()
            self._moving = None
        if self._drive[0] != self._drive[1]:
            self._moving = self._schedule.after(LOCK_TRAVEL_MS, self._arrive)

    def _arrive(self) -> None:
        state = "locked" if self._drive[0] else "unlocked"
        if self.jammed or state == self.state:
            return
        self._history.add(self._connector, "lock", self.state, state)
        self.state = state
        self._changed()


class Thermometer:
    """An NTC near the contacts that follows its surroundings with a limited speed."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.temperature_c = AMBIENT_C
        self._target_c = AMBIENT_C
        self._moving: Entry | None = None
        self.broken: str | None = None  # open or short

    def surroundings(self, temperature_c: float) -> None:
        """The surroundings have this temperature from now on."""
        self._target_c = temperature_c
        if self._moving is None:
            self._move()

    def _move(self) -> None:
        step = HEATING_C_PER_S * THERMAL_STEP_MS / 1000
        difference = self._target_c - self.temperature_c
        self.temperature_c += max(-step, min(step, difference))
        self._moving = self._schedule.after(THERMAL_STEP_MS, self._move, THERMAL_STEP_MS) if difference else None

    def adc_u16(self) -> int:
        """The sample of an NTC to ground under a pull-up."""
        if self.broken is not None:
            return 65535 if self.broken == "open" else 0
        kelvin = self.temperature_c + 273.15
        ohm = NTC_OHM_25 * math.exp(NTC_BETA * (1 / kelvin - 1 / 298.15))
        return round(65535 * ohm / (ohm + NTC_PULL_UP_OHM))
