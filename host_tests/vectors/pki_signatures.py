"""Keys and signatures of pki on the vectors of Wycheproof and of NIST's CAVP: `make vectors`."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from chargepoint.pki import ecdsa, p256, rsa
from chargepoint.pki.der import SEQUENCE, Reader, element, integer
from chargepoint.pki.private_key import read_key
from chargepoint.pki.public_key import ANY, ECDSA, RSA_PKCS1, RSA_PSS, PublicKey
from chargepoint.pki.refusals import UNSUPPORTED, Refused
from host_tests.pki_bench import BLINDING, finish
from host_tests.vectors.published import NIST, nist, wycheproof


def _run(name: str, algorithm: int) -> tuple[int, int]:
    """Valid and invalid signatures of a file of Wycheproof's; one that is only "acceptable" may be either."""
    counts = [0, 0]
    for group in wycheproof(name):
        key = PublicKey(Reader(bytes.fromhex(group["publicKeyDer"])))
        for test in group["tests"]:
            found = finish(key.verify(algorithm, sha256(bytes.fromhex(test["msg"])).digest(), bytes.fromhex(test["sig"])))
            if test["result"] != "acceptable":
                assert found == (test["result"] == "valid"), (name, test["tcId"], test["comment"])
            counts[found] += 1
    return counts[1], counts[0]


def _refuses_all(name: str, algorithm: int) -> None:
    """No signature that is right with another hash or other parameters is right with ours."""
    for group in wycheproof(name):
        key = PublicKey(Reader(bytes.fromhex(group["publicKeyDer"])))
        for test in group["tests"]:
            if test["result"] == "valid":
                assert not finish(key.verify(algorithm, sha256(bytes.fromhex(test["msg"])).digest(), bytes.fromhex(test["sig"])))


def test_wycheproof_ecdsa() -> None:
    """Encodings that are not DER, numbers out of range, points where usual formulas fail."""
    valid, invalid = _run("ecdsa_secp256r1_sha256_test.json", ECDSA)
    assert valid > 150 and invalid > 250


@pytest.mark.parametrize("bits", (2048, 3072, 4096))
def test_wycheproof_rsa_pkcs1(bits: int) -> None:
    """Paddings of PKCS#1 v1.5 that are nearly right; none of them is one of PSS."""
    valid, invalid = _run(f"rsa_signature_{bits}_sha256_test.json", RSA_PKCS1)
    assert valid >= 7 and invalid > 200
    _refuses_all(f"rsa_signature_{bits}_sha256_test.json", RSA_PSS)


@pytest.mark.parametrize("bits", (2048, 3072, 4096))
def test_wycheproof_rsa_pss(bits: int) -> None:
    """Paddings of PSS that are nearly right."""
    valid, invalid = _run(f"rsa_pss_{bits}_sha256_mgf1_32_test.json", RSA_PSS)
    assert valid > 50 and invalid > 30


@pytest.mark.parametrize(
    "name",
    (
        "rsa_signature_2048_sha224_test.json",
        "rsa_signature_2048_sha384_test.json",
        "rsa_signature_2048_sha512_256_test.json",
        "rsa_signature_4096_sha512_test.json",
    ),
)
def test_wycheproof_other_hashes_verify_nothing(name: str) -> None:
    """What is signed over another hash is not signed over ours."""
    _refuses_all(name, RSA_PKCS1)


@pytest.mark.parametrize(
    "name",
    (
        "rsa_pss_2048_sha1_mgf1_20_test.json",
        "rsa_pss_2048_sha256_mgf1_0_test.json",
        "rsa_pss_2048_sha256_mgf1sha1_20_test.json",
        "rsa_pss_2048_sha512_256_mgf1_32_test.json",
        "rsa_pss_4096_sha512_mgf1_32_test.json",
    ),
)
def test_wycheproof_other_parameters_verify_nothing(name: str) -> None:
    """Another salt, another hash in the mask."""
    _refuses_all(name, RSA_PSS)


@pytest.mark.parametrize("name", ("rsa_signature_8192_sha256_test.json", "rsa_pss_2048_sha256_mgf1_32_params_test.json", "ecdsa_secp384r1_sha256_test.json"))
def test_wycheproof_keys_that_are_not_ours(name: str) -> None:
    """Too long, tied to parameters, on another curve."""
    for group in wycheproof(name):
        key = PublicKey(Reader(bytes.fromhex(group["publicKeyDer"])))
        assert key.objection == UNSUPPORTED
        test = group["tests"][0]
        assert not finish(key.verify(ANY, sha256(bytes.fromhex(test["msg"])).digest(), bytes.fromhex(test["sig"])))


def test_nist_ecdsa_verification() -> None:
    """Messages, keys and signatures of which one has been changed."""
    results = []
    for case in nist("asymmetric/ECDSA/FIPS_186-3/SigVer.rsp", "[P-256,SHA-256]"):
        point = int(case["Qx"], 16), int(case["Qy"], 16)
        signature = element(SEQUENCE, (integer(int(case["R"], 16), 40), integer(int(case["S"], 16), 40)))
        valid = p256.is_on_curve(*point) and finish(ecdsa.verify(*point, sha256(bytes.fromhex(case["Msg"])).digest(), signature))
        assert valid == case["Result"].startswith("P"), case
        results.append(valid)
    assert len(results) == 15 and any(results) and not all(results)


def test_nist_ecdsa_signatures() -> None:
    """Made with nonces of their own, so they are verified only."""
    count = 0
    for case in nist("asymmetric/ECDSA/FIPS_186-3/SigGen.txt", "[P-256,SHA-256]"):
        signature = element(SEQUENCE, (integer(int(case["R"], 16), 32), integer(int(case["S"], 16), 32)))
        digest = sha256(bytes.fromhex(case["Msg"])).digest()
        assert finish(ecdsa.verify(int(case["Qx"], 16), int(case["Qy"], 16), digest, signature))
        count += 1
    assert count == 15


def test_published_private_keys() -> None:
    """Those of P-256 are read as another implementation reads them, the others are refused."""
    read = refused = 0
    for path in sorted([*(NIST / "asymmetric/PKCS8").iterdir(), *(NIST / "asymmetric/EC").iterdir(), *(NIST / "asymmetric/DER_Serialization").iterdir()]):
        der = _der_of(path.read_bytes())
        try:
            key = load_der_private_key(der, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        try:
            ours = finish(read_key(der, BLINDING))
        except Refused:
            assert not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1" or "explicit" in path.name, path.name
            refused += 1
            continue
        assert isinstance(key, ec.EllipticCurvePrivateKey) and ours.secret == key.private_numbers().private_value, path.name
        read += 1
    assert read > 3 and refused > 20


def _der_of(data: bytes) -> bytes:
    lines = data.split(b"\n")
    if not data.startswith(b"-----BEGIN"):
        return data
    return b64decode(b"".join(line for line in lines if line and b"-" not in line and b":" not in line))


def test_nist_public_keys() -> None:
    """Points that are and are not on the curve."""
    results = []
    for case in nist("asymmetric/ECDSA/FIPS_186-3/PKV.rsp", "[P-256]"):
        results.append(p256.is_on_curve(int(case["Qx"], 16), int(case["Qy"], 16)))
        assert results[-1] == case["Result"].startswith("P"), case
    assert len(results) == 12 and any(results) and not all(results)


def test_nist_key_pairs() -> None:
    """Multiples of the generator."""
    count = 0
    for case in nist("asymmetric/ECDSA/FIPS_186-3/KeyPair.rsp", "[P-256]"):
        if "d" in case:
            assert finish(ecdsa.multiple_of_generator(int(case["d"], 16), BLINDING)) == (int(case["Qx"], 16), int(case["Qy"], 16))
            count += 1
    assert count == 10


@pytest.mark.parametrize("bits", (2048, 3072, 4096))
def test_nist_rsa_pkcs1(bits: int) -> None:
    """Messages, keys and signatures of which one has been changed."""
    results = []
    for case in nist("asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp", f"[mod = {bits}]"):
        if case.get("SHAAlg") != "SHA256":
            continue
        exponent = bytes.fromhex(case["e"]).lstrip(b"\x00")
        opened = finish(rsa.open_signature(bytes.fromhex(case["n"]), exponent, bytes.fromhex(case["S"])))
        results.append(rsa.is_pkcs1(opened, sha256(bytes.fromhex(case["Msg"])).digest()))
        assert results[-1] == case["Result"].startswith("P"), case
    assert len(results) == 18 and any(results) and not all(results)
