"""Registration, the clock that comes with it, and the heartbeat: TC_001, TC_002."""

from boards.products import lecs007
from host_tests.core_bench import Bench


def _answer(bench: Bench, status: str, interval: int) -> dict:  # type: ignore[type-arg]
    return {"status": status, "currentTime": bench.utc(), "interval": interval}


def test_rejected_means_silence_for_exactly_the_interval() -> None:
    b = Bench(lecs007, accept=False)
    b.answers["BootNotification"] = [_answer(b, "Rejected", 20), _answer(b, "Accepted", 30)]
    b.connect()
    b.take()
    b.plug()
    b.unplug()
    b.run(19000 - 600)
    assert b.take() == []
    assert b.call("GetConfiguration") is None
    b.run(1000)
    assert b.words() == ["Boot", "0:Available", "1:Available"]
    b.run(29900)
    assert b.take() == []
    b.run(60200)
    assert b.words() == ["Heartbeat"] * 3


def test_pending_answers_calls_and_sends_nothing_else() -> None:
    b = Bench(lecs007, accept=False)
    b.answers["BootNotification"] = [_answer(b, "Pending", 10), _answer(b, "Accepted", 60)]
    b.connect()
    b.take()
    assert len(b.call("GetConfiguration")["configurationKey"]) == 26  # type: ignore[index]
    b.configure("MeterValueSampleInterval", "30")
    assert b.call("RemoteStartTransaction", {"idTag": "A", "connectorId": 1}) == {"status": "Rejected"}
    b.plug()
    b.run(9300)
    assert b.take() == []
    b.run(300)
    assert b.words() == ["Boot", "0:Available", "1:Preparing"]


def test_silence_and_refusals_are_retried_after_a_minute() -> None:
    b = Bench(lecs007, accept=False)
    b.answers["BootNotification"] = [None, "InternalError", _answer(b, "Accepted", 60)]
    b.connect()
    b.run(59000)
    assert b.words() == ["Boot"]
    b.run(60000)
    assert b.words() == ["Boot"]
    b.run(60000)
    assert b.words()[:3] == ["Boot", "0:Available", "1:Available"]


def test_an_unanswered_boot_is_asked_again_when_the_link_comes_back() -> None:
    b = Bench(lecs007, accept=False)
    b.answers["BootNotification"] = [None, _answer(b, "Accepted", 60)]
    b.connect()
    b.disconnect()
    b.run(5000)
    b.connect()
    assert b.words() == ["Boot", "Boot", "0:Available", "1:Available"]


def test_a_reconnect_needs_no_boot() -> None:
    b = Bench(lecs007)
    b.take()
    b.disconnect()
    b.run(5000)
    b.connect()
    b.run(1000)
    assert b.take() == []


def test_intervals_out_of_range() -> None:
    for status, interval, first_ms in (("Accepted", 0, 20000), ("Accepted", -5, 20000), ("Accepted", 2000000000, 86400000), ("Pending", 0, 60000)):
        b = Bench(lecs007, accept=False)
        b.answers["BootNotification"] = _answer(b, status, interval)
        b.connect()
        b.take()
        b.core.poll(b.now)
        due = b.core.heartbeat.next_due(b.now) if status == "Accepted" else b.core.registration.next_due(b.now)
        assert due == first_ms, (status, interval, due)


def test_heartbeat_interval_follows_the_boot_and_the_configuration() -> None:
    b = Bench(lecs007)
    b.take()
    assert b.call("GetConfiguration", {"key": ["HeartbeatInterval"]}) == {
        "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]
    }
    b.configure("HeartbeatInterval", "10")
    b.run(35000)
    assert b.words() == ["Heartbeat"] * 3


def test_the_interval_of_the_boot_is_never_stored() -> None:
    """Another key is stored; after a boot whose answer has no interval the configured one holds."""
    for configured in ("", "45"):
        b = Bench(lecs007)
        if configured:
            b.configure("HeartbeatInterval", configured)
            b.power_cut()
            b.connect()
        assert b.core.config.text("HeartbeatInterval") == "300"
        b.configure("ConnectionTimeOut", "31")
        b.answers["BootNotification"] = {"status": "Accepted", "currentTime": b.utc()}
        b.power_cut()
        b.connect()
        assert b.core.config.text("ConnectionTimeOut") == "31"
        assert b.core.config.text("HeartbeatInterval") == (configured or "20")


def test_a_heartbeat_interval_that_is_set_is_stored_even_when_the_boot_said_the_same() -> None:
    b = Bench(lecs007)
    b.store.fails = True
    assert b.call("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "300"}) == {"status": "Rejected"}
    b.store.fails = False
    b.configure("HeartbeatInterval", "300")
    b.answers["BootNotification"] = {"status": "Accepted", "currentTime": b.utc()}
    b.power_cut()
    b.connect()
    assert b.core.config.text("HeartbeatInterval") == "300"


def test_heartbeats_stay_on_their_grid_over_a_lost_link() -> None:
    b = Bench(lecs007, HeartbeatInterval="20")
    b.answers["BootNotification"] = _answer(b, "Accepted", 20)
    b.power_cut(0)
    b.take()
    b.connect()
    b.run(10000)
    b.disconnect()
    b.run(55000)
    b.take()
    b.connect()
    b.run(100)
    assert b.words() == ["Heartbeat"]  # the one that is due; those missed are not made up for
    b.run(14500)
    assert b.words() == []
    b.run(1000)
    assert b.words() == ["Heartbeat"]


def test_the_clock_comes_from_the_answer_in_any_spelling() -> None:
    for text in ("2026-11-23T08:00:00Z", "2026-11-23T10:00:00+02:00", "2026-11-23T08:00:00.000000000Z", "2026-11-23T08:00:00"):
        b = Bench(lecs007, accept=False)
        b.answers["BootNotification"] = {"status": "Accepted", "currentTime": text, "interval": 60}
        b.connect()
        assert b.log[1][1]["timestamp"] == "2026-11-23T08:00:00.000Z", text


def test_setting_the_clock_moves_no_timer_and_small_corrections_are_left_out() -> None:
    b = Bench(lecs007)
    b.charge()
    b.run(5000)
    b.core.set_clock(217584000 + 900, 0, b.now)
    b.core.clock.utc(b.now)
    shifted = b.core.clock.s
    assert shifted == 217584000 + 900
    b.core.set_clock(shifted, 400, b.now)
    b.core.clock.utc(b.now)
    assert b.core.clock.ms == 0
    b.run(25000)
    assert b.words() == ["MeterValues"] * 2
