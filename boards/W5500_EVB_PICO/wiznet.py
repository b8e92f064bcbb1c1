"""The W5500's interface needs help: it takes itself down after one failed transfer, and its DHCP does not notice a cable that was moved."""

import time

from ethernet import Network
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_AWAY_MS = const(8000)  # a cable out for longer may have been moved to another network
_BETWEEN_MS = const(10000)
_NO_LINK = const(0)  # WIZNET5K.status(): no link; link, interface down; link, interface up
_DOWN = const(1)


class WiznetNetwork(Network):
    """The network of a board with a W5500 behind network.WIZNET5K. Args: interface: active already."""

    def __init__(self, interface: "Any") -> None:
        """Watch the interface from now on."""
        Network.__init__(self, interface)
        self._seen = self._cycled = time.ticks_ms()  # the last time there was a link; the interface was switched on
        self._away = self._rested = False  # either is longer ago than counts: flags, as ticks of last week cannot be compared

    def cable(self) -> bool:
        """Say whether the PHY has a link and the interface an address; switch the interface off and on when it needs it.

        Blocks: 0.4 s when it does, at most every 10 s.
        """
        interface = self.interface
        if interface is None:
            return False
        now = time.ticks_ms()
        status = interface.status()  # type: ignore[attr-defined]
        self._rested = self._rested or time.ticks_diff(now, self._cycled) > _BETWEEN_MS
        if status == _NO_LINK:
            self._away = self._away or time.ticks_diff(now, self._seen) > _AWAY_MS
        else:
            if (self._away or status == _DOWN) and self._rested:
                self._cycled = now
                self._rested = self._away = False
                interface.active(False)
                interface.active(True)
            if not self._away:
                self._seen = now
        return interface.isconnected()
