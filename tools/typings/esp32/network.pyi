"""What is used of the esp32 port's network module on boards with an Ethernet PHY."""

from typing import Final, overload

from machine import Pin

PHY_LAN8720: Final[int] = 1

class LAN:
    def __init__(
        self,
        id: int = 0,
        *,
        mdc: Pin,
        mdio: Pin,
        power: Pin | None = None,
        phy_type: int,
        phy_addr: int,
        ref_clk: Pin | None = None,
        ref_clk_mode: int | None = None,
    ) -> None: ...
    @overload
    def active(self) -> bool: ...
    @overload
    def active(self, on: bool | int, /) -> None: ...
    def isconnected(self) -> bool: ...
    def ifconfig(self) -> tuple[str, str, str, str]: ...
