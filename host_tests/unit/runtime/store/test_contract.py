"""The contract of the store and its queue, as core relies on it: kept by the real ones, on flash and on FRAM, and by the one that core's tests use."""

from chargepoint.runtime.store.store import Store as RealStore
from host_tests.core_store import Store as InMemory
from host_tests.faults.volume_model import FlashModel, FramModel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _quiet(level: int, code: str, text: str) -> None:
    pass


def _on_flash() -> "Any":
    return RealStore(FlashModel(), _quiet)


def _on_fram() -> "Any":
    flash = FlashModel()
    store = RealStore(flash, _quiet, FramModel(flash, 8192))
    store.contactor_closed(True)
    return store


def _moving() -> "Any":
    store = _on_fram()
    store.save("tx1", b"before")
    store.contactor_closed(False)
    return store


STORES = (InMemory, _on_flash, _on_fram, _moving)


def _peeked(queue: "Any") -> bytes:
    into = bytearray(400)
    return bytes(into[: queue.peek(into)])


def test_a_record_is_what_was_saved_last_and_none_before() -> None:
    for make in STORES:
        store = make()
        assert store.load("config") is None and store.load("utc") is None
        assert store.save("config", b"") is True and store.load("config") == b""
        assert store.save("config", bytearray(b"a=1")) is True and store.load("config") == b"a=1"
        assert store.save("availability", b"\1\1") and store.load("config") == b"a=1"


def test_what_is_loaded_is_nobodys_buffer() -> None:
    for make in STORES:
        store = make()
        data = bytearray(b"first")
        store.save("tx2", data)
        data[0] = 0
        assert store.load("tx2") == b"first"


def test_messages_come_back_in_order_with_growing_numbers_until_they_are_popped() -> None:
    for make in STORES:
        queue = make().queue
        assert queue.count == 0 and queue.peek(bytearray(10)) == 0
        numbers = [queue.append(b"record %d" % n, n & 1 == 1) for n in range(6)]
        assert numbers == list(range(1, 7)) and queue.count == 6
        for n in range(6):
            assert _peeked(queue) == b"record %d" % n and _peeked(queue) == b"record %d" % n
            assert queue.head_seq == n + 1
            queue.pop()
        assert queue.count == 0 and _peeked(queue) == b""
        assert queue.append(memoryview(b"next")) == 7 and _peeked(queue) == b"next" and queue.head_seq == 7


def test_a_visit_sees_what_waits_and_ends_when_told() -> None:
    for make in STORES:
        queue = make().queue
        for n in range(4):
            queue.append(b"%d" % n)
        _peeked(queue)
        queue.pop()
        seen: "list[tuple[int, bytes]]" = []

        def see(seq: int, record: bytearray) -> bool:
            seen.append((seq, bytes(record)))  # noqa: B023
            return len(seen) < 2  # noqa: B023

        queue.visit(see)
        assert seen == [(2, b"1"), (3, b"2")]


def test_thinning_gives_up_what_the_rule_gives_up_and_keeps_the_order() -> None:
    for make in STORES:
        queue = make().queue
        for n in range(20):
            queue.append((b"S" if n % 5 == 0 else b"M") + b"%d" % n)
        gone = 0
        while True:
            more = queue.thin(lambda seq, record: record[:1] == b"S")
            if not more:
                break
            gone += more
        assert gone == 16 and queue.count == 4
        left = []
        for _ in range(4):
            left.append((queue.head_seq, _peeked(queue)) if _peeked(queue) else None)
            queue.pop()
        assert left == [(1, b"S0"), (6, b"S5"), (11, b"S10"), (16, b"S15")]
        assert queue.append(b"S20") == 21


def test_a_dead_letter_leaves_the_head_where_it_is() -> None:
    for make in STORES:
        store = make()
        store.queue.append(b"bad")
        store.queue.append(b"good")
        store.dead_letter(_peeked(store.queue), "refused")
        assert _peeked(store.queue) == b"bad"
        store.queue.pop()
        assert _peeked(store.queue) == b"good" and store.queue.count == 1


def test_a_record_that_makes_no_sense_may_be_reported_at_any_time() -> None:
    for make in STORES:
        store = make()
        store.save("config", b"nonsense")
        store.unusable("config")
        assert store.save("config", b"sense") and store.load("config") == b"sense"
