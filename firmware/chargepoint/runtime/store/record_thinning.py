"""Thinning: the rewriting of one segment of the record queue without what is given up. Loaded when a queue is full for the first time."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from chargepoint.runtime.store.record_queue import RecordQueue

_GENERATIONS = const(64)  # as in record_queue.py


def rewrite(queue: "RecordQueue", index: int, keep: "Callable[[int, bytearray], bool]") -> int:
    """Write the next generation of a segment without what `keep` and the pop marker give up; return how many `keep` gave up.

    A cut leaves the former generation, or both, of which the sealed one counts. Blocks: reads the segment, writes it once.
    """
    number = queue._segments[index]
    wanted: "list[int]" = []
    gone = offset = 0
    source = queue._volume.open(queue._prefix + str(number), "rb")
    try:
        while True:
            end = queue._step(source, number, offset)
            if not end:
                break
            if queue._length > 0 and queue._seq >= queue.head_seq:
                record = bytearray(queue._length)
                queue._step(source, number, offset, record)
                if keep(queue._seq, record):
                    wanted.append(offset)
                else:
                    gone += 1
            offset = end
        if not gone or (number + 1) % _GENERATIONS == 0:
            return 0
        size = _copy(queue, source, number, wanted, queue._lasts[index])
    finally:
        source.close()
    if not size:
        return 0
    queue._segments[index] = number + 1
    queue._sizes[index] = size
    if index == queue._at:
        queue._offset = 0
    if index + 1 == len(queue._segments):
        queue._tail_clean = False
    queue._volume.remove(queue._prefix + str(number))
    return gone


def _copy(queue: "RecordQueue", source: "Any", number: int, wanted: "list[int]", last: int) -> int:
    """Write the records at the wanted offsets and a seal numbered `last` to the next generation; return its size, 0 when the flash fails."""
    size = 0
    try:
        file = queue._volume.open(queue._prefix + str(number + 1), "wb")
        try:
            for offset in wanted:
                queue._step(source, number, offset)
                record = bytearray(queue._length)
                queue._step(source, number, offset, record)
                size += queue._put(file, number + 1, queue._seq, record)
            size += queue._put(file, number + 1, last, b"")
        except OSError:
            file.close()
            raise
        queue._volume.commit(file)
    except OSError:
        queue.failed = True
        return 0
    return size
