"""How long it takes from a trip to open contacts, measured in the virtual charger while the application is made to block.

    .venv/bin/python -m host_tests.faults.trip_times

One charger is brought to charging; then each case goes on from there in a copy of the process: the same world, another trip at another
millisecond. A trip is the instant in which the physical input changes. What blocks, for how long, and whether the hard timer's callback
runs meanwhile is told per board (docs/hardware.md 6.5); during a block the callback may not allocate, as in an interrupt. On boards whose
timers stop with the interrupts the contactor is let go by the one-shot of the coil, whatever the firmware would like: that keeps the
limit with parts as in the data sheet, and costs the session; with the longest one-shot and the slowest contacts it takes their sum. The last column
says after which blocks the contactor is still closed.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")]

LIMIT_MS = 100
WATCH_MS = 150
SETTINGS = {"AllowOfflineTxForUnknownId": "true", "LocalAuthorizeOffline": "true"}
CARD = bytes.fromhex("DEADBEEF")


@dataclass(frozen=True)
class Block:
    """Something that keeps the application from running. `interrupts`: the port runs hard timers meanwhile."""

    what: str
    ms: int
    interrupts: bool


# The durations are those of docs/hardware.md 6.5 where it has one (flash), else upper estimates for the clock of the board.
BOARDS: dict[str, tuple[Block, ...]] = {
    "virtual": (Block("nothing", 0, True),),
    "NUCLEO_H743ZI": (
        Block("TLS step", 400, True), Block("garbage collection", 20, True), Block("message of 16 KiB", 60, True),
        Block("flash sector erase", 2000, False)),
    "W5500_EVB_PICO": (
        Block("TLS step", 1500, True), Block("garbage collection", 40, True), Block("message of 16 KiB", 250, True),
        Block("flash program", 2, False), Block("flash erase, typical", 45, False), Block("flash erase, worst", 400, False)),
    "OLIMEX_ESP32_POE": (
        Block("TLS step", 1500, False), Block("garbage collection", 40, False), Block("message of 16 KiB", 250, False),
        Block("flash write", 80, False)),
}


def _car_opens_s2(charger: Any) -> None:
    connector = charger.world.connectors[0]
    connector.car.wants_energy = connector.car.s2 = False
    connector.refresh()


def _fault(name: str) -> Callable[[Any], object]:
    from tools.sim import faults

    return lambda charger: faults.apply(charger.world, name, True, 1)


def causes() -> dict[str, Callable[[Any], object]]:
    """The trips that have to open within 100 ms."""
    trips: dict[str, Callable[[Any], object]] = {"C to B": _car_opens_s2, "C to A": lambda charger: charger.world.connectors[0].unplug(True)}
    for name in ("pilot_short", "pilot_no_diode", "rcd_trip", "emergency_stop"):
        trips[name] = _fault(name)
    return trips


class Bench:
    """A charger that charges, and copies of it in which something happens."""

    def __init__(self, folder: Path, product: str, tolerances: Any) -> None:
        """Boot and charge."""
        from host_tests.sim.in_process import Charger

        self.charger: Any = Charger(folder, product, SETTINGS, tolerances)
        world = self.charger.world
        self.charger.run(8000)
        world.connectors[0].plug(True, 16, 1, 40, 32)
        self.charger.run(10_000)
        world.reader.tap(CARD, 400)
        self.charger.run(20_000)
        assert world.connectors[0].contactor.closed, "the charger does not charge"
        gc.collect()
        gc.freeze()  # a collection in a copy would touch, and so copy, every page

    def in_a_copy(self, play: Callable[[Any], int]) -> int:
        """Run `play` with a copy of the charger; returns what it returned."""
        receive, send = os.pipe()
        child = os.fork()
        if not child:
            result = -2
            try:
                result = play(self.charger)
            finally:
                os.write(send, b"%d" % result)
                os._exit(0)
        os.close(send)
        with os.fdopen(receive, "rb") as answer:
            text = answer.read()
        os.waitpid(child, 0)
        assert int(text) != -2, "the copy failed"
        return int(text)

    def trip_ms(self, trip: Callable[[Any], object], block: Block, at_ms: int, after_ms: int) -> int:
        """Milliseconds from a trip `after_ms` into a block that begins after `at_ms`; -1 when the contacts had opened before."""

        def play(charger: Any) -> int:
            world = charger.world
            contactor = world.connectors[0].contactor
            start_ms = world.schedule.now_ms + 150 + at_ms  # the firmware may be up to 100 ms ahead of the world
            tripped: list[int] = []
            opened: list[int] = []

            def begin() -> None:
                world.block_ms, world.block_interrupts = block.ms, block.interrupts

            def act() -> None:
                if contactor.closed:
                    tripped.append(world.schedule.now_ms)
                    trip(charger)

            def heard(entry: dict[str, object]) -> None:
                if entry["what"] == "contactor" and entry["to"] == "open" and tripped and not opened:
                    opened.append(world.schedule.now_ms)

            world.history.listeners.append(heard)
            world.schedule.at(start_ms, begin)
            world.schedule.at(start_ms + after_ms, act)
            end_ms = start_ms + after_ms + WATCH_MS
            while not opened and world.schedule.now_ms < end_ms:
                charger.run(min(world.schedule.now_ms + 25, end_ms))
            if not tripped:
                return -1
            return opened[0] - tripped[0] if opened else 10 * LIMIT_MS

        return self.in_a_copy(play)

    def hang_ms(self, at_ms: int) -> int:
        """Milliseconds from the moment in which the firmware stops to open contacts, its pins as they were."""

        def play(charger: Any) -> int:
            world = charger.world
            charger.run(world.schedule.now_ms + 150 + at_ms)
            start_ms = world.schedule.now_ms
            while world.connectors[0].contactor.closed and world.schedule.now_ms < start_ms + 10 * LIMIT_MS:
                world.advance(world.schedule.now_ms + 1)
            return int(world.schedule.now_ms - start_ms)

        return self.in_a_copy(play)

    def survives(self, block: Block) -> bool:
        """The contactor is closed after this block, at whatever moment it comes."""

        def play(charger: Any) -> int:
            world = charger.world

            def start_block() -> None:
                world.block_ms, world.block_interrupts = block.ms, block.interrupts

            world.schedule.after(150, start_block)
            charger.run(world.schedule.now_ms + 150 + block.ms + WATCH_MS)
            return int(world.connectors[0].contactor.closed)

        return bool(self.in_a_copy(play))


def measure(product: str, samples: int, tolerances: Any) -> "list[tuple[str, Block, dict[str, int], bool]]":
    """Board, block, the worst time of each cause, and whether the session survives the block."""
    chance = random.Random(16)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), product, tolerances)
        for board, blocks in BOARDS.items():
            for block in blocks:
                worst = {}
                for name, trip in causes().items():
                    worst[name] = max(
                        bench.trip_ms(trip, block, sample % 20, chance.randrange(min(block.ms, 100) + 20)) for sample in range(samples))
                if not block.ms:
                    worst["firmware_hang"] = max(bench.hang_ms(sample % 20) for sample in range(samples))
                rows.append((board, block, worst, bench.survives(block) if block.ms else True))
    return rows


def table(rows: "list[tuple[str, Block, dict[str, int], bool]]") -> str:
    """The table for people."""
    names = [*causes(), "firmware_hang"]
    head = ["board", "the application blocks in", "ms", "timer runs", *names, "session goes on"]
    lines = [head]
    for board, block, worst, survives in rows:
        times = ["-" if worst.get(name, -1) < 0 else "%d" % worst[name] for name in names]
        lines.append([board, block.what, "%d" % block.ms, "yes" if block.interrupts else "no", *times, "yes" if survives else "no"])
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def main() -> int:
    """Measure and print; the exit status is 1 when a trip takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--product", default="full")
    parser.add_argument("--samples", type=int, default=20, help="trips for each cause and block, at different moments")
    options = parser.parse_args()
    from tools.sim.tolerances import NOMINAL, WORST

    good = True
    for name, tolerances in (("parts as in the data sheet", NOMINAL), ("every part at the worst end of its tolerance", WORST)):
        rows = measure(options.product, options.samples, tolerances)
        print("From trip to open contacts, worst of %d trips each, in ms of simulated time, %s:\n" % (options.samples, name))
        print(table(rows))
        with_tick, without = worst_of(rows)
        alone_ms = max(LIMIT_MS, tolerances.alone_ms)
        print("\nworst while the safety tick runs: %d ms, margin %d ms; while it stands still and the one-shot decides: %d ms, margin %d ms\n" % (
            with_tick, LIMIT_MS - with_tick, without, alone_ms - without))
        good = good and with_tick <= LIMIT_MS and without <= alone_ms
    return 0 if good else 1


def worst_of(rows: "list[tuple[str, Block, dict[str, int], bool]]") -> tuple[int, int]:
    """The worst opening while the tick runs, and the worst with a tick that stands still: then nobody clears the one-shot."""
    running = [ms for _, block, worst, _ in rows for name, ms in worst.items() if block.interrupts and name != "firmware_hang"]
    standing = [ms for _, block, worst, _ in rows for name, ms in worst.items() if not block.interrupts or name == "firmware_hang"]
    return max(running), max(standing)


if __name__ == "__main__":
    from host_tests.faults import trip_times  # once by its real name

    sys.exit(trip_times.main())
