"""What `diag.status()` says about the local list."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator


def lines(core: "Any", connector: int, now: int) -> "Iterator[str]":
    """Its version and size, and whether an update is under way."""
    if connector:
        return
    listed = core.site.local_list
    if not listed.is_enabled():
        yield "local list: switched off (LocalAuthListEnabled)"
    elif listed.count():
        waits = ", the last update waits for open contactors" if listed.waits() else ""
        yield "local list: version %d, %d idTags%s" % (listed.version(), listed.count(), waits)
