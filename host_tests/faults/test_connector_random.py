"""Random cars, faults and commands against the drivers and the safety tick on models; physics is watched every millisecond.

The core is not here: commands come at random, as from one that has lost its mind. Whatever it asks for, the contacts

- never close without a request, state C, an offer on the pilot, a diode, and every input good;
- are open at most 100 ms after the car leaves C, a pilot short, an emergency stop or a residual current;
- close at most once in 5 s;

and the energy register never falls and stays within half a percent of what flowed.
"""

from __future__ import annotations

import random

from chargepoint.core import commands
from chargepoint.drivers.rcd import Rcd
from host_tests.faults.bench import Charger, Line

SEQUENCES = 30
SESSIONS = 3  # in each
EVENTS = 8  # in each of them


class Watched(Charger):
    """A charger whose physics is checked in every millisecond."""

    def __init__(self) -> None:
        self.trip = Line()
        super().__init__(rcd=Rcd(self.trip, self))
        self.rcd_test = 0
        self.fault_current = False
        self.wrong_ms = 0
        self.worst_ms = 0
        self.requested = False
        self.was_closed = False
        self.closed_at: list[int] = []
        self.true_ws = 0.0

    def value(self, level: int) -> None:
        """The RCD's test input."""
        self.rcd_test = level

    def run(self, ms: int) -> None:
        for _ in range(ms):
            self.trip.level = int(self.fault_current or bool(getattr(self, "rcd_test", 0)))
            super().run(1)
            self.check()

    def check(self) -> None:
        car = self.car
        self.true_ws += 230.0 * self.amperes() * 0.001
        if car.welded:
            self.was_closed = True
            return
        right = car.state == "C" and not car.shorted and not self.stop_line.level and not self.fault_current
        self.wrong_ms = 0 if right or not car.closed else self.wrong_ms + 1
        self.worst_ms = max(self.worst_ms, self.wrong_ms)
        assert self.wrong_ms <= 100, "closed for %d ms after it had to open" % self.wrong_ms
        if car.closed and not self.was_closed:
            assert self.requested, "closed without a request"
            assert car.duty < 65535 and car.duty > 0, "closed without an offer"
            assert car.diode or self.clock.ms - self.diode_gone_ms < 100, "closed without a diode"
            assert not self.closed_at or self.clock.ms - self.closed_at[-1] >= 5000, "cycled too fast"
            self.closed_at.append(self.clock.ms)
        self.was_closed = car.closed

    diode_gone_ms = 0

    def happen(self, chance: random.Random) -> None:
        """One event of the world, or one command."""
        what = chance.choice(("car", "car", "car", "offer", "offer", "close", "close", "close", "open", "stop", "rcd", "short", "diode", "meter",
                              "lost", "blip", "clear", "loop"))
        car, now = self.car, self.clock.now
        if what == "car":
            order = {"A": "B", "B": chance.choice("CCCA"), "C": chance.choice("BBA"), "D": "B"}
            car.state = order[car.state] if chance.random() < 0.9 else chance.choice("ABCD")
        elif what == "offer":
            self.io.execute(commands.CMD_OFFER, chance.choice((0, 6000, 16000, 16000, 32000)), now)
        elif what == "close":
            self.requested = True
            self.io.execute(commands.CMD_CLOSE, 0, now)
        elif what == "open":
            self.io.execute(commands.CMD_OPEN, 0, now)
        elif what == "stop":
            self.stop_line.level ^= chance.random() < 0.5 or self.stop_line.level
        elif what == "rcd":
            self.fault_current = not self.fault_current and chance.random() < 0.5
        elif what == "short":
            car.shorted = not car.shorted and chance.random() < 0.5
        elif what == "diode":
            car.diode = not car.diode or chance.random() < 0.5
            self.diode_gone_ms = self.clock.ms
        elif what == "meter":
            self.chip.faults = set() if self.chip.faults else {chance.choice(("stuck_1", "garbage", "stuck_0"))}
        elif what == "lost":
            self.chip.next_faults.append("lost_read")
        elif what == "blip":
            keep, car.state = car.state, chance.choice("ABCD")
            self.run(chance.randrange(1, 250))
            car.state = keep
        elif what == "clear":
            self.io.execute(commands.CMD_CLEAR_FAULT, 0, now)
        elif what == "loop":
            self.loop_stopped = True
            self.run(chance.randrange(1, 2500))
            self.loop_stopped = False


    def session(self) -> None:
        """Heal everything and begin to charge, so that the next events hit a live contactor."""
        self.car.state, self.car.diode, self.car.shorted = "A", True, False
        self.stop_line.level, self.fault_current = 0, False
        self.chip.faults = set()
        self.run(6000)
        self.io.execute(commands.CMD_CLEAR_FAULT, 0, self.clock.now)
        self.car.state = "B"
        self.run(700)
        self.io.execute(commands.CMD_OFFER, 16000, self.clock.now)
        self.run(100)
        self.car.state = "C"
        self.requested = True
        self.io.execute(commands.CMD_CLOSE, 0, self.clock.now)
        self.run(500)


def test_random_sequences_keep_the_invariants() -> None:
    worst = closings = 0
    for seed in range(SEQUENCES):
        chance = random.Random(seed)
        charger = Watched()
        for _ in range(SESSIONS):
            charger.session()
            for _ in range(EVENTS):
                charger.happen(chance)
                charger.run(chance.choice((10, 50, 200, 700, 2000)))
        assert charger.core.energies == sorted(charger.core.energies), seed
        worst = max(worst, charger.worst_ms)
        closings += len(charger.closed_at)
    print("%d sequences, %d closings, worst %d ms from trip to open contacts" % (SEQUENCES, closings, worst))
    assert closings > SEQUENCES


def test_energy_stays_within_half_a_percent_over_many_sessions() -> None:
    chance = random.Random(7)
    charger = Watched()
    charger.run(5500)
    for _ in range(8):
        charger.car.state = "B"
        charger.run(6000)
        charger.io.execute(commands.CMD_OFFER, 32000, charger.clock.now)
        charger.draw = chance.choice((6.0, 13.0, 20.0, 32.0))
        charger.run(300)
        charger.car.state = "C"
        charger.requested = True
        charger.io.execute(commands.CMD_CLOSE, 0, charger.clock.now)
        charger.run(chance.randrange(2000, 9000))
        charger.car.state = "B"
        charger.run(1500)
        charger.car.state = "A"
        charger.run(1500)
    true_mwh = charger.true_ws / 3.6
    assert len(charger.closed_at) == 8
    assert abs(charger.core.energies[-1] - true_mwh) < 0.005 * true_mwh
