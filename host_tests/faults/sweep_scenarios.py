"""The stretches of a charger's life in which the sweep cuts the power at every flash operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from host_tests.faults.sweep_rig import RECORD_INTERVAL_S, ROUNDING_WH, PowerLost, SweepRig, Tally, balance
from host_tests.rig.idle import settle_after_start
from host_tests.rig.rig import BOOT_TIMEOUT_S, VALID
from host_tests.rig.states import reserve_now, send_list, set_profile

POWER_W = 16 * 230.0 * 1.03
CHARGING_S = 12.0
SAMPLE_INTERVAL_S = 5
BOUND_WH = ROUNDING_WH + POWER_W * RECORD_INTERVAL_S / 3600

# Settings that the sweep changes: key, and two values to change between.
SETTINGS = (("MeterValueSampleInterval", ("5", "7")), ("ConnectionTimeOut", ("31", "47")), ("MeterValuesSampledData", ("Voltage", "Current.Import")))


@dataclass(frozen=True)
class Scenario:
    """`act` is done with a cut armed and ends with PowerLost when it strikes; afterwards `check` looks at what is left."""

    name: str
    prepare: Callable[[SweepRig], None]
    act: Callable[[SweepRig], None]
    check: Callable[[SweepRig, Tally, str], None]
    offline: bool = False
    profile: str = "Core"


def fresh_rig(product: str, parts: str = "nominal") -> SweepRig:
    """A charger of its own for a scenario, with samples every few seconds and offline starts allowed where the product knows them.

    Args: parts as of the virtual charger's --parts.
    """
    rig = SweepRig(product)
    rig.switch_on(options=("--parts", parts))
    settle_after_start(rig)
    rig.configure(MeterValueSampleInterval=SAMPLE_INTERVAL_S)
    if rig.product.offline_start:
        rig.configure(LocalAuthorizeOffline=True, AllowOfflineTxForUnknownId=True)
    return rig


def no_preparation(rig: SweepRig) -> None:
    """Start from idle."""
    rig.start_case()


# Boot ---------------------------------------------------------------------------------------------------------------------------------


def powered_off(rig: SweepRig) -> None:
    """Mains off, idle before."""
    rig.start_case()
    rig.power(False)


def boot(rig: SweepRig) -> None:
    """Mains on, until the statuses have been told."""
    rig.boot_again()
    rig.wait(3)


def off_in_a_session(rig: SweepRig) -> None:
    """Mains off while charging: the next boot has a transaction to close or to resume."""
    open_books(rig)
    session_begins(rig)
    rig.wait(CHARGING_S)
    rig.power(False)


# Configuration ------------------------------------------------------------------------------------------------------------------------


def change_settings(rig: SweepRig) -> None:
    """Change every setting of the list, and the availability; remember what was Accepted."""
    accepted = rig.accepted
    for key, values in SETTINGS:
        value = values[1] if accepted.get(key) == values[0] else values[0]
        rig.in_flight = key
        rig.call_expecting("Accepted", "ChangeConfiguration", key=key, value=value)
        accepted[key] = value
    kind = "Operative" if accepted.get("availability") == "Inoperative" else "Inoperative"
    rig.in_flight = "availability"
    rig.call_expecting("Accepted", "ChangeAvailability", connectorId=1, type=kind)
    accepted["availability"] = kind
    rig.in_flight = ""
    rig.wait(3)


def settings_kept(rig: SweepRig, tally: Tally, where: str) -> None:
    """Every setting that was answered Accepted is there; the one in flight is the old or the new one."""
    accepted, in_flight = rig.accepted, rig.in_flight
    entries = {key: str(entry.get("value", "")) for key, entry in rig.configuration().items()}
    for key, values in SETTINGS:
        allowed = values if key == in_flight or key not in accepted else (accepted[key],)
        if key in accepted and entries.get(key) not in allowed:
            tally.lost += 1
            tally.fail(where, f"{key} was Accepted as {accepted[key]!r} and is {entries.get(key)!r}")
        accepted[key] = entries[key]
    status = rig.central.statuses.get(1)
    expected = {"Inoperative": "Unavailable", "Operative": "Available"}.get(accepted.get("availability", "Operative"))
    if in_flight != "availability" and status != expected:
        tally.lost += 1
        tally.fail(where, f"the connector should be {expected} and is {status}")
    accepted["availability"] = "Inoperative" if status == "Unavailable" else "Operative"


# Sessions -----------------------------------------------------------------------------------------------------------------------------


def open_books(rig: SweepRig) -> None:
    """Note how things stand before a session."""
    rig.start_case()
    rig.energy_before_wh = rig.energy_wh()
    rig.known = frozenset(rig.central.transactions)
    rig.first_event = len(rig.charger.request("events")["events"])


def session_begins(rig: SweepRig) -> None:
    """Plug, card, the contactor closes."""
    rig.plug()
    rig.wait(2)
    rig.tap(VALID)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 30, "the contactor closes")


def session(rig: SweepRig) -> None:
    """A whole session, to the quiet after it."""
    session_begins(rig)
    rig.wait(CHARGING_S)
    rig.tap(VALID)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "open", 30, "the contactor opens")
    rig.unplug()
    rig.wait(5)


def offline_session(rig: SweepRig) -> None:
    """The same with the network cable out."""
    rig.network(False)
    rig.wait(3)
    session(rig)


def session_booked(rig: SweepRig, tally: Tally, where: str) -> None:
    """End what goes on, let the queue drain, and compare the books."""
    if not rig.charger.truth()["link"]:
        rig.network(True)
    connector = rig.charger.connector()
    if connector["plugged"]:
        rig.wait(10)
        rig.unplug()
    rig.settled()
    events = rig.charger.request("events")["events"][rig.first_event :]
    closed = any(event["what"] == "contactor" and event["to"] == "closed" for event in events)
    transactions = [transaction for number, transaction in sorted(rig.central.transactions.items()) if number not in rig.known]
    energy_wh = [rig.energy_wh() - rig.energy_before_wh]
    balance(tally, where, transactions, started=int(closed), energy_wh=energy_wh, bound_wh=BOUND_WH, faults=list(rig.central.faults))
    rig.central.faults.clear()


def still_runs(rig: SweepRig, tally: Tally, where: str) -> None:
    """After a boot that was cut: accepted and idle, nothing invented."""
    rig.wait_until(lambda: rig.central.statuses.get(1) == "Available", BOOT_TIMEOUT_S, "Available after the boot")
    balance(tally, where, [], started=0, energy_wh=[], bound_wh=0.0, faults=list(rig.central.faults))


# Reservations ---------------------------------------------------------------------------------------------------------------------------


def reserve(rig: SweepRig) -> None:
    """ReserveNow under an id that was never used."""
    rig.reservation += 1
    rig.in_flight = "reserve"
    reserve_now(rig, "Accepted", rig.reservation)
    rig.accepted["reservation"] = str(rig.reservation)
    rig.in_flight = ""
    rig.wait(2)


def reservations(rig: SweepRig) -> None:
    """Reserve and cancel, reserve and use."""
    reserve(rig)
    rig.in_flight = "cancel"
    rig.call_expecting("Accepted", "CancelReservation", reservationId=rig.reservation)
    rig.accepted["reservation"] = ""
    rig.in_flight = ""
    rig.wait(2)
    reserve(rig)
    rig.in_flight = "use"
    session(rig)
    rig.accepted["reservation"] = ""
    rig.in_flight = ""


def reservations_kept(rig: SweepRig, tally: Tally, where: str) -> None:
    """The books of the session balance; what was Accepted is kept, or was used by one StartTransaction, never both and never neither."""
    session_booked(rig, tally, where)
    kept = rig.call("CancelReservation", reservationId=rig.reservation)["status"] == "Accepted"
    starts = [transaction.start for number, transaction in rig.central.transactions.items() if number not in rig.known]
    used = [start.get("reservationId") for start in starts].count(rig.reservation)
    accepted = rig.accepted.get("reservation") == str(rig.reservation)
    if rig.in_flight == "use":
        wrong = kept + used != 1
    else:
        wrong = kept != accepted and rig.in_flight == "" and not used
    if wrong:
        tally.lost += 1
        tally.fail(where, f"reservation {rig.reservation}, in flight {rig.in_flight!r}: kept {kept}, used {used} times")
    rig.accepted["reservation"] = rig.in_flight = ""
    if rig.charger.connector()["cable"]:  # of a session that a cut has ended: locked until somebody wants it back
        rig.call_expecting("Unlocked", "UnlockConnector", connectorId=1)
    rig.wait_until(lambda: rig.central.statuses.get(1) == "Available", BOOT_TIMEOUT_S, "Available after the session")


# Local list and charging profiles -------------------------------------------------------------------------------------------------------


def _kept(rig: SweepRig, what: str) -> int:
    return int(rig.accepted.get(what, "0"))


def update_list_and_profile(rig: SweepRig) -> None:
    """A differential update of the local list, then another limit."""
    rig.in_flight = "list"
    number = _kept(rig, "list") + 1
    entries = [{"idTag": "TAG-%d-%d" % (number, n), "idTagInfo": {"status": "Accepted"}} for n in range(10)]
    send_list(rig, "Accepted", number, entries, "Differential")
    rig.accepted["list"] = str(number)
    rig.wait(2)
    rig.in_flight = "profile"
    number = _kept(rig, "profile") + 1
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6 + number % 20}]}
    profile = {"chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Absolute"}
    set_profile(rig, "Accepted", dict(profile, chargingSchedule=schedule), 1)
    rig.accepted["profile"] = str(number)
    rig.in_flight = ""
    rig.wait(2)


def list_and_profile_kept(rig: SweepRig, tally: Tally, where: str) -> None:
    """What was Accepted is there; what was in flight is there as a whole or not at all."""
    found = {"list": rig.call("GetLocalListVersion")["listVersion"]}
    schedule = rig.call("GetCompositeSchedule", connectorId=1, duration=60)["chargingSchedule"]["chargingSchedulePeriod"]
    limit = int(schedule[0]["limit"])
    before = _kept(rig, "profile")
    found["profile"] = before if limit == (6 + before % 20 if before else 32) else before + 1 if limit == 6 + (before + 1) % 20 else -1
    for what, number in found.items():
        kept = _kept(rig, what)
        if number != kept and not (rig.in_flight == what and number == kept + 1):
            tally.lost += 1
            tally.fail(where, f"{what} {number} (limit {limit}) after the cut, {kept} was Accepted, in flight {rig.in_flight!r}")
        rig.accepted[what] = str(number)
    rig.in_flight = ""


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("boot", powered_off, boot, still_runs),
        Scenario("boot-after-session", off_in_a_session, boot, session_booked),
        Scenario("configuration", no_preparation, change_settings, settings_kept),
        Scenario("online-session", open_books, session, session_booked),
        Scenario("offline-session", open_books, offline_session, session_booked, offline=True),
        Scenario("list-and-profile", no_preparation, update_list_and_profile, list_and_profile_kept, profile="SmartCharging"),
        Scenario("reservations", open_books, reservations, reservations_kept, profile="Reservation"),
    )
}


def run_once(rig: SweepRig, scenario: Scenario, operation: int | None, tally: Tally) -> bool:
    """Run a scenario with a cut in the given operation (None: without). Returns whether the cut struck."""
    scenario.prepare(rig)
    if operation is not None:
        rig.arm(operation)
    struck = False
    try:
        scenario.act(rig)
        rig.charger.time_s()
        rig.keep_watch()
        rig.disarm()
    except PowerLost:
        struck = True
        tally.cuts += 1
        rig.wait(1)
        rig.boot_again()
    scenario.check(rig, tally, f"{scenario.name}, cut in operation {operation}")
    return struck
