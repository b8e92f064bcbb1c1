"""Makes keys and certificates for the tests of pki, whole or wrong in one place, on CPython and on MicroPython alike.

They are signed with pki's own ECDSA, which other tests judge by the vectors of RFC 6979 and by `cryptography`.
"""

from hashlib import sha256

from chargepoint.pki import oids
from chargepoint.pki.der import BIT_STRING, BOOLEAN, CONTEXT_HOLDER, GENERALIZED_TIME, OCTET_STRING, OID, SEQUENCE, UTC_TIME, element, integer
from chargepoint.pki.ecdsa import sign
from chargepoint.pki.names import write_name
from chargepoint.pki.private_key import PrivateKey, make_key
from chargepoint.pki.public_key import write_point_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator, Sequence, TypeVar

    _T = TypeVar("_T")

BLINDING = bytes(range(32))
NOW_S = 6 * 366 * 86400  # in 2026
_KEYS: "dict[int, PrivateKey]" = {}

CERTIFICATE_SIGNING = b"\x03\x02\x01\x06"  # and cRLSign
DIGITAL_SIGNATURE = b"\x03\x02\x07\x80"
KEY_ENCIPHERMENT = b"\x03\x02\x05\x20"
TRUE = element(BOOLEAN, (b"\xff",))


def finish(slices: "Generator[None, None, _T]") -> "_T":
    """Carry a computation through to its result."""
    while True:
        try:
            next(slices)
        except StopIteration as end:
            result: "_T" = end.value
            return result


def key(number: int) -> PrivateKey:
    """One of several keys, the same at each call."""
    if number not in _KEYS:
        _KEYS[number] = finish(make_key(b"key of a test " * 4 + bytes((number,)), BLINDING))
    return _KEYS[number]


def extension(kind: bytes, value: bytes, critical: bool = False) -> bytes:
    """One extension of a certificate."""
    parts = [element(OID, (kind,)), element(OCTET_STRING, (value,))]
    if critical:
        parts.insert(1, TRUE)
    return element(SEQUENCE, parts)


def basic_constraints(is_ca: bool, path_length: int = -1) -> bytes:
    """The extension that says who may issue, critical as it should be."""
    parts = [TRUE] if is_ca else []
    if path_length >= 0:
        parts.append(integer(path_length, 2))
    return extension(oids.BASIC_CONSTRAINTS, element(SEQUENCE, parts), True)


def key_usage(bits: bytes) -> bytes:
    """The extension with the uses of a key, from a whole BIT STRING."""
    return extension(oids.KEY_USAGE, bits, True)


def purposes(*kinds: bytes) -> bytes:
    """The extension with the purposes of a certificate."""
    return extension(oids.EXTENDED_KEY_USAGE, element(SEQUENCE, [element(OID, (kind,)) for kind in kinds]))


def alternatives(*names: "tuple[int, bytes]") -> bytes:
    """The extension with alternative names: (2, DNS name), (7, address)."""
    return extension(oids.ALTERNATIVE_NAME, element(SEQUENCE, [element(0x80 + number, (value,)) for number, value in names]))


def time(text: str) -> bytes:
    """A date: YYMMDDhhmmssZ or YYYYMMDDhhmmssZ."""
    return element(UTC_TIME if len(text) == 13 else GENERALIZED_TIME, (text.encode(),))


def certificate(
    subject: str,
    issuer: str,
    own: int,
    signer: int,
    extensions: "Sequence[bytes]" = (),
    serial: int = 1,
    dates: "tuple[str, str]" = ("200101000000Z", "20991231235959Z"),
    version: int = 2,
    spoil: bool = False,
) -> bytes:
    """A certificate as DER: names are common names, keys are numbers; ``spoil`` gives it a signature over something else."""
    algorithm = element(SEQUENCE, (element(OID, (oids.ECDSA_WITH_SHA256,)),))
    parts = [element(CONTEXT_HOLDER, (integer(version, 1),))] if version else []
    parts += [integer(serial, 20), algorithm, write_name("", issuer), element(SEQUENCE, (time(dates[0]), time(dates[1])))]
    parts += [write_name("", subject), write_point_key(key(own).point)]
    if extensions:
        parts.append(element(CONTEXT_HOLDER + 3, (element(SEQUENCE, extensions),)))
    body = element(SEQUENCE, parts)
    signature = finish(sign(key(signer).secret, sha256(body + (b"!" if spoil else b"")).digest(), BLINDING))
    return element(SEQUENCE, (body, algorithm, element(BIT_STRING, (b"\x00", signature))))


def root(name: str = "Root", own: int = 1, path_length: int = -1, dates: "tuple[str, str]" = ("200101000000Z", "20991231235959Z")) -> bytes:
    """A certificate that has signed itself and may issue others."""
    return certificate(name, name, own, own, (basic_constraints(True, path_length), key_usage(CERTIFICATE_SIGNING)), dates=dates)


def authority(name: str, issuer: str, own: int, signer: int, path_length: int = -1) -> bytes:
    """A certificate between a root and an end one."""
    return certificate(name, issuer, own, signer, (basic_constraints(True, path_length), key_usage(CERTIFICATE_SIGNING)))
