"""For people: what the charger is doing, and why. `diag.help()` lists everything.

    mpremote resume exec "import diag; diag.status()"

Everything here reads; only the functions under "exercise" move something, and they are refused while a session runs. Nothing is loaded until it is
asked for, and the module of each screen is dropped when it has been written out. Long screens are written between the passes of
the charger's loop, so asking costs a session nothing.

Context: REPL, of the running charger (runtime/console/repl_server.py).
"""

import sys

from chargepoint.runtime.console import repl_server
from chargepoint.runtime.unload import unload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _show(module: str, function: str, *arguments: "Any") -> None:
    """Load chargepoint/diag/<module>.py, have its generator written out, forget the module."""
    server = repl_server.served()
    if server is None:
        print("diag works inside the running charger: connect with mpremote while it runs")
        return
    name = "chargepoint.diag." + module
    app: "Any" = server.app
    __import__(name)
    lines = getattr(sys.modules[name], function)(app, app.hardware.clock.ticks_ms(), *arguments)
    unload("chargepoint.diag.")
    session = server.session
    if session is not None and session.running:
        session.shows.append(lines)
        return
    for line in lines:
        if line is not None:
            print(line)


def help() -> None:
    """List the functions."""
    _show("words", "helping")


def status() -> None:
    """One screen: what the charger is doing, and why it does not charge."""
    _show("status_page", "screen")


def config(key: "str | None" = None, value: "str | None" = None) -> None:
    """List the configuration keys, show one, or change one as the central system would."""
    _show("settings", "screen", key, value)


def meter(connector: int = 0) -> None:
    """The readings of the energy meter, its register and its health."""
    _show("hardware", "meter", connector)


def rfid() -> None:
    """The card reader and the last card."""
    _show("hardware", "rfid")


def pilot(connector: int = 0) -> None:
    """The control pilot: state, plateaus, duty, offer."""
    _show("hardware", "pilot", connector)


def contactor(connector: int = 0) -> None:
    """The contactor, its mirror contact, and what keeps it open."""
    _show("hardware", "contactor", connector)


def network() -> None:
    """The way to the central system, and what stands in it."""
    _show("network_page", "screen")


def queue(count: int = 20) -> None:
    """The transaction messages that wait to be delivered."""
    _show("queue_page", "waiting", count)


def dead_letters(count: int = 20, export: bool = False) -> None:
    """The messages that were given up, with the reasons; `export` shows each whole, as a line of JSON, the card's number too."""
    _show("queue_page", "exported" if export else "dead", count)


def log(count: int = 40, boot: "int | None" = None) -> None:
    """The last events, across restarts; of one boot only when `boot` is given."""
    _show("events", "screen", count, boot)


def lines() -> None:
    """The last lines of the log in words (since the last boot, 1 KB)."""
    _show("events", "recent")


def heap() -> None:
    """Free, used and the largest free block."""
    _show("system", "heap")


def versions() -> None:
    """Firmware, MicroPython, board, product, serial number."""
    _show("system", "versions")


def faults() -> None:
    """Every fault that is present: cause, remedy, and how it clears."""
    _show("faults_page", "screen")


def selftest() -> None:
    """Check every part without moving any: about a second."""
    _show("checks", "selftest")


def exercise(what: str = "", connector: int = 1) -> None:
    """Move one part: "led", "lock", "unlock", "pilot", "clear". Refused while a session runs. Without a name: what there is."""
    _show("checks", "exercise", what, connector)
