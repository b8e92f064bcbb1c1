"""What the world does with the tolerances of its parts, and what the shim makes of the controller's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.sim.contactor import Contactor
from tools.sim.history import History
from tools.sim.protection import Rcd
from tools.sim.schedule import Schedule
from tools.sim.tolerances import WORST, Tolerances


class Coil:
    """A contactor held by edges, in steps of a millisecond."""

    def __init__(self, tolerances: Tolerances) -> None:
        self.schedule = Schedule()
        self.contactor = Contactor(self.schedule, History(self.schedule), 1, lambda: None, tolerances)
        self.contactor.clear(1)
        self._level = 0

    def run(self, ms: int, edges: bool = False) -> None:
        for _ in range(ms):
            self.schedule.now_ms += 1
            self.schedule.run_due()
            if edges and self.schedule.now_ms % 10 == 0:
                self._level ^= 1
                self.contactor.drive(self._level)

    def open_ms(self) -> int:
        """Milliseconds until the contacts are open."""
        begin_ms = self.schedule.now_ms
        while self.contactor.closed:
            self.run(1)
            assert self.schedule.now_ms < begin_ms + 1000
        return self.schedule.now_ms - begin_ms


@pytest.mark.parametrize("parts", [Tolerances(one_shot_ms=48, release_ms=10), Tolerances(), WORST], ids=["short", "nominal", "worst"])
def test_without_edges_the_contacts_open_after_one_shot_and_release(parts: Tolerances) -> None:
    coil = Coil(parts)
    coil.run(300, edges=True)
    coil.run(1)
    coil.contactor.drive(0)
    coil.contactor.drive(1)
    assert coil.open_ms() == parts.one_shot_ms + parts.release_ms


def test_the_clear_line_leaves_the_release_time_only() -> None:
    coil = Coil(WORST)
    coil.run(300, edges=True)
    coil.contactor.clear(0)
    assert coil.open_ms() == WORST.release_ms


def test_the_mirror_chatters_while_the_contacts_bounce_and_then_tells_the_truth() -> None:
    coil = Coil(Tolerances(bounce_ms=5))
    seen = []
    for _ in range(100):
        coil.run(1, edges=True)
        if coil.contactor.closed:
            seen.append(coil.contactor.mirror)
    assert set(seen[:5]) == {True, False} and not any(seen[5:])


def test_a_residual_current_module_lets_go_when_its_parts_do() -> None:
    for release_ms in (0, 500):
        schedule = Schedule()
        rcd = Rcd(schedule, lambda: None, Tolerances(rcd_answer_ms=100, rcd_release_ms=release_ms))
        rcd.test(True)
        schedule.now_ms = 100
        schedule.run_due()
        assert rcd.tripped
        rcd.test(False)
        schedule.now_ms += max(0, release_ms - 1)
        schedule.run_due()
        assert rcd.tripped is (release_ms > 0)
        schedule.now_ms += 1
        schedule.run_due()
        assert not rcd.tripped


def test_what_is_drawn_lies_within_what_the_worst_has() -> None:
    for seed in range(200):
        drawn = Tolerances.drawn(random.Random(seed))
        assert 48 <= drawn.one_shot_ms <= WORST.one_shot_ms and drawn.release_ms <= WORST.release_ms
        assert drawn.bounce_ms <= WORST.bounce_ms and drawn.pass_ms <= WORST.pass_ms and drawn.tick_ms <= WORST.tick_ms


class Port:
    """What the ADC of the shim needs of its port: inputs, and a tick that may come between select and read."""

    def __init__(self) -> None:
        self.inputs = [0] * 16
        self.inputs[7] = 500  # duty 50 %
        self.inputs[8] = 3000 | 1000 << 16  # the pilot: high 3000, low 1000
        self.inputs[12] = 2000 | 2000 << 16  # a slow channel
        self.inputs[15] = 5 << 16
        self.channel = self.turn = 0
        self.interrupt: Any = lambda: None

    def preempt(self) -> None:
        self.interrupt()


@pytest.fixture
def shim(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Port]]:
    """The machine module of the virtual board on a port of the test's."""
    import importlib.util
    import sys
    import types

    port = Port()
    world_port = types.ModuleType("world_port")
    world_port.port = port  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "world_port", world_port)
    path = Path(__file__).resolve().parents[2] / "tools" / "sim" / "shim" / "machine.py"
    spec = importlib.util.spec_from_file_location("machine_under_test", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module, port


def test_readings_are_as_far_apart_as_they_take(shim: tuple[Any, Port]) -> None:
    machine, port = shim
    adc = machine.ADC(48)
    high = [adc.read_u16() > 2000 for _ in range(200)]  # 200 of 5 us: one period
    assert high == [True] * 100 + [False] * 100
    port.turn = 250
    assert [adc.read_u16() > 2000 for _ in range(200)].count(True) == 100  # whatever the phase


def test_a_tick_between_select_and_read_leaves_its_own_channel_selected(shim: tuple[Any, Port]) -> None:
    machine, port = shim
    pilot, slow = machine.ADC(48), machine.ADC(52)
    assert abs(slow.read_u16() - 2000) < 64

    def tick() -> None:
        port.interrupt = lambda: None
        pilot.read_u16()

    port.turn = 600
    port.interrupt = tick
    assert abs(slow.read_u16() - 1000) < 64  # the pilot's low plateau, as on rp2 and stm32
