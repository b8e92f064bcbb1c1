"""`diag.queue()` and `diag.dead_letters()`: the transaction messages that wait, and those that were given up."""

from binascii import hexlify

from chargepoint.core.messages.records import METER, START, id_tag_of
from chargepoint.diag.words import REASON, masked, thousandths
from chargepoint.ocpp16.sample_layout import sample_length
from chargepoint.util.little_endian import u32
from chargepoint.util.utc import format_utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator


def waiting(app: "Any", now: int, count: int) -> "Iterator[str]":
    """The lines of `diag.queue()`."""
    queue = app.store.queue
    yield "%d messages wait, room for about %d more samples" % (queue.count, queue.free_records)
    if app.core.deliveries.thinned:
        yield "%d samples were given up because the queue was full" % app.core.deliveries.thinned
    if queue.damaged:
        yield "%d MESSAGES COULD NOT BE READ: the flash is failing" % queue.damaged
    if not app.core.online and queue.count:
        yield "they are sent when the central system is there (diag.network())"
    for seq, record in collected(queue, count):
        yield "%6d  %s" % (seq, described(record))
    if queue.count > count:
        yield "... and %d more: diag.queue(%d)" % (queue.count - count, queue.count)


def dead(app: "Any", now: int, count: int) -> "Iterator[str]":
    """The lines of `diag.dead_letters()`."""
    letters = app.store.dead_letters
    yield "%d messages were given up%s" % (letters.count, "" if letters.count else ": nothing is lost")
    for seq, record in collected(letters, count):
        length = record[0]
        yield "%6d  %s" % (seq, described(record[1 + length :]))
        yield "        " + str(bytes(record[1 : 1 + length]), "utf-8")


def exported(app: "Any", now: int, count: int) -> "Iterator[str]":
    """The lines of `diag.dead_letters(export=True)`: all that is known, for whoever books the session by hand.

    `time` is null while the clock is not known; `record` is the whole record in hexadecimal, samples included (layout: core/messages/records.py).
    """
    clock = app.core.clock
    text = bytearray(24)
    for seq, letter in collected(app.store.dead_letters, count):
        end = 1 + letter[0]
        record = letter[end:]
        line = '{"seq": %d, "reason": "%s"' % (seq, str(letter[1:end], "utf-8").replace('"', "'"))
        kind = ("?", "StartTransaction", "MeterValues", "StopTransaction")[record[0] if record[0] < 4 else 0]
        line += ', "action": "%s", "connectorId": %d, "session": "%d.%d"' % (kind, record[1], u32(record, 2) >> 16, u32(record, 2) & 0xFFFF)
        time = "null"
        if clock.utc(now):
            clock.resolve(record, 6, now)
            format_utc(text, 0, clock.s, clock.ms)
            time = '"%s"' % str(text, "utf-8")
        line += ', "time": ' + time
        if record[0] != METER:
            line += ', "meterWh": %d, "idTag": "%s"' % (u32(record, 14), id_tag_of(record) or "")
        yield line + ', "record": "%s"}' % str(hexlify(record), "utf-8")


def collected(queue: "Any", count: int) -> "list[tuple[int, bytes]]":
    """The first records of a queue."""
    found: "list[tuple[int, bytes]]" = []

    def see(seq: int, record: bytearray) -> bool:
        if len(found) < count:
            found.append((seq, bytes(record)))
        return len(found) < count

    queue.visit(see)
    return found


def described(record: "bytes") -> str:
    """A transaction message in words."""
    number = "connector %d, session %d.%d" % (record[1], u32(record, 2) >> 16, u32(record, 2) & 0xFFFF)
    if record[0] == METER:
        samples = 0
        at = 6
        while at < len(record):
            at += sample_length(record, at)
            samples += 1
        return "samples  %s, %d taken together" % (number, samples)
    meter = thousandths(u32(record, 14), "kWh", 3)
    tag = masked(id_tag_of(record))
    if record[0] == START:
        return "start    %s, %s, card %s" % (number, meter, tag)
    reason = record[18]
    return "stop     %s, %s, %s" % (number, meter, REASON[reason] if reason < len(REASON) else "no reason")
