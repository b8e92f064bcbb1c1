"""How long to wait before the next attempt to connect."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_FIRST_MS = const(2000)
_DOUBLINGS = const(5)
_DOUBLINGS_ACCEPTED = const(2)  # when the central system had accepted us: the wait stays below 12 s


def backoff_ms(failures: int, random: bytes) -> int:
    """The wait after so many failures: about 2, 4, 8 ... 64 s, each between half and one and a half times that.

    So a fleet that lost its central system in the same second does not come back in the same second.
    Args: ``failures`` from 0; ``random`` two random bytes.
    """
    wait_ms = _FIRST_MS << min(failures, _DOUBLINGS)
    return wait_ms // 2 + (wait_ms * (random[0] << 8 | random[1]) >> 16)


class Backoff:
    """The waits of one link. For reading: `failures`, attempts since the last connection that was stable or accepted."""

    def __init__(self, random_bytes: "Callable[[int], bytes]") -> None:
        self.failures = 0
        self._short = 0  # accepted connections in a row that were not stable
        self._accepted = False
        self._random_bytes = random_bytes

    def next_ms(self) -> int:
        """The wait before the next attempt: later each time, but soon after a connection on which the central system had accepted us."""
        failures = self.failures
        if self._accepted:
            self._accepted = False
            failures = min(self._short, _DOUBLINGS_ACCEPTED)
            self._short += 1
        self.failures += 1
        return backoff_ms(failures, self._random_bytes(2))

    def on_accepted(self) -> None:
        """The central system works with us on this connection. Allocates: none."""
        self._accepted = True
        self.failures = 0

    def start_afresh(self, stable: bool = False) -> None:
        """What stood in the way is gone; `stable`: the connection has held for a while."""
        self.failures = 0
        if stable:
            self._short = 0
