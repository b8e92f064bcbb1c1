"""Scaled integers as decimal text."""

from chargepoint.util.decimal import write_scaled
from host_tests.portable import without_heap


def test_text() -> None:
    """Signs, leading zeros and the point are where they belong."""
    for number, decimals, text in (
        (0, 0, b"0"),
        (7, 0, b"7"),
        (-7, 0, b"-7"),
        (12345, 3, b"12.345"),
        (12000, 3, b"12.000"),
        (5, 3, b"0.005"),
        (-5, 3, b"-0.005"),
        (0, 2, b"0.00"),
        (-123, 1, b"-12.3"),
        (2147483647, 0, b"2147483647"),
        (10, 1, b"1.0"),
        (99, 2, b"0.99"),
        (100, 2, b"1.00"),
    ):
        buf = bytearray(b"#" * 16)
        end = write_scaled(buf, 2, number, decimals)
        assert bytes(buf) == b"##" + text + b"#" * (14 - len(text)), text
        assert end == 2 + len(text)


def test_no_room_writes_nothing() -> None:
    """An exact fit is taken, one byte less is not."""
    buf = bytearray(b"######")
    assert write_scaled(buf, 0, -12345, 0) == 6
    buf = bytearray(b"#####")
    assert write_scaled(buf, 0, -12345, 0) == -1
    assert bytes(buf) == b"#####"


def test_no_allocation() -> None:
    """Meter values are written without garbage."""
    buf = bytearray(16)
    without_heap(lambda: write_scaled(buf, 0, -1234567, 3))
