"""The network cable, as the PHY sees it from time to time."""

from micropython import const

from chargepoint.runtime.link.connection import T_CABLE, Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LOOK_MS = const(250)


class Cable:
    """For reading: `plugged`, None while nobody knows."""

    def __init__(self, network: "Any", connection: Connection) -> None:
        """`network.cable()` -> True, False, or None for a board that cannot tell."""
        self.plugged: "bool | None" = None
        self._network = network
        self._connection = connection

    def poll(self, now: int) -> int:
        """Look when it is time. Returns: -1 when it has just been pulled, 1 when it has just come back, else 0. Allocates: none."""
        connection = self._connection
        if connection.runs(T_CABLE) and not connection.fired(T_CABLE, now):
            return 0
        connection.arm(T_CABLE, now, _LOOK_MS)
        was = self.plugged
        try:
            self.plugged = self._network.cable()
        except OSError:  # the PHY does not answer: what is not known does not count as unplugged
            self.plugged = None
        if self.plugged is False:
            return 0 if was is False else -1
        return 1 if was is False else 0
