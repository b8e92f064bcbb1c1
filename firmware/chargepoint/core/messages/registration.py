"""BootNotification until the central system accepts, then the heartbeat.

Not accepted means: nothing but BootNotification leaves the charger. While Pending its calls are answered, while Rejected they are not.
The interval of the answer decides when to ask again, measured from the answer; without an answer the charger asks again after 60 s, or
when the link comes back. Interval 0 and negative ones count as 60 s for asking again and as the configured HeartbeatInterval for the
heartbeat; everything is cut at one day. Heartbeats stand on a fixed grid from the acceptance; those missed while offline are skipped.

A reconnect needs no new registration.  Spec: OCPP 1.6 edition 2, 4.2 and 4.6.
"""

from micropython import const

from chargepoint.ocpp16.codes import ACT_BOOT_NOTIFICATION, ACT_HEARTBEAT, KEY_HEARTBEAT_INTERVAL
from chargepoint.util.ticks import ticks_add, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.charge_point import ChargePoint
    from chargepoint.core.messages.outbox import Message

_NONE = const(0)
_PENDING = const(1)
_REJECTED = const(2)
_ACCEPTED = const(3)
_DEFAULT_RETRY_S = const(60)
_MAX_INTERVAL_S = const(86400)
_NOTE_ACCEPTED = const(103)
_NOTE_REFUSED = const(104)


class Registration:
    """`state`: 0 not answered yet, 1 Pending, 2 Rejected, 3 Accepted."""

    def __init__(self, core: "ChargePoint", now: int) -> None:
        self._core = core
        self.state = _NONE
        self._due = now  # of the next BootNotification or Heartbeat

    def fill(self, m: "Message", now: int) -> bool:
        """Make the BootNotification when it is due. Allocates: none."""
        if self.state == _ACCEPTED or ticks_diff(now, self._due) < 0:
            return False
        m.action = ACT_BOOT_NOTIFICATION
        m.boot = self._core.boot_text
        return True

    def fill_heartbeat(self, m: "Message", now: int) -> bool:
        """Make the Heartbeat when it is due. Allocates: none."""
        late_ms = ticks_diff(now, self._due)
        if late_ms < 0:
            return False
        interval_ms = self._interval_ms()
        self._due = ticks_add(now, interval_ms - late_ms % interval_ms)
        m.action = ACT_HEARTBEAT
        return True

    def _interval_ms(self) -> int:
        return self._core.config.number(KEY_HEARTBEAT_INTERVAL) * 1000 or _DEFAULT_RETRY_S * 1000

    def on_link(self, now: int) -> None:
        """The link came up: ask at once when the former question was never answered."""
        if self.state == _NONE:
            self._due = now

    def on_interval(self, now: int) -> None:
        """HeartbeatInterval was changed: the grid starts afresh."""
        if self.state == _ACCEPTED:
            self._due = ticks_add(now, self._interval_ms())

    def on_answer(self, action: int, fields: "Any | None", now: int) -> None:
        """Take the answer to a BootNotification or Heartbeat; None when it was refused or did not come."""
        if fields is not None and fields.time is not None:
            self._core.set_clock(fields.time[0], fields.time[1], now)
        if action == ACT_HEARTBEAT:
            return
        if fields is None or fields.status is None:
            self._due = ticks_add(now, _DEFAULT_RETRY_S * 1000)
            return
        interval_s = fields.interval or 0
        if interval_s > _MAX_INTERVAL_S:
            interval_s = _MAX_INTERVAL_S
        if fields.status == 0:
            self.state = _ACCEPTED
            if interval_s > 0:
                self._core.config.values[KEY_HEARTBEAT_INTERVAL] = interval_s
            self.on_interval(now)
            self._core.note(_NOTE_ACCEPTED, 0, interval_s)
            self._core.on_accepted(now)
            return
        self.state = _PENDING if fields.status == 2 else _REJECTED
        self._core.note(_NOTE_REFUSED, 0, self.state)
        self._due = ticks_add(now, (interval_s if interval_s > 0 else _DEFAULT_RETRY_S) * 1000)

    def next_due(self, now: int) -> int:
        """Milliseconds until the next BootNotification or Heartbeat. Allocates: none."""
        left = ticks_diff(self._due, now)
        return left if left > 0 else 0
