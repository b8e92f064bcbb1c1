"""The charger's non-volatile memory in a folder: NOR flash block by block and FRAM byte by byte.

Both are files mapped into memory, so that they survive the end of this process at any moment. Every program, erase and FRAM write is
one operation: counted, and the place where `flash_cut` makes the power fail half way through.
"""

from __future__ import annotations

import mmap
import os
import shutil
from pathlib import Path

from boards.virtual import pins
from chargepoint.runtime.update.image_slots import JOURNAL_BLOCKS

BLOCK_BYTES = pins.FLASH_BLOCK_BYTES
BLOCKS = pins.FILE_SYSTEM_BLOCKS
SLOTS_BLOCKS = JOURNAL_BLOCKS + 2 * pins.SLOT_BLOCKS  # the block behind the file system is the first of them
FRAM_BYTES = 32768
PROGRAM_PAGE_BYTES = 256
NO_SPACE = 28  # ENOSPC
IO_ERROR = 5  # EIO


class PowerFailed(Exception):
    """The power failed in the middle of the operation; what it had done stays."""


def _mapped(path: Path, size: int, fill: bytes) -> mmap.mmap:
    if not path.exists() or path.stat().st_size != size:
        partial = path.with_suffix(".new")
        partial.write_bytes(fill * size)
        os.replace(partial, path)
    with open(path, "r+b") as file:
        return mmap.mmap(file.fileno(), size)


class Operations:
    """Counts operations and knows which of them the power fails in."""

    def __init__(self) -> None:
        self.done = 0
        self._cut_at: int | None = None

    def cut_after(self, operations: int) -> None:
        """Let the power fail in the given operation from now on; 1 = the next."""
        self._cut_at = self.done + operations

    @property
    def armed(self) -> bool:
        """A cut is still to come."""
        return self._cut_at is not None

    def next_is_cut(self) -> bool:
        """Count an operation; says whether the power fails in it."""
        self.done += 1
        if self._cut_at is not None and self.done >= self._cut_at:
            self._cut_at = None
            return True
        return False


class Memory:
    """Flash blocks, FRAM and (for CPython) plain files in one folder."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, create it when absent. Raises OSError."""
        self.folder = folder
        self.fresh = not (folder / "flash.bin").exists()
        folder.mkdir(parents=True, exist_ok=True)
        self.blocks = _mapped(folder / "flash.bin", BLOCK_BYTES * BLOCKS, b"\xFF")
        self.slots_file = folder / "slots.bin"
        self.slots = _mapped(self.slots_file, BLOCK_BYTES * SLOTS_BLOCKS, b"\xFF")
        self.fram = _mapped(folder / "fram.bin", FRAM_BYTES, b"\0")
        self.files = folder / "files"
        self.files.mkdir(exist_ok=True)
        self.operations = Operations()
        self.writes = 0
        self.erases = 0
        self.fram_writes = 0
        self.full = False

    def close(self, remove: bool) -> None:
        """Let go of the files; remove the whole folder when it was a temporary one."""
        self.blocks.close()
        self.slots.close()
        self.fram.close()
        if remove:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, block: int, offset: int) -> tuple[mmap.mmap, int]:
        """Where a block lies: in the file system's part, or behind it in the slots'."""
        if block < BLOCKS:
            return self.blocks, block * BLOCK_BYTES + offset
        return self.slots, (block - BLOCKS) * BLOCK_BYTES + offset

    def read_block(self, block: int, offset: int, length: int) -> bytes:
        """Read from a block on; may run over its end."""
        part, start = self._place(block, offset)
        return part[start : start + length]

    def program(self, block: int, offset: int, data: bytes) -> int:
        """Program bytes: bits only go from 1 to 0. Returns an errno, 0 = done. Raises PowerFailed."""
        if self.full:
            return NO_SPACE
        part, start = self._place(block, offset)
        cut = self.operations.next_is_cut()
        self.writes += 1
        if cut:
            data = data[: len(data) // 2]
        old = part[start : start + len(data)]
        part[start : start + len(data)] = bytes(a & b for a, b in zip(old, data))
        if cut:
            raise PowerFailed
        return 0

    def erase(self, block: int) -> int:
        """Erase a block: all bits 1. Returns an errno, 0 = done. Raises PowerFailed: the second half keeps its old content."""
        if self.full:
            return NO_SPACE
        cut = self.operations.next_is_cut()
        self.erases += 1
        length = BLOCK_BYTES // 2 if cut else BLOCK_BYTES
        part, start = self._place(block, 0)
        part[start : start + length] = b"\xFF" * length
        if cut:
            raise PowerFailed
        return 0

    def fram_write(self, address: int, data: bytes) -> None:
        """Store bytes in the FRAM. Raises PowerFailed when only the first half got in."""
        cut = self.operations.next_is_cut()
        self.fram_writes += 1
        for n, byte in enumerate(data[: len(data) // 2] if cut else data):
            self.fram[(address + n) % FRAM_BYTES] = byte
        if cut:
            raise PowerFailed

    # plain files, overwritten in place, for the CPython firmware

    def _path(self, name: str) -> Path:
        if not name or "/" in name or name.startswith("."):
            raise ValueError("not a file name: %r" % name)
        return self.files / name

    def file_truncate(self, name: str) -> int:
        """Make a file empty, as opening it for writing does on a file system that writes in place."""
        if self.full:
            return NO_SPACE
        cut = self.operations.next_is_cut()
        self.erases += 1
        if not cut:
            self._path(name).write_bytes(b"")
        else:
            raise PowerFailed
        return 0

    def file_write(self, name: str, offset: int, data: bytes) -> int:
        """Write a page into a file at an offset, torn when the power fails. Returns an errno. Raises PowerFailed."""
        if self.full:
            return NO_SPACE
        cut = self.operations.next_is_cut()
        self.writes += 1
        path = self._path(name)
        with open(path, "r+b" if path.exists() else "w+b") as file:
            file.seek(offset)
            file.write(data[: len(data) // 2] if cut else data)
        if cut:
            raise PowerFailed
        return 0

    def file_remove(self, name: str) -> int:
        """Delete a file. Returns an errno, 2 when there is none. Raises PowerFailed before anything happened."""
        path = self._path(name)
        if not path.exists():
            return 2
        if self.operations.next_is_cut():
            raise PowerFailed
        self.erases += 1
        path.unlink()
        return 0
