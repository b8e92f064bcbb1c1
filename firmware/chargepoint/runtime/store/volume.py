"""The folder of the file system that holds the charger's persistent state.

One implementation for MicroPython and CPython. It needs `open`, `os.remove` and `os.listdir`, nothing else: no rename, no truncate.
`os.fsync` (CPython) and `os.sync` (microcontroller ports) are used where they exist; on littlefs `flush` commits.
"""

import os

from chargepoint.runtime.store.records import MOST_NUMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Volume:
    """Files in one folder, by short names."""

    def __init__(self, root: str) -> None:
        """Use folder `root`, which exists (a board mounts it, the virtual board creates it)."""
        self._root = root if root.endswith("/") else root + "/"

    def open(self, name: str, mode: str) -> "Any":
        """Return the open file `name`; `mode` is rb, wb or ab. Raises OSError."""
        return open(self._root + name, mode)

    def commit(self, file: "Any") -> None:
        """Make what was written to `file` durable, then close it. Raises OSError; the file is closed in any case.

        Blocks: one flash commit, an erase included.
        """
        try:
            file.flush()
            if hasattr(os, "fsync"):
                os.fsync(file.fileno())
        finally:
            file.close()
        if hasattr(os, "sync"):
            os.sync()

    def remove(self, name: str) -> None:
        """Delete file `name`; a file that does not exist is no error. Raises OSError when the file system fails."""
        try:
            os.remove(self._root + name)
        except OSError as error:
            if error.args[0] != 2:  # ENOENT
                raise

    def names(self) -> "list[str]":
        """Return the names of all files; none when the folder cannot be read."""
        try:
            return os.listdir(self._root)
        except OSError:
            return []

    def numbers(self, prefix: str) -> "list[int]":
        """Return, in order, the numbers of the files whose name is this letter and a number; a file of another spelling is none of ours."""
        found = []
        for name in self.names():
            try:
                number = int(name[1:]) if name[:1] == prefix else -1
            except ValueError:
                continue
            if 0 <= number < MOST_NUMBERS and name[1:] == str(number):
                found.append(number)
        found.sort()
        return found
