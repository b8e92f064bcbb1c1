"""A central system that says anything: a sample of `make hostile`; after each sequence the charger boots, charges, tells the truth and has its money right."""

from __future__ import annotations

import pytest

from host_tests.properties.hostile_world import play

SEEDS = (1, 5, 13, 16, 74, 156, 314, 1001)  # the products alike; 16, 74 and 156 leave transactions and authorizations behind


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_it_says_the_charger_boots_charges_and_counts_right(seed: int) -> None:
    assert play(seed) == ""
