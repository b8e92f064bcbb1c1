"""The store port of the core in memory, with the queue of transaction messages (the contract that runtime/store/store.py keeps on flash)."""

from host_tests.faults.volume_model import FlashModel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


class Queue:
    """The store's queue of transaction messages, in memory."""

    def __init__(self, room: int = 1000) -> None:
        self.records: "list[tuple[int, bytes]]" = []
        self.next_seq = 1
        self.room = room
        self.sample_reserve = 0

    @property
    def count(self) -> int:
        return len(self.records)

    @property
    def head_seq(self) -> int:
        return self.records[0][0] if self.records else self.next_seq

    def append(self, record: "bytes | bytearray | memoryview", sample: bool = False) -> int:
        if self.count >= self.room - (self.sample_reserve if sample else 0):
            return 0
        self.records.append((self.next_seq, bytes(record)))
        self.next_seq += 1
        return self.next_seq - 1

    def peek(self, into: bytearray) -> int:
        if not self.records:
            return 0
        data = self.records[0][1]
        into[: len(data)] = data
        return len(data)

    def pop(self) -> None:
        self.records.pop(0)

    def visit(self, see: "Callable[[int, bytearray], bool]") -> None:
        for seq, record in self.records:
            if not see(seq, bytearray(record)):
                return

    def thin(self, keep: "Callable[[int, bytearray], bool]") -> int:
        before = self.count
        self.records = [item for item in self.records if keep(item[0], bytearray(item[1]))]
        return before - self.count


class Store:
    """The store port, in memory; survives a `Bench.power_cut`."""

    def __init__(self) -> None:
        self.saved: "dict[str, bytes]" = {}
        self.writes: "list[str]" = []
        self.queue = Queue()
        self.dead: "list[tuple[bytes, str]]" = []
        self.fails = False
        self.unsound: "list[str]" = []
        self.volume = FlashModel()

    def load(self, name: str) -> "bytes | None":
        return self.saved.get(name)

    def save(self, name: str, data: "bytes | bytearray") -> bool:
        self.writes.append(name)
        if self.fails:
            return False
        self.saved[name] = bytes(data)
        return True

    def part(self, name: str) -> "Any":
        """What a feature keeps on the flash, the real one on a volume in memory."""
        return __import__("chargepoint.runtime.store.features." + name, None, None, ("Part",)).Part(self.volume)

    def unusable(self, name: str) -> None:
        self.unsound.append(name)

    def dead_letter(self, record: "bytes | bytearray | memoryview", reason: str) -> None:
        self.dead.append((bytes(record), reason))
