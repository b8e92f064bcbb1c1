"""Answers that are odd in every way: what they say readably counts, the money is right, nothing sticks, the session goes on or ends as it must."""

from boards.products import full, lecs007
from host_tests.core_bench import LOST, NO_OBJECT, Bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OK = {"status": "Accepted"}


def _session(answer: "Any", product: "Any" = lecs007, **settings: "Any") -> Bench:
    """A session whose StartTransaction is answered like this; the driver stops it after a while, if it runs still, and unplugs."""
    b = Bench(product, **settings)
    b.answers["StartTransaction"] = answer
    b.plug()
    b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
    b.run(40000)
    b.was_closed = b.closed[0]  # type: ignore[attr-defined]
    if b.core.connectors[0].transaction is not None:
        b.tap("CARD1")
        b.run(3000)
    b.unplug()
    b.run(1000)
    return b


def _told(b: Bench, action: str) -> "list[dict[str, Any]]":
    return [p for a, p in b.log if a == action]


def test_a_start_is_answered_once_its_transaction_id_can_be_read() -> None:
    for answer, number in (
        ({"transactionId": 7, "idTagInfo": {"status": "Accepted", "parentIdTag": "x" * 21}}, 7),
        ({"transactionId": 7, "idTagInfo": {"status": "Accepted", "parentIdTag": "a\nb\tc"}}, 7),
        ({"transactionId": 7, "idTagInfo": {"status": "Accepted", "parentIdTag": 5}}, 7),
        ({"transactionId": 7, "idTagInfo": {"status": "Accepted", "expiryDate": 0}}, 7),
        ({"transactionId": 7, "idTagInfo": {"status": "Accepted", "expiryDate": "soon"}}, 7),
        ({"transactionId": 7, "idTagInfo": {"status": "accepted"}}, 7),
        ({"transactionId": 7, "idTagInfo": {"status": "Unheard of"}}, 7),
        ({"transactionId": 7, "idTagInfo": {"status": None}}, 7),
        ({"transactionId": 7, "idTagInfo": {}}, 7),
        ({"transactionId": 7, "idTagInfo": None}, 7),
        ({"transactionId": 7, "idTagInfo": "Accepted"}, 7),
        ({"transactionId": 7}, 7),
        ({"transactionId": "112200", "idTagInfo": _OK}, 112200),
        ({"transactionId": 9.0, "idTagInfo": _OK}, 9),
        ({"transactionId": 0, "idTagInfo": _OK}, 0),
        ({"transactionId": -3, "idTagInfo": _OK}, -3),
        ({"transactionId": 4000000000, "idTagInfo": _OK}, 4000000000),
    ):
        b = _session(answer)
        assert b.was_closed, answer  # type: ignore[attr-defined]
        assert len(_told(b, "StartTransaction")) == 1, answer
        assert [p["transactionId"] for p in _told(b, "StopTransaction")] == [number], answer
        assert [p["transactionId"] for p in _told(b, "MeterValues")] == [number] * 2, answer
        assert b.store.dead == [] and b.store.queue.count == 0, answer


def test_a_remote_stop_finds_the_session_whatever_else_was_wrong_with_its_start() -> None:
    b = Bench(lecs007)
    b.answers["StartTransaction"] = {"transactionId": 0, "idTagInfo": None}
    b.charge()
    assert b.call("RemoteStopTransaction", {"transactionId": 0}) == {"status": "Accepted"}
    b.run(3000)
    assert not b.closed[0]


def test_a_refusal_that_can_be_read_stops_the_energy_whatever_else_is_wrong() -> None:
    for answer, number in (
        ({"idTagInfo": {"status": "Invalid"}}, None),
        ({"transactionId": None, "idTagInfo": {"status": "Blocked", "expiryDate": 0}}, None),
        ({"transactionId": "none", "idTagInfo": {"status": "Expired"}}, None),
        ({"transactionId": 1.5, "idTagInfo": {"status": "ConcurrentTx"}}, None),
        ({"transactionId": 7, "idTagInfo": {"status": "invalid", "parentIdTag": 3}}, 7),
        ({"transactionId": 0, "idTagInfo": {"status": "Invalid"}}, 0),
        ({"transactionId": -1, "idTagInfo": {"status": "Invalid"}}, -1),
    ):
        for stops in ("true", "false"):
            b = _session(answer, full, StopTransactionOnInvalidId=stops, MaxEnergyOnInvalidId="0", MeterValueSampleInterval="10")
            assert not b.was_closed, answer  # type: ignore[attr-defined]
            assert len(_told(b, "StartTransaction")) == 1, answer
            assert b.readings[0].energy_mwh < 1001000 + 10000, answer
            stop_ids = [p["transactionId"] for p in _told(b, "StopTransaction")]
            if number is None:  # no transaction is open there that a StopTransaction could end: start and stop are kept for a person
                assert stop_ids == [] and [record[0] for record, _ in b.store.dead] == [1, 3], answer
            else:
                assert stop_ids == [number] and b.store.dead == [], answer
            assert b.store.queue.count == 0, answer


def test_an_answer_that_says_nothing_costs_no_session() -> None:
    answers: "tuple[Any, ...]" = ({}, NO_OBJECT, {"transactionId": None}, {"transactionId": "x", "idTagInfo": {"status": "?"}})
    for answer in answers:
        for product in (lecs007, full):
            b = Bench(product)
            b.remembers = False
            b.answers["StartTransaction"] = [answer, answer, {"transactionId": 8, "idTagInfo": _OK}]
            b.charge()
            b.run(200000)
            b.tap("CARD1")
            b.run(2000)
            stops = _told(b, "StopTransaction")
            assert [p["transactionId"] for p in stops] == [8], answer
            assert b.store.dead == []


def test_the_same_question_again_has_the_same_id_so_that_nobody_opens_a_second_transaction() -> None:
    b = Bench(lecs007)
    b.answers["StartTransaction"] = {}
    b.plug()
    b.take()
    b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
    b.run(120000)
    starts = [i for i in range(len(b.log)) if b.log[i][0] == "StartTransaction"]
    assert len(starts) == 3 and len(set(b.ids[i] for i in starts)) == 1
    assert [why for _, why in b.store.dead] == ["its answer has no transactionId"]
    assert b.closed[0], "the driver was accepted before"


def test_whatever_answers_a_stop_or_a_sample_has_taken_it() -> None:
    answers: "tuple[Any, ...]" = ({"idTagInfo": None}, {"idTagInfo": {"status": "?"}}, {"idTagInfo": 5}, NO_OBJECT, {"x": [1, {}]})
    for answer in answers:
        b = Bench(lecs007)
        transaction_id = b.charge()
        b.answers["StopTransaction"] = answer
        b.answers["MeterValues"] = answer
        b.run(16000)
        b.call("RemoteStopTransaction", {"transactionId": transaction_id})
        b.run(30000)
        words = [word for word in b.words() if word[1] != ":"]
        assert words == ["MeterValues", "Stop:Remote"], answer
        assert b.store.dead == [] and b.store.queue.count == 0


def test_an_authorize_answer_is_a_yes_only_when_it_says_so() -> None:
    for answer, starts in (
        ({"idTagInfo": {"status": "Accepted", "parentIdTag": "x" * 21}}, True),
        ({"idTagInfo": {"status": "Accepted", "expiryDate": 0}}, True),
        ({"idTagInfo": {"status": "ACCEPTED"}}, True),
        ({"idTagInfo": {"status": "Pending"}}, False),
        ({"idTagInfo": {"status": "?"}}, False),
        ({"idTagInfo": {}}, False),
        ({"idTagInfo": None}, False),
        ({}, False),
        (NO_OBJECT, False),
    ):
        b = Bench(full, AllowOfflineTxForUnknownId="true")
        b.answers["Authorize"] = [answer, {"idTagInfo": _OK}]
        b.plug()
        b.tap("CARD1")
        b.run(6000)
        assert b.closed[0] == starts, answer
        b.tap("CARD1")
        b.run(6000)
        assert b.closed[0] != starts, "the next card is served"


def test_a_boot_answer_counts_as_far_as_it_can_be_read() -> None:
    for answer, again_s in (
        ({"status": "Accepted"}, 0),
        ({"status": "accepted", "currentTime": None, "interval": None}, 0),
        ({"status": "Accepted", "currentTime": "yesterday", "interval": "often"}, 0),
        ({"status": "Accepted", "currentTime": 1700000000, "interval": 1.5}, 0),
        ({"status": "Pending", "currentTime": "2026-11-23T08:00:00Z", "interval": -5}, 60),
        ({"status": "Pending", "interval": "30"}, 30),
        ({"status": "?", "interval": 20}, 20),
        ({"interval": 0}, 60),
        ({}, 60),
        (NO_OBJECT, 60),
    ):
        b = Bench(lecs007, accept=False)
        b.answers["BootNotification"] = [answer, {"status": "Accepted", "currentTime": "2026-11-23T09:00:00Z", "interval": 60}]
        b.connect()
        b.run(100)
        if again_s:
            assert b.words() == ["Boot"], answer
            b.run(again_s * 1000 - 1000)
            assert b.words() == [], answer
            b.run(2000)
            assert b.words() == ["Boot", "0:Available", "1:Available"], answer
        else:
            assert b.words() == ["Boot", "0:Available", "1:Available"], answer
            assert not b.core.clock.known, "what is no time is no clock"
            b.run(21000)
            assert b.words() == ["Heartbeat"], "the configured interval of 20 s"


def test_without_a_readable_time_the_clock_stays_and_a_heartbeat_sets_it() -> None:
    b = Bench(lecs007, accept=False)
    b.answers["BootNotification"] = {"status": "Accepted", "interval": 10}
    b.answers["Heartbeat"] = [{}, {"currentTime": "?"}, {"currentTime": "2026-11-23T10:00:00Z"}]
    b.connect()
    b.run(25000)
    assert not b.core.clock.known
    b.run(6000)
    assert b.core.clock.known
    assert b.words().count("Heartbeat") == 3


def _do(b: Bench, step: str) -> None:
    if step == "tap":
        b.tap("CARD1")
    elif step == "run":
        b.run(61000)
    else:
        getattr(b, step)()


def test_lost_in_the_middle_of_everything_nothing_sticks() -> None:
    """The link goes while each kind of our messages waits for its answer; after it is back everything has been told."""
    for action in ("BootNotification", "StatusNotification", "Authorize", "StartTransaction", "MeterValues", "StopTransaction", "Heartbeat"):
        b = Bench(full, accept=False, AllowOfflineTxForUnknownId="true", HeartbeatInterval="30")
        b.answers["BootNotification"] = {"status": "Accepted", "currentTime": b.utc()}
        usual = b.answers.get(action)
        b.answers[action] = LOST
        for step in ("connect", "plug", "tap", "run", "tap", "unplug"):
            _do(b, step)
            b.run(2000)
            if not b.link:
                if usual is None:
                    b.answers.pop(action, None)
                else:
                    b.answers[action] = usual
                b.run(1000)
                b.connect()
        b.run(130000)
        starts = set(b.ids[i] for i in range(len(b.log)) if b.log[i][0] == "StartTransaction")
        stops = set(b.ids[i] for i in range(len(b.log)) if b.log[i][0] == "StopTransaction")
        assert len(starts) == len(stops) == 1, action
        statuses = [p["status"] for a, p in b.log if a == "StatusNotification" and p["connectorId"] == 1]
        assert statuses[-1] == "Available", action
        assert b.store.queue.count == 0 and not b.core.statuses.waiting and b.store.dead == [], action
