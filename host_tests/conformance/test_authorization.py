"""Core / authorization failure: TC_023_4_CS, TC_023_5_CS."""

from __future__ import annotations

import pytest

from host_tests.rig.rig import INVALID, Rig
from host_tests.rig.states import plugged

STATUS_DURATION_S = 10
WATCH_S = 20
TOLERANCE_S = 2.0
REFUSALS = ("Invalid", "Blocked", "Expired", "ConcurrentTx")


def prepare(rig: Rig, status: str = "Invalid") -> None:
    """The configuration that the case sets, and the card that is refused."""
    rig.configure(MinimumStatusDuration=STATUS_DURATION_S, LocalPreAuthorize=True)
    rig.know_card(INVALID, status)


def plug_and_see_the_delay(rig: Rig) -> None:
    """Preparing arrives when it has lasted MinimumStatusDuration, and is not swallowed."""
    plugged_s = rig.now_s()
    rig.plug()
    preparing = rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing", within=STATUS_DURATION_S + 10)
    delay_s = rig.sent_s(preparing) - plugged_s
    assert STATUS_DURATION_S - 0.5 <= delay_s <= STATUS_DURATION_S + TOLERANCE_S + 2, f"Preparing {delay_s:.1f} s after the plug"


def test_tc_023_4_cs_authorize_invalid_plug_first(rig: Rig) -> None:
    """The order of the final document of 2024: plug, refused card, nothing."""
    prepare(rig)
    plug_and_see_the_delay(rig)
    rig.tap(INVALID)
    rig.expect("Authorize", idTag=INVALID)
    rig.expect_nothing(WATCH_S)


@pytest.mark.parametrize("status", REFUSALS)
def test_tc_023_4_cs_authorize_invalid_local(rig: Rig, status: str) -> None:
    """The order of the draft of 2025: a refused card changes no status; plug: Preparing; nothing."""
    prepare(rig, status)
    rig.tap(INVALID)
    rig.expect("Authorize", idTag=INVALID)
    rig.expect_nothing(STATUS_DURATION_S + 2)
    plug_and_see_the_delay(rig)
    rig.expect_nothing(WATCH_S)


def test_tc_023_5_cs_authorize_invalid_remote(rig: Rig) -> None:
    """A remote start with a refused idTag is Accepted, asked about, and starts nothing."""
    rig.configure(AuthorizeRemoteTxRequests=True)
    prepare(rig)
    rig.call_expecting("Accepted", "RemoteStartTransaction", connectorId=rig.connector, idTag=INVALID)
    rig.expect("Authorize", idTag=INVALID)
    rig.expect_nothing(STATUS_DURATION_S + 2)
    plug_and_see_the_delay(rig)
    rig.expect_nothing(WATCH_S)


def test_a_refused_card_without_delay_changes_no_status(rig: Rig) -> None:
    """Trap 3: with MinimumStatusDuration 0 a refused card still causes no StatusNotification."""
    rig.know_card(INVALID, "Invalid")
    rig.tap(INVALID)
    rig.expect("Authorize", idTag=INVALID)
    rig.expect_nothing(WATCH_S)
    plugged(rig)
