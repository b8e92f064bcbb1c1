"""`diag.selftest()` and `diag.exercise()`: the first only looks, the second moves one part and is refused while a session runs."""

import os

from chargepoint.core.commands import CMD_LED, CMD_LOCK, CMD_OFFER, CMD_UNLOCK
from chargepoint.core.events import EV_FAULT_CLEARED
from chargepoint.diag.words import PILOT
from chargepoint.runtime.parts import part_name
from chargepoint.util.ticks import ticks_add, ticks_diff, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_TICK_MS = 10
_TICKS = 0xFFFFFF  # what the tick counts to
_LOOK_MS = 500
_LED_MS = 700
_STATE_F_MS = 1500
_STATUSES = 9
_HIGH_MV = (12000, 9000, 6000, 3000)

_WHAT = """\
exercise("led")        shows every colour in turn
exercise("lock")       locks the plug; exercise("unlock") unlocks it
exercise("pilot")      1.5 s of state F (-12 V): measure it at the plug
exercise("clear")      takes back latched faults whose cause is gone, a welded contactor's too
Each takes a connector: exercise("lock", 2). The contactor closes for a session only: use a test adapter and a card."""


def verdict(good: bool, what: str, trouble: str = "") -> str:
    """One line of the self-test."""
    return ("  ok      " if good else "  FAILED  ") + what + ("" if good or not trouble else ": " + trouble)


def selftest(app: "Any", now: int) -> "Iterator[str | None]":
    """The lines of `diag.selftest()`. Takes half a second, in which the charger runs on."""
    for line in storage(app):
        yield line
    stuck = app.watchdog.stuck
    yield verdict(stuck is None, "every part of the loop moves", "%s does not" % (part_name(stuck.code) if stuck is not None else ""))
    yield verdict(not app.exceptions, "no exceptions since the start", "%d, see diag.lines()" % app.exceptions)
    yield verdict(app.core.clock.known, "clock", "not set; the central system sets it")
    yield verdict(app.link.online, "central system", "%s, see diag.network()" % app.link.reason)
    reader = getattr(app.hardware, "reader", None)
    if reader is not None:
        yield verdict(not reader.failed, "card reader", "does not answer")
    clock = app.hardware.clock
    begin = clock.ticks_ms()
    before = [io.safety.ticks for io in app.connectors]
    due = ticks_add(begin, _LOOK_MS)
    while not ticks_due(due, clock.ticks_ms()):
        yield None
    passed_ms = ticks_diff(clock.ticks_ms(), begin)
    after = [io.safety.ticks for io in app.connectors]  # at the same moment as the time: what follows may be slow
    for n, io in enumerate(app.connectors):
        ticks = (after[n] - before[n]) & _TICKS
        yield "connector %d" % io.connector
        yield verdict(abs(ticks * _TICK_MS - passed_ms) <= passed_ms // 10 + 20, "safety tick every 10 ms", "%d in %d ms" % (ticks, passed_ms))
        for line in parts(io):
            yield line


def storage(app: "Any") -> "Iterator[str]":
    """The lines about flash and FRAM."""
    yield verdict(not app.store.failed, "flash takes writes", "full or failing, no session starts")
    yield verdict(not app.store.queue.damaged, "message queue", "%d records could not be read" % app.store.queue.damaged)
    limits = getattr(app.hardware, "limits", {})
    if limits.get("fram_bytes"):
        fram = getattr(app.hardware, "fram", None)
        yield verdict(fram is not None and fram.present(), "FRAM", "does not answer: check I2C")
    volume = app.hardware.volume
    if isinstance(volume, str) and hasattr(os, "statvfs"):
        block, _, blocks, free = os.statvfs(volume)[:4]
        yield verdict(free * 10 > blocks, "flash has %d KiB free" % (free * block // 1024), "less than a tenth")


def parts(io: "Any") -> "Iterator[str]":
    """The lines about one connector's parts."""
    p = io.parts
    yield verdict(p.meter.ready and not p.meter.failed, "energy meter", "no good reading, see diag.meter()")
    volts = [mv // 1000 for mv in p.meter.reading.voltage_mv]
    yield verdict(min(volts) >= 195 and max(volts) <= 253, "mains voltage %s V" % "/".join([str(v) for v in volts]), "outside 195 to 253 V")
    state = io.safety.pilot_state
    near = state < len(_HIGH_MV) and abs(p.pilot.high_mv - _HIGH_MV[state]) < 1000
    yield verdict(near and not p.pilot.duty_wrong(), "pilot in state " + PILOT[state], "%d mV, see diag.pilot()" % p.pilot.high_mv)
    yield verdict(p.contactor.closed == p.contactor.driving, "contactor and mirror contact agree", "see diag.contactor()")
    yield verdict(not p.register.failed, "energy register", "cannot be written")
    if p.rcd is not None:
        yield verdict(p.rcd.fresh or p.rcd.testing, "residual-current test", "not passed")
    if p.lock is not None:
        yield verdict(not p.lock.failed, "cable lock", "did not reach its end")
    if p.temperature is not None:
        celsius = p.temperature.read()
        yield verdict(celsius is not None and -40 < celsius < 71, "temperature %s C" % celsius, "sensor open, shorted, or hot")


def exercise(app: "Any", now: int, what: str, connector: int) -> "Iterator[str | None]":
    """The lines of `diag.exercise()`, and what it does."""
    if what not in ("led", "lock", "unlock", "pilot", "clear"):
        for line in _WHAT.split("\n"):
            yield line
        return
    if not 1 <= connector <= len(app.connectors):
        yield "there is no connector %d" % connector
        return
    io = app.connectors[connector - 1]
    trouble = refusal(app, io, connector, what)
    if trouble:
        yield "refused: " + trouble
        return
    for step in {"led": lights, "pilot": state_f, "clear": cleared}.get(what, motor)(app, io, connector, what):
        yield step


def refusal(app: "Any", io: "Any", connector: int, what: str) -> str:
    """Why an exercise must not be done now; empty when it may."""
    c = app.core.connectors[connector - 1]
    if c.transaction is not None or c.authorized is not None:
        return "a session runs at this connector"
    if io.parts.contactor.driving or app.contactor_closed():
        return "a contactor is closed"
    if what in ("lock", "unlock") and io.parts.lock is None:
        return "this connector has no lock"
    if what == "led" and io.parts.led is None:
        return "this connector has no light"
    return ""


def pause(app: "Any", ms: int) -> "Iterator[None]":
    """Let the charger run for a while."""
    due = ticks_add(app.hardware.clock.ticks_ms(), ms)
    while not ticks_due(due, app.hardware.clock.ticks_ms()):
        yield None


def lights(app: "Any", io: "Any", connector: int, what: str) -> "Iterator[str | None]":
    """Every colour in turn, then the right one again."""
    from chargepoint.diag.words import STATUS

    try:
        for status in range(_STATUSES):
            io.execute(CMD_LED, status, app.hardware.clock.ticks_ms())
            yield STATUS[status]
            for step in pause(app, _LED_MS):
                yield step
    finally:
        io.execute(CMD_LED, app.core.connectors[connector - 1].status, app.hardware.clock.ticks_ms())


def motor(app: "Any", io: "Any", connector: int, what: str) -> "Iterator[str | None]":
    """Move the lock and say where it got to."""
    io.execute(CMD_LOCK if what == "lock" else CMD_UNLOCK, 0, app.hardware.clock.ticks_ms())
    for step in pause(app, 2 * _STATE_F_MS):
        yield step
    yield "the plug is %s" % ("locked" if io.parts.lock.locked else "not locked")


def state_f(app: "Any", io: "Any", connector: int, what: str) -> "Iterator[str | None]":
    """State F for a moment; a session that begins meanwhile waits for its end."""
    try:
        io.execute(CMD_OFFER, -1, app.hardware.clock.ticks_ms())
        for step in pause(app, _STATE_F_MS):
            yield step
        yield "the pilot was at %d mV (-12000 is right)" % io.parts.pilot.high_mv
    finally:
        io.execute(CMD_OFFER, app.core.connectors[connector - 1].interlock.offered_ma, app.hardware.clock.ticks_ms())


def cleared(app: "Any", io: "Any", connector: int, what: str) -> "Iterator[str | None]":
    """Take back latches on the word of somebody who stands here."""
    app.core.clear_faults(connector, app.hardware.clock.ticks_ms())
    app.events.add(EV_FAULT_CLEARED, connector, 0)
    yield "taken back; a cause that is still there is reported again: diag.faults()"
