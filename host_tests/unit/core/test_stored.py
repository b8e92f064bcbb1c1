"""Whatever the store holds, the core starts, says what it could not use, and charges."""

import struct

from boards.products import duo, full, lecs007
from chargepoint.core.messages.records import METER, START, STOP, is_sound, put_edge
from host_tests.core_bench import Bench
from host_tests.core_store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RECORDS = ("config", "availability", "authcache", "starts", "utc", "tx1", "tx2")
SIZES = {"starts": (16, 32), "utc": (12,), "tx1": (0, 16), "tx2": (0, 16), "availability": (2, 3)}


def _charges(store: "Any", product: "Any" = full) -> "Any":
    bench = Bench(product, store)
    for n in range(1, product.CONNECTORS + 1):
        bench.charge(n=n)
    return bench


def test_an_id_that_no_line_can_hold_does_not_reach_the_cache() -> None:
    bench = Bench(full)
    for parent in ("a\nb\tc\td\te", "\t", "\n", "x\ty"):
        info = {"status": "Accepted", "parentIdTag": parent}
        bench.answers = {"Authorize": {"idTagInfo": info}, "StartTransaction": {"transactionId": 7, "idTagInfo": info}}
        bench.plug()
        bench.tap("CARD1")
        bench.tap("CARD1")
        bench.unplug()
        bench.run(1000)
    bench.answers = {}
    bench.power_cut()
    assert bench.store.unsound == [] and bench.core.authorization.parent_of("CARD1") is None
    bench.connect()
    bench.run(1000)
    bench.charge()


def test_every_record_in_the_place_of_every_other() -> None:
    holds = {
        "config": b"HeartbeatInterval=50",
        "availability": b"\1\1",
        "authcache": b"card1\t0\t0\tgroup",
        "starts": struct.pack("<IIq", 65537, 1, 7),
        "utc": struct.pack("<Iq", 1, 217584000),
        "tx1": struct.pack("<IIQ", 65537, 1000, 0),
    }
    for data in list(holds.values()) + [b"", b"\xff", b"\0", b"\xff\xfe\t\n" * 30, b"=\n==\n=", bytes(16), b"\xff" * 16, b"\t\t\t"]:
        for name in RECORDS:
            if name in SIZES and len(data) not in SIZES[name]:
                continue  # the page of the records refuses it
            store = Store()
            store.saved[name] = data
            bench = _charges(store)
            if name == "availability" or (name in ("config", "authcache") and b"\xff" in data):
                assert name in store.unsound or data == b"\1\1"
            assert bench.core.site.operative


def test_entries_of_the_cache_are_judged_one_by_one() -> None:
    store = Store()
    store.saved["authcache"] = b"good\t0\t0\t\nlate\tx\t0\t\nnever\t0\t0\t"
    bench = Bench(full, store)
    assert [entry[0] for entry in bench.core.authorization.entries] == ["good"] and store.unsound == ["authcache"]
    for line in (b"a\t9\t0\t", b"\t0\t0\t", b"a\t0\t-1\t", b"a" * 21 + b"\t0\t0\t", b"a\t0\t0\t" + b"p" * 21, b"a\t0\t0\tb\tc"):
        store.saved["authcache"] = line
        assert Bench(full, store).core.authorization.entries == []
    store.saved["authcache"] = b"\n".join([b"card%d\t0\t0\t" % n for n in range(500)])
    assert len(Bench(full, store).core.authorization.entries) == full.CACHE_ENTRIES


def test_availability_is_what_was_set_or_nothing() -> None:
    for product, flags, operative in ((lecs007, b"\0\1", False), (lecs007, b"\1\2", True), (lecs007, b"\0\0\0", True), (duo, b"\0\0\0", False)):
        store = Store()
        store.saved["availability"] = flags
        assert Bench(product, store).core.site.operative == operative


def test_a_message_that_is_none_becomes_a_dead_letter_and_the_next_one_is_sent() -> None:
    rests = (b"", b"\1", b"\1" + bytes(4), b"\1" + b"\xff" * 40, b"\xff" * 300, b"\1" + bytes(21))
    samples = (b"\0", b"\0\0", b"\0\1", b"\11\1" + bytes(6), b"\0\1\12" + bytes(5), b"\0\1\0\4" + bytes(4))
    strange = [bytes((kind,)) + rest for kind in (0, 1, 2, 3, 4, 255) for rest in rests]
    strange += [bytes((METER, 1)) + bytes(12) + sample for sample in samples]
    store = Store()
    for record in strange:
        store.queue.append(record)
    bench = _charges(store)
    bench.run(5000)
    assert len(store.dead) == len(strange) and store.queue.count == 0


def test_the_shape_of_a_message() -> None:
    b = bytearray(64)
    end = put_edge(b, START, 1, 65537, 1000, -1, "CARD1")
    assert is_sound(b, end) and not is_sound(b, end - 1) and not is_sound(b, end + 1)
    b[23] = 0xFF
    assert not is_sound(b, end)
    end = put_edge(b, STOP, 1, 65537, 1000, 4, None)
    assert end == 23 and is_sound(b, end)
    b[18] = 255
    assert is_sound(b, end)
    b[18] = 11
    assert not is_sound(b, end)
