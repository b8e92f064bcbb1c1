"""Random sequences of world events and faults against the real firmware in virtual time; the safety invariants must hold in all.

    .venv/bin/python -m host_tests.sim.random_sequences --count 1000 --seed 1

Prints one line with the count; a breach prints the seed of its sequence, what happened in it, and makes the exit status 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from host_tests.sim.in_process import Charger
from tools.sim import faults

SEQUENCE_MS = 25_000
AHEAD_MS = 150  # the firmware may be up to 100 ms ahead of the world
CLEAR_FAULT = 10  # chargepoint.core.commands
CARDS = (bytes.fromhex("DEADBEEF"), bytes.fromhex("04A1B2C3D4E5F6"))
SETTINGS = {"AllowOfflineTxForUnknownId": "true", "LocalAuthorizeOffline": "true"}
FAULTS = tuple(name for name in faults.NAMES if name not in ("firmware_hang", "flash_full")) + ("rcd_test_dead", "sensor_open", "meter_lost_read")


class Sequence:
    """One sequence: what happens when, drawn from one seed, told in words."""

    def __init__(self, charger: Charger, seed: int) -> None:
        self.charger = charger
        self.random = random.Random(seed)
        self.told: list[str] = []
        self.sessions = 0

    def play(self) -> None:
        """A car and a card at first, so that most sequences charge; then anything."""
        start_ms = self.charger.world.schedule.now_ms
        connectors = self.charger.world.connectors
        self._at(start_ms + self.random.randrange(100, 3000), "plug", lambda: self._plug(self.random.randrange(len(connectors))))
        self._at(start_ms + self.random.randrange(3000, 6000), "tap", lambda: self.charger.world.reader.tap(CARDS[0], 400))
        for _ in range(self.random.randrange(2, 9)):
            name, action = self._draw()
            self._at(start_ms + self.random.randrange(5000, SEQUENCE_MS), name, action)
        closings = [connector.contactor.cycles for connector in connectors]
        self.charger.run(start_ms + SEQUENCE_MS)
        self.sessions += sum(connector.contactor.cycles for connector in connectors) - sum(closings)
        self._tidy_up()

    def _at(self, time_ms: int, name: str, action: Callable[[], object]) -> None:
        def act() -> None:
            self.told.append("%9.3f %s" % (time_ms / 1000, name))
            action()

        self.charger.world.schedule.at(time_ms, act)

    def _draw(self) -> tuple[str, Callable[[], object]]:
        world = self.charger.world
        number = self.random.randrange(len(world.connectors))
        kind = self.random.randrange(10)
        if kind < 4:
            name, on = self.random.choice(FAULTS), self.random.random() < 0.6
            return "fault %s %s on %d" % (name, "on" if on else "off", number + 1), lambda: faults.apply(world, name, on, number + 1)
        if kind == 4:
            both = self.random.random() < 0.7
            return "unplug %d" % (number + 1), lambda: world.connectors[number].unplug(both)
        if kind == 5:
            return "plug %d" % (number + 1), lambda: self._plug(number)
        if kind == 6:
            wants = self.random.random() < 0.5
            return "ev %d wants %s" % (number + 1, wants), lambda: self._ev(number, wants)
        if kind == 7:
            card = self.random.choice(CARDS)
            return "tap %s" % card.hex(), lambda: world.reader.tap(card, 400)
        if kind == 8:
            duration_ms, interrupts = self.random.choice((20, 100, 700, 2500)), self.random.random() < 0.7
            return "block %d ms, interrupts %s" % (duration_ms, interrupts), lambda: self._block(duration_ms, interrupts)
        off_ms = self.random.choice((1, 50, 3000))
        return "power off for %d ms" % off_ms, lambda: self._power_cut(off_ms)

    def _plug(self, number: int) -> None:
        self.charger.world.connectors[number].plug(self.random.random() < 0.9, 16, self.random.choice((1, 3)), 40, 32)

    def _ev(self, number: int, wants: bool) -> None:
        car = self.charger.world.connectors[number].car
        if car is not None:
            car.change(wants, None, None)

    def _block(self, duration_ms: int, interrupts: bool) -> None:
        self.charger.world.block_ms = duration_ms
        self.charger.world.block_interrupts = interrupts

    def _power_cut(self, off_ms: int) -> None:
        if self.charger.world.mains.on:
            self.charger.cut_power()
            self.charger.world.schedule.after(off_ms, self.charger.restore_power)

    def _tidy_up(self) -> None:
        """Take everything away again, as at the end of a day, and leave some time for recovery."""
        world = self.charger.world
        self._at(world.schedule.now_ms + AHEAD_MS, "end", self._take_everything_away)
        self._at(world.schedule.now_ms + AHEAD_MS + 600, "operator clears latches", self._clear_latches)
        self.charger.run(world.schedule.now_ms + self.random.choice((1_000, 7_000, 7_000, 32_000)))

    def _take_everything_away(self) -> None:
        charger = self.charger
        charger.restore_power()
        for connector in charger.world.connectors:
            for name in FAULTS:
                if name != "lock_jammed" or connector.lock is not None:
                    faults.apply(charger.world, name, False, connector.number)
            if connector.car is not None:
                connector.unplug(True)

    def _clear_latches(self) -> None:
        """What an operator does on the REPL after a weld was mended."""
        app = self.charger.app
        if app is not None:
            for io in app.connectors:
                io.execute(CLEAR_FAULT, 0, app.hardware.clock.ticks_ms())


def main() -> int:
    """Play the sequences; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--product", default="full")
    options = parser.parse_args()
    sessions = 0
    with tempfile.TemporaryDirectory() as folder:
        charger = Charger(Path(folder) / "flash", options.product, SETTINGS)
        for seed in range(options.seed, options.seed + options.count):
            sequence = Sequence(charger, seed)
            sequence.play()
            sessions += sequence.sessions
            if charger.invariants.violations:
                print("sequence with seed %d breaks an invariant:" % seed)
                print("\n".join(sequence.told))
                print("\n".join("%s" % violation for violation in charger.invariants.violations))
                return 1
            if charger.app is not None and charger.app.exceptions:
                print("sequence with seed %d: %d exceptions in the app" % (seed, charger.app.exceptions))
                print("\n".join(sequence.told + charger.log[-10:]))
                return 1
    worst = ", ".join("%s %d ms" % pair for pair in sorted(charger.invariants.worst_opening_ms.items()))
    print("%d sequences, %d closings, %d resets, 0 violations; worst from trip to open contacts: %s" % (
        options.count, sessions, charger.resets, worst or "none"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
