"""`diag.faults()`: what is wrong, why, what to do, and how it clears. The README has the same table for people without a cable."""

from chargepoint.core.charging import faults as fault_table
from chargepoint.diag.status_page import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

# By fault code from 1: what to do about it.
_REMEDIES = b"""\
the contactor's contacts are stuck: switch off upstream, replace the contactor, then diag.exercise("clear")
coil, its supply or the emergency-stop loop; clears when the plug is pulled, tried again three times by itself
earth leakage in vehicle, cable or wiring; clears when the plug is pulled and the self-test has passed
release the button; if it is released, its loop is open somewhere
let it cool below 62 C; check fan, sun and the tightness of the terminals
mains over 253 V for 5 s; clears after 30 s of good voltage
mains under 195 V for 5 s, a phase is missing, or the contactor passes nothing; clears after 30 s of good voltage
the vehicle draws more than it was offered; clears when the plug is pulled
check the meter chip's supply and SPI wiring (diag.meter()), and its transformers: none reversed or on another phase; it is started again by itself
check the reader's plug and supply (diag.rfid()); remote starts still work
the lock did not reach its end: something blocks the pin, or its switch is defective; tried again at each plug
the pilot is shorted or negative: cable, plug or vehicle inlet
no diode in the vehicle: a defective vehicle, or a bridged test adapter
the residual-current module does not answer its test: replace it
the pilot's levels or its PWM are out of range: board or wiring
the charger is hot and offers less: fan, sun, terminals
protective earth is missing: check the installation before anything else
the vehicle asked for power without ever having been in state B: pull the plug
the mirror contact does not follow the coil: its wire, or the contactor
the flash is full or failing, or the FRAM does not answer: diag.queue(), diag.selftest(); no session starts until it can be written
production has not measured this unit: make calibrate PORT=...
nobody has told what contactor, cable and installation stand: make provision PORT=...
"""
_KINDS = {
    0x6E: "a note, charging goes on",
    0x6D: "no session starts, a running one ends",
    0x73: "power is withheld, Faulted after 60 s",
    0x76: "power is withheld, Faulted after 60 s",
    0x66: "Faulted",
}
_CLEARING = {
    0x61: "clears by itself",
    0x67: "clears after 30 s without it",
    0x75: "clears when the plug is pulled",
    0x6F: 'clears only by diag.exercise("clear")',
}


def remedy(code: int) -> str:
    """What to do about a fault."""
    return str(_REMEDIES.split(b"\n")[code - 1], "utf-8")


def screen(app: "Any", now: int) -> "Iterator[str]":
    """The lines of the screen."""
    found = False
    for faults, where in [(app.core.site.faults, "charge point")] + [(c.faults, "connector %d" % c.id) for c in app.core.connectors]:
        for code in present(faults):
            found = True
            for text in lines_of(code, where, faults):
                yield text
    if not found:
        yield "no faults"


def lines_of(code: int, where: str, faults: "Any") -> "Iterator[str]":
    """The lines about one fault."""
    vendor = fault_table.vendor_code(code)
    yield "%s: %s%s" % (where, fault_table.info(code), " (%s)" % vendor if vendor else "")
    yield "  what to do   " + remedy(code)
    kind = fault_table._rule(code, 0)
    clearing = fault_table._rule(code, 1)
    yield "  what it does %s; %s" % (_KINDS.get(kind, "unknown"), _CLEARING.get(clearing, "unknown"))
