"""The faults of the control socket: which part each belongs to, and what it does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from tools.sim.mains import OVER_V, UNDER_V
from tools.sim.protection import AMBIENT_C, HOT_C

if TYPE_CHECKING:
    from tools.sim.connector import Connector
    from tools.sim.world import World

NAMES = ("contactor_welded", "contactor_stuck_open", "rcd_trip", "emergency_stop", "over_temperature", "over_voltage", "under_voltage",
         "over_current", "meter_silent", "meter_garbage", "reader_silent", "lock_jammed", "pilot_short", "pilot_no_diode",
         "firmware_hang", "flash_full", "meter_reversed", "fram_dead")
CHARGER_WIDE = frozenset(("emergency_stop", "over_voltage", "under_voltage", "reader_silent", "firmware_hang", "flash_full", "fram_dead"))
# Extensions: what firmware for real hardware asks of the simulators beyond the contract's names.
EXTRA_NAMES = ("rcd_test_dead", "sensor_open", "sensor_short", "pe_loss", "reader_garbage", "meter_lost_read")


def _toggle(names: set[str], name: str, on: bool) -> None:
    if on:
        names.add(name)
    else:
        names.discard(name)


def _sensor(connector: Connector, how: str, on: bool) -> None:
    connector.thermometer.broken = how if on else None


CONNECTOR_FAULTS: dict[str, Callable[["Connector", bool], None]] = {
    "contactor_welded": lambda c, on: c.contactor.weld(on),
    "contactor_stuck_open": lambda c, on: c.contactor.stick_open(on),
    "rcd_trip": lambda c, on: c.rcd.leak(on),
    "over_temperature": lambda c, on: c.thermometer.surroundings(HOT_C if on else AMBIENT_C),
    "over_current": lambda c, on: c.overdraw(on),
    "meter_silent": lambda c, on: _toggle(c.meter.faults, "stuck_1", on),
    "meter_garbage": lambda c, on: _toggle(c.meter.faults, "garbage", on),
    "meter_lost_read": lambda c, on: _toggle(c.meter.faults, "lost_read", on),
    "pilot_short": lambda c, on: c.pilot_fault(short=on),
    "pilot_no_diode": lambda c, on: c.pilot_fault(no_diode=on),
    "rcd_test_dead": lambda c, on: setattr(c.rcd, "test_dead", on),
    "sensor_open": lambda c, on: _sensor(c, "open", on),
    "sensor_short": lambda c, on: _sensor(c, "short", on),
}


def _voltage(world: World, volts: float, on: bool) -> None:
    world.mains.override_v = volts if on else None
    for connector in world.connectors:
        connector.refresh()


def apply(world: World, name: str, on: bool, number: int, phase: int | None = None) -> str | None:
    """Put a fault in or take it away; returns what is wrong, None when it is done.

    Args: `phase`: of `meter_reversed`, 1 to 3; None = the whole meter.
    """
    if name not in NAMES and name not in EXTRA_NAMES:
        return "unknown fault %r: use one of %s" % (name, ", ".join(NAMES + EXTRA_NAMES))
    if name == "pe_loss":
        return "this board has no protective earth monitor: pe_loss cannot be shown"
    connector = world.connectors[number - 1]
    if phase is not None and name != "meter_reversed":
        return "%s has no phase: leave that argument out" % name
    if name == "meter_reversed":
        problem = connector.reverse_meter(on, phase)
        if problem is not None:
            return problem
    elif name == "lock_jammed":
        if connector.lock is None:
            return "connector %d has a fixed cable and no lock: lock_jammed cannot be shown" % number
        connector.lock.jammed = on
    elif name in CONNECTOR_FAULTS:
        CONNECTOR_FAULTS[name](connector, on)
    elif name == "emergency_stop":
        world.emergency_stop(on)
    elif name == "over_voltage":
        _voltage(world, OVER_V, on)
    elif name == "under_voltage":
        _voltage(world, UNDER_V, on)
    elif name == "reader_silent":
        _toggle(world.reader.chip.faults, "silent", on)
        if not on:
            world.reader.chip.power_cycle(world.schedule.now_ms * 1000)  # put back in, it has to be woken again
    elif name == "reader_garbage":
        _toggle(world.reader.chip.faults, "garbage", on)
    elif name == "fram_dead":
        world.fram_dead = on
    elif name == "flash_full":
        world.memory.full = on
    elif name == "firmware_hang":
        world.hang_firmware(on)
    world.mark_fault(name, on, None if name in CHARGER_WIDE or name == "reader_garbage" else connector)
    return None
