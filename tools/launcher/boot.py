"""The first file a board with an official MicroPython runs: starts the firmware of the slot that the file `slot` names.

`make flash` puts this file, its sibling main.py and one of the folders slot_a and slot_b on the board. The firmware's own boot module puts every
output into its safe state. When a slot's boot cannot even be imported, the other slot is used: it was running before.
"""

import os
import sys

_root = os.getcwd()
if _root[-1] != "/":  # /flash on stm32
    _root += "/"


def _boot(slot: str) -> None:
    sys.path[:] = [_root + "slot_" + slot, ".frozen", _root + "lib"]
    __import__("boot")


def _slot() -> str:
    try:
        with open(_root + "slot") as file:
            return "b" if file.read(1) == "b" else "a"
    except OSError:
        return "a"


_first = _slot()
try:
    _boot(_first)
except (ImportError, ValueError, SyntaxError) as _error:
    print("boot: slot", _first, "is damaged:", _error)
    _boot("a" if _first == "b" else "b")
