"""A seeded sample of `make sweep`: the certification cases with network or power in them, at random moments of the cut."""

from __future__ import annotations

from host_tests.faults.sweep_moments import run_moments


def test_cases_hold_at_random_moments_of_the_cut() -> None:
    """One moment a case here, fifty in `make sweep`."""
    failures = run_moments("full", moments=1, seed=16)
    assert not failures, "\n\n".join(failures)
