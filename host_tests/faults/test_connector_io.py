"""A connector on models, in virtual time: sessions, commands, the 100 ms rule. Driver code, chip models, no core, no network."""

from __future__ import annotations

from chargepoint.core import commands
from chargepoint.drivers.lock import Lock
from chargepoint.drivers.proximity import Proximity
from chargepoint.runtime.hardware import connector_io
from chargepoint.util import signals
from host_tests.faults.bench import Charger, Line, open_time

OPEN = commands.CMD_OPEN
CLOSE = commands.CMD_CLOSE
OFFER = commands.CMD_OFFER


def test_codes_are_those_of_core_and_signals() -> None:
    source = open(connector_io.__file__, encoding="utf-8").read()
    for line in source.splitlines():
        if not line.startswith("_") or " = const(" not in line:
            continue
        name, value = line.split(" = const(")
        number = value.split(")")[0]
        for module, prefix in ((signals, "FAULT"), (commands, "CMD")):
            other = {"CMD_SET_LOCK": "CMD_LOCK"}.get(prefix + name, prefix + name)
            if prefix == "CMD" and name == "_LOCK":
                continue
            if hasattr(module, other):
                assert int(number) == getattr(module, other), name


def test_a_session_counts_what_flowed() -> None:
    charger = Charger()
    charger.charge()
    charger.run(60_000)
    charger.car.state = "B"
    charger.run(2000)
    true_mwh = 230 * 16 * 60 / 3.6
    assert abs(charger.core.energies[-1] - true_mwh) < 0.01 * true_mwh
    assert charger.core.energies == sorted(charger.core.energies)
    assert [event[2] for event in charger.core.named("pilot")] == [0, 1, 2, 1]
    assert [event[2] for event in charger.core.named("contactor")] == [True, False]
    assert not charger.core.named("fault")


def test_the_100_ms_rule_at_every_phase_of_the_tick() -> None:
    worst = 0
    for phase in range(10):
        for state in ("A", "B"):
            charger = Charger()
            charger.charge()
            charger.run(100 + phase)
            charger.car.state = state
            worst = max(worst, open_time(charger))
    assert worst <= 100


def test_opening_does_not_need_the_loop() -> None:
    charger = Charger()
    charger.charge()
    charger.loop_stopped = True
    charger.run(500)
    charger.car.state = "B"
    assert open_time(charger) <= 100


def test_a_hang_drops_the_coil_whatever_the_level() -> None:
    for phase in (0, 10):
        charger = Charger()
        charger.charge()
        charger.run(100 + phase)
        charger.tick_stopped = charger.loop_stopped = True
        assert open_time(charger) <= 100


def test_a_hang_that_ends_does_not_close_again_by_itself() -> None:
    charger = Charger()
    charger.charge()
    charger.run(1000)
    charger.tick_stopped = charger.loop_stopped = True
    charger.run(7000)
    assert not charger.car.closed
    charger.tick_stopped = charger.loop_stopped = False
    for _ in range(100):
        charger.run(50)
        assert not charger.car.closed
    assert charger.core.faults == {signals.FAULT_MIRROR}


def test_open_command_opens_and_close_waits_for_the_off_time() -> None:
    charger = Charger()
    charger.charge()
    charger.io.execute(OPEN, 0, charger.clock.now)
    assert open_time(charger) <= 100
    opened = charger.clock.ms
    charger.run(100)  # core has heard of it
    charger.io.execute(CLOSE, 0, charger.clock.now)
    while not charger.car.closed:
        charger.run(1)
        assert charger.clock.ms < opened + 6000
    assert charger.clock.ms - opened >= 4900


def test_only_a_new_command_closes_again_what_the_tick_has_opened() -> None:
    charger = Charger()
    charger.charge()
    charger.run(1000)
    charger.car.state = "B"
    charger.run(8000)
    assert not charger.car.closed
    charger.car.state = "C"
    charger.run(8000)
    assert not charger.car.closed
    charger.io.execute(CLOSE, 0, charger.clock.now)
    charger.run(1000)
    assert charger.car.closed


def test_temperature_derates_stops_and_comes_back() -> None:
    charger = Charger()
    charger.charge()
    charger.run(6000)
    charger.io.execute(OFFER, 32000, charger.clock.now)
    charger.draw = 6.0
    charger.run(1500)
    assert charger.io.offered_ma == 32000
    for celsius, offer, faults in ((64, 32000, set()), (65, 16000, {signals.FAULT_DERATE}), (69, 8000, {signals.FAULT_DERATE}),
                                   (66, 8000, {signals.FAULT_DERATE}), (72, 0, {signals.FAULT_OVER_TEMPERATURE}),
                                   (63, 0, {signals.FAULT_OVER_TEMPERATURE})):
        charger.temperature = celsius
        charger.run(1500)
        assert charger.io.offered_ma == offer, celsius
        assert charger.core.faults == faults, celsius
    assert not charger.car.closed
    charger.temperature = 61
    charger.run(6500)
    assert not charger.core.faults and charger.io.offered_ma == 32000


def test_the_offer_goes_down_at_once_and_up_every_5_s() -> None:
    charger = Charger()
    charger.run(1000)
    charger.io.execute(OFFER, 16000, charger.clock.now)
    assert charger.io.offered_ma == 16000
    charger.run(1000)
    charger.io.execute(OFFER, 20000, charger.clock.now)
    charger.run(3500)
    assert charger.io.offered_ma == 16000
    charger.run(1000)
    assert charger.io.offered_ma == 20000
    charger.io.execute(OFFER, 10000, charger.clock.now)
    assert charger.io.offered_ma == 10000
    charger.io.execute(OFFER, 0, charger.clock.now)
    assert charger.car.duty == 65535
    charger.io.execute(OFFER, 99000, charger.clock.now)
    assert charger.io.offered_ma == 32000  # never above the hardware's rating


def test_state_f_lasts_300_ms() -> None:
    charger = Charger()
    charger.run(1000)
    charger.io.execute(OFFER, -1, charger.clock.now)
    assert charger.car.duty == 0
    charger.run(100)
    charger.io.execute(OFFER, 0, charger.clock.now)
    charger.run(150)
    assert charger.car.duty == 0
    charger.run(150)
    assert charger.car.duty == 65535
    assert not charger.core.faults


def test_the_count_goes_on_after_a_power_cut() -> None:
    charger = Charger()
    charger.charge()
    charger.run(10_000)
    last = charger.core.energies[-1]
    again = Charger(charger.fram.data)
    again.run(3000)
    assert again.core.energies[0] == last
    assert not again.car.closed


def test_the_last_value_is_read_before_core_hears_of_the_open_contactor() -> None:
    charger = Charger()
    charger.charge()
    charger.run(10_370)
    charger.car.state = "B"
    charger.run(150)
    assert charger.core.events[-1] == ("contactor", 1, False)
    true_mwh = charger.chip_ws / 3.6
    assert abs(charger.core.energies[-1] - true_mwh) < 5


def test_a_socket_closes_only_when_locked_and_says_what_the_cable_carries() -> None:
    switch = Line(1)
    lock = Lock(Line(), Line(), switch)

    class Resistor:
        def read_u16(self) -> int:
            return 65536 * 220 // 550

    charger = Charger(lock=lock, proximity=Proximity(Resistor(), 330))
    charger.run(6000)
    assert ("limit", 1, signals.LIMIT_CABLE, 32000) in charger.core.named("limit")
    charger.car.state = "B"
    charger.run(600)
    charger.io.execute(OFFER, 16000, charger.clock.now)
    charger.run(100)
    charger.car.state = "C"
    charger.io.execute(CLOSE, 0, charger.clock.now)
    charger.run(1000)
    assert not charger.car.closed
    charger.io.execute(commands.CMD_LOCK, 0, charger.clock.now)
    switch.level = 0
    charger.run(1000)
    assert charger.core.named("lock") == [("lock", 1, True)]
    assert charger.car.closed
    switch.level = 1
    charger.run(10_000)
    assert signals.FAULT_LOCK in charger.core.faults
