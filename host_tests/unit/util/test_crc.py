"""CRC-32: the check value of the catalogue, and parts that add up."""

from chargepoint.util.crc import crc32


def test_check_value() -> None:
    """The published check value of CRC-32/ISO-HDLC, and of nothing."""
    assert crc32(b"123456789", 0, 9) == 0xCBF43926
    assert crc32(b"", 0, 0) == 0
    assert crc32(b"x123456789y", 1, 10) == 0xCBF43926


def test_continues_over_parts() -> None:
    """The sum of a record may be made piece by piece, as binascii's."""
    import binascii

    data = bytes(range(256)) * 2
    part = crc32(data, 0, 100)
    assert crc32(data, 100, len(data), part) == binascii.crc32(data)
    assert crc32(memoryview(data), 0, len(data)) == binascii.crc32(data)


def test_one_flipped_bit_is_seen() -> None:
    """Every single bit of a record matters."""
    record = bytearray(b"transaction 7 energy 12345678 mWh")
    whole = crc32(record, 0, len(record))
    for bit in range(len(record) * 8):
        record[bit >> 3] ^= 1 << (bit & 7)
        assert crc32(record, 0, len(record)) != whole
        record[bit >> 3] ^= 1 << (bit & 7)
