"""Days between any two events: nothing that happened a week ago may keep anything from happening now."""

from boards.products import full, lecs007
from chargepoint.util.signals import FAULT_METER, FAULT_OVER_TEMPERATURE
from host_tests.core_bench import A, B, Bench, C

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

DAYS = (1, 6, 6.3, 7, 9, 12, 13)  # ticks can be compared for 6.2 days; they come round after 12.4


def each(play: "Callable[[Any, float], None]", products: "tuple[Any, ...]" = (lecs007, full)) -> None:
    """Play it with every pause on every product."""
    for product in products:
        for days in DAYS:
            try:
                play(product, days)
            except AssertionError as error:
                raise AssertionError("%s after %s days: %s" % (product.NAME, days, error))


def session(b: Bench) -> None:
    """A whole session: it starts, charges, ends with the card, and the plug is pulled."""
    b.take()
    b.plug()
    b.tap("CARD1")
    b.run(8000)
    assert b.closed[0], "does not close"
    words = b.words()
    assert "Start" in words and "1:Charging" in words, words
    b.tap("CARD1")
    b.run(8000)
    assert not b.closed[0]
    assert "Stop:Local" in b.words()
    b.unplug()


def test_after_the_boot() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product)
        b.idle(days)
        session(b)

    each(play)


def test_between_two_sessions() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product)
        b.run(6000)
        session(b)
        b.idle(days)
        session(b)

    each(play)


def test_plugged_in_and_only_then_a_card() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product)
        b.run(6000)
        b.plug()
        b.idle(days)
        b.take()
        b.tap("CARD1")
        b.run(2000)
        assert b.closed[0] and "1:Charging" in b.words()

    each(play)


def test_a_plug_left_in_after_the_session() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product)
        b.run(6000)
        b.charge()
        b.tap("CARD1")
        b.run(8000)
        b.idle(days)
        b.take()
        b.unplug()
        assert b.words() == ["1:Available"]
        session(b)

    each(play)


def test_a_session_of_many_days_keeps_its_samples_and_its_contactor() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product, MeterValueSampleInterval="60")
        b.run(6000)
        b.charge()
        b.idle(days)
        assert b.closed[0]
        b.take()
        b.run(125000)
        assert b.words().count("MeterValues") == 2
        b.pilot(1, B)  # the car pauses, and asks again: a contactor that stayed closed for days has not failed
        b.run(20000)
        assert b.words()[-1] == "1:SuspendedEV"
        b.pilot(1, C)
        b.run(2000)
        assert b.closed[0] and b.words() == ["1:Charging"]
        b.tap("CARD1")
        b.run(8000)
        assert "Stop:Local" in b.words()

    each(play)


def test_a_car_that_is_full_for_days_stays_suspended_and_may_ask_again() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product, MeterValueSampleInterval="0")
        b.run(6000)
        b.plug(wants=False)
        b.tap("CARD1")
        b.run(8000)
        assert b.words()[-1] == "1:SuspendedEV"
        b.idle(days)
        assert [word for word in b.words() if word[0] == "1"] == []
        b.pilot(1, C)
        b.run(2000)
        assert b.closed[0] and b.words() == ["1:Charging"]

    each(play)


def test_offline_for_days_then_what_was_recorded_and_the_status() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product, AllowOfflineTxForUnknownId="true", LocalAuthorizeOffline="true")
        b.run(6000)
        b.disconnect()
        b.plug()
        b.tap("CARD1")
        b.run(8000)
        b.tap("CARD1")
        b.run(8000)
        b.idle(days)
        b.connect()
        b.run(2000)
        words = b.words()
        assert "Start" in words and "Stop:Local" in words and "1:Finishing" in words, words
        b.run(600000)
        assert b.words().count("Heartbeat") >= 1

    each(play)


def test_a_registration_that_was_refused_is_asked_for_again_when_the_link_is_back() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product, accept=False)
        b.answers["BootNotification"] = {"status": "Pending", "currentTime": b.utc(), "interval": 300}
        b.connect()
        b.run(100)
        b.disconnect()
        b.idle(days)
        del b.answers["BootNotification"]
        b.connect()
        b.run(1000)
        assert b.words()[-1] == "1:Available"

    each(play)


def test_a_refused_start_is_tried_again_after_an_outage() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product, TransactionMessageAttempts="5", TransactionMessageRetryInterval="60", MeterValueSampleInterval="0")
        b.run(6000)
        b.answers["StartTransaction"] = "InternalError"
        b.plug()
        b.tap("CARD1")
        b.run(2000)
        b.disconnect()
        b.idle(days)
        del b.answers["StartTransaction"]
        b.take()
        b.connect()
        b.run(2000)
        assert "Start" in b.words()

    each(play)


def test_a_fault_of_many_days_ends_as_one_of_a_minute() -> None:
    def play(product: "Any", days: float) -> None:
        for code in (FAULT_OVER_TEMPERATURE, FAULT_METER):
            b = Bench(product)
            b.run(6000)
            b.fault(code, True)
            b.idle(days)
            b.fault(code, False)
            session(b)

    each(play, (lecs007,))


def test_a_pilot_that_cannot_be_read_for_days_does_not_hide_the_status() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product, accept=False)
        b.pilots[0] = 6
        b.power_cut()
        b.idle(days)
        b.connect()
        b.run(1000)
        assert [word for word in b.words() if word[0] == "1"] != []
        b.pilot(1, A)

    each(play, (lecs007,))


def test_a_stop_that_cannot_be_stored_for_days_is_recorded_at_last() -> None:
    def play(product: "Any", days: float) -> None:
        b = Bench(product)
        b.run(6000)
        b.charge()
        b.store.fails = True
        b.store.queue.room = b.store.queue.count
        b.tap("CARD1")
        b.idle(days)
        b.store.fails = False
        b.store.queue.room = 1000
        b.run(2000)
        assert "Stop:Local" in b.words()

    each(play, (lecs007,))
