"""The flash of the virtual board on CPython: files that are overwritten in place, page by page, in the world.

It takes the place of chargepoint.runtime.store.volume.Volume. Every page written and every truncation is one flash operation, in which the
power can fail: what was written before it stays, the page itself is torn.
"""

from world_port import port

from chargepoint.runtime.store.volume import Volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KIND_FILE = 9
_READ, _WRITE, _TRUNCATE, _REMOVE, _NAMES, _LENGTH = range(6)
_PAGE = 256
_ABSENT = 0xFFFFFFFF


def _request(what: int, name: str, data: bytes = b"", arguments: "tuple[int, ...]" = (), into: "Any" = None, size: int = 0) -> int:
    for value in arguments:
        port.argument(value)
    payload = name.encode() + b"\0" + bytes(data)
    return port.request(_KIND_FILE, what, payload, len(payload), into, size)


class File:
    """An open file: what is written waits until `flush`, as in a file system's cache."""

    def __init__(self, name: str, mode: str) -> None:
        length = _request(_LENGTH, name)
        if "r" in mode and length == _ABSENT:
            raise OSError(2, "no such file: " + name)
        self._name = name
        self._length = 0 if length == _ABSENT else length
        self._waiting = bytearray()
        if "w" in mode:
            _check(_request(_TRUNCATE, name))
            self._length = 0
        self._at = self._length if "a" in mode else 0

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes from the present position."""
        count = max(0, self._length - self._at)
        if 0 <= size < count:
            count = size
        buf = bytearray(count)
        self.readinto(buf)
        return bytes(buf)

    def readinto(self, buf: "Any") -> int:
        """Fill the buffer as far as the file goes; returns the number of bytes."""
        count = min(len(buf), max(0, self._length - self._at))
        if count:
            into = bytearray(count)
            _request(_READ, self._name, b"", (self._at, count), into, count)
            buf[:count] = into
            self._at += count
        return count

    def write(self, data: "Any") -> int:
        """Add bytes behind those waiting."""
        self._waiting += data
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move the position; what waits is written first."""
        self.flush()
        self._at = offset if whence == 0 else self._at + offset if whence == 1 else self._length + offset
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at + len(self._waiting)

    def flush(self) -> None:
        """Write what waits, page by page. Raises OSError."""
        while self._waiting:
            room = _PAGE - self._at % _PAGE
            page = bytes(self._waiting[:room])
            _check(_request(_WRITE, self._name, page, (self._at,)))
            self._at += len(page)
            self._length = max(self._length, self._at)
            del self._waiting[:room]

    def close(self) -> None:
        """Write what waits and close."""
        self.flush()

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _check(status: int) -> None:
    if status:
        raise OSError(status, "flash write refused")


class FlashFiles(Volume):
    """Files by short names."""

    def __init__(self) -> None:
        """Take the one folder there is."""

    def open(self, name: str, mode: str) -> File:
        """Return the open file `name`; `mode` is rb, wb or ab. Raises OSError."""
        return File(name, mode)

    def commit(self, file: "Any") -> None:
        """Make what was written durable, then close. Raises OSError."""
        file.close()

    def remove(self, name: str) -> None:
        """Delete a file; one that does not exist is no error."""
        status = _request(_REMOVE, name)
        if status not in (0, 2):
            raise OSError(status)

    def names(self) -> "list[str]":
        """Return the names of all files."""
        length = _request(_NAMES, "", b"", (0,))
        if not length:
            return []
        into = bytearray(length)
        _request(_NAMES, "", b"", (length,), into, length)
        return into.decode().split("\n")
