"""Two slots as folders of .mpy files, slot_a and slot_b, for boards whose official MicroPython runs code from its file system.

A package is unpacked as it comes: each file of it (package.py) is written into the folder that does not run. What lies there from before is removed
first, a file at a time. The file `slot` beside the folders holds the slot state; tools/launcher/boot.py reads it before anything of a slot runs.
littlefs has the old or the new of each file after a power cut; a folder that is half written is never started, as the state does not name it.
"""

import os

from micropython import const

from chargepoint.runtime.update.package import FORM_FILES, HEADER_BYTES, SUM_BYTES
from chargepoint.runtime.update.slot_state import other, readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SPARE_BLOCKS = const(16)
_HEAD_BYTES = const(5)
_FOLDER = const(0x4000)


class SlotFolders:
    """For reading: `running`, the slot that runs; `board` and `form` of what fits here."""

    form = FORM_FILES

    def __init__(self, board: str, root: str, running: str) -> None:
        """Take the folder that the slots are in, with a slash at its end."""
        self.board = board
        self.running = running
        self._root = root
        self._folder = root + "slot_" + other(running)
        self._file: "Any" = None
        self._left = 0  # bytes of the file that is being written
        self._skip = self._image = 0  # bytes of the header, and of the image, that are still to come
        self._head = bytearray()

    def room(self) -> int:
        """Bytes that a package may have: every file ends with half a block left over."""
        block, _, _, free = os.statvfs(self._root)[:4]
        return int(block * max(0, free - _SPARE_BLOCKS) * 7 // 8)

    def state(self) -> str:
        """The slot state."""
        try:
            with open(self._root + "slot") as file:
                return readable(file.read(3))
        except OSError:
            return readable("")

    def set_state(self, state: str) -> None:
        """Make a slot state durable. Raises: OSError."""
        with open(self._root + "slot", "w") as file:
            file.write(state)
        if hasattr(os, "sync"):
            os.sync()

    def prepare(self) -> bool:
        """Whether the slot is empty; removes one thing that lies in it. Raises: OSError. Blocks: one removal."""
        try:
            inner = self._folder
            while True:
                names = os.listdir(inner)
                if not names:
                    break
                inner += "/" + names[0]
                if not os.stat(inner)[0] & _FOLDER:
                    os.remove(inner)
                    return False
            if inner == self._folder:
                return True
            os.rmdir(inner)
            return False
        except OSError as error:
            if error.args[0] != 2:  # ENOENT
                raise
            os.mkdir(self._folder)
            return True

    def begin(self, size: int) -> None:
        """A package of `size` bytes comes, from its first byte on."""
        self._close()
        self._skip = HEADER_BYTES
        self._image = size - HEADER_BYTES - SUM_BYTES
        self._head = bytearray()

    def write(self, data: "Any") -> None:
        """Take the next bytes of the package. Raises: OSError. Blocks: the file system's writes of so many bytes."""
        at = min(self._skip, len(data))
        self._skip -= at
        while at < len(data) and self._image:
            if self._file is None:
                self._head.append(data[at])
                at += 1
                self._image -= 1
                self._open()
            else:
                count = min(self._left, len(data) - at, self._image)
                self._file.write(data[at : at + count])
                at += count
                self._left -= count
                self._image -= count
                if not self._left:
                    self._close()

    def finish(self) -> None:
        """The package is whole. Raises: OSError when a file of it is not."""
        if self._file is not None or self._head:
            raise OSError(5, "the last file is not whole")
        if hasattr(os, "sync"):
            os.sync()

    def _open(self) -> None:
        """Begin a file when its head is complete."""
        head = self._head
        if len(head) < _HEAD_BYTES or len(head) < _HEAD_BYTES + head[0]:
            return
        path = str(bytes(head[_HEAD_BYTES:]), "utf-8")
        if path[:1] == "/" or ".." in path:
            raise OSError(22, path)
        folder = self._folder
        for part in path.split("/")[:-1]:
            folder += "/" + part
            try:
                os.mkdir(folder)
            except OSError:
                pass  # it is there
        self._file = open(self._folder + "/" + path, "wb")
        self._left = int.from_bytes(head[1:_HEAD_BYTES], "little")
        self._head = bytearray()
        if not self._left:
            self._close()

    def _close(self) -> None:
        file = self._file
        self._file = None
        if file is not None:
            file.close()
