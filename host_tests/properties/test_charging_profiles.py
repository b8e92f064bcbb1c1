"""Charging profiles against the slow model: what is offered at any moment, and every second of a composite schedule.

10,000 random sets of profiles and times; a set that fails is named by its seed. Clock steps, idle days and weeks are among them.
"""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest

from boards.products import full
from chargepoint.core.features.charging_profile import made_of
from chargepoint.core.features.composite import MOST_PIECES, most_ma, pieces
from chargepoint.core.features.profile_set import ProfileSet
from chargepoint.core.features.schedule import NEVER_S
from chargepoint.ocpp16.decode import action_code, decode_request
from chargepoint.util.signals import LIMIT_PROFILE
from chargepoint.wire.json_read import JsonReader
from host_tests.core_bench import Bench
from host_tests.core_store import Store
from host_tests.properties.charging_model import VOLTS, Model

SETS = 10000
EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
UNITS = ("A", "W")
PRODUCT_TENTHS = {"A": 320, "W": 320 * 230 * 3}


def moment(seconds: int) -> datetime:
    """Seconds since 2020 as a time."""
    return EPOCH + timedelta(seconds=seconds)


def text(seconds: int) -> str:
    """The same as OCPP writes it."""
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def draw_profile(rnd: random.Random, number: int, purpose: str, now_s: int) -> dict[str, Any]:
    """A valid profile whose times lie about `now_s`."""
    count = rnd.choice((1, 1, 2, 3, 5, 24))
    reach = rnd.choice((60, 400, 4000, 90000, 700000))
    starts = [0, *sorted(rnd.sample(range(1, reach), count - 1))]
    unit = rnd.choice(UNITS)
    periods = []
    for start in starts:
        limit = rnd.choice((0, 6, 16, rnd.randrange(400) / 10)) * (1 if unit == "A" else rnd.choice((230, 690, 1000)))
        period: dict[str, Any] = {"startPeriod": start, "limit": round(limit, 1)}
        if rnd.random() < 0.4:
            period["numberPhases"] = rnd.choice((1, 3))
        periods.append(period)
    schedule: dict[str, Any] = {"chargingRateUnit": unit, "chargingSchedulePeriod": periods}
    kind = rnd.choice(("Absolute", "Absolute", "Recurring", "Relative"))
    if purpose == "ChargePointMaxProfile" and kind == "Relative":
        kind = "Absolute"
    if rnd.random() < 0.7 or purpose == "ChargePointMaxProfile":
        schedule["startSchedule"] = text(now_s + rnd.choice((0, -30, rnd.randrange(-reach, reach), rnd.randrange(-800000, 1000))))
    if rnd.random() < 0.5:
        schedule["duration"] = rnd.choice((1, 30, rnd.randrange(1, 2 * reach), 86400, 604800))
    profile: dict[str, Any] = {"chargingProfileId": number, "stackLevel": rnd.randrange(4), "chargingProfilePurpose": purpose,
                               "chargingProfileKind": kind, "chargingSchedule": schedule}
    if kind == "Recurring":
        profile["recurrencyKind"] = rnd.choice(("Daily", "Weekly"))
    if rnd.random() < 0.25:
        profile["validFrom"] = text(now_s + rnd.randrange(-300, 300))
    if rnd.random() < 0.25:
        profile["validTo"] = text(now_s + rnd.randrange(301, 900))
    return profile


def draw_set(rnd: random.Random, now_s: int) -> list[tuple[int, dict[str, Any]]]:
    """A handful of profiles for connector 1, as messages."""
    drawn = []
    for number in range(rnd.randrange(1, 7)):
        purpose = rnd.choice(("ChargePointMaxProfile", "TxDefaultProfile", "TxDefaultProfile", "TxProfile"))
        connector = 0 if purpose == "ChargePointMaxProfile" else 1 if purpose == "TxProfile" else rnd.choice((0, 1))
        drawn.append((connector, draw_profile(rnd, rnd.choice((number, number, 1)), purpose, now_s)))
    return drawn


def decoded(connector: int, profile: dict[str, Any], features: tuple[Any, ...]) -> Any:
    """SetChargingProfile as the decoder reads it."""
    data = json.dumps({"connectorId": connector, "csChargingProfiles": profile}).encode()
    reader = JsonReader()
    reader.load(data, 0, len(data))
    assert reader.check() == 0
    return decode_request(action_code("SetChargingProfile", features), reader, features)


def installed(drawn: list[tuple[int, dict[str, Any]]], now_s: int, features: tuple[Any, ...]) -> tuple[ProfileSet, Model]:
    """The same set in the firmware and in the model."""
    profiles, model = ProfileSet(Store(), 1), Model([])
    for connector, profile in drawn:
        made = made_of(decoded(connector, profile, features), connector, now_s)
        assert isinstance(made, bytes), made
        assert profiles.put(made) == ""
        model.put(connector, profile)
    return profiles, model


@pytest.fixture(scope="module")
def features() -> tuple[Any, ...]:
    """Those of `full`, for the decoder."""
    return tuple(Bench(full).core.features)


def test_composites_and_moments_are_those_of_the_model(features: tuple[Any, ...]) -> None:
    for seed in range(SETS):
        rnd = random.Random(seed)
        now_s = 217584000 + rnd.randrange(40 * 86400)
        began_s = now_s - rnd.choice((0, 0, 50, rnd.randrange(100000)))
        profiles, model = installed(draw_set(rnd, now_s), now_s, features)
        unit = rnd.randrange(2)
        seconds = rnd.choice((1, 60, 400, 3600, 86400))
        without = Fraction(PRODUCT_TENTHS[UNITS[unit]], 10)
        made = pieces(profiles, 1, unit, PRODUCT_TENTHS[UNITS[unit]], VOLTS, now_s, seconds, began_s)
        assert made[0][0] == 0 and [piece[0] for piece in made] == sorted({piece[0] for piece in made}), seed
        asked = {0, seconds - 1, *(rnd.randrange(seconds) for _ in range(6))}
        for start, _, _ in made:
            asked |= {max(0, start - 1), min(start, seconds - 1)}
        for into in asked:
            counts = [piece for piece in made if piece[0] <= into][-1]
            if counts[1] is None:
                assert len(made) == MOST_PIECES + 1
                continue
            expected = model.least(1, moment(now_s + into), moment(began_s), UNITS[unit], without)
            assert Fraction(counts[1], 10) == expected, f"seed {seed}, {into} s"


def test_nothing_changes_before_the_moment_that_is_said(features: tuple[Any, ...]) -> None:
    for seed in range(SETS, SETS + 2000):
        rnd = random.Random(seed)
        now_s = 217584000 + rnd.randrange(40 * 86400)
        began_s = now_s - rnd.randrange(1000)
        profiles, model = installed(draw_set(rnd, now_s), now_s, features)
        profiles.choose(1, False, now_s, began_s, True)
        until_s = min(profiles.until_s, now_s + 20 * 86400)
        assert until_s > now_s, seed
        said = None if profiles.profile is None else most_ma(profiles.profile, profiles.at, VOLTS)
        for at_s in {now_s, until_s - 1, *(rnd.randrange(now_s, until_s) for _ in range(5))}:
            profiles.choose(1, False, at_s, began_s, True)
            assert said == (None if profiles.profile is None else most_ma(profiles.profile, profiles.at, VOLTS)), seed
            limits = [limit for limit in model.limits(1, moment(at_s), moment(began_s)) if limit.unit]
            assert profiles.until_s > at_s or profiles.until_s == NEVER_S
            assert (said is None) <= (len(limits) < 2), seed


def test_what_is_offered_follows_the_model_through_clock_steps_and_idle_days() -> None:
    for seed in range(60):
        rnd = random.Random(seed)
        b = Bench(full)
        b.run(1000)
        b.charge()
        b.answers["Heartbeat"] = {}  # nobody corrects the clock but the test
        model = Model([])
        step_s = 0
        began = moment(217584000) + timedelta(milliseconds=b.elapsed_ms)
        for _ in range(rnd.randrange(2, 6)):
            now_s = 217584000 + step_s + b.elapsed_ms // 1000
            (connector, profile), *_ = draw_set(rnd, now_s)
            if profile["chargingProfileKind"] == "Relative" or "startSchedule" not in profile["chargingSchedule"]:
                profile["chargingSchedule"].pop("duration", None)
                profile["chargingSchedule"]["chargingSchedulePeriod"] = profile["chargingSchedule"]["chargingSchedulePeriod"][:1]
            answer = b.call("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": profile})
            assert answer == {"status": "Accepted"}, (seed, answer)
            model.put(connector, profile)
            kind = rnd.randrange(4)
            if kind == 0:
                moved = rnd.choice((-7200, -90, 90, 7200, 200000))
                step_s += moved
                began += timedelta(seconds=moved)  # the transaction began as long ago as before
                b.core.set_clock(217584000 + step_s + b.elapsed_ms // 1000, b.elapsed_ms % 1000, b.now)
            elif kind == 1:
                b.idle(rnd.choice((1, 6, 13)))
            b.run(1000 + rnd.randrange(4) * 20000 + 700 - b.elapsed_ms % 1000)
            utc = moment(217584000 + step_s) + timedelta(milliseconds=b.elapsed_ms)
            limits = model.limits(1, utc.replace(microsecond=0), began.replace(microsecond=0))
            expected_ma = min([32000, *(floor_ma(limit.value, limit.unit, limit.phases) for limit in limits)])
            assert b.core.connectors[0].limits.of(LIMIT_PROFILE) == expected_ma, (seed, utc)


def floor_ma(value: Fraction, unit: str, phases: int | None) -> int:
    """A limit in whole milliamperes."""
    return int(value * 1000) if unit == "A" else int(value * 1000 / (VOLTS * (phases or 3)))
