"""`diag.status()`: one screen that says what the charger is doing and, for each connector, why it does not charge."""

from chargepoint.core.charging import faults as fault_table
from chargepoint.diag.words import HOLD, LIMIT, PILOT, REASON, REGISTRATION, STATUS, duration, each, masked, thousandths, utc_text
from chargepoint.ocpp16.codes import ST_RESERVED
from chargepoint.util.signals import FAULT_CODES, FAULT_METER, HOLD_LIMIT
from chargepoint.util.ticks import ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_ACCEPTED = 3


def screen(app: "Any", now: int) -> "Iterator[str]":
    """The lines of the screen."""
    core = app.core
    yield "%s: up %s, boot %d, %s" % (app.product.NAME, duration(app.up_s), app.store.boot_number, clock_text(core, now))
    yield "central system: " + link_text(app)
    queue = app.store.queue.count
    yield "messages waiting: %d%s" % (queue, "; THE FLASH IS FULL OR FAILING" if app.store.failed else "")
    if core.site.resetting:
        yield "A RESET IS UNDER WAY: it waits for the sessions to end"
    if app.exceptions:
        yield "exceptions in the firmware since boot: %d (diag.lines())" % app.exceptions
    for code in present(core.site.faults):
        yield "charge point: " + str(fault_table.info(code))
    for line in feature_lines(core, 0, now):
        yield line
    for io in app.connectors:
        for line in connector_lines(core, io, core.connectors[io.connector - 1], now):
            yield line


def clock_text(core: "Any", now: int) -> str:
    """UTC, or that it is not known."""
    return utc_text(core.clock.s) if core.clock.utc(now) else "clock not set yet"


def link_text(app: "Any") -> str:
    """Whether the central system is there and has accepted the charger."""
    if not app.link.online:
        return "NOT CONNECTED, " + (app.link.reason or "connecting")
    state = app.core.registration.state
    return "connected, %s%s" % (REGISTRATION[state], "" if state == _ACCEPTED else ": the charger waits until it is Accepted")


def present(faults: "Any") -> "list[int]":
    """The codes of all faults that are active or latched."""
    return [code for code in range(1, FAULT_CODES) if faults.has(code)]


def connector_lines(core: "Any", io: "Any", c: "Any", now: int) -> "Iterator[str]":
    """The part of the screen for one connector."""
    yield ""
    since_s = max(0, ticks_diff(now, c.changed)) // 1000
    yield "connector %d: %s for %s" % (c.id, STATUS[c.status], duration(since_s))
    parts = io.parts
    lock = "" if parts.lock is None else ", plug %s" % ("locked" if parts.lock.locked else "not locked")
    yield "  vehicle   %s%s" % (PILOT[c.pilot], lock)
    offer = "state F" if io.offered_ma < 0 else thousandths(io.offered_ma, "A") + " offered"
    yield "  power     %s, contactor %s, %s" % (offer, "closed" if parts.contactor.closed else "open", power_text(c))
    tx = c.transaction
    if tx is not None:
        energy = thousandths(c.meter_wh - tx.meter_start_wh, "kWh", 3)
        told = "id %d" % tx.transaction_id if tx.transaction_id is not None else "not confirmed yet"
        took = duration(max(0, ticks_diff(now, tx.started)) // 1000)
        yield "  session   %s in %s, card %s, transaction %s" % (energy, took, masked(tx.id_tag), told)
    elif c.authorized is not None:
        yield "  session   none yet, card %s is accepted" % masked(c.authorized)
    for line in feature_lines(core, c.id, now):
        yield "  " + line
    for code in present(c.faults):
        yield "  FAULT     %s (diag.faults())" % fault_table.info(code)
    reason = why_not(core, io, c)
    if reason:
        yield "  no energy because " + reason


def feature_lines(core: "Any", connector: int, now: int) -> "Iterator[str]":
    """What the product's features have to say about a connector, or with 0 about the charge point: those that have a page in diag/features."""
    for name in core.product.FEATURES:
        try:
            page = __import__("chargepoint.diag.features." + name, None, None, ("lines",))
        except ImportError:
            continue
        for line in page.lines(core, connector, now):
            yield line


def power_text(c: "Any") -> str:
    """What the meter says."""
    r = c.reading
    if r is None:
        return "no meter reading yet"
    return "%d W, %s, %s" % (r.power_w, each(r.current_ma, "A"), each(r.voltage_mv, "V"))


def why_not(core: "Any", io: "Any", c: "Any") -> str:
    """The first reason why no energy flows at a connector; empty while it does."""
    if io.parts.contactor.closed and c.transaction is not None and not c.transaction.stopping:
        if c.interlock.permit:
            return ""
        return withdrawn(c)
    faults = c.faults if c.faults.level >= core.site.faults.level else core.site.faults
    if faults.level >= 2:
        return "of a fault: %s" % fault_table.info(faults.code)
    if not c.is_plugged():
        return "no vehicle is plugged in" + ("; a card waits for it" if c.authorized is not None else "")
    return why_no_session(core, c) if c.transaction is None else why_open(c)


def withdrawn(c: "Any") -> str:
    """Why the permit was taken back."""
    tx = c.transaction
    if tx.stopping:
        return "the session is ending: " + REASON[tx.reason]
    return "the idTag was refused after the start" if tx.suspended else "the permit was withdrawn"


def why_no_session(core: "Any", c: "Any") -> str:
    """Why no transaction has started at a plugged-in vehicle."""
    if not c.operative or not core.site.operative:
        return "it was taken out of service (ChangeAvailability)"
    if core.site.resetting:
        return "a reset is under way"
    if c.faults.has(FAULT_METER) or c.reading is None:
        return "the energy meter has no reading"
    if core.questions.waits(None):
        return "the central system has not answered about the card yet"
    if c.status == ST_RESERVED:
        return "it is reserved"
    if c.authorized is None:
        offline = "" if core.online else "; without the central system only the offline rules decide (diag.config())"
        return "nobody is authorised: hold a card to the reader or start remotely" + offline
    if not c.interlock.locked:
        return "the plug is not locked"
    return "the session could not be recorded" if core.store.failed else "the session is about to start"


def why_open(c: "Any") -> str:
    """Why the contactor is open in a transaction: what the interlock says."""
    if c.transaction.stopping or c.transaction.suspended:
        return withdrawn(c)
    hold = c.interlock.hold
    if hold == HOLD_LIMIT:
        return "%s allows %s, and a vehicle needs 6 A" % (LIMIT[c.limits.cause], thousandths(c.limits.least_ma, "A"))
    return HOLD[hold]
