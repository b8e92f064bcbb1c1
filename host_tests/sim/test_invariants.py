"""The invariant checker sees each breach, and is silent about a charger that does everything right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.sim import faults
from tools.sim.connector import ConnectorKind
from tools.sim.flash import Memory
from tools.sim.invariants import ENERGY_CHECK_MS, Invariants
from tools.sim.world import World

COIL = 17
PILOT = 16
SIXTEEN_A_U16 = 17476


class Bench:
    """A world without firmware: the test is the firmware."""

    def __init__(self, folder: Path) -> None:
        self.world = World([ConnectorKind(False, 1)], Memory(folder))
        self.said: list[dict[str, object]] = []
        self.invariants = Invariants(self.world, self.said.append)
        self._level = 0

    @property
    def rules(self) -> list[object]:
        """Names of the rules broken so far."""
        return [violation["rule"] for violation in self.invariants.violations]

    def run_ms(self, duration_ms: int, edges: bool = False) -> None:
        """Let time pass, with an edge every 10 ms when `edges`."""
        for _ in range(duration_ms // 10):
            if edges:
                self._level ^= 1
                self.world.io.write_pin(COIL, self._level)
            self.world.advance(self.world.schedule.now_ms + 10)

    def charge(self) -> None:
        """A session as it should be, up to closed contacts."""
        self.world.connectors[0].plug(True, 16, 1, 40, 32)
        self.run_ms(600)
        self.world.io.write_pwm(PILOT, SIXTEEN_A_U16)
        self.run_ms(600)
        self.run_ms(2000, edges=True)
        assert self.world.connectors[0].contactor.closed


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A world in its own folder."""
    return Bench(tmp_path)


def test_a_session_as_it_should_be_is_no_violation(bench: Bench) -> None:
    bench.charge()
    bench.world.connectors[0].car.change(False, None, None)  # type: ignore[union-attr]
    bench.run_ms(600, edges=True)  # S2 opens at some time of these
    bench.run_ms(2000)
    assert not bench.world.connectors[0].contactor.closed
    assert [rule for rule in bench.rules if rule != "stays closed"] == []


def test_closing_without_c(bench: Bench) -> None:
    bench.run_ms(50, edges=True)
    assert "closes without C" in bench.rules
    assert bench.said[0]["event"] == "violation" and bench.said[0]["connector"] == 1


def test_closing_without_an_offer(bench: Bench) -> None:
    bench.charge()
    bench.run_ms(6000)
    bench.world.io.write_pwm(PILOT, 65535)
    bench.run_ms(50, edges=True)
    assert "closes without an offer" in bench.rules


def test_closing_without_diode_and_with_faults(bench: Bench) -> None:
    for name in ("pilot_no_diode", "rcd_trip"):
        assert faults.apply(bench.world, name, True, 1) is None
    bench.charge()
    assert "closes without diode" in bench.rules and "closes with a fault" in bench.rules


def test_staying_closed_after_the_car_left(bench: Bench) -> None:
    bench.charge()
    bench.world.connectors[0].unplug(True)
    bench.run_ms(120, edges=True)
    assert "stays closed" in bench.rules


def test_opening_in_time_is_measured(bench: Bench) -> None:
    bench.charge()
    bench.world.connectors[0].unplug(True)
    bench.run_ms(200)
    assert bench.rules == []
    (why, worst_ms), *rest = bench.invariants.worst_opening_ms.items()
    assert why == "pilot C to A" and worst_ms <= 85 and not rest


def test_staying_closed_after_a_trip(bench: Bench) -> None:
    bench.charge()
    faults.apply(bench.world, "rcd_trip", True, 1)
    bench.run_ms(120, edges=True)
    assert "stays closed" in bench.rules


def test_a_diode_can_be_missed_while_a_pwm_shows_it_only(bench: Bench) -> None:
    bench.charge()
    bench.world.io.write_pwm(PILOT, 65535)  # a load-free stop: steady, the car has its seconds
    faults.apply(bench.world, "pilot_no_diode", True, 1)
    bench.run_ms(120, edges=True)
    assert "stays closed" not in bench.rules
    bench.world.io.write_pwm(PILOT, SIXTEEN_A_U16)
    bench.run_ms(120, edges=True)
    assert "stays closed" in bench.rules


def test_cycling_too_fast(bench: Bench) -> None:
    bench.charge()
    bench.run_ms(200)
    bench.run_ms(200, edges=True)
    assert "cycles too fast" in bench.rules


def test_a_weld_is_the_worlds_doing(bench: Bench) -> None:
    faults.apply(bench.world, "contactor_welded", True, 1)
    bench.run_ms(1000)
    assert bench.rules == []


def test_energy_that_decreases(bench: Bench) -> None:
    bench.charge()
    bench.run_ms(ENERGY_CHECK_MS, edges=True)
    bench.world.connectors[0].energy_uj = 0
    bench.world.connectors[0].unplug(True)
    bench.run_ms(ENERGY_CHECK_MS)
    assert "energy decreases" in bench.rules
