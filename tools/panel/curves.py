"""A charging profile as a curve that somebody draws: a row of equal slots with amperes, to and from periods of OCPP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tools.csms.policy import utc_text

MOST_A = 32
SLOTS = 24
PURPOSES = ("TxProfile", "TxDefaultProfile", "ChargePointMaxProfile")


class NotACurve(ValueError):
    """A text that describes no curve; says what it should look like."""


@dataclass
class Curve:
    """Amperes by slot of `slot_s` seconds each, from the moment when the profile is sent."""

    slot_s: int = 60
    limits_a: list[int] = field(default_factory=lambda: [16] * SLOTS)

    def draw(self, x: float, y: float) -> int:
        """Set the slot under a point, both from 0 (left, bottom) to 1 (right, top); returns its number."""
        slot = min(max(int(x * len(self.limits_a)), 0), len(self.limits_a) - 1)
        self.limits_a[slot] = round(min(max(y, 0.0), 1.0) * MOST_A)
        return slot

    def periods(self) -> list[dict[str, Any]]:
        """The periods of OCPP: one for each change of the limit."""
        starts = [slot for slot, limit in enumerate(self.limits_a) if slot == 0 or limit != self.limits_a[slot - 1]]
        return [{"startPeriod": slot * self.slot_s, "limit": self.limits_a[slot]} for slot in starts]

    @property
    def text(self) -> str:
        """The curve as minutes:amperes, as it can be typed."""
        return ", ".join(f"{period['startPeriod'] / 60:g}:{period['limit']}" for period in self.periods())

    def read(self, text: str) -> None:
        """Take a curve from its text. Raises: NotACurve."""
        limits = [0] * len(self.limits_a)
        try:
            steps = [(float(minute) * 60, int(limit)) for minute, limit in (part.split(":") for part in text.split(","))]
        except ValueError:
            raise NotACurve("write minutes:amperes, such as 0:16, 5:8, 10:32") from None
        if steps[0][0] != 0 or any(later[0] <= earlier[0] for earlier, later in zip(steps, steps[1:])):
            raise NotACurve("begin with minute 0, and go on with later ones")
        if any(not 0 <= limit <= MOST_A for _, limit in steps):
            raise NotACurve(f"a limit is 0 to {MOST_A} A")
        for start_s, limit in steps:
            first = round(start_s / self.slot_s)
            if first >= len(limits):
                raise NotACurve(f"the curve is {len(limits) * self.slot_s / 60:g} minutes long")
            limits[first:] = [limit] * (len(limits) - first)
        self.limits_a = limits

    def profile(self, purpose: str, connector: int, now: datetime, transaction: int | None = None) -> dict[str, Any]:
        """The payload of SetChargingProfile. A ChargePointMaxProfile is always for connector 0."""
        schedule = {
            "duration": len(self.limits_a) * self.slot_s,
            "startSchedule": utc_text(now),
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": self.periods(),
        }
        profile: dict[str, Any] = {"chargingProfileId": 1 + PURPOSES.index(purpose), "stackLevel": 0, "chargingProfilePurpose": purpose}
        profile |= {"chargingProfileKind": "Absolute", "chargingSchedule": schedule}
        if purpose == "TxProfile" and transaction is not None:
            profile["transactionId"] = transaction
        return {"connectorId": 0 if purpose == "ChargePointMaxProfile" else connector, "csChargingProfiles": profile}
