"""The first file a board with an official MicroPython runs: starts the firmware of the slot that the file `slot` names.

`make flash` puts this file, its sibling main.py and one of the folders slot_a and slot_b on the board, and the board's outputs into the table
below. Whatever the file system or the heap does, the outputs are safe and a watchdog runs before anything else is read, and Ctrl-C or
noise on the console interrupts nothing. An update puts its slot on trial: it is started three times at most, unless the firmware in it says
that it works. A slot that fails, here or in main.py, is left for the other one: it was running before. When both fail the outputs stay safe,
the prompt is open for `make flash`, and after ten minutes the watchdog starts all over again.
"""

import gc
import os
import sys

import machine
import micropython

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SAFE_OUTPUTS: "tuple[Any, ...]" = ()  # ((pin, level), ...): filled in by make flash
_WDT_MS = 8000  # what every port can do; the firmware sets its own
_RESCUE_FEEDS = 600  # one a second
_START_FEEDS = 30  # to the firmware's own watchdog

_feeds = _RESCUE_FEEDS
_wdt: "Any" = None
_feeder: "Any" = None


def _interruptible(yes: bool) -> None:
    kbd_intr = getattr(micropython, "kbd_intr", None)
    if kbd_intr is not None:
        kbd_intr(3 if yes else -1)


def _make_safe() -> None:
    for pin, level in SAFE_OUTPUTS:
        try:
            machine.Pin(pin, machine.Pin.OUT, value=level)
        except Exception as error:
            print("boot: output", pin, "is not in its safe state:", error)


def _feed(timer: object) -> None:
    # A soft timer: what hangs below Python is not fed, what takes too long above it only for so long.
    global _feeds
    if _feeds > 0:
        _feeds -= 1
        _wdt.feed()


def _watch() -> None:
    global _wdt, _feeder
    try:
        _wdt = machine.WDT(timeout=_WDT_MS)
        try:
            _feeder = machine.Timer(-1)
        except ValueError:  # a port with hardware timers only
            _feeder = machine.Timer(3)
        _feeder.init(period=1000, mode=machine.Timer.PERIODIC, callback=_feed)
    except Exception as error:
        print("boot: no watchdog:", error)


def _slot() -> str:
    # The same as on_start of chargepoint/runtime/update/slot_state.py, which cannot be imported from a slot before one is chosen.
    state = "a"
    try:
        with open(_root + "slot") as file:
            state = file.read(3)
        if len(state) == 3 and state[:2] in ("ab", "ba") and state[2] in "123":
            with open(_root + "slot", "w") as file:
                file.write(state[:2] + str(int(state[2]) - 1))
            return state[1]
    except Exception as error:
        print("boot: the file slot:", repr(error))
    return "b" if state[:1] == "b" else "a"


def _import(name: str, slot: str) -> bool:
    """Import a module of a slot; False when that fails, whatever the reason."""
    sys.path[:] = [_root + "slot_" + slot, ".frozen", _root + "lib"]
    try:
        __import__(name)
        return True
    except BaseException as error:
        _make_safe()
        print("boot: slot", slot, "is damaged:", repr(error))
    for loaded in list(sys.modules):
        if loaded not in _kept:
            del sys.modules[loaded]
    gc.collect()
    return False


def _start(names: "tuple[str, ...]", slot: str) -> str:
    """Import the modules from a slot, or all of them from the other one. Returns the slot that it was, "" for none."""
    global _feeds
    if _import(names[-1], slot):
        return slot
    other = "a" if slot == "b" else "b"
    for name in names:
        if not _import(name, other):
            print("boot: both slots are damaged; the outputs are safe: make flash")
            _feeds = _RESCUE_FEEDS
            _interruptible(True)
            return ""
    return other


_interruptible(False)
_make_safe()
_watch()
_kept = list(sys.modules)
try:
    _root = os.getcwd()
except Exception:
    _root = "/"
if _root[-1] != "/":  # /flash on stm32
    _root += "/"
_running = _start(("boot",), _slot())
