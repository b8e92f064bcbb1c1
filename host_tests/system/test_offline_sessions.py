"""A sample of `make offline`, which plays 200 sessions: offline, with and without a clock, with a power cut, on both file systems."""

from __future__ import annotations

import pytest

from host_tests.system.offline_sessions import SCENES, play

SESSIONS = 5


@pytest.mark.parametrize("runtime", ["micropython", "cpython"])
@pytest.mark.parametrize(("never_synced", "cut"), [scene[:2] for scene in SCENES], ids=[scene[2] for scene in SCENES])
def test_sessions_without_a_link_are_delivered(runtime: str, never_synced: bool, cut: bool) -> None:
    """One start and one stop each, in order, energy and times right."""
    assert play(SESSIONS, runtime, never_synced, cut) == []
