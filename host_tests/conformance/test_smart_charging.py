"""Smart Charging: TC_056_CS, TC_057_CS, TC_058_x_CS, TC_059_CS, TC_060_CS, TC_066_CS, TC_067_CS, TC_072_CS, TC_082_CS."""

from __future__ import annotations

from typing import Any

import pytest

from host_tests.rig.central import simulated, wall_clock
from host_tests.rig.messages import Message
from host_tests.rig.rig import BOOT_TIMEOUT_S, VALID, Rig
from host_tests.rig.states import charging, plugged, set_profile, started, statuses_at_boot

DEVIATION_S = 5.0
DURATION_S = 300
UNITS = (("A", 6.0), ("W", 6000.0))
Piece = tuple[float, float]


def schedule(*periods: Piece, unit: str = "A", start_s: float | None = None, duration_s: int | None = DURATION_S) -> dict[str, Any]:
    """A chargingSchedule in the words of the messages."""
    made: dict[str, Any] = {"chargingRateUnit": unit, "chargingSchedulePeriod": []}
    for begins, limit in periods:
        made["chargingSchedulePeriod"].append({"startPeriod": int(begins), "limit": limit, "numberPhases": 3})
    if start_s is not None:
        made["startSchedule"] = wall_clock(start_s)
    if duration_s is not None:
        made["duration"] = duration_s
    return made


def profile(purpose: str, made: dict[str, Any], number: int = 1, level: int = 0, **fields: Any) -> dict[str, Any]:
    """A csChargingProfiles of kind Absolute."""
    return {"chargingProfileId": number, "stackLevel": level, "chargingProfilePurpose": purpose, "chargingProfileKind": "Absolute",
            "chargingSchedule": made, **fields}


def composite(rig: Rig, duration_s: int, unit: str = "A", connector: int | None = None) -> Message:
    """GetCompositeSchedule with the common check; returns the answer."""
    asked_s = rig.now_s()
    place = rig.connector if connector is None else connector
    answer = rig.call_expecting("Accepted", "GetCompositeSchedule", connectorId=place, duration=duration_s, chargingRateUnit=unit)
    made = answer["chargingSchedule"]
    assert (answer["connectorId"], made["duration"], made["chargingRateUnit"]) == (place, duration_s, unit)
    assert abs(simulated(answer["scheduleStart"]) - rig.clock_shift_s - asked_s) <= DEVIATION_S
    return answer


def pieces(answer: Message) -> list[Piece]:
    """The periods of a composite schedule."""
    return [(period["startPeriod"], period["limit"]) for period in answer["chargingSchedule"]["chargingSchedulePeriod"]]


def assert_pieces(answer: Message, since_s: float, *expected: Piece) -> None:
    """The periods are these, whose starts are counted from `since_s`; the first one has begun. A second either way is rounding."""
    age_s = simulated(answer["scheduleStart"]) - since_s
    found = pieces(answer)
    assert [limit for _, limit in found] == [limit for _, limit in expected], found
    for (begins, _), (wanted, _) in zip(found, expected):
        assert abs(begins - max(0.0, wanted - age_s)) <= 1.0, (found, age_s)


def now_s(rig: Rig) -> float:
    """The clock of the central system."""
    return rig.now_s() + rig.clock_shift_s


@pytest.mark.parametrize("unit, limit", UNITS)
def test_tc_056_cs(rig: Rig, unit: str, limit: float) -> None:
    start_s = now_s(rig)
    set_profile(rig, "Accepted", profile("TxDefaultProfile", schedule((0, limit), unit=unit, start_s=start_s)))
    answer = composite(rig, DURATION_S, unit)
    assert pieces(answer)[0] == (0, limit)


def test_tc_056_cs_the_car_gets_no_more(rig: Rig) -> None:
    """The limit is on the pilot from the first moment of the session, and what it allows afterwards is, too."""
    start_s = now_s(rig)
    set_profile(rig, "Accepted", profile("TxDefaultProfile", schedule((0, 10.0), (60, 0.0), (120, 16.0), start_s=start_s, duration_s=None)))
    charging(rig)
    rig.wait(8)
    assert rig.charger.connector()["pilot_duty_percent"] == pytest.approx(16.65, abs=0.06)
    assert 0 < rig.charger.connector()["current_a"] <= 10.05  # the car reads the duty in tenths of a percent
    rig.expect("StatusNotification", connectorId=rig.connector, status="SuspendedEVSE", within=90)
    rig.expect("StatusNotification", connectorId=rig.connector, status="SuspendedEV", within=90)  # it is offered current, the car has not asked yet
    rig.expect("StatusNotification", connectorId=rig.connector, status="Charging")
    rig.wait(8)
    assert rig.charger.connector()["pilot_duty_percent"] == pytest.approx(26.65, abs=0.06)


def test_tc_056_cs_after_a_power_cut(rig: Rig) -> None:
    set_profile(rig, "Accepted", profile("TxDefaultProfile", schedule((0, 7.5), duration_s=None)))
    rig.power_cycle()
    rig.expect("BootNotification", within=BOOT_TIMEOUT_S)
    rig.expect_all(*statuses_at_boot(rig))
    assert pieces(composite(rig, 60)) == [(0, 7.5)]


@pytest.mark.parametrize("unit, limit", UNITS)
def test_tc_057_cs(rig: Rig, unit: str, limit: float) -> None:
    session = charging(rig)
    set_profile(rig, "Accepted", profile("TxProfile", schedule((0, limit), unit=unit, start_s=now_s(rig)), transactionId=session.number))
    assert pieces(composite(rig, 60, unit)) == [(0, limit)]


def test_tc_058_1_cs(rig: Rig) -> None:
    set_profile(rig, "Rejected", profile("TxProfile", schedule((0, 6.0)), transactionId=1))


def test_tc_058_2_cs(rig: Rig) -> None:
    session = charging(rig)
    set_profile(rig, "Rejected", profile("TxProfile", schedule((0, 6.0)), transactionId=session.number + 1))
    assert pieces(composite(rig, 60)) == [(0, 32.0)]


def test_tc_059_cs(rig: Rig) -> None:
    plugged(rig)
    made = profile("TxProfile", schedule((0, 6.0), start_s=now_s(rig)))
    rig.call_expecting("Accepted", "RemoteStartTransaction", connectorId=rig.connector, idTag=VALID, chargingProfile=made)
    rig.ignored.add("Authorize")
    started(rig)
    assert pieces(composite(rig, 60)) == [(0, 6.0)]


def test_tc_060_cs(rig: Rig) -> None:
    plugged(rig)
    made = profile("TxDefaultProfile", schedule((0, 6.0)))
    rig.call_expecting("Rejected", "RemoteStartTransaction", connectorId=rig.connector, idTag=VALID, chargingProfile=made)
    rig.expect_nothing(10)


def test_tc_066_cs(rig: Rig) -> None:
    session = charging(rig)
    start_s = now_s(rig) - DEVIATION_S
    valid: dict[str, Any] = {"validFrom": wall_clock(start_s), "validTo": wall_clock(start_s + 401)}
    set_profile(rig, "Accepted", profile("ChargePointMaxProfile", schedule((0, 10.0), start_s=start_s, duration_s=86400)), 0)
    made = schedule((0, 6.0), (60, 10.0), (120, 8.0), (180, 15.0), (260, 8.0), start_s=start_s)
    set_profile(rig, "Accepted", profile("TxDefaultProfile", made, 2, **valid))
    made = schedule((0, 8.0), (50, 11.0), (140, 16.0), (200, 6.0), (240, 12.0), start_s=start_s, duration_s=260)
    set_profile(rig, "Accepted", profile("TxProfile", made, 3, transactionId=session.number, **valid))
    assert_pieces(composite(rig, 400), start_s, (0, 8.0), (50, 10.0), (200, 6.0), (240, 10.0))


def test_tc_067_cs(rig: Rig) -> None:
    start_s = now_s(rig)
    set_profile(rig, "Accepted", profile("TxDefaultProfile", schedule((0, 6.0), (60, 8.0), (200, 10.0), start_s=start_s, duration_s=400), 1, 1))
    set_profile(rig, "Accepted", profile("TxDefaultProfile", schedule((0, 7.0), (100, 9.0), start_s=start_s, duration_s=400), 2))
    set_profile(rig, "Accepted", profile("ChargePointMaxProfile", schedule((0, 11.0), (200, 12.0), start_s=start_s, duration_s=86400), 3), 0)
    rig.call_expecting("Accepted", "ClearChargingProfile", id=1)
    assert_pieces(composite(rig, 350), start_s, (0, 7.0), (100, 9.0))
    rig.call_expecting("Accepted", "ClearChargingProfile", chargingProfilePurpose="TxDefaultProfile", stackLevel=0)
    assert_pieces(composite(rig, 350), start_s, (0, 11.0), (200, 12.0))
    rig.call_expecting("Accepted", "ClearChargingProfile")
    assert pieces(composite(rig, 350)) == [(0, 32.0)]
    rig.call_expecting("Unknown", "ClearChargingProfile")


def test_tc_072_cs(rig: Rig) -> None:
    start_s = now_s(rig)
    set_profile(rig, "Accepted", profile("TxDefaultProfile", schedule((0, 6.0), (100, 8.0), (200, 10.0), start_s=start_s, duration_s=400)))
    set_profile(rig, "Accepted", profile("TxDefaultProfile", schedule((0, 7.0), (100, 9.0), start_s=start_s, duration_s=150), 2, 1))
    assert_pieces(composite(rig, 350), start_s, (0, 7.0), (100, 9.0), (150, 8.0), (200, 10.0))


@pytest.mark.parametrize("unit, limit", UNITS)
def test_tc_082_cs(rig: Rig, unit: str, limit: float) -> None:
    charging(rig)
    set_profile(rig, "Accepted", profile("TxDefaultProfile", schedule((0, limit), unit=unit, start_s=now_s(rig))))
    assert pieces(composite(rig, 60, unit)) == [(0, limit)]
