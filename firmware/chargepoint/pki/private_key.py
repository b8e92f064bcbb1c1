"""The charge point's own key on P-256: made, written, read.

Written as SEC 1 (ECPrivateKey with its curve and its public key), which the TLS of MicroPython takes as it is; read are this and PKCS#8.
Spec: SEC 1 version 2.0, section C.4; RFC 5915; RFC 5208.
"""

from micropython import const

from chargepoint.pki import oids
from chargepoint.pki.der import BIT_STRING, CONTEXT_HOLDER, INTEGER, NOTHING, OCTET_STRING, OID, SEQUENCE, Reader, element, reader_of
from chargepoint.pki.ecdsa import multiple_of_generator, new_secret
from chargepoint.pki.p256 import BYTES, N
from chargepoint.pki.refusals import BAD_KEY, MALFORMED, TOO_LARGE, UNSUPPORTED, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator

_MAX_DER = const(256)
_CURVE = b"\x06\x08" + oids.P256


class PrivateKey:
    """A key pair. For reading: ``secret``, a number that leaves the charger nowhere; ``point``, the public key, 65 bytes."""

    def __init__(self, secret: int, point: bytes) -> None:
        self.secret = secret
        self.point = point

    def write(self) -> bytes:
        """The key as SEC 1 DER, 121 bytes. Allocates: 600 bytes."""
        version = element(INTEGER, (b"\x01",))
        secret = element(OCTET_STRING, (self.secret.to_bytes(BYTES, "big"),))
        public = element(CONTEXT_HOLDER + 1, (element(BIT_STRING, (b"\x00", self.point)),))
        return element(SEQUENCE, (version, secret, element(CONTEXT_HOLDER, (_CURVE,)), public))


def make_key(entropy: bytes, blinding: bytes) -> "Generator[None, None, PrivateKey]":
    """Make a key pair.

    Args: ``entropy`` as ``ecdsa.new_secret`` wants it; ``blinding`` of 32 random bytes. Raises: Refused. Allocates: 4 KB (32-bit board), and garbage.
    """
    return (yield from _with_point(new_secret(entropy), blinding))


def _with_point(secret: int, blinding: bytes) -> "Generator[None, None, PrivateKey]":
    x, y = yield from multiple_of_generator(secret, blinding)
    return PrivateKey(secret, b"\x04" + x.to_bytes(BYTES, "big") + y.to_bytes(BYTES, "big"))


def read_key(der: bytes, blinding: bytes) -> "Generator[None, None, PrivateKey]":
    """Read a private key, SEC 1 or PKCS#8, and compute its public key: one that is written in there must be the same.

    Args: ``blinding`` of 32 random bytes. Raises: Refused. Allocates: 4 KB (32-bit board), and garbage.
    """
    if len(der) > _MAX_DER:
        raise Refused(TOO_LARGE)
    outer = reader_of(der, SEQUENCE)
    version = outer.small()
    if version == 0 and outer.peek() == SEQUENCE:
        algorithm = outer.enter(SEQUENCE)
        if algorithm.contents(OID) != oids.EC_PUBLIC_KEY or algorithm.contents(OID) != oids.P256:
            raise Refused(UNSUPPORTED)
        algorithm.finish()
        inner = outer.contents(OCTET_STRING)
        if outer.peek() == CONTEXT_HOLDER:  # attributes
            outer.next()
        outer.finish()
        outer = reader_of(inner, SEQUENCE)
        version = outer.small()
        secret, written = _read_sec1(outer, version, False)
    else:
        secret, written = _read_sec1(outer, version, True)
    key = yield from _with_point(secret, blinding)
    if written and written != key.point:
        raise Refused(BAD_KEY)
    return key


def _read_sec1(reader: Reader, version: int, needs_curve: bool) -> "tuple[int, bytes]":
    """Secret and public key (or nothing) of what follows the version of an ECPrivateKey."""
    if version != 1:
        raise Refused(MALFORMED)
    number = reader.contents(OCTET_STRING)
    if len(number) != BYTES:
        raise Refused(MALFORMED)
    secret = int.from_bytes(number, "big")
    if reader.peek() == CONTEXT_HOLDER:
        curve = reader.enter(CONTEXT_HOLDER)
        if curve.contents(OID) != oids.P256:
            raise Refused(UNSUPPORTED)
        curve.finish()
    elif needs_curve:
        raise Refused(UNSUPPORTED)
    point = b""
    if reader.peek() == CONTEXT_HOLDER + 1:
        holder = reader.enter(CONTEXT_HOLDER + 1)
        point = holder.whole_bytes()
        holder.finish()
    if reader.peek() != NOTHING:
        raise Refused(MALFORMED)
    if not 0 < secret < N:
        raise Refused(BAD_KEY)
    return secret, point
