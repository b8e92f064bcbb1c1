"""CRC-32 behind a record: the check value of the catalogue, the same as everybody's, and no bit that does not matter."""

import binascii
import struct

from chargepoint.util.crc import is_sealed, seal
from host_tests.portable import without_heap


def test_check_value() -> None:
    """The published check value of CRC-32/ISO-HDLC, and of nothing."""
    record = bytearray(b"123456789....")
    seal(record, 9)
    assert record == b"123456789\x26\x39\xf4\xcb" and is_sealed(record, 9)
    nothing = bytearray(b"....")
    seal(nothing, 0)
    assert nothing == bytes(4) and is_sealed(nothing, 0)


def test_it_is_the_sum_that_others_make() -> None:
    for length in (1, 24, 108, 255):
        data = bytes([(7 * n + length) & 0xFF for n in range(length)])
        assert is_sealed(data + struct.pack("<I", binascii.crc32(data)), length)


def test_one_flipped_bit_is_seen() -> None:
    """Every single bit of a record and of its sum matters."""
    record = bytearray(b"transaction 7 energy 12345678 mWh....")
    end = len(record) - 4
    seal(record, end)
    for bit in range(len(record) * 8):
        record[bit >> 3] ^= 1 << (bit & 7)
        assert not is_sealed(record, end)
        record[bit >> 3] ^= 1 << (bit & 7)
    assert is_sealed(record, end)


def test_neither_allocates() -> None:
    record = bytearray(28)

    def use() -> None:
        for n in range(20):
            record[0] = n
            seal(record, 24)
            is_sealed(record, 24)

    without_heap(use)
