"""Faults: levels, latches, what the central system is told, and what they do to a session (docs/hardware.md 4.8, TC_041)."""

from boards.products import duo, full, lecs007
from chargepoint.core.charging import faults as table
from chargepoint.core.charging.faults import Faults
from host_tests.core_bench import CLEAR_FAULT, OPEN, A, Bench, E

WELDED, NO_CLOSE, RCD, E_STOP, OVER_TEMPERATURE, OVER_VOLTAGE, UNDER_VOLTAGE, OVER_CURRENT, METER, READER, LOCK = range(1, 12)
PILOT_SHORT, NO_DIODE, RCD_TEST, INTERNAL, DERATE, PE, PILOT_JUMP, MIRROR, STORAGE = range(12, 21)

# errorCode as in encode.py's table and vendorErrorCode: docs/hardware.md 4.8.
_CODES = (
    (WELDED, 11, "CX017"), (NO_CLOSE, 11, "CX017"), (RCD, 3, "CX002"), (E_STOP, 7, "CX008"), (OVER_TEMPERATURE, 4, "CX003"),
    (OVER_VOLTAGE, 9, "CX005"), (UNDER_VOLTAGE, 14, "CX006"), (OVER_CURRENT, 8, "CX004"), (METER, 10, None), (READER, 12, None),
    (LOCK, 1, "CX001"), (PILOT_SHORT, 2, "CX014"), (NO_DIODE, 2, "CX014"), (RCD_TEST, 5, None), (INTERNAL, 5, None), (DERATE, 4, "CX018"),
    (PE, 3, "CX002"), (PILOT_JUMP, 2, "CX014"), (MIRROR, 11, "CX017"), (STORAGE, 5, None),
)


def test_every_fault_has_its_codes() -> None:
    for code, error, vendor in _CODES:
        assert table.error_code(code) == error and table.vendor_code(code) == vendor, code
        assert 0 < len(table.info(code) or "") <= 50
    assert table.error_code(0) == 0 and table.vendor_code(0) is None and table.info(0) is None


def _told(b: Bench, connector: int = 1) -> list:  # type: ignore[type-arg]
    return [(p["status"], p["errorCode"]) for a, p in b.take() if a == "StatusNotification" and p["connectorId"] == connector]


def test_a_fault_stops_everything_and_nothing_starts_by_itself_afterwards() -> None:
    b = Bench(lecs007)
    b.charge()
    b.commands = []
    b.fault(E_STOP, True)
    assert b.commands[0] == (OPEN, 1, 0) and not b.closed[0]
    status = [p for a, p in b.log if a == "StatusNotification"][0]
    assert status["errorCode"] == "OtherError" and status["vendorErrorCode"] == "CX008" and status["vendorId"] == "pilotline"
    assert status["info"] == "emergency stop"
    assert b.words() == ["1:Faulted", "Stop:EmergencyStop"]
    b.tap("CARD1")
    b.run(30000)
    assert b.words() == []
    assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"}) == {"status": "Rejected"}
    b.fault(E_STOP, False)
    b.run(30000)
    assert b.words() == ["1:Finishing"] and not b.closed[0]


def test_a_fault_drops_an_authorization_that_waits() -> None:
    b = Bench(lecs007)
    b.tap("CARD1")
    b.take()
    b.fault(INTERNAL, True)
    b.fault(INTERNAL, False)
    b.plug()
    b.run(6000)
    assert b.words() == ["1:Faulted", "1:Available", "1:Preparing"]


def test_latched_until_the_plug_is_pulled() -> None:
    for code in (RCD, OVER_CURRENT, PE, MIRROR):
        b = Bench(lecs007)
        b.charge()
        b.fault(code, True)
        b.fault(code, False)
        b.run(3000)
        assert [s for s, _ in _told(b)] == ["Faulted"], code
        b.commands = []
        b.unplug()
        assert _told(b) == [("Available", "NoError")], code
        assert (CLEAR_FAULT, 1, code) in b.commands


def test_a_latch_whose_fault_ends_after_the_plug_was_pulled() -> None:
    b = Bench(lecs007)
    b.plug()
    b.fault(RCD, True)
    b.unplug()
    b.take()
    b.run(3000)
    assert _told(b) == []
    b.fault(RCD, False)
    assert _told(b) == [("Available", "NoError")]


def test_a_weld_waits_for_an_operator() -> None:
    b = Bench(lecs007)
    b.fault(WELDED, True)
    b.fault(WELDED, False)
    b.plug()
    b.unplug()
    assert b.core.connectors[0].status == 8 and b.offer == [-1]
    b.core.clear_faults(1, b.now)
    b.settle()
    assert b.core.connectors[0].status == 0 and b.offer == [0]


def test_supply_faults_suspend_first_and_recover_after_half_a_minute() -> None:
    b = Bench(lecs007)
    b.charge()
    b.fault(OVER_VOLTAGE, True)
    assert _told(b) == [("SuspendedEVSE", "OverVoltage")] and not b.closed[0]
    b.run(5000)
    b.fault(OVER_VOLTAGE, False)
    b.run(29000)
    assert not b.closed[0]
    b.run(2000)
    assert b.closed[0]
    assert _told(b)[-1] == ("Charging", "NoError")


def test_a_supply_fault_that_stays_ends_the_session() -> None:
    b = Bench(lecs007)
    b.charge()
    b.fault(UNDER_VOLTAGE, True)
    b.run(61000)
    assert b.words() == ["1:SuspendedEVSE", "MeterValues", "MeterValues", "MeterValues", "MeterValues", "1:Faulted", "Stop:Other"]


def test_a_supply_fault_without_a_session_is_faulted_at_once() -> None:
    b = Bench(lecs007)
    b.take()
    b.fault(OVER_VOLTAGE, True)
    assert _told(b) == [("Faulted", "OverVoltage")]


def test_signalling_faults_are_no_reason_to_fault_for_a_minute() -> None:
    b = Bench(lecs007)
    b.charge()
    b.fault(NO_DIODE, True)
    assert _told(b) == [("SuspendedEVSE", "EVCommunicationError")] and not b.closed[0]
    b.run(61000)
    assert _told(b)[-1] == ("Faulted", "EVCommunicationError")
    b.fault(NO_DIODE, False)
    b.unplug()
    assert _told(b)[-1] == ("Available", "NoError")


def test_a_shorted_pilot_opens_and_ends_with_the_plug() -> None:
    b = Bench(lecs007)
    b.charge()
    b.pilot(1, E)
    b.fault(PILOT_SHORT, True)
    assert not b.closed[0]
    b.run(1000)
    b.pilot(1, A)
    b.fault(PILOT_SHORT, False)
    b.run(1000)
    assert b.core.connectors[0].status == 0 and b.core.connectors[0].transaction is None


def test_notes_change_no_status_and_do_not_stop() -> None:
    b = Bench(lecs007)
    b.charge()
    b.fault(DERATE, True)
    assert _told(b) == [("Charging", "HighTemperature")] and b.closed[0]
    b.fault(DERATE, False)
    assert _told(b) == [("Charging", "NoError")]
    b.core.on_fault(0, READER, True, b.now)
    b.settle()
    assert [(p["connectorId"], p["status"], p["errorCode"]) for _, p in b.take()] == [(0, "Available", "ReaderFailure")]


def test_the_meter_stops_a_session_and_keeps_others_from_starting() -> None:
    b = Bench(lecs007)
    b.charge()
    b.fault(METER, True)
    assert b.words() == ["1:Faulted", "Stop:Other"] and not b.closed[0]
    b.fault(METER, False)
    assert b.words() == ["1:Finishing"]
    b = Bench(lecs007)
    b.take()
    b.fault(METER, True)
    assert _told(b) == [("Available", "PowerMeterFailure")]
    b.plug()
    b.tap("CARD1")
    assert b.words() == ["1:Preparing"]


def test_a_fault_of_the_charge_point_is_one_of_every_connector() -> None:
    b = Bench(duo)
    b.take()
    b.core.on_fault(0, STORAGE, True, b.now)
    b.settle()
    assert sorted(b.words()) == ["0:Faulted", "1:Faulted", "2:Faulted"]
    b.core.on_fault(0, STORAGE, False, b.now)
    b.settle()
    assert sorted(b.words()) == ["0:Available", "1:Available", "2:Available"]


def test_the_worst_fault_shows_and_the_next_waits_behind_it() -> None:
    faults = Faults()
    for code in (DERATE, NO_DIODE, OVER_CURRENT, RCD):
        faults.report(code, True, 0)
    faults.poll(False, 10)
    assert (faults.level, faults.code) == (3, RCD)
    for gone, left in ((RCD, (3, OVER_CURRENT)), (OVER_CURRENT, (2, NO_DIODE)), (NO_DIODE, (1, DERATE))):
        faults.report(gone, False, 20)
        assert faults.release(False) == gone and faults.release(False) == 0
        faults.poll(False, 30)
        assert (faults.level, faults.code) == left
    faults.report(DERATE, False, 40)
    faults.poll(False, 50)
    assert faults.level == 0 and faults.next_due(50) > 1000


def test_a_lock_that_jams_in_a_session_is_faulted() -> None:
    b = Bench(full)
    b.plug()
    b.take()
    b.fault(LOCK, True)
    assert _told(b) == [("Faulted", "ConnectorLockFailure")]
    b.fault(LOCK, False)
    assert _told(b) == [("Preparing", "NoError")]


def test_minimum_status_duration_delays_and_swallows_what_is_short() -> None:
    b = Bench(lecs007)
    b.configure("MinimumStatusDuration", "10")
    b.take()
    b.plug()
    b.run(5000)
    b.unplug()
    b.run(20000)
    assert b.words() == []
    b.plug()
    b.run(9900)
    assert b.words() == []
    b.run(200)
    status = b.take()[0][1]
    assert status["status"] == "Preparing"
