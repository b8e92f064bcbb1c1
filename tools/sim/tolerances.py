"""What parts may do within their data sheets, and what a microcontroller needs for what a laptop does in no time.

One set of values is one specimen of a charger. `NOMINAL` is what the simulator always was; `WORST` has every part at the end of its
tolerance that makes opening late; `drawn` is a charger picked from the shelf.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerances:
    """One charger's parts and its controller."""

    one_shot_ms: int = 60  # RC of a 74HC123, capacitor 10 %, the part 10 %: 48 to 72
    operate_ms: int = 20
    release_ms: int = 25  # DC coil: 20, with a diode across it up to 40
    bounce_ms: int = 0  # after closing and opening, main and mirror contacts alike
    rcd_answer_ms: int = 300  # from the test line to the trip output
    rcd_release_ms: int = 300  # from the end of a test until the module lets go
    reading_us: int = 21  # of the ADC, with the turn of the loop around it
    pwm_phase_us: int = 0  # of the pilot's period against the tick
    pwm_drift_ppm: int = 0  # of the pilot against the tick
    preempted: bool = False  # the tick comes in the middle of each reading that the loop makes, when it can
    pass_ms: int = 0  # CPU time of a pass of the loop
    tick_ms: int = 0  # of a safety tick, from its readings to its outputs

    @property
    def alone_ms(self) -> int:
        """From a trip to open contacts, at the most, when the safety tick stands still from then on and the one-shot has to do it."""
        return self.tick_ms + self.one_shot_ms + self.release_ms

    @staticmethod
    def drawn(chance: random.Random) -> "Tolerances":
        """A charger within all limits, and a controller as slow as those measured."""
        return Tolerances(
            one_shot_ms=chance.randint(48, 72),
            operate_ms=chance.randint(10, 30),
            release_ms=chance.randint(10, 40),
            bounce_ms=chance.randint(0, 5),
            rcd_answer_ms=chance.randint(20, 500),
            rcd_release_ms=chance.randint(0, 500),
            reading_us=chance.randint(9, 25),
            pwm_phase_us=chance.randrange(1000),
            pwm_drift_ppm=chance.choice((0, 0, chance.randint(-40, 40))),
            preempted=chance.random() < 0.5,
            pass_ms=chance.choice((0, 25, chance.randint(1, 70))),
            tick_ms=chance.randint(0, 4),
        )


NOMINAL = Tolerances()
WORST = Tolerances(one_shot_ms=72, operate_ms=30, release_ms=40, bounce_ms=5, rcd_answer_ms=500, rcd_release_ms=500, preempted=True, pass_ms=70, tick_ms=4)
