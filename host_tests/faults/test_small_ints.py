"""What the safety tick computes stays within the small integers of a 32-bit port, where anything larger would allocate in the interrupt."""

from __future__ import annotations

from typing import Any, Callable, Optional

import pytest

from chargepoint.drivers.proximity import Proximity
from chargepoint.drivers.temperature import Ntc
from chargepoint.util import signals
from host_tests.safety_plant import Plant, tripped
from host_tests.small_int import LIMIT, NotSmall, SmallInt


class WatchedPlant(Plant):
    """A plant whose ADC gives watched integers, with slow inputs beside the pilot."""

    def __init__(self) -> None:
        super().__init__()
        safety: Any = self.safety
        safety._sampled = [Ntc(self), Proximity(self)]
        for name in ("ticks", "alive", "tripped", "blocked", "_token", "_jump", "_diode", "_off_ticks", "_equal"):
            setattr(safety, name, SmallInt(getattr(safety, name)))
        contactor: Any = self.contactor
        for name in ("off_ticks", "_age", "_differ", "_level"):
            setattr(contactor, name, SmallInt(getattr(contactor, name)))

    def step(self) -> None:
        super().step()
        self.safety.ticks = SmallInt(self.safety.ticks)  # it begins again with a plain zero

    def duty_u16(self, duty: Optional[int] = None) -> int:
        return SmallInt(super().duty_u16(duty))

    def read_u16(self) -> int:
        return SmallInt(min(65535, super().read_u16()))


@pytest.mark.parametrize("start", [0, 2**24 - 700, 2**24 - 1, 2**24 - 590])
def test_a_session_and_its_opening_at_any_count_of_ticks(start: int) -> None:
    plant = WatchedPlant()
    plant.safety.ticks = plant.safety.alive = SmallInt(start)
    plant.charge()
    plant.run(200)
    assert plant.closed and not plant.safety.tripped
    for state in ("B", "E", "F", "A"):
        plant.car(state)
        plant.run(100)
    assert not plant.closed and tripped(plant, signals.FAULT_PILOT_SHORT)
    assert not plant.pilot.duty_wrong()


def test_a_silent_loop_is_noticed_over_the_wrap_of_the_count() -> None:
    plant = WatchedPlant()
    plant.charge()
    plant.safety.ticks = plant.safety.alive = SmallInt(2**24 - 300)
    for _ in range(990):
        plant.step()
    assert plant.closed
    for _ in range(30):
        plant.step()
    assert not plant.closed and tripped(plant, signals.FAULT_INTERNAL)


def test_the_count_begins_again_before_it_is_too_large() -> None:
    plant = WatchedPlant()
    plant.safety.ticks = SmallInt(2**24 - 2)
    plant.run(3)
    assert plant.safety.ticks == 1


def test_the_watch_complains_itself() -> None:
    most: Any = SmallInt(LIMIT - 1)
    tries: list[Callable[[], Any]] = [lambda: most + 1, lambda: 1 + most, lambda: most * 2, lambda: most << 1, lambda: -most - 2]
    for compute in tries:
        with pytest.raises(NotSmall):
            compute()
    assert SmallInt(LIMIT - 1) - 1 == LIMIT - 2
