"""An independent, slow model of charging profiles, written from the specification: for each second everything is worked out anew from the messages.

It knows nothing of the firmware's bytes, pieces or "until"s. Profiles are the JSON of SetChargingProfile, times are datetimes.
Spec: OCPP 1.6 edition 2, 3.13; the readings that we take where it leaves room are those of docs/charging-profiles.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from math import floor
from typing import Any

DAY = timedelta(days=1)
VOLTS = 230


@dataclass(frozen=True)
class Limit:
    """A limit as a schedule says it."""

    value: Fraction
    unit: str
    phases: int | None

    def in_unit(self, unit: str) -> Fraction:
        """The limit in another unit; tenths, nothing rounded up."""
        if unit == self.unit:
            return self.value
        watts_an_ampere = VOLTS * (self.phases or 3)
        return self.value * watts_an_ampere if unit == "W" else Fraction(floor(self.value * 10 / watts_an_ampere), 10)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _limit(profile: dict[str, Any], now: datetime, began: datetime) -> Limit | None:
    """What a profile says at a moment, None for nothing."""
    if "validFrom" in profile and now < _time(profile["validFrom"]):
        return None
    if "validTo" in profile and now >= _time(profile["validTo"]):
        return None
    schedule = profile["chargingSchedule"]
    kind = profile["chargingProfileKind"]
    start = _time(schedule["startSchedule"]) if "startSchedule" in schedule and kind != "Relative" else began
    longest = None
    if kind == "Recurring":
        longest = DAY * (7 if profile["recurrencyKind"] == "Weekly" else 1)
        if "startSchedule" not in schedule:
            start = datetime(2019, 12, 30, tzinfo=timezone.utc) if longest > DAY else datetime(2020, 1, 1, tzinfo=timezone.utc)
        if now < start:
            return None
        while start + longest * 1000 <= now:
            start += longest * 1000
        while start + longest <= now:
            start += longest
    since = now - start
    if since < timedelta(0):
        return None
    if "duration" in schedule and since >= timedelta(seconds=schedule["duration"]):
        return None
    counts = None
    for period in schedule["chargingSchedulePeriod"]:
        if since >= timedelta(seconds=period["startPeriod"]):
            counts = period
    assert counts is not None
    return Limit(Fraction(str(counts["limit"])), schedule["chargingRateUnit"], counts.get("numberPhases"))


def _highest(profiles: list[dict[str, Any]], now: datetime, began: datetime) -> Limit | None:
    says = [(profile["stackLevel"], limit) for profile in profiles if (limit := _limit(profile, now, began)) is not None]
    return max(says, key=lambda pair: pair[0])[1] if says else None


@dataclass
class Model:
    """The set of installed profiles: (connectorId, csChargingProfiles)."""

    installed: list[tuple[int, dict[str, Any]]]

    def put(self, connector: int, profile: dict[str, Any]) -> None:
        """Install one: it replaces the one of its id, and of its connector, purpose and stackLevel."""
        self.installed = [
            (c, p)
            for c, p in self.installed
            if p["chargingProfileId"] != profile["chargingProfileId"]
            and (c, p["chargingProfilePurpose"], p["stackLevel"]) != (connector, profile["chargingProfilePurpose"], profile["stackLevel"])
        ]
        self.installed.append((connector, profile))

    def _of(self, purpose: str, connector: int) -> list[dict[str, Any]]:
        return [p for c, p in self.installed if c == connector and p["chargingProfilePurpose"] == purpose]

    def limits(self, connector: int, now: datetime, began: datetime) -> list[Limit]:
        """All that bound a connector at a moment."""
        of_charge_point = _highest(self._of("ChargePointMaxProfile", 0), now, began)
        own = self._of("TxProfile", connector)
        if own:
            of_transaction = _highest(own, now, began)
        else:
            of_transaction = _highest(self._of("TxDefaultProfile", connector), now, began)
            if of_transaction is None:
                of_transaction = _highest(self._of("TxDefaultProfile", 0), now, began)
        return [limit for limit in (of_charge_point, of_transaction) if limit is not None]

    def least(self, connector: int, now: datetime, began: datetime, unit: str, without: Fraction) -> Fraction:
        """The limit in a unit; `without` any profile it is the product's."""
        return min([without, *(limit.in_unit(unit) for limit in self.limits(connector, now, began))])
