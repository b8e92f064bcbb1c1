"""A charge point with charging profiles, for the tests of that feature."""

from boards.products import full
from host_tests.core_bench import Bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def utc(b: Bench, seconds: int = 0) -> str:
    """The UTC of the bench in so many seconds, or so many ago."""
    b.elapsed_ms += seconds * 1000
    text = b.utc()
    b.elapsed_ms -= seconds * 1000
    return text


def profile(*periods: "tuple[Any, ...]", **more: "Any") -> "dict[str, Any]":
    """A TxDefaultProfile of these periods (start, limit, phases); `more` are fields of the profile or of its schedule."""
    schedule: "dict[str, Any]" = {"chargingRateUnit": "A", "chargingSchedulePeriod": []}
    for period in periods:
        entry = {"startPeriod": period[0], "limit": period[1]}
        if len(period) > 2:
            entry["numberPhases"] = period[2]
        schedule["chargingSchedulePeriod"].append(entry)
    made = {"chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Absolute"}
    for name, value in more.items():
        (schedule if name in ("duration", "startSchedule", "chargingRateUnit", "minChargingRate") else made)[name] = value
    made["chargingSchedule"] = schedule
    return made


def install(b: Bench, made: "dict[str, Any]", connector: int = 1) -> str:
    """Send SetChargingProfile. Returns: the status of the answer, or the code of a CALLERROR."""
    answer = b.call("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": made})
    return str(answer["status"]) if isinstance(answer, dict) else str(answer)


def clear(b: Bench, **fields: "Any") -> str:
    """Send ClearChargingProfile. Returns: as `install`."""
    answer = b.call("ClearChargingProfile", fields)
    return str(answer["status"]) if isinstance(answer, dict) else str(answer)


def composite(b: Bench, duration: int, connector: int = 1, **fields: "Any") -> "list[tuple[int, float]]":
    """Send GetCompositeSchedule. Returns: start and limit of each period."""
    request = {"connectorId": connector, "duration": duration}
    request.update(fields)
    answer: "Any" = b.call("GetCompositeSchedule", request)
    assert answer["status"] == "Accepted" and answer["connectorId"] == connector, answer
    schedule = answer["chargingSchedule"]
    assert schedule["chargingRateUnit"] == fields.get("chargingRateUnit", "A")
    return [(period["startPeriod"], period["limit"]) for period in schedule["chargingSchedulePeriod"]]


def quiet(product: "Any" = full, **settings: str) -> Bench:
    """Accepted, nothing said; the seconds begin with a whole one."""
    b = Bench(product, **settings)  # type: ignore[arg-type]
    b.run(2000 - b.elapsed_ms % 1000)
    b.take()
    return b
