"""The app: everything together on a bench, from boot to a power cut in a session."""

from chargepoint.ocpp16.codes import ST_AVAILABLE, ST_FAULTED
from chargepoint.runtime.store.volume import Volume  # noqa: F401  (its import belongs to the app's)
from chargepoint.util.signals import FAULT_MIRROR
from host_tests.faults.volume_model import FlashModel, FramModel
from host_tests.portable import collect, raises, without_heap
from host_tests.unit.runtime import app_world
from host_tests.unit.runtime.app_world import Bench, Reset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _pass_without_heap(app: "Any", times: "Any") -> None:
    def passes() -> None:
        for now in times:
            app.step(now)

    passes()
    collect()
    without_heap(passes)


def test_boot_announces_itself_and_every_connector() -> None:
    bench = Bench()
    bench.run(3000)
    assert [bench.calls[0][0]] + [(a, p["connectorId"], p["status"]) for a, p in bench.calls[1:]] == [
        "BootNotification",
        ("StatusNotification", 0, "Available"),
        ("StatusNotification", 1, "Available"),
    ]
    assert bench.app.exceptions == 0 and bench.wdt.fed >= 5


def test_a_session_from_plug_to_unplug_across_the_tick_wrap() -> None:
    bench = Bench()
    bench.charging()
    bench.run(25000)
    bench.tap()
    bench.run(8000)
    assert not bench.connectors[0].contactor.driving
    bench.connectors[0].pilot.car = 0
    bench.run(3000)
    calls = [(a, p) for a, p in bench.calls if a not in ("BootNotification", "StatusNotification", "Heartbeat")]
    names = [a for a, _ in calls]
    assert names[:2] == ["Authorize", "StartTransaction"] and names[-1] == "StopTransaction" and names.count("MeterValues") >= 2
    start = calls[1][1]
    stop = calls[-1][1]
    assert start["meterStart"] == 5 and stop["transactionId"] == 7
    assert stop["meterStop"] == bench.connectors[0].register.total_mwh // 1000 > 25
    assert [p["status"] for a, p in bench.calls if a == "StatusNotification" and p["connectorId"] == 1] == [
        "Available",
        "Preparing",
        "Charging",
        "Finishing",
        "Available",
    ]
    assert bench.app.store.queue.count == 0 and bench.app.exceptions == 0


def test_a_fram_out_of_sight_for_a_boot_loses_sends_and_renumbers_nothing() -> None:
    flash = FlashModel()
    fram = FramModel(flash, 8192)
    bench = Bench(flash, fram)
    bench.charging()
    bench.silent = True
    bench.run(25000)  # samples wait in the FRAM; then the power goes
    waiting = [(seq, bytes(record)) for seq, record in _records(bench)]
    assert len(waiting) >= 2
    fram.dumb = True
    for _ in range(2):
        bench = Bench(flash, fram)
        bench.run(15000)
        sent = [(a, p) for a, p in bench.calls if a in ("StartTransaction", "StopTransaction", "MeterValues")]
        assert not sent, sent
        faults = [(p["connectorId"], p["status"], p["errorCode"]) for a, p in bench.calls if a == "StatusNotification"]
        assert (0, "Faulted", "InternalError") in faults and (1, "Faulted", "InternalError") in faults
        bench.calls = []
        bench.tap()
        bench.connectors[0].pilot.car = 2
        bench.run(5000)
        assert not bench.connectors[0].contactor.driving and "StartTransaction" not in bench.actions()
        assert bench.ask("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "600"})[2]["status"] == "Rejected"
    fram.dumb = False
    raises(Reset, bench.run, 5000)  # read by a fresh start
    bench = Bench(flash, fram)
    assert [(seq, bytes(record)) for seq, record in _records(bench)][: len(waiting)] == waiting
    bench.run(20000)
    actions = [a for a, _ in bench.calls]
    assert actions.count("StopTransaction") == 1 and "StartTransaction" not in actions  # it had its answer
    assert actions.count("MeterValues") == len(waiting)
    assert [p["status"] for a, p in bench.calls if a == "StatusNotification" and p["connectorId"] == 1][-1] != "Faulted"


def _records(bench: "Bench") -> "list[tuple[int, Any]]":
    found: "list[tuple[int, Any]]" = []

    def see(seq: int, record: "Any") -> bool:
        found.append((seq, record))
        return True

    bench.app.store.queue.visit(see)
    return found


def test_the_idle_pass_allocates_nothing() -> None:
    bench = Bench()
    bench.run(4900)
    app = bench.app

    _pass_without_heap(app, (bench.now, bench.now + 10, bench.now + 40))
    bench.run(3000)
    assert app.exceptions == 0


def test_the_idle_pass_while_charging_allocates_nothing() -> None:
    bench = Bench()
    bench.charging()
    bench.run(5050)
    app = bench.app

    _pass_without_heap(app, (bench.now, bench.now + 10, bench.now + 40))
    assert app.exceptions == 0


def test_a_folder_that_is_not_there_is_a_storage_fault_and_nothing_is_charged() -> None:
    bench = Bench("/no/such/folder")
    bench.run(5000)
    statuses = [(p["connectorId"], p["status"], p["errorCode"]) for a, p in bench.calls if a == "StatusNotification"]
    assert (0, "Faulted", "InternalError") in statuses and (1, "Faulted", "InternalError") in statuses
    bench.connectors[0].pilot.car = 2
    bench.run(1000)
    bench.tap()
    bench.run(8000)
    assert not bench.connectors[0].contactor.driving and bench.app.exceptions == 0


def _power_cut_in_a_session(flash: FlashModel, memory: "FramModel | None") -> None:
    bench = Bench(flash, memory)
    bench.charging()
    bench.run(10000)
    bench = Bench(flash, memory, car=2)
    assert not bench.connectors[0].contactor.driving
    bench.run(20000)
    stops = [p for a, p in bench.calls if a == "StopTransaction"]
    assert len(stops) == 1 and stops[0]["transactionId"] == 7 and stops[0]["reason"] == "PowerLoss"
    assert "StartTransaction" not in bench.actions() and bench.app.store.queue.count == 0
    assert not bench.connectors[0].contactor.driving
    bench = Bench(flash, memory)
    bench.run(20000)
    assert "StopTransaction" not in bench.actions()


def test_a_power_cut_in_a_session_ends_it_once_with_the_energy_counted() -> None:
    _power_cut_in_a_session(FlashModel(), None)


def test_a_power_cut_in_a_session_ends_it_once_with_a_fram_too() -> None:
    flash = FlashModel()
    _power_cut_in_a_session(flash, FramModel(flash, 8192))


def test_offline_messages_are_delivered_in_order_after_the_link_is_back() -> None:
    bench = Bench()
    bench.charging()
    bench.cable_in = False
    bench.run(25000)
    bench.tap()
    bench.run(5000)
    bench.actions()
    bench.cable_in = True
    bench.run(40000)
    names = bench.actions()
    assert names.count("StopTransaction") == 1 and "MeterValues" in names
    assert max([i for i, name in enumerate(names) if name == "MeterValues"]) < names.index("StopTransaction")


def test_calls_of_the_central_system_are_answered_whatever_they_are() -> None:
    bench = Bench()
    bench.run(3000)
    assert bench.ask("GetConfiguration", {"key": ["HeartbeatInterval", "Nonsense"]}) == [
        3,
        "ask",
        {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}], "unknownKey": ["Nonsense"]},
    ]
    assert bench.ask("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"})[2] == {"status": "Accepted"}
    assert bench.ask("Nonsense", {})[:3] == [4, "ask", "NotImplemented"]
    assert bench.ask("ChangeConfiguration", {"key": 5, "value": "60"})[0] == 4
    for garbage in ("nonsense", "[]", "[2]", "{}", "[3,\"unknown\",{}]", "[4,\"unknown\",\"x\",\"y\",{}]", "null", "[2,\"x\""):
        bench.tell(garbage)
        bench.run(300)
    assert bench.ask("GetConfiguration", {"key": ["HeartbeatInterval"]})[2]["configurationKey"][0]["value"] == "60"
    assert bench.app.exceptions == 0


def test_a_change_of_configuration_survives_a_restart() -> None:
    flash = FlashModel()
    bench = Bench(flash)
    bench.run(3000)
    bench.ask("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "33"})
    assert Bench(flash).app.core.config.text("MeterValueSampleInterval") == "33"


def test_a_reset_closes_the_link_and_the_next_boot_knows_why() -> None:
    flash = FlashModel()
    bench = Bench(flash)
    bench.run(3000)
    bench.tell('[2,"r","Reset",{"type":"Hard"}]')
    raises(Reset, bench.run, 10000)
    assert bench.replies == [[3, "r", {"status": "Accepted"}]] and bench.streams[-1].is_closed
    assert Bench(flash).app.reset_cause == 1
    assert Bench(flash).app.reset_cause == 0


def test_an_exception_in_one_part_is_logged_and_the_others_go_on() -> None:
    bench = Bench()
    bench.run(3000)
    bench.reader.error = ValueError("broken reader")
    fed = bench.wdt.fed
    bench.run(5000)
    assert bench.app.exceptions > 5
    lines = [line for line in bench.lines if "broken reader" in line]
    assert 2 < len(lines) < 9 and "card reader" in lines[0]
    assert bench.ask("GetConfiguration", {"key": []})[0] == 3
    assert bench.wdt.fed - fed <= 1  # a reader that always fails is a reason to reset
    assert bench.app.watchdog.stuck.name == "card reader" and [line for line in bench.lines if "card reader does not move" in line]


def test_a_connector_that_stands_still_is_named_before_the_watchdog_bites() -> None:
    bench = Bench()
    bench.run(3000)
    bench.connectors[0].pilot = None  # its turn ends with an exception, always
    fed = bench.wdt.fed
    bench.run(5000)
    assert bench.wdt.fed - fed <= 1
    assert [line for line in bench.lines if "connector 1 does not move" in line]


def test_a_weld_is_latched_over_a_restart() -> None:
    flash = FlashModel()
    bench = Bench(flash)
    bench.run(1000)
    bench.app.connectors[0].latch_weld()
    bench.run(2000)
    assert Bench(flash).app.connectors[0].welded


def test_a_full_flash_is_a_fault_and_it_ends_when_writing_works_again() -> None:
    flash = FlashModel()
    bench = Bench(flash)
    bench.run(3000)
    bench.actions()
    flash.full = True
    bench.ask("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "61"})
    bench.run(3000)
    assert bench.app.store.failed
    bench.connectors[0].pilot.car = 2
    bench.run(1000)
    bench.tap()
    bench.run(8000)
    assert not bench.connectors[0].contactor.driving  # no session that could not be recorded
    flash.full = False
    bench.ask("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "62"})
    bench.run(3000)
    assert not bench.app.store.failed


def test_a_factory_setting_that_is_refused_is_named_and_the_charger_starts() -> None:
    bench = Bench(text="CentralSystemURL=ws://cs/ocpp\nIdentity=CP1\nNoSuchKey=5\n")
    bench.run(2000)
    assert [line for line in bench.lines if "NoSuchKey" in line] and "BootNotification" in bench.actions()


def test_without_provisioning_it_runs_offline() -> None:
    bench = Bench(text="# nothing\n")
    bench.run(3000)
    assert not bench.streams and [line for line in bench.lines if "provision" in line] and bench.wdt.fed >= 5


def test_a_pilot_that_cannot_be_looked_at_is_said_at_the_start() -> None:
    app_world._Pilot.trouble = "pilot: 24 readings take 3600 us"
    try:
        bench = Bench()
    finally:
        app_world._Pilot.trouble = ""
    assert [line for line in bench.app.log.lines() if b"connector 1 does not charge: pilot: 24 readings take 3600 us" in bytes(line)]


def test_what_a_person_must_clear_outlives_the_reset_that_a_central_system_asks_for() -> None:
    bench = Bench()
    bench.charging()
    bench.connectors[0].contactor.fault = FAULT_MIRROR
    bench.run(300)
    bench.connectors[0].contactor.fault = 0
    bench.run(2000)
    assert bench.app.core.connectors[0].status == ST_FAULTED
    bench.tell('[2,"r","Reset",{"type":"Hard"}]')
    raises(Reset, lambda: bench.run(5000))
    again = Bench(bench.volume, car=1)
    again.run(8000)
    assert again.app.core.connectors[0].status == ST_FAULTED
    again.tap()
    assert "Authorize" not in [action for action, _ in again.calls]
    again.connectors[0].pilot.car = 0
    again.run(3000)
    assert again.app.core.connectors[0].status == ST_AVAILABLE
    later = Bench(bench.volume)
    later.run(3000)
    assert later.app.core.connectors[0].status == ST_AVAILABLE and not later.app.core.connectors[0].faults.lasting
