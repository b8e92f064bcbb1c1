"""A seeded sample of `make sweep`: the power fails in the middle of a flash operation, and nothing is lost or doubled."""

from __future__ import annotations

import pytest

from host_tests.faults.sweep_run import DRAIN, names_of, sweep_drain, sweep_scenario
from host_tests.faults.sweep_scenarios import SCENARIOS

PRODUCT = "full"
SAMPLE = 3
SEED = 16


@pytest.mark.parametrize("name", [name for name in names_of(PRODUCT) if name != DRAIN])
def test_power_cuts(name: str) -> None:
    """Boot, configuration, online and offline session."""
    tally = sweep_scenario(PRODUCT, SCENARIOS[name], SAMPLE, SEED)
    print(f"{name}: {tally}")
    assert not tally.failures, "\n\n".join(tally.failures)
    assert tally.cuts and not tally.lost and not tally.doubled, str(tally)


def test_power_cuts_while_twenty_queued_sessions_drain() -> None:
    """Each session arrives once, in order, with its energy."""
    tally = sweep_drain(PRODUCT, SAMPLE, SEED)
    print(f"drain: {tally}")
    assert not tally.failures, "\n\n".join(tally.failures)
    assert tally.cuts and not tally.lost and not tally.doubled, str(tally)
