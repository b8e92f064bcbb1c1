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


# mbedTLS's "allocation failed", the high part of its error codes in units of 0x80: PEM, X.509, DHM, PK, ECP, MD, cipher, SSL
_ALLOC_FAILED = b"\x23\x51\x68\x7f\x9b\xa3\xc3\xfe"
_ENOMEM = 12
_LITTLE_BYTES = 16384  # with less free than this, a certificate that looks whole was no bad one


def is_out_of_memory(error: "BaseException") -> bool:
    """Whether TLS failed because memory ran out, which mbedTLS says with a dozen numbers."""
    if isinstance(error, MemoryError):
        return True
    code = error.args[0] if isinstance(error, OSError) and error.args else 0
    if not isinstance(code, int):
        return False
    if code == _ENOMEM or code == -_ENOMEM:
        return True
    return -0x8000 < code < 0 and (-code >> 7 in _ALLOC_FAILED or -code & 0x7F in b"\x10\x6a")  # the low part: big numbers, ASN.1


def _looks_whole(root: bytes) -> bool:
    """Whether these bytes are one DER sequence from end to end."""
    return len(root) > 4 and root[0] == 0x30 and root[1] == 0x82 and (root[2] << 8 | root[3]) + 4 == len(root)


def make_context(roots: "Iterable[bytes]") -> "Any":
    """A client context that trusts these root certificates (DER) and nothing else; make it once and reuse it.

    Raises: ValueError when there is no root, or one that is no certificate; MemoryError when one does not fit.
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
        except (ValueError, OSError) as error:
            free_bytes = gc.mem_free() if hasattr(gc, "mem_free") else _LITTLE_BYTES
            if is_out_of_memory(error) or (free_bytes < _LITTLE_BYTES and _looks_whole(root)):
                raise MemoryError("root certificate %d does not fit" % (count + 1))
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
