"""32-bit numbers in bytes, the low byte first, without allocation where the number is small."""


def put_u32(b: "bytearray", at: int, value: int) -> None:
    """Write a 32-bit number, negative ones as two's complement. Allocates: none."""
    for i in range(at, at + 4):
        b[i] = value & 0xFF
        value >>= 8


def u32(b: "bytes | bytearray", at: int) -> int:
    """Read a 32-bit number. Allocates: none below 2**30."""
    return b[at] | b[at + 1] << 8 | b[at + 2] << 16 | b[at + 3] << 24


def i32(b: "bytes | bytearray", at: int) -> int:
    """Read a signed 32-bit number. Allocates: none within 2**30."""
    high = b[at + 3]
    if high > 127:
        high -= 256
    return b[at] | b[at + 1] << 8 | b[at + 2] << 16 | high << 24
