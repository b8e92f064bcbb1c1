"""Every fault of the virtual charger, from the physical world to the central system and back: the StatusNotifications of a whole scenario, in
order and each once (docs/hardware.md 4.8), what becomes of the transaction, and what the contactor does. The firmware runs on MicroPython."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from host_tests.rig.charger import ControlRefused
from host_tests.rig.idle import Bench, fresh
from host_tests.rig.rig import VALID, Rig
from tools.sim.faults import NAMES

OPEN_WITHIN_S = 0.1
SETTLE_S = 3.0

Told = tuple[str, str]
CHARGING: Told = ("Charging", "NoError")
PREPARING: Told = ("Preparing", "NoError")
SUSPENDED_EV: Told = ("SuspendedEV", "NoError")  # until the car asks again
FINISHING: Told = ("Finishing", "NoError")
AVAILABLE: Told = ("Available", "NoError")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """A charger with everything, kept running from one fault to the next."""
    made = Bench("full")
    yield made
    made.close()


@pytest.fixture
def rig(bench: Bench) -> Iterator[Rig]:
    """The charger, idle, with an empty record."""
    made = bench.idle_rig()
    yield made
    assert made.charger.request("violations")["violations"] == []
    assert not made.charger.crashes()


def told(rig: Rig, connector: int = 1) -> list[Told]:
    """What the central system was told about a connector, in order."""
    return [(call["status"], call["errorCode"]) for call in rig.calls("StatusNotification") if call["connectorId"] == connector]


def until(rig: Rig, status: Told, within: float, connector: int = 1) -> None:
    """Wait for this to be the last thing told about a connector."""
    rig.wait_until(lambda: told(rig, connector)[-1:] == [status], within, "status %s, told so far: %s" % (status, told(rig, connector)))


def charge(rig: Rig) -> None:
    """Plug, card, contactor closed, current flows."""
    rig.plug()
    rig.tap(VALID)
    until(rig, CHARGING, 30)
    rig.wait_until(lambda: rig.charger.connector()["current_a"] > 10, 10, "the car draws current")
    rig.wait(2.5)  # a residual current within 2 s of closing is another matter


def stop_reason(rig: Rig) -> object:
    """The reason of the one StopTransaction there was, None when there was none. Local is the default and may be left out."""
    stops = rig.calls("StopTransaction")
    assert len(stops) <= 1
    return stops[0].get("reason", "Local") if stops else None


def opening_s(rig: Rig, since: int) -> float:
    """Seconds from the fault to open contacts, from the history of the world."""
    events = rig.charger.request("events", since=since)["events"]
    fault = next(event["time_s"] for event in events if event["what"] == "fault" and event["to"])
    opened = next(event["time_s"] for event in events if event["what"] == "contactor" and event["to"] == "open")
    return float(opened - fault)


def last_event(rig: Rig) -> int:
    """The number of the newest transition."""
    events = rig.charger.request("events")["events"]
    return int(events[-1]["n"]) if events else 0


@dataclass(frozen=True)
class Case:
    """A fault that comes while a car charges, goes again, and the plug is pulled at last. What is told after Charging, in each phase."""

    name: str
    during: tuple[Told, ...]
    after: tuple[Told, ...]
    unplugged: tuple[Told, ...]
    reason: str | None = "Other"
    open_s: float | None = OPEN_WITHIN_S  # from the fault to open contacts, None = the contactor stays closed
    within_s: float = 20
    recovery_s: float = 20


def _faulted(code: str) -> tuple[Told, ...]:
    return (("Faulted", code),)


CASES = (
    Case("rcd_trip", _faulted("GroundFailure"), (), (AVAILABLE,)),
    Case("emergency_stop", _faulted("OtherError"), (FINISHING,), (AVAILABLE,), reason="EmergencyStop"),
    Case("over_temperature", _faulted("HighTemperature"), (FINISHING,), (AVAILABLE,), open_s=5),
    Case("over_current", _faulted("OverCurrentFailure"), (), (AVAILABLE,), open_s=12),
    Case("meter_silent", _faulted("PowerMeterFailure"), (FINISHING,), (AVAILABLE,), open_s=8, recovery_s=70),
    Case("meter_garbage", _faulted("PowerMeterFailure"), (FINISHING,), (AVAILABLE,), open_s=8, recovery_s=70),
    Case("over_voltage", (("SuspendedEVSE", "OverVoltage"),), (SUSPENDED_EV, CHARGING), (FINISHING, AVAILABLE), reason=None, open_s=8, recovery_s=70),
    Case("under_voltage", (("SuspendedEVSE", "UnderVoltage"),), (SUSPENDED_EV, CHARGING), (FINISHING, AVAILABLE), reason=None, open_s=8, recovery_s=70),
    Case("pilot_short", (("SuspendedEVSE", "EVCommunicationError"),), (), (AVAILABLE,), reason=None),
    Case("pilot_no_diode", (("SuspendedEVSE", "EVCommunicationError"),), (), (AVAILABLE,), reason=None),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_while_charging(rig: Rig, case: Case) -> None:
    charge(rig)
    before = told(rig)
    assert before == [PREPARING, CHARGING]
    since = last_event(rig)
    rig.fault(case.name)
    until(rig, case.during[-1], case.within_s)
    rig.wait(SETTLE_S)
    assert told(rig)[2:] == list(case.during)
    assert opening_s(rig, since) <= (case.open_s or 0)
    assert stop_reason(rig) == case.reason
    rig.fault(case.name, False)
    if case.after:
        until(rig, case.after[-1], case.recovery_s)
    rig.wait(SETTLE_S)
    assert told(rig)[2:] == [*case.during, *case.after]
    rig.unplug()
    until(rig, case.unplugged[-1], 20)
    rig.wait(SETTLE_S)
    expected = [*case.during, *case.after, *case.unplugged]
    assert [status for status in told(rig)[2:] if status != FINISHING or FINISHING in expected] == expected
    assert told(rig, 0) == []
    assert len(rig.calls("StopTransaction")) == 1


def test_reader_silent_is_a_note_and_charging_goes_on(rig: Rig) -> None:
    charge(rig)
    assert rig.charger.truth()["led"] == "blue"
    rig.fault("reader_silent")
    until(rig, ("Available", "ReaderFailure"), 20, 0)
    rig.wait(SETTLE_S)
    assert rig.charger.truth()["led"] == "blue"
    rig.fault("reader_silent", False)
    until(rig, AVAILABLE, 20, 0)
    rig.wait(SETTLE_S)
    assert told(rig, 0) == [("Available", "ReaderFailure"), AVAILABLE]
    assert told(rig) == [PREPARING, CHARGING] and stop_reason(rig) is None
    assert rig.charger.connector()["contactor"] == "closed" and rig.charger.truth()["led"] == "blue"


def test_lock_jammed_before_the_plug_goes_in(rig: Rig) -> None:
    rig.fault("lock_jammed")
    rig.plug()
    until(rig, ("Faulted", "ConnectorLockFailure"), 30)
    rig.tap(VALID)
    rig.wait(10)
    assert rig.charger.connector()["contactor"] == "open" and not rig.calls("StartTransaction")
    rig.fault("lock_jammed", False)
    rig.unplug()
    until(rig, AVAILABLE, 20)
    rig.wait(SETTLE_S)
    assert told(rig) == [PREPARING, ("Faulted", "ConnectorLockFailure"), AVAILABLE]


def test_contactor_stuck_open(rig: Rig) -> None:
    rig.fault("contactor_stuck_open")
    rig.plug()
    rig.tap(VALID)
    until(rig, ("Faulted", "PowerSwitchFailure"), 30)
    rig.wait(SETTLE_S)
    assert stop_reason(rig) == "Other" and not rig.charger.connector()["coil"]
    rig.fault("contactor_stuck_open", False)
    rig.wait(SETTLE_S)
    assert told(rig)[-1] == ("Faulted", "PowerSwitchFailure")
    rig.unplug()
    until(rig, AVAILABLE, 20)
    rig.wait(SETTLE_S)
    assert [status for status in told(rig) if status not in (CHARGING, FINISHING)] == [PREPARING, ("Faulted", "PowerSwitchFailure"), AVAILABLE]


def test_a_weld_is_seen_at_the_opening_and_latched_over_a_reboot() -> None:
    with fresh("full") as rig:
        charge(rig)
        rig.fault("contactor_welded")
        rig.wait(SETTLE_S)
        assert told(rig)[-1] == CHARGING  # nothing can tell, as long as the contacts are to be closed
        rig.tap(VALID)
        until(rig, ("Faulted", "PowerSwitchFailure"), 20)
        rig.wait(SETTLE_S)
        assert told(rig).count(("Faulted", "PowerSwitchFailure")) == 1
        assert rig.charger.connector()["pilot_duty_percent"] is None  # state F: no car may draw
        rig.fault("contactor_welded", False)
        rig.unplug()
        rig.wait(SETTLE_S)
        assert told(rig)[-1] == ("Faulted", "PowerSwitchFailure")
        rig.power_cycle()
        rig.start_case()
        until(rig, ("Faulted", "PowerSwitchFailure"), 60)
        rig.plug()
        rig.tap(VALID)
        rig.wait(15)
        assert rig.charger.connector()["contactor"] == "open" and not rig.calls("StartTransaction")


def test_a_hang_drops_the_coil_and_the_watchdog_resets(rig: Rig) -> None:
    charge(rig)
    since = last_event(rig)
    boots = rig.charger.truth()["boots"]
    rig.fault("firmware_hang")
    rig.wait_until(lambda: rig.charger.truth()["boots"] > boots, 20, "the watchdog resets")
    assert opening_s(rig, since) <= OPEN_WITHIN_S
    rig.faults_in = frozenset()
    rig.wait_until(lambda: rig.calls("StopTransaction"), 60, "the transaction that the reset has ended is closed")
    assert stop_reason(rig) == "Reboot"
    events = rig.charger.request("events", since=since)["events"]
    assert not [event for event in events if event["what"] == "coil" and event["to"]]


def test_a_hang_that_ends_before_the_watchdog_does_not_close_again(rig: Rig) -> None:
    for hang_s in (0.3, 4.0):
        charge(rig)
        since = last_event(rig)
        rig.charger.request("rate", speed=5)  # on a busy computer the watchdog of 8 s would win
        rig.fault("firmware_hang")
        rig.wait(hang_s)
        rig.fault("firmware_hang", False)
        rig.charger.request("rate", speed=rig.charger.speed)
        until(rig, ("Faulted", "PowerSwitchFailure"), 20)
        rig.wait(40)
        events = rig.charger.request("events", since=since)["events"]
        assert opening_s(rig, since) <= OPEN_WITHIN_S
        assert not [event for event in events if event["what"] == "coil" and event["to"]]
        assert stop_reason(rig) == "Other"
        rig.unplug()
        until(rig, AVAILABLE, 20)
        rig.start_case()


@pytest.mark.parametrize(("phases", "which"), [(1, {}), (3, {}), (3, {"phase": 2})], ids=["whole, one phase", "whole, three phases", "one of three"])
def test_a_reversed_transformer_stops_the_sale(rig: Rig, phases: int, which: dict[str, int]) -> None:
    rig.charger.request("fault", name="meter_reversed", on=True, **which)
    try:
        rig.plug(phases=phases)
        rig.tap(VALID)
        until(rig, ("Faulted", "PowerMeterFailure"), 90)
        rig.wait_until(lambda: rig.charger.connector()["contactor"] == "open", 10, "the contactor opens")
        assert rig.charger.connector()["meter_wh"] < 100 * phases
    finally:
        rig.charger.request("fault", name="meter_reversed", on=False)
    rig.unplug()
    until(rig, AVAILABLE, 60)


def test_a_fram_that_is_dead_for_a_whole_boot_is_told_and_what_was_counted_is_not_forgotten() -> None:
    with fresh("full") as rig:
        charge(rig)
        rig.wait(60)
        rig.tap(VALID)
        first = rig.wait_until(lambda: rig.calls("StopTransaction"), 30, "the session ends")[0]
        rig.unplug()
        rig.power(False)
        rig.fault("fram_dead")
        rig.wait(3)
        rig.start_case()
        rig.power(True)
        until(rig, ("Faulted", "InternalError"), 60, 0)
        rig.plug()
        rig.tap(VALID)
        rig.wait(20)
        rig.unplug()
        told_wh = [start["meterStart"] for start in rig.calls("StartTransaction")]
        assert all(value >= first["meterStop"] for value in told_wh), "the register has gone back"
        rig.fault("fram_dead", False)
        until(rig, AVAILABLE, 60, 0)
        rig.power_cycle()
        rig.start_case()
        until(rig, AVAILABLE, 60)
        rig.plug()
        rig.tap(VALID)
        start = rig.wait_until(lambda: rig.calls("StartTransaction"), 30, "the next session")[0]
        assert start["meterStart"] >= first["meterStop"]


def test_a_session_cut_by_the_power_is_ended_once_though_the_fram_is_silent_for_the_next_boot() -> None:
    with fresh("full", settings={"MeterValueSampleInterval": "10"}) as rig:
        charge(rig)
        rig.wait(60)  # samples have been staged and delivered: of that only the FRAM knows
        told = [int(sample["value"]) for call in rig.calls("MeterValues") for value in call["meterValue"] for sample in value["sampledValue"]
                if sample.get("measurand", "Energy.Active.Import.Register") == "Energy.Active.Import.Register"]
        rig.power(False)
        rig.fault("fram_dead")
        rig.start_case()
        rig.power(True)
        until(rig, ("Faulted", "InternalError"), 60, 0)
        rig.wait(30)
        assert not rig.calls("StopTransaction") and not rig.calls("StartTransaction") and not rig.calls("MeterValues")
        rig.fault("fram_dead", False)
        rig.wait_until(lambda: rig.calls("StopTransaction"), 90, "the session's end, after a restart that reads the FRAM")
        rig.wait(20)
        stops = rig.calls("StopTransaction")
        assert len(stops) == 1 and not rig.calls("StartTransaction")
        assert stops[0]["meterStop"] >= max(told)


def test_flash_full_stops_new_sessions_until_there_is_room(rig: Rig) -> None:
    rig.fault("flash_full")
    rig.call("ChangeConfiguration", key="MeterValueSampleInterval", value="61")
    until(rig, ("Faulted", "InternalError"), 30, 0)
    rig.plug()
    rig.tap(VALID)
    rig.wait(10)
    assert rig.charger.connector()["contactor"] == "open" and not rig.calls("StartTransaction")
    rig.fault("flash_full", False)
    rig.unplug()
    until(rig, AVAILABLE, 30, 0)
    until(rig, AVAILABLE, 30)
    assert told(rig, 0) == [("Faulted", "InternalError"), AVAILABLE]


def test_a_temperature_between_the_limits_halves_the_offer_and_nothing_more(rig: Rig) -> None:
    charge(rig)
    rig.charger.request("environment", temperature_c=66)
    until(rig, ("Charging", "HighTemperature"), 20)
    rig.wait(SETTLE_S)
    assert rig.charger.connector()["pilot_duty_percent"] == pytest.approx(26.7, abs=0.1)
    rig.charger.request("environment", temperature_c=25)
    until(rig, CHARGING, 20)
    rig.wait(SETTLE_S + 5)
    assert rig.charger.connector()["pilot_duty_percent"] == pytest.approx(53.3, abs=0.1)
    assert told(rig) == [PREPARING, CHARGING, ("Charging", "HighTemperature"), CHARGING]


def test_a_supply_that_stays_bad_for_a_minute_is_a_fault(rig: Rig) -> None:
    charge(rig)
    rig.fault("over_voltage")
    until(rig, ("Faulted", "OverVoltage"), 90)
    rig.wait(SETTLE_S)
    assert told(rig)[2:] == [("SuspendedEVSE", "OverVoltage"), ("Faulted", "OverVoltage")] and stop_reason(rig) == "Other"
    rig.fault("over_voltage", False)
    until(rig, FINISHING, 60)


def test_a_residual_current_right_after_closing_needs_a_person_whatever_resets_come() -> None:
    with fresh("full") as rig:
        rig.plug()
        rig.tap(VALID)
        rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 30, "closed")
        rig.fault("rcd_trip")
        until(rig, ("Faulted", "GroundFailure"), 20)
        rig.fault("rcd_trip", False)
        rig.unplug()
        rig.wait(15)
        assert told(rig)[-1] == ("Faulted", "GroundFailure")
        rig.power_cycle()
        rig.start_case()
        until(rig, ("Faulted", "GroundFailure"), 60)
        rig.call("Reset", type="Hard")
        rig.wait_until(lambda: rig.charger.truth()["boots"] > 2, 30, "the reset")
        rig.start_case()
        until(rig, ("Faulted", "GroundFailure"), 60)
        rig.plug()
        rig.tap(VALID)
        rig.wait(15)
        assert rig.charger.connector()["contactor"] == "open" and not rig.calls("StartTransaction")


def test_every_fault_name_of_the_contract_is_tested_here() -> None:
    tested = {case.name for case in CASES} | {
        "reader_silent", "lock_jammed", "contactor_stuck_open", "contactor_welded", "firmware_hang", "flash_full", "meter_reversed", "fram_dead"}
    assert tested == set(NAMES)


def test_a_fault_that_a_product_cannot_have_is_refused_in_words() -> None:
    with fresh("lecs007") as rig:
        with pytest.raises(ControlRefused, match="connector 1 has a fixed cable and no lock"):
            rig.charger.request("fault", name="lock_jammed", on=True)
        with pytest.raises(ControlRefused, match="connector"):
            rig.charger.request("fault", name="rcd_trip", on=True, connector=2)
        with pytest.raises(ControlRefused, match="unknown fault"):
            rig.charger.request("fault", name="earthquake", on=True)
