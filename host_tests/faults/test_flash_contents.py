"""A sample of `make flash-contents`: whatever lies on the flash, the charger boots and charges."""

from __future__ import annotations

import pytest

from host_tests.faults.flash_contents import play

A_TEST = 15


@pytest.mark.parametrize("part", range(6))
def test_random_contents_boot_and_charge(part: int) -> None:
    wrong = [found for found in (play(seed) for seed in range(part * A_TEST, (part + 1) * A_TEST)) if found]
    assert not wrong, "\n".join(wrong)
