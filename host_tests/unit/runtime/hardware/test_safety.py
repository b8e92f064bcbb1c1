"""The safety tick, step by step: when it grants a request to close, and what it costs."""

from chargepoint.util import signals
from host_tests.portable import without_heap
from host_tests.safety_plant import Plant, tripped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
    assert 500 <= opened <= 550  # never less, and not much more


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


def test_opening_makes_no_last_edge() -> None:
    plant = Plant()
    plant.charge()
    plant.safety.open()
    level = plant.level
    plant.run(100)
    assert plant.level == level


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


def test_a_tick_without_stack_is_lost_and_the_next_goes_on() -> None:
    class NoStack:
        def sample(self, state: int) -> int:
            raise RuntimeError("maximum recursion depth exceeded")

    plant = Plant()
    plant.charge()
    good: "Any" = plant.safety._pilot
    bad: "Any" = NoStack()
    ticks = plant.safety.ticks
    plant.safety._pilot = bad
    plant.run(2)
    plant.safety._pilot = good
    plant.run(50)
    assert plant.closed and not plant.safety.tripped and plant.safety.ticks == ticks + 50
    plant.safety._pilot = bad
    assert plant.opens_within(10)  # the one-shot, and no tick for the watchdog
    assert plant.safety.ticks == ticks + 50
