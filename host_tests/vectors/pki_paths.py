"""Paths of pki on NIST's Public Key Interoperability Test Suite, and certificates of many makers: `make vectors`.

Of PKITS are taken the chapters about what we check: signatures, dates, names, basicConstraints, keyUsage, unknown extensions, and name constraints, which we
refuse. Revocation and policies are left to who runs the roots: there is no CRL in OCPP.
"""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from chargepoint.pki.certificate import CODE, read_certificate
from chargepoint.pki.path import Wanted, judge
from chargepoint.pki.refusals import (
    BAD_SIGNATURE,
    EXPIRED,
    MALFORMED,
    NO_OBJECTION,
    NOT_A_CA,
    NOT_YET_VALID,
    PATH_TOO_LONG,
    TOO_LARGE,
    UNKNOWN_CRITICAL,
    UNKNOWN_ISSUER,
    UNSUPPORTED,
    WEAK_KEY,
    Refused,
)
from host_tests.pki_bench import finish
from host_tests.vectors.published import NIST

EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
NOW_S = int((datetime(2026, 11, 25, tzinfo=timezone.utc) - EPOCH).total_seconds())
PKITS = NIST / "x509" / "PKITS_data" / "certs"
LONG = "pathLenConstraint"

# end certificate, certificates between it and the root, verdict
CASES: list[tuple[str, tuple[str, ...], int]] = [
    ("ValidCertificatePathTest1", ("GoodCA",), NO_OBJECTION),
    ("InvalidCASignatureTest2", ("BadSignedCA",), MALFORMED),  # its signature is no whole number of bytes
    ("InvalidEESignatureTest3", ("GoodCA",), BAD_SIGNATURE),
    ("ValidDSASignaturesTest4", ("DSACA",), UNSUPPORTED),
    ("InvalidDSASignatureTest6", ("DSACA",), MALFORMED),  # likewise
    ("InvalidCAnotBeforeDateTest1", ("BadnotBeforeDateCA",), NOT_YET_VALID),
    ("InvalidEEnotBeforeDateTest2", ("GoodCA",), NOT_YET_VALID),
    ("Validpre2000UTCnotBeforeDateTest3", ("GoodCA",), NO_OBJECTION),
    ("ValidGeneralizedTimenotBeforeDateTest4", ("GoodCA",), NO_OBJECTION),
    ("InvalidCAnotAfterDateTest5", ("BadnotAfterDateCA",), EXPIRED),
    ("InvalidEEnotAfterDateTest6", ("GoodCA",), EXPIRED),
    ("Invalidpre2000UTCEEnotAfterDateTest7", ("GoodCA",), EXPIRED),
    ("ValidGeneralizedTimenotAfterDateTest8", ("GoodCA",), NO_OBJECTION),
    ("InvalidNameChainingTest1", ("GoodCA",), UNKNOWN_ISSUER),
    ("InvalidNameChainingOrderTest2", ("NameOrderingCA",), UNKNOWN_ISSUER),
    # The same name with other spaces: RFC 5280 would have them equal; mbedTLS has not, and so have we not.
    ("ValidNameChainingWhitespaceTest3", ("GoodCA",), UNKNOWN_ISSUER),
    ("ValidNameChainingWhitespaceTest4", ("GoodCA",), UNKNOWN_ISSUER),
    ("ValidUTF8StringCaseInsensitiveMatchTest11", ("UTF8StringCaseInsensitiveMatchCA",), UNKNOWN_ISSUER),
    ("ValidNameChainingCapitalizationTest5", ("GoodCA",), NO_OBJECTION),
    ("ValidNameUIDsTest6", ("UIDCA",), NO_OBJECTION),
    ("ValidRFC3280MandatoryAttributeTypesTest7", ("RFC3280MandatoryAttributeTypesCA",), NO_OBJECTION),
    ("ValidRFC3280OptionalAttributeTypesTest8", ("RFC3280OptionalAttributeTypesCA",), NO_OBJECTION),
    ("ValidUTF8StringEncodedNamesTest9", ("UTF8StringEncodedNamesCA",), NO_OBJECTION),
    ("ValidRolloverfromPrintableStringtoUTF8StringTest10", ("RolloverfromPrintableStringtoUTF8StringCA",), NO_OBJECTION),
    ("ValidLongSerialNumberTest16", ("LongSerialNumberCA",), NO_OBJECTION),
    ("ValidLongSerialNumberTest17", ("LongSerialNumberCA",), NO_OBJECTION),
    ("ValidBasicSelfIssuedOldWithNewTest1", ("BasicSelfIssuedNewKeyCA", "BasicSelfIssuedNewKeyOldWithNewCA"), NO_OBJECTION),
    ("ValidBasicSelfIssuedNewWithOldTest3", ("BasicSelfIssuedOldKeyCA", "BasicSelfIssuedOldKeyNewWithOldCA"), NO_OBJECTION),
    ("InvalidMissingbasicConstraintsTest1", ("MissingbasicConstraintsCA",), NOT_A_CA),
    ("InvalidcAFalseTest2", ("basicConstraintsCriticalcAFalseCA",), NOT_A_CA),
    ("InvalidcAFalseTest3", ("basicConstraintsNotCriticalcAFalseCA",), NOT_A_CA),
    ("ValidbasicConstraintsNotCriticalTest4", ("basicConstraintsNotCriticalCA",), NO_OBJECTION),
    ("InvalidpathLenConstraintTest5", (LONG + "0CA", LONG + "0subCA"), PATH_TOO_LONG),
    ("InvalidpathLenConstraintTest6", (LONG + "0CA", LONG + "0subCA"), PATH_TOO_LONG),
    ("ValidpathLenConstraintTest7", (LONG + "0CA",), NO_OBJECTION),
    ("ValidpathLenConstraintTest8", (LONG + "0CA",), NO_OBJECTION),
    ("InvalidpathLenConstraintTest9", (LONG + "6CA", LONG + "6subCA0", LONG + "6subsubCA00"), PATH_TOO_LONG),
    ("InvalidpathLenConstraintTest10", (LONG + "6CA", LONG + "6subCA0", LONG + "6subsubCA00"), PATH_TOO_LONG),
    ("InvalidpathLenConstraintTest11", (LONG + "6CA", LONG + "6subCA1", LONG + "6subsubCA11", LONG + "6subsubsubCA11X"), PATH_TOO_LONG),
    ("InvalidpathLenConstraintTest12", (LONG + "6CA", LONG + "6subCA1", LONG + "6subsubCA11", LONG + "6subsubsubCA11X"), PATH_TOO_LONG),
    ("ValidpathLenConstraintTest13", (LONG + "6CA", LONG + "6subCA4", LONG + "6subsubCA41", LONG + "6subsubsubCA41X"), NO_OBJECTION),
    ("ValidpathLenConstraintTest14", (LONG + "6CA", LONG + "6subCA4", LONG + "6subsubCA41", LONG + "6subsubsubCA41X"), NO_OBJECTION),
    ("ValidSelfIssuedpathLenConstraintTest15", (LONG + "0CA", LONG + "0SelfIssuedCA"), NO_OBJECTION),
    ("InvalidSelfIssuedpathLenConstraintTest16", (LONG + "0CA", LONG + "0SelfIssuedCA", LONG + "0subCA2"), PATH_TOO_LONG),
    ("ValidSelfIssuedpathLenConstraintTest17", (LONG + "1CA", LONG + "1SelfIssuedCA", LONG + "1subCA", LONG + "1SelfIssuedsubCA"), NO_OBJECTION),
    ("InvalidkeyUsageCriticalkeyCertSignFalseTest1", ("keyUsageCriticalkeyCertSignFalseCA",), NOT_A_CA),
    ("InvalidkeyUsageNotCriticalkeyCertSignFalseTest2", ("keyUsageNotCriticalkeyCertSignFalseCA",), NOT_A_CA),
    ("ValidkeyUsageNotCriticalTest3", ("keyUsageNotCriticalCA",), NO_OBJECTION),
    ("ValidDNnameConstraintsTest1", ("nameConstraintsDN1CA",), UNKNOWN_CRITICAL),
    ("InvalidDNnameConstraintsTest2", ("nameConstraintsDN1CA",), UNKNOWN_CRITICAL),
    ("InvalidDNSnameConstraintsTest31", ("nameConstraintsDNS1CA",), UNKNOWN_CRITICAL),
    ("ValidUnknownNotCriticalCertificateExtensionTest1", (), NO_OBJECTION),
    ("InvalidUnknownCriticalCertificateExtensionTest2", (), UNKNOWN_CRITICAL),
]


def _der(name: str) -> bytes:
    for ending in ("EE", "Cert", "icate", ""):
        path = PKITS / f"{name}{ending}.crt"
        if path.is_file():
            return path.read_bytes()
    raise AssertionError(name)


@pytest.mark.parametrize(("end", "between", "expected"), CASES, ids=[case[0] for case in CASES])
def test_pkits(end: str, between: tuple[str, ...], expected: int) -> None:
    """The verdict of the suite, for the reason that it has in mind."""
    chain = [_der(end), *(_der(name) for name in between)]
    assert finish(judge(chain, [_der("TrustAnchorRootCertificate")], NOW_S, Wanted(CODE))) == expected


def _certificates() -> list[bytes]:
    return [path.read_bytes() for path in sorted((NIST / "x509").rglob("*")) if path.suffix in (".pem", ".der", ".crt")]


@pytest.mark.filterwarnings("ignore")
def test_every_published_certificate_is_read_as_another_implementation_reads_it_or_refused() -> None:
    """And nothing is raised but the refusal."""
    read = refused = 0
    for data in _certificates():
        try:
            theirs = x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else x509.load_der_x509_certificate(data)
            key = theirs.public_key()
            extensions = list(theirs.extensions)
        except (ValueError, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType, UnsupportedAlgorithm):
            continue
        der = theirs.public_bytes(Encoding.DER)
        try:
            ours = finish(read_certificate(der))
        except Refused as refusal:
            assert refusal.code in (MALFORMED, TOO_LARGE)
            refused += 1
            continue
        read += 1
        assert int.from_bytes(ours.serial, "big") == theirs.serial_number
        assert ours.not_before_s == int((theirs.not_valid_before_utc - EPOCH).total_seconds())
        assert ours.not_after_s == int((theirs.not_valid_after_utc - EPOCH).total_seconds())
        if ours.key.objection:
            weak = isinstance(key, rsa.RSAPublicKey) and key.key_size < 2048
            assert ours.key.objection == (WEAK_KEY if weak else UNSUPPORTED)
        elif isinstance(key, rsa.RSAPublicKey):
            assert int.from_bytes(ours.key.modulus, "big") == key.public_numbers().n
        else:
            assert isinstance(key, ec.EllipticCurvePublicKey) and ours.key.x == key.public_numbers().x
        constraints = [extension.value for extension in extensions if isinstance(extension.value, x509.BasicConstraints)]
        assert ours.is_ca == any(value.ca for value in constraints)
    assert read > 400 and refused > 5
