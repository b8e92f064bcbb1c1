"""The safety tick, step by step: what it opens on, how soon, and what it latches."""

from chargepoint.drivers.contactor import Contactor
from chargepoint.util import signals
from host_tests.safety_plant import LEVEL_MV, Mirror, Plant, tripped


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


def test_a_slow_contactor_has_its_own_time_to_follow() -> None:
    plant = Plant()
    slow = Contactor(plant, Mirror(plant), plant.clear, settle_ms=400)  # type: ignore[arg-type, unused-ignore]
    plant.contactor = plant.safety._contactor = slow
    plant.charge()
    plant.welded = True
    plant.safety.open()
    plant.run(39)
    assert not plant.safety.tripped
    plant.run(6)
    assert tripped(plant, signals.FAULT_WELDED)


def test_opening_clears_the_one_shot_with_the_same_tick_and_closing_lets_go_of_it() -> None:
    plant = Plant()
    plant.ready()
    assert plant.clear.level == 0
    plant.safety.request_close()
    plant.run(1)
    assert plant.clear.level == 1
    plant.run(30)
    plant.safety.open()
    plant.run(1)
    assert plant.clear.level == 0


def test_a_single_bad_sample_does_not_clear_the_one_shot() -> None:
    plant = Plant()
    plant.charge()
    plant.car("B")
    plant.run(2)
    assert plant.clear.level == 1
    plant.run(1)
    assert plant.clear.level == 0


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


def test_a_stopped_tick_drops_the_coil_at_either_level() -> None:
    for extra in (0, 1):
        plant = Plant()
        plant.charge()
        plant.run(extra)
        level = plant.level
        for _ in range(9):
            plant.since_edge += 1
        assert plant.since_edge > 6 and plant.level == level  # the pin keeps its level, the one-shot has run out


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
