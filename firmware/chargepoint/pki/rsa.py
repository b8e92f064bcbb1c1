"""RSA signatures with SHA-256: PKCS#1 v1.5 and PSS, verification only, in slices.

Opening a signature is one computation, and whether what comes out is the padding of a digest is another: a signature of firmware may be either kind.
Spec: RFC 8017 sections 5.2.2, 8.1.2, 8.2.2, 9.1.2, 9.2 and B.2.1.
"""

from hashlib import sha256

from micropython import const

from chargepoint.pki.modular import power

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator

LEAST_BITS = const(2048)
MOST_BITS = const(4096)
_DIGEST = const(32)  # bytes; the salt of PSS has as many
_DIGEST_INFO = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"


def open_signature(modulus: bytes, exponent: bytes, signature: bytes) -> "Generator[None, None, bytes]":
    """What a signature was made of: the padded digest, as long as the modulus.

    Args: key and signature as bytes, most significant first, without leading zeros in the key.
    Returns: nothing when the signature has not the length of the key or is not below the modulus. Allocates: 7 KB at its peak (32-bit board).
    """
    if len(signature) != len(modulus):
        return b""
    n = int.from_bytes(modulus, "big")
    s = int.from_bytes(signature, "big")
    if s >= n:
        return b""
    opened = yield from power(s, exponent, n, (len(modulus) + 1) // 2)
    return opened.to_bytes(len(modulus), "big")


def is_pkcs1(opened: bytes, digest: bytes) -> bool:
    """Whether this is the one padding of PKCS#1 v1.5 for a SHA-256: every byte of it is compared, none is searched for."""
    ones = len(opened) - 3 - len(_DIGEST_INFO) - _DIGEST
    return ones >= 8 and opened == b"\x00\x01" + b"\xff" * ones + b"\x00" + _DIGEST_INFO + digest


def is_pss(opened: bytes, digest: bytes, bits: int) -> bool:
    """Whether this is a padding of PSS for a SHA-256, with MGF1 of SHA-256 and a salt of 32 bytes.

    Args: ``bits`` of the modulus. Allocates: three times the padding.
    """
    encoded_bits = bits - 1
    length = (encoded_bits + 7) // 8
    if not opened or (length < len(opened) and opened[0]) or opened[-1] != 0xBC:
        return False
    encoded = opened[len(opened) - length :]
    masked = encoded[: length - _DIGEST - 1]
    hashed = encoded[length - _DIGEST - 1 : length - 1]
    unused = 8 * length - encoded_bits
    if masked[0] >> (8 - unused):
        return False
    data = (int.from_bytes(masked, "big") ^ int.from_bytes(_mask(hashed, len(masked)), "big")).to_bytes(len(masked), "big")
    zeros = len(data) - _DIGEST - 1
    if data[0] & (0xFF >> unused) or data[1 : zeros + 1] != b"\x00" * (zeros - 1) + b"\x01":
        return False
    return sha256(b"\x00" * 8 + digest + data[zeros + 1 :]).digest() == hashed


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 with SHA-256."""
    mask = b"".join([sha256(seed + counter.to_bytes(4, "big")).digest() for counter in range((length + _DIGEST - 1) // _DIGEST)])
    return mask[:length]
