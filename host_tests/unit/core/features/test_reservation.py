"""Reservation: what each state answers, and who may use what is reserved.

When it is over: test_reservation_over.py; two connectors: test_reservation_duo.py.
"""

from boards.products import full
from chargepoint.util.signals import FAULT_EMERGENCY_STOP, FAULT_METER, FAULT_WELDED
from host_tests.core_bench import CLOSE, Bench
from host_tests.unit.core.features.reserved_bench import HIS, OTHER, at, cancel, idle, remote, reserve, reserved, started

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# --- what each state answers


def _plugged(b: Bench) -> None:
    b.plug()


def _card_waits(b: Bench) -> None:
    b.tap(OTHER)


def _remote_asked(b: Bench) -> None:
    b.link = False  # the Authorize has not gone yet
    remote(b, OTHER)


def _charging(b: Bench) -> None:
    b.charge()


def _finishing(b: Bench) -> None:
    b.charge(OTHER)
    b.tap(OTHER)
    b.run(5000)


def _unavailable(b: Bench) -> None:
    b.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})


def _everything_unavailable(b: Bench) -> None:
    b.call("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})


def _faulted(b: Bench) -> None:
    b.fault(FAULT_WELDED, True)


def _everything_faulted(b: Bench) -> None:
    b.fault(FAULT_EMERGENCY_STOP, True, 0)


def _no_meter(b: Bench) -> None:
    b.fault(FAULT_METER, True)


def _reserved(b: Bench) -> None:
    assert reserve(b, number=1, id_tag=OTHER) == "Accepted"


def _all_reserved(b: Bench) -> None:
    assert reserve(b, 0, number=1, id_tag=OTHER) == "Accepted"


def _resetting(b: Bench) -> None:
    b.charge()
    b.call("Reset", {"type": "Soft"})


def test_what_each_state_answers() -> None:
    for state, status in (
        (None, "Accepted"),
        (_plugged, "Occupied"),
        (_card_waits, "Occupied"),
        (_remote_asked, "Occupied"),
        (_charging, "Occupied"),
        (_finishing, "Occupied"),
        (_unavailable, "Unavailable"),
        (_everything_unavailable, "Unavailable"),
        (_faulted, "Faulted"),
        (_everything_faulted, "Faulted"),
        (_no_meter, "Faulted"),
        (_reserved, "Occupied"),
        (_all_reserved, "Occupied"),
        (_resetting, "Rejected"),
    ):
        for connector in (1, 0):
            b = idle()
            if state is not None:
                state(b)
            assert reserve(b, connector) == status, (state, connector)


def test_what_is_rejected_whatever_the_state() -> None:
    b = idle()
    for wrong in (
        {"connector": 2},
        {"connector": -1},
        {"seconds": 0},
        {"seconds": -60},
        {"number": -1},  # the records have it for none
        {"number": 1 << 31},
        {"number": -(1 << 31) - 1},
        {"expiryDate": "2019-12-31T23:59:59Z"},
    ):
        assert reserve(b, **wrong) == "Rejected", wrong
    b.run(1000)
    assert b.take() == [] and "reserved" not in b.store.saved
    for number in (0, -2, 1, (1 << 31) - 1, -(1 << 31)):
        assert reserve(b, number=number) == "Accepted" and cancel(b, number) == "Accepted"


def test_what_breaks_the_message() -> None:
    b = idle()
    good = {"connectorId": 1, "expiryDate": at(b, 60), "idTag": HIS, "reservationId": 7}
    for name in good:
        assert b.call("ReserveNow", {key: value for key, value in good.items() if key != name}) == "OccurenceConstraintViolation", name
    for name, value, code in (
        ("idTag", "", "PropertyConstraintViolation"),
        ("idTag", "x" * 21, "PropertyConstraintViolation"),
        ("parentIdTag", "x" * 21, "PropertyConstraintViolation"),
        ("reservationId", "7", "TypeConstraintViolation"),
        ("connectorId", 1.5, "TypeConstraintViolation"),
    ):
        assert b.call("ReserveNow", dict(good, **{name: value})) == code, name
    assert b.call("CancelReservation", {}) == "OccurenceConstraintViolation"
    assert b.core.site.reservations.entries == []


def test_connector_0_only_where_the_key_says_so() -> None:
    b = idle(ReserveConnectorZeroSupported="false")
    assert reserve(b, 0) == "Rejected"
    assert reserve(b, 1) == "Accepted"
    assert idle().call("GetConfiguration", {"key": ["ReserveConnectorZeroSupported"]}) == {
        "configurationKey": [{"key": "ReserveConnectorZeroSupported", "readonly": True, "value": "true"}]
    }


def test_without_a_clock_nothing_is_reserved() -> None:
    b = Bench(full, accept=False)
    b.answers["BootNotification"] = {"status": "Accepted", "interval": 300}
    b.connect()
    b.run(1000)
    assert reserve(b) == "Rejected"


def test_what_cannot_be_stored_is_not_promised() -> None:
    b = idle()
    b.store.fails = True
    assert reserve(b) == "Rejected"
    b.run(1000)
    assert b.take() == []
    b.store.fails = False
    assert reserve(b) == "Accepted"


# --- who may use it


def test_the_reserved_card_starts_and_another_does_nothing() -> None:
    b = reserved()
    b.tap(OTHER)
    b.run(2000)
    assert b.take() == []
    b.tap(HIS.lower())
    assert b.words() == ["Authorize", "1:Preparing"]
    b.plug()
    b.run(6000)
    start = started(b)
    assert start["reservationId"] == 7 and start["idTag"] == HIS.lower()
    b.tap(HIS)
    b.run(5000)
    b.take()
    b.unplug()
    b.run(1000)
    assert b.words() == ["1:Available"], "it was used"
    b.charge(OTHER)


def test_a_plug_leaves_it_reserved() -> None:
    b = reserved()
    b.plug()
    b.run(2000)
    assert b.take() == []
    b.tap(OTHER)
    b.run(1000)
    assert b.take() == [] and not any(op == CLOSE for op, _, _ in b.commands)
    b.tap(HIS)
    b.run(6000)
    assert b.words() == ["Authorize", "1:Preparing", "Start", "1:Charging"]


def test_remote_starts() -> None:
    b = reserved()
    assert remote(b, OTHER) == {"status": "Rejected"}
    b.plug()
    assert remote(b, OTHER) == {"status": "Rejected"}
    assert b.call("RemoteStartTransaction", {"idTag": OTHER}) == {"status": "Rejected"}
    assert b.take() == []
    assert remote(b, HIS) == {"status": "Accepted"}
    b.run(6000)
    assert [word for word in b.words() if word[:5] != "Meter"] == ["Authorize", "1:Preparing", "Start", "1:Charging"]


def test_remote_start_without_authorize() -> None:
    b = reserved()
    b.configure("AuthorizeRemoteTxRequests", "false")
    b.plug()
    b.take()
    assert remote(b, OTHER) == {"status": "Rejected"}
    assert b.call("RemoteStartTransaction", {"idTag": HIS}) == {"status": "Accepted"}
    b.run(6000)
    log = b.log
    assert [word for word in b.words() if word[:5] != "Meter"] == ["1:Preparing", "Start", "1:Charging"]
    assert [payload["reservationId"] for action, payload in log if action == "StartTransaction"] == [7]


def test_a_refused_card_leaves_it_reserved() -> None:
    b = reserved()
    b.answers["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
    b.tap(HIS)
    b.run(1000)
    assert b.words() == ["Authorize"]


def test_connection_timeout_and_a_second_tap_make_it_reserved_again() -> None:
    b = reserved()
    b.configure("ConnectionTimeOut", "30")
    b.tap(HIS)
    assert b.words() == ["Authorize", "1:Preparing"]
    b.run(31000)
    assert b.words() == ["1:Reserved"]
    b.tap(HIS)
    b.run(3000)
    b.tap(HIS)
    b.run(100)
    assert b.words() == ["Authorize", "1:Preparing", "1:Reserved"]
    b.tap(OTHER)
    assert b.take() == []


def _answer(status: str, parent: "str | None") -> "dict[str, Any]":
    info = {"status": status}
    if parent is not None:
        info["parentIdTag"] = parent
    return {"idTagInfo": info}


def test_the_group_of_a_reservation() -> None:
    for status, parent, starts in (
        ("Accepted", "FAMILY", True),
        ("Accepted", "family", True),
        ("Accepted", "OTHERS", False),
        ("Accepted", None, False),
        ("Blocked", "FAMILY", False),
    ):
        for by_remote in (False, True):
            b = reserved(parentIdTag="FAMILY")
            b.plug()
            b.answers["Authorize"] = _answer(status, parent)
            if by_remote:
                assert remote(b, OTHER) == {"status": "Accepted"}, "only the answer to Authorize can tell"
            else:
                b.tap(OTHER)
            b.run(6000)
            words = b.words
            log = list(b.log)
            wanted = ["Authorize", "1:Preparing", "Start", "1:Charging"] if starts else ["Authorize"]
            assert [word for word in words() if word[:5] != "Meter"] == wanted, (status, parent, by_remote)
            assert [payload["reservationId"] for action, payload in log if action == "StartTransaction"] == [7] * starts


def test_a_parent_that_the_cache_knows_needs_no_question() -> None:
    b = idle()
    b.answers["Authorize"] = _answer("Accepted", "OTHERS")
    b.tap(OTHER)
    b.run(61000)
    b.answers["Authorize"] = _answer("Accepted", "FAMILY")
    b.tap("04CHILD")
    b.run(61000)
    b.take()
    assert reserve(b, parentIdTag="FAMILY") == "Accepted"
    b.run(100)
    b.take()
    b.tap(OTHER)
    assert b.take() == [] and remote(b, OTHER) == {"status": "Rejected"}
    b.configure("LocalPreAuthorize", "true")
    b.tap("04CHILD")
    assert b.words() == ["1:Preparing"]
    b.plug()
    b.run(6000)
    assert started(b)["reservationId"] == 7


def test_a_parent_that_the_local_list_knows_needs_no_question() -> None:
    b = idle(LocalPreAuthorize="true")
    entries = [{"idTag": tag, "idTagInfo": {"status": "Accepted", "parentIdTag": parent}} for tag, parent in (("04CHILD", "FAMILY"), (OTHER, "OTHERS"))]
    assert b.call("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": entries}) == {"status": "Accepted"}
    assert reserve(b, parentIdTag="FAMILY") == "Accepted"
    b.run(100)
    b.take()
    b.plug()
    b.tap(OTHER)
    assert remote(b, OTHER) == {"status": "Rejected"}
    assert b.take() == []
    b.tap("04CHILD")
    b.run(6000)
    assert "Authorize" not in [action for action, _ in b.log]
    assert started(b)["reservationId"] == 7


def test_a_remote_start_asks_for_the_parent_whatever_the_key_says() -> None:
    b = reserved(parentIdTag="FAMILY")
    b.configure("AuthorizeRemoteTxRequests", "false")
    b.plug()
    b.answers["Authorize"] = _answer("Accepted", "FAMILY")
    assert remote(b, OTHER) == {"status": "Accepted"}
    b.run(6000)
    assert started(b)["reservationId"] == 7


def test_an_empty_parent_is_no_group() -> None:
    b = reserved(parentIdTag="")
    b.answers["Authorize"] = _answer("Accepted", "")
    b.tap(OTHER)
    b.run(1000)
    assert b.take() == []


def test_offline_the_start_carries_it_through_the_queue() -> None:
    b = idle(LocalAuthorizeOffline="true")
    b.tap(HIS)  # into the cache
    b.run(61000)
    assert reserve(b) == "Accepted"
    b.run(100)
    b.disconnect()
    b.plug()
    b.tap(OTHER)
    b.run(1000)
    b.tap(HIS)
    b.run(6000)
    assert b.closed[0]
    b.take()
    b.power_cut()
    b.connect()
    b.run(1000)
    assert started(b)["reservationId"] == 7
    assert b.core.site.reservations.entries == []
