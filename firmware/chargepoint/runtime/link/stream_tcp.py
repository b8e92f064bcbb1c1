"""A TCP connection as the byte stream that the link works on; the same on MicroPython and on CPython.

A stream has ``poll_object`` (what a poller may watch, or None), ``connected()``, ``readinto(view)``, ``write(buf, start, end)`` and ``close()``.
No method blocks. Failures are OSError (or ValueError and EOFError, with TLS).
"""

import errno
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class TcpStream:
    """A client socket that connects without blocking."""

    def __init__(self, sock: "Any", address: "Any") -> None:
        """Start to connect ``sock`` (fresh, from the network) to ``address``. Raises: OSError."""
        self._sock = sock
        self._native = hasattr(sock, "readinto")
        self.poll_object = sock if self._native else sock.fileno()
        sock.setblocking(False)
        try:
            sock.connect(address)
        except OSError as error:
            if error.errno not in (errno.EINPROGRESS, errno.EALREADY, errno.EAGAIN):
                sock.close()
                raise

    def connected(self) -> bool:
        """True once connected; False while it goes on. Raises: OSError when it failed."""
        sock = self._sock
        poller = select.poll()
        poller.register(sock, select.POLLOUT)
        for event in poller.poll(0):
            if not event[1] & (select.POLLERR | select.POLLHUP):
                return True
            if self._native:
                sock.readinto(bytearray(1))  # raises what went wrong
            else:
                import socket

                raise OSError(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "connect")  # type: ignore[attr-defined, unused-ignore]
            raise OSError(errno.ECONNREFUSED)
        return False

    def readinto(self, view: "memoryview") -> "int | None":
        """Read into ``view``: the number of bytes, None when there are none now, 0 when the peer has closed."""
        if self._native:
            return self._sock.readinto(view)  # type: ignore[no-any-return]
        try:
            return self._sock.recv_into(view)  # type: ignore[no-any-return]
        except OSError as error:
            if self._would_block(error):
                return None
            raise

    def write(self, buf: "bytearray", start: int, end: int) -> int:
        """Write as much of ``buf[start:end]`` as is taken now; the number of bytes, possibly 0."""
        if self._native:
            return self._sock.write(buf, start, end - start) or 0
        try:
            return self._sock.send(memoryview(buf)[start:end])  # type: ignore[no-any-return]
        except OSError as error:
            if self._would_block(error):
                return 0
            raise

    def _would_block(self, error: "OSError") -> bool:
        return error.errno in (errno.EAGAIN, errno.EINPROGRESS)

    def close(self) -> None:
        """Close; never raises."""
        try:
            self._sock.close()
        except OSError:
            pass


def open_stream(network: "Any", context: "Any", host: str, address: "Any") -> "Any":
    """A new stream that is on its way to ``address``; with TLS, for the name ``host``, when there is a ``context``."""
    if context is None:
        return TcpStream(network.socket(), address)
    from chargepoint.runtime.link.stream_tls import TlsStream

    return TlsStream(network.socket(), address, context, host)
