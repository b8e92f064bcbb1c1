"""The charger's own key: made, written, read again, and taken by the interpreter's TLS."""

from chargepoint.pki import oids
from chargepoint.pki.der import CONTEXT_HOLDER, INTEGER, OCTET_STRING, OID, SEQUENCE, element
from chargepoint.pki.p256 import N
from chargepoint.pki.private_key import PrivateKey, make_key, read_key
from chargepoint.pki.refusals import BAD_KEY, MALFORMED, TOO_LARGE, UNSUPPORTED, WEAK_KEY, Refused
from host_tests import pki_bench as bench
from host_tests.portable import MICROPYTHON, raises

ALGORITHM = element(SEQUENCE, (element(OID, (oids.EC_PUBLIC_KEY,)), element(OID, (oids.P256,))))
VERSION = b"\x02\x01"


def _read(der: bytes) -> PrivateKey:
    return bench.finish(read_key(der, bench.BLINDING))


def _code(der: bytes) -> int:
    return raises(Refused, _read, der).code


def _pkcs8(inner: bytes, algorithm: bytes = ALGORITHM) -> bytes:
    return element(SEQUENCE, (VERSION + b"\x00", algorithm, element(OCTET_STRING, (inner,))))


def _sec1(secret: bytes, *more: bytes, version: bytes = b"\x01") -> bytes:
    return element(SEQUENCE, (VERSION + version, element(OCTET_STRING, (secret,))) + more)


CURVE = element(CONTEXT_HOLDER, (element(OID, (oids.P256,)),))


def test_what_is_written_is_read() -> None:
    key = bench.key(1)
    again = _read(key.write())
    assert again.secret == key.secret and again.point == key.point
    assert len(key.write()) == 121
    assert len(PrivateKey(1, key.point).write()) == 121  # a small secret keeps its zeros


def test_pkcs8_with_and_without_the_public_key() -> None:
    key = bench.key(1)
    secret = key.secret.to_bytes(32, "big")
    assert _read(_pkcs8(key.write())).point == key.point
    assert _read(_pkcs8(_sec1(secret))).point == key.point
    attributes = element(SEQUENCE, (VERSION + b"\x00", ALGORITHM, element(OCTET_STRING, (_sec1(secret),)), element(CONTEXT_HOLDER, ())))
    assert _read(attributes).point == key.point
    assert _read(_sec1(secret, CURVE)).point == key.point


def test_keys_that_are_none() -> None:
    key = bench.key(1)
    secret = key.secret.to_bytes(32, "big")
    assert _code(_sec1(secret)) == UNSUPPORTED  # of which curve?
    for number in (0, N, N + 1, (1 << 256) - 1):
        assert _code(_sec1(number.to_bytes(32, "big"), CURVE)) == BAD_KEY
    assert _code(PrivateKey(key.secret + 1, key.point).write()) == BAD_KEY  # the public key of another
    other = element(SEQUENCE, (element(OID, (oids.RSA_ENCRYPTION,)), element(5, ())))
    assert _code(_pkcs8(b"\x30\x00", other)) == UNSUPPORTED
    curve = element(CONTEXT_HOLDER, (element(OID, (b"\x2b\x81\x04\x00\x22",)),))  # P-384
    assert _code(_sec1(secret, curve)) == UNSUPPORTED
    for cut in (secret[1:], secret[:-1], b"\x00" + secret, b""):
        assert _code(_sec1(cut, CURVE)) == MALFORMED
    assert _code(_sec1(secret, CURVE, version=b"\x02")) == MALFORMED
    assert _code(_sec1(secret, CURVE, b"\x05\x00")) == MALFORMED
    assert _code(element(SEQUENCE, (element(INTEGER, (b"\x01",)),))) == MALFORMED
    assert _code(key.write() + b"\x00") == MALFORMED
    assert _code(bytes(257)) == TOO_LARGE
    for length in range(len(key.write())):
        raises(Refused, _read, key.write()[:length])


def test_entropy_is_asked_for_when_it_is_made() -> None:
    assert raises(Refused, bench.finish, make_key(bytes(39), bench.BLINDING)).code == WEAK_KEY
    assert raises(Refused, bench.finish, make_key(bytes(48), b"")).code == WEAK_KEY


def test_the_interpreters_tls_takes_key_and_certificate() -> None:
    """What a charger does at each connection of security profile 3; mbedTLS refuses a key that it cannot read or that does not fit the certificate."""
    if not MICROPYTHON:
        return
    import tls

    certificate = bench.certificate("CP-0001", "Root", 2, 1, (bench.key_usage(bench.DIGITAL_SIGNATURE), bench.purposes(oids.CLIENT_AUTH)))
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bench.root())
    context.load_cert_chain(certificate, bench.key(2).write())
    raises(ValueError, tls.SSLContext(tls.PROTOCOL_TLS_CLIENT).load_cert_chain, certificate, bench.key(2).write()[:-1])
