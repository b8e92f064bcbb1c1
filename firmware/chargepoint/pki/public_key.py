"""Public keys of certificates, RSA and P-256, and what their owners signed.

Spec: RFC 5280 section 4.1.2.7; RFC 3279 section 2.3.1; RFC 5480 section 2; RFC 4055 section 3.1; RFC 5758 section 3.2.
"""

from micropython import const

from chargepoint.pki import ecdsa, oids, rsa
from chargepoint.pki.der import BIT_STRING, CONTEXT_HOLDER, NOTHING, NULL, OID, SEQUENCE, Reader, element, reader_of
from chargepoint.pki.p256 import BYTES, is_on_curve
from chargepoint.pki.refusals import BAD_KEY, MALFORMED, NO_OBJECTION, UNSUPPORTED, WEAK_KEY, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator

# how something was signed
ANY = const(0)  # whatever the key can, when nobody tells
RSA_PKCS1 = const(1)
RSA_PSS = const(2)
ECDSA = const(3)
OTHER = const(4)  # in a way that is none of ours

_MAX_EXPONENT = const(4)  # bytes


class PublicKey:
    """A public key, which may be none that can be used: then ``objection`` says why, and it verifies nothing.

    For reading besides: ``is_rsa``; ``modulus`` and ``exponent`` (bytes) of an RSA key; ``x`` and ``y`` of a point; ``bits`` of its strength;
    ``raw``, the contents of the certificate's BIT STRING, without the count of unused bits.
    """

    def __init__(self, reader: Reader) -> None:
        """Take a SubjectPublicKeyInfo. Raises: Refused. Allocates: three times the key, which has at most 530 bytes."""
        self.modulus = self.exponent = b""
        self.x = self.y = self.bits = 0
        self.objection = NO_OBJECTION
        outer = reader.enter(SEQUENCE)
        algorithm = outer.enter(SEQUENCE)
        self.raw = outer.whole_bytes()
        outer.finish()
        kind = algorithm.contents(OID)
        self.is_rsa = kind == oids.RSA_ENCRYPTION
        if self.is_rsa:
            _take_null(algorithm)
            algorithm.finish()
            self.objection = self._read_rsa()
        elif kind == oids.EC_PUBLIC_KEY and algorithm.peek() == OID and algorithm.contents(OID) == oids.P256:
            algorithm.finish()
            self.objection = self._read_point()
        else:
            self.objection = UNSUPPORTED

    def _read_rsa(self) -> int:
        numbers = reader_of(self.raw, SEQUENCE)
        self.modulus = numbers.unsigned()
        self.exponent = numbers.unsigned()
        numbers.finish()
        if not self.modulus or not self.exponent:
            return BAD_KEY
        bits = 8 * len(self.modulus)
        first = self.modulus[0]
        while first < 0x80:
            first <<= 1
            bits -= 1
        self.bits = bits
        if not rsa.LEAST_BITS <= bits <= rsa.MOST_BITS:
            return WEAK_KEY if bits < rsa.LEAST_BITS else UNSUPPORTED
        even = not (self.modulus[-1] & self.exponent[-1] & 1)
        return BAD_KEY if even or len(self.exponent) > _MAX_EXPONENT or self.exponent == b"\x01" else NO_OBJECTION

    def _read_point(self) -> int:
        raw = self.raw
        if len(raw) != 1 + 2 * BYTES or raw[0] != 4:
            return UNSUPPORTED if len(raw) == 1 + BYTES and raw[0] in (2, 3) else BAD_KEY
        self.bits = 8 * BYTES
        self.x = int.from_bytes(raw[1 : 1 + BYTES], "big")
        self.y = int.from_bytes(raw[1 + BYTES :], "big")
        return NO_OBJECTION if is_on_curve(self.x, self.y) else BAD_KEY

    def verify(self, algorithm: int, digest: bytes, signature: bytes) -> "Generator[None, None, bool]":
        """Whether the owner of this key signed what has this SHA-256.

        Args: ``algorithm`` is RSA_PKCS1, RSA_PSS, ECDSA or ANY. A signature that is none does not verify, it raises nothing.
        """
        if self.objection:
            return False
        if not self.is_rsa:
            return algorithm in (ANY, ECDSA) and (yield from ecdsa.verify(self.x, self.y, digest, signature))
        if algorithm not in (ANY, RSA_PKCS1, RSA_PSS):
            return False
        opened = yield from rsa.open_signature(self.modulus, self.exponent, signature)
        if algorithm != RSA_PSS and rsa.is_pkcs1(opened, digest):
            return True
        return algorithm != RSA_PKCS1 and rsa.is_pss(opened, digest, self.bits)


def write_point_key(point: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a point on P-256. Args: the uncompressed point, 65 bytes. Allocates: 400 bytes."""
    algorithm = element(SEQUENCE, (element(OID, (oids.EC_PUBLIC_KEY,)), element(OID, (oids.P256,))))
    return element(SEQUENCE, (algorithm, element(BIT_STRING, (b"\x00", point))))


def read_algorithm(contents: Reader) -> int:
    """How something was signed, from the contents of its AlgorithmIdentifier: RSA_PKCS1, RSA_PSS, ECDSA or OTHER. Raises: Refused."""
    try:
        return _read_algorithm(contents)
    except Refused as refusal:
        if refusal.code != UNSUPPORTED:
            raise
    return OTHER


def _read_algorithm(contents: Reader) -> int:
    kind = contents.contents(OID)
    if kind == oids.SHA256_WITH_RSA:
        _take_null(contents)
        found = RSA_PKCS1
    elif kind == oids.ECDSA_WITH_SHA256:
        found = ECDSA
    elif kind == oids.RSA_PSS:
        _take_pss(contents)
        found = RSA_PSS
    else:
        raise Refused(UNSUPPORTED)
    contents.finish()
    return found


def _take_null(reader: Reader) -> None:
    """Parameters that say nothing, as NULL or by their absence."""
    if reader.peek() != NOTHING:
        reader.expect(NULL)
        if reader.start != reader.stop:
            raise Refused(MALFORMED)


def _take_pss(reader: Reader) -> None:
    """The parameters of PSS: every other set than SHA-256, MGF1 with SHA-256 and a salt of 32 bytes is none of ours, its defaults (SHA-1) first of all."""
    if reader.peek() == NOTHING:
        raise Refused(UNSUPPORTED)
    parameters = reader.enter(SEQUENCE)
    for number in range(3):
        if parameters.peek() != CONTEXT_HOLDER + number:
            raise Refused(UNSUPPORTED)
        wrapped = parameters.enter(CONTEXT_HOLDER + number)
        if number == 2:
            if wrapped.small() != 32:
                raise Refused(UNSUPPORTED)
        else:
            holder = wrapped.enter(SEQUENCE)
            if number == 1:
                if holder.contents(OID) != oids.MGF1:
                    raise Refused(UNSUPPORTED)
                _take_sha256(holder.enter(SEQUENCE))
                holder.finish()
            else:
                _take_sha256(holder)
        wrapped.finish()
    if parameters.peek() == CONTEXT_HOLDER + 3:  # the trailer field, whose only value is its default
        trailer = parameters.enter(CONTEXT_HOLDER + 3)
        if trailer.small() != 1:
            raise Refused(UNSUPPORTED)
        trailer.finish()
    parameters.finish()


def _take_sha256(holder: Reader) -> None:
    if holder.contents(OID) != oids.SHA256:
        raise Refused(UNSUPPORTED)
    _take_null(holder)
    holder.finish()
