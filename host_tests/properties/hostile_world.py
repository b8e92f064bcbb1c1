"""Random sequences of a central system that says anything: hostile_central.py says what happens in them, this file plays and judges them.

After each sequence central system, driver and operator are good again: the charger has to boot, to charge, to tell the truth about its statuses,
and each start to have its one stop, together the energy that flowed. `make hostile` plays many, `make test` a few (test_any_central_system.py).
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for _folder in (str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)

from chargepoint.core.messages.records import START, STOP  # noqa: E402
from chargepoint.core.messages.registration import REGISTRATION_ACCEPTED  # noqa: E402
from host_tests.faults.volume_model import FlashModel, FramModel  # noqa: E402
from host_tests.properties.hostile_central import FRAM_BYTES, PRODUCTS, UIDS, Charger, Ledger  # noqa: E402
from host_tests.unit.runtime.app_world import Reset  # noqa: E402


class World:
    """A charger over its reboots."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.product = PRODUCTS[self.chance.randrange(len(PRODUCTS))]
        self.flash = FlashModel()
        self.fram = FramModel(self.flash, FRAM_BYTES)
        self.ledger = Ledger()
        self.done: list[str] = []
        self.is_hostile = False
        self.boot([0] * self.product.CONNECTORS)

    def boot(self, car: list[int]) -> None:
        """Power comes."""
        self.charger = Charger(self.product, self.flash, self.fram, self.ledger, car)
        self.charger.chance = self.chance if self.is_hostile else None

    def run(self, ms: int, quiet_minutes: int = 0) -> None:
        """Let time pass; a reset that the charger asks for happens."""
        for _ in range(3):
            try:
                self.charger.quiet(quiet_minutes)
                self.charger.run(ms)
            except Reset:
                self.done.append("reset")
                self.after_boot()
                continue
            return

    def after_boot(self) -> None:
        """The charger starts again, with what is plugged in."""
        self.check("before a boot")
        self.boot([parts.pilot.car for parts in self.charger.connectors])

    def check(self, when: str) -> None:
        """Nothing may have gone wrong inside."""
        charger = self.charger
        charger.check_refused()
        assert not charger.app.exceptions, f"{when}: " + str([line for line in charger.lines if "exception" in line][:1])
        assert not charger.wrong, f"{when}: {charger.wrong[:3]}"

    def stroke(self) -> None:
        """One thing happens."""
        chance, charger = self.chance, self.charger
        number = chance.randrange(100)
        pilot = chance.choice(charger.connectors).pilot
        what = ""
        if number < 45:
            for _ in range(chance.choice((1, 1, 1, 2, 8))):
                if charger.streams and charger._open:
                    charger.call(chance)
            what = "call"
        elif number < 50:
            pilot.car = 2
            charger.reader.uid[:] = chance.choice(UIDS)
            self.run(1000)
            self.charger.tap()
            what = "session"
        elif number < 60:
            pilot.car = chance.choice((0, 1, 2, 2, 2))
            what = f"car {pilot.car}"
        elif number < 74:
            charger.reader.uid[:] = chance.choice(UIDS)
            charger.reader.card = True
            self.run(500)
            self.charger.reader.card = False
            what = "card"
        elif number < 79:
            charger.cable_in = not charger.cable_in
            what = f"cable {charger.cable_in}"
        elif number < 84 and charger.late:
            charger.tell(charger.late.pop())
            what = "late"
        elif number < 88:
            if charger.streams:
                charger.streams[-1].ended = True
            what = "link ends"
        elif number < 91:
            self.after_boot()
            what = "power cut"
        elif number < 95:
            self.ledger.skew_s = chance.choice((0, 0, 3600, -3600, 86400 * 400, -86400 * 400, 5))
            what = f"clock {self.ledger.skew_s}"
        elif number < 97:
            charger.silent = not charger.silent
            what = f"silent {charger.silent}"
        elif number < 99:
            self.run(0, chance.choice((2, 10, 70)))
            what = "quiet"
        self.done.append(what)
        self.run(chance.choice((0, 50, 1000, 3000, 12000)))

    def recover(self) -> None:
        """The central system, the driver and the operator are good again."""
        self.done.append("GOOD")
        self.is_hostile = False
        self.charger.chance = None
        self.ledger.skew_s = 0
        charger = self.charger
        charger.late = []
        charger.cable_in, charger.silent = True, False
        for parts in charger.connectors:
            parts.pilot.car = 0
        self.run(5000)
        core = self.charger.app.core
        if core.registration.state != REGISTRATION_ACCEPTED or self.chance.randrange(2):
            self.after_boot()
        elif core.store.writes.left < 40:
            self.run(0, 70)  # until it may be written again
        self.run(30000, 1)
        charger = self.charger
        for line in self.product.CONFIGURATION.splitlines():
            key, _, value = line.partition("=")
            if value or "StopTxn" in key:
                assert charger.ask("ChangeConfiguration", {"key": key, "value": value})[0] == 3
        charger.ask("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})  # takes back the remote starts that wait for a plug for ever
        for number in range(len(charger.connectors) + 1):
            answer = charger.ask("ChangeAvailability", {"connectorId": number, "type": "Operative"})
            assert answer[2]["status"] == "Accepted", (number, answer)
        for c in charger.app.core.connectors:
            tx = c.transaction  # it may have been told not to end when the vehicle leaves
            if tx is not None and tx.transaction_id is not None:
                assert charger.ask("RemoteStopTransaction", {"transactionId": tx.transaction_id})[2]["status"] == "Accepted" or tx.stopping
            elif tx is not None:
                charger.app.core.on_card(tx.id_tag, charger.now)
        charger.streams[-1].ended = True
        self.run(40000)

    def session(self) -> None:
        """Somebody charges at each connector and leaves; everything is told."""
        charger = self.charger
        app = charger.app
        for number, parts in enumerate(charger.connectors):
            charger.reader.uid[:] = bytes((4, 0xEE, 0, number))
            parts.pilot.car = 2
            self.run(1000)
            charger.tap()
            self.run(8000)
            assert parts.contactor.driving, f"connector {number + 1} does not charge: {[line for line in charger.lines][-3:]}"
            self.run(4000)
            self.tells("Charging", number)
            charger.tap()
            self.run(3000)
            assert not parts.contactor.driving, "does not stop"
            parts.pilot.car = 0
            self.run(5000)
            self.tells("Available", number)
        self.run(2000, 4)
        assert self.charger is charger, "reset"
        assert app.store.queue.count == 0, f"{app.store.queue.count} messages stay"
        assert self.ledger.told[0] == "Available", self.ledger.told

    def tells(self, status: str, number: int) -> None:
        """The central system knows the truth about a connector."""
        assert self.ledger.told.get(number + 1) == status, f"connector {number + 1} is {status}, told {self.ledger.told}"

    def money(self) -> None:
        """Every start has its one stop, and together they are the energy that flowed."""
        ledger = self.ledger
        dead_numbers = {number for kind, number, _ in ledger.given_up.values() if kind == START}
        for seq, (kind, number, _) in ledger.given_up.items():
            assert seq in ledger.odd or (kind == STOP and number in dead_numbers), f"record {seq} given up, and nobody had refused it"
        open_starts = {seq: start for seq, start in ledger.starts.items() if seq not in ledger.given_up}
        for seq, stop in ledger.stops.items():
            last = stop["last"]
            mine = [key for key, start in open_starts.items() if str(last["transactionId"]) in start["ids"] and key < seq]
            assert mine, f"StopTransaction {seq} of nothing: {last}, of {ledger.starts}"
            start = open_starts.pop(max(mine))["last"]
            assert last["meterStop"] >= start["meterStart"], (start, last)
            assert last["timestamp"] >= start["timestamp"], f"a stop before its start: {start} {last}"
        dead_stops = [seq for seq, (kind, number, _) in ledger.given_up.items() if kind == STOP and number not in dead_numbers and seq not in ledger.stops]
        assert len(open_starts) == len(dead_stops), f"no stop for {open_starts}"
        starts = {seq: start["last"]["meterStart"] for seq, start in ledger.starts.items()}
        stops = {seq: stop["last"]["meterStop"] for seq, stop in ledger.stops.items()}
        for seq, (kind, _, meter_wh) in ledger.given_up.items():
            (starts if kind == START else stops)[seq] = meter_wh
        flowed = sum(parts.register.total_mwh for parts in self.charger.connectors) // 1000
        counted = sum(stops.values()) - sum(starts.values())
        assert len(starts) == len(stops), f"{sorted(starts)} and {sorted(stops)}"
        assert flowed - len(starts) <= counted <= flowed, f"{flowed} Wh flowed, {counted} Wh were counted"


def play(seed: int, strokes: int = 40) -> str:
    """Run one sequence. Returns: "", or what went wrong."""
    world = World(seed)
    gc.freeze()  # the firmware collects once a minute: let it look at its own
    try:
        world.run(4000)
        world.is_hostile = True
        world.charger.chance = world.chance
        for _ in range(strokes):
            world.stroke()
        world.check("while hostile")
        world.recover()
        world.session()
        world.check("at the end")
        world.money()
    except Exception as error:
        return f"seed {seed} ({world.product.NAME}): {type(error).__name__} {error}\n    {' '.join(world.done)}"
    return ""


def main() -> int:
    """Play many; 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(description="A central system that says anything, against the whole charger.")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    failures = 0
    for seed in range(options.seed, options.seed + options.count):
        wrong = play(seed)
        if wrong:
            failures += 1
            print(wrong, flush=True)
    print(f"{options.count} sequences, {failures} of them end badly")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
