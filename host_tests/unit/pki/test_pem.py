"""PEM as it arrives: one block or a chain, with any line ends and text around it, and what is no PEM."""

from chargepoint.pki.pem import MAX_DER, MAX_TEXT, read_pem, write_pem
from chargepoint.pki.refusals import MALFORMED, TOO_LARGE, Refused
from host_tests.portable import allocated, raises

BEGIN = b"-----BEGIN CERTIFICATE-----"
END = b"-----END CERTIFICATE-----"


def _code(text: bytes, most: int = 5) -> int:
    return raises(Refused, read_pem, text, "CERTIFICATE", most).code


def test_what_is_written_is_read() -> None:
    for length in (1, 2, 3, 47, 48, 49, 96, 1000, 4096):
        der = bytes([i & 0xFF for i in range(length)])
        text = write_pem(der, "CERTIFICATE")
        assert read_pem(text.encode(), "CERTIFICATE", 1) == [der]
        assert max([len(line) for line in text.split("\n")]) <= 64


def test_the_text_of_a_known_block() -> None:
    assert write_pem(b"Pilotline", "CERTIFICATE REQUEST") == "-----BEGIN CERTIFICATE REQUEST-----\nUGlsb3RsaW5l\n-----END CERTIFICATE REQUEST-----\n"


def test_a_chain_with_any_line_ends_and_text_around() -> None:
    text = b"subject=CN\r\n" + BEGIN + b"\r\nUGls\r\nb3Rs\r\n" + END + b"\r\n\n  words\n" + BEGIN + b"UGls" + END + BEGIN + b"\n\tUGk= \n" + END
    assert read_pem(text, "CERTIFICATE", 3) == [b"Pilotl", b"Pil", b"Pi"]
    assert _code(text, 2) == TOO_LARGE


def test_another_kind_of_block_is_passed_over() -> None:
    key = b"-----BEGIN EC PRIVATE KEY-----\nUGls\n-----END EC PRIVATE KEY-----\n"
    assert read_pem(key + BEGIN + b"UGls" + END, "CERTIFICATE", 1) == [b"Pil"]
    assert _code(key) == MALFORMED


def test_what_is_no_base64() -> None:
    for wrong in (b"", b"UGl", b"UGl*", b"U\x00Gl", b"====", b"UG=s", b"UGk=UGk=", b"UGl=", b"UG-_", b"UGls:UGls", b"\xff\xfe\xfd\xfc"):
        assert _code(BEGIN + wrong + END) == MALFORMED, wrong


def test_half_a_block() -> None:
    for wrong in (b"", BEGIN, BEGIN + b"UGls", b"UGls" + END, END + b"UGls" + BEGIN):
        assert _code(wrong) == MALFORMED


def test_too_long() -> None:
    assert _code(BEGIN + b"A" * MAX_TEXT + END) == TOO_LARGE
    assert _code(BEGIN + b"A" * ((MAX_DER + 3) // 3 * 4 + 4) + END) == TOO_LARGE
    assert _code((BEGIN + b"UGls" + END) * 6) == TOO_LARGE


def test_no_text_takes_more_heap_than_promised() -> None:
    body = (BEGIN + b"\n" * 9000 + END, BEGIN + b"A" * 5464 + END, BEGIN + b"A\n" * 2700 + END, BEGIN * 300, (BEGIN + b"AAAA" + END) * 100)
    for text in body:

        def read(text: bytes = text) -> None:
            try:
                read_pem(text, "CERTIFICATE", 5)
            except Refused:
                pass

        read()
        assert allocated(read) <= 30 * 1024
