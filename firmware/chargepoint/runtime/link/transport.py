"""One connection to one server, over TCP or TLS: name look-up, connecting, bytes in and out, and what went wrong in words.

The link to the central system runs over one, a transfer of a file over another; both are asked again and again and neither ever blocks, but for
the name look-up and the steps of a TLS handshake. Everything here may raise OSError, ValueError, EOFError or MemoryError (`FAULTS`), late: at
the first write or read; `words` says what it was.
"""

import gc

from micropython import const

from chargepoint.runtime.link.stream_tcp import open_stream as _open_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

FAULTS = (OSError, ValueError, EOFError, MemoryError)
_POLLIN = const(1)
_POLLOUT = const(4)


class LookUpFailed(OSError):
    """The name of the server could not be resolved."""


class Transport:
    """For reading: `is_open`."""

    def __init__(self, network: "Any", open_stream: "Callable[..., Any] | None" = None) -> None:
        """Take the board's network (resolve, socket, and tls_context where roots are not set). Nothing is opened yet."""
        self._network = network
        self._open_stream = open_stream or _open_stream
        self._stream: "Any" = None
        self._poller: "Any" = None
        self._watched: "Any" = None
        self._watched_for = 0
        self._server: "tuple[str, int] | None" = None
        self._address: "Any" = None
        self._tls_context: "Any" = None
        self._tls_roots: "list[bytes] | None" = None

    @property
    def is_open(self) -> bool:
        """True between `open` and `close`."""
        return self._stream is not None

    def another(self) -> "Transport":
        """A second one on the same network."""
        return Transport(self._network, self._open_stream)

    def set_roots(self, roots: "list[bytes]") -> None:
        """Trust these DER certificates, the same list object for the same ones. Raises: ValueError for a bad one; MemoryError is tried again later."""
        if roots is self._tls_roots:
            return
        self._tls_roots = roots
        try:
            self._make_context()
        except MemoryError:
            self._tls_context = None  # each attempt to connect tries again

    def _make_context(self) -> None:
        if self._tls_roots is None:
            self._tls_context = self._network.tls_context()
            return
        gc.collect()
        from chargepoint.runtime.link.stream_tls import make_context

        self._tls_context = make_context(self._tls_roots)

    def open(self, secure: bool, host: str, port: int) -> None:
        """Begin to connect. An address that worked is kept: a look-up blocks. Raises: LookUpFailed, and FAULTS."""
        gc.collect()
        if self._server != (host, port):
            self._server = (host, port)
            self._address = None
        if self._address is None:
            try:
                self._address = self._network.resolve(host, port)
            except (OSError, IndexError) as error:
                raise LookUpFailed(_plain(error))
        if secure and self._tls_context is None:
            self._make_context()
        self._stream = self._open_stream(self._network, self._tls_context if secure else None, host, self._address)
        self.watch(True)

    def connected(self) -> bool:
        """True once bytes can be written. Raises: FAULTS. Blocks: one step of the TLS handshake."""
        done: bool = self._stream.connected()
        self.watch(not done)
        return done

    def forget_address(self) -> None:
        """Look the name up again next time: nobody answers at the address."""
        self._address = None

    def readinto(self, view: "memoryview") -> "int | None":
        """Read: the number of bytes, None for nothing now, 0 when the server has closed. Raises: FAULTS."""
        return self._stream.readinto(view)  # type: ignore[no-any-return]

    def write(self, buf: "bytearray", start: int, end: int) -> int:
        """Write what is taken now of ``buf[start:end]``: the number of bytes, possibly 0. Raises: FAULTS."""
        return self._stream.write(buf, start, end)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close what there is; never raises."""
        stream = self._stream
        self._stream = None
        self.watch(False)
        if stream is not None:
            stream.close()

    def register(self, poller: "Any") -> None:
        """Keep the socket registered with ``poller`` (a ``select.poll``) from now on."""
        self._poller = poller
        self.watch(False)

    def watch(self, writing: bool) -> None:
        """Register what is waited for: bytes to read, and with `writing` room to write. Allocates: none when nothing changes."""
        poller = self._poller
        watched = None if self._stream is None else self._stream.poll_object
        wanted = _POLLIN | _POLLOUT if writing else _POLLIN
        if poller is None or (watched is self._watched and (watched is None or wanted == self._watched_for)):
            return
        if self._watched is not None:
            poller.unregister(self._watched)
        if watched is not None:
            poller.register(watched, wanted)
        self._watched = watched
        self._watched_for = wanted

    def words(self, error: "BaseException") -> str:
        """An error on one line; of TLS's dozen numbers for memory that ran out, that it did."""
        if self._tls_context is not None:
            from chargepoint.runtime.link.stream_tls import is_out_of_memory

            if is_out_of_memory(error):
                return "out of memory (" + _plain(error) + ")"
        return _plain(error)


def _plain(error: "BaseException") -> str:
    return type(error).__name__ + " " + " ".join(str(error).split())
