"""One question, one owner: who waits for an Authorize, and that nothing that waits sticks."""

from boards.products import duo, full, lecs007
from host_tests.core_bench import Bench

_REMOTE = {"connectorId": 1, "idTag": "CARD1"}


def _silent_about_statuses(b: Bench) -> None:
    """Leave more statuses waiting than the queue holds."""
    b.link = False
    for _ in range(10):
        b.plug()
        b.unplug()
    b.plug()


def test_a_remote_start_that_was_accepted_is_tried_however_much_waits() -> None:
    b = Bench(full, AuthorizeRemoteTxRequests="true")
    _silent_about_statuses(b)
    assert b.call("RemoteStartTransaction", _REMOTE) == {"status": "Accepted"}
    b.link = True
    b.run(7000)
    assert b.closed[0]


def test_a_card_is_asked_about_however_much_waits() -> None:
    b = Bench(lecs007)
    _silent_about_statuses(b)
    b.tap("CARD1")
    b.link = True
    b.run(7000)
    assert b.closed[0]


def test_a_question_goes_before_the_statuses_that_wait() -> None:
    b = Bench(lecs007)
    _silent_about_statuses(b)
    b.tap("CARD1")
    b.take()
    b.link = True
    b.settle()
    assert b.words()[0] == "Authorize"


def test_a_link_that_goes_leaves_no_question_behind() -> None:
    for action in ("card", "remote"):
        b = Bench(full, AuthorizeRemoteTxRequests="true", AllowOfflineTxForUnknownId="false")
        b.plug()
        b.link = False  # the app has not noticed yet
        if action == "card":
            b.tap("CARD1")
        else:
            assert b.call("RemoteStartTransaction", _REMOTE) == {"status": "Accepted"}
            assert b.call("RemoteStartTransaction", _REMOTE) == {"status": "Rejected"}, "one is under way"
        b.disconnect()
        b.run(1000)
        b.connect()
        assert b.call("RemoteStartTransaction", _REMOTE) == {"status": "Accepted"}, action
        b.run(7000)
        assert b.closed[0], action


def test_a_remote_start_leaves_the_waiting_card_alone() -> None:
    """A card waits for its answer, a remote start comes for the other connector, the card is answered: a third card may ask, a second not before."""
    b = Bench(duo, AuthorizeRemoteTxRequests="true")
    b.plug(1)
    b.plug(2)
    b.take()
    b.link = False
    b.tap("CARD1")
    assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD9"}) == {"status": "Accepted"}
    b.tap("CARD2")
    b.link = True
    b.run(100)
    asked = [p["idTag"] for a, p in b.log if a == "Authorize"]
    assert asked == ["CARD1", "CARD9"]
    started = sorted((p["connectorId"], p["idTag"]) for a, p in b.log if a == "StartTransaction")
    assert started == [(1, "CARD9"), (2, "CARD1")]


def test_a_card_is_still_ignored_while_a_remote_starts_answer_comes_first() -> None:
    b = Bench(duo, AuthorizeRemoteTxRequests="true")
    b.plug(1)
    b.plug(2)
    b.link = False
    assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD9"}) == {"status": "Accepted"}
    b.tap("CARD1")
    m = b.core.next_call(b.now)
    assert m is not None and m.id_tag == "CARD9"
    b.core.on_answer(None, "InternalError", b.now)
    b.tap("CARD2")
    b.take()
    b.link = True
    b.run(100)
    assert [p["idTag"] for a, p in b.log if a == "Authorize"] == ["CARD1"]


def test_an_empty_id_tag_starts_nothing() -> None:
    for asks in ("false", "true"):
        b = Bench(full, AuthorizeRemoteTxRequests=asks)
        b.plug()
        b.take()
        for id_tag in ("", "a\nb", "x" * 21, "caf\u00e9", "\x7f"):
            assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": id_tag}) == "PropertyConstraintViolation", id_tag
        b.tap("")
        b.run(6000)
        assert not b.closed[0] and b.take() == []
