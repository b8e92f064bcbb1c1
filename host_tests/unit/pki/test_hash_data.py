"""What a central system calls an installed certificate."""

from binascii import hexlify
from hashlib import sha256

from chargepoint.pki.certificate import Certificate, read_certificate
from chargepoint.pki.hash_data import hash_data
from chargepoint.pki.pem import read_pem
from host_tests import pki_bench as bench
from host_tests.unit.pki.real_certificates import ISSUER_KEY_HASH, ISSUER_NAME_HASH, OCTT_ROOT


def _read(der: bytes) -> Certificate:
    return bench.finish(read_certificate(der))


def test_the_root_of_the_test_tool() -> None:
    root = _read(read_pem(OCTT_ROOT, "CERTIFICATE", 1)[0])
    assert hash_data(root) == (ISSUER_NAME_HASH, ISSUER_KEY_HASH, "4")


def test_a_certificate_is_named_by_the_key_of_who_issued_it() -> None:
    root = _read(bench.root())
    below = _read(bench.certificate("a", "Root", 2, 1))
    name, key, _ = hash_data(below, root)
    assert name == hash_data(root)[0] and key == hash_data(root)[1] != hash_data(below)[1]
    assert key == hexlify(sha256(bench.key(1).point).digest()).decode()


def test_serial_numbers_have_no_leading_zeros() -> None:
    for serial in (0, 1, 0x0F, 0x10, 0x80, 0xABC, (1 << 160) - 1):
        assert hash_data(_read(bench.certificate("a", "a", 2, 2, serial=serial)))[2] == "%x" % serial
