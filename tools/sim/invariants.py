"""Rules of safety that must hold in the physical world whatever the firmware does; each breach is a violation."""

from __future__ import annotations

from typing import Callable

from tools.sim.connector import Connector
from tools.sim.schedule import NEVER_MS
from tools.sim.world import World

OPEN_WITHIN_MS = 100
CYCLE_MS = 5000
ENERGY_CHECK_MS = 10_000
CLOSE_STATES = "CD"
TRIPS = ("rcd_trip", "emergency_stop", "pilot_short", "pilot_no_diode")


class _Watch:
    """What is remembered of one connector."""

    def __init__(self) -> None:
        self.trip_ms: int | None = None
        self.trip_why = ""
        self.last_open_ms = -CYCLE_MS
        self.energy_uj = 0


class Invariants:
    """Listens to every transition and judges it.

    The instant of a trip is the millisecond in which the physical input changes: a wire, a contact of the car, a button. From then on
    the main contacts have 100 ms, whatever the firmware is doing; while its safety tick stands still (interrupts off, a hang) nothing but the
    one-shot opens them, and with parts at the end of their tolerances that may take a little longer. A cause that is gone
    again before they have opened is no trip.
    `worst_opening_ms` holds the longest time of each cause.
    """

    def __init__(self, world: World, say: Callable[[dict[str, object]], None]) -> None:
        self._world = world
        self._say = say
        self._watches = {connector.number: _Watch() for connector in world.connectors}
        self.violations: list[dict[str, object]] = []
        self.worst_opening_ms: dict[str, int] = {}
        world.history.listeners.append(self._heard)
        world.schedule.after(ENERGY_CHECK_MS, self._check_energy, NEVER_MS)

    def _violated(self, connector: int, rule: str, detail: str) -> None:
        violation: dict[str, object] = {"event": "violation", "time_s": self._world.schedule.now_ms / 1000, "connector": connector,
                                        "rule": rule, "detail": detail}
        self.violations.append(violation)
        self._say(violation)

    def _heard(self, entry: dict[str, object]) -> None:
        what = entry["what"]
        for connector in self._world.connectors:
            if entry["connector"] in (0, connector.number):
                self._judge(connector, str(what), entry)

    def _judge(self, connector: Connector, what: str, entry: dict[str, object]) -> None:
        watch = self._watches[connector.number]
        if what == "contactor":
            if entry["to"] == "closed":
                self._closed(connector, watch, entry)
            else:
                self._opened(watch)
        elif what == "coil" and entry["to"]:
            self._may_close(connector, watch)
        self._look_for_trip(connector, watch, entry)

    def _cause(self, connector: Connector, entry: dict[str, object]) -> str:
        """What should have the contacts open now, or an empty text."""
        steady = connector.duty_percent is None or connector.duty_percent >= 100
        for name in TRIPS:
            if name == "pilot_no_diode" and steady:
                continue  # only the negative half of a PWM shows a diode: in the seconds of a load-free stop nothing can tell
            if name in connector.faults or name in self._world.faults:
                return name
        if connector.pilot_state in CLOSE_STATES:
            return ""
        return "pilot %s to %s" % (entry["from"], entry["to"]) if entry["what"] == "pilot" else "pilot %s" % connector.pilot_state

    def _look_for_trip(self, connector: Connector, watch: _Watch, entry: dict[str, object]) -> None:
        """Start the clock of a trip, or stop it when the trip or the need to open is over."""
        contactor = connector.contactor
        why = self._cause(connector, entry)
        if not why or "contactor_welded" in connector.faults or not (contactor.closed or contactor.coil):
            watch.trip_ms = None  # nothing opens welded contacts
        elif watch.trip_ms is None:
            now_ms = watch.trip_ms = self._world.schedule.now_ms
            watch.trip_why = why
            self._world.schedule.after(OPEN_WITHIN_MS + 1, lambda: self._check_open(connector, watch, now_ms), NEVER_MS)

    def _check_energy(self) -> None:
        for connector in self._world.connectors:
            watch = self._watches[connector.number]
            if connector.energy_uj < watch.energy_uj:
                self._violated(connector.number, "energy decreases", "%d to %d uJ" % (watch.energy_uj, connector.energy_uj))
            watch.energy_uj = connector.energy_uj
        self._world.schedule.after(ENERGY_CHECK_MS, self._check_energy, NEVER_MS)

    def _may_close(self, connector: Connector, watch: _Watch) -> None:
        """The coil is energised: is that permitted now?"""
        if connector.pilot_state not in CLOSE_STATES:
            self._violated(connector.number, "closes without C", "pilot state is %s" % connector.pilot_state)
        if not connector.has_diode:
            self._violated(connector.number, "closes without diode", "the car has no diode")
        active = sorted(name for name in connector.faults | self._world.faults if name in TRIPS)
        if active:
            self._violated(connector.number, "closes with a fault", ", ".join(active))
        if connector.duty_percent is None or connector.duty_percent >= 100:
            self._violated(connector.number, "closes without an offer", "the pilot offers no current")
        passed = self._world.schedule.now_ms - watch.last_open_ms
        if passed < CYCLE_MS:
            self._violated(connector.number, "cycles too fast", "%d ms after opening" % passed)

    def _closed(self, connector: Connector, watch: _Watch, entry: dict[str, object]) -> None:
        if "welded" in entry or "contactor_welded" in connector.faults:
            return
        if not connector.contactor.coil:
            self._violated(connector.number, "closes by itself", "the coil has no current")

    def _opened(self, watch: _Watch) -> None:
        now_ms = self._world.schedule.now_ms
        watch.last_open_ms = now_ms
        if watch.trip_ms is not None:
            name = watch.trip_why
            self.worst_opening_ms[name] = max(self.worst_opening_ms.get(name, 0), now_ms - watch.trip_ms)
            watch.trip_ms = None

    def _check_open(self, connector: Connector, watch: _Watch, trip_ms: int) -> None:
        if watch.trip_ms != trip_ms or not connector.contactor.closed:
            return
        world = self._world
        passed_ms = world.schedule.now_ms - trip_ms
        stood = world.tick_stands_until_ms >= trip_ms or "firmware_hang" in world.faults
        limit_ms = max(OPEN_WITHIN_MS, world.tolerances.alone_ms) if stood else OPEN_WITHIN_MS
        if passed_ms <= limit_ms:
            world.schedule.after(limit_ms + 1 - passed_ms, lambda: self._check_open(connector, watch, trip_ms), NEVER_MS)
        else:
            self._violated(connector.number, "stays closed", "more than %d ms after %s" % (limit_ms, watch.trip_why))
