"""`diag.network()`: the way to the central system, from the plug to the registration."""

from chargepoint.diag.status_page import clock_text
from chargepoint.diag.words import REGISTRATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

# What the beginning of a reason (runtime/link/dial.py, wire/handshake.py) means to somebody with a screwdriver.
_REMEDIES = (
    ("network cable", "plug it in; a good cable lights the LED at the socket"),
    ("name look-up", "the name server does not know the host or is not reached: check the URL, the router, DNS"),
    ("TLS waits", "certificates cannot be checked without a clock: it comes from the time server"),
    ("TLS", "root certificate, the server's name or its dates do not fit: provision the right roots.der"),
    ("connecting", "nothing listens there, or a firewall is in the way"),
    ("no connection", "nothing answers at that address: firewall, wrong port, server down"),
    ("401", "the server wants another AuthorizationKey or identity"),
    ("404", "the server does not know this path or identity"),
    ("not configured", "provision the charger: make provision"),
)


def screen(app: "Any", now: int) -> "Iterator[str]":
    """The lines of the screen."""
    link = app.link
    network = app.hardware.network
    yield "charge point identity  %s" % (app.link_setup.identity or "NOT PROVISIONED")
    yield "central system         %s" % (app.link_setup.url or "NOT PROVISIONED")
    cable = network.cable()
    yield "network cable          " + ("not known on this board" if cable is None else "plugged in" if cable else "UNPLUGGED, or the switch is off")
    address = getattr(network, "address", None)
    if address is not None:
        yield "own address            %s" % (address() or "NONE YET: no DHCP server answers")
    yield "connection             " + ("open" if link.online else "none: %s" % (link.reason or "being made"))
    if link.status and not link.online:
        yield "last answer            HTTP %d" % link.status
    if not link.online:
        for begin, remedy in _REMEDIES:
            if link.reason[: len(begin)] == begin or str(link.status) == begin:
                yield "                       " + remedy
                break
    yield "registration           " + REGISTRATION[app.core.registration.state]
    yield "clock                  " + clock_text(app.core, now)
    if link.late_answers or link.unusable:
        yield "dropped messages       %d late answers, %d not OCPP-J" % (link.late_answers, link.unusable)
