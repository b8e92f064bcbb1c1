"""The fault rules that need readings and time: no single reading ends anything, derating comes first, what a person must clear stays."""

from chargepoint.core.charging.limits import Limits
from chargepoint.core.charging.protection import Protection
from chargepoint.util import signals
from host_tests.portable import without_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

START = (1 << 30) - 3000


class Rig:
    """The rules of a 32 A connector that is charging at 16 A."""

    def __init__(self) -> None:
        self.rules = Protection(32000)
        self.now = START

    def read(self, volts: int = 230, amps: int = 16, celsius: "Any" = 25, driving: bool = True) -> None:
        """One reading, a second after the one before."""
        self.now = (self.now + 1000) % (1 << 30)
        self.rules.in_doubt = False
        self.rules.on_reading([volts * 1000], [amps * 1000], 16000, True, driving, driving, self.now)
        self.rules.on_temperature(celsius)

    def has(self, code: int) -> bool:
        return self.rules.has(code)


def test_one_or_two_bad_readings_end_nothing_and_three_do() -> None:
    for code, volts, amps in ((signals.FAULT_OVER_CURRENT, 230, 49), (signals.FAULT_UNDER_VOLTAGE, 20, 16), (signals.FAULT_WELDED, 230, 5)):
        driving = code != signals.FAULT_WELDED
        rig = Rig()
        for count in (1, 2):
            for _ in range(count):
                rig.read(volts, amps, driving=driving)
            assert rig.rules.in_doubt and not rig.rules.blocked, (code, count)
            rig.read(amps=16 if driving else 0, driving=driving)
            assert not rig.rules.in_doubt and not rig.rules.blocked, (code, count)
        for _ in range(3):
            rig.read(volts, amps, driving=driving)
        assert rig.has(code), code


def test_an_impossible_temperature_once_or_twice_is_nothing() -> None:
    for celsius in (81, 999, -300, None):
        rig = Rig()
        for _ in range(20):
            rig.read(celsius=celsius)
            rig.read(celsius=celsius)
            rig.read()
            assert not rig.rules.blocked and not rig.rules.warnings and rig.rules.derated_ma() == 32000, celsius


def test_derating_comes_before_the_stop() -> None:
    for celsius in (75, None):
        rig = Rig()
        for _ in range(3):
            rig.read(celsius=celsius)
        assert not rig.rules.blocked and rig.rules.derated_ma() == 8000
        assert not rig.rules.warnings  # nobody is told of half a second
        for _ in range(3):
            rig.read(celsius=celsius)
        assert rig.has(signals.FAULT_OVER_TEMPERATURE) and rig.rules.derated_ma() == 0 and not rig.rules.warnings
        for _ in range(3):
            rig.read(celsius=61)
        assert not rig.rules.blocked and rig.rules.derated_ma() == 32000


def test_derating_goes_back_only_when_it_is_cool() -> None:
    rig = Rig()
    for celsius, most_ma in ((64, 32000), (65, 16000), (63, 16000), (68, 8000), (66, 8000), (62, 8000), (61, 32000)):
        for _ in range(3):
            rig.read(celsius=celsius)
        assert rig.rules.derated_ma() == most_ma, celsius


def test_an_overload_needs_seven_seconds_and_stays_until_unplugged() -> None:
    rig = Rig()
    for _ in range(7):
        rig.read(amps=20)
        assert not rig.rules.blocked
    rig.read(amps=20)
    assert rig.has(signals.FAULT_OVER_CURRENT)
    for _ in range(20):
        rig.read(amps=0)
    assert rig.has(signals.FAULT_OVER_CURRENT)
    for _ in range(3):
        rig.now = (rig.now + 1000) % (1 << 30)
        rig.rules.on_reading([230000], [0], 0, False, False, False, rig.now)
    assert not rig.rules.blocked


def test_what_was_latched_before_the_reset_is_latched_after_it() -> None:
    rules = Protection(32000)
    tick = rules.restore(1 << signals.FAULT_WELDED | 1 << signals.FAULT_OVER_CURRENT | 1 << signals.FAULT_RCD | 1 << signals.FAULT_PE, 4)
    assert tick == 1 << signals.FAULT_RCD | 1 << signals.FAULT_PE
    assert rules.has(signals.FAULT_WELDED) and rules.has(signals.FAULT_OVER_CURRENT)
    rules.on_residual_current(False)  # the latch is told again after the boot, and is no new one
    assert rules.rcd_trips == 4
    rules.on_residual_current(False)
    rules.on_residual_current(False)
    fit = rules.recovered(1 << signals.FAULT_RCD, 0, signals.PILOT_A, True, 0, True, START)
    assert not fit, "six in a row wait for an operator"
    rules.forgive(0, False)
    assert not rules.blocked
    assert rules.recovered(1 << signals.FAULT_RCD, 0, signals.PILOT_A, True, 0, True, START) == 1 << signals.FAULT_RCD


def test_judging_allocates_nothing() -> None:
    rig = Rig()
    volts = [230000]
    amps = [16000]

    def judge() -> None:
        rig.rules.on_reading(volts, amps, 16000, True, True, True, START)
        rig.rules.on_temperature(25)
        rig.rules.recovered(1 << signals.FAULT_PE, 0, 2, False, 16000, True, START)

    judge()
    without_heap(judge)


def test_the_least_current_wins_and_says_why() -> None:
    limits = Limits(32000)
    assert (limits.least_ma, limits.cause) == (32000, signals.LIMIT_PRODUCT)
    for cause, most_ma, least_ma, why in (
        (signals.LIMIT_HARDWARE, 63000, 32000, signals.LIMIT_PRODUCT),
        (signals.LIMIT_CABLE, 20000, 20000, signals.LIMIT_CABLE),
        (signals.LIMIT_TEMPERATURE, 8000, 8000, signals.LIMIT_TEMPERATURE),
        (signals.LIMIT_CABLE, 0, 0, signals.LIMIT_CABLE),
        (signals.LIMIT_CABLE, 63000, 8000, signals.LIMIT_TEMPERATURE),
        (signals.LIMIT_TEMPERATURE, 32000, 32000, signals.LIMIT_PRODUCT),
    ):
        limits.put(cause, most_ma)
        assert (limits.least_ma, limits.cause) == (least_ma, why)
        assert limits.of(cause) == most_ma
