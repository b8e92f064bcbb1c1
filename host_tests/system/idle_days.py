"""`make idle` and `make year`: a charger that nobody touches for days, then a session as on its first day.

Time passes through the control command `skip`. The days are those around half the range of ticks (6.2 days) and past it (12.4), where
a moment that was kept without being aged lies in the future; each kind of idleness is followed by a session on every connector, with
an hour of charging that is skipped too. What is told must be in order, stamped with the time at which it happened, and the energy
must be the one that flowed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")]

from host_tests.rig import states  # noqa: E402
from host_tests.rig.central import simulated  # noqa: E402
from host_tests.rig.idle import fresh  # noqa: E402
from host_tests.rig.messages import wanted  # noqa: E402
from host_tests.rig.rig import VALID, Rig  # noqa: E402

DAY_S = 86_400
DAYS = (1, 6, 7, 9, 12, 13)
YEAR = (*DAYS, 30, 90, 197)
HOUR_S = 3600
STAMP_SLACK_S = 6.0
ROUNDING_WH = 2.0


def session(rig: Rig, connector: int) -> None:
    """Plug in, a card, an hour of charging, the card again, unplug; everything that is told must be right."""
    before_wh = float(rig.charger.connector(connector)["meter_wh"])
    rig.start_case()
    states.plugged(rig, connector)
    tapped_s = rig.tap(VALID)
    rig.expect("Authorize", idTag=VALID)
    running = states.started(rig, VALID, connector)
    rig.charger.skip(HOUR_S)
    ended_s = rig.tap(VALID)
    stop = states.stopped(rig, running)
    rig.unplug(connector)
    rig.expect_all(wanted("StatusNotification", connectorId=connector, status="Available"))
    for message, true_s in ((running.start, tapped_s), (stop, ended_s)):
        error_s = simulated(message["timestamp"]) - true_s
        if not -0.5 <= error_s <= STAMP_SLACK_S:
            raise rig.failure(f"{message.action} is stamped {error_s:+.1f} s off")
    told_wh = stop["meterStop"] - running.start["meterStart"]
    flowed_wh = float(rig.charger.connector(connector)["meter_wh"]) - before_wh
    if abs(told_wh - flowed_wh) > ROUNDING_WH or flowed_wh < 3000:
        raise rig.failure(f"{told_wh} Wh told, {flowed_wh:.1f} Wh flowed")
    rig.finish_case()


def play(product: str, runtime: str, days: "tuple[int, ...]" = DAYS) -> str:
    """Idle for each number of days, a session after each; returns one line of what there was. Raises AssertionError."""
    began_s = time.monotonic()
    with fresh(product, options=("--runtime", runtime)) as rig:
        for idle in days:
            rig.charger.skip(idle * DAY_S)
            for connector in rig.product.connector_numbers:
                session(rig, connector)
        boots = rig.charger.truth()["boots"]
        if boots != 1:
            raise rig.failure(f"{boots - 1} resets")
        days_passed = rig.now_s() / DAY_S
    return f"{product} on {runtime}: {days_passed:.1f} days, {len(days)} idle spells, no reset ({time.monotonic() - began_s:.0f} s)"


def main(arguments: list[str]) -> int:
    """Play what was asked for; a failure ends it with a traceback."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--product", action="append", help="lecs007, full and duo unless given")
    parser.add_argument("--runtime", default="micropython", choices=("micropython", "cpython"))
    parser.add_argument("--year", action="store_true", help="idle for a whole year, in spells that grow")
    options = parser.parse_args(arguments)
    for product in options.product or ("lecs007", "full", "duo"):
        print(play(product, options.runtime, YEAR if options.year else DAYS), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
