"""BootNotification until the central system accepts.

Not accepted means: nothing but BootNotification leaves the charger. While Pending its calls are answered, while Rejected they are not.
The interval of the answer decides when to ask again, measured from the answer; without an answer, or one that does not say whether we are
accepted, the charger asks again after 60 s, or when the link comes back. An interval that is missing, cannot be read, is 0 or negative counts as
60 s for asking again and as the configured HeartbeatInterval for the heartbeat; everything is cut at one day. A currentTime that is missing or
cannot be read is no clock.

A reconnect needs no new registration.  Spec: OCPP 1.6 edition 2, 4.2.
"""

from micropython import const

from chargepoint.core.events import EV_ACCEPTED, EV_REFUSED
from chargepoint.core.messages.sources import IDLE_MS
from chargepoint.ocpp16.codes import ACT_BOOT_NOTIFICATION, ANS_ACCEPTED, ANS_PENDING, KEY_HEARTBEAT_INTERVAL
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message

REGISTRATION_NONE = 0  # not answered yet
REGISTRATION_PENDING = 1
REGISTRATION_REJECTED = 2
REGISTRATION_ACCEPTED = 3
_DEFAULT_RETRY_S = const(60)
_MAX_INTERVAL_S = const(86400)


class Registration:
    """The first source. `state`: one of REGISTRATION_*."""

    def __init__(self, core: "Any", now: int) -> None:
        self._core = core
        self.state = REGISTRATION_NONE
        self._due = now  # of the next BootNotification

    def fill(self, m: "Message", now: int) -> bool:
        """Make the BootNotification when it is due. Allocates: none."""
        if self.state == REGISTRATION_ACCEPTED or ticks_diff(now, self._due) < 0:
            return False
        m.action = ACT_BOOT_NOTIFICATION
        m.boot = self._core.boot_text
        return True

    def age(self, now: int) -> None:
        """Keep what is due comparable, however long the link is away. Allocates: none."""
        self._due = ticks_aged(self._due, now)

    def on_link(self, now: int) -> None:
        """The link came up: ask at once when the former question was never answered."""
        if self.state == REGISTRATION_NONE:
            self._due = now

    def on_answer(self, m: "Message", fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Take the answer to a BootNotification: what in it can be read counts."""
        core = self._core
        if fields is not None and fields.time is not None:
            core.set_clock(fields.time[0], fields.time[1], now)
        interval_s = fields.interval or 0 if fields is not None else 0
        if interval_s > _MAX_INTERVAL_S:
            interval_s = _MAX_INTERVAL_S
        if fields is not None and fields.status == ANS_ACCEPTED:
            self.state = REGISTRATION_ACCEPTED
            if interval_s > 0:
                core.config.lend(KEY_HEARTBEAT_INTERVAL, interval_s)
            core.note(EV_ACCEPTED, 0, interval_s)
            core.on_registration(now)
            return
        if fields is not None and fields.status is not None:
            self.state = REGISTRATION_PENDING if fields.status == ANS_PENDING else REGISTRATION_REJECTED
            core.note(EV_REFUSED, 0, self.state)
            core.on_registration(now)
        self._due = ticks_add(now, (interval_s if interval_s > 0 else _DEFAULT_RETRY_S) * 1000)

    def next_due(self, now: int) -> int:
        """Milliseconds until the next BootNotification. Allocates: none."""
        if self.state == REGISTRATION_ACCEPTED:
            return IDLE_MS
        left = ticks_diff(self._due, now)
        return left if left > 0 else 0
