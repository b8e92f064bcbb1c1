"""Two connectors and one reader: which connector a card belongs to (the rules at the top of core/charging/cards.py)."""

from boards.products import duo
from host_tests.core_bench import Bench


def _bench() -> Bench:
    b = Bench(duo)
    b.run(6000)
    b.take()
    return b


def test_a_card_starts_at_the_connector_plugged_in_last() -> None:
    b = _bench()
    b.plug(1)
    b.plug(2)
    b.take()
    b.tap("CARD1")
    assert b.words() == ["Authorize", "Start", "2:Charging"]
    b.tap("CARD2")
    assert b.words() == ["Authorize", "Start", "1:Charging"]


def test_a_card_stops_its_own_transaction() -> None:
    b = _bench()
    b.charge("CARD1", 1)
    b.charge("CARD2", 2)
    b.tap("CARD1")
    b.run(2000)
    assert b.words() == ["1:Finishing", "Stop:Local"] and b.closed == [False, True]
    b.tap("CARD3")
    b.run(6000)
    assert b.words() == ["Authorize", "1:Preparing", "Start", "1:Charging"] and b.closed == [True, True]


def test_card_first_shows_at_the_lowest_free_connector_and_moves_to_the_plug() -> None:
    b = _bench()
    b.tap("CARD1")
    assert b.words() == ["Authorize", "1:Preparing"]
    b.plug(2)
    assert b.words() == ["1:Available", "2:Preparing", "Start", "2:Charging"]


def test_a_remote_start_does_not_move() -> None:
    b = _bench()
    b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
    b.take()
    b.plug(2)
    b.run(3000)
    assert b.words() == ["2:Preparing"]
    b.plug(1)
    assert b.words() == ["Start", "1:Charging"]


def test_a_fresh_plug_comes_before_one_whose_session_is_over() -> None:
    b = _bench()
    b.plug(1)
    b.charge("CARD2", 2)
    b.tap("CARD2")
    b.run(8000)
    b.take()
    b.tap("CARD3")
    assert b.words() == ["Authorize", "Start", "1:Charging"]


def test_a_foreign_card_while_both_are_busy_is_ignored() -> None:
    b = _bench()
    b.charge("CARD1", 1)
    b.charge("CARD2", 2)
    b.tap("CARD3")
    b.run(2000)
    assert b.words() == []


def test_the_group_ends_a_transaction_before_a_free_connector_is_taken() -> None:
    b = _bench()
    group = {"status": "Accepted", "parentIdTag": "G"}
    b.answers["StartTransaction"] = {"transactionId": 3, "idTagInfo": group}
    b.answers["Authorize"] = {"idTagInfo": group}
    b.charge("CARD1", 1)
    b.tap("CARD2")
    b.run(2000)
    assert b.words() == ["Authorize", "1:Finishing", "Stop:Local"]
    b.answers["Authorize"] = {"idTagInfo": {"status": "Accepted"}}
    b.unplug(1)
    b.charge("CARD1", 1)
    b.tap("STRANGER")
    assert b.words() == ["Authorize", "2:Preparing"]


def test_connectors_do_not_disturb_each_other() -> None:
    b = _bench()
    b.charge("CARD1", 1)
    b.charge("CARD2", 2)
    b.fault(3, True, 2)
    assert b.closed == [True, False]
    assert b.words() == ["2:Faulted", "Stop:Other"]
    b.power_cut()
    b.connect()
    b.run(2000)
    assert sorted(b.words()) == ["0:Available", "1:Finishing", "2:Preparing", "Boot", "Stop:PowerLoss"]
