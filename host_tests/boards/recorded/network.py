"""A network module that records; its interfaces do what `script` says."""

from recorder import note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PHY_LAN8720 = 1


class script:
    """What the interface is to answer; a test changes these."""

    connected = False
    status = 0
    active = False
    fails = False


class _Interface:
    def active(self, on: "Any" = None) -> bool:
        if on is not None:
            if on and script.fails:
                raise OSError(110)
            script.active = bool(on)
            note("active", bool(on))
        return script.active

    def isconnected(self) -> bool:
        return script.connected

    def status(self) -> int:
        return script.status

    def ifconfig(self) -> "tuple[str, str, str, str]":
        return ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")


class LAN(_Interface):
    """The interface of a MAC with a PHY."""

    def __init__(self, **wires: "Any") -> None:
        note("ethernet", [wires[name].id for name in ("mdc", "mdio", "power", "ref_clk") if name in wires])
        if script.fails and wires:
            raise OSError(258)


class WIZNET5K(_Interface):
    """The interface of a WIZnet chip."""

    def __init__(self, spi: "Any", *pins: "Any") -> None:
        note("ethernet", [pin.id for pin in pins])
