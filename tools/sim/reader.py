"""The card reader at the end of the UART, with its time in milliseconds and the cards people hold to it."""

from __future__ import annotations

from tools.sim.chips.pn532 import Pn532
from tools.sim.history import History
from tools.sim.schedule import Schedule

REQUIRED_BAUD = 115200


class Reader:
    """The PN532 module. Bytes sent at a wrong rate are noise to it."""

    def __init__(self, schedule: Schedule, history: History) -> None:
        self.chip = Pn532()
        self._schedule = schedule
        self._history = history
        self._baud = 0
        self._arrived = b""

    def configure(self, baud: int) -> None:
        """The firmware has set up its UART."""
        self._baud = baud

    def power_cycle(self) -> None:
        """The module loses its supply."""
        self.chip.power_cycle(self._now_us)
        self._baud = 0
        self._arrived = b""

    @property
    def _now_us(self) -> int:
        return self._schedule.now_ms * 1000

    def write(self, data: bytes) -> None:
        """Bytes from the firmware."""
        if self._baud == REQUIRED_BAUD:
            self.chip.write(data, self._now_us)

    def read(self, limit: int) -> bytes:
        """Bytes for the firmware that have arrived by now, at most `limit`; the rest waits."""
        if self._baud != REQUIRED_BAUD:
            return b""
        self._arrived += self.chip.read(self._now_us)
        data, self._arrived = self._arrived[:limit], self._arrived[limit:]
        return data

    def next_ms(self) -> int | None:
        """When there will be bytes to read, as far as it is decided."""
        if self._arrived:
            return self._schedule.now_ms
        next_us = self.chip.next_us()
        return None if next_us is None else -(-next_us // 1000)

    def tap(self, uid: bytes, hold_ms: int) -> None:
        """Hold a card to the reader for a while."""
        text = uid.hex().upper()
        self.chip.tap(uid)
        self._history.add(0, "card", None, text)
        self._schedule.after(hold_ms, lambda: self._take_away(uid, text))

    def _take_away(self, uid: bytes, text: str) -> None:
        self.chip.remove(uid)
        self._history.add(0, "card", text, None)
