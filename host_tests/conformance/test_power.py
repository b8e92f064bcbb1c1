"""Core / power failure: TC_032_2_CS, TC_034_CS."""

from __future__ import annotations

from host_tests.rig.messages import Message, OneOf
from host_tests.rig.rig import BOOT_TIMEOUT_S, MESSAGE_TIMEOUT_S, VALID, Rig
from host_tests.rig.states import booted, charging, operative, unavailable

SPAN_S = 30.0
SETTLE_S = 5.0


def calls_after(rig: Rig, mark: Message, action: str) -> list[Message]:
    """Return the CALLs of an action that came after a message."""
    return [call for call in rig.calls(action) if call.number > mark.number]


def test_tc_032_2_cs_power_failure_without_backup(rig: Rig) -> None:
    """After the boot the transaction ends with PowerLoss, or goes on until its card stops it. The order of the messages is free."""
    session = charging(rig)
    rig.random_moment(SPAN_S, usual_s=12)
    rig.power_cycle()
    boot = rig.expect("BootNotification", within=BOOT_TIMEOUT_S)

    def after_boot() -> bool:
        statuses = {call["connectorId"] for call in calls_after(rig, boot, "StatusNotification")}
        last = [call["status"] for call in calls_after(rig, boot, "StatusNotification") if call["connectorId"] == session.connector]
        ended = bool(calls_after(rig, boot, "StopTransaction"))
        return statuses >= {0, *rig.product.connector_numbers} and (ended or last[-1] == "Charging")

    rig.wait_until(after_boot, BOOT_TIMEOUT_S, "statuses of all connectors, and a stop or Charging")
    if not calls_after(rig, boot, "StopTransaction"):
        rig.tap(VALID)
    rig.wait_until(lambda: calls_after(rig, boot, "StopTransaction"), MESSAGE_TIMEOUT_S, "StopTransaction")
    rig.wait(SETTLE_S)

    (stop,) = calls_after(rig, boot, "StopTransaction")
    resumed = bool(stop.get("idTag"))
    assert stop["transactionId"] == session.number
    assert stop.get("reason") == (OneOf("Local", None) if resumed else "PowerLoss"), str(stop)
    assert stop["meterStop"] >= session.start["meterStart"]
    statuses = [(call["connectorId"], call["status"]) for call in calls_after(rig, boot, "StatusNotification")]
    affected = [status for number, status in statuses if number == session.connector]
    assert affected[-1] in ("Preparing", "Finishing"), statuses
    assert set(affected) <= {"Preparing", "Finishing", "Charging", "Available", "Unavailable"}, statuses
    assert {status for number, status in statuses if number != session.connector} == {"Available"}, statuses
    assert not calls_after(rig, boot, "StartTransaction"), "a start for the same cable and permit"
    rig.take(*calls_after(rig, boot, "StatusNotification"), stop)


def test_tc_034_cs_power_failure_while_unavailable(rig: Rig) -> None:
    """The unavailability of the whole charge point survives a power failure; connector 0 has a status of its own."""
    unavailable(rig, 0)
    rig.random_moment(SPAN_S)
    rig.power_cycle()
    booted(rig, unavailable=(0, 1, 2))
    operative(rig, 0)


def test_tc_034_cs_every_connector_by_itself(rig: Rig) -> None:
    """The same for each connector alone."""
    for number in rig.product.connector_numbers:
        unavailable(rig, number)
        rig.power_cycle()
        booted(rig, unavailable=(number,))
        operative(rig, number)
