"""How long to wait before the next attempt to connect."""

from micropython import const

_FIRST_MS = const(2000)
_CAP_MS = const(64000)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable


class Backoff:
    """Exponential with jitter: about 2, 4, 8 ... 64 s, each between half and one and a half times that.

    So a fleet that lost its central system in the same second does not come back in the same second.
    """

    def __init__(self, random_bytes: "Callable[[int], bytes]") -> None:
        """Take ``random_bytes(count) -> bytes``."""
        self._random_bytes = random_bytes
        self._ms = _FIRST_MS

    def reset(self) -> None:
        """The connection was stable: begin with the shortest wait again."""
        self._ms = _FIRST_MS

    def next_ms(self) -> int:
        """The next wait in milliseconds. Allocates: the random bytes."""
        wait_ms = self._ms
        if wait_ms < _CAP_MS:
            self._ms = wait_ms * 2
        random = self._random_bytes(2)
        return wait_ms // 2 + (wait_ms * (random[0] << 8 | random[1]) >> 16)
