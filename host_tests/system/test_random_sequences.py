"""Random sequences of world events and faults: the safety invariants hold. The count can be raised: PILOTLINE_SEQUENCES=1000."""

from __future__ import annotations

import os
import subprocess
import sys

from host_tests.rig.charger import ROOT

COUNT = int(os.environ.get("PILOTLINE_SEQUENCES", "20"))


def test_the_invariants_hold_in_random_sequences() -> None:
    command = [sys.executable, "-m", "host_tests.sim.random_sequences", "--count", str(COUNT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120 + 3 * COUNT)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("%d sequences" % COUNT)
    assert ", 0 violations" in done.stdout
