"""The plug: what counts as plugged in, what a session leaves behind, when the lock moves."""

from boards.products import full, lecs007
from chargepoint.core.charging.plug import Plug
from chargepoint.core.commands import CMD_LOCK, CMD_UNLOCK
from chargepoint.util.signals import HOLD_NOTHING, HOLD_RCD_TEST
from host_tests.core_bench import A, B, Bench, C, E

START = (1 << 30) - 300


def out() -> Plug:
    plug = Plug(START)
    plug.take(A)
    return plug


def test_a_plug_that_goes_in_counts_after_half_a_second_and_everything_else_at_once() -> None:
    plug = out()
    assert not plug.counts(B, START) and not plug.counts(C, START + 100)
    assert plug.lasting(START + 299) == A and plug.wait_ms(START + 299) == 201
    assert plug.lasting(200) == C
    assert plug.take(C), "state B was seen before C"
    assert plug.is_in() and plug.counts(B, 300) and plug.counts(A, 300)
    assert out().counts(E, START)
    assert Plug(START).counts(B, START), "whatever is read first after the boot counts"


def test_the_lock_moves_when_it_has_to_and_only_then() -> None:
    plug = out()
    assert plug.lock_command(False, True) == 0
    plug.take(B)
    assert plug.lock_command(False, True) == CMD_LOCK and plug.lock_command(True, True) == 0
    plug.end_session(True, False, True)
    assert plug.lock_command(False, True) == CMD_UNLOCK
    plug.renew()
    assert plug.lock_command(False, True) == CMD_LOCK
    plug.release()
    assert plug.lock_command(False, True) == CMD_UNLOCK
    plug.release()
    assert plug.lock_command(False, True) == CMD_UNLOCK, "on demand the command goes out again"


def test_after_a_power_cut_the_first_status_is_the_last_one() -> None:
    for product in (lecs007, full):
        b = Bench(product)
        b.charge()
        b.power_cut()
        b.take()
        b.connect()
        b.run(15000)
        words = [word for word in b.words() if word[:2] == "1:"]
        assert words == ["1:Finishing"], (product.NAME, words)


def test_a_session_that_the_vehicle_has_ended_says_so_and_a_later_unplugging_says_nothing_twice() -> None:
    b = Bench(full, StopTransactionOnEVSideDisconnect="true", UnlockConnectorOnEVSideDisconnect="false")
    b.charge()
    b.unplug(both_ends=False)
    b.run(8000)
    told = [p for a, p in b.take() if a == "StatusNotification"]
    assert [(p["status"], p.get("info")) for p in told] == [("Finishing", "EV side disconnected")]
    b = Bench(full)
    b.charge()
    b.tap("CARD1")
    b.run(8000)
    b.unplug(both_ends=False)
    b.run(8000)
    told = [p for a, p in b.take() if a == "StatusNotification"]
    assert [(p["status"], p.get("info")) for p in told] == [("Finishing", None)]


def test_a_contactor_that_is_held_back_for_long_is_power_withheld_by_us_and_no_fault() -> None:
    b = Bench(lecs007)
    b.run(6000)
    b.contactor_works = False
    b.plug()
    b.tap("CARD1")
    b.core.on_hold(1, HOLD_RCD_TEST, b.now)
    b.run(4000)
    assert b.words()[-1] in ("Start", "1:Preparing")
    b.run(3000)
    assert b.words() == ["1:SuspendedEVSE"]
    b.run(60000)
    assert [word for word in b.words() if word[0] == "1"] == []
    b.core.on_hold(1, HOLD_NOTHING, b.now)
    b.closed[0] = True
    b.core.on_contactor(1, True, b.now)
    b.run(100)
    assert b.words() == ["1:Charging"]


def test_a_refused_start_without_an_id_ends_the_energy() -> None:
    b = Bench(lecs007)
    b.run(6000)
    b.answers["StartTransaction"] = {"idTagInfo": {"status": "Invalid"}}
    b.plug()
    b.tap("CARD1")
    b.run(12000)
    assert not b.closed[0]
