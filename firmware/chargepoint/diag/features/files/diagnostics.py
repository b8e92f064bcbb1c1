"""The file that GetDiagnostics sends: versions, settings, what is stored, what waits, and the event log within the time that was asked for. No secrets."""

from chargepoint.diag import events, queue_page, settings, status_page, system
from chargepoint.runtime.store.records import PAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_MOST_MESSAGES = 20
_CLOCK_SET = 101
_PAUSE = 32


def lines(app: "Any", window: "tuple[Any, Any]", now: int) -> "Iterator[str | None]":
    """The lines of the file; None now and then where finding the next one takes long."""
    yield "[versions]"
    for line in system.versions(app, now):
        yield line
    yield "\n[status]"
    for line in status_page.screen(app, now):
        yield line
    yield "\n[configuration]"
    for line in settings.screen(app, now, None, None):
        yield line
    yield "\n[records]"
    for line in _records(app):
        yield line
    yield "\n[queue]"
    for line in queue_page.waiting(app, now, _MOST_MESSAGES):
        yield line
    yield "\n[dead letters]"
    for line in queue_page.dead(app, now, _MOST_MESSAGES):
        yield line
    yield "\n[event log]"
    for event in _log(app.events, window):
        yield event
    yield "\n[end]"


def _records(app: "Any") -> "Iterator[str]":
    """Names and states of what is stored, never what is in it."""
    unsound = app.store.unsound
    yield "%d records could not be read at this boot%s" % (unsound, "; THE FLASH IS FULL OR FAILING" if app.store.failed else "")
    names = app.volume.names()
    for line in str(PAGE, "utf-8").split("\n"):
        name = line.partition(" ")[0]
        if name:
            is_there = [other for other in names if other == name or other.partition(".")[0] == name]
            yield "%-14s %s" % (name, "stored" if is_there else "none")


def _log(log: "Any", window: "tuple[Any, Any]") -> "Iterator[str | None]":
    """The events of a time; those whose time is not known only when all are asked for."""
    start, stop = window
    times: "dict[int, int]" = {}
    count = 0
    for entry in events.everything(log):
        count += 1
        if not count % _PAUSE:
            yield None
        if entry[0] == _CLOCK_SET:
            times[entry[5]] = entry[4] - entry[3]
    left_out = 0
    for entry in events.shown(log, None):
        count += 1
        if not count % _PAUSE:
            yield None
        base = times.get(entry[5])
        if start is not None or stop is not None:
            if base is None or (start is not None and base + entry[3] < start[0]) or (stop is not None and base + entry[3] > stop[0]):
                left_out += 1
                continue
        yield events.line(entry, times)
    if left_out:
        yield "%d events of other times, or of times that are not known, are left out" % left_out
