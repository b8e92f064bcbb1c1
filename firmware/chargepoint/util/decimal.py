"""Scaled integers as decimal text: 12345 with 3 decimals is ``12.345``. No floats, no garbage."""


def write_scaled(buf: "bytearray | memoryview", pos: int, number: int, decimals: int) -> int:
    """Write ``number / 10**decimals`` with exactly ``decimals`` digits after the point.

    Returns: the position after the text, or -1 when it does not fit (nothing is written then).
    Allocates: none (for numbers within a small integer).
    """
    rest = -number if number < 0 else number
    length = 1
    probe = rest
    while probe >= 10:
        probe //= 10
        length += 1
    if length <= decimals:
        length = decimals + 1
    if decimals:
        length += 1
    if number < 0:
        length += 1
    end = pos + length
    if end > len(buf):
        return -1
    if number < 0:
        buf[pos] = 0x2D
        pos += 1
    at = end - 1
    while at >= pos:
        if decimals and at == end - 1 - decimals:
            buf[at] = 0x2E
            at -= 1
        buf[at] = 0x30 + rest % 10
        rest //= 10
        at -= 1
    return end
