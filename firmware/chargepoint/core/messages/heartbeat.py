"""The heartbeat: on a fixed grid from the acceptance; points missed while offline are skipped.  Spec: OCPP 1.6 edition 2, 4.6."""

from micropython import const

from chargepoint.core.messages.sources import IDLE_MS
from chargepoint.ocpp16.codes import ACT_HEARTBEAT, KEY_HEARTBEAT_INTERVAL
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message

_DEFAULT_S = const(60)


class Heartbeat:
    """A source; see the module."""

    def __init__(self, core: "Any", now: int) -> None:
        self._core = core
        self._due = now

    def restart(self, now: int) -> None:
        """We are accepted, or the interval was changed: the grid starts here."""
        self._due = ticks_add(now, self._interval_ms())

    def _interval_ms(self) -> int:
        return (self._core.config.number(KEY_HEARTBEAT_INTERVAL) or _DEFAULT_S) * 1000

    def age(self, now: int) -> None:
        """Keep what is due comparable, however long the link is away. Allocates: none."""
        self._due = ticks_aged(self._due, now)

    def fill(self, m: "Message", now: int) -> bool:
        """Make the Heartbeat when it is due. Allocates: none."""
        late_ms = ticks_diff(now, self._due)
        if late_ms < 0:
            return False
        interval_ms = self._interval_ms()
        self._due = ticks_add(now, interval_ms - late_ms % interval_ms)
        m.action = ACT_HEARTBEAT
        return True

    def on_answer(self, m: "Message", fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Take the time; an answer without one that can be read is no clock."""
        if fields is not None and fields.time is not None:
            self._core.set_clock(fields.time[0], fields.time[1], now)

    def next_due(self, now: int) -> int:
        """Milliseconds until the next Heartbeat. Allocates: none."""
        if not self._core.online:
            return IDLE_MS
        left = ticks_diff(self._due, now)
        return left if left > 0 else 0
