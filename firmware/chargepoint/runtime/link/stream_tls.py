"""TLS over a TCP stream. The server's certificate and name are always checked; there is no way to switch that off.

On MicroPython the module is ``tls``, never ``ssl``: the latter's default checks nothing. Needs the time to be set, about 45 KB of free
heap with one block of 17 KB, and blocks the caller for up to two seconds (in one step of the handshake) on a microcontroller.
"""

import gc

from chargepoint.runtime.link.stream_tcp import TcpStream

try:
    import tls as _tls

    _CPYTHON = False
except ImportError:
    import ssl as _tls  # type: ignore[no-redef, unused-ignore]

    _CPYTHON = True

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable


def make_context(roots: "Iterable[bytes]") -> "Any":
    """A client context that trusts these root certificates (DER) and nothing else; make it once and reuse it.

    Raises: ValueError when there is no root, or one that is no certificate.
    """
    context: "Any" = _tls.SSLContext(_tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = _tls.CERT_REQUIRED
    count = 0
    for root in roots:
        try:
            if _CPYTHON:
                context.load_verify_locations(cadata=root)
            else:
                context.load_verify_locations(root)
        except (ValueError, OSError):
            raise ValueError("root certificate %d is not a DER certificate" % (count + 1))
        count += 1
    if not count:
        raise ValueError("no root certificate: provision one before using wss://")
    return context


class TlsStream(TcpStream):
    """A TCP stream that speaks TLS once it is connected."""

    def __init__(self, sock: "Any", address: "Any", context: "Any", host: str) -> None:
        super().__init__(sock, address)
        self._context = context
        self._host = host
        self._wrapped = False

    def connected(self) -> bool:
        """True once the handshake may go on by itself (MicroPython: in the first writes and reads) or is complete (CPython).

        Raises: OSError, ValueError. Blocks: one step of the handshake.
        """
        if not self._wrapped:
            if not super().connected():
                return False
            gc.collect()
            self._sock = self._context.wrap_socket(self._sock, server_hostname=self._host, do_handshake_on_connect=False)
            self._wrapped = True
            if not _CPYTHON:
                self.poll_object = self._sock
        if _CPYTHON:
            try:
                self._sock.do_handshake()
            except OSError as error:
                if self._would_block(error):
                    return False
                raise
        return True

    def _would_block(self, error: "OSError") -> bool:
        return type(error).__name__ in ("SSLWantReadError", "SSLWantWriteError")
