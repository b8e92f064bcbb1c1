"""How many readings of this ADC span a period of the pilot: measured when a board starts, on the very loop that the tick runs."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from chargepoint.drivers.pilot import Pilot

_PERIOD_US = const(1000)
_SPAN_US = const(1450)  # aimed at
_LEAST_US = const(1100)  # less may miss a plateau of 40 us at either end of the burst
_MOST_US = const(1900)  # of two periods or more a third of the readings is no longer within one plateau
_DISTANCE_US = const(10)  # between two readings: the shortest plateau has four
_TRIAL = const(32)
_TRIAL_PAUSE = const(4)
_LONGEST_PAUSE = const(500)
_FEWEST_SAMPLES = const(24)  # then two are up to 79 us apart, which the shortest offer of 6 A, 100 us, still shows
_MOST_SAMPLES = const(200)
_TIMES = const(5)


def fit_burst(pilot: "Pilot", ticks_us: "Callable[[], Any]") -> None:
    """Give the pilot a burst of 1.1 to 1.9 ms, or say in its `trouble` why there is none: it must not charge then.

    Args: ticks_us: the port's microseconds. Allocates: at the start only. Blocks: some 30 ms.
    """
    pilot.set_burst(_TRIAL, _TRIAL, 0)
    plain_us = _span_us(pilot, ticks_us)
    pilot.set_burst(_TRIAL, _TRIAL, _TRIAL_PAUSE)
    each_us = max(1, _span_us(pilot, ticks_us) - plain_us)  # what the pauses of the trial cost
    lacking_us = _TRIAL * _DISTANCE_US - plain_us
    pause = min(_LONGEST_PAUSE, -(-lacking_us * _TRIAL_PAUSE // each_us)) if lacking_us > 0 else 0
    samples = _TRIAL
    span_us = 0
    for _ in range(_TIMES):
        pilot.set_burst(samples, samples, pause)
        span_us = _span_us(pilot, ticks_us)
        if judge_span(pilot, samples, span_us):
            pilot.set_burst(samples, (samples * _PERIOD_US + span_us // 2) // span_us, pause)
            break
        samples = max(_FEWEST_SAMPLES, min(_MOST_SAMPLES, samples * _SPAN_US // max(1, span_us)))
    pilot.offer(0)


def judge_span(pilot: "Pilot", samples: int, span_us: int) -> bool:
    """Say whether a burst shows a whole period and less than two; if not, the pilot's `trouble` says why it must not be used."""
    good = _LEAST_US <= span_us <= _MOST_US
    pilot.trouble = "" if good else "pilot: %d readings take %d us, not %d to %d" % (samples, span_us, _LEAST_US, _MOST_US)
    return good


def _span_us(pilot: "Pilot", ticks_us: "Callable[[], Any]") -> int:
    """How long a burst takes when nothing interrupts it."""
    least_us = 0x3FFFFFFF
    for _ in range(_TIMES):
        begin = ticks_us()
        pilot.capture()
        passed_us: int = (ticks_us() - begin) & 0x3FFFFFFF
        least_us = min(least_us, passed_us)
    return least_us
