"""ECDSA on P-256 with SHA-256: signing and verification, in slices.

The same message and key give the same signature, whatever it is blinded with, so no random number that is weak can give the key away. Blinded are
the scalar (by a multiple of the order), the coordinates and both inversions: what they take of time and current differs with each signature.
MicroPython's integers take a time that depends on their values, so blinding is what there is; nothing here is constant in time.
Spec: SEC 1 version 2.0, sections 4.1.3 and 4.1.4; RFC 6979 section 3.2; FIPS 186-5 sections 6.4 and A.2.1.
"""

from hashlib import sha256

from micropython import const

from chargepoint.pki.der import SEQUENCE, element, integer, reader_of
from chargepoint.pki.modular import power
from chargepoint.pki.p256 import BYTES, GENERATOR, LIMBS, N, P, hide, sum_of_multiples, to_affine
from chargepoint.pki.refusals import TOO_LARGE, WEAK_KEY, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator

LEAST_ENTROPY = const(40)  # bytes
BLINDING = const(32)  # bytes
_MAX_ENTROPY = const(1024)
_WINDOWS = const(65)  # for a scalar of up to 257 bits
_BLINDED_WINDOWS = const(81)  # and of up to 321


def _hmac(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA256 with a key of 32 bytes."""
    inner = sha256(bytes([byte ^ 0x36 for byte in key]) + b"\x36" * 32 + data).digest()
    return sha256(bytes([byte ^ 0x5C for byte in key]) + b"\x5c" * 32 + inner).digest()


def _nonces(secret: int, digest: bytes) -> "Generator[int, None, None]":
    """The numbers that RFC 6979 wants tried one after the other for this key and message, of all numbers from 1 to below the order."""
    message = (int.from_bytes(digest, "big") % N).to_bytes(BYTES, "big")
    data = secret.to_bytes(BYTES, "big") + message
    v = b"\x01" * BYTES
    key = _hmac(b"\x00" * BYTES, v + b"\x00" + data)
    v = _hmac(key, v)
    key = _hmac(key, v + b"\x01" + data)
    v = _hmac(key, v)
    while True:
        v = _hmac(key, v)
        nonce = int.from_bytes(v, "big")
        if 0 < nonce < N:
            yield nonce
        key = _hmac(key, v + b"\x00")
        v = _hmac(key, v)


def _masks(blinding: bytes) -> "tuple[int, int, int]":
    """From 32 random bytes: 64 bits, and two numbers that are not zero and below both order and prime."""
    if len(blinding) != BLINDING:
        raise Refused(WEAK_KEY)
    masks = [int.from_bytes(sha256(bytes((i,)) + blinding).digest(), "big") for i in range(3)]
    return masks[0] >> 192, masks[1] % (N - 1) + 1, masks[2] % (N - 1) + 1


def multiple_of_generator(scalar: int, blinding: bytes) -> "Generator[None, None, tuple[int, int]]":
    """The coordinates of a secret multiple of the generator.

    Args: ``scalar`` from 1 to below the order; ``blinding`` of 32 random bytes. Raises: Refused.
    """
    multiple, factor, _ = _masks(blinding)
    hidden = scalar + multiple * N
    if not hidden & 1:
        hidden += N
    point = yield from sum_of_multiples(((hidden, hide(GENERATOR, factor)),), _BLINDED_WINDOWS)
    return (yield from to_affine(point))


def new_secret(entropy: bytes) -> int:
    """A private key from what the board has gathered of noise, all of it: 40 to 1024 bytes that hold 256 bits of chance or more.

    It is hashed to 64 bits more than the key has, so that no key is likelier than another. Raises: Refused when it is too short or too long.
    """
    if len(entropy) < LEAST_ENTROPY:
        raise Refused(WEAK_KEY)
    if len(entropy) > _MAX_ENTROPY:
        raise Refused(TOO_LARGE)
    bits = sha256(b"\x01" + entropy).digest() + sha256(b"\x02" + entropy).digest()[:8]
    return int.from_bytes(bits, "big") % (N - 1) + 1


def sign(secret: int, digest: bytes, blinding: bytes) -> "Generator[None, None, bytes]":
    """Sign the SHA-256 of a message.

    Args: ``secret`` from 1 to below the order; ``digest`` of 32 bytes; ``blinding`` of 32 random bytes.
    Returns: the signature as DER, at most 72 bytes. Raises: Refused. Allocates: 4 KB (32-bit board), and garbage.
    """
    mask = _masks(blinding)[2]
    message = int.from_bytes(digest, "big")
    for nonce in _nonces(secret, digest):
        yield
        x, _ = yield from multiple_of_generator(nonce, blinding)
        r = x % N
        inverse = yield from power(nonce * mask % N, (N - 2).to_bytes(BYTES, "big"), N, LIMBS)
        s = inverse * ((mask * message + mask * secret % N * r) % N) % N
        if r and s:
            return element(SEQUENCE, (integer(r, BYTES), integer(s, BYTES)))
    return b""  # never: the numbers do not end


def verify(x: int, y: int, digest: bytes, signature: bytes) -> "Generator[None, None, bool]":
    """Whether a signature is the one of this point's owner over the message with this SHA-256.

    Args: coordinates of a point on the curve; ``digest`` of 32 bytes; ``signature`` as DER. Allocates: 5 KB (32-bit board), and garbage.
    """
    try:
        reader = reader_of(signature, SEQUENCE)
        first = reader.unsigned()
        second = reader.unsigned()
        reader.finish()
    except Refused:
        return False
    if len(first) > BYTES or len(second) > BYTES:
        return False
    r = int.from_bytes(first, "big")
    s = int.from_bytes(second, "big")
    if not 0 < r < N or not 0 < s < N:
        return False
    inverse = yield from power(s, (N - 2).to_bytes(BYTES, "big"), N, LIMBS)
    of_generator = int.from_bytes(digest, "big") * inverse % N
    of_point = r * inverse % N
    terms = ((_odd(of_generator), GENERATOR), (_odd(of_point), (x, y, 1)))
    point = yield from sum_of_multiples(terms, _WINDOWS)
    if not point[2]:
        return False
    # Without an inversion: x / z**2 is r, or r and the order where that is below the prime.
    square = point[2] * point[2] % P
    return r * square % P == point[0] or (r + N < P and (r + N) * square % P == point[0])


def _odd(scalar: int) -> int:
    return scalar if scalar & 1 else scalar + N
