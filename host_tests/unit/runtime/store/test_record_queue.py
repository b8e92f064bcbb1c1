"""The queue of transaction messages: order, restarts, thinning, fullness."""

from chargepoint.runtime.store.record_file import RecordFiles
from chargepoint.runtime.store.record_queue import RecordQueue
from host_tests.faults.volume_model import FlashModel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _queue(flash: "Any", budget: "Any" = 64 * 1024) -> "Any":
    return RecordQueue(flash, RecordFiles(flash), budget)


def _drain(queue: "Any") -> "Any":
    into = bytearray(600)
    out: "list[tuple[int, bytes]]" = []
    while True:
        length = queue.peek(into)
        if not length:
            return out
        out.append((queue.head_seq, bytes(into[:length])))
        queue.pop()


def test_first_in_first_out_with_growing_numbers() -> None:
    queue = _queue(FlashModel())
    assert queue.peek(bytearray(10)) == 0 and queue.count == 0
    assert [queue.append(b"r%d" % i) for i in range(5)] == [1, 2, 3, 4, 5]
    assert queue.count == 5
    assert _drain(queue) == [(i + 1, b"r%d" % i) for i in range(5)]
    assert queue.count == 0 and queue.append(b"x") == 6


def test_a_restart_continues_where_it_was_at_every_fill_level() -> None:
    flash = FlashModel()
    expected = []
    seq = 0
    for step in range(60):
        queue = _queue(flash)
        for _ in range(7):
            record = bytes((step,)) * (20 + step * 3)
            seq += 1
            assert queue.append(record) == seq
            expected.append((seq, record))
        into = bytearray(600)
        for _ in range(5):
            length = queue.peek(into)
            assert (queue.head_seq, bytes(into[:length])) == expected.pop(0)
            queue.pop()
        assert queue.count == len(expected)
    queue = _queue(flash)
    assert queue.count == len(expected)
    assert _drain(queue) == expected


def test_numbers_are_never_used_twice_though_all_was_popped() -> None:
    flash = FlashModel()
    queue = _queue(flash)
    queue.append(b"a")
    _drain(queue)
    assert _queue(flash).append(b"b") == 2


def test_used_up_segments_are_deleted() -> None:
    flash = FlashModel()
    queue = _queue(flash)
    for _ in range(100):
        for _ in range(10):
            queue.append(bytes(100))
        _drain(queue)
    assert queue.used_bytes < 3 * 8192
    assert sum(len(f) for n, f in flash.files.items() if n[0] == "q" and n[1].isdigit()) < 3 * 8192


def test_a_full_queue_refuses_samples_first_and_thinning_makes_room() -> None:
    queue = _queue(FlashModel(), 40 * 1024)
    while queue.append(b"M" + bytes(99), True):
        pass
    assert not queue.failed and queue.free_records == 0
    samples = queue.count
    assert queue.append(b"S" * 60) == samples + 1  # a stop still fits
    gone = queue.thin(lambda seq, record: record[:1] != b"M" or seq % 2 == 0)
    assert gone > 0 and queue.count == samples + 1 - gone
    assert queue.append(b"M" + bytes(99), True)
    left = _drain(queue)
    assert left[samples - gone][1] == b"S" * 60
    assert [seq for seq, _ in left] == sorted([seq for seq, _ in left])


def test_thinning_ends_when_the_rule_finds_nothing_more_and_survives_a_restart() -> None:
    flash = FlashModel()
    queue = _queue(flash)
    for i in range(300):
        queue.append((b"S" if i % 10 == 0 else b"M") + bytes(80), True)
    while queue.thin(lambda seq, record: record[:1] == b"S"):
        pass
    assert queue.count == 30
    again = _queue(flash)
    assert again.count == 30
    seqs = [seq for seq, record in _drain(again)]
    assert seqs == [1 + 10 * i for i in range(30)]
    assert again.append(b"next") == 301


def test_a_full_flash_is_reported_and_nothing_is_lost() -> None:
    flash = FlashModel()
    queue = _queue(flash)
    queue.append(b"before")
    flash.full = True
    assert queue.append(b"during") == 0 and queue.failed
    flash.full = False
    assert queue.append(b"after") == 2 and not queue.failed
    assert [r for _, r in _drain(queue)] == [b"before", b"after"]
    assert [r for _, r in _drain(_queue(flash))] == []


def test_a_damaged_record_is_passed_over_and_counted() -> None:
    flash = FlashModel()
    queue = _queue(flash)
    for i in range(3):
        queue.append(b"record %d" % i)
    name = [n for n in flash.files if n[0] == "q" and n[1].isdigit()][0]
    flash.files[name][18 + 12] ^= 1  # in the second record's data
    queue = _queue(flash)
    assert queue.damaged == 1 and queue.count == 2
    assert [r for _, r in _drain(queue)] == [b"record 0", b"record 2"]


def test_visit_shows_what_waits_and_stops_when_told() -> None:
    queue = _queue(FlashModel())
    for i in range(4):
        queue.append(b"%d" % i)
    queue.peek(bytearray(9))
    queue.pop()
    seen = []

    def see(seq: "Any", record: "Any") -> "Any":
        seen.append((seq, bytes(record)))
        return len(seen) < 2

    queue.visit(see)
    assert seen == [(2, b"1"), (3, b"2")]
