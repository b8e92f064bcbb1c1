"""Computations in slices: what comes out of them, and what a slice takes of the heap."""

from hashlib import sha256

from chargepoint.pki import ecdsa, refusals, rsa
from chargepoint.pki.certificate import SERVER
from chargepoint.pki.computation import Computation
from chargepoint.pki.path import Wanted, judge
from chargepoint.pki.private_key import make_key, read_key
from chargepoint.pki.refusal_words import words
from chargepoint.pki.refusals import MALFORMED, NO_OBJECTION
from chargepoint.pki.signing_request import signing_request
from host_tests import pki_bench as bench
from host_tests.portable import MICROPYTHON, allocated, raises
from host_tests.unit.pki import rsa_examples

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generator

DIGEST = sha256(b"Pilotline").digest()
SLICE_BYTES = 16 * 1024


def test_a_result_after_many_slices() -> None:
    computation = Computation(ecdsa.multiple_of_generator(1, bench.BLINDING))
    count = 1
    while not computation.step():
        assert computation.result is None
        count += 1
    assert count > 80
    assert computation.result[0] == 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
    assert computation.reason == NO_OBJECTION and computation.over
    assert computation.step() and computation.step()


def test_a_refusal_is_a_reason_and_no_exception() -> None:
    computation = Computation(read_key(b"no key", bench.BLINDING))
    assert computation.step()
    assert computation.reason == MALFORMED and computation.result is None


def test_every_reason_has_words() -> None:
    codes = [getattr(refusals, name) for name in dir(refusals) if isinstance(getattr(refusals, name), int)]
    assert sorted(codes) == list(range(len(codes)))
    assert len({words(code) for code in codes}) == len(codes)
    raises(IndexError, words, len(codes))


def _largest_slice(slices: "Generator[None, None, Any]") -> int:
    computation = Computation(slices)
    largest = 0
    while not computation.over:
        largest = max(largest, allocated(lambda: computation.step()))
    assert computation.reason == NO_OBJECTION and computation.result
    return largest


def test_no_slice_takes_more_heap_than_promised() -> None:
    key = bench.key(1)
    point = int.from_bytes(key.point[1:33], "big"), int.from_bytes(key.point[33:], "big")
    signature = bench.finish(ecdsa.sign(key.secret, DIGEST, bench.BLINDING))
    computations = [
        make_key(bytes(48), bench.BLINDING),
        ecdsa.sign(key.secret, DIGEST, bench.BLINDING),
        ecdsa.verify(point[0], point[1], DIGEST, signature),
        rsa.open_signature(rsa_examples.MODULUS_2048, b"\x01\x00\x01", rsa_examples.PSS_2048),
        rsa.open_signature(rsa_examples.MODULUS_4096, b"\x01\x00\x01", rsa_examples.PSS_4096),
    ]
    sizes = [_largest_slice(slices) for slices in computations]
    assert max(sizes) <= SLICE_BYTES, sizes
    assert not MICROPYTHON or min(sizes) > 0


def test_no_slice_of_a_request_takes_more_heap_than_promised() -> None:
    assert _largest_slice(signing_request("CP-0001", "Operator", bench.key(1), bench.BLINDING)) <= SLICE_BYTES


def test_no_slice_of_a_judgment_takes_more_heap_than_promised() -> None:
    chain = [bench.certificate("h.example", "Sub", 9, 2), bench.authority("Sub", "Root", 2, 1)]
    computation = Computation(judge(chain, [bench.root()], bench.NOW_S, Wanted(SERVER, "h.example")))
    largest = 0
    while not computation.over:
        largest = max(largest, allocated(lambda: computation.step()))
    assert computation.result == NO_OBJECTION
    assert largest <= SLICE_BYTES, largest
