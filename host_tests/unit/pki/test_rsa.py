"""RSA: signatures that another implementation has made, and paddings that are nearly right."""

from hashlib import sha256

from chargepoint.pki import rsa
from host_tests.pki_bench import finish
from host_tests.unit.pki import rsa_examples

DIGEST = sha256(b"Pilotline").digest()
OTHER = sha256(b"pilotline").digest()
EXPONENT = b"\x01\x00\x01"
N = int.from_bytes(rsa_examples.MODULUS_2048, "big")


def _open(signature: bytes, modulus: bytes = rsa_examples.MODULUS_2048) -> bytes:
    return finish(rsa.open_signature(modulus, EXPONENT, signature))


def test_pkcs1_of_2048_and_4096_bits() -> None:
    for modulus, signature in ((rsa_examples.MODULUS_2048, rsa_examples.PKCS1_2048), (rsa_examples.MODULUS_4096, rsa_examples.PKCS1_4096)):
        opened = _open(signature, modulus)
        assert rsa.is_pkcs1(opened, DIGEST)
        assert not rsa.is_pkcs1(opened, OTHER)
        assert not rsa.is_pss(opened, DIGEST, 8 * len(modulus))


def test_pss_of_2048_and_4096_bits() -> None:
    for modulus, signature in ((rsa_examples.MODULUS_2048, rsa_examples.PSS_2048), (rsa_examples.MODULUS_4096, rsa_examples.PSS_4096)):
        opened = _open(signature, modulus)
        assert rsa.is_pss(opened, DIGEST, 8 * len(modulus))
        assert not rsa.is_pss(opened, OTHER, 8 * len(modulus))
        assert not rsa.is_pkcs1(opened, DIGEST)


def test_every_byte_of_a_padding_counts() -> None:
    pkcs1 = _open(rsa_examples.PKCS1_2048)
    pss = _open(rsa_examples.PSS_2048)
    for at in range(256):
        assert not rsa.is_pkcs1(pkcs1[:at] + bytes((pkcs1[at] ^ 1,)) + pkcs1[at + 1 :], DIGEST), at
        assert not rsa.is_pss(pss[:at] + bytes((pss[at] ^ 1,)) + pss[at + 1 :], DIGEST, 2048), at
    assert not rsa.is_pss(bytes((pss[0] | 0x80,)) + pss[1:], DIGEST, 2048)


def test_another_hash_or_salt_is_refused() -> None:
    assert not rsa.is_pkcs1(_open(rsa_examples.PKCS1_SHA512), DIGEST)
    assert not rsa.is_pss(_open(rsa_examples.PSS_SALT_20), DIGEST, 2048)


def test_a_short_padding_with_something_behind_it_is_refused() -> None:
    """What was accepted by implementations that look for the end of the padding: with exponent 3 it can be forged."""
    info = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
    for forged in (b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + DIGEST, b"\x00\x01\x00" + info + DIGEST, b"\x00\x01" + b"\xff" * 200 + b"\x00" + DIGEST):
        assert not rsa.is_pkcs1(forged + bytes(256 - len(forged)), DIGEST)
    without_null = info[:1] + b"\x2f\x30\x0b" + info[4:15] + info[17:]
    padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(without_null) - 32) + b"\x00" + without_null + DIGEST
    assert len(padded) == 256 and not rsa.is_pkcs1(padded, DIGEST)
    assert not rsa.is_pkcs1(b"\x00\x01\x00" + info + DIGEST, DIGEST)


def test_a_signature_of_another_length_or_beyond_the_modulus() -> None:
    right = rsa_examples.PKCS1_2048
    for wrong in (b"", right[:-1], b"\x00" + right, right + b"\x00", b"\xff" * 256, rsa_examples.MODULUS_2048):
        assert _open(wrong) == b""
    assert not rsa.is_pkcs1(b"", DIGEST) and not rsa.is_pss(b"", DIGEST, 2048)
    assert _open(bytes(256)) == bytes(256)


def test_the_numbers_of_the_examples_are_what_they_should_be() -> None:
    """A modulus that is cut or changed would make every test above pass for nothing."""
    assert N >> 2047 == 1 and len(rsa_examples.MODULUS_4096) == 512
    assert pow(int.from_bytes(rsa_examples.PKCS1_2048, "big"), 65537, N).to_bytes(256, "big") == _open(rsa_examples.PKCS1_2048)
