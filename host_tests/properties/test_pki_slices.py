"""No slice of a computation takes a board of the class of the RP2040 longer than 20 ms, by counting what is done in it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa as oracle

from chargepoint.pki import ecdsa, oids, rsa
from chargepoint.pki.certificate import SERVER
from chargepoint.pki.path import MAX_CHAIN, MAX_ROOTS, Wanted, judge, judge_root
from chargepoint.pki.private_key import make_key, read_key
from chargepoint.pki.refusals import NO_OBJECTION, UNKNOWN_ISSUER
from chargepoint.pki.signing_request import signing_request
from host_tests import pki_bench as bench, pki_estimate

LONGEST_US = 20_000
DIGEST = sha256(b"Pilotline").digest()


def _check(monkeypatch: pytest.MonkeyPatch, slices: Callable[[], Generator[None, None, Any]]) -> tuple[float, float, Any]:
    """The longest slice and all of them, in ms, and the result."""
    pki_estimate.count_everything(monkeypatch)
    found, result = pki_estimate.slices_us(slices())
    assert max(found) <= LONGEST_US, f"slice {found.index(max(found))} of {len(found)} takes {max(found):.0f} us"
    return max(found) / 1000, sum(found) / 1000, result


def test_the_estimate_counts() -> None:
    """Figures that can be computed by hand: 16 by 16 limbs, their division, an operation each."""
    a = pki_estimate.Counted((1 << 256) - 1)
    cases: list[tuple[Callable[[], int], float]] = [
        (lambda: a * a, 25 + 51.2),
        (lambda: int(a) ** 2 % a, 25 + 17 * 16 * 0.2),
        (lambda: a + 1, 25),
        (lambda: 5 * a, 25 + 3.2),
        (lambda: pki_estimate.Counted(5) * 7, 0),
    ]
    for operate, expected in cases:
        pki_estimate.spent_us = 0.0
        operate()
        assert pki_estimate.spent_us == pytest.approx(expected)


def test_keys_and_signatures_on_the_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    key = bench.key(1)
    signature = bench.finish(ecdsa.sign(key.secret, DIGEST, bench.BLINDING))
    point = int.from_bytes(key.point[1:33], "big"), int.from_bytes(key.point[33:], "big")
    _, total_ms, made = _check(monkeypatch, lambda: make_key(b"key of a test " * 4 + b"\x01", bench.BLINDING))
    assert made.point == key.point
    assert 300 < total_ms < 1500  # the estimate sees all of it: some 4,500 products of 0.1 ms each
    assert _check(monkeypatch, lambda: ecdsa.sign(key.secret, DIGEST, bench.BLINDING))[2] == signature
    number = pki_estimate.Counted
    assert _check(monkeypatch, lambda: ecdsa.verify(number(point[0]), number(point[1]), DIGEST, signature))[2] is True
    assert _check(monkeypatch, lambda: read_key(key.write(), bench.BLINDING))[2].point == key.point
    assert "REQUEST" in _check(monkeypatch, lambda: signing_request("ü" * 64, "ö" * 64, key, bench.BLINDING))[2]


@pytest.mark.parametrize("bits", (2048, 3072, 4096))
def test_rsa_with_the_longest_exponent(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    private = oracle.generate_private_key(65537, bits)
    modulus = private.public_key().public_numbers().n.to_bytes(bits // 8, "big")
    signed = private.sign(b"Pilotline", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    _, total_ms, opened = _check(monkeypatch, lambda: rsa.open_signature(modulus, b"\x01\x00\x01", signed))
    assert rsa.is_pss(opened, DIGEST, bits)
    assert total_ms > 100
    _check(monkeypatch, lambda: rsa.open_signature(modulus, b"\xff\xff\xff\xff", signed))


def _rsa_key_judged(opened: bytes, bits: int) -> Generator[None, None, bool]:
    return rsa.is_pss(opened, DIGEST, bits)
    yield


def test_the_padding_of_4096_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    private = oracle.generate_private_key(65537, 4096)
    numbers = private.public_key().public_numbers()
    signed = private.sign(b"Pilotline", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    opened = pow(int.from_bytes(signed, "big"), numbers.e, numbers.n).to_bytes(512, "big")
    assert _check(monkeypatch, lambda: _rsa_key_judged(opened, 4096))[2] is True


def test_a_judgment_of_a_long_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = [bench.certificate("h.example", "S4", 9, 5)]
    chain += [bench.authority(f"S{n}", f"S{n - 1}" if n > 1 else "Root", n + 1, n) for n in range(4, 0, -1)]
    roots = [bench.root(f"Other {n}", 8) for n in range(MAX_ROOTS - 1)] + [bench.root()]
    assert len(chain) == MAX_CHAIN
    assert _check(monkeypatch, lambda: judge(chain, roots, bench.NOW_S, Wanted(SERVER, "h.example")))[2] == NO_OBJECTION
    assert _check(monkeypatch, lambda: judge_root(roots[0], bench.NOW_S))[2] == NO_OBJECTION


def test_a_judgment_of_certificates_that_are_as_full_as_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    extensions = [bench.extension(b"\x2a" + bytes((i,)), bytes(1)) for i in range(28)]
    extensions += [bench.purposes(*[b"\x2a\x03"] * 15, oids.SERVER_AUTH), bench.alternatives(*[(2, b"a.example")] * 100), bench.basic_constraints(True)]
    leaf = bench.certificate("h.example", "Nobody", 9, 1, extensions)
    assert len(leaf) < 4096
    root = bench.certificate("Root", "Root", 1, 1, extensions)
    result = _check(monkeypatch, lambda: judge([leaf, root], [root], bench.NOW_S, Wanted(SERVER)))[2]
    assert result == UNKNOWN_ISSUER
    _check(monkeypatch, lambda: judge([leaf, root], [root], bench.NOW_S, Wanted(SERVER, "h.example")))
