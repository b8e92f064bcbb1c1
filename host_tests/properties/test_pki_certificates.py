"""Certificates of the package `cryptography`: what pki reads of them, whether it goes their paths, and what it makes of damaged ones."""

from __future__ import annotations

import ipaddress
from binascii import hexlify
from datetime import datetime, timedelta, timezone
from functools import lru_cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp, verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import given, settings, strategies as st

from chargepoint.pki.certificate import ABSENT, ANYTHING, CLIENT, CODE, SERVER, Certificate, read_certificate
from chargepoint.pki.hash_data import hash_data
from chargepoint.pki.names import address_bytes
from chargepoint.pki.path import Wanted, judge, judge_root
from chargepoint.pki.pem import read_pem, write_pem
from chargepoint.pki.public_key import ECDSA, RSA_PKCS1, RSA_PSS
from chargepoint.pki.refusals import NO_OBJECTION, Refused
from host_tests.pki_bench import finish

EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
NOW_S = int((NOW - EPOCH).total_seconds())
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH: SERVER,
    ExtendedKeyUsageOID.CLIENT_AUTH: CLIENT,
    ExtendedKeyUsageOID.CODE_SIGNING: CODE,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: ANYTHING,
    ExtendedKeyUsageOID.OCSP_SIGNING: 0,
    ObjectIdentifier("1.3.6.1.4.1.99999.1"): 0,
}
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@lru_cache(maxsize=None)
def _key(kind: str, number: int) -> Key:
    return ec.generate_private_key(ec.SECP256R1()) if kind == "curve" else rsa.generate_private_key(65537, 2048)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"), x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(**bits: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign")
    return x509.KeyUsage(**{name: bits.get(name, False) for name in names}, encipher_only=False, decipher_only=False)


def _sign(builder: x509.CertificateBuilder, signer: Key, pss: bool = False) -> bytes:
    if pss and isinstance(signer, rsa.RSAPrivateKey):
        return builder.sign(signer, hashes.SHA256(), rsa_padding=PSS).public_bytes(Encoding.DER)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def _builder(subject: str, issuer: str, own: Key) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(own.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(NOW - timedelta(30)).not_valid_after(NOW + timedelta(300))


def _authority(subject: str, issuer: str, own: Key, signer: Key, pss: bool = False) -> bytes:
    builder = _builder(subject, issuer, own).add_extension(x509.BasicConstraints(True, None), True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False)
    return _sign(builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False), signer, pss)


def _server(issuer: str, own: Key, signer: Key, pss: bool = False) -> bytes:
    builder = _builder("Central System", issuer, own)
    builder = builder.add_extension(x509.BasicConstraints(False, None), True).add_extension(_usage(digital_signature=True), True)
    names = x509.SubjectAlternativeName([x509.DNSName("cs.example.com"), x509.IPAddress(ipaddress.ip_address("192.0.2.7"))])
    builder = builder.add_extension(names, False).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    return _sign(builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False), signer, pss)


MOMENT = st.datetimes(datetime(1950, 1, 1), datetime(9999, 12, 31, 23, 59, 59)).map(lambda moment: moment.replace(microsecond=0, tzinfo=timezone.utc))


@settings(max_examples=60)
@given(
    st.tuples(MOMENT, MOMENT).map(sorted),
    st.integers(1, (1 << 159) - 1),
    st.one_of(st.none(), st.booleans(), st.integers(0, 200)),
    st.one_of(st.none(), st.sets(st.sampled_from(("digital_signature", "key_encipherment", "key_cert_sign", "crl_sign", "data_encipherment")), min_size=1)),
    st.one_of(st.none(), st.sets(st.sampled_from(sorted(PURPOSES, key=str)), min_size=1)),
    st.sampled_from(("curve", "rsa", "pss")),
)
def test_every_field_is_read_as_it_was_written(
    dates: list[datetime], serial: int, authority: bool | int | None, usage: set[str] | None, purposes: set[ObjectIdentifier] | None, kind: str
) -> None:
    key = _key("curve" if kind == "curve" else "rsa", 0)
    builder = x509.CertificateBuilder().subject_name(_name("a")).issuer_name(_name("b")).public_key(key.public_key())
    builder = builder.serial_number(serial).not_valid_before(dates[0]).not_valid_after(dates[1])
    if authority is not None:
        length = authority if type(authority) is int else None
        builder = builder.add_extension(x509.BasicConstraints(authority is not False, length), True)
    if usage is not None:
        builder = builder.add_extension(_usage(**{name: True for name in usage}), True)
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(sorted(purposes, key=str)), False)
    read = finish(read_certificate(_sign(builder, key, kind == "pss")))
    assert [read.not_before_s, read.not_after_s] == [int((moment - EPOCH).total_seconds()) for moment in dates]
    assert int.from_bytes(read.serial, "big") == serial
    assert read.subject == _name("a").public_bytes() and read.issuer == _name("b").public_bytes()
    assert read.is_ca == (authority is not None and authority is not False)
    assert read.path_length == (authority if type(authority) is int else ABSENT)
    bits = {"digital_signature": 0x80, "key_encipherment": 0x20, "data_encipherment": 0x10, "key_cert_sign": 4, "crl_sign": 2}
    assert read.key_usage == (ABSENT if usage is None else sum(bits[name] for name in usage))
    assert read.purposes == (ABSENT if purposes is None else sum(PURPOSES[purpose] for purpose in purposes))
    assert read.algorithm == {"curve": ECDSA, "rsa": RSA_PKCS1, "pss": RSA_PSS}[kind]
    assert finish(read.key.verify(read.algorithm, read.digest, read.signature))


@pytest.mark.parametrize("kind", ("curve", "rsa"))
def test_hashes_are_those_of_ocsp(kind: str) -> None:
    """The whitepaper takes them from there, and `cryptography` makes them for OCSP requests."""
    root = _authority("Root", "Root", _key(kind, 0), _key(kind, 0))
    leaf = _server("Root", _key(kind, 1), _key(kind, 0))
    for der in (leaf, root):
        theirs = x509.load_der_x509_certificate(der)
        request = ocsp.OCSPRequestBuilder().add_certificate(theirs, x509.load_der_x509_certificate(root), hashes.SHA256()).build()
        ours = hash_data(finish(read_certificate(der)), finish(read_certificate(root)))
        assert ours == (hexlify(request.issuer_name_hash).decode(), hexlify(request.issuer_key_hash).decode(), f"{request.serial_number:x}")


@pytest.mark.parametrize("kinds", (("curve",) * 3, ("rsa",) * 3, ("rsa", "curve", "rsa"), ("curve", "rsa", "curve")))
@pytest.mark.parametrize("pss", (False, True))
def test_paths_that_another_implementation_goes(kinds: tuple[str, str, str], pss: bool) -> None:
    root_key, sub_key, leaf_key = (_key(kind, number) for number, kind in enumerate(kinds))
    root = _authority("Root", "Root", root_key, root_key, pss)
    sub = _authority("Sub", "Root", sub_key, root_key, pss)
    leaf = _server("Sub", leaf_key, sub_key, pss)
    if not pss:  # which its verification has not on its list
        store = verification.Store([x509.load_der_x509_certificate(root)])
        verifier = verification.PolicyBuilder().store(store).time(NOW).build_server_verifier(x509.DNSName("cs.example.com"))
        assert len(verifier.verify(x509.load_der_x509_certificate(leaf), [x509.load_der_x509_certificate(sub)])) == 3
    assert finish(judge([leaf, sub], [root], NOW_S, Wanted(SERVER, "cs.example.com"))) == NO_OBJECTION
    assert finish(judge([leaf, sub], [root], NOW_S, Wanted(SERVER, "192.0.2.7"))) == NO_OBJECTION
    assert finish(judge([leaf, sub], [root], NOW_S, Wanted(SERVER, "192.0.2.8"))) != NO_OBJECTION
    assert finish(judge([leaf, sub], [root], NOW_S, Wanted(CLIENT))) != NO_OBJECTION
    assert finish(judge_root(root, NOW_S)) == NO_OBJECTION
    assert finish(judge_root(sub, NOW_S)) != NO_OBJECTION


@pytest.mark.parametrize("kind", ("curve", "rsa"))
def test_not_one_bit_of_a_path_may_change(kind: str) -> None:
    """Every bit of the certificate and of what has issued it is signed, or is the signature, or holds them together; every fifth is tried."""
    root_key, sub_key, leaf_key = (_key(kind, number) for number in range(3))
    root = _authority("Root", "Root", root_key, root_key)
    chain = [_server("Sub", leaf_key, sub_key), _authority("Sub", "Root", sub_key, root_key)]
    assert finish(judge(chain, [root], NOW_S, Wanted(SERVER, "cs.example.com"))) == NO_OBJECTION
    for number in range(2):
        for bit in range(0, 8 * len(chain[number]), 5 if kind == "curve" else 7):
            changed = bytearray(chain[number])
            changed[bit >> 3] ^= 1 << (bit & 7)
            damaged = list(chain)
            damaged[number] = bytes(changed)
            assert finish(judge(damaged, [root], NOW_S, Wanted(SERVER, "cs.example.com"))) != NO_OBJECTION, (number, bit)


@given(st.binary(min_size=1, max_size=4096))
def test_pem_is_that_of_the_standard_library(der: bytes) -> None:
    import ssl

    assert read_pem(ssl.DER_cert_to_PEM_cert(der).encode(), "CERTIFICATE", 1) == [der]
    assert ssl.PEM_cert_to_DER_cert(write_pem(der, "CERTIFICATE")) == der


def _read_or_refuse(der: bytes) -> Certificate | None:
    try:
        return finish(read_certificate(der))
    except Refused:
        return None


@lru_cache(maxsize=1)
def _seeds() -> list[bytes]:
    keys = [_key("curve", 0), _key("rsa", 0)]
    return [_server("Root", key, key, pss) for key in keys for pss in (False, True)] + [_authority("Root", "Root", key, key) for key in keys]


@settings(max_examples=400)
@given(st.data())
def test_damaged_certificates_are_refused_or_read_and_raise_nothing_else(data: st.DataObject) -> None:
    """Bits turned, bytes put in and taken out, lengths changed, pieces of one certificate in another."""
    der = bytearray(data.draw(st.sampled_from(_seeds())))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(der) - 1))
        how = data.draw(st.integers(0, 4))
        if how == 0:
            der[at] ^= 1 << data.draw(st.integers(0, 7))
        elif how == 1:
            der[at] = data.draw(st.sampled_from((0, 1, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x84, 0x30, 0x31, 0xA0, 0xFF)))
        elif how == 2:
            del der[at : at + data.draw(st.integers(1, 20))]
        elif how == 3:
            der[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        else:
            other = data.draw(st.sampled_from(_seeds()))
            start = data.draw(st.integers(0, len(other) - 1))
            der[at : at + 8] = other[start : start + data.draw(st.integers(0, 64))]
        der = der or bytearray(b"\x30")
    ours = _read_or_refuse(bytes(der))
    if ours is None:
        return
    try:
        theirs = x509.load_der_x509_certificate(bytes(der))
        serial, dates, extensions = theirs.serial_number, (theirs.not_valid_before_utc, theirs.not_valid_after_utc), list(theirs.extensions)
    except (ValueError, x509.DuplicateExtension):
        return  # it looks into parts that we pass over
    assert int.from_bytes(ours.serial, "big") == serial
    assert (ours.not_before_s, ours.not_after_s) == tuple(int((moment - EPOCH).total_seconds()) for moment in dates)
    for extension in extensions:
        if isinstance(extension.value, x509.BasicConstraints):
            assert ours.is_ca == extension.value.ca
        if isinstance(extension.value, x509.KeyUsage):
            assert bool(ours.key_usage & 4) == extension.value.key_cert_sign


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_anything_at_all_is_refused(data: bytes) -> None:
    assert _read_or_refuse(data) is None
    assert finish(judge([data], [data], NOW_S, Wanted(SERVER, "cs.example.com"))) != NO_OBJECTION
    assert finish(judge_root(data, NOW_S, data)) != NO_OBJECTION
    with pytest.raises(Refused):
        read_pem(data, "CERTIFICATE", 5)


@pytest.mark.parametrize("tag", (0x30, 0x31, 0xA0, 0x24, 0x04))
@pytest.mark.parametrize("depth", (10, 1000, 2000))
def test_nesting_takes_no_stack(tag: int, depth: int) -> None:
    nested = b""
    for _ in range(depth):
        length = len(nested)
        nested = (bytes((tag, length)) if length < 128 else bytes((tag, 0x82, length >> 8, length & 255))) + nested
    assert _read_or_refuse(nested[-4096:]) is None
    for seed in _seeds()[:1]:
        at = seed.find(b"\x06\x03\x55\x1d\x11")
        assert _read_or_refuse(seed[: at - 2] + nested[:2000] + seed[at:]) is None


@settings(max_examples=500)
@given(st.one_of(st.ip_addresses().map(str), st.ip_addresses(v=6).map(lambda address: address.exploded), st.text("0123456789abcdef:.", max_size=24)))
def test_literal_addresses_are_those_of_the_standard_library(text: str) -> None:
    try:
        expected = ipaddress.ip_address(text).packed
    except ValueError:
        expected = b""
    assert address_bytes(text.encode()) == expected


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(("cs", "www", "example", "com", "*", "xn--cs-1ka")), min_size=1, max_size=4), st.sampled_from(("cs.example.com", "a.b.com", "com"))
)
def test_hosts_are_matched_as_another_implementation_matches_them(labels: list[str], host: str) -> None:
    """But for a wildcard right below a top-level domain, which only we refuse: no host here has one above it."""
    key = _key("curve", 0)
    root = _authority("Root", "Root", key, key)
    builder = _builder("Central System", "Root", key).add_extension(x509.BasicConstraints(False, None), True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(".".join(labels))]), False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    leaf = _sign(builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False), key)
    store = verification.Store([x509.load_der_x509_certificate(root)])
    verifier = verification.PolicyBuilder().store(store).time(NOW).build_server_verifier(x509.DNSName(host))
    try:
        verifier.verify(x509.load_der_x509_certificate(leaf), [])
        expected = True
    except verification.VerificationError:
        expected = False
    ours = finish(judge([leaf], [root], NOW_S, Wanted(SERVER, host))) == NO_OBJECTION
    assert ours == expected
