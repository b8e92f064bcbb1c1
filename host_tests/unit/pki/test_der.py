"""DER: what is read, what is refused, and that nothing is looked at outside of its bounds."""

from chargepoint.pki.der import INTEGER, NOTHING, OCTET_STRING, OID, SEQUENCE, Reader, element, integer, reader_of
from chargepoint.pki.refusals import MALFORMED, Refused
from host_tests.portable import raises, without_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable


def _refused(function: "Callable[..., object]", *arguments: object) -> None:
    assert raises(Refused, function, *arguments).code == MALFORMED


def test_elements_one_behind_the_other() -> None:
    reader = reader_of(b"\x30\x08\x02\x01\x05\x04\x03abc", SEQUENCE)
    assert reader.peek() == INTEGER
    assert reader.small() == 5
    assert reader.contents(OCTET_STRING) == b"abc"
    assert reader.whole() == b"\x04\x03abc"
    assert reader.peek() == NOTHING
    reader.finish()


def test_lengths_of_one_two_and_three_bytes_are_written_and_read() -> None:
    for length in (0, 1, 127, 128, 255, 256, 4000, 65535):
        written = element(OCTET_STRING, (bytes(length),))
        assert len(written) == length + (2 if length < 128 else 3 if length < 256 else 4)
        reader = Reader(written)
        assert len(reader.contents(OCTET_STRING)) == length
        reader.finish()


def test_lengths_that_der_forbids() -> None:
    for wrong in (
        b"\x04\x80abc\x00\x00",  # indefinite
        b"\x04\x81\x03abc",  # longer than it need be
        b"\x04\x82\x00\x83" + bytes(131),
        b"\x04\x83\x00\x01\x00" + bytes(256),
        b"\x04\x84\xff\xff\xff\xff",
        b"\x04\xff",
        b"\x04\x04abc",  # beyond the end
        b"\x04\x81",
        b"\x04",
        b"",
        b"\x1f\x04\x03abc",  # a tag of several bytes
    ):
        _refused(Reader(wrong).next)


def test_an_element_ends_with_what_holds_it() -> None:
    holder = Reader(b"\x30\x03\x04\x02ab").enter(SEQUENCE)
    _refused(holder.next)
    assert Reader(b"\x04\x03abcdef").contents(OCTET_STRING) == b"abc"


def test_what_is_left_over_is_refused() -> None:
    _refused(reader_of, b"\x30\x00\x00", SEQUENCE)
    reader = reader_of(b"\x30\x03\x02\x01\x05", SEQUENCE)
    _refused(reader.finish)


def test_another_tag_is_refused() -> None:
    _refused(Reader(b"\x02\x01\x05").contents, OCTET_STRING)
    _refused(Reader(b"").expect, OID)


def test_integers() -> None:
    for number in (0, 1, 127, 128, 255, 256, 32767):
        written = integer(number, 2)
        assert Reader(written).small() == number
    assert integer(0, 2) == b"\x02\x01\x00" and integer(128, 2) == b"\x02\x02\x00\x80"
    assert Reader(b"\x02\x09\x00\xff\x00\x00\x00\x00\x00\x00\x01").unsigned() == b"\xff\x00\x00\x00\x00\x00\x00\x01"
    for wrong in (b"\x02\x00", b"\x02\x01\x80", b"\x02\x02\x00\x7f", b"\x02\x02\xff\xff"):
        _refused(Reader(wrong).unsigned)
    for large in (b"\x02\x03\x00\x80\x00", b"\x02\x03\x01\x00\x00"):
        _refused(Reader(large).small)


def test_booleans() -> None:
    assert Reader(b"\x01\x01\xff").boolean() and not Reader(b"\x01\x01\x00").boolean()
    for wrong in (b"\x01\x00", b"\x01\x01\x01", b"\x01\x02\xff\xff"):
        _refused(Reader(wrong).boolean)


def test_bit_strings() -> None:
    assert Reader(b"\x03\x03\x00ab").whole_bytes() == b"ab"
    for wrong in (b"\x03\x00", b"\x03\x02\x01a"):
        _refused(Reader(wrong).whole_bytes)
    assert Reader(b"\x03\x02\x05\xa0").bits() == 0xA0
    assert Reader(b"\x03\x03\x07\x80\x80").bits() == 0x80
    assert Reader(b"\x03\x01\x00").bits() == 0
    for wrong in (b"\x03\x00", b"\x03\x01\x01", b"\x03\x02\x08\x00", b"\x03\x02\x05\xa1"):
        _refused(Reader(wrong).bits)


def test_going_through_elements_takes_no_heap() -> None:
    reader = Reader(b"\x30\x03\x02\x01\x05" * 20)

    def walk() -> None:
        while reader.peek() != NOTHING:
            reader.next()

    without_heap(walk)


def test_a_thousand_levels_are_no_deeper_than_one() -> None:
    """What is nested is skipped whole; only who asks for it goes down."""
    nested = b""
    for _ in range(1000):
        nested = element(SEQUENCE, (nested,))
    reader = Reader(nested)
    reader.next()
    reader.finish()
