"""A volume in memory whose power can be cut at any operation and any byte: for tests, on both interpreters.

Two kinds of file system. `ATOMIC` (as littlefs): what was written becomes visible at commit, whole or not at all. `IN_PLACE` (as FAT): opening
for writing empties the file at once, each byte written is there at once, and a cut leaves a prefix; `GARBAGE` is `IN_PLACE` where
the cut write has its full length, with rubbish behind the prefix.
"""


from chargepoint.runtime.store.volume import Volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ATOMIC = 0
IN_PLACE = 1
GARBAGE = 2


class PowerCut(Exception):
    """The power went away: everything in RAM is gone."""


class FlashModel(Volume):
    """Files in a dict, with the interface of `Volume`. `cut_after` counts units (one a byte or operation) down to the cut."""

    def __init__(self, kind: "Any" = ATOMIC) -> None:
        self.kind = kind
        self.files: "dict[str, bytearray]" = {}
        self.cut_after: "int | None" = None
        self.full = False
        self.units = 0
        self.commits = self.opened = self.longest_read = 0
        self.erased_bytes = 0

    def reboot(self) -> None:
        """Power is back: no cut is planned."""
        self.cut_after = None

    def spend(self, units: "Any") -> "Any":
        """Count units; return how many of them happen before the power goes."""
        self.units += units
        if self.cut_after is None:
            return units
        done = min(units, self.cut_after)
        self.cut_after -= done
        return done

    def _operate(self) -> None:
        """One indivisible operation: it happens or the power is gone before it."""
        if self.spend(1) < 1:
            raise PowerCut()

    def open(self, name: "Any", mode: "Any") -> "Any":
        self.opened += 1
        if mode == "rb":
            if name not in self.files:
                raise OSError(2)
            return _File(self, name, self.files[name], False)
        if self.full:
            raise OSError(28)
        if self.kind == ATOMIC:
            return _File(self, name, bytearray(), True, mode == "ab")
        self._operate()
        if mode == "wb" or name not in self.files:
            self.files[name] = bytearray()
        return _File(self, name, self.files[name], True)

    def commit(self, file: "Any") -> None:
        self._operate()
        self.commits += 1
        if self.kind == ATOMIC:
            if file.appending and file.name in self.files:
                self.files[file.name].extend(file.data)
            else:
                self.files[file.name] = file.data
        file.close()

    def remove(self, name: "Any") -> None:
        self._operate()
        self.files.pop(name, None)

    def names(self) -> "Any":
        return list(self.files)


class _File:
    def __init__(self, flash: "Any", name: "Any", data: "Any", writing: "Any", appending: "Any" = False) -> None:
        self.flash = flash
        self.name = name
        self.data = data
        self.writing = writing
        self.appending = appending
        self.at = 0

    def seek(self, offset: "Any", whence: "Any" = 0) -> "Any":
        self.at = len(self.data) + offset if whence == 2 else offset
        return self.at

    def readinto(self, into: "Any") -> "Any":
        self.flash.longest_read = max(self.flash.longest_read, len(into))
        part = self.data[self.at : self.at + len(into)]
        into[: len(part)] = part
        self.at += len(part)
        return len(part)

    def read(self, size: int = -1) -> "Any":
        end = len(self.data) if size < 0 else min(len(self.data), self.at + size)
        self.flash.longest_read = max(self.flash.longest_read, end - self.at)
        part = bytes(self.data[self.at : end])
        self.at = max(self.at, end)
        return part

    def write(self, data: "Any") -> None:
        assert self.writing
        data = bytes(data)
        if self.flash.full:
            raise OSError(28)
        done = self.flash.spend(len(data))
        if done < len(data):
            if self.flash.kind != ATOMIC:
                self.data.extend(data[:done])
                if self.flash.kind == GARBAGE:
                    self.data.extend(bytes([(b * 7 + 3) & 0xFF for b in data[done:]]))
            raise PowerCut()
        self.data.extend(data)

    def close(self) -> None:
        self.writing = False


class FramModel:
    """Bytes that a cut leaves half written."""

    def __init__(self, flash: "Any", size: "Any" = 4096) -> None:
        self.flash = flash
        self.size = size
        self.cells = bytearray(size)
        self.dumb = False  # does not answer

    def read_into(self, address: "Any", into: "Any") -> "Any":
        assert 0 <= address and address + len(into) <= self.size
        if self.dumb:
            return False
        into[:] = self.cells[address : address + len(into)]
        return True

    def write(self, address: "Any", data: "Any") -> "Any":
        data = bytes(data)
        assert 0 <= address and address + len(data) <= self.size
        if self.dumb:
            return False
        done = self.flash.spend(len(data))
        self.cells[address : address + done] = data[:done]
        if done < len(data):
            raise PowerCut()
        return True
