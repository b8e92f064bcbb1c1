"""Random sequences of world events and faults against the real firmware in virtual time; the safety invariants must hold in all.

    .venv/bin/python -m host_tests.sim.random_sequences --count 1000 --seed 1
    .venv/bin/python -m host_tests.sim.random_sequences --count 100 --runtime micropython

On CPython firmware and world are in this process, on MicroPython the firmware is in its own. Each charger is drawn from the shelf: its parts
are anywhere within their tolerances, its passes and ticks take time (tools/sim/tolerances.py). A sequence charges first, then come events:
faults in and out, the car, the plug, cards, power cuts, blocking calls of every kind, flash that is slow, on CPython also charging profiles, reservations
and local lists; some begin after idle days.
Besides what tools/sim/invariants.py watches, on CPython the coil may be energised only while a transaction runs, and the register of the
meter must never fall, nor count what did not flow. A new charger charges, whatever its parts are like.
Prints one line with the counts; a breach prints the seed of its sequence, what happened in it, and makes the exit status 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")]

from tools.sim import faults  # noqa: E402
from tools.sim.tolerances import Tolerances  # noqa: E402

START_LIMIT_MS = 20_000  # for the first closing: boot, self-test, off-time
EVENTS_MS = 20_000
AHEAD_MS = 150  # the firmware may be up to 100 ms ahead of the world
IDLE_SHARE = 0.02
IDLE_DAYS = (1, 6, 7, 9, 12, 13)
CHARGERS_EACH = 10  # sequences on one charger, before the next is taken from the shelf
CARDS = (bytes.fromhex("DEADBEEF"), bytes.fromhex("04A1B2C3D4E5F6"))
SETTINGS = {"AllowOfflineTxForUnknownId": "true", "LocalAuthorizeOffline": "true"}
FAULTS = tuple(name for name in faults.NAMES if name not in ("firmware_hang", "flash_full")) + (
    "rcd_test_dead", "sensor_open", "sensor_short", "meter_lost_read", "reader_garbage")
PERMANENT = ("contactor_welded",)  # stay latched until an operator clears them


class Sequence:
    """One sequence: what happens when, drawn from one seed, told in words."""

    def __init__(self, charger: Any, seed: int) -> None:
        self.charger = charger
        self.random = random.Random(seed)
        self.told: list[str] = []
        self.closings = 0
        self.wanted = False  # the first car
        self.charged = False
        self.faults: set[str] = set()

    def play(self) -> None:
        """A car and a card, and when it charges: anything."""
        charger = self.charger
        connectors = charger.world.connectors
        before = sum(connector.contactor.cycles for connector in connectors)
        start_ms = charger.world.schedule.now_ms
        number = self.random.randrange(len(connectors))
        if self.random.random() < IDLE_SHARE:
            days = self.random.choice(IDLE_DAYS)
            self.told.append("%9.3f %d idle days" % (start_ms / 1000, days))
            charger.skip(days * 86_400)
            start_ms = charger.world.schedule.now_ms
        self._at(start_ms + self.random.randrange(200, 1500), "plug %d" % (number + 1), lambda: self._plug(number))
        self._at(start_ms + self.random.randrange(2000, 4000), "tap", lambda: charger.world.reader.tap(CARDS[0], 400))
        while not connectors[number].contactor.closed and charger.world.schedule.now_ms < start_ms + START_LIMIT_MS:
            charger.run(charger.world.schedule.now_ms + 500)
        self.charged = connectors[number].contactor.closed
        car = connectors[number].car
        self.wanted = car is not None and car.wants_energy
        now_ms = charger.world.schedule.now_ms
        for _ in range(self.random.randrange(2, 9)):
            name, action = self._draw()
            self._at(now_ms + self.random.randrange(AHEAD_MS, EVENTS_MS), name, action)
        charger.run(now_ms + EVENTS_MS)
        self._tidy_up()
        self.closings = sum(connector.contactor.cycles for connector in connectors) - before

    def _at(self, time_ms: int, name: str, action: Callable[[], object]) -> None:
        def act() -> None:
            self.told.append("%9.3f %s" % (time_ms / 1000, name))
            action()

        self.charger.world.schedule.at(time_ms, act)

    def _draw(self) -> tuple[str, Callable[[], object]]:
        world = self.charger.world
        number = self.random.randrange(len(world.connectors))
        kind = self.random.randrange(12)
        if kind < 4:
            name, on = self.random.choice(FAULTS), self.random.random() < 0.6
            if name == "lock_jammed" and world.connectors[number].lock is None:
                name = "rcd_trip"
            if on:
                self.faults.add(name)
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
        if kind > 9:
            action, payload = self._request(number + 1)
            return "%s %s" % (action, payload), lambda: self.charger.ask(action, payload)
        if self.random.random() < 0.2:
            program_ms, erase_ms = self.random.choice(((1, 45), (3, 400), (8, 2000)))
            return "flash: program %d ms, erase %d ms" % (program_ms, erase_ms), lambda: self.charger.flash_timing(program_ms, erase_ms)
        off_ms = self.random.choice((1, 50, 3000))
        return "power off for %d ms" % off_ms, lambda: self._power_cut(off_ms)

    def _request(self, connector: int) -> tuple[str, dict[str, Any]]:
        """Something of the optional profiles that bears on the contactor."""
        drawn = self.random.randrange(8)
        if drawn == 0:
            return "ClearChargingProfile", {}
        if drawn == 1:
            entries = [{"idTag": card.hex().upper(), "idTagInfo": {"status": self.random.choice(("Accepted", "Blocked"))}} for card in CARDS]
            return "SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": entries}
        if drawn == 2:
            reservation = {"connectorId": self.random.choice((0, connector)), "idTag": CARDS[0].hex().upper(), "reservationId": 1}
            return "ReserveNow", dict(reservation, expiryDate="2027-01-01T00:00:00Z")
        is_max = drawn == 3
        watts = self.random.random() < 0.3
        starts = (0, self.random.randrange(1, 10), self.random.randrange(10, 20))
        periods = [{"startPeriod": start, "limit": self.random.choice((0, 5, 6, 10, 16, 32)) * (690 if watts else 1)} for start in starts]
        schedule = {"chargingRateUnit": "W" if watts else "A", "chargingSchedulePeriod": periods}
        purpose = "ChargePointMaxProfile" if is_max else self.random.choice(("TxDefaultProfile", "TxProfile"))
        profile = {"chargingProfileId": self.random.randrange(3), "stackLevel": self.random.randrange(3), "chargingProfilePurpose": purpose,
                   "chargingProfileKind": self.random.choice(("Absolute", "Relative")), "chargingSchedule": schedule}
        return "SetChargingProfile", {"connectorId": 0 if is_max else connector, "csChargingProfiles": profile}

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
        self.charger.run(world.schedule.now_ms + self.random.choice((2_000, 8_000, 8_000, 32_000)))

    def _take_everything_away(self) -> None:
        charger = self.charger
        charger.flash_timing(1, 45)
        charger.restore_power()
        charger.ask("ClearChargingProfile", {})
        charger.ask("CancelReservation", {"reservationId": 1})
        charger.ask("SendLocalList", {"listVersion": 1, "updateType": "Full"})
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
                app.core.clear_faults(io.connector, app.hardware.clock.ticks_ms())


class Books:
    """What can be seen from inside only (CPython): a permit at each closing, and a register that tells the truth."""

    def __init__(self, charger: Any) -> None:
        self._charger = charger
        self._registers: dict[int, int] = {}
        self.breaches: list[str] = []
        charger.world.history.listeners.append(self._heard)

    def _heard(self, entry: dict[str, object]) -> None:
        if entry["what"] != "coil" or not entry["to"] or self._charger.app is None:
            return
        connector = self._charger.app.core.connectors[int(str(entry["connector"])) - 1]
        if connector.transaction is None or connector.transaction.stopping:
            self.breaches.append("connector %d is closed without a transaction" % connector.id)

    def check(self, happened: set[str]) -> None:
        """Compare the registers with what they were and with what flowed. Without its FRAM a charger goes back to its last flash copy."""
        if self._charger.app is None:
            return
        for io in self._charger.app.connectors:
            register = io.parts.register
            total_mwh = register.total_mwh
            flowed_mwh = self._charger.world.connectors[io.connector - 1].energy_uj // 3_600_000
            if register.volatile or "fram_dead" in happened:
                self._registers.pop(io.connector, None)
                continue
            if total_mwh < self._registers.get(io.connector, 0):
                self.breaches.append("register %d fell from %d to %d mWh" % (io.connector, self._registers[io.connector], total_mwh))
            if total_mwh > flowed_mwh + flowed_mwh // 200 + 5:
                self.breaches.append("register %d says %d mWh of %d that flowed" % (io.connector, total_mwh, flowed_mwh))
            self._registers[io.connector] = total_mwh


class Run:
    """All sequences on one charger, or on a new one when the last was left in a state that only an operator may end."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options = options
        self._folder = folder
        self._made = self._left = self._first_seed = 0
        self.played = self.closings = self.resets = 0
        self.worst: dict[str, int] = {}
        self.faults: set[str] = set()
        self._charger: Any = None
        self._books: Books | None = None

    def _start(self, seed: int) -> None:
        self._made += 1
        self._left = CHARGERS_EACH
        self._first_seed = seed
        tolerances = Tolerances.drawn(random.Random(seed))
        folder = self._folder / ("flash%d" % self._made)
        if self._options.runtime == "micropython":
            from host_tests.sim import two_processes

            self._charger = two_processes.Charger(folder, self._options.product, SETTINGS, tolerances)
        else:
            from host_tests.sim import in_process

            self._charger = in_process.Charger(folder, self._options.product, SETTINGS, tolerances)
            self._books = Books(self._charger)

    def _finish(self) -> None:
        charger, self._charger = self._charger, None
        if charger is None:
            return
        self.resets += charger.resets
        for why, worst_ms in charger.invariants.worst_opening_ms.items():
            self.worst[why] = max(self.worst.get(why, 0), worst_ms)
        if hasattr(charger, "close"):
            charger.close()

    def play(self, seed: int) -> str:
        """Play one sequence; returns what is wrong."""
        if self._charger is None:
            self._start(seed)
        sequence = Sequence(self._charger, seed)
        try:
            sequence.play()
        except BaseException:
            print("\n".join(sequence.told))
            raise
        fresh = self._left == CHARGERS_EACH
        self.played += 1
        self._left -= 1
        self.closings += sequence.closings
        self.faults |= sequence.faults
        wrong = self._wrong(sequence.faults)
        if fresh and sequence.wanted and not sequence.charged:
            wrong.append("a new charger without a fault does not charge")
        if wrong:
            head = "sequence with seed %d (begin with %d to see it again) on %s:" % (seed, self._first_seed, self._charger.world.tolerances)
            return "\n".join([head, *sequence.told, *wrong])
        if self._left <= 0 or self._options.runtime == "micropython" and sequence.faults.intersection(PERMANENT):
            self._finish()
        return ""

    def _wrong(self, happened: set[str]) -> list[str]:
        charger = self._charger
        wrong = ["%s" % violation for violation in charger.invariants.violations]
        if self._books is not None:
            self._books.check(happened)
            wrong += self._books.breaches
        if charger.app is not None and charger.app.exceptions:
            wrong += ["%d exceptions in the app" % charger.app.exceptions, *charger.log[-10:]]
        if getattr(charger, "crashed", False):
            wrong += ["the firmware crashed", *charger.log[-10:]]
        return wrong

    def summary(self) -> str:
        """The counts in one line."""
        self._finish()
        worst = ", ".join("%s %d ms" % pair for pair in sorted(self.worst.items())) or "none"
        return "%d sequences on %s, %d closings, %d kinds of faults, %d boots, 0 violations; worst from trip to open contacts: %s" % (
            self.played, self._options.runtime, self.closings, len(self.faults), self.resets + self._made, worst)


def main() -> int:
    """Play the sequences; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--product", default="full")
    parser.add_argument("--runtime", default="cpython", choices=("cpython", "micropython"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(options, Path(folder))
        for seed in range(options.seed, options.seed + options.count):
            wrong = run.play(seed)
            if wrong:
                print(wrong)
                return 1
        print(run.summary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
