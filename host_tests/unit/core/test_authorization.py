"""Authorization: the offline truth table, the cache, groups, and what happens to an idTag that is refused late (TC_007, 037, 061)."""

from boards.products import full, lecs007
from host_tests.core_bench import Bench

_VALID = {"idTagInfo": {"status": "Accepted"}}
_BLOCKED = {"idTagInfo": {"status": "Blocked"}}
_EXPIRES = {"idTagInfo": {"status": "Accepted", "expiryDate": "2026-11-23T08:00:30Z"}}

# What the cache knows, LocalAuthorizeOffline, AllowOfflineTxForUnknownId -> does a card start a transaction without a link?
# The rows are those of OCPP 1.6 sections 3.5.1 to 3.5.4 and 9.1; core/messages/authorization.py has the same table in words.
_OFFLINE = (
    ("valid", "true", "true", True),
    ("valid", "true", "false", True),
    ("valid", "false", "true", True),
    ("valid", "false", "false", False),
    ("blocked", "true", "true", False),
    ("blocked", "true", "false", False),
    ("blocked", "false", "true", False),
    ("blocked", "false", "false", False),
    ("expired", "true", "true", False),
    ("expired", "true", "false", False),
    ("expired", "false", "true", False),
    ("expired", "false", "false", False),
    ("unknown", "true", "true", True),
    ("unknown", "true", "false", False),
    ("unknown", "false", "true", True),
    ("unknown", "false", "false", False),
)


def _offline_bench(known: str, local: str, unknown: str) -> Bench:
    """A charger whose cache knows CARD1 as said, and that has just lost its link."""
    b = Bench(full, LocalAuthorizeOffline=local, AllowOfflineTxForUnknownId=unknown)
    if known != "unknown":
        b.answers["Authorize"] = {"valid": _VALID, "blocked": _BLOCKED, "expired": _EXPIRES}[known]
        b.tap("CARD1")
        b.core.connectors[0].drop_authorization()
    b.run(31000)
    b.disconnect()
    return b


def test_offline_truth_table() -> None:
    for row in _OFFLINE:
        known, local, unknown, starts = row
        b = _offline_bench(known, local, unknown)
        b.plug()
        b.tap("card1")
        b.run(6000)
        assert b.closed[0] == starts, row
        b.take()
        b.connect()
        b.run(200)
        assert ("Start" in b.words()) == starts, row


def test_an_unanswered_authorize_is_decided_by_the_same_table() -> None:
    for row in _OFFLINE:
        known, local, unknown, starts = row
        b = _offline_bench(known, local, unknown)
        b.connect()
        b.answers["Authorize"] = None
        b.plug()
        b.tap("CARD1")
        b.run(6000)
        assert b.closed[0] == starts, row


def test_an_authorize_refused_by_callerror_starts_nothing() -> None:
    b = Bench(full, AllowOfflineTxForUnknownId="true")
    b.answers["Authorize"] = "InternalError"
    b.plug()
    b.tap("CARD1")
    b.run(6000)
    assert not b.closed[0]


def test_a_link_lost_while_an_authorize_waits() -> None:
    b = Bench(full, AllowOfflineTxForUnknownId="true")
    b.plug()
    b.link = False  # the app has not noticed yet
    b.tap("CARD1")
    assert not b.core.connectors[0].transaction
    b.disconnect()
    b.run(6000)
    assert b.closed[0]


def test_pre_authorize_uses_the_cache_without_asking() -> None:
    b = Bench(full, LocalPreAuthorize="true")
    b.take()
    b.tap("CARD1")
    assert b.words() == ["Authorize", "1:Preparing"]
    b.tap("CARD1")
    b.take()
    b.tap("card1")
    assert b.words() == ["1:Preparing"]
    b.run(6000)
    b.plug()
    assert b.words() == ["Start", "1:Charging"]


def test_clear_cache_makes_the_charger_ask_again() -> None:
    b = Bench(full, LocalPreAuthorize="true")
    b.tap("CARD1")
    b.tap("CARD1")
    b.take()
    assert b.call("ClearCache") == {"status": "Accepted"}
    b.tap("CARD1")
    assert b.words() == ["Authorize", "1:Preparing"]


def test_without_a_cache_clear_cache_is_rejected() -> None:
    assert Bench(lecs007).call("ClearCache") == {"status": "Rejected"}
    assert Bench(full, AuthorizationCacheEnabled="false").call("ClearCache") == {"status": "Rejected"}


def test_the_cache_survives_a_power_cut_and_is_bounded() -> None:
    b = Bench(full)
    for i in range(full.CACHE_ENTRIES + 5):
        b.tap("CARD%d" % i)
        b.tap("CARD%d" % i)
    b.power_cut()
    authorization = b.core.authorization
    assert len(authorization.entries) == full.CACHE_ENTRIES
    assert authorization.known("card54", b.now) == 1 and authorization.known("CARD4", b.now) == 0


def test_every_status_that_a_card_can_have_survives_a_boot() -> None:
    b = Bench(full)
    answers = ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx")
    for status in answers:
        b.answers["Authorize"] = {"idTagInfo": {"status": status, "parentIdTag": "GROUP", "expiryDate": "2030-01-01T00:00:00Z"}}
        b.tap(status)
        b.core.connectors[0].drop_authorization()
    b.power_cut()
    assert [b.core.authorization.known(status, b.now) for status in answers] == [1, 2, 2, 2, 2]
    assert b.store.unsound == []


def test_a_known_card_costs_no_flash_write() -> None:
    b = Bench(full)
    b.tap("CARD1")
    b.store.writes = []
    b.tap("CARD1")
    b.tap("CARD1")
    assert "authcache" not in b.store.writes


def test_refused_late_with_stop() -> None:
    b = Bench(full, AllowOfflineTxForUnknownId="true", StopTransactionOnInvalidId="true")
    b.answers["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": "Invalid"}}
    b.disconnect()
    b.take()
    b.plug()
    b.tap("BAD")
    b.run(6000)
    assert b.closed[0]
    b.connect()
    b.run(3000)
    assert b.words() == ["Start", "1:Charging", "1:Finishing", "Stop:DeAuthorized"]
    assert not b.closed[0]


def test_refused_late_without_stop() -> None:
    b = Bench(full, AllowOfflineTxForUnknownId="true", StopTransactionOnInvalidId="false", MaxEnergyOnInvalidId="0")
    b.answers["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": "Invalid"}}
    b.disconnect()
    b.take()
    b.plug()
    b.tap("BAD")
    b.run(6000)
    b.connect()
    b.run(10000)
    assert b.words() == ["Start", "1:Charging", "1:SuspendedEVSE"]
    assert not b.closed[0] and b.core.connectors[0].transaction is not None


def test_refused_late_with_an_allowance_of_energy() -> None:
    b = Bench(full, StopTransactionOnInvalidId="false", MaxEnergyOnInvalidId="50")
    b.answers["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": "ConcurrentTx"}}
    b.charge()
    b.run(10000)
    assert b.closed[0]
    b.run(30000)
    assert not b.closed[0]
    energy_wh = b.readings[0].energy_mwh // 1000 - 1000
    assert 50 <= energy_wh <= 50 + 7


def test_stop_by_group_without_a_link_needs_the_cache() -> None:
    b = Bench(full)
    group = {"idTagInfo": {"status": "Accepted", "parentIdTag": "G"}}
    b.answers["Authorize"] = group
    b.tap("CARD2")
    b.tap("CARD2")
    b.answers["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": "Accepted", "parentIdTag": "G"}}
    b.charge("CARD1")
    b.disconnect()
    b.tap("CARD3")
    b.run(3000)
    assert b.closed[0]
    b.tap("CARD2")
    b.run(3000)
    assert not b.closed[0]


def test_a_card_waits_for_the_answer_about_the_one_before() -> None:
    b = Bench(lecs007)
    b.plug()
    b.link = False
    b.tap("CARD1")
    b.tap("CARD2")
    b.tap("CARD1")
    b.link = True
    b.take()
    b.run(6000)
    assert [p["idTag"] for a, p in b.log if a in ("Authorize", "StartTransaction")] == ["CARD1", "CARD1"]


def test_what_expired_before_our_time_began_is_expired_and_harms_no_other_entry() -> None:
    """Seconds since 2020: 0 says that there is no expiry, and the store takes none below it."""
    for date in ("2020-01-01T00:00:00Z", "2001-02-03T04:05:06Z"):
        b = Bench(full, LocalPreAuthorize="true")
        b.answers["Authorize"] = [{"idTagInfo": {"status": "Accepted"}}, {"idTagInfo": {"status": "Accepted", "expiryDate": date}}]
        for id_tag in ("GOOD", "OLD"):
            b.tap(id_tag)
            b.run(61000)
        b.power_cut()
        assert b.store.unsound == []
        assert [b.core.authorization.known(id_tag, b.now) for id_tag in ("GOOD", "OLD")][0] == 1
        b.connect()
        b.run(1000)
        assert b.core.authorization.known("OLD", b.now) == 2, date
