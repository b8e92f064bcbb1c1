"""What boards use of network.LAN and network.WIZNET5K. For type checking only."""

from typing import Protocol, overload

class Interface(Protocol):
    """A wired interface."""

    @overload
    def active(self) -> bool: ...

    @overload
    def active(self, on: bool | int, /) -> None: ...

    def isconnected(self) -> bool: ...

    def ifconfig(self) -> tuple[str, str, str, str]: ...
