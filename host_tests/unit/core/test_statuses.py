"""A status is delivered, or known not to be: lost links, silence and refusals at every moment (OCPP 1.6 4.9)."""

from boards.products import duo, lecs007
from host_tests.core_bench import LOST, Bench


def test_a_status_survives_any_number_of_broken_connections() -> None:
    b = Bench(lecs007)
    b.disconnect()
    b.plug()
    b.answers["StatusNotification"] = LOST
    b.take()
    for _ in range(5):
        b.connect()
        assert not b.link
        b.run(1000)
    assert b.words() == ["1:Preparing"] * 5
    del b.answers["StatusNotification"]
    b.connect()
    assert b.words() == ["1:Preparing"]
    b.disconnect()
    b.connect()
    assert b.words() == [], "it was answered: once is enough"


def test_a_status_that_may_have_arrived_is_taken_back() -> None:
    b = Bench(lecs007)
    b.take()
    b.answers["StatusNotification"] = LOST
    b.plug()
    assert b.words() == ["1:Preparing"] and not b.link
    del b.answers["StatusNotification"]
    b.unplug()
    b.connect()
    assert b.words() == ["1:Available"], "the central system may believe Preparing"


def test_the_tries_belong_to_the_message() -> None:
    """One is lost and replaced by another while offline; that one is lost once, too, and told all the same."""
    b = Bench(lecs007)
    b.take()
    b.answers["StatusNotification"] = LOST
    b.plug()
    b.unplug()
    b.fault(3, True)
    b.connect()
    assert not b.link
    del b.answers["StatusNotification"]
    b.take()
    b.connect()
    assert [word for word in b.words() if word[0] == "1"] == ["1:Faulted"]


def test_a_status_that_nobody_answered_is_told_again_with_the_next_connection_only() -> None:
    for answer in (None, "InternalError"):
        b = Bench(lecs007)
        b.take()
        b.answers["StatusNotification"] = answer
        b.plug()
        b.run(300000)
        tries = ["1:Preparing"] * (2 if answer is None else 1)
        assert [word for word in b.words() if word[0] == "1"] == tries
        b.disconnect()
        del b.answers["StatusNotification"]
        b.connect()
        assert b.words() == ["1:Preparing"]
        b.disconnect()
        b.connect()
        assert b.words() == []


def test_what_is_queued_for_a_connector_gives_way_to_its_present_status_while_offline() -> None:
    """Two statuses wait behind another connector's when the link goes; the connector is then as the central system knows it."""
    b = Bench(duo)
    b.take()
    b.link = False  # the app has not noticed yet
    b.plug(1)
    b.plug(2)
    b.unplug(2)
    b.plug(2)
    b.disconnect()
    b.unplug(2)
    b.connect()
    assert b.words() == ["1:Preparing"]


def test_the_latest_status_is_the_last_told_whenever_the_link_breaks() -> None:
    """The link breaks at the n-th StatusNotification, before or after it arrived; in the end the central system has the truth."""
    for n in range(8):
        b = Bench(lecs007)
        b.take()
        b.answers["StatusNotification"] = [{}] * n + [LOST, {}]
        for step in ("plug", "unplug", "plug", "tap", "run", "tap", "run", "unplug"):
            if step == "tap":
                b.tap("CARD1")
            elif step == "run":
                b.run(6500)
            else:
                getattr(b, step)()
            b.run(500)
        if not b.link:
            b.connect()
        b.run(1000)
        told = [p["status"] for a, p in b.log if a == "StatusNotification" and p["connectorId"] == 1]
        assert told[-1:] in ([], ["Available"]) and (told or n == 0), n
        assert b.core.connectors[0].status == 0


def test_twelve_wait_at_most_and_then_only_the_latest_of_each() -> None:
    b = Bench(lecs007)
    b.link = False
    b.take()
    for _ in range(20):
        b.plug()
        b.unplug()
    b.plug()
    b.link = True
    b.run(100)
    words = b.words()
    assert 1 <= len(words) <= 12 and words[-1] == "1:Preparing"
