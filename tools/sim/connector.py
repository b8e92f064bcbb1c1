"""One connector of the charger in the physical world: socket or cable, pilot line, contactor, protections, meter."""

from __future__ import annotations

from dataclasses import dataclass

from tools.sim import pilot
from tools.sim.car import Car
from tools.sim.chips.atm90e32 import Atm90e32
from tools.sim.contactor import Contactor
from tools.sim.history import History
from tools.sim.mains import Mains
from tools.sim.protection import Lock, Rcd, Thermometer
from tools.sim.schedule import Schedule
from tools.sim.tolerances import NOMINAL, Tolerances

CABLE_OHM = {13: 1500.0, 20: 680.0, 32: 220.0, 63: 100.0}
PROXIMITY_PULL_UP_OHM = 330.0
MICROJOULES_PER_WH = 3_600_000_000


@dataclass(frozen=True)
class ConnectorKind:
    """What the product says about its connectors."""

    socket: bool
    phases: int


class Connector:
    """Physics of one connector; every change reports itself to the history and refreshes what hangs on it."""

    def __init__(self, number: int, kind: ConnectorKind, schedule: Schedule, history: History, mains: Mains,
                 tolerances: Tolerances = NOMINAL) -> None:
        self.number = number
        self.kind = kind
        self._schedule = schedule
        self._history = history
        self._mains = mains
        self.contactor = Contactor(schedule, history, number, self._contacts_changed, tolerances)
        self.rcd = Rcd(schedule, self._no_change, tolerances)
        self.lock = Lock(schedule, history, number, self._lock_changed) if kind.socket else None
        self.thermometer = Thermometer(schedule)
        self.meter = Atm90e32()
        self.car: Car | None = None
        self.cable_a = 0  # rating of the cable in the socket, 0 = none
        self.faults: set[str] = set()
        self.energy_uj = 0
        self._reversed: set[int] = set()  # phases (0 to 2) whose current transformer is the wrong way round
        self._pull_cable_when_unlocked = False
        self._duty_permille: int | None = 1000
        self._pilot_short = False
        self._no_diode = False
        self._overdraws = False
        self._state = "A"
        self.state_since_ms = 0
        self.refresh()

    # what the firmware drives

    def pilot_duty(self, permille: int | None) -> None:
        """The pilot source: 1000 = steady +12 V, None = steady -12 V."""
        if permille == self._duty_permille:
            return
        before = self.duty_percent
        self._duty_permille = permille
        self._history.add(self.number, "duty", before, self.duty_percent)
        self._pilot_changed()

    @property
    def duty_percent(self) -> float | None:
        """Duty of the pilot in percent, None while it is steady at -12 V."""
        return None if self._duty_permille is None else self._duty_permille / 10

    @property
    def duty_permille(self) -> int:
        """Share of the period for which the pilot is high."""
        return self._duty_permille or 0

    # what people do

    def plug(self, wants_energy: bool, max_current_a: float, phases: int, soc: float, cable_a: int) -> str | None:
        """Plug a car in; returns what is wrong, None when it is done."""
        if self.car is not None:
            return "connector %d has a car already: unplug it first" % self.number
        if self.cable_a and cable_a != self.cable_a and self.lock is not None:
            return "a cable of %d A is still in the socket" % self.cable_a
        self.cable_a = cable_a if self.kind.socket else 0
        self._pull_cable_when_unlocked = False
        self.car = Car(self._schedule, self.refresh, wants_energy, max_current_a, min(phases, self.kind.phases), soc)
        self.car.overdraws = self._overdraws
        self._pilot_changed()
        self.refresh()
        return None

    def unplug(self, both_ends: bool) -> str | None:
        """Pull the car's plug, and the other end out of the socket as soon as the lock lets go of it."""
        if self.car is None and not (both_ends and self.cable_a):
            return "connector %d has no car: plug one in first" % self.number
        if self.car is not None:
            self.car.leave()
            self.car = None
        if both_ends:
            self._pull_cable_when_unlocked = True
            self._lock_changed()
        self._pilot_changed()
        self.refresh()
        return None

    def _lock_changed(self) -> None:
        if self._pull_cable_when_unlocked and (self.lock is None or self.lock.state == "unlocked"):
            self._pull_cable_when_unlocked = False
            self.cable_a = 0

    # faults

    def pilot_fault(self, short: bool | None = None, no_diode: bool | None = None) -> None:
        """Short the pilot to earth, or take the car's diode out."""
        self._pilot_short = self._pilot_short if short is None else short
        self._no_diode = self._no_diode if no_diode is None else no_diode
        self._pilot_changed()

    def overdraw(self, on: bool) -> None:
        """Make this and every later car draw more than it is offered."""
        self._overdraws = on
        if self.car is not None:
            self.car.overdraws = on
            self.car.change(None, None, None)  # a car at its current sleeps

    def reverse_meter(self, on: bool, phase: int | None = None) -> str | None:
        """Turn the current transformer of a phase (1 to 3; None = all) round, or back; returns what is wrong, None when it is done."""
        if phase is not None and phase > self.kind.phases:
            return "connector %d has %d phase%s" % (self.number, self.kind.phases, "s" if self.kind.phases > 1 else "")
        phases = range(self.kind.phases) if phase is None else (phase - 1,)
        if on:
            self._reversed.update(phases)
        else:
            self._reversed.difference_update(phases)
        self.refresh()
        return None

    # the pilot line

    @property
    def pilot_volts(self) -> tuple[float, float]:
        """High and low plateau on the line."""
        return pilot.plateaus(None if self.car is None else self.car.state, not self._no_diode, self._pilot_short)

    @property
    def pilot_state(self) -> str:
        """The state of IEC 61851-1 that is on the line."""
        return self._state

    def _pilot_changed(self) -> None:
        if self.car is not None:
            self.car.offer(0.0 if self._pilot_short else pilot.offered_a(self.duty_permille))
        if self._pilot_short:
            state = "E"
        elif self._duty_permille is None:
            state = "F"
        else:
            state = "A" if self.car is None else self.car.state
        if state != self._state:
            before, self._state = self._state, state
            self.state_since_ms = self._schedule.now_ms
            self._history.add(self.number, "pilot", before, state)

    @property
    def has_diode(self) -> bool:
        """The car's diode is where it should be."""
        return not self._no_diode

    @property
    def proximity_u16(self) -> int:
        """The sample of the proximity line: the cable's resistor under a pull-up."""
        if not self.cable_a:
            return 65535
        ohm = CABLE_OHM[self.cable_a]
        return round(65535 * ohm / (ohm + PROXIMITY_PULL_UP_OHM))

    # power

    @property
    def current_a(self) -> float:
        """Current in each phase the car uses."""
        return self.car.current_a if self.car is not None and self.contactor.closed else 0.0

    @property
    def voltage_v(self) -> float:
        """Voltage of a phase at the meter."""
        return self._mains.voltage_v(self.current_a)

    @property
    def power_w(self) -> float:
        """Power that flows into the car."""
        return self.voltage_v * self.current_a * self.car.phases if self.car is not None else 0.0

    def _contacts_changed(self) -> None:
        self.refresh()

    def _no_change(self) -> None:
        """The inputs are read from the parts themselves."""

    def refresh(self) -> None:
        """Carry a change on to the car, the pilot state and the meter."""
        if self.car is not None:
            self.car.live(self.contactor.closed and self._mains.on)
        self._pilot_changed()
        volts = self.voltage_v
        amperes = self.current_a
        used = self.car.phases if self.car is not None else 0
        currents = [amperes if n < used else 0.0 for n in range(self.kind.phases)]
        powers = [volts * i * (-1 if n in self._reversed else 1) for n, i in enumerate(currents)]
        self.meter.set_physical([volts] * self.kind.phases, currents, powers, self._mains.frequency_hz,
                                round(self.thermometer.temperature_c))

    def flow(self, duration_ms: int) -> None:
        """Let the present power flow for a time: energy is the integral of power."""
        power_w = self.power_w
        if not power_w:
            return
        energy_uj = round(power_w * duration_ms * 1000)
        self.energy_uj += energy_uj
        self.meter.advance(duration_ms / 1000)
        if self.car is not None:
            self.car.charged(energy_uj / MICROJOULES_PER_WH)

    @property
    def meter_wh(self) -> float:
        """Energy that has really flowed."""
        return self.energy_uj / MICROJOULES_PER_WH
