"""What the launcher and the deployment tools need of a board's machine module; says what is done to it."""

import sys


def reset() -> None:
    """End the process with the status that the fake board takes for a hard reset."""
    sys.exit(3)


class Pin:
    """An output."""

    OUT = 1

    def __init__(self, id: "int | str", mode: int, value: int) -> None:
        print("pin", id, "=", value)


class WDT:
    """A watchdog that never bites."""

    def __init__(self, timeout: int) -> None:
        print("watchdog", timeout)

    def feed(self) -> None:
        """Feed it."""


class Timer:
    """A timer that never fires."""

    PERIODIC = 1

    def __init__(self, id: int) -> None:
        """Take any."""

    def init(self, period: int, mode: int, callback: object) -> None:
        """Start it."""
