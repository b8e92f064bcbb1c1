"""What a charge point can do beyond its core, one module a feature; a product lists those that it has in FEATURES.

A module has a class `Feature`, made once with the core, with

    PROFILE   its name in SupportedFeatureProfiles, "" for none
    KEYS      lines name=value of configuration keys that come with it, "" for none
    ACTIONS   bytes: the codes of the requests of the central system that it answers
    SENDS     bytes: the codes of the requests that it sends
    WIRE      the table of its messages, from ocpp16/features/<the same name>.py; "" when all of them are in decode.py and encode.py

    on_call(action, request, reply, now)   fill the Reply: a `status`, or `source` with the attributes that its line in WIRE names

and, when SENDS has any, what core/messages/sources.py asks of a source: fill (which sets `action` and `source` of the message), on_answer,
next_due. A feature for which time matters, connected or not, has both of

    poll(now), wait_ms(now)                what is due, with each pass of the loop; milliseconds until that is so by time alone. Allocates: none when nothing is

A feature whose request TriggerMessage may ask for (DiagnosticsStatusNotification, FirmwareStatusNotification, ...) has besides

    trigger(now)                           its next `fill` makes that request with what is so then, Idle if nothing is; asked also before we are accepted

A feature that touches what core must not (files, sockets) has its other half in runtime/features, and

    HANDS     the name of that module: a class `Hands` made with the app, the feature and now, which gets a turn of the loop (poll, next_due)

Which feature answers is found by a scan over a tuple; data_transfer and absent, which every product has, are at its end and need
ACTIONS and on_call only.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def listed(product: "Any") -> "tuple[Any, ...]":
    """The classes of the features that a product lists. Raises: ImportError for one that is not in the image."""
    names = getattr(product, "FEATURES", ())
    return tuple([__import__("chargepoint.core.features." + name, None, None, ("Feature",)).Feature for name in names])
