"""Names: which host a certificate stands for, and when two distinguished names are one."""

from chargepoint.pki import names as pki_names, oids
from chargepoint.pki.der import IA5_STRING, OID, PRINTABLE_STRING, SEQUENCE, SET, TELETEX_STRING, UTF8_STRING, element
from chargepoint.pki.names import address_bytes, part_of, write_name
from chargepoint.pki.refusals import MALFORMED, TOO_LARGE, Refused
from host_tests.pki_bench import finish
from host_tests.portable import raises


def is_server(host: str, alternatives: bytes, subject: bytes, wildcards: bool) -> bool:
    return finish(pki_names.is_server(host, alternatives, subject, wildcards))


def same_name(a: bytes, b: bytes) -> bool:
    return finish(pki_names.same_name(a, b))


def _alternatives(*names: "tuple[int, bytes]") -> bytes:
    return element(SEQUENCE, [element(0x80 + number, (value,)) for number, value in names])


def _part(kind: bytes, tag: int, text: bytes) -> bytes:
    return element(SEQUENCE, (element(OID, (kind,)), element(tag, (text,))))


def _name(tag: int, text: bytes, kind: bytes = oids.COMMON_NAME) -> bytes:
    return element(SEQUENCE, (element(SET, (_part(kind, tag, text),)),))


def test_a_host_among_the_alternative_names() -> None:
    names = _alternatives((2, b"a.example"), (2, b"CS.Example.com"), (1, b"mail@example.com"))
    for host in ("cs.example.com", "CS.EXAMPLE.COM", "cs.example.com.", "a.example"):
        assert is_server(host, names, write_name("", "else"), True), host
    for host in ("example.com", "xcs.example.com", "cs.example.comx", "cs.example", "", ".", "mail@example.com"):
        assert not is_server(host, names, write_name("", "else"), True), host


def test_the_common_name_decides_only_without_alternative_names() -> None:
    subject = write_name("Operator", "cs.example.com")
    assert is_server("cs.example.com", b"", subject, True)
    assert is_server("cs.example.com", _alternatives((1, b"mail@example.com")), subject, True)
    assert not is_server("cs.example.com", _alternatives((2, b"other.example.com")), subject, True)
    assert not is_server("cs.example.com", _alternatives((7, b"\x7f\x00\x00\x01")), subject, True)
    assert not is_server("cs.example.com", b"", write_name("cs.example.com", ""), True)


def test_a_wildcard_stands_for_one_label() -> None:
    names = _alternatives((2, b"*.example.com"))
    assert is_server("cs.example.com", names, b"\x30\x00", True)
    for host in ("example.com", "a.b.example.com", ".example.com", "cs.example.org"):
        assert not is_server(host, names, b"\x30\x00", True), host
    assert not is_server("cs.example.com", names, b"\x30\x00", False)
    for wrong in (b"*.com", b"*", b"c*.example.com", b"cs.*.com", b"*cs.example.com", b"*."):
        assert not is_server("cs.example.com", _alternatives((2, wrong)), b"\x30\x00", True), wrong
    assert not is_server("cs.com", _alternatives((2, b"*.com")), b"\x30\x00", True)


def test_a_name_with_a_zero_in_it_is_another_name() -> None:
    names = _alternatives((2, b"cs.example.com\x00.evil.example"))
    assert not is_server("cs.example.com", names, b"\x30\x00", True)
    assert not is_server("cs.example.com", b"", _name(UTF8_STRING, b"cs.example.com\x00.evil.example"), True)


def test_a_literal_address_is_looked_for_among_the_addresses() -> None:
    names = _alternatives((2, b"192.0.2.1"), (7, b"\x7f\x00\x00\x01"), (7, bytes(15) + b"\x01"))
    assert is_server("127.0.0.1", names, b"\x30\x00", True)
    assert is_server("::1", names, b"\x30\x00", True)
    assert is_server("0:0::0001", names, b"\x30\x00", True)
    assert not is_server("192.0.2.1", names, b"\x30\x00", True)  # it is there as a DNS name only
    assert not is_server("127.0.0.2", names, b"\x30\x00", True)
    assert is_server("127.0.0.1", b"", write_name("", "127.0.0.1"), True)
    assert not is_server("127.0.0.1", b"", write_name("", "*.0.0.1"), True)


def test_an_empty_name_is_nobodys() -> None:
    for names in (_alternatives((7, b"")), _alternatives((2, b""), (7, b"")), _alternatives((2, b"*.")), _alternatives((2, b"."))):
        for host in ("cs.example.com", "192.0.2.1", "::1"):
            assert not is_server(host, names, b"\x30\x00", True)
    assert not is_server("cs.example.com", b"", b"\x30\x00", True)


def test_literal_addresses() -> None:
    assert address_bytes(b"192.0.2.255") == b"\xc0\x00\x02\xff"
    assert address_bytes(b"2001:db8::a:1") == b"\x20\x01\x0d\xb8" + bytes(8) + b"\x00\x0a\x00\x01"
    assert address_bytes(b"::") == bytes(16)
    assert address_bytes(b"1:2:3:4:5:6:7:8") == b"\x00\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06\x00\x07\x00\x08"
    assert address_bytes(b"::ffff:192.0.2.1") == bytes(10) + b"\xff\xff\xc0\x00\x02\x01"
    for name in (b"", b"1.2.3", b"1.2.3.4.5", b"1.2.3.256", b"01.2.3.4", b"1.2.3.", b"a.b.c.d", b":", b"1::2::3", b"1:2:3:4:5:6:7", b"1:2:3:4:5:6:7:8:9",
                 b"::1.2.3", b"12345::", b"g::", b"1.2.3.4::", b"1:2:3:4::5:6:7:8"):  # fmt: skip
        assert address_bytes(name) == b"", name


def test_equal_names() -> None:
    plain = _name(UTF8_STRING, b"Root CA")
    assert same_name(plain, plain)
    assert same_name(plain, _name(PRINTABLE_STRING, b"Root CA"))
    assert same_name(plain, _name(PRINTABLE_STRING, b"ROOT ca"))
    assert not same_name(plain, _name(IA5_STRING, b"Root CA"))
    assert not same_name(plain, _name(UTF8_STRING, b"Root CB"))
    assert not same_name(plain, _name(UTF8_STRING, b"Root CA", oids.ORGANIZATION))
    assert not same_name(plain, write_name("Org", "Root CA"))
    assert not same_name(write_name("Org", "Root CA"), plain)


def test_a_part_of_two_is_no_two_parts() -> None:
    first = _part(oids.COMMON_NAME, UTF8_STRING, b"a")
    second = _part(oids.ORGANIZATION, UTF8_STRING, b"B")
    small = _part(oids.ORGANIZATION, UTF8_STRING, b"b")
    together = element(SEQUENCE, (element(SET, (first, second)),))
    apart = element(SEQUENCE, (element(SET, (first,)), element(SET, (small,))))
    assert not same_name(together, apart)
    assert same_name(together, element(SEQUENCE, (element(SET, (first, small)),)))


def test_parts_of_a_name() -> None:
    name = write_name("Operator Ltd", "CP-0001")
    assert part_of(name, oids.COMMON_NAME) == b"CP-0001"
    assert part_of(name, oids.ORGANIZATION) == b"Operator Ltd"
    assert part_of(write_name("", "CP-0001"), oids.ORGANIZATION) == b""
    for tag in (UTF8_STRING, PRINTABLE_STRING, IA5_STRING, TELETEX_STRING):
        assert part_of(_name(tag, b"CP-0001"), oids.COMMON_NAME) == b"CP-0001"
    assert part_of(_name(0x1E, b"\x00C\x00P"), oids.COMMON_NAME) == b""  # UTF-16, which nobody compares
    assert part_of(write_name("", "Zähler"), oids.COMMON_NAME) == "Zähler".encode()


def test_names_that_are_none_or_too_long() -> None:
    assert raises(Refused, part_of, b"\x30\x02\x31\x00", oids.COMMON_NAME).code == MALFORMED
    assert raises(Refused, part_of, b"\x30", oids.COMMON_NAME).code == MALFORMED
    many = element(SEQUENCE, [element(SET, (_part(oids.COMMON_NAME, UTF8_STRING, b"a"),))] * 13)
    assert raises(Refused, part_of, many, oids.COMMON_NAME).code == TOO_LARGE
    assert raises(Refused, write_name, "", "x" * 65).code == TOO_LARGE
    assert raises(Refused, is_server, "h.example", _alternatives(*[(2, b"a")] * 101), b"\x30\x00", True).code == TOO_LARGE
