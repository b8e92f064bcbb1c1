"""A vendor's feature from nothing: what it takes is the two files below, a line in the product, and a test.

The files are written here as they would lie in the firmware: ocpp16/features/trial.py (the text _WIRE) and core/features/trial.py (the class
Feature). Nothing else of the firmware mentions them.
"""

import json
import sys

from boards.products import lecs007
from chargepoint.core.features import listed
from chargepoint.ocpp16.decode import ProtocolError, action_code, decode_request, decode_result
from chargepoint.ocpp16.encode import action_name, encode_call, encode_reply
from chargepoint.wire.json_read import JsonReader
from chargepoint.wire.json_write import JsonWriter
from host_tests.core_bench import Bench
from host_tests.portable import raises

# --- ocpp16/features/trial.py

ACT_SET_LAMP = 64
ACT_LAMP_REPORT = 65
WIRE = """
>SetLamp lamp:oLamp schedule:lStep=schedule level:d1=level mode:eMode!=mode
= status:eStatus=status steps:lHeard=steps
<LampReport text:s50=text at:t=at mode:eMode=mode lamp:oReport=lamp
= status:eStatus=status accepted:i=accepted
.Lamp color:n6!=color
.Step from:i! level:i until:t
.Heard from:i text:s20
.Report color:s6 steps:lHeard
.Mode "On","Off",
.Status "Accepted","Rejected",
"""


# --- core/features/trial.py


class Feature:
    """A lamp."""

    PROFILE = "Trial"
    KEYS = ""
    ACTIONS = bytes((ACT_SET_LAMP,))
    SENDS = bytes((ACT_LAMP_REPORT,))
    WIRE = WIRE

    def __init__(self, core: "object") -> None:
        self.status = 0
        self.steps: "list[list[object]]" = []
        self.answers: "list[object]" = []
        self.text: "str | None" = None
        self.at = (217584000, 5)
        self.mode: "int | None" = None
        self.lamp: "list[object]" = []
        self.due = False

    def on_call(self, action: int, request: "object", reply: "object", now: int) -> None:
        self.status = 0 if request.color == "ff0000" else 1  # type: ignore[attr-defined]
        self.steps = [[step[0], "level %s" % step[1]] for step in request.schedule or ()]  # type: ignore[attr-defined]
        self.lamp = [request.color, self.steps]  # type: ignore[attr-defined]
        self.mode = request.mode  # type: ignore[attr-defined]
        reply.source = self  # type: ignore[attr-defined]
        self.due = True

    def fill(self, m: "object", now: int) -> bool:
        if not self.due:
            return False
        self.due = False
        m.action = ACT_LAMP_REPORT  # type: ignore[attr-defined]
        m.source = self  # type: ignore[attr-defined]
        return True

    def on_answer(self, m: "object", fields: "object", code: "object", now: int) -> None:
        self.answers.append(fields and (fields.status, fields.accepted))  # type: ignore[attr-defined]

    def next_due(self, now: int) -> int:
        return 60000


# --- the test


class _File:
    """Stands for the module core/features/trial.py."""

    Feature = Feature


class _Product:
    """lecs007 with one line more."""

    FEATURES = ("trial",)


for _name in dir(lecs007):
    if _name[0] != "_" and _name != "FEATURES":
        setattr(_Product, _name, getattr(lecs007, _name))


def _bench() -> Bench:
    sys.modules["chargepoint.core.features.trial"] = _File  # type: ignore[assignment]
    try:
        return Bench(_Product)
    finally:
        del sys.modules["chargepoint.core.features.trial"]


def _reader(payload: object) -> JsonReader:
    reader = JsonReader()
    data = json.dumps(payload).encode()
    reader.load(data, 0, len(data))
    assert reader.check() == 0
    return reader


def _text(write: object, what: object) -> object:
    writer = JsonWriter(bytearray(512))
    writer.start(0)
    write(writer, what)  # type: ignore[operator]
    assert not writer.overflow
    return json.loads(str(bytes(writer.buf[: writer.pos]), "utf-8"))


def _call(b: Bench, payload: object) -> object:
    features = b.core.features
    code = action_code("SetLamp", features)
    assert code == ACT_SET_LAMP
    reply = b.core.on_call(code, decode_request(code, _reader(payload), features), b.now)
    assert reply is not None
    return _text(encode_reply, reply)


def test_a_request_with_objects_and_arrays_of_them_is_answered() -> None:
    b = _bench()
    schedule = [{"from": 0, "level": 5, "until": "2026-11-23T08:00:00Z"}, {"from": 60, "else": [1]}]
    assert _call(b, {"mode": "Off", "lamp": {"color": "ff0000", "x": {}}, "schedule": schedule}) == {
        "status": "Accepted", "steps": [{"from": 0, "text": "level 5"}, {"from": 60, "text": "level None"}]
    }
    assert _call(b, {"mode": "On", "lamp": {"color": "00ff00"}}) == {"status": "Rejected", "steps": []}
    assert _call(b, {"mode": "On"}) == {"status": "Rejected", "steps": []}, "nothing is left of the request before"


def test_a_request_that_breaks_its_line_is_refused() -> None:
    b = _bench()
    for payload, code in (
        ({}, "OccurenceConstraintViolation"),
        ({"mode": "Maybe"}, "PropertyConstraintViolation"),
        ({"mode": "On", "lamp": "red"}, "TypeConstraintViolation"),
        ({"mode": "On", "lamp": {}}, "OccurenceConstraintViolation"),
        ({"mode": "On", "lamp": {"color": ""}}, "PropertyConstraintViolation"),
        ({"mode": "On", "schedule": {}}, "TypeConstraintViolation"),
        ({"mode": "On", "schedule": [1]}, "TypeConstraintViolation"),
        ({"mode": "On", "schedule": [{"level": 1}]}, "OccurenceConstraintViolation"),
        ([], "FormationViolation"),
    ):
        assert raises(ProtocolError, _call, b, payload).code == code, payload


def test_of_an_array_without_end_the_feature_sees_one_entry_more_than_anybody_takes() -> None:
    b = _bench()
    request = decode_request(ACT_SET_LAMP, _reader({"mode": "On", "schedule": [{"from": n} for n in range(200)]}), b.core.features)
    assert [step[0] for step in request.schedule] == list(range(65))  # type: ignore[attr-defined]


def test_its_own_request_is_sent_and_the_answer_comes_back() -> None:
    b = _bench()
    _call(b, {"mode": "Off", "lamp": {"color": "ff0000"}, "schedule": [{"from": 3}]})
    m = b.core.next_call(b.now)
    assert m is not None and action_name(m) == "LampReport"
    assert _text(encode_call, m) == {
        "at": "2026-11-23T08:00:00.005Z", "mode": "Off", "lamp": {"color": "ff0000", "steps": [{"from": 3, "text": "level None"}]}
    }
    b.core.on_answer(decode_result(m.action, _reader({"status": "rejected", "accepted": "7", "x": []}), b.core.features), None, b.now)
    feature = b.core.features[0]
    assert feature.answers == [(1, 7)]
    for answer in ({"status": ["Accepted"], "accepted": {}}, {}):
        feature.due = True
        b.core.next_call(b.now)
        b.core.on_answer(decode_result(ACT_LAMP_REPORT, _reader(answer), b.core.features), None, b.now)
        assert feature.answers[-1] == (None, None)


def test_the_profile_follows_from_the_products_line_and_nothing_else_changes() -> None:
    b = _bench()
    assert b.core.config.text("SupportedFeatureProfiles") == "Core,Trial"
    assert Bench(lecs007).core.config.text("SupportedFeatureProfiles") == "Core"
    assert action_code("SetLamp", Bench(lecs007).core.features) == -1
    assert b.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) == {"status": "NotImplemented"}
    assert b.call("DataTransfer", {"vendorId": "x"}) == {"status": "UnknownVendorId"}


def test_a_feature_that_is_not_in_the_image_is_named() -> None:
    assert "trial" in str(raises(ImportError, listed.listed, _Product))
