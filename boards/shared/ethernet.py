"""The network of a board with a wired interface, as the link uses it: addresses, sockets, and whether packets can flow.

A board makes the interface and hands it over; nothing here waits for a cable. Boards whose port needs help with the interface derive from this.
"""

import socket

from name_lookup import NameLookup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interface import Interface


class Network:
    """Args: interface: active already; None when its start failed: the charger works offline until the next reset."""

    def __init__(self, interface: "Interface | None") -> None:
        """Keep the interface."""
        self.interface = interface
        self._names = NameLookup(self._name_server)

    def _name_server(self) -> str:
        return "0.0.0.0" if self.interface is None else self.interface.ifconfig()[3]

    def resolve(self, host: str, port: int) -> "tuple[str, int]":
        """Return a socket address. Raises OSError when the name cannot be resolved. Blocks: at most 3 s, never for a literal address."""
        return (self._names.address(host), port)

    def socket(self) -> "socket.socket":
        """Return a new TCP socket."""
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    def cable(self) -> bool:
        """Say whether the PHY has a link and the interface an address. Called four times a second; blocks as a board's class says."""
        return self.interface is not None and self.interface.isconnected()
