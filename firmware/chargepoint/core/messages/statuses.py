"""The StatusNotifications that wait, in the order in which they arose, and what the central system certainly knows.

While the central system can be reached every status goes out; when 12 wait, only the latest of each connector is kept. Offline nothing waits: when
the link is back, every connector whose present status is not known to be delivered tells it. What has been delivered is certain after an answer
only: from the moment in which a status is handed out until then nobody knows.

A status that nobody answers is tried twice; then, and after a refusal, the rest of the connection goes on without it. A lost link is no try.
Spec: OCPP 1.6 edition 2, 4.9.
"""

from micropython import const

from chargepoint.core.messages.sources import LOST, Source
from chargepoint.ocpp16.codes import ACT_STATUS_NOTIFICATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message

_MAX_WAITING = const(12)
_MAX_TRIES = const(2)
_UNKNOWN = const(-1)


class Statuses(Source):
    """A source; see the module. `waiting`: (connector or site, its status as `Reported.told` has it, since when), for reading."""

    def __init__(self, core: "Any") -> None:
        self._core = core
        self.waiting: "list[tuple[Any, int, bytearray]]" = []
        self._tries = 0  # of the first
        self._delivered = [_UNKNOWN] * (core.product.CONNECTORS + 1)  # by connector, the charge point as 0

    def put(self, c: "Any", key: int, now: int) -> None:
        """Queue the status that a connector (or the charge point itself) has now; not while offline."""
        core = self._core
        waiting = self.waiting
        if not core.online:
            return
        stamp = bytearray(8)
        core.clock.stamp(stamp, 0, now if key == self._delivered[c.id] else c.changed)
        if len(waiting) >= _MAX_WAITING:
            for i in range(len(waiting) - 1, 0, -1):  # the first may be under way
                if waiting[i][0] is c:
                    waiting.pop(i)
        waiting.append((c, key, stamp))

    def on_link(self, everything: bool, now: int) -> None:
        """The central system can be reached (again): tell it what it does not certainly know, or everything."""
        core = self._core
        self.waiting.clear()
        self._tries = 0
        for i in range(len(self._delivered)):
            c = core.connectors[i - 1] if i else core.site
            if c.told != self._delivered[i] or everything:
                c.retell(everything, now)

    def fill(self, m: "Message", now: int) -> bool:
        """Make the message of the oldest."""
        if not self.waiting:
            return False
        c, key, stamp = self.waiting[0]
        clock = self._core.clock
        clock.resolve(stamp, 0, now)
        m.action = ACT_STATUS_NOTIFICATION
        m.s = clock.s
        m.ms = clock.ms
        c.describe(m, key)
        self._delivered[c.id] = _UNKNOWN
        return True

    def on_answer(self, m: "Message", fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Take what became of the oldest: whatever answers it has heard it."""
        if code == LOST:
            return
        self._tries += 1
        if fields is None and code is None and self._tries < _MAX_TRIES:
            return
        self._tries = 0
        c, key, _ = self.waiting.pop(0)
        if fields is not None:
            self._delivered[c.id] = key
