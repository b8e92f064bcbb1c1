"""The STM32H743's internal flash against its watchdog: sectors of 128 KiB, behind a cache of one, erased and programmed again at each commit.

An erase takes 1.1 s, at most 2.2 s, the 4096 words that follow 0.4 to 1 s (docs/hardware.md 6.5), and a commit touches two sectors. Nothing feeds the
watchdog meanwhile, and a turn of the core may commit more than once.
"""

from __future__ import annotations

import ast
from pathlib import Path

from chargepoint.util.ticks import ticks_add
from host_tests.faults.volume_model import FlashModel, FramModel
from host_tests.unit.runtime.app_world import Bench

BOARD = Path(__file__).resolve().parents[2] / "boards" / "NUCLEO_H743ZI" / "board.py"
COMMIT_MS = 2 * (2200 + 1000)


def _watchdog_ms() -> int:
    """What the board sets its watchdog to."""
    for node in ast.parse(BOARD.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "LIMITS":
            assert isinstance(node.value, ast.Dict)
            for key, value in zip(node.value.keys, node.value.values):
                if isinstance(key, ast.Constant) and key.value == "wdt_ms":
                    return int(ast.literal_eval(value))
    raise AssertionError("the board names no wdt_ms")


class SlowBench(Bench):
    """A board with its FRAM. Each commit of a turn makes the turn longer; `longest_ms` is the longest time in which nobody fed the watchdog."""

    def __init__(self) -> None:
        flash = FlashModel()
        super().__init__(volume=flash, fram=FramModel(flash, 32768))
        self.longest_ms = self.commits = self.hungry_ms = 0
        step = self.app.step
        commits = self.volume.commits
        fed = self.wdt.fed

        def slow_step(now: int) -> int:
            nonlocal commits, fed
            wait = step(now)
            made = self.volume.commits - commits
            commits = self.volume.commits
            self.commits += made
            self.hungry_ms += made * COMMIT_MS
            if made:
                self.now = ticks_add(self.now, made * COMMIT_MS)
                self._tick(None)  # the one that the erase has held up
            self.longest_ms = max(self.longest_ms, self.hungry_ms)
            if self.wdt.fed != fed:
                fed = self.wdt.fed
                self.hungry_ms = 0
            self.hungry_ms += wait
            return int(wait)

        self.app.step = slow_step  # type: ignore[method-assign]


def test_a_session_on_slow_sectors_never_starves_the_watchdog() -> None:
    bench = SlowBench()
    bench.charging()
    bench.connectors[0].pilot.car = 0
    bench.run(60000)
    assert {"StartTransaction", "StopTransaction"} <= set(bench.actions())
    assert bench.commits >= 4, "start and stop are kept"
    assert bench.longest_ms < _watchdog_ms(), f"{bench.longest_ms} ms without food"


def test_a_burst_of_changes_on_slow_sectors_never_starves_the_watchdog() -> None:
    bench = SlowBench()
    bench.run(5000)
    for seconds in range(20, 40):
        assert bench.ask("ChangeConfiguration", {"key": "HeartbeatInterval", "value": str(seconds)})[2] == {"status": "Accepted"}
    assert bench.commits >= 20
    assert bench.longest_ms < _watchdog_ms(), f"{bench.longest_ms} ms without food"
