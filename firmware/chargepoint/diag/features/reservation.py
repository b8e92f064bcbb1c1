"""What `diag.status()` says about reservations."""

from chargepoint.diag.words import masked, utc_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator


def lines(core: "Any", connector: int, now: int) -> "Iterator[str]":
    """For whom a connector, or with 0 any, is reserved, and until when."""
    for entry in core.site.reservations.entries:
        if entry.connector == connector:
            what = "reserved" if connector else "one connector is reserved"
            group = " and its group" if entry.parent else ""
            yield "%s  for card %s%s until %s, reservation %d" % (what, masked(entry.id_tag), group, utc_text(entry.until_s), entry.number)
