"""`make offline`: 200 sessions without a link, a power cut, and every one of them is delivered.

On both file systems (littlefs under MicroPython, overwritten in place under CPython), each time from a fresh flash: sessions after the clock was set
and a power cut, sessions of a charger that has never known the time, and the same with a power cut. Then the link is back and the queue drains.
The central system must then have exactly one start and one stop for each session, in the order in which they happened, with the times at which they
happened and the energy that flowed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")]

from host_tests.rig.central import simulated  # noqa: E402
from host_tests.rig.idle import settle_after_start  # noqa: E402
from host_tests.rig.messages import Message  # noqa: E402
from host_tests.rig.rig import VALID, VALID_2, Rig  # noqa: E402

SPEED = 1000.0
CHARGING_S = 4.0
DRAIN_S = 4000.0
# The start is noted when the card is accepted, the stop when it is presented again; both within this time of what the tester saw.
TIME_SLACK_S = 6.0
ROUNDING_WH = 2.0
SETTINGS = {"LocalAuthorizeOffline": "true", "AllowOfflineTxForUnknownId": "true", "MeterValueSampleInterval": "60"}
SCENES = (
    (False, True, "then a power cut"),
    (True, False, "before the first clock"),
    (True, True, "before the first clock, then a power cut"),
)
CARDS = (VALID, VALID_2, "DEADBEEF")


@dataclass(frozen=True)
class Happened:
    """One session as the tester saw it."""

    card: str
    begin_s: float
    end_s: float
    energy_wh: float


def _session(rig: Rig, card: str) -> Happened:
    before_wh = float(rig.charger.connector()["meter_wh"])
    rig.plug()
    rig.wait(1.5)
    begin_s = rig.now_s()
    rig.charger.request("tap", uid=card)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 60, "the contactor closes")
    rig.wait(CHARGING_S)
    end_s = rig.now_s()
    rig.charger.request("tap", uid=card)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "open", 60, "the contactor opens")
    rig.unplug()
    rig.wait(2.5)
    return Happened(card, begin_s, end_s, float(rig.charger.connector()["meter_wh"]) - before_wh)


def _transaction_messages(rig: Rig) -> list[Message]:
    """The starts and stops in the order in which they came, resent copies left out."""
    seen: dict[str, Message] = {}
    for message in rig.central.record:
        if message.sender == "CP" and message.kind == "call" and message.action in ("StartTransaction", "StopTransaction"):
            seen.setdefault(message.unique_id, message)
    return list(seen.values())


def compare(rig: Rig, happened: list[Happened]) -> list[str]:
    """Compare what the central system has been told with what happened; returns what is wrong."""
    wrong = list(rig.central.faults)
    told = _transaction_messages(rig)
    if [message.action for message in told] != ["StartTransaction", "StopTransaction"] * len(happened):
        counts = [sum(message.action == action for message in told) for action in ("StartTransaction", "StopTransaction")]
        wrong.append(f"{counts[0]} starts and {counts[1]} stops for {len(happened)} sessions, or not in pairs")
        return wrong
    total_wh = 0
    for number, (seen, start, stop) in enumerate(zip(happened, told[::2], told[1::2]), 1):
        if start["idTag"] != seen.card:
            wrong.append(f"session {number}: card {start['idTag']}, it was {seen.card}")
        for name, message, true_s in (("start", start, seen.begin_s), ("stop", stop, seen.end_s)):
            error_s = simulated(message["timestamp"]) - true_s
            if not -0.5 <= error_s <= TIME_SLACK_S:
                wrong.append(f"session {number}: the {name} is stamped {error_s:+.1f} s off")
        told_wh = stop["meterStop"] - start["meterStart"]
        total_wh += told_wh
        if abs(told_wh - seen.energy_wh) > ROUNDING_WH:
            wrong.append(f"session {number}: {told_wh} Wh told, {seen.energy_wh:.1f} Wh flowed")
    span_wh = told[-1]["meterStop"] - told[0]["meterStart"]
    true_wh = sum(seen.energy_wh for seen in happened)
    if abs(span_wh - true_wh) > ROUNDING_WH:
        wrong.append(f"{span_wh} Wh told in all, {true_wh:.1f} Wh flowed")
    return wrong


def play(count: int, runtime: str, never_synced: bool = False, cut: bool = True, product: str = "full") -> list[str]:
    """Run `count` sessions offline, cut the power (or not), let the link come back, drain; returns what is wrong.

    `never_synced`: the flash is fresh and the link is out from the first moment, so the charger does not know the time. After a cut on top of that
    nobody can know when it was: then the stamps must be in order and not in the future.
    """
    with tempfile.TemporaryDirectory(prefix="offline-") as folder:
        rig = Rig(product, 1.0 if never_synced else SPEED)
        try:
            rig.switch_on(flash=Path(folder) / "flash", settings=SETTINGS, options=("--runtime", runtime))
            if not never_synced:
                settle_after_start(rig)
            rig.network(False)
            if rig.central.record and never_synced:
                return ["the charger reached the central system before the link was cut: nothing was tested"]
            rig.charger.request("rate", speed=SPEED)
            rig.speed = rig.charger.speed = SPEED
            rig.wait(20)
            happened = [_session(rig, CARDS[number % len(CARDS)]) for number in range(count)]
            if cut:
                rig.power(False)
                rig.wait(30)
            rig.network(True)
            if cut:
                rig.power(True)
            _drained(rig, count)
            wrong = compare(rig, happened)
            if never_synced and cut:
                stamps = [simulated(message["timestamp"]) for message in _transaction_messages(rig)]
                wrong = [line for line in wrong if "stamped" not in line]
                if stamps != sorted(stamps) or not stamps or stamps[-1] > rig.now_s():
                    wrong.append("the stamps are not in order, or in the future")
            return wrong
        finally:
            rig.close()


def _drained(rig: Rig, count: int) -> None:
    rig.wait_until(lambda: len(rig.central.transactions) >= count and not rig.central.open_transactions(), DRAIN_S, "the queue is drained")
    rig.wait(10)


def main(arguments: list[str]) -> int:
    """Run everything; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--product", default="full")
    options = parser.parse_args(arguments)
    failed = False
    for runtime, place in (("micropython", "littlefs"), ("cpython", "overwritten in place")):
        for never_synced, cut, text in SCENES:
            began_s = time.monotonic()
            wrong = play(options.sessions, runtime, never_synced, cut, options.product)
            failed = failed or bool(wrong)
            right = "energy right, stamps in order" if never_synced and cut else "energy and times right"
            result = "; ".join(wrong[:5]) or f"{options.sessions} starts, {options.sessions} stops, in order, {right}"
            print(f"{options.sessions} offline sessions on {place}, {text}: {result} ({time.monotonic() - began_s:.0f} s)", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
