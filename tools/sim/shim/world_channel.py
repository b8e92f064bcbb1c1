"""What world_port needs and MicroPython has built in, for CPython."""

import os


class Channel:
    """A file descriptor with MicroPython's write and readinto: they go on until all bytes are through."""

    def __init__(self, fd):
        self._fd = fd

    def write(self, buf, start, length):
        """Write `length` bytes of `buf` from `start` on."""
        view = memoryview(buf)[start : start + length]
        while view:
            view = view[os.write(self._fd, view) :]

    def readinto(self, buf, length):
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


def heap_lock():
    """Do nothing: CPython's heap cannot be locked."""


def heap_unlock():
    """Do nothing: CPython's heap cannot be locked."""


def ready(poller):
    """Say whether a registered stream is ready now."""
    return bool(poller.poll(0))
