"""RDM6300 and ID-12LA golden frames and parser traps; docs/hardware.md 1.3."""

from chargepoint.drivers.rdm6300 import Rdm6300, TagParser
from host_tests.portable import without_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

FIRST = bytes.fromhex("0233433030434537353443434203")
SECOND = bytes.fromhex("0230313030413142324333443103")
ID12 = bytes.fromhex("02334330304345373534434342 0D0A03".replace(" ", ""))
START = 2**30 - 1000


def tags(data: bytes) -> "list[bytes]":
    parser = TagParser()
    return [bytes(parser.tag) for byte in data if parser.push(byte)]


class Uart:
    """Bytes that have arrived."""

    def __init__(self) -> None:
        self.data = b""

    def any(self) -> int:
        return len(self.data)

    def readinto(self, buf: bytearray, count: int) -> "Optional[int]":
        part = self.data[:count]
        for n in range(len(part)):
            buf[n] = part[n]
        self.data = self.data[count:]
        return len(part) or None

    def write(self, data: bytes) -> int:
        raise AssertionError("this reader cannot hear")


def test_golden_frames() -> None:
    assert tags(FIRST) == [bytes.fromhex("3C00CE754C")]
    assert tags(SECOND) == [bytes.fromhex("0100A1B2C3")]
    assert tags(ID12) == [bytes.fromhex("3C00CE754C")]


def test_small_letters_are_read_too() -> None:
    assert tags(b"\x02" + b"3c00ce754ccb" + b"\x03") == [bytes.fromhex("3C00CE754C")]


def test_a_wrong_checksum_or_digit_is_no_tag() -> None:
    for at in range(1, 13):
        for wrong in (b"G", b":", b"@", b"`", b"g", b"\x00", b"\xff"):
            spoilt = FIRST[:at] + wrong + FIRST[at + 1 :]
            assert tags(spoilt) == [], spoilt
        digit = b"0" if FIRST[at] != 48 else b"1"
        assert tags(FIRST[:at] + digit + FIRST[at + 1 :]) == [], at


def test_a_start_inside_a_frame_starts_again() -> None:
    for cut in range(1, 14):
        assert tags(FIRST[:cut] + SECOND) == [bytes.fromhex("0100A1B2C3")], cut


def test_short_and_long_frames_are_no_tag() -> None:
    assert tags(FIRST[:12] + b"\x03") == []
    assert tags(FIRST[:13] + b"0\x03") == []


def test_a_tag_that_stays_is_seen_and_one_that_goes_is_missed() -> None:
    uart = Uart()
    reader = Rdm6300(uart)
    assert reader.poll(START) == 2
    uart.data = FIRST
    assert reader.poll(START + 50) == 1
    assert bytes(reader.uid[: reader.uid_length]) == bytes.fromhex("3C00CE754C")
    assert reader.poll(START + 100) == 0
    assert reader.poll(START + 300) == 2


def test_a_line_that_is_low_is_a_failure_until_it_is_not() -> None:
    uart = Uart()
    reader = Rdm6300(uart)
    reader.poll(START)
    uart.data = bytes(20)
    reader.poll(START + 50)
    assert reader.failed
    reader.poll(START + 4000)
    assert reader.failed
    reader.poll(START + 5100)
    assert not reader.failed


def test_a_poll_allocates_nothing() -> None:
    reader = Rdm6300(Uart())
    reader.poll(START)
    later = START + 60

    def once() -> None:
        reader.poll(later)

    without_heap(once)
