"""How several connectors share what the charge point as a whole may draw (ChargePointMaxProfile), so that their offers never add up to more.

The rule: whoever has a transaction gets the same, what one cannot use (its own profile, its cable) goes to the others. When it is not 6 A for each, who came
last waits. An offer goes down at once; another goes up only when the first vehicle has had its 5 s to follow, or its contactor is open. A connector
without a transaction is lent its part of what is left, so that it may begin with it.
"""

from micropython import const

from chargepoint.util.ticks import ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LEAST_MA = const(6000)  # IEC 61851-1: a vehicle needs 6 A
_FOLLOW_MS = const(5000)  # IEC 61851-1, table A.8: how long a vehicle may take to draw less


class Shares:
    """`each_ma`: what each connector may have, for each phase."""

    def __init__(self, count: int, now: int) -> None:
        """Share between so many connectors. Allocates: at construction."""
        self.each_ma = [0] * count
        self._target_ma = [0] * count
        self._taken_ma = [0] * count  # what each may still be drawing
        self._since = [now] * count  # when its offer last was as high as that

    def look(self, connectors: "list[Any]", now: int) -> None:
        """See what each is offered; call it in each pass. Allocates: none."""
        for n in range(len(connectors)):  # enumerate would allocate
            c = connectors[n]
            offered_ma = max(0, c.interlock.offered_ma)
            if offered_ma >= self._taken_ma[n] or not (c.interlock.closed or c.interlock.closing):
                self._taken_ma[n] = offered_ma
                self._since[n] = now
            elif ticks_diff(now, self._since[n]) >= _FOLLOW_MS:
                self._taken_ma[n] = offered_ma
            self._since[n] = ticks_aged(self._since[n], now)

    def divide(self, connectors: "list[Any]", caps_ma: "list[int]", total_ma: int) -> None:
        """Work out what each may have of the whole; `caps_ma` is what each could use. Allocates: none."""
        self._set_targets(connectors, caps_ma, total_ma)
        idle = 0
        for c in connectors:
            idle += not _takes_part(c)
        for n in range(len(connectors)):
            c = connectors[n]
            free_ma = total_ma
            for other in range(len(connectors)):
                if other != n:
                    taken_ma = self._taken_ma[other]
                    free_ma -= taken_ma if _takes_part(c) else max(taken_ma, self._target_ma[other])
            share_ma = min(self._target_ma[n], free_ma) if _takes_part(c) else free_ma // idle
            self.each_ma[n] = share_ma if share_ma >= LEAST_MA else 0

    def _set_targets(self, connectors: "list[Any]", caps_ma: "list[int]", total_ma: int) -> None:
        """What each is to have in the end: the same for all that take part, as far as they can use it."""
        target_ma = self._target_ma
        sharing = 0
        for n in range(len(connectors)):
            target_ma[n] = -1 if _takes_part(connectors[n]) and caps_ma[n] >= LEAST_MA else 0
            sharing -= target_ma[n]
        while sharing * LEAST_MA > total_ma:
            target_ma[self._last(connectors)] = 0
            sharing -= 1
        left_ma = total_ma
        while sharing:
            least = -1  # who can use the least goes first: what it leaves is for the others
            for n in range(len(connectors)):
                if target_ma[n] < 0 and (least < 0 or caps_ma[n] < caps_ma[least]):
                    least = n
            target_ma[least] = min(caps_ma[least], left_ma // sharing)
            left_ma -= target_ma[least]
            sharing -= 1

    def _last(self, connectors: "list[Any]") -> int:
        """Who of those that still share began last."""
        last = -1
        for n in range(len(connectors)):
            if self._target_ma[n] < 0 and (last < 0 or connectors[n].transaction.number > connectors[last].transaction.number):
                last = n
        return last


def _takes_part(c: "Any") -> bool:
    """Whether a connector has a transaction that may have energy."""
    return c.transaction is not None and not c.transaction.stopping
