"""A change of the local list that is durable and not yet in the list itself: entries as bytes, sorted, what is to go with the status GONE.

What SendLocalList brings becomes such a change, kept as one record before the answer; so an update is whole or not there, also while a contactor is closed and
the flash must wait. The list on the flash follows later (local_list.py), and until then what is here goes before it.

    listVersion i32 | 1 = everything else is gone | entries of ENTRY_BYTES (runtime/store/features/local_list.py)
"""

import struct

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

ENTRY_BYTES = const(45)
TAG_BYTES = const(20)
GONE = const(255)
MOST_ENTRIES = const(100)  # of a change, so that its record stays small
_HEAD = "<iB"
_HEAD_BYTES = const(5)
_ENTRY = "<20sBI20s"


def tag_of(id_tag: str) -> bytes:
    """An idTag as the list has it: lower case, zeros behind."""
    tag = id_tag.lower().encode()
    return tag + bytes(TAG_BYTES - len(tag))


class Change:
    """See the module. For reading: `version`, `is_full`, `data` (the record; empty when nothing waits)."""

    def __init__(self) -> None:
        self.data = b""
        self.version = 0
        self.is_full = False

    def load(self, data: bytes) -> bool:
        """Take what the store holds. Returns: False for what is no change."""
        if data:
            if len(data) < _HEAD_BYTES or (len(data) - _HEAD_BYTES) % ENTRY_BYTES or data[4] > 1:
                return False
            before = b""
            for at in range(_HEAD_BYTES, len(data), ENTRY_BYTES):
                tag = data[at : at + TAG_BYTES]
                if tag <= before or data[at + TAG_BYTES] not in (0, 3, 4, 5, 6, GONE):
                    return False
                before = tag
            self.version = struct.unpack_from("<i", data)[0]
            self.is_full = data[4] == 1
        self.data = data
        return True

    def count(self) -> int:
        """How many entries there are."""
        return max(0, len(self.data) - _HEAD_BYTES) // ENTRY_BYTES

    def find(self, tag: bytes) -> "bytes | None":
        """The entry of an idTag, None when the change says nothing about it."""
        data = self.data
        for at in range(_HEAD_BYTES, len(data), ENTRY_BYTES):
            if data[at : at + TAG_BYTES] == tag:
                return data[at : at + ENTRY_BYTES]
        return None

    def entries(self) -> "Iterator[bytes]":
        """All entries in their order."""
        for at in range(_HEAD_BYTES, len(self.data), ENTRY_BYTES):
            yield self.data[at : at + ENTRY_BYTES]

    def followed_by(self, version: int, is_full: bool, items: "list[list[Any]]") -> "bytes | None":
        """The record of this change and another one that comes after it; None when that has an idTag twice, or both are too much for one record.

        Args: items [idTag, [expiry, parentIdTag, status] or None to remove it].
        """
        new = []
        for id_tag, info in items:
            if info is None:
                new.append(struct.pack(_ENTRY, tag_of(id_tag), GONE, 0, b""))
            else:
                expiry_s = max(1, info[0][0]) if info[0] is not None else 0
                new.append(struct.pack(_ENTRY, tag_of(id_tag), info[2], expiry_s, (info[1] or "").encode()))
        new.sort()
        for i in range(1, len(new)):
            if new[i][:TAG_BYTES] == new[i - 1][:TAG_BYTES]:
                return None
        if not is_full:
            is_full = self.is_full and bool(self.data)
            new = list(merged(self.entries(), iter(new), False))
        if len(new) > MOST_ENTRIES:
            return None
        if is_full:
            new = [entry for entry in new if entry[TAG_BYTES] != GONE]
        return struct.pack(_HEAD, version, is_full) + b"".join(new)


def merged(older: "Iterator[bytes]", newer: "Iterator[bytes]", drops: bool) -> "Iterator[bytes]":
    """Two sorted runs of entries as one; of an idTag that both have the newer one. With `drops` what is GONE is left out."""
    a = _following(older)
    b = _following(newer)
    while a is not None or b is not None:
        if b is None or (a is not None and a[:TAG_BYTES] < b[:TAG_BYTES]):
            entry = a
            a = _following(older)
        else:
            if a is not None and a[:TAG_BYTES] == b[:TAG_BYTES]:
                a = _following(older)
            entry = b
            b = _following(newer)
        if entry is not None and not (drops and entry[TAG_BYTES] == GONE):
            yield entry


def _following(run: "Iterator[bytes]") -> "bytes | None":
    for entry in run:
        return entry
    return None
