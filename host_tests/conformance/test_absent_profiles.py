"""Cases that run because a profile is absent: TC_042_1_CS, TC_043_1_CS, TC_048_4_CS, TC_050_4_CS."""

from __future__ import annotations

from host_tests.rig.messages import Message
from host_tests.rig.rig import VALID, Rig

EXPIRY = "2026-03-02T12:00:00.000Z"


def is_in_band_or_not_supported(answer: Message, name: str, value: object) -> bool:
    """The listed answer, or CALLERROR NotSupported; NotImplemented is not accepted."""
    return bool(answer.get(name) == value if answer.kind == "result" else answer["code"] == "NotSupported")


def test_tc_042_1_cs_list_version_profile_not_supported(rig: Rig) -> None:
    """listVersion -1."""
    answer = rig.call("GetLocalListVersion")
    assert is_in_band_or_not_supported(answer, "listVersion", -1), str(answer)


def test_tc_043_1_cs_send_list_profile_not_supported(rig: Rig) -> None:
    """NotSupported."""
    entries = [{"idTag": VALID, "idTagInfo": {"status": "Accepted"}}]
    answer = rig.call("SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=entries)
    assert is_in_band_or_not_supported(answer, "status", "NotSupported"), str(answer)


def test_tc_048_4_cs_reserve_connector_profile_not_supported(rig: Rig) -> None:
    """Rejected; a CALLERROR is not accepted here."""
    rig.call_expecting("Rejected", "ReserveNow", connectorId=rig.connector, expiryDate=EXPIRY, idTag=VALID, reservationId=1)


def test_tc_050_4_cs_reserve_connector_0_profile_not_supported(rig: Rig) -> None:
    """Rejected for connector 0, too."""
    rig.call_expecting("Rejected", "ReserveNow", connectorId=0, expiryDate=EXPIRY, idTag=VALID, reservationId=1)
