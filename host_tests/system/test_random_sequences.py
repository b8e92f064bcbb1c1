"""Random sequences of world events and faults: the safety invariants hold. `make random` plays more than a thousand."""

from __future__ import annotations

import subprocess
import sys

import pytest

from host_tests.rig.charger import ROOT


@pytest.mark.parametrize(("runtime", "product", "count"), [("cpython", "full", 20), ("cpython", "duo", 6), ("micropython", "full", 4)])
def test_the_invariants_hold_in_random_sequences(runtime: str, product: str, count: int) -> None:
    command = [sys.executable, "-m", "host_tests.sim.random_sequences", "--count", str(count), "--runtime", runtime, "--product", product]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120 + 10 * count)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("%d sequences on %s" % (count, runtime))
    assert ", 0 violations" in done.stdout
