"""Core / authorization cache: TC_007_1_CS, TC_007_2_CS, TC_061_1_CS, TC_061_2_CS (and what a product without a cache answers)."""

from __future__ import annotations

from host_tests.rig.messages import wanted
from host_tests.rig.rig import VALID, Rig
from host_tests.rig.states import authorized, charging, reader_connectors, started, stopped

CONNECTION_TIMEOUT_S = 30


def id_tag_cached(rig: Rig) -> None:
    """Memory state IdTagCached (section 4.9), after the configuration that the cases ask for."""
    rig.configure(AuthorizationCacheEnabled=True, LocalPreAuthorize=True)
    session = charging(rig)
    rig.tap(VALID)
    stopped(rig, session, idTag=VALID)
    rig.unplug()
    rig.expect("StatusNotification", connectorId=session.connector, status="Available")


def test_tc_007_1_cs_start_with_cached_id_local(rig: Rig) -> None:
    """A cached card starts without Authorize."""
    id_tag_cached(rig)
    rig.tap(VALID)
    connector = int(rig.expect("StatusNotification", connectorId=reader_connectors(rig), status="Preparing")["connectorId"])
    rig.plug(connector)
    started(rig, connector=connector)


def test_tc_007_2_cs_start_with_cached_id_remote(rig: Rig) -> None:
    """A cached idTag started remotely needs no Authorize either, although AuthorizeRemoteTxRequests is true."""
    rig.configure(AuthorizeRemoteTxRequests=True)
    id_tag_cached(rig)
    rig.call_expecting("Accepted", "RemoteStartTransaction", connectorId=rig.connector, idTag=VALID)
    rig.expect("StatusNotification", connectorId=rig.connector, status="Preparing")
    rig.plug()
    started(rig)


def test_tc_061_1_cs_clear_cache_local(rig: Rig) -> None:
    """After ClearCache the card has to be authorized again."""
    rig.configure(AuthorizationCacheEnabled=True, LocalPreAuthorize=True, ConnectionTimeOut=CONNECTION_TIMEOUT_S)
    connector = authorized(rig)
    rig.expect("StatusNotification", connectorId=connector, status="Available", within=CONNECTION_TIMEOUT_S + 10)
    rig.call_expecting("Accepted", "ClearCache")
    authorized(rig)


def test_tc_061_2_cs_clear_cache_remote(rig: Rig) -> None:
    """After ClearCache a remote start has to be authorized again."""
    rig.configure(AuthorizeRemoteTxRequests=True)
    id_tag_cached(rig)
    rig.call_expecting("Accepted", "ClearCache")
    rig.call_expecting("Accepted", "RemoteStartTransaction", connectorId=rig.connector, idTag=VALID)
    rig.expect_all(
        wanted("Authorize", idTag=VALID),
        wanted("StatusNotification", connectorId=rig.connector, status="Preparing"),
    )


def test_clear_cache_without_a_cache_is_rejected(rig: Rig) -> None:
    """A product without a cache still answers ClearCache, with Rejected."""
    if not rig.product.authorization_cache:
        rig.call_expecting("Rejected", "ClearCache")
