"""A sample of `make update-sweep`: cuts of power and link in updates, on MicroPython from packed images."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from host_tests.faults.update_sweep import Charger, judge

# Operations of an update of the virtual board: its record, the blocks of the slot, the mark, the reset, the trial and its end.
PLACES = (0.001, 0.1, 0.55, 0.96, 0.975, 0.985, 0.99, 1.0)


@pytest.fixture(scope="module")
def charger() -> Iterator[Charger]:
    """The charger, and how many flash operations its update takes."""
    made = Charger()
    yield made
    made.close()


@pytest.fixture(scope="module")
def operations(charger: Charger) -> int:
    """The flash operations of an update that nobody disturbs."""
    statuses, version, done = charger.update(charger.good)
    assert judge(statuses, version, "Installed") == ""
    return done


@pytest.mark.parametrize("place", PLACES)
def test_an_update_survives_a_power_cut(charger: Charger, operations: int, place: float) -> None:
    """And the stop that waits in the queue does, too."""
    statuses, version, _ = charger.update(charger.good, power_cut=max(1, round(operations * place)), waiting=True)
    assert judge(statuses, version, "Installed") == ""


@pytest.mark.parametrize("sent", [1, 200, 100 * 1024])
def test_an_update_survives_a_server_that_breaks_off(charger: Charger, sent: int) -> None:
    """It goes on where it was."""
    statuses, version, _ = charger.update(charger.good, link_cut_bytes=sent)
    assert judge(statuses, version, "Installed") == ""
    assert statuses == ["Downloading", "Downloaded", "Installing", "Installed"]
    if sent > 1024:
        assert charger.server.asked[-1][1] > sent // 2, "what has come is not fetched again"


def test_a_broken_package_leaves_the_old_firmware_over_a_power_cut(charger: Charger, operations: int) -> None:
    """As it does without one."""
    bad = charger.good[:9000] + b"\0" + charger.good[9001:]
    statuses, version, _ = charger.update(bad, power_cut=operations // 2)
    assert judge(statuses, version, "InstallationFailed") == ""
