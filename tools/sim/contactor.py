"""The contactor: a coil that lives on rising edges, a line that takes it away at once, contacts that follow late, a mirror contact tied to them."""

from __future__ import annotations

from typing import Callable

from tools.sim.history import History
from tools.sim.schedule import Entry, Schedule
from tools.sim.tolerances import NOMINAL, Tolerances


class Contactor:
    """Coil and contacts of one connector. `closed` is the truth about the main contacts."""

    def __init__(self, schedule: Schedule, history: History, connector: int, changed: Callable[[], None],
                 tolerances: Tolerances = NOMINAL) -> None:
        self._schedule = schedule
        self._history = history
        self._connector = connector
        self._changed = changed
        self.coil = False
        self.closed = False
        self.cycles = 0
        self.tolerances = tolerances
        self.last_edge_ms = -tolerances.one_shot_ms
        self._bounces_until_ms = 0
        self._supply = True
        self._welded = False
        self._stuck_open = False
        self._level = 0
        self._clear_level = 1
        self._moving: Entry | None = None

    def drive(self, level: int) -> None:
        """The firmware's output pin has this level; only a rising edge triggers the one-shot, so the pull-down of a reset does not."""
        rising = level > self._level
        self._level = level
        if rising and self._clear_level:
            self._trigger()

    def clear(self, level: int) -> None:
        """The clear input of the one-shot: 0 ends its pulse and keeps it from starting; let go while the pin is high, a 74HC123 starts."""
        rising = level > self._clear_level
        self._clear_level = level
        if not level and self.coil:
            self._set_coil(False)
        elif rising and self._level:
            self._trigger()

    def _trigger(self) -> None:
        self.last_edge_ms = self._schedule.now_ms
        if self._supply and not self.coil:
            self._set_coil(True)
            self._schedule.after(self.tolerances.one_shot_ms, self._watch_edges, self.tolerances.release_ms, kept=True)

    def keep_up(self, to_ms: int) -> None:
        """The firmware goes on with its edges until then."""
        if self.coil:
            self.last_edge_ms = to_ms

    def supply(self, on: bool) -> None:
        """The supply of the coil driver: mains, and the emergency stop's normally closed loop in series with it."""
        self._supply = on
        if not on and self.coil:
            self._set_coil(False)

    def weld(self, on: bool) -> None:
        """Weld the main contacts together, or break the weld."""
        self._welded = on
        self._settle()

    def stick_open(self, on: bool) -> None:
        """Keep the main contacts from closing, or let them."""
        self._stuck_open = on
        self._settle()

    @property
    def mirror(self) -> bool:
        """The mirror contact is closed, which it can only be while every main contact is open; it chatters where they do."""
        now_ms = self._schedule.now_ms
        return not self.closed if now_ms >= self._bounces_until_ms else bool(now_ms & 1)

    def _watch_edges(self) -> None:
        if not self.coil:
            return
        end_ms = self.last_edge_ms + self.tolerances.one_shot_ms
        if self._schedule.now_ms >= end_ms:
            self._set_coil(False)
        else:
            self._schedule.at(end_ms, self._watch_edges, self.tolerances.release_ms, kept=True)

    def _set_coil(self, on: bool) -> None:
        before, self.coil = self.coil, on
        self._history.add(self._connector, "coil", before, on)
        if self._moving is not None:
            self._moving.cancel()
        self._moving = self._schedule.after(self.tolerances.operate_ms if on else self.tolerances.release_ms, self._settle)
        self._changed()

    def _settle(self) -> None:
        closed = self._welded or (self.coil and not self._stuck_open)
        if closed == self.closed:
            return
        self.closed = closed
        self.cycles += closed
        self._bounces_until_ms = self._schedule.now_ms + self.tolerances.bounce_ms
        for ms in range(1, self.tolerances.bounce_ms + 1):
            self._schedule.after(ms, self._changed)
        words = ("open", "closed")
        more = {"welded": True} if self._welded and closed and not self.coil else {}
        self._history.add(self._connector, "contactor", words[not closed], words[closed], **more)
        self._changed()
