"""Reservations on two connectors: one of connector 0 keeps the last free one, one of a connector is found by its card."""

from boards.products import duo
from chargepoint.util.signals import FAULT_EMERGENCY_STOP, FAULT_WELDED
from host_tests.core_bench import Bench
from host_tests.portable import without_heap
from host_tests.unit.core.features.reserved_bench import HIS, OTHER, cancel, reserve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def idle() -> Bench:
    b = Bench(duo)
    b.run(1000)
    b.take()
    return b


def zero(seconds: int = 3600, **more: "Any") -> Bench:
    """Connector 0 is reserved, both are free: nothing changes."""
    b = idle()
    assert reserve(b, 0, seconds=seconds, **more) == "Accepted"
    b.run(1000)
    assert b.take() == []
    return b


def words(b: Bench) -> "list[str]":
    """What was said of connectors and transactions."""
    return [word for word in b.words() if word not in ("Heartbeat", "MeterValues", "Authorize")]


def start(b: Bench, n: int, id_tag: str) -> str:
    answer = b.call("RemoteStartTransaction", {"connectorId": n, "idTag": id_tag})
    return answer["status"] if isinstance(answer, dict) else str(answer)


def reservation_ids(b: Bench) -> "list[object]":
    return [payload.get("reservationId") for action, payload in b.log if action == "StartTransaction"]


def test_connector_0_answers_for_both() -> None:
    def unavailable(n: int) -> object:
        return lambda b: b.call("ChangeAvailability", {"connectorId": n, "type": "Inoperative"})

    def faulted(n: int) -> object:
        return lambda b: b.fault(FAULT_WELDED, True, n)

    def plugged(n: int) -> object:
        return lambda b: b.plug(n)

    for states, status in (
        ((plugged(1),), "Accepted"),
        ((faulted(1),), "Accepted"),
        ((unavailable(2),), "Accepted"),
        ((plugged(1), plugged(2)), "Occupied"),
        ((faulted(1), faulted(2)), "Faulted"),
        ((unavailable(1), unavailable(2)), "Unavailable"),
        ((unavailable(0),), "Unavailable"),
        ((lambda b: b.fault(FAULT_EMERGENCY_STOP, True, 0),), "Faulted"),
        ((faulted(1), plugged(2)), "Occupied"),
        ((unavailable(1), plugged(2)), "Occupied"),
        ((lambda b: reserve(b, 1, 1, id_tag=OTHER),), "Accepted"),
        ((lambda b: reserve(b, 0, 1, id_tag=OTHER),), "Occupied"),
        ((lambda b: reserve(b, 1, 1, id_tag=OTHER), lambda b: reserve(b, 2, 2, id_tag=OTHER)), "Occupied"),
    ):
        b = idle()
        for state in states:
            state(b)  # type: ignore[operator]
        b.run(1000)
        assert reserve(b, 0) == status, states


def test_the_last_free_connector_is_kept() -> None:
    b = zero()
    assert start(b, 1, OTHER) == "Accepted"
    b.run(1000)
    assert words(b) == ["1:Preparing", "2:Reserved"]
    assert start(b, 2, "04THIRD") == "Rejected"
    b.tap("04THIRD")
    assert b.take() == []
    b.plug(1)
    b.run(6000)
    assert words(b) == ["Start", "1:Charging"]
    b.tap(HIS)
    b.plug(2)
    b.run(6000)
    ids = reservation_ids(b)
    assert ids == [7] and words(b) == ["2:Preparing", "Start", "2:Charging"]
    assert cancel(b) == "Rejected", "it was used"


def test_any_other_is_free_again_when_two_are() -> None:
    b = zero()
    b.plug(1)
    b.run(1000)
    assert words(b) == ["1:Preparing", "2:Reserved"]
    b.unplug(1)
    b.run(1000)
    assert sorted(words(b)) == ["1:Available", "2:Available"]
    b.plug(2)
    b.run(1000)
    assert sorted(words(b)) == ["1:Reserved", "2:Preparing"]


def test_two_strangers_are_plugged_in_and_one_may_charge() -> None:
    b = zero()
    b.plug(1)
    b.run(1000)
    b.plug(2)
    b.run(1000)
    assert words(b) == ["1:Preparing", "2:Reserved"], "a plug changes nothing of what is kept"
    assert start(b, 2, OTHER) == "Rejected"
    assert start(b, 1, OTHER) == "Accepted"
    b.run(6000)
    assert words(b) == ["Start", "1:Charging"]


def test_two_questions_at_once_cannot_take_both() -> None:
    b = zero()
    b.link = False  # the answers to Authorize are not there yet
    assert start(b, 1, OTHER) == "Accepted"
    assert start(b, 2, "04THIRD") == "Rejected"
    b.link = True
    b.run(1000)
    assert words(b) == ["1:Preparing", "2:Reserved"]


def test_he_may_take_either_and_the_other_is_free_then() -> None:
    for n in (1, 2):
        b = zero()
        b.plug(n)
        b.run(1000)
        assert words(b) == ["%d:Preparing" % n, "%d:Reserved" % (3 - n)]
        b.tap(HIS)
        b.run(6000)
        assert reservation_ids(b) == [7]
        assert "%d:Available" % (3 - n) in words(b)
        assert start(b, 3 - n, OTHER) == "Accepted"


def test_his_card_waits_for_a_plug_and_nothing_else_is_kept_meanwhile() -> None:
    b = zero()
    b.tap(HIS)
    b.run(1000)
    assert words(b) == ["1:Preparing"]
    b.plug(2)
    b.run(6000)
    assert reservation_ids(b) == [7]
    assert sorted(words(b)) == ["1:Available", "2:Charging", "2:Preparing", "Start"]


def test_the_group_of_connector_0() -> None:
    b = zero(parentIdTag="FAMILY")
    assert start(b, 1, OTHER) == "Accepted"
    b.run(1000)
    b.take()
    b.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", "parentIdTag": "STRANGERS"}}
    b.tap("04THIRD")
    b.run(1000)
    assert b.words() == ["Authorize"]
    b.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    b.tap("04CHILD")
    b.plug(2)
    b.run(6000)
    assert reservation_ids(b) == [7]


def test_a_fault_of_one_leaves_the_other_kept_and_of_both_ends_it() -> None:
    b = zero()
    b.fault(FAULT_WELDED, True, 1)
    b.run(1000)
    assert words(b) == ["1:Faulted", "2:Reserved"]
    b.fault(FAULT_WELDED, True, 2)
    b.run(1000)
    assert words(b) == ["2:Faulted"]
    assert cancel(b) == "Rejected"


def test_while_none_is_free_it_waits_for_the_next() -> None:
    b = zero()
    b.charge(OTHER, 1)
    assert b.call("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}) == {"status": "Accepted"}
    b.run(1000)
    b.take()
    b.tap(OTHER)
    b.run(5000)
    b.take()
    b.unplug(1)
    b.run(2000)
    assert words(b) == ["1:Reserved"]
    b.run(3600000)
    assert "1:Available" in words(b)


def test_a_reserved_connector_is_found_by_its_card() -> None:
    b = idle()
    assert reserve(b, 2) == "Accepted"
    b.run(100)
    assert words(b) == ["2:Reserved"]
    b.tap(OTHER)
    b.run(100)
    assert words(b) == ["1:Preparing"], "a stranger gets the free one"
    b.tap(OTHER)
    b.run(4000)
    assert words(b) == ["1:Available"]
    b.tap(HIS)
    assert words(b) == ["2:Preparing"]
    b.plug(2)
    b.run(6000)
    assert reservation_ids(b) == [7]


def test_somebody_elses_car_is_not_started_by_the_card_of_a_reservation() -> None:
    b = idle()
    assert reserve(b, 2) == "Accepted"
    b.plug(1)
    b.run(1000)
    b.take()
    b.tap(HIS)
    b.run(6000)
    assert words(b) == ["2:Preparing"] and not b.closed[0]


def test_an_authorization_does_not_move_to_what_is_kept_for_another() -> None:
    b = idle()
    assert reserve(b, 2) == "Accepted"
    b.tap(OTHER)
    b.run(1000)
    assert words(b) == ["2:Reserved", "1:Preparing"]
    b.plug(2)
    b.run(6000)
    assert words(b) == [] and not b.closed[1]
    b.plug(1)
    b.run(6000)
    assert words(b) == ["Start", "1:Charging"]


def test_at_another_connector_he_starts_without_it() -> None:
    b = idle()
    assert reserve(b, 2) == "Accepted"
    assert start(b, 1, HIS) == "Accepted"
    b.plug(1)
    b.run(6000)
    assert reservation_ids(b) == [None]
    assert cancel(b) == "Accepted"


def test_one_of_each_connector_and_a_swap_under_one_id() -> None:
    b = idle()
    assert reserve(b, 1, 1) == "Accepted" and reserve(b, 2, 2, id_tag=OTHER) == "Accepted"
    assert reserve(b, 1, 2) == "Occupied", "the other one's is no place for it"
    assert cancel(b, 1) == "Accepted" and reserve(b, 1, 2, id_tag=OTHER) == "Accepted"
    b.run(1000)
    assert words(b)[-2:] == ["1:Reserved", "2:Available"]


def test_a_specific_one_beside_connector_0_takes_what_is_left() -> None:
    b = zero()
    assert reserve(b, 1, 8, id_tag=OTHER) == "Accepted"
    b.run(1000)
    assert words(b) == ["1:Reserved", "2:Reserved"]
    assert reserve(b, 2, 9, id_tag=OTHER) == "Occupied"
    assert start(b, 2, OTHER) == "Rejected" and start(b, 1, HIS) == "Rejected"
    assert start(b, 2, HIS) == "Accepted" and start(b, 1, OTHER) == "Accepted"
    b.plug(1)
    b.plug(2)
    b.run(6000)
    assert sorted(str(number) for number in reservation_ids(b)) == ["7", "8"]


def test_it_is_kept_over_a_power_cut() -> None:
    b = zero()
    assert reserve(b, 1, 8, id_tag=OTHER) == "Accepted"
    b.power_cut()
    b.connect()
    b.run(1000)
    assert words(b)[-2:] == ["1:Reserved", "2:Reserved"]


def test_keeping_takes_no_memory() -> None:
    b = zero()
    b.plug(1)
    b.run(5000)
    feature = b.core.site.reservations
    without_heap(lambda: feature.poll(b.now))
    without_heap(lambda: b.core.connectors[1].update(b.now))
