"""`diag.log()`: the event log in words, with the times that were not known when the events happened. `diag.lines()`: the log in RAM."""

from chargepoint.diag.event_texts import describe, severity
from chargepoint.diag.words import duration, utc_text
from chargepoint.runtime.store.event_log import unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    Entry = tuple[int, int, int, int, int, int]

_ENTRY_BYTES = 16
_FILE = 0
_CLOCK_SET = 101


def stored(log: "Any", number: int) -> "Iterator[Entry]":
    """The sound entries of one file."""
    place = bytearray(_ENTRY_BYTES)
    try:
        file = log.volume.open("events%d" % number, "rb")
    except OSError:
        return
    try:
        while file.readinto(place) == _ENTRY_BYTES:
            entry = unpack(place)
            if entry is not None:
                yield entry
    except OSError:
        pass
    finally:
        file.close()


def waiting(log: "Any") -> "Iterator[Entry]":
    """The entries that are not in the flash yet."""
    place = bytearray(_ENTRY_BYTES)
    for at in range(0, log.pending, _ENTRY_BYTES):
        place[:] = log.places[at : at + _ENTRY_BYTES]
        yield readable(place)


def readable(place: bytearray) -> "Entry":
    """An entry in RAM, which has no CRC yet."""
    import struct

    return struct.unpack_from("<HBBIiH", place)


def everything(log: "Any") -> "Iterator[Entry]":
    """All entries, oldest first."""
    numbers = []
    for file in (0, 1):
        for entry in stored(log, file):
            if entry[0] == _FILE:
                numbers.append((entry[4], file))
            break
    numbers.sort()
    for _, file in numbers:
        for entry in stored(log, file):
            yield entry
    for entry in waiting(log):
        yield entry


def shown(log: "Any", boot: "int | None") -> "Iterator[Entry]":
    """The entries that are events, of one boot or of all; not a file's head and the time repeated there."""
    before = -1
    for entry in everything(log):
        if entry[0] and not (entry[0] == _CLOCK_SET and before == _FILE) and boot in (None, entry[5]):
            yield entry
        before = entry[0]


def screen(app: "Any", now: int, count: int, boot: "int | None") -> "Iterator[str]":
    """The lines of `diag.log()`: passes over the files to learn the times and the number of entries, and one to write."""
    log = app.events
    times = {entry[5]: entry[4] - entry[3] for entry in everything(log) if entry[0] == _CLOCK_SET}  # UTC at uptime 0, by boot
    total = 0
    for _ in shown(log, boot):
        total += 1
    yield "%d events%s" % (total, ", the last %d:" % count if total > count else "")
    skip = total - count
    for entry in shown(log, boot):
        skip -= 1
        if skip < 0:
            yield line(entry, times)


def line(entry: "Entry", times: "dict[int, int]") -> str:
    """One entry: time, boot, connector, what happened, how often."""
    code, connector, again, up_s, arg, boot = entry
    base = times.get(boot)
    when = "up " + duration(up_s) if base is None else utc_text(base + up_s)
    where = "connector %d: " % connector if connector else ""
    often = " (%d times)" % (again + 1) if again else ""
    return "%-20s  boot %d  %s%s%s%s" % (when, boot, severity(code), where, describe(code, arg), often)


def recent(app: "Any", now: int) -> "Iterator[str]":
    """The lines of `diag.lines()`."""
    found = app.log.lines()
    yield "%d lines, %d errors since the start; seconds since the start, level (4 error), part, text" % (len(found), app.log.errors)
    for text in found:
        try:
            yield str(text, "utf-8")
        except ValueError:
            yield str(text)
