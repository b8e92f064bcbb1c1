"""Requests and answers in: what is used, what is stepped over, and the CALLERROR code of everything else."""

import json

from chargepoint.ocpp16.decode import ProtocolError, action_code, decode_request, decode_result
from chargepoint.wire.json_read import JsonReader
from host_tests.portable import raises


def _reader(text: str) -> JsonReader:
    reader = JsonReader()
    data = text.encode()
    reader.load(data, 0, len(data))
    assert reader.check() == 0, text
    return reader


def _request(action: str, payload: object) -> dict:  # type: ignore[type-arg]
    fields = decode_request(action_code(action), _reader(payload if isinstance(payload, str) else json.dumps(payload)))
    return {name: value for name, value in fields.__dict__.items() if value is not None}


def test_action_codes() -> None:
    for name, code in (("DataTransfer", 7), ("CancelReservation", 8), ("Reset", 20), ("UpdateFirmware", 25)):
        assert action_code(name) == code
    for name in ("", "reset", "Rese", "ResetX", "BootNotification", "DataTransfer vendorId:s255!", "Reset\nSendLocalList", "type"):
        assert action_code(name) == -1, name


def test_fields_that_are_used() -> None:
    assert _request("Reset", {"type": "Soft"}) == {"kind": 1}
    assert _request("ChangeAvailability", {"type": "Operative", "connectorId": 0}) == {"kind": 1, "connector_id": 0}
    assert _request("GetConfiguration", {}) == {}
    assert _request("GetConfiguration", {"key": ["a", "b"]}) == {"keys": ["a", "b"]}
    assert _request("RemoteStopTransaction", {"transactionId": 2147483647}) == {"transaction_id": 2147483647}
    assert _request("ChangeConfiguration", {"key": "K" * 50, "value": "v" * 500}) == {"key": "K" * 50, "value": "v" * 500}
    assert _request("RemoteStartTransaction", {"idTag": "".join(chr(c) for c in range(32, 52))})["id_tag"][0] == " "
    assert _request("RemoteStartTransaction", {"idTag": "~}|{zyx"}) == {"id_tag": "~}|{zyx"}


def test_null_unknown_and_odd_fields_are_stepped_over() -> None:
    assert _request("RemoteStartTransaction", {"idTag": "A", "connectorId": None, "chargingProfile": {"a": [{"b": None}]}, "x": [[1]]}) == {"id_tag": "A"}
    assert _request("ClearCache", {"key" * 30: 1, "a b": 2, "type:e1!=kind": 3, "": 4}) == {}
    assert _request("RemoteStopTransaction", '{"transactionId": 7.0}') == {"transaction_id": 7}


def test_refusals() -> None:
    for action, payload, code in (
        ("Reset", [], "FormationViolation"),
        ("Reset", '"Hard"', "FormationViolation"),
        ("Reset", {}, "OccurenceConstraintViolation"),
        ("Reset", {"type": None}, "OccurenceConstraintViolation"),
        ("Reset", {"type": "hard"}, "PropertyConstraintViolation"),
        ("Reset", {"type": "Hard,Soft"}, "PropertyConstraintViolation"),
        ("Reset", {"type": ""}, "PropertyConstraintViolation"),
        ("Reset", {"type": 1}, "TypeConstraintViolation"),
        ("Reset", {"type": {"a": 1}}, "TypeConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": "A" * 21}, "PropertyConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": ""}, "PropertyConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": "q\tw\te\tr\n"}, "PropertyConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": "a\u00e9"}, "PropertyConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": "a\x7f"}, "PropertyConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": "\x00"}, "PropertyConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": None}, "OccurenceConstraintViolation"),
        ("DataTransfer", {"vendorId": "a\nb"}, "PropertyConstraintViolation"),
        ("DataTransfer", {"vendorId": "a" * 256}, "PropertyConstraintViolation"),
        ("DataTransfer", {"vendorId": "a", "messageId": "m" * 51}, "PropertyConstraintViolation"),
        ("ChangeConfiguration", {"key": "a\tb", "value": "1"}, "PropertyConstraintViolation"),
        ("ChangeConfiguration", {"key": "a", "value": "1\n2"}, "PropertyConstraintViolation"),
        ("GetConfiguration", {"key": ["a", "b\u0001"]}, "PropertyConstraintViolation"),
        ("TriggerMessage", {}, "OccurenceConstraintViolation"),
        ("TriggerMessage", {"connectorId": 1, "requestedMessage": None}, "OccurenceConstraintViolation"),
        ("ReserveNow", {"connectorId": 1, "idTag": "A", "reservationId": 1}, "OccurenceConstraintViolation"),
        ("CancelReservation", {}, "OccurenceConstraintViolation"),
        ("SendLocalList", {"listVersion": 1}, "OccurenceConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": 5}, "TypeConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": "A", "connectorId": "1"}, "TypeConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": "A", "connectorId": True}, "TypeConstraintViolation"),
        ("RemoteStopTransaction", '{"transactionId": 1.5}', "TypeConstraintViolation"),
        ("RemoteStopTransaction", '{"transactionId": 1e99}', "TypeConstraintViolation"),
        ("ChangeConfiguration", {"key": "a"}, "OccurenceConstraintViolation"),
        ("ChangeConfiguration", {"key": "a" * 51, "value": ""}, "PropertyConstraintViolation"),
        ("ChangeConfiguration", {"key": "a", "value": "b" * 501}, "PropertyConstraintViolation"),
        ("GetConfiguration", {"key": "a"}, "TypeConstraintViolation"),
        ("GetConfiguration", {"key": [1]}, "TypeConstraintViolation"),
        ("GetConfiguration", {"key": ["a" * 51]}, "PropertyConstraintViolation"),
        ("GetConfiguration", {"key": ["a"] * 65}, "PropertyConstraintViolation"),
        ("UnlockConnector", {"connectorId": []}, "TypeConstraintViolation"),
    ):
        error = raises(ProtocolError, _request, action, payload)
        assert error.code == code, (action, payload, error.code)
        assert error.description


def test_the_description_names_the_field() -> None:
    assert "value" in raises(ProtocolError, _request, "ChangeConfiguration", {"key": "a"}).description
    assert "idTag" in raises(ProtocolError, _request, "RemoteStartTransaction", {"idTag": "A" * 21}).description


def _result(action: int, payload: object) -> object:
    return decode_result(action, _reader(json.dumps(payload)))


def test_results() -> None:
    boot = _result(0, {"status": "Pending", "currentTime": "2026-11-23T08:00:00.5Z", "interval": 300})
    assert (boot.status, boot.time, boot.interval) == (2, (217584000, 500), 300)  # type: ignore[attr-defined]
    start = _result(4, {"transactionId": -1, "idTagInfo": {"status": "ConcurrentTx", "parentIdTag": "P", "expiryDate": "2026-11-23T08:00:00Z", "x": 1}})
    assert (start.transaction_id, start.tag_status, start.parent_id_tag, start.expiry) == (-1, 6, "P", (217584000, 0))  # type: ignore[attr-defined]
    for action in (3, 6):
        _result(action, {"echoed": {"by": ["some", "servers"]}})
    assert _result(5, {}).tag_status is None  # type: ignore[attr-defined]
    assert _result(5, {"idTagInfo": None}).tag_status is None  # type: ignore[attr-defined]


def test_a_time_that_cannot_be_read_counts_as_absent() -> None:
    for time in ("", "yesterday", "2026-13-01T00:00:00Z", "x" * 100):
        assert _result(2, {"currentTime": time}).time is None  # type: ignore[attr-defined]


def _read(action: int, payload: object) -> dict:  # type: ignore[type-arg]
    return {name: value for name, value in _result(action, payload).__dict__.items() if value is not None}


def test_in_an_answer_what_cannot_be_read_is_absent_and_the_rest_counts() -> None:
    """The central system has opened transaction 7, whatever else its answer says."""
    unreadable: "tuple[object, ...]" = (None, "Accepted", 5, [], [{"status": "Accepted"}], {}, {"status": "Welcome"}, {"status": None}, {"status": 3})
    for info in unreadable + ({"status": ["Accepted"]}, {"status": "x" * 900}):
        assert _read(4, {"transactionId": 7, "idTagInfo": info}) == {"transaction_id": 7}, info
        assert _read(4, {"idTagInfo": info, "transactionId": 7}) == {"transaction_id": 7}, info
        assert _read(1, {"idTagInfo": info}) == {}, info
    assert _read(4, {"transactionId": 7}) == {"transaction_id": 7}
    parents: "tuple[object, ...]" = ("P" * 21, "", 5, "a\nb\tc", ["P"], {"a": {"b": []}}, "\u00e9", None)
    dates: "tuple[object, ...]" = (0, "soon", None, {"a": [1]})
    for field, values in (("parentIdTag", parents), ("expiryDate", dates)):
        for value in values:
            odd = {field: value, "status": "Blocked"}
            assert _read(4, {"transactionId": 7, "idTagInfo": odd, "later": 1}) == {"transaction_id": 7, "tag_status": 3}, odd
            assert _read(1, {"idTagInfo": odd}) == {"tag_status": 3}, odd
            assert _read(5, {"idTagInfo": odd}) == {"tag_status": 3}, odd
    assert _read(4, {"idTagInfo": {"status": "Invalid"}}) == {"tag_status": 5}


def test_in_an_answer_an_integer_may_stand_in_quotes_and_a_word_in_any_case() -> None:
    numbers: "tuple[tuple[object, int], ...]" = (("112200", 112200), ("-1", -1), ("0", 0), (7.0, 7), (1e3, 1000))
    for value, number in numbers:
        assert _read(4, {"transactionId": value, "idTagInfo": {"status": "accepted"}}) == {"transaction_id": number, "tag_status": 0}, value
    for unread in ("", "-", "7.5", "0x7", "seven", "1 2", "9" * 16, "9" * 40, 7.5, True, [7], {"id": 7}, None, 1e30):
        assert _read(4, {"transactionId": unread, "idTagInfo": {"status": "INVALID"}}) == {"tag_status": 5}, unread
    assert _read(0, {"status": "ACCEPTED", "interval": "300", "currentTime": 5}) == {"status": 0, "interval": 300}


def test_an_answer_that_says_nothing_is_empty() -> None:
    for action, payload in ((0, {"status": "Maybe"}), (0, {}), (1, {}), (2, {"currentTime": "x"}), (4, {"transactionId": None}), (7, {"status": "Perhaps"})):
        assert _read(action, payload) == {}, payload
    nothings: "tuple[object, ...]" = ([], "Accepted", 7, None)
    for nothing in nothings:
        assert raises(ProtocolError, _result, 4, nothing).code == "FormationViolation", nothing
