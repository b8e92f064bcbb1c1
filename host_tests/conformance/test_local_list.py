"""Local Authorization List: TC_008_x_CS, TC_042_2_CS, TC_043_CS, TC_043_2_CS, TC_043_3_CS. Without the profile: test_absent_profiles.py."""

from __future__ import annotations

from typing import Any

from host_tests.rig.rig import VALID, Rig
from host_tests.rig.states import others_unavailable, plugged, send_list, started


def entry(id_tag: str, status: str | None = "Accepted") -> dict[str, Any]:
    """An entry of localAuthorizationList; without a status it is to be removed."""
    return {"idTag": id_tag} if status is None else {"idTag": id_tag, "idTagInfo": {"status": status}}


def version(rig: Rig) -> int:
    """GetLocalListVersion."""
    return int(rig.call("GetLocalListVersion")["listVersion"])


def test_tc_042_2_cs(rig: Rig) -> None:
    rig.call_expecting("Accepted", "SendLocalList", listVersion=1, updateType="Full")
    assert version(rig) == 0


def test_tc_043_cs(rig: Rig) -> None:
    send_list(rig, "Accepted", 1, [entry(VALID)])
    send_list(rig, "Accepted", 2, [entry("ANOTHER")], "Differential")


def test_tc_043_2_cs(rig: Rig) -> None:
    send_list(rig, "Accepted", 2, [entry(VALID)])
    assert version(rig) == 2
    send_list(rig, "Accepted", 5, [entry("ANOTHER")], "Differential")
    assert version(rig) == 5
    send_list(rig, "VersionMismatch", 4, [entry("A-THIRD")], "Differential")
    assert version(rig) == 5


def test_tc_043_3_cs(rig: Rig) -> None:
    send_list(rig, "Accepted", 1, [entry(VALID)])
    rig.wait(5)
    rig.fault("flash_full")
    send_list(rig, "Failed", 2, [entry("ANOTHER")])
    rig.fault("flash_full", False)
    rig.ignored.add("StatusNotification")
    rig.wait(15)
    assert version(rig) == 1


def test_tc_043_cs_the_longest_message_that_is_promised_arrives(rig: Rig) -> None:
    most = int(str(rig.setting("SendLocalListMaxLength")))
    info = {"status": "ConcurrentTx", "expiryDate": "2027-12-31T23:59:59.999+00:00", "parentIdTag": "P" * 20}
    send_list(rig, "Accepted", 1, [{"idTag": "%020d" % n, "idTagInfo": info} for n in range(most)])
    send_list(rig, "Failed", 2, [{"idTag": "%020d" % n, "idTagInfo": {"status": "Accepted"}} for n in range(most + 1)])
    assert version(rig) == 1


def test_tc_043_cs_a_list_outlives_a_power_cut(rig: Rig) -> None:
    for number in range(5):
        send_list(rig, "Accepted", number + 1, [entry("T%d-%d" % (number, n)) for n in range(20)], "Differential" if number else "Full")
    rig.power_cycle()
    rig.ignored |= {"BootNotification", "StatusNotification"}
    rig.wait_until(lambda: rig.central.connected and rig.calls("BootNotification"), 60, "the boot")
    rig.wait(3)
    assert version(rig) == 5


def test_tc_008_1_cs(rig: Rig) -> None:
    """A listed card starts without Authorize."""
    rig.configure(LocalPreAuthorize="true", AuthorizationCacheEnabled="false")
    others_unavailable(rig)
    send_list(rig, "Accepted", 1, [entry(VALID)])
    rig.tap(VALID)
    rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")
    rig.plug()
    started(rig, VALID)


def test_tc_008_2_cs(rig: Rig) -> None:
    """So does a remote start, whatever AuthorizeRemoteTxRequests says."""
    rig.configure(LocalPreAuthorize="true", AuthorizationCacheEnabled="false", AuthorizeRemoteTxRequests="true")
    send_list(rig, "Accepted", 1, [entry(VALID)])
    plugged(rig)
    rig.call_expecting("Accepted", "RemoteStartTransaction", connectorId=rig.connector, idTag=VALID)
    started(rig, VALID)
