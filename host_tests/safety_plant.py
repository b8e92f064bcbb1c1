"""A charger around one safety tick, in steps of a tick: car, coil with one-shot, contacts, inputs. Runs on both interpreters."""

from chargepoint.drivers.contactor import Contactor
from chargepoint.drivers.parts import ConnectorParts
from chargepoint.drivers.pilot import Pilot
from chargepoint.runtime.hardware.safety import Safety

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

SAMPLES = 32
LEVEL_MV = {"A": 12000, "B": 9000, "C": 6000, "D": 3000, "E": 0, "F": -12000}


class Line:
    """A pin; `edge_tick` is when it last moved."""

    def __init__(self, level: int = 0) -> None:
        self.level = level

    def value(self, level: "Optional[int]" = None) -> int:
        if level is not None:
            self.level = level
        return self.level


class Plant:
    """Car, coil with its one-shot of 60 ms (6 ticks) and its clear line, contacts that need 2 ticks to close and 3 to open."""

    def __init__(self, ventilated: bool = False) -> None:
        self.high_mv = 12000
        self.low_mv = -12000
        self.duty = 65535
        self._sample = 0
        self.since_edge = 99
        self.moving = 0
        self.closed = False
        self.welded = False
        self.stuck_open = False
        self.mirror_cut = False
        self.level = 0
        self.clear = Line()
        self.stop = Line()
        self.rcd_trip = Line()
        self.pe = Line()
        parts: "Any" = ConnectorParts(
            Pilot(self, self, samples=SAMPLES),  # type: ignore[arg-type, unused-ignore]
            Contactor(self, Mirror(self), self.clear),  # type: ignore[arg-type, unused-ignore]
            None,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            emergency_stop=self.stop,
            pe=self.pe,
            rcd=RcdModule(self.rcd_trip),  # type: ignore[arg-type]
            ventilated=ventilated,
        )
        self.pilot = parts.pilot
        self.contactor = parts.contactor
        self.safety = Safety(parts)

    def duty_u16(self, duty: "Optional[int]" = None) -> int:
        if duty is not None:
            self.duty = duty
        return self.duty

    def read_u16(self) -> int:
        n = self._sample
        self._sample = (n + 1) % SAMPLES
        mv = self.high_mv if n * 65536 // SAMPLES < self.duty else self.low_mv
        return (mv + 15464) * 1024 // 496 + 1

    def value(self, level: int) -> None:
        """The coil pin."""
        if level != self.level:
            self.level = level
            self.since_edge = 0

    def car(self, state: str) -> None:
        self.high_mv = LEVEL_MV[state]
        self.low_mv = -12000 if state != "E" else 0

    def run(self, ticks: int) -> None:
        for _ in range(ticks):
            self.safety.alive = self.safety.ticks
            self.step()

    def step(self) -> None:
        self.since_edge += 1
        want = self.welded or self.since_edge <= 6 and self.clear.level != 0 and not self.stuck_open
        self.moving = 0 if want == self.closed else self.moving + 1
        if self.moving >= (2 if want else 3):
            self.closed = want
            self.moving = 0
        self.safety.tick()

    def ready(self) -> None:
        """Plugged, offered 16 A, asking for energy, the off-time over: everything but the request."""
        self.run(510)
        self.car("B")
        self.run(60)
        self.pilot.offer(16000)
        self.car("C")
        self.run(10)

    def charge(self) -> None:
        self.ready()
        self.safety.request_close()
        self.run(30)
        assert self.closed and self.contactor.closed

    def opens_within(self, ticks: int) -> bool:
        for _ in range(ticks):
            self.step()
            if not self.closed:
                return True
        return False


class Mirror:
    """The mirror contact's input."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    def value(self) -> int:
        return 1 if self._plant.closed or self._plant.mirror_cut else 0


class RcdModule:
    """What the tick sees of a residual-current module."""

    def __init__(self, trip: Line) -> None:
        self.trip = trip


def tripped(plant: Plant, code: int) -> bool:
    """Whether the tick has latched this fault."""
    return bool(plant.safety.tripped >> code & 1)
