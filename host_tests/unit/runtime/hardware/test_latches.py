"""What only a person may clear, over a reset: sound records come back, a record that nobody could have written counts as absent."""

from chargepoint.runtime.hardware.latches import Latches
from chargepoint.util.signals import FAULT_CALIBRATION, FAULT_OVER_CURRENT, FAULT_RCD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Store:
    def __init__(self, latches: bytes) -> None:
        self._latches = latches
        self.refused: "list[str]" = []

    def load(self, name: str) -> "bytes | None":
        return self._latches if name == "latches" else None

    def unusable(self, name: str) -> None:
        self.refused.append(name)


class _Io:
    connector = 1

    def __init__(self) -> None:
        self.restored = (-1, -1)

    def restore(self, bits: int, trips: int) -> None:
        self.restored = (bits, trips)


def _restored(record: bytes) -> "tuple[Any, list[str]]":
    store, io = _Store(record), _Io()
    Latches(store, [io])  # type: ignore[list-item]
    return io.restored, store.refused


def _record(bits: int, trips: int) -> bytes:
    return bytes((bits & 255, bits >> 8 & 255, bits >> 16, trips))


def test_what_was_latched_comes_back() -> None:
    for bits, trips in ((0, 0), (1 << FAULT_RCD, 6), (1 << FAULT_RCD | 1 << FAULT_OVER_CURRENT, 1)):
        assert _restored(_record(bits, trips)) == ((bits, trips), [])


def test_a_record_that_nobody_could_have_written_is_absent_and_reported() -> None:
    for record in (b"\xff\xff\xff\xff", _record(1, 0), _record(1 << 23, 0), _record(1 << FAULT_CALIBRATION, 0), _record(0, 7), b"", b"\0\0\0", bytes(8)):
        assert _restored(record) == ((0, 0), ["latches"]), record
