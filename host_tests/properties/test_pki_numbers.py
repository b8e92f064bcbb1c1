"""Keys and signatures of pki against the package `cryptography`: each verifies what the other has signed, and neither what has been changed."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_der_private_key
from cryptography.x509.oid import NameOID
from hypothesis import given, settings, strategies as st

from chargepoint.pki import ecdsa, p256
from chargepoint.pki.der import Reader
from chargepoint.pki.private_key import PrivateKey, make_key, read_key
from chargepoint.pki.public_key import ANY, ECDSA, RSA_PKCS1, RSA_PSS, PublicKey
from chargepoint.pki.signing_request import signing_request
from host_tests.pki_bench import BLINDING, finish

SECRET = st.integers(1, p256.N - 1)
DIGEST = st.binary(min_size=32, max_size=32)
DETERMINISTIC = ec.ECDSA(Prehashed(hashes.SHA256()), deterministic_signing=True)
PREHASHED = ec.ECDSA(Prehashed(hashes.SHA256()))
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
RSA_KINDS = ((2048, 65537), (2056, 65537), (3072, 65537), (4096, 65537), (2048, 3))


def _curve_key(secret: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(secret, ec.SECP256R1())


def _spki(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> PublicKey:
    return PublicKey(Reader(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)))


def _is_a_name(text: str) -> bool:
    return text.isprintable() and len(text.encode()) <= 64


@lru_cache(maxsize=None)
def _rsa_key(bits: int, exponent: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(exponent, bits)


@given(SECRET, DIGEST, st.binary(min_size=32, max_size=32))
def test_signatures_are_those_of_another_implementation(secret: int, digest: bytes, blinding: bytes) -> None:
    assert finish(ecdsa.sign(secret, digest, blinding)) == _curve_key(secret).sign(digest, DETERMINISTIC)


@given(st.one_of(SECRET, st.integers(1, 40), st.integers(p256.N - 40, p256.N - 1)), DIGEST)
def test_multiples_of_the_generator(secret: int, blinding: bytes) -> None:
    numbers = _curve_key(secret).public_key().public_numbers()
    assert finish(ecdsa.multiple_of_generator(secret, blinding)) == (numbers.x, numbers.y)


@given(SECRET, st.integers(0, 2 * p256.N), st.integers(0, 2 * p256.N))
def test_sums_of_two_multiples(secret: int, a: int, b: int) -> None:
    """Against one multiple of the generator: its factor is what the two come to."""
    numbers = _curve_key(secret).public_key().public_numbers()
    terms = [(a | 1, p256.GENERATOR), (b | 1, (numbers.x, numbers.y, 1))]
    total = ((a | 1) + (b | 1) * secret) % p256.N
    point = finish(p256.sum_of_multiples(terms, 65))
    assert (point[2] == 0) == (total == 0)
    if total:
        expected = _curve_key(total).public_key().public_numbers()
        assert finish(p256.to_affine(point)) == (expected.x, expected.y)


def test_every_bit_of_a_curve_signature_counts() -> None:
    key = _curve_key(0xC0FFEE)
    message = b"Pilotline"
    signature = key.sign(message, ec.ECDSA(hashes.SHA256()))
    digest = sha256(message).digest()
    public = _spki(key.public_key())
    assert finish(public.verify(ANY, digest, signature)) and finish(public.verify(ECDSA, digest, signature))
    for bit in range(0, 8 * len(signature)):
        changed = bytearray(signature)
        changed[bit >> 3] ^= 1 << (bit & 7)
        assert not finish(public.verify(ECDSA, digest, bytes(changed))), bit
    assert not finish(public.verify(RSA_PKCS1, digest, signature)) and not finish(public.verify(RSA_PSS, digest, signature))


@given(SECRET, DIGEST, DIGEST)
def test_a_signature_belongs_to_its_key_and_message(secret: int, digest: bytes, other: bytes) -> None:
    signature = _curve_key(secret).sign(digest, PREHASHED)
    public = _spki(_curve_key(secret).public_key())
    assert finish(public.verify(ECDSA, digest, signature))
    assert finish(public.verify(ECDSA, other, signature)) == (other == digest)
    assert not finish(_spki(_curve_key(secret % (p256.N - 2) + 1).public_key()).verify(ECDSA, digest, signature))


@pytest.mark.parametrize(("bits", "exponent"), RSA_KINDS)
def test_rsa_signatures(bits: int, exponent: int) -> None:
    key = _rsa_key(bits, exponent)
    public = _spki(key.public_key())
    assert public.bits == bits and public.is_rsa
    for number in range(4):
        message = b"message %d" % number
        digest = sha256(message).digest()
        pkcs1 = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        pss = key.sign(message, PSS, hashes.SHA256())
        for algorithm, right, wrong in ((RSA_PKCS1, pkcs1, pss), (RSA_PSS, pss, pkcs1)):
            assert finish(public.verify(algorithm, digest, right)) and finish(public.verify(ANY, digest, right))
            assert not finish(public.verify(algorithm, digest, wrong))
            assert not finish(public.verify(ECDSA, digest, right))
            assert not finish(public.verify(ANY, sha256(b"other").digest(), right))
            changed = bytearray(right)
            changed[number * len(right) // 4] ^= 1 << number
            assert not finish(public.verify(ANY, digest, bytes(changed)))
        for salt in (0, 20, 31, 33, bits // 8 - 34):
            salted = key.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), salt), hashes.SHA256())
            assert not finish(public.verify(ANY, digest, salted)), salt
        assert not finish(public.verify(ANY, digest, key.sign(message, padding.PSS(padding.MGF1(hashes.SHA1()), 32), hashes.SHA256())))


@settings(max_examples=40)
@given(st.binary(min_size=40, max_size=200), DIGEST)
def test_keys_are_read_by_another_implementation(entropy: bytes, blinding: bytes) -> None:
    key = finish(make_key(entropy, blinding))
    loaded = load_der_private_key(key.write(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    assert loaded.private_numbers().private_value == key.secret
    assert loaded.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == key.point


@settings(max_examples=40)
@given(SECRET, st.sampled_from((PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8)))
def test_keys_of_another_implementation_are_read(secret: int, kind: PrivateFormat) -> None:
    theirs = _curve_key(secret)
    ours = finish(read_key(theirs.private_bytes(Encoding.DER, kind, NoEncryption()), BLINDING))
    assert ours.secret == secret
    assert ours.point == theirs.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert ours.write() == theirs.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


@settings(max_examples=60)
@given(SECRET, st.text(min_size=1, max_size=64).filter(_is_a_name), st.text(max_size=64).filter(_is_a_name))
def test_requests_are_read_by_another_implementation(secret: int, common_name: str, organization: str) -> None:
    point = _curve_key(secret).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    request = x509.load_pem_x509_csr(finish(signing_request(common_name, organization, PrivateKey(secret, point), BLINDING)).encode())
    assert request.is_signature_valid
    assert [part.value for part in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [common_name]
    assert [part.value for part in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ([organization] if organization else [])
    public = request.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == point
    assert isinstance(request.signature_hash_algorithm, hashes.SHA256)


@given(st.integers(0, p256.P + 5), st.integers(0, p256.P + 5), SECRET)
def test_points_on_the_curve(x: int, y: int, secret: int) -> None:
    numbers = _curve_key(secret).public_key().public_numbers()
    assert p256.is_on_curve(numbers.x, numbers.y)
    try:
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        expected = True
    except ValueError:
        expected = False
    assert p256.is_on_curve(x, y) == expected


@given(SECRET, st.binary(max_size=80))
def test_what_is_no_signature_verifies_nowhere(secret: int, signature: bytes) -> None:
    public = _curve_key(secret).public_key()
    try:
        public.verify(signature, bytes(32), PREHASHED)
        expected = True
    except InvalidSignature:
        expected = False
    assert finish(_spki(public).verify(ANY, bytes(32), signature)) == expected
