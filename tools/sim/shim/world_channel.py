"""What world_port needs and MicroPython has built in, for CPython."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


in_process: "Any" = None  # a channel that a test has made, when the world is in the same process


def connect() -> "Any":
    """Return the channel to the world: the test's, or the file descriptor that the command line names."""
    return in_process or Channel(int(sys.argv[1]))


class Channel:
    """A file descriptor with MicroPython's write and readinto: they go on until all bytes are through."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, buf: "Any", start: int, length: int) -> None:
        """Write `length` bytes of `buf` from `start` on."""
        view = memoryview(buf)[start : start + length]
        while view:
            view = view[os.write(self._fd, view) :]

    def readinto(self, buf: "Any", length: int) -> int:
        """Fill the first `length` bytes of `buf`; returns fewer only at the end of the stream."""
        view = memoryview(buf).cast("B")[:length]
        done = 0
        while done < length:
            data = os.read(self._fd, length - done)
            if not data:
                break
            view[done : done + len(data)] = data
            done += len(data)
        return done


def heap_lock() -> None:
    """Do nothing: CPython's heap cannot be locked."""


def heap_unlock() -> None:
    """Do nothing: CPython's heap cannot be locked."""


def ready(poller: "Any") -> bool:
    """Say whether a registered stream is ready now."""
    return bool(poller.poll(0))
