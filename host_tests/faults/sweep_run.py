"""`make sweep`: cut the power at every flash operation, and run the cases with network or power in them at 50 random moments.

Every scenario has a charger of its own, its parts drawn from within their tolerances by the seed (`--parts nominal` or `worst` for others).
Takes long (an hour on two cores); `make test` runs a seeded sample of it (test_sweep_power_cuts.py, test_sweep_moments.py).
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for _folder in (str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)

from host_tests.faults.sweep_drain import QueuedSessions, drain_once  # noqa: E402
from host_tests.faults.sweep_moments import run_moments  # noqa: E402
from host_tests.faults.sweep_rig import SweepRig, Tally  # noqa: E402
from host_tests.faults.sweep_scenarios import SCENARIOS, Scenario, fresh_rig, run_once  # noqa: E402
from host_tests.rig.products import PRODUCTS  # noqa: E402

DRAIN = "drain"
DRAWN = "drawn"


class Runner:
    """Keeps a charger over the cuts of a scenario and replaces it after a failure, so that one does not cause the next."""

    def __init__(self, product: str, parts: str) -> None:
        self._product = product
        self._parts = parts
        self._rig: SweepRig | None = None

    def rig(self) -> SweepRig:
        """Return the charger, a fresh one if need be."""
        if self._rig is None:
            self._rig = fresh_rig(self._product, self._parts)
        return self._rig

    def close(self) -> None:
        """End the charger."""
        if self._rig is not None:
            self._rig.close()
            self._rig = None

    def run(self, scenario: Scenario, operation: int | None, tally: Tally) -> bool:
        """Run a scenario once; a failed assertion goes to the tally."""
        failures = len(tally.failures)
        struck = True
        try:
            struck = run_once(self.rig(), scenario, operation, tally)
        except AssertionError as error:
            tally.fail(f"{scenario.name}, cut in operation {operation}", str(error))
        if len(tally.failures) > failures:
            self.close()
        return struck


def count_operations(runner: Runner, scenario: Scenario, tally: Tally) -> int:
    """Run a scenario without a cut and return how many flash operations it made."""
    scenario.prepare(runner.rig())
    before = runner.rig().operations()
    scenario.act(runner.rig())
    operations = runner.rig().operations() - before
    scenario.check(runner.rig(), tally, f"{scenario.name}, without a cut")
    return operations


def drawn_parts(seed: int, name: str) -> str:
    """Return the number of a charger from the shelf (--parts), another for each scenario and seed."""
    return str(random.Random(f"{seed}/{name}/parts").randrange(1_000_000))


def sweep_scenario(product: str, scenario: Scenario, sample: int | None, seed: int, parts: str = DRAWN) -> Tally:
    """Cut in every operation of a scenario, or (sample) in a few chosen by the seed."""
    tally = Tally()
    runner = Runner(product, drawn_parts(seed, scenario.name) if parts == DRAWN else parts)
    try:
        operations = count_operations(runner, scenario, tally)
        if sample is None:
            operation = 1
            while runner.run(scenario, operation, tally) and operation <= 2 * operations + 100:
                operation += 1
        else:
            for operation in random.Random(f"{seed}/{scenario.name}").sample(range(1, operations + 1), min(sample, operations)):
                runner.run(scenario, operation, tally)
    finally:
        runner.close()
    return tally


def sweep_drain(product: str, sample: int | None, seed: int, sessions: int = 20, parts: str = DRAWN) -> Tally:
    """The same for the drain of a queue of sessions."""
    tally = Tally()
    with QueuedSessions(product, sessions, drawn_parts(seed, DRAIN) if parts == DRAWN else parts) as queued:
        _, operations = drain_once(queued, None, tally)
        numbers = range(1, operations + 1)
        for operation in numbers if sample is None else random.Random(f"{seed}/{DRAIN}").sample(numbers, min(sample, operations)):
            try:
                struck, _ = drain_once(queued, operation, tally)
            except AssertionError as error:
                tally.fail(f"{DRAIN}, cut in operation {operation}", str(error))
                continue
            if sample is None and not struck:
                break
    return tally


def sweep(product: str, names: list[str], sample: int | None, seed: int, say: Callable[[str], None] = print, parts: str = DRAWN) -> Tally:
    """Run the named scenarios and say what came out of each, and on which charger."""
    total = Tally()
    for name in names:
        if name == DRAIN:
            tally = sweep_drain(product, sample, seed, parts=parts)
        else:
            tally = sweep_scenario(product, SCENARIOS[name], sample, seed, parts)
        say(f"{product}, parts {drawn_parts(seed, name) if parts == DRAWN else parts}: {name}: {tally}")
        total.add(tally)
    return total


def names_of(product: str) -> list[str]:
    """Return the scenarios that a product can play."""
    offline, profiles = PRODUCTS[product].offline_start, PRODUCTS[product].profiles
    names = [name for name, scenario in SCENARIOS.items() if (offline or not scenario.offline) and scenario.profile in profiles]
    return names + ([DRAIN] if offline else [])


def main() -> int:
    """Run what was asked for; exit status 0 when nothing was lost, doubled or failed."""
    parser = argparse.ArgumentParser(description="Cut the power at every flash operation, and at random moments of the cases with network or power in them.")
    parser.add_argument("--product", default="full", choices=sorted(PRODUCTS))
    parser.add_argument("--scenario", action="append", choices=[*SCENARIOS, DRAIN, "none"], help="only this one; repeatable; none: moments only")
    parser.add_argument("--sample", type=int, help="this many operations of each scenario instead of all")
    parser.add_argument("--moments", type=int, default=50, help="random moments of each case")
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--parts", default=DRAWN, help="drawn by the seed, or as the virtual charger's --parts: nominal, worst, a number")
    arguments = parser.parse_args()
    names = [name for name in arguments.scenario or names_of(arguments.product) if name != "none"]
    tally = sweep(arguments.product, names, arguments.sample, arguments.seed, lambda text: print(text, flush=True), arguments.parts)
    for failure in tally.failures:
        print(f"\nFAILED {failure}", file=sys.stderr)
    if names:
        print(f"{arguments.product}: {tally}", flush=True)
    failed = bool(tally.failures)
    if arguments.moments:
        parts = drawn_parts(arguments.seed, "moments") if arguments.parts == DRAWN else arguments.parts
        failed |= bool(run_moments(arguments.product, arguments.moments, arguments.seed, lambda text: print(text, flush=True), parts))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
