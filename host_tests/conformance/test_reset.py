"""Core / reset: TC_013_CS to TC_016_CS."""

from __future__ import annotations

from host_tests.rig.messages import optional, wanted
from host_tests.rig.rig import BOOT_TIMEOUT_S, Rig
from host_tests.rig.states import boot_statuses, booted, charging, maybe_booted, operative, statuses_at_boot, stopped, unavailable

SPAN_S = 20.0


def test_tc_013_cs_hard_reset_without_transaction(rig: Rig) -> None:
    """The unavailability of one connector survives a hard reset."""
    unavailable(rig, rig.connector)
    rig.random_moment(SPAN_S)
    rig.call_expecting("Accepted", "Reset", type="Hard")
    booted(rig, unavailable=(rig.connector,))
    operative(rig, rig.connector)


def test_tc_014_cs_soft_reset_without_transaction(rig: Rig) -> None:
    """The same with a soft reset, whose boot is optional."""
    unavailable(rig, rig.connector)
    rig.random_moment(SPAN_S)
    rig.call_expecting("Accepted", "Reset", type="Soft")
    maybe_booted(rig, within=30, unavailable=(rig.connector,))
    operative(rig, rig.connector)


def test_tc_015_cs_hard_reset_with_transaction(rig: Rig) -> None:
    """StopTransaction with HardReset before or after the boot; after it the plugged connector is never Available."""
    session = charging(rig)
    rig.random_moment(SPAN_S)
    rig.call_expecting("Accepted", "Reset", type="Hard")
    finishing = wanted("StatusNotification", connectorId=session.connector, status="Finishing")
    stop = wanted("StopTransaction", transactionId=session.number, reason="HardReset")
    before_boot = (optional("StopTransaction"), optional(finishing.action, **finishing.fields))
    first = rig.expect_all(*before_boot, wanted("BootNotification"), within=BOOT_TIMEOUT_S)[0]
    if first.action == "StopTransaction":
        assert stop.matches(first), stop.differences(first)
        assert any(finishing.matches(status) for status in rig.calls("StatusNotification")), "a stop before the boot is followed by Finishing"
        boot_statuses(rig, plugged=(rig.connector,))
    else:
        rig.expect_all(stop, *statuses_at_boot(rig, plugged=(rig.connector,)), optional(finishing.action, **finishing.fields))


def test_tc_016_cs_soft_reset_with_transaction(rig: Rig) -> None:
    """StopTransaction with SoftReset and Finishing, before any boot."""
    session = charging(rig)
    rig.random_moment(SPAN_S)
    rig.call_expecting("Accepted", "Reset", type="Soft")
    stopped(rig, session, reason="SoftReset")
    maybe_booted(rig, within=30, plugged=(session.connector,))
