"""The request for a certificate: its text, its fields, its signature."""

from hashlib import sha256

from chargepoint.pki import oids
from chargepoint.pki.der import BIT_STRING, CONTEXT_HOLDER, OID, SEQUENCE, Reader, reader_of
from chargepoint.pki.names import part_of
from chargepoint.pki.pem import read_pem
from chargepoint.pki.public_key import ECDSA, PublicKey
from chargepoint.pki.refusals import TOO_LARGE, Refused
from chargepoint.pki.signing_request import signing_request
from host_tests import pki_bench as bench
from host_tests.portable import raises

MOST_CHARACTERS = 5500  # of the field csr


def _request(common_name: str, organization: str) -> str:
    return bench.finish(signing_request(common_name, organization, bench.key(2), bench.BLINDING))


def _body(text: str) -> "tuple[bytes, Reader, Reader]":
    """The part that is signed, a reader of it, a reader of the rest."""
    outer = reader_of(read_pem(text.encode(), "CERTIFICATE REQUEST", 1)[0], SEQUENCE)
    outer.expect(SEQUENCE)
    signed = outer.whole()
    return signed, reader_of(signed, SEQUENCE), outer


def test_the_request_names_charger_and_operator_and_is_signed_with_the_key_in_it() -> None:
    text = _request("CP-0001", "Operator & Sons GmbH")
    lines = text.split("\n")
    assert lines[0] == "-----BEGIN CERTIFICATE REQUEST-----" and lines[-2:] == ["-----END CERTIFICATE REQUEST-----", ""]
    signed, body, rest = _body(text)
    assert body.small() == 0
    body.expect(SEQUENCE)
    subject = body.whole()
    assert part_of(subject, oids.COMMON_NAME) == b"CP-0001"
    assert part_of(subject, oids.ORGANIZATION) == b"Operator & Sons GmbH"
    key = PublicKey(body)
    assert key.raw == bench.key(2).point
    assert body.contents(CONTEXT_HOLDER) == b""  # attributes: there must be the field, even without any
    body.finish()
    algorithm = rest.enter(SEQUENCE)
    assert algorithm.contents(OID) == oids.ECDSA_WITH_SHA256
    algorithm.finish()
    signature = rest.contents(BIT_STRING)[1:]
    assert bench.finish(key.verify(ECDSA, sha256(signed).digest(), signature))


def test_the_longest_names_fit_into_the_message() -> None:
    text = _request("ü" * 64, "ö" * 64)
    assert len(text) <= 1100 < MOST_CHARACTERS
    assert part_of(_subject(text), oids.COMMON_NAME) == ("ü" * 64).encode()
    for names in (("x" * 65, "y"), ("x", "y" * 65)):
        assert raises(Refused, _request, *names).code == TOO_LARGE


def test_no_operator_no_organization() -> None:
    assert part_of(_subject(_request("CP-0001", "")), oids.ORGANIZATION) == b""


def _subject(text: str) -> bytes:
    _, body, _ = _body(text)
    body.small()
    body.expect(SEQUENCE)
    return body.whole()
