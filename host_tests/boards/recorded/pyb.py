"""The part of stm32's own module that a board uses, recording."""

import machine
from recorder import note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Timer:
    """A hardware timer; its callback is an interrupt."""

    def __init__(self, id: int, freq: int, callback: "Any") -> None:
        machine.Timer.last = {"callback": callback}
        note("timer", id, 1000 // freq, True)
