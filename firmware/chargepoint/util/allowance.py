"""What somebody else may make us do is bounded: so much at once, and so much an hour."""

from chargepoint.util.ticks import ticks_add, ticks_diff


class Allowance:
    """`most` at once, and one more each `each_ms`. For reading: `left`."""

    def __init__(self, most: int, each_ms: int) -> None:
        self._most = most
        self._each_ms = each_ms
        self._since = -1
        self.left = most

    def age(self, now: int) -> None:
        """Let time pass; at least once in six days. Allocates: none."""
        if self.left >= self._most or self._since < 0:
            self._since = now
            return
        more = ticks_diff(now, self._since) // self._each_ms
        if more > 0:
            self.left = min(self._most, self.left + more)
            self._since = ticks_add(self._since, more * self._each_ms)

    def take(self) -> bool:
        """Use one up. Returns: False when none is left. Allocates: none."""
        if not self.left:
            return False
        self.left -= 1
        return True

    def keep(self, left: int) -> None:
        """Go on with what was left before a restart."""
        self.left = min(self._most, left)
