"""The ring of bytes."""

from chargepoint.util.ring import ByteRing
from host_tests.portable import without_heap


def test_first_in_first_out_round_the_end() -> None:
    """Bytes come out in order however often the indexes wrap."""
    ring = ByteRing(5)
    expected = 0
    given = 0
    for count in (3, 5, 1, 4, 2, 5, 5):
        for _ in range(count):
            if ring.put(given & 0xFF):
                given += 1
        for _ in range(count - 1):
            byte = ring.get()
            if byte >= 0:
                assert byte == expected & 0xFF
                expected += 1
    while len(ring):
        assert ring.get() == expected & 0xFF
        expected += 1
    assert given == expected and ring.get() == -1


def test_full_and_empty() -> None:
    """The capacity is exact; what does not fit is refused and said so."""
    ring = ByteRing(4)
    assert ring.free() == 4 and len(ring) == 0 and ring.peek() == -1
    assert ring.put_from(b"abcdef", 1, 6) == 4
    assert ring.free() == 0 and not ring.put(0x7A)
    assert ring.peek() == 0x62 and ring.peek(3) == 0x65 and ring.peek(4) == -1
    ring.drop(3)
    assert len(ring) == 1 and ring.get() == 0x65
    ring.drop(9)
    assert len(ring) == 0


def test_no_allocation() -> None:
    """An interrupt may put."""
    ring = ByteRing(4)

    def use() -> None:
        ring.put(1)
        ring.peek()
        ring.get()

    without_heap(use)
