"""The commands of the control socket: what each takes, what it does to the world, what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from tools.sim import faults, wire
from tools.sim.connector import CABLE_OHM, Connector

if TYPE_CHECKING:
    from tools.sim.simulation import Simulation

Request = dict[str, Any]
Reply = dict[str, object]

_REQUIRED = object()


class CommandError(Exception):
    """What is wrong with a request, in words for the person who wrote it."""


def _take(request: Request, name: str, kinds: tuple[type, ...], words: str, default: Any = _REQUIRED) -> Any:
    if name not in request:
        if default is _REQUIRED:
            raise CommandError("argument %r is missing: %s" % (name, words))
        return default
    value = request.pop(name)
    if not isinstance(value, kinds) or isinstance(value, bool) and bool not in kinds:
        raise CommandError("argument %r must be %s, not %r" % (name, words, value))
    return value


def _flag(request: Request, name: str, default: Any = _REQUIRED) -> Any:
    return _take(request, name, (bool,), "true or false", default)


def _number(request: Request, name: str, low: float, high: float, default: Any = _REQUIRED) -> Any:
    words = "a number from %g to %g" % (low, high)
    value = _take(request, name, (int, float), words, default)
    if value is not default and not low <= value <= high:
        raise CommandError("argument %r must be %s, not %r" % (name, words, value))
    return value


def _integer(request: Request, name: str, low: int, high: int, default: Any = _REQUIRED) -> Any:
    words = "a whole number from %d to %d" % (low, high)
    value = _take(request, name, (int,), words, default)
    if value is not default and not low <= value <= high:
        raise CommandError("argument %r must be %s, not %r" % (name, words, value))
    return value


def _text(request: Request, name: str, words: str, default: Any = _REQUIRED) -> Any:
    return _take(request, name, (str,), words, default)


def _number_of(request: Request, simulation: "Simulation") -> int:
    return int(_integer(request, "connector", 1, len(simulation.world.connectors), 1))


def _connector(request: Request, simulation: "Simulation") -> Connector:
    return simulation.world.connectors[_number_of(request, simulation) - 1]


def _done(request: Request) -> None:
    """All arguments have been taken: what is left is a mistake."""
    if request:
        raise CommandError("unknown argument %s" % ", ".join(repr(name) for name in sorted(request)))


def _checked(problem: str | None) -> None:
    if problem is not None:
        raise CommandError(problem)


def _plug(simulation: "Simulation", request: Request) -> Reply:
    connector = _connector(request, simulation)
    wants = _flag(request, "wants_energy", True)
    current_a = _number(request, "max_current_a", 0, 80, 16)
    phases = _integer(request, "phases", 1, 3, 1)
    if phases == 2:
        raise CommandError("argument 'phases' must be 1 or 3, not 2")
    soc = _number(request, "soc", 0, 100, 40)
    cable_a = _integer(request, "cable_a", 13, 63, 32)
    if cable_a not in CABLE_OHM:
        raise CommandError("argument 'cable_a' must be one of %s, not %d" % (", ".join(map(str, CABLE_OHM)), cable_a))
    _done(request)
    _checked(connector.plug(wants, current_a, phases, soc, cable_a))
    return {}


def _unplug(simulation: "Simulation", request: Request) -> Reply:
    connector = _connector(request, simulation)
    side = _text(request, "side", "both or ev", "both")
    if side not in ("both", "ev"):
        raise CommandError("argument 'side' must be both or ev, not %r" % side)
    _done(request)
    _checked(connector.unplug(side == "both"))
    return {}


def _ev(simulation: "Simulation", request: Request) -> Reply:
    connector = _connector(request, simulation)
    wants = _flag(request, "wants_energy", None)
    current_a = _number(request, "max_current_a", 0, 80, None)
    soc = _number(request, "soc", 0, 100, None)
    _done(request)
    if connector.car is None:
        raise CommandError("connector %d has no car: plug one in first" % connector.number)
    connector.car.change(wants, current_a, soc)
    return {}


def _tap(simulation: "Simulation", request: Request) -> Reply:
    text = _text(request, "uid", "4, 7 or 10 bytes as hex text")
    hold_ms = _integer(request, "hold_ms", 1, 3_600_000, 300)
    _done(request)
    try:
        uid = bytes.fromhex(text)
    except ValueError:
        raise CommandError("argument 'uid' must be 4, 7 or 10 bytes as hex text, not %r" % text) from None
    if len(uid) not in (4, 7, 10):
        raise CommandError("argument 'uid' must be 4, 7 or 10 bytes as hex text, not %d bytes" % len(uid))
    simulation.world.reader.tap(uid, hold_ms)
    return {}


def _power(simulation: "Simulation", request: Request) -> Reply:
    on = _flag(request, "on")
    _done(request)
    simulation.power(on)
    return {}


def _link(simulation: "Simulation", request: Request) -> Reply:
    up = _flag(request, "up")
    _done(request)
    simulation.set_link(up)
    return {}


def _fault(simulation: "Simulation", request: Request) -> Reply:
    name = _text(request, "name", "the name of a fault")
    on = _flag(request, "on")
    number = _number_of(request, simulation)
    phase = _integer(request, "phase", 1, 3, None)
    _done(request)
    if name == "firmware_hang" and on and simulation.firmware_pid is None:
        raise CommandError("the firmware does not run: firmware_hang cannot be shown")
    _checked(faults.apply(simulation.world, name, on, number, phase))
    return {}


def _flash_cut(simulation: "Simulation", request: Request) -> Reply:
    after = _integer(request, "after", 1, 1_000_000_000)
    _done(request)
    simulation.memory.operations.cut_after(after)
    return {}


def _connector_truth(connector: Connector, led: str) -> Reply:
    duty = connector.duty_percent
    car = connector.car
    return {
        "id": connector.number,
        "plugged": car is not None,
        "pilot_state": connector.pilot_state,
        "pilot_duty_percent": duty,
        "coil": connector.contactor.coil,
        "contactor": "closed" if connector.contactor.closed else "open",
        "current_a": round(connector.current_a, 3),
        "voltage_v": round(connector.voltage_v, 2),
        "power_w": round(connector.power_w, 2),
        "meter_wh": round(connector.meter_wh, 4),
        "soc": round(car.soc) if car is not None else None,
        "lock": connector.lock.state if connector.lock is not None else "none",
        "faults": sorted(connector.faults),
        "cable": bool(connector.cable_a) or car is not None,
        "temperature_c": round(connector.thermometer.temperature_c, 1),
        "cycles": connector.contactor.cycles,
        "led": led,
    }


def _get(simulation: "Simulation", request: Request) -> Reply:
    _done(request)
    world = simulation.world
    memory = simulation.memory
    return {
        "time_s": simulation.time_s,
        "power": world.mains.on,
        "link": world.link,
        "firmware": simulation.status,
        "boots": world.boots,
        "connectors": [_connector_truth(connector, world.leds[connector.number]) for connector in world.connectors],
        "reader": {"fitted": True, "polls": world.reader.chip.polls},
        "led": world.leds[1],
        "flash": {"writes": memory.writes, "erases": memory.erases, "fram_writes": memory.fram_writes, "operations": memory.operations.done},
        "heap": world.heap,
        "faults": sorted(world.faults),
        "speed": simulation.pacer.speed,
        "firmware_pid": simulation.firmware_pid,
    }


def _events(simulation: "Simulation", request: Request) -> Reply:
    since = _integer(request, "since", 0, 1 << 60, 0)
    _done(request)
    return {"events": simulation.world.history.since(since)}


def _quit(simulation: "Simulation", request: Request) -> Reply:
    _done(request)
    simulation.ended = True
    return {}


# Extensions of the contract


def _rate(simulation: "Simulation", request: Request) -> Reply:
    speed = _number(request, "speed", 0.01, 1000)
    _done(request)
    simulation.pacer.set_speed(float(speed), simulation.world.schedule.now_ms)
    return {}


def _environment(simulation: "Simulation", request: Request) -> Reply:
    world = simulation.world
    connector = _connector(request, simulation)
    volts = _number(request, "voltage_v", 0, 400, None)
    frequency = _number(request, "frequency_hz", 40, 70, None)
    temperature = _number(request, "temperature_c", -40, 150, None)
    _done(request)
    if volts is not None:
        world.mains.override_v = float(volts)
    if frequency is not None:
        world.mains.frequency_hz = float(frequency)
    if temperature is not None:
        connector.thermometer.surroundings(float(temperature))
    for each in world.connectors:
        each.refresh()
    return {}


def _timing(simulation: "Simulation", request: Request) -> Reply:
    timing = simulation.timing
    program_ms = _integer(request, "flash_program_ms", 0, 10_000, timing.program_ms)
    erase_ms = _integer(request, "flash_erase_ms", 0, 10_000, timing.erase_ms)
    _done(request)
    timing.program_ms, timing.erase_ms = program_ms, erase_ms
    return {"flash_program_ms": timing.program_ms, "flash_erase_ms": timing.erase_ms}


def _block(simulation: "Simulation", request: Request) -> Reply:
    """The application blocks, as in a TLS step or a garbage collection; `interrupts`: does the port run hard timers meanwhile?"""
    duration_ms = _integer(request, "ms", 1, wire.BLOCK_MS_MAX)
    interrupts = _flag(request, "interrupts", True)
    _done(request)
    simulation.world.block_ms = duration_ms
    simulation.world.block_interrupts = interrupts
    return {}


def _skip(simulation: "Simulation", request: Request) -> Reply:
    """Time passes quickly; the control socket replies when it is over."""
    seconds = _number(request, "seconds", 0, 1e9)
    _done(request)
    if simulation.skipping:
        raise CommandError("another skip is still under way")
    simulation.skip(seconds)
    return {}


def _violations(simulation: "Simulation", request: Request) -> Reply:
    _done(request)
    return {"violations": simulation.invariants.violations, "worst_opening_ms": simulation.invariants.worst_opening_ms}


COMMANDS: dict[str, Callable[["Simulation", Request], Reply]] = {
    "plug": _plug, "unplug": _unplug, "ev": _ev, "tap": _tap, "power": _power, "link": _link, "fault": _fault, "flash_cut": _flash_cut,
    "get": _get, "events": _events, "quit": _quit, "rate": _rate, "environment": _environment, "timing": _timing,
    "violations": _violations, "block": _block, "skip": _skip,
}


def carry_out(simulation: "Simulation", request: Request) -> Reply:
    """Check a request and act on it; returns what the reply says besides `ok`. Raises CommandError; then nothing has changed."""
    request = dict(request)
    name = _text(request, "cmd", "the name of a command")
    if name not in COMMANDS:
        raise CommandError("unknown command %r: use one of %s" % (name, ", ".join(sorted(COMMANDS))))
    return COMMANDS[name](simulation, request)
