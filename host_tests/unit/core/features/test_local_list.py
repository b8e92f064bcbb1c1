"""The local authorization list: what an update does, what the list decides, what a power cut leaves."""

from chargepoint.diag.features.local_list import lines
from chargepoint.ocpp16.codes import KEY_LIST_MOST
from host_tests.core_bench import Bench
from host_tests.core_store import Store
from host_tests.faults.volume_model import ATOMIC, GARBAGE, IN_PLACE, FlashModel, PowerCut
from host_tests.portable import MICROPYTHON
from host_tests.unit.core.features.list_bench import change, entry, listed, send, version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _says(b: Bench, id_tag: str) -> "list[Any] | None":
    found: "list[Any] | None" = b.core.site.local_list.find(id_tag)
    return found


# --- updates


def test_versions() -> None:
    b = listed()
    assert version(b) == 0
    assert send(b, 1) == "Accepted" and version(b) == 0, "an empty list has version 0"
    assert send(b, 2, entry("CARD1")) == "Accepted" and version(b) == 2
    assert change(b, 5, entry("CARD2")) == "Accepted" and version(b) == 5, "gaps are fine"
    assert change(b, 4, entry("CARD3")) == "VersionMismatch"
    assert change(b, 5, entry("CARD3")) == "VersionMismatch"
    assert version(b) == 5 and _says(b, "CARD3") is None
    assert send(b, 3, entry("CARD9")) == "Accepted" and version(b) == 3, "a full list may go back"
    assert change(b, 4, entry("CARD9", None)) == "Accepted" and version(b) == 0


def test_a_full_update_replaces_and_a_differential_one_changes() -> None:
    b = listed()
    send(b, 1, entry("CARD1"), entry("CARD2", "Blocked"), entry("CARD3", parentIdTag="GROUP", expiryDate="2027-01-01T00:00:00Z"))
    change(b, 2, entry("card2", "Accepted"), entry("CARD1", None), entry("CARD4", "Expired"), entry("NOBODY", None))
    b.run(2000)
    assert _says(b, "CARD1") is None and _says(b, "NOBODY") is None
    assert _says(b, "Card2") == ["card2", 0, 0, ""]
    assert _says(b, "card3") == ["card3", 0, 220924800, "GROUP"]
    assert _says(b, "CARD4") == ["card4", 4, 0, ""]
    send(b, 3, entry("CARD5"))
    b.run(2000)
    assert [_says(b, tag) is not None for tag in ("CARD2", "CARD3", "CARD4", "CARD5")] == [False, False, False, True]


def test_what_cannot_be_taken_changes_nothing() -> None:
    b = listed()
    send(b, 1, entry("CARD1"))
    b.run(2000)
    assert send(b, 2, entry("CARD2"), entry("CARD3", None)) == "Failed", "a full list removes nothing"
    assert change(b, 2, entry("CARD2"), entry("card2", "Blocked")) == "Failed", "an idTag twice"
    assert change(b, 2, *[entry("C%d" % n) for n in range(21)]) == "Failed", "more than SendLocalListMaxLength"
    assert send(b, 2, *[entry("C%d" % n) for n in range(70)]) == "Failed"
    assert change(b, -1, entry("CARD2")) == "Failed"
    assert change(b, 2, entry("")) == "PropertyConstraintViolation"
    assert change(b, 2, entry("CARD2", "Welcome")) == "PropertyConstraintViolation"
    assert change(b, 2, entry("CARD2"), {"idTag": "CARD3", "idTagInfo": {}}) == "OccurenceConstraintViolation"
    b.store.fails = True
    assert send(b, 2, entry("CARD2")) == "Failed"
    assert version(b) == 1 and _says(b, "CARD1") is not None and _says(b, "CARD2") is None


def test_switched_off_it_is_not_supported_and_says_nothing() -> None:
    b = listed(LocalPreAuthorize="true")
    send(b, 1, entry("CARD1"))
    b.configure("LocalAuthListEnabled", "false")
    assert version(b) == -1 and send(b, 2, entry("CARD2")) == "NotSupported" and _says(b, "CARD1") is None
    b.configure("LocalAuthListEnabled", "true")
    assert version(b) == 1 and _says(b, "CARD1") is not None


def _fill(b: Bench, count: int) -> None:
    """So many entries in messages of 20."""
    for first in range(0, count, 20):
        made = [entry("TAG%05d" % (7919 * n % 100003), "Blocked" if n % 3 else "Accepted") for n in range(first, min(count, first + 20))]
        assert (send if not first else change)(b, first // 20 + 1, *made) == "Accepted", first


def test_a_thousand_entries_and_not_one_more() -> None:
    b = listed()
    most = 200 if MICROPYTHON else 1000  # the flash of the bench lies in the heap
    assert b.core.config.number(KEY_LIST_MOST) == 1000
    b.core.config.values[KEY_LIST_MOST] = most
    _fill(b, most)
    b.run(2000)
    assert version(b) == most // 20
    for n in range(0, most, 37):
        assert _says(b, "TAG%05d" % (7919 * n % 100003)) == ["tag%05d" % (7919 * n % 100003), 3 if n % 3 else 0, 0, ""]
    assert _says(b, "TAG") is None and _says(b, "ZZZ") is None
    assert change(b, 51, entry("ONE-MORE")) == "Failed"
    assert change(b, 51, entry("ONE-MORE"), entry("TAG00000", None)) == "Accepted"
    b.run(2000)
    assert _says(b, "ONE-MORE") is not None and _says(b, "TAG00000") is None


# --- while a contactor is closed


def test_while_charging_the_flash_waits_and_the_update_counts() -> None:
    b = listed()
    send(b, 1, entry("CARD1"))
    b.run(2000)
    number = b.charge("CARD1")
    written = b.store.volume.commits
    assert change(b, 2, entry("CARD2"), entry("CARD1", None)) == "Accepted"
    assert change(b, 3, entry("CARD3", "Blocked")) == "Accepted"
    b.run(5000)
    assert version(b) == 3 and _says(b, "CARD2") is not None and _says(b, "CARD1") is None
    for first in range(4):
        assert change(b, 4 + first, *[entry("M%d-%d" % (first, n)) for n in range(20)]) == "Accepted"
    assert change(b, 9, *[entry("N%d" % n) for n in range(20)]) == "Failed", "no more can wait"
    assert b.store.volume.commits == written
    (line,) = lines(b.core, 0, b.now)
    assert "version 7" in line and "82 idTags" in line and "waits" in line
    b.call("RemoteStopTransaction", {"transactionId": number})
    b.run(12000)
    assert b.store.volume.commits > written and b.store.saved["listchange"] == b""
    assert version(b) == 7 and _says(b, "M3-19") is not None and _says(b, "CARD1") is None


# --- power cuts


def test_a_cut_at_any_byte_leaves_the_old_list_or_the_new_one() -> None:
    for kind in (ATOMIC, IN_PLACE, GARBAGE):
        cut = 0
        while True:
            b = listed()
            b.store.volume = FlashModel(kind)
            b.power_cut()
            b.connect()
            send(b, 1, entry("CARD1"), entry("CARD2", "Blocked"))
            b.run(2000)
            b.store.volume.cut_after = cut
            try:
                answer = change(b, 2, entry("CARD3"), entry("CARD1", None))
                b.run(2000)
                assert answer == "Accepted"
            except PowerCut:
                answer = ""
            done = b.store.volume.cut_after > 0
            b.store.volume.reboot()
            b.power_cut()
            b.connect()
            b.run(2000)
            found = (version(b), _says(b, "CARD1") is not None, _says(b, "CARD2") is not None, _says(b, "CARD3") is not None)
            assert found == ((2, False, True, True) if b.store.saved["listchange"] or found[0] == 2 else (1, True, True, False)), (kind, cut)
            assert found[0] == 2 or answer != "Accepted"
            assert not b.store.unsound
            if done:
                break
            cut += 7
    assert cut > 100


def test_what_is_no_list_counts_as_none() -> None:
    b = listed()
    send(b, 1, entry("CARD1"), entry("CARD2"))
    b.run(2000)
    files = b.store.volume.files
    whole = {name: bytes(data) for name, data in files.items()}
    for damaged in (b"", b"\xff" * 106, b"L\x01-\x00" + b"\xff" * 8, b"L\x01-\x00\x01\x00\x00\x00\xff\xff\xff\x7f"):
        for name in list(files):
            files[name] = bytearray(damaged)
        b.power_cut()
        b.connect()
        assert version(b) == 0 and _says(b, "CARD1") is None
    for name, data in whole.items():
        files[name] = bytearray(data)
    b.power_cut()
    b.connect()
    assert version(b) == 1 and _says(b, "CARD1") is not None
    for record in (b"1", b"\x00" * 5 + b"x" * 45, b"\x00" * 4 + b"\x02", b"\x01\x00\x00\x00\x00" + 2 * (b"a" * 20 + bytes(25))):
        b.store.saved["listchange"] = record
        b.power_cut()
        b.connect()
        assert b.store.unsound.pop() == "listchange" and version(b) == 1


# --- what it decides


def test_a_card_without_the_central_system() -> None:
    cases = (
        # listed as, LocalAuthorizeOffline, AllowOfflineTxForUnknownId, may start
        ("Accepted", "true", "false", True),
        ("Accepted", "false", "false", False),
        ("Accepted", "false", "true", True),
        ("Blocked", "true", "true", False),
        ("Expired", "true", "true", False),
        ("Invalid", "true", "true", False),
        (None, "true", "false", False),
        (None, "true", "true", True),
    )
    for status, offline, unknown, may in cases:
        b = listed(LocalAuthorizeOffline=offline, AllowOfflineTxForUnknownId=unknown)
        send(b, 1, entry("OTHER") if status is None else entry("CARD1", status))
        b.disconnect()
        b.plug()
        b.tap("CARD1")
        b.run(6000)
        assert b.closed[0] == may, (status, offline, unknown)


def test_an_entry_ends_with_its_expiry() -> None:
    for expiry, asks in (("2026-11-23T08:05:00Z", False), ("2026-11-23T08:00:01Z", True)):
        b = listed(LocalPreAuthorize="true")
        send(b, 1, entry("CARD1", expiryDate=expiry))
        b.run(2000)
        b.plug()
        b.tap("CARD1")
        assert ("Authorize" in b.words()) == asks, expiry


def test_with_pre_authorize_the_list_is_enough_and_its_parent_stops_the_group() -> None:
    b = listed(LocalPreAuthorize="true")
    send(b, 1, entry("CARD1", parentIdTag="FAMILY"), entry("CARD2", parentIdTag="FAMILY"), entry("CARD3", "Blocked"))
    b.plug()
    b.take()
    b.tap("CARD1")
    b.run(6000)
    words = b.words()
    assert "Authorize" not in words and "Start" in words
    b.tap("CARD2")
    b.run(6000)
    words = b.words()
    assert "Authorize" not in words and "Stop:Local" in words
    b.unplug()
    b.plug()
    b.take()
    b.tap("CARD3")
    assert b.words()[0] == "Authorize", "what is not Accepted is asked about"


def test_the_list_goes_before_the_cache() -> None:
    b = listed(AuthorizationCacheEnabled="true", LocalPreAuthorize="true")
    b.plug()
    b.tap("CARD1")
    b.run(6000)
    b.tap("CARD1")
    b.run(6000)
    b.unplug()
    send(b, 1, entry("CARD1", "Blocked"))
    b.disconnect()
    b.plug()
    b.tap("CARD1")
    b.run(6000)
    assert not b.closed[0]


def test_a_contradiction_is_told_once_on_connector_0() -> None:
    b = listed()
    send(b, 1, entry("CARD1"), entry("CARD2", "Blocked"))
    cases = (
        ("CARD1", "Blocked", True),
        ("CARD1", "Accepted", False),
        ("CARD2", "Accepted", True),
        ("CARD1", "ConcurrentTx", False),
        ("CARD9", "Invalid", False),
    )
    for id_tag, status, conflict in cases:
        b.answers["Authorize"] = {"idTagInfo": {"status": status}}
        b.take()
        b.tap(id_tag)
        told = [p for action, p in b.take() if action == "StatusNotification" and p["errorCode"] == "LocalListConflict"]
        assert [(p["connectorId"], p["status"]) for p in told] == ([(0, "Available")] if conflict else []), (id_tag, status)
        b.core.connectors[0].drop_authorization()
        b.run(1000)


def test_random_updates_leave_what_a_dict_holds() -> None:
    state = 12345
    b = listed()
    model: "dict[str, str]" = {}
    for round_ in range(1, 60):
        entries = []
        seen = set()
        state = (state * 1103515245 + 12345) & 0x3FFFFFFF
        full = state % 17 == 0
        for _ in range(state >> 8 & 15):
            state = (state * 1103515245 + 12345) & 0x3FFFFFFF
            tag = "T%d" % (state >> 4 & 63)
            if tag not in seen:
                seen.add(tag)
                entries.append(entry(tag, ("Accepted", "Blocked", "Expired", None)[state >> 12 & 3] or ("Accepted" if full else None)))
        assert send(b, round_, *entries, update="Full" if full else "Differential") == "Accepted"
        if full:
            model = {}
        for made in entries:
            if "idTagInfo" in made:
                model[made["idTag"]] = made["idTagInfo"]["status"]
            else:
                model.pop(made["idTag"], None)
        if state & 1:
            b.run(1000)
        if state & 6 == 6:
            b.power_cut()
            b.connect()
        for n in range(64):
            said = _says(b, "T%d" % n)
            expected = model.get("T%d" % n)
            assert (said is None) == (expected is None) and (said is None or said[1] == {"Accepted": 0, "Blocked": 3, "Expired": 4}[str(expected)]), (round_, n)
        assert b.core.site.local_list.count() == len(model)


def test_the_store_of_a_bench_is_the_real_one() -> None:
    assert Store().part("local_list").count == 0
