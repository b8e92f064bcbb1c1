"""Days between two events of a connector on models: what the core asks for and hears is the same after a fortnight as after a minute."""

from __future__ import annotations

import pytest

from chargepoint.core import commands
from host_tests.faults.bench import Charger

DAYS = (1, 6.3, 9, 13)


@pytest.mark.parametrize("days", DAYS)
def test_a_session_after_idle_days(days: float) -> None:
    charger = Charger()
    charger.run(1000)
    charger.idle(days)
    charger.charge()


@pytest.mark.parametrize("days", DAYS)
def test_a_second_session_and_its_energy(days: float) -> None:
    charger = Charger()
    charger.charge()
    charger.run(3000)
    charger.io.execute(commands.CMD_OPEN, 0, charger.clock.now)
    charger.io.execute(commands.CMD_OFFER, 0, charger.clock.now)
    charger.run(500)
    charger.car.state = "A"
    charger.run(1500)
    before = charger.core.energies[-1]
    charger.idle(days)
    charger.core.events.clear()
    charger.charge()
    charger.run(3000)
    assert before < charger.core.energies[-1] < before + 100 * 1000
    assert charger.core.energies == sorted(charger.core.energies)


@pytest.mark.parametrize("days", DAYS)
def test_a_reduction_reaches_the_pilot_in_a_session_of_days(days: float) -> None:
    charger = Charger()
    charger.run(1000)
    charger.io.execute(commands.CMD_OFFER, 16000, charger.clock.now)
    charger.idle(days)
    charger.io.execute(commands.CMD_OFFER, 6000, charger.clock.now)
    assert charger.io.offered_ma == 6000
    charger.idle(days)
    charger.io.execute(commands.CMD_OFFER, 16000, charger.clock.now)
    charger.run(100)
    assert charger.io.offered_ma == 16000


@pytest.mark.parametrize("days", DAYS)
def test_a_meter_that_was_silent_for_days_counts_forwards_when_it_is_back(days: float) -> None:
    charger = Charger()
    charger.charge()
    charger.run(3000)
    charger.chip.faults.add("stuck_1")
    charger.run(6000)
    charger.car.state = "A"
    charger.idle(days)
    charger.chip.faults.clear()
    charger.run(70_000)
    assert charger.core.energies == sorted(charger.core.energies)
    assert not charger.core.faults
