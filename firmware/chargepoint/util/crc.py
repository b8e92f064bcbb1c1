"""CRC-32 (IEEE 802.3, as in zip and ``binascii.crc32``) in two halves of 16 bits, so that 32-bit boards allocate nothing in the loop."""

# the table of the sixteen nibbles: upper halves, then lower halves, most significant byte first
_TABLE = (
    b"\x00\x00\x1d\xb7\x3b\x6e\x26\xd9\x76\xdc\x6b\x6b\x4d\xb2\x50\x05\xed\xb8\xf0\x0f\xd6\xd6\xcb\x61\x9b\x64\x86\xd3\xa0\x0a\xbd\xbd"
    b"\x00\x00\x10\x64\x20\xc8\x30\xac\x41\x90\x51\xf4\x61\x58\x71\x3c\x83\x20\x93\x44\xa3\xe8\xb3\x8c\xc2\xb0\xd2\xd4\xe2\x78\xf2\x1c"
)


def crc32(buf: "bytes | bytearray | memoryview", start: int, end: int, crc: int = 0) -> int:
    """The CRC-32 of ``buf[start:end]``; ``crc`` is that of the bytes before, to go on.

    Allocates: none, except the result where it does not fit a small integer.
    """
    table = _TABLE
    high = crc >> 16 & 0xFFFF ^ 0xFFFF
    low = crc & 0xFFFF ^ 0xFFFF
    for at in range(start, end):
        low ^= buf[at]
        for _ in range(2):
            entry = (low & 15) * 2
            low = low >> 4 | (high & 15) << 12
            high >>= 4
            high ^= table[entry] << 8 | table[entry + 1]
            low ^= table[entry + 32] << 8 | table[entry + 33]
    return (high ^ 0xFFFF) << 16 | low ^ 0xFFFF
