"""Reading certificates: a real one, every field, and each way in which one is no certificate."""

from chargepoint.pki import oids
from chargepoint.pki.certificate import ABSENT, ANYTHING, CLIENT, SERVER, Certificate, read_certificate
from chargepoint.pki.der import OCTET_STRING, SEQUENCE, element
from chargepoint.pki.names import part_of
from chargepoint.pki.pem import read_pem
from chargepoint.pki.public_key import ANY, ECDSA, OTHER
from chargepoint.pki.refusals import BAD_KEY, MALFORMED, NO_OBJECTION, TOO_LARGE, UNKNOWN_CRITICAL, UNSUPPORTED, Refused
from host_tests import pki_bench as bench
from host_tests.portable import allocated, raises
from host_tests.unit.pki.real_certificates import OCTT_ROOT

DAY_S = 86400


def _read(der: bytes) -> Certificate:
    return bench.finish(read_certificate(der))


def _code(der: bytes) -> int:
    return raises(Refused, _read, der).code


def _with(*extensions: bytes) -> bytes:
    return bench.certificate("a", "b", 2, 1, extensions)


def test_the_root_of_the_test_tool() -> None:
    root = _read(read_pem(OCTT_ROOT, "CERTIFICATE", 1)[0])
    assert root.serial == b"\x04"
    assert root.issuer == root.subject
    assert part_of(root.subject, oids.COMMON_NAME) == b"Root CA EDSA" and part_of(root.subject, oids.ORGANIZATION) == b"OCA"
    assert root.not_before_s == (31 + 11) * DAY_S + 18 * 3600 + 10 * 60 + 28  # 2020-02-12T18:10:28Z
    assert root.not_after_s == (40 * 365 + 10 + 31 + 1) * DAY_S + 18 * 3600 + 10 * 60 + 28  # 2060-02-02T18:10:28Z
    assert root.is_ca and root.path_length == ABSENT
    assert root.key_usage == 0x06  # Certificate Sign, CRL Sign
    assert root.purposes == ABSENT and root.alternatives == b""
    assert not root.key.is_rsa and root.key.raw[:6] == b"\x04\xdb\xd1\xeb\x33\xb6" and root.key.bits == 256
    assert root.algorithm == ECDSA
    assert bench.finish(root.key.verify(root.algorithm, root.digest, root.signature))


def test_extensions() -> None:
    plain = _read(_with())
    assert not plain.is_ca and plain.path_length == plain.key_usage == plain.purposes == ABSENT
    full = _read(
        _with(bench.basic_constraints(True, 3), bench.key_usage(bench.DIGITAL_SIGNATURE), bench.purposes(oids.SERVER_AUTH, b"\x2a\x03", oids.CLIENT_AUTH))
    )
    assert full.is_ca and full.path_length == 3 and full.key_usage == 0x80 and full.purposes == SERVER | CLIENT
    assert _read(_with(bench.purposes(b"\x2a\x03"))).purposes == 0
    assert _read(_with(bench.purposes(oids.ANY_PURPOSE))).purposes == ANYTHING
    assert _read(_with(bench.extension(oids.BASIC_CONSTRAINTS, b"\x30\x03\x01\x01\x00"))).is_ca is False


def test_versions_1_to_3() -> None:
    assert _read(bench.certificate("a", "b", 2, 1, version=0)).path_length == ABSENT
    assert _read(bench.certificate("a", "b", 2, 1, version=1)).path_length == ABSENT
    assert _code(bench.certificate("a", "b", 2, 1, version=3)) == MALFORMED
    for version in (0, 1):  # no extensions before version 3
        assert _code(bench.certificate("a", "b", 2, 1, (bench.basic_constraints(True),), version=version)) == MALFORMED


def test_serial_numbers() -> None:
    for serial in (0, 1, 0x80, (1 << 159) - 1, (1 << 160) - 1):
        assert int.from_bytes(_read(bench.certificate("a", "b", 2, 1, serial=serial)).serial, "big") == serial
    large = bench.certificate("a", "b", 2, 1, serial=1)
    at = large.find(b"\xa0\x03\x02\x01\x02\x02\x01\x01") + 7
    assert _code(large[:at] + b"\xff" + large[at + 1 :]) == MALFORMED  # -1


def test_what_is_critical_and_not_understood() -> None:
    unknown = b"\x2a\x03\x04"
    assert _read(_with(bench.extension(unknown, b"\x05\x00", True))).objection == UNKNOWN_CRITICAL
    assert _read(_with(bench.extension(unknown, b"\x05\x00"))).objection == NO_OBJECTION
    assert _read(_with(bench.extension(oids.CERTIFICATE_POLICIES, b"\x30\x00", True))).objection == NO_OBJECTION
    for critical in (True, False):
        assert _read(_with(bench.extension(oids.NAME_CONSTRAINTS, b"\x30\x00", critical))).objection == UNKNOWN_CRITICAL


def test_extensions_that_are_none() -> None:
    constraints = bench.basic_constraints(False)
    assert _code(_with(constraints, constraints)) == MALFORMED
    for kind, value in (
        (oids.BASIC_CONSTRAINTS, b""),
        (oids.BASIC_CONSTRAINTS, b"\x30\x03\x01\x01\x01"),
        (oids.BASIC_CONSTRAINTS, b"\x30\x06\x01\x01\xff\x02\x01\xff"),
        (oids.BASIC_CONSTRAINTS, b"\x30\x05\x01\x01\xff\x05\x00"),
        (oids.KEY_USAGE, b"\x03\x01"),
        (oids.KEY_USAGE, b"\x03\x02\x07\x80\x00"),
        (oids.EXTENDED_KEY_USAGE, b"\x30\x02\x05\x00"),
        (oids.ALTERNATIVE_NAME, b"\x82\x01a"),
    ):
        assert _code(_with(bench.extension(kind, value))) == MALFORMED, (kind, value)
    assert _code(_with(element(SEQUENCE, (element(OCTET_STRING, (b"a",)),)))) == MALFORMED
    assert _code(_with(*[bench.extension(b"\x2a" + bytes((i,)), b"") for i in range(33)])) == TOO_LARGE
    assert _code(_with(bench.purposes(*[b"\x2a\x03"] * 17))) == TOO_LARGE


def test_dates_and_names() -> None:
    assert _code(bench.certificate("a", "b", 2, 1, dates=("20200101000000Z", "2020010100000Z"))) == MALFORMED
    assert _code(bench.certificate("a", "", 2, 1)) == MALFORMED  # somebody must have issued it
    assert _read(bench.certificate("", "b", 2, 1)).subject == b"\x30\x00"


def test_keys_and_algorithms_that_are_not_ours() -> None:
    plain = _with()
    curve = plain.find(oids.P256)
    assert _read(plain[: curve + 7] + b"\x01" + plain[curve + 8 :]).objection == UNSUPPORTED  # another prime curve
    point = curve + len(oids.P256) + 4
    assert plain[point - 1] == 4
    broken = _read(plain[: point + 5] + bytes((plain[point + 5] ^ 1,)) + plain[point + 6 :])
    assert broken.objection == BAD_KEY  # not on the curve
    assert not bench.finish(broken.key.verify(ANY, broken.digest, broken.signature))
    parts = plain.split(oids.ECDSA_WITH_SHA256)
    assert len(parts) == 3
    for other in (b"\x2a\x86\x48\xce\x3d\x04\x03\x03", b"\x2a\x86\x48\xce\x3d\x04\x03\x01"):  # with SHA-384, with SHA-224
        assert _read(other.join(parts)).algorithm == OTHER
    assert _code(parts[0] + other + parts[1] + oids.ECDSA_WITH_SHA256 + parts[2]) == MALFORMED  # inside another than outside


def test_every_beginning_of_a_certificate_is_refused() -> None:
    der = bench.authority("a", "b", 2, 1)
    for length in range(len(der)):
        raises(Refused, _read, der[:length])
    raises(Refused, _read, der + b"\x00")


def test_no_certificate_takes_more_heap_than_promised() -> None:
    padding = bench.extension(b"\x2a\x03", bytes(3500))
    names = bench.alternatives(*[(2, b"a")] * 1100)
    for der in (_with(padding), _with(names), _with(*[bench.extension(b"\x2a" + bytes((i,)), bytes(100)) for i in range(32)]), b"\x30" * 4096, bytes(4096)):

        def read(der: bytes = der) -> None:
            try:
                _read(der)
            except Refused:
                pass

        read()
        assert allocated(read) <= 20 * 1024
    assert _code(bytes(4097)) == TOO_LARGE
