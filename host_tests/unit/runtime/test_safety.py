"""The safety tick, step by step: what it opens on, how soon, and that nothing but a fresh request in good order closes."""

from chargepoint.drivers.contactor import Contactor
from chargepoint.drivers.parts import ConnectorParts
from chargepoint.drivers.pilot import Pilot
from chargepoint.runtime import safety as safety_module
from chargepoint.runtime.safety import Safety
from chargepoint.util import signals
from host_tests.portable import without_heap

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
    """Car, coil with its one-shot of 60 ms (6 ticks), contacts that need 2 ticks to close and 3 to open."""

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
        self.stop = Line()
        self.rcd_trip = Line()
        self.pe = Line()
        parts: "Any" = ConnectorParts(
            Pilot(self, self, samples=SAMPLES),  # type: ignore[arg-type, unused-ignore]
            Contactor(self, Mirror(self)),  # type: ignore[arg-type, unused-ignore]
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
        want = self.welded or self.since_edge <= 6 and not self.stuck_open
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
    return bool(plant.safety.tripped >> code & 1)


def test_folded_codes_are_those_of_the_signals() -> None:
    # 1 << code in safety.py, spelled there as constants that vanish
    assert (signals.FAULT_RCD, signals.FAULT_EMERGENCY_STOP, signals.FAULT_PILOT_SHORT, signals.FAULT_NO_DIODE) == (3, 4, 12, 13)
    assert (signals.FAULT_INTERNAL, signals.FAULT_PE, signals.FAULT_PILOT_JUMP) == (15, 17, 18)
    assert (signals.PILOT_A, signals.PILOT_C, signals.PILOT_E, signals.PILOT_F, signals.PILOT_UNKNOWN) == (0, 2, 4, 5, 6)
    assert safety_module.Safety is Safety


def test_a_request_in_good_order_closes_and_edges_hold_the_coil() -> None:
    plant = Plant()
    plant.charge()
    plant.run(1000)
    assert plant.closed and not plant.safety.tripped


def test_the_tick_never_closes_without_a_request() -> None:
    plant = Plant()
    plant.ready()
    plant.run(500)
    assert not plant.closed and plant.level == 0


def test_a_request_expires_after_200_ms() -> None:
    plant = Plant()
    plant.ready()
    plant.car("B")
    plant.run(10)
    plant.safety.request_close()
    plant.run(21)
    plant.car("C")
    plant.run(100)
    assert not plant.closed
    plant.safety.request_close()
    plant.run(10)
    assert plant.closed


def test_what_must_hold_before_closing() -> None:
    def attempt(spoil: str) -> bool:
        plant = Plant()
        plant.ready()
        if spoil == "no pwm":
            plant.pilot.offer(0)
        elif spoil == "no diode":
            plant.low_mv = -5600
        elif spoil == "state B":
            plant.car("B")
        elif spoil == "state D":
            plant.car("D")
        elif spoil == "blocked":
            plant.safety.blocked = 1 << signals.FAULT_METER
        elif spoil == "emergency stop":
            plant.stop.level = 1
        elif spoil == "rcd":
            plant.rcd_trip.level = 1
        elif spoil == "rcd under test":
            plant.safety.testing = True
        elif spoil == "mirror wire cut":
            plant.mirror_cut = True
        plant.run(40)
        plant.safety.request_close()
        plant.run(30)
        return plant.closed

    assert attempt("nothing")
    for spoil in ("no pwm", "no diode", "state B", "state D", "blocked", "emergency stop", "rcd", "rcd under test", "mirror wire cut"):
        assert not attempt(spoil), spoil


def test_a_fan_makes_state_d_good_enough() -> None:
    plant = Plant(ventilated=True)
    plant.ready()
    plant.car("D")
    plant.run(10)
    plant.safety.request_close()
    plant.run(10)
    assert plant.closed


def test_c_without_b_never_closes_and_is_reported_after_3_s() -> None:
    plant = Plant()
    plant.run(510)
    plant.pilot.offer(16000)
    plant.car("C")
    plant.run(100)
    plant.safety.request_close()
    plant.run(100)
    assert not plant.closed and not tripped(plant, signals.FAULT_PILOT_JUMP)
    plant.run(200)
    assert tripped(plant, signals.FAULT_PILOT_JUMP)


def test_not_again_within_5_s_of_opening() -> None:
    plant = Plant()
    plant.charge()
    plant.safety.open()
    opened = 0
    for _ in range(700):
        plant.safety.request_close()
        plant.run(1)
        if not plant.closed:
            opened += 1
        elif opened:
            break
    assert 490 <= opened <= 510


def test_everything_that_opens_does_so_within_100_ms() -> None:
    for spoil in ("A", "B", "D", "E", "F", "short", "open", "blocked", "stop", "rcd", "pe", "adc"):
        plant = Plant()
        plant.charge()
        if spoil in LEVEL_MV:
            plant.car(spoil)
        elif spoil == "short":
            plant.high_mv = plant.low_mv = 0
        elif spoil == "open":
            plant.safety.open()
        elif spoil == "blocked":
            plant.safety.blocked = 1 << signals.FAULT_OVER_CURRENT
        elif spoil == "stop":
            plant.stop.level = 1
        elif spoil == "rcd":
            plant.rcd_trip.level = 1
        elif spoil == "pe":
            plant.pe.level = 1
        elif spoil == "adc":
            plant.high_mv = plant.low_mv = 15500
        assert plant.opens_within(10), spoil
        plant.run(100)
        assert not plant.closed, spoil


def test_faults_that_are_latched_by_the_tick() -> None:
    for spoil, code in (
        ("E", signals.FAULT_PILOT_SHORT),
        ("F", signals.FAULT_PILOT_SHORT),
        ("diode", signals.FAULT_NO_DIODE),
        ("stop", signals.FAULT_EMERGENCY_STOP),
        ("rcd", signals.FAULT_RCD),
        ("pe", signals.FAULT_PE),
        ("adc", signals.FAULT_INTERNAL),
    ):
        plant = Plant()
        plant.charge()
        plant.run(3)
        if spoil in LEVEL_MV:
            plant.car(spoil)
        elif spoil == "diode":
            plant.low_mv = -5600
        elif spoil == "adc":
            plant.high_mv = plant.low_mv = 15500
        else:
            line = plant.stop if spoil == "stop" else plant.rcd_trip if spoil == "rcd" else plant.pe
            line.level = 1
        plant.run(10)
        assert plant.safety.tripped == 1 << code, (spoil, plant.safety.tripped)
        plant.car("C")
        plant.run(200)
        assert plant.safety.tripped >> code & 1, spoil  # latched


def test_a_single_bad_sample_changes_nothing() -> None:
    plant = Plant()
    plant.charge()
    for state in ("A", "B", "E"):
        plant.car(state)
        plant.run(2)
        plant.car("C")
        plant.run(20)
        assert plant.closed and plant.safety.pilot_state == signals.PILOT_C and not plant.safety.tripped, state
    plant.rcd_trip.level = 1
    plant.run(3)
    plant.rcd_trip.level = 0
    plant.run(20)
    assert plant.closed and not plant.safety.tripped


def test_commanded_state_f_is_no_fault() -> None:
    plant = Plant()
    plant.run(20)
    plant.pilot.offer(-1)
    plant.run(20)
    assert plant.safety.pilot_state == signals.PILOT_F and not plant.safety.tripped


def test_an_adc_dead_from_the_start_is_a_fault() -> None:
    plant = Plant()
    plant.high_mv = plant.low_mv = 15500
    plant.run(5)
    assert tripped(plant, signals.FAULT_INTERNAL)


def test_a_weld_is_seen_250_ms_after_opening() -> None:
    plant = Plant()
    plant.charge()
    plant.welded = True
    plant.safety.open()
    plant.run(24)
    assert not tripped(plant, signals.FAULT_WELDED)
    plant.run(6)
    assert tripped(plant, signals.FAULT_WELDED)


def test_a_weld_at_rest_or_at_start_is_seen_and_blocks() -> None:
    plant = Plant()
    plant.welded = True
    plant.run(40)
    assert tripped(plant, signals.FAULT_WELDED)
    plant = Plant()
    plant.run(100)
    plant.mirror_cut = True  # more than 3 samples that disagree
    plant.run(3)
    assert not tripped(plant, signals.FAULT_WELDED)
    plant.run(2)
    assert tripped(plant, signals.FAULT_WELDED)


def test_no_close_is_seen_250_ms_after_closing() -> None:
    plant = Plant()
    plant.ready()
    plant.stuck_open = True
    plant.safety.request_close()
    plant.run(25)
    assert not plant.safety.tripped
    plant.run(6)
    assert tripped(plant, signals.FAULT_NO_CLOSE) and not plant.contactor.driving


def test_contacts_that_drop_out_are_a_mirror_fault() -> None:
    plant = Plant()
    plant.charge()
    plant.run(50)
    plant.stuck_open = True
    plant.run(10)
    assert tripped(plant, signals.FAULT_MIRROR) and not plant.contactor.driving


def test_a_loop_that_is_silent_for_10_s_lets_go() -> None:
    plant = Plant()
    plant.charge()
    plant.safety.alive = plant.safety.ticks
    for _ in range(990):
        plant.step()
    assert plant.closed
    for _ in range(30):
        plant.step()
    assert not plant.closed and tripped(plant, signals.FAULT_INTERNAL)


def test_contacts_that_opened_during_a_stall_are_not_closed_again() -> None:
    plant = Plant()
    plant.charge()
    plant.run(50)
    plant.since_edge = 99  # the tick stood still for longer than the one-shot and the contacts hold
    plant.closed = False
    for _ in range(100):
        plant.run(1)
        assert not plant.closed
    assert tripped(plant, signals.FAULT_MIRROR)


def test_a_stopped_tick_drops_the_coil_at_either_level() -> None:
    for extra in (0, 1):
        plant = Plant()
        plant.charge()
        plant.run(extra)
        level = plant.level
        for _ in range(9):
            plant.since_edge += 1
        assert plant.since_edge > 6 and plant.level == level  # the pin keeps its level, the one-shot has run out


def test_opening_makes_no_last_edge() -> None:
    plant = Plant()
    plant.charge()
    plant.safety.open()
    level = plant.level
    plant.run(100)
    assert plant.level == level


def test_clearing_takes_back_a_latch() -> None:
    plant = Plant()
    plant.run(10)
    plant.stop.level = 1
    plant.run(10)
    plant.stop.level = 0
    plant.run(10)
    assert tripped(plant, signals.FAULT_EMERGENCY_STOP)
    plant.safety.clear = 1 << signals.FAULT_EMERGENCY_STOP
    plant.run(1)
    assert not plant.safety.tripped


def test_the_tick_allocates_nothing_at_rest_charging_and_while_it_opens() -> None:
    plant = Plant()
    without_heap(plant.safety.tick)
    plant.charge()
    without_heap(plant.safety.tick)
    plant.car("B")
    for _ in range(10):
        without_heap(plant.safety.tick)
    plant.stop.level = 1
    for _ in range(10):
        without_heap(plant.safety.tick)
    assert tripped(plant, signals.FAULT_EMERGENCY_STOP)


def test_two_connectors_are_ticked_together() -> None:
    first = Plant()
    second = Plant()
    second.safety._chain = first.safety
    second.run(3)
    assert first.safety.ticks == second.safety.ticks == 3
