"""The checks of messages must let the right ones pass and catch the wrong ones."""

from __future__ import annotations

import pytest

from tools.csms.schema import InvalidMessage, check_payload, check_sent, check_sent_frame, is_action, parse, split_frame

STATUS = '{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":"%s"}'

WRONG_PAYLOADS = [
    ("Authorize", "{}", "required"),
    ("Authorize", '{"idTag":"123456789012345678901"}', "too long"),
    ("Authorize", '{"idTag":"1","extra":1}', "Additional properties"),
    ("Authorize", '{"idTag":5}', "not of type"),
    ("Authorize", '{"idTag":"1","idTag":"2"}', "duplicate"),
    ("Heartbeat", "{", "not JSON"),
    ("Heartbeat", '{"a":NaN}', "NaN"),
    ("StatusNotification", STATUS % "yesterday", "date-time"),
    ("StatusNotification", STATUS % "2026-11-23T08:00:00Z", "milliseconds"),
    ("StatusNotification", STATUS % "2026-11-23T08:00:00.123+01:00", "milliseconds"),
    ("Unheard", "{}", "no such message"),
]

WRONG_FRAMES = ["{}", "[]", "[5]"]
WRONG_FRAMES += ['[2,"1","Heartbeat"]', '[2,1,"Heartbeat",{}]', '[true,"1","Heartbeat",{}]', '[2,"","Heartbeat",{}]', '[4,"1","Broken","",{}]']


@pytest.mark.parametrize("action,text,reason", WRONG_PAYLOADS)
def test_wrong_payload_is_caught(action: str, text: str, reason: str) -> None:
    with pytest.raises(InvalidMessage, match=reason):
        check_sent(action, text)


@pytest.mark.parametrize("text", WRONG_FRAMES)
def test_wrong_frame_is_caught(text: str) -> None:
    with pytest.raises(InvalidMessage):
        check_sent_frame(text)


def test_right_messages_pass() -> None:
    check_sent("StatusNotification", STATUS % "2026-11-23T08:00:00.123Z")
    check_sent_frame('[4,"1","OccurenceConstraintViolation","",{}]')
    check_sent_frame('[3,"1",{"status":"Accepted"}]', "Reset")
    with pytest.raises(InvalidMessage):
        check_sent_frame('[3,"1",{"status":"Perhaps"}]', "Reset")


def test_one_decimal_is_judged_without_binary_rounding() -> None:
    profile = '{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",'
    profile += '"chargingProfileKind":"Relative",'
    profile += '"chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":%s}]}}}'
    check_payload("SetChargingProfile", parse(profile % "21.4"))
    with pytest.raises(InvalidMessage):
        check_payload("SetChargingProfile", parse(profile % "21.44"))


def test_a_float_typed_at_a_prompt_is_judged_as_it_was_typed() -> None:
    for limit, right in ((16.0, True), (21.4, True), (0.1, True), (21.44, False)):
        period = {"startPeriod": 0, "limit": limit}
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
        profile: dict[str, object] = {"chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative"}
        profile["chargingSchedule"] = schedule
        payload = {"connectorId": 1, "csChargingProfiles": profile}
        if right:
            check_payload("SetChargingProfile", payload)
        else:
            with pytest.raises(InvalidMessage, match="21.44"):
                check_payload("SetChargingProfile", payload)


def test_split_names_the_schema_of_an_answer() -> None:
    assert split_frame('[3,"1",{}]', "Heartbeat") == (3, "HeartbeatResponse", {})
    assert is_action("Heartbeat") and not is_action("HeartbeatResponse") and not is_action("../x")
