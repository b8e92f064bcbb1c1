"""ECDSA: the signatures of RFC 6979 A.2.5, and that no signature verifies but the right one."""

from hashlib import sha256

from chargepoint.pki import ecdsa
from chargepoint.pki.der import SEQUENCE, element, integer
from chargepoint.pki.p256 import N
from chargepoint.pki.refusals import TOO_LARGE, WEAK_KEY, Refused
from host_tests.pki_bench import BLINDING, finish
from host_tests.portable import raises

SECRET = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
POINT = (
    0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6,
    0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299,
)
SIGNATURES = {
    b"sample": (
        0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
        0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
    ),
    b"test": (
        0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
        0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083,
    ),
}
DIGEST = sha256(b"sample").digest()
R, S = SIGNATURES[b"sample"]


def _der(r: int, s: int) -> bytes:
    return element(SEQUENCE, (integer(r, 33), integer(s, 33)))


def _verify(signature: bytes, digest: bytes = DIGEST) -> bool:
    return finish(ecdsa.verify(*POINT, digest, signature))


def test_the_signatures_of_rfc_6979() -> None:
    assert finish(ecdsa.multiple_of_generator(SECRET, BLINDING)) == POINT
    for message, (r, s) in SIGNATURES.items():
        digest = sha256(message).digest()
        assert finish(ecdsa.sign(SECRET, digest, BLINDING)) == _der(r, s)
        assert _verify(_der(r, s), digest)


def test_blinding_changes_nothing_that_comes_out() -> None:
    for blinding in (bytes(32), b"\xff" * 32, sha256(b"noise").digest()):
        assert finish(ecdsa.multiple_of_generator(SECRET, blinding)) == POINT
        assert finish(ecdsa.sign(SECRET, DIGEST, blinding)) == _der(R, S)
    assert raises(Refused, finish, ecdsa.sign(SECRET, DIGEST, bytes(31))).code == WEAK_KEY


def test_another_message_another_key() -> None:
    assert not _verify(_der(R, S), sha256(b"sampl3").digest())
    assert not _verify(_der(S, R))
    assert not finish(ecdsa.verify(*finish(ecdsa.multiple_of_generator(7, BLINDING)), DIGEST, _der(R, S)))


def test_numbers_out_of_range() -> None:
    for r, s in ((0, S), (R, 0), (0, 0), (R + N, S), (R, S + N), (N, S), (R, N), (1, 1)):
        assert not _verify(_der(r, s)), (r, s)
    assert _verify(_der(R, N - S))  # the other signature of the same message: ECDSA has two


def test_a_signature_that_is_no_der() -> None:
    right = _der(R, S)
    assert _verify(right)
    for wrong in (b"", right[:-1], right + b"\x00", b"\x31" + right[1:], b"\x30\x00", right[2:], b"\x30\x80" + right[2:] + b"\x00\x00", bytes(72),
                  element(SEQUENCE, (integer(R, 33),)), element(SEQUENCE, (integer(R, 33), integer(S, 33), integer(1, 1))),
                  element(SEQUENCE, (b"\x02\x22\x00\x00" + R.to_bytes(32, "big"), integer(S, 33))),
                  element(SEQUENCE, (element(2, (b"\x01" * 200,)), integer(S, 33)))):  # fmt: skip
        assert not _verify(wrong), wrong


def test_the_digest_may_be_zero() -> None:
    signature = finish(ecdsa.sign(SECRET, bytes(32), BLINDING))
    assert _verify(signature, bytes(32))


def test_a_key_needs_entropy() -> None:
    assert raises(Refused, ecdsa.new_secret, bytes(ecdsa.LEAST_ENTROPY - 1)).code == WEAK_KEY
    assert raises(Refused, ecdsa.new_secret, bytes(1025)).code == TOO_LARGE
    secrets = set()
    for i in range(64):
        secret = ecdsa.new_secret(bytes(39) + bytes((i,)))
        assert 0 < secret < N
        secrets.add(secret)
    assert len(secrets) == 64
    assert sum([secret >> 255 for secret in secrets]) > 10  # spread over the whole range
