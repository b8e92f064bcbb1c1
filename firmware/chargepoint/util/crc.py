"""CRC-32 (IEEE 802.3, as in zip and ``binascii.crc32``) behind a record, made and compared in bytes.

``binascii.crc32`` is far faster, and right where something is written now and then; but three of four of its results are no small integer on a 32-bit
board and would cost heap each second in the meter's poll. Here nothing leaves 16 bits.
"""

# the table of the sixteen nibbles: upper halves, then lower halves, most significant byte first
_TABLE = (
    b"\x00\x00\x1d\xb7\x3b\x6e\x26\xd9\x76\xdc\x6b\x6b\x4d\xb2\x50\x05\xed\xb8\xf0\x0f\xd6\xd6\xcb\x61\x9b\x64\x86\xd3\xa0\x0a\xbd\xbd"
    b"\x00\x00\x10\x64\x20\xc8\x30\xac\x41\x90\x51\xf4\x61\x58\x71\x3c\x83\x20\x93\x44\xa3\xe8\xb3\x8c\xc2\xb0\xd2\xd4\xe2\x78\xf2\x1c"
)


_SUM = bytearray(4)


def _sum(buf: "bytes | bytearray | memoryview", end: int) -> None:
    """Put the CRC-32 of ``buf[:end]`` into _SUM, least byte first. Allocates: none."""
    table = _TABLE
    high = low = 0xFFFF
    for at in range(end):
        low ^= buf[at]
        for _ in range(2):
            entry = (low & 15) * 2
            low = low >> 4 | (high & 15) << 12
            high >>= 4
            high ^= table[entry] << 8 | table[entry + 1]
            low ^= table[entry + 32] << 8 | table[entry + 33]
    _SUM[0] = low & 0xFF ^ 0xFF
    _SUM[1] = low >> 8 ^ 0xFF
    _SUM[2] = high & 0xFF ^ 0xFF
    _SUM[3] = high >> 8 ^ 0xFF


def seal(buf: bytearray, end: int) -> None:
    """Write the CRC-32 of ``buf[:end]`` behind it, 4 bytes, least first. Allocates: none."""
    _sum(buf, end)
    for i in range(4):
        buf[end + i] = _SUM[i]


def is_sealed(buf: "bytes | bytearray | memoryview", end: int) -> bool:
    """Whether the CRC-32 of ``buf[:end]`` is behind it. Allocates: none."""
    _sum(buf, end)
    for i in range(4):
        if buf[end + i] != _SUM[i]:
            return False
    return True
