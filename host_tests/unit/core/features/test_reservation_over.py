"""When a reservation is over: used, cancelled, replaced, out of time or out of service; and what a power cut leaves of it."""

from boards.products import full
from chargepoint.util.signals import FAULT_METER, FAULT_WELDED
from host_tests.core_bench import A, Bench
from host_tests.portable import without_heap
from host_tests.unit.core.features.reserved_bench import HIS, OTHER, cancel, idle, reserve, reserved, started


def unavailable(b: Bench) -> None:
    b.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})


def faulted(b: Bench) -> None:
    b.fault(FAULT_WELDED, True)


# --- when it is over


def test_cancelled() -> None:
    b = reserved()
    assert cancel(b, 8) == "Rejected"
    b.run(1000)
    assert b.take() == []
    assert cancel(b) == "Accepted"
    assert b.words() == ["1:Available"]
    assert cancel(b) == "Rejected"
    b.plug()
    b.tap(OTHER)
    b.run(6000)
    assert "reservationId" not in started(b)


def test_cancelled_while_plugged() -> None:
    b = reserved()
    b.plug()
    assert cancel(b) == "Accepted"
    b.run(1000)
    assert b.words() == ["1:Preparing"]


def test_a_start_after_the_end_has_no_id() -> None:
    for end in (lambda b: cancel(b), lambda b: b.run(61000)):
        b = reserved(seconds=60)
        end(b)
        b.plug()
        b.tap(HIS)
        b.run(6000)
        assert "reservationId" not in started(b)


def test_replaced_under_the_same_id() -> None:
    b = reserved()
    assert reserve(b, id_tag=OTHER, seconds=60) == "Accepted"
    b.run(100)
    assert b.take() == []
    b.tap(HIS)
    assert b.take() == []
    assert reserve(b, id_tag=HIS, seconds=-5) == "Rejected", "the one before stays"
    b.tap(HIS)
    assert b.take() == []
    b.run(61000)
    assert b.words() == ["1:Available"]


def test_replaced_by_one_of_connector_0_and_back() -> None:
    b = reserved()
    assert reserve(b, 0, id_tag=OTHER) == "Accepted"
    b.run(100)
    assert b.take() == []
    assert reserve(b, 1) == "Accepted"
    b.run(1000)
    assert b.take() == []
    assert [(entry.connector, entry.id_tag) for entry in b.core.site.reservations.entries] == [(1, HIS)]


def test_its_time_is_over() -> None:
    b = reserved(seconds=60)
    b.run(59000 - 200)
    assert b.take() == []
    b.run(2000)
    assert b.words() == ["1:Available"]
    b.charge(OTHER)


def test_its_time_is_over_while_plugged_or_offline() -> None:
    b = reserved(seconds=60)
    b.plug()
    b.run(62000)
    assert b.words() == ["1:Preparing"]
    b = reserved(seconds=60)
    b.disconnect()
    b.run(62000)
    b.connect()
    assert b.words() == ["1:Available"]


def test_authorized_when_its_time_is_over() -> None:
    b = reserved(seconds=60)
    b.configure("ConnectionTimeOut", "300")
    b.run(50000)
    b.tap(HIS)
    b.run(20000)
    assert b.words() == ["Authorize", "1:Preparing"]
    b.plug()
    b.run(6000)
    assert "reservationId" not in started(b)


def test_a_clock_that_is_put_back_lengthens_nothing() -> None:
    b = reserved(seconds=250)
    b.core.set_clock(217584000 - 86400 * 300, 0, b.now)
    b.run(248000)
    assert b.take() == []
    b.run(4000)
    assert b.words() == ["1:Available"]


def test_a_clock_that_is_put_forward_past_its_date_ends_it_and_says_so() -> None:
    b = reserved(seconds=600)
    b.core.set_clock(217584000 + 300, 0, b.now)
    b.run(1000)
    assert b.take() == []
    b.core.set_clock(217584000 + 900, 0, b.now)
    b.run(1000)
    assert b.words() == ["1:Available"]


def test_weeks() -> None:
    b = reserved(seconds=20 * 86400)
    b.idle(13)
    b.take()
    b.tap(OTHER)
    assert b.take() == []
    b.idle(7.1)
    assert b.words() == ["1:Available"]


def test_out_of_service() -> None:
    for end, word, back in (
        (unavailable, "1:Unavailable", lambda b: b.call("ChangeAvailability", {"connectorId": 1, "type": "Operative"})),
        (faulted, "1:Faulted", lambda b: (b.fault(FAULT_WELDED, False), b.core.clear_faults(1, b.now))),
    ):
        b = reserved()
        end(b)
        b.run(1000)
        assert b.words() == [word]
        back(b)
        b.run(1000)
        assert b.words() == ["1:Available"], "the reservation has ended with it"
        assert cancel(b) == "Rejected"


def test_a_note_of_a_fault_leaves_it() -> None:
    b = reserved()
    b.fault(FAULT_METER, True)
    b.run(1000)
    b.fault(FAULT_METER, False)
    b.run(1000)
    assert cancel(b) == "Accepted"


# --- over a reset


def test_it_is_kept_over_a_power_cut() -> None:
    for connector in (1, 0):
        b = idle()
        assert reserve(b, connector, seconds=600, parentIdTag="FAMILY") == "Accepted"
        b.power_cut()
        b.connect()
        b.run(1000)
        assert b.words()[-1] == "1:Reserved"
        b.tap(HIS)
        b.plug()
        b.run(6000)
        assert started(b)["reservationId"] == 7


def test_without_a_clock_what_was_left_is_left() -> None:
    b = reserved(seconds=600)
    b.power_cut(off_ms=300000)
    b.run(598000)
    assert b.core.site.reservations.entries
    b.run(5000)
    assert not b.core.site.reservations.entries


def test_the_clock_knows_better() -> None:
    b = reserved(seconds=600)
    b.power_cut(off_ms=700000)
    b.connect()
    b.run(2000)
    assert b.words()[-1] == "1:Available"


def test_used_and_the_power_went_before_that_was_written() -> None:
    b = reserved()
    before = b.store.saved["reserved"]
    b.disconnect()
    b.configure("AllowOfflineTxForUnknownId", "true")
    b.plug()
    b.tap(HIS)
    b.run(6000)
    assert b.closed[0]
    b.store.saved["reserved"] = before
    b.power_cut()
    assert b.core.site.reservations.entries == [] and b.store.saved["reserved"] == b""


def test_what_is_no_reservation_counts_as_absent() -> None:
    good = b"7\t1\t04HIS\t\t300000000\t600"
    for stored in (b"\xff\xfe", b"x", b"7\t1\t04HIS\t\t300000000", good + b"\n", b"7\t2\t04HIS\t\t300000000\t600", b"7\t1\t\t\t300000000\t600",
                   b"7\t1\t04HIS\t\t300000000\t-1", b"4294967296\t1\t04HIS\t\t300000000\t600", b"7\t1\t04HIS\t" + b"p" * 21 + b"\t300000000\t600"):
        b = Bench(full)
        b.store.saved["reserved"] = stored
        b.power_cut()
        assert b.core.site.reservations.entries == [] and b.store.unsound == ["reserved"], stored
    b = Bench(full)
    b.store.saved["reserved"] = good
    b.power_cut()
    assert [entry.id_tag for entry in b.core.site.reservations.entries] == ["04HIS"]


def test_a_record_that_could_not_be_shortened_is_tried_again() -> None:
    b = reserved()
    b.store.fails = True
    assert cancel(b) == "Accepted"
    assert b.words() == ["1:Available"]
    b.run(30000)
    b.store.fails = False
    b.run(65000)
    assert b.store.saved["reserved"] == b""


def test_idle_it_takes_no_memory_and_writes_nothing() -> None:
    b = reserved()
    feature = b.core.site.reservations
    writes = len(b.store.writes)
    b.run(5000)

    def passes() -> None:
        feature.poll(b.now)
        feature.wait_ms(b.now)

    without_heap(passes)
    assert len(b.store.writes) == writes
    assert b.pilots == [A]
