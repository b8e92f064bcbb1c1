"""UTC text: what we send, and what central systems send."""

from chargepoint.util.utc import format_utc, parse_utc
from host_tests.portable import without_heap

# seconds since 2020-01-01, from the calendar
MOMENTS = (
    ("2020-01-01T00:00:00.000Z", 0, 0),
    ("2020-02-29T23:59:59.999Z", 60 * 86400 - 1, 999),
    ("2020-03-01T00:00:00.001Z", 60 * 86400, 1),
    ("2021-01-01T00:00:00.050Z", 366 * 86400, 50),
    ("2026-11-23T08:00:30.123Z", 217584030, 123),
    ("2038-01-19T03:14:07.000Z", 2147483647 - 1577836800, 0),
    ("2000-02-29T00:00:00.000Z", -7246 * 86400, 0),
    ("2099-12-31T23:59:59.999Z", 2524607999, 999),
    ("1970-01-01T00:00:00.000Z", -1577836800, 0),
)


def test_format_writes_24_bytes_with_milliseconds_and_z() -> None:
    """The text is exact and nothing around it is touched."""
    for text, s, ms in MOMENTS:
        buf = bytearray(b"#" * 30)
        assert format_utc(buf, 3, s, ms) == 27
        assert bytes(buf) == b"###" + text.encode() + b"###"


def test_format_allocates_nothing() -> None:
    """Timestamps are written while messages are built."""
    buf = bytearray(24)
    without_heap(lambda: format_utc(buf, 0, 217584030, 123))


def test_parse_is_the_inverse() -> None:
    """What we write, we read."""
    for text, s, ms in MOMENTS:
        assert parse_utc(text) == (s, ms)


def test_parse_is_tolerant_of_what_central_systems_write() -> None:
    """Field lessons, section 4: no zone, short zones, 0 to 9 fraction digits."""
    for text, ms in (
        ("2026-11-23T08:00:30Z", 0),
        ("2026-11-23T08:00:30", 0),
        ("2026-11-23T08:00:30.1Z", 100),
        ("2026-11-23T08:00:30.123456", 123),
        ("2026-11-23T08:00:30.123456789Z", 123),
        ("2026-11-23T10:00:30.5+02:00", 500),
        ("2026-11-23T10:00:30+02", 0),
        ("2026-11-23T10:00:30+0200", 0),
        ("2026-11-23T03:30:30-04:30", 0),
        ("2026-11-23 08:00:30Z", 0),
        ("2026-11-23t08:00:30z", 0),
        ("2026-11-23T08:00:30.120+00:00", 120),
        ("2026-11-23T07:59:90Z", -1),
        ("2026-11-23T08:00:30,5Z", 500),
    ):
        expected = None if ms < 0 else (217584030, ms)
        assert parse_utc(text) == expected, text


def test_a_leap_second_is_the_next_minute() -> None:
    """A second number 60 is read, not refused."""
    assert parse_utc("2016-12-31T23:59:60Z") == parse_utc("2017-01-01T00:00:00Z")


def test_parse_refuses_nonsense() -> None:
    """Nothing that is no date becomes one."""
    for text in (
        "",
        "now",
        "2026-11-23",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T08:60:00Z",
        "2026-11-23T08:00:61Z",
        "0000-01-01T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-11-23T08:00:30.Z",
        "2026-11-23T08:00:30.1234567890Z",
        "2026-11-23T08:00:30+",
        "2026-11-23T08:00:30+2",
        "2026-11-23T08:00:30+02:0",
        "2026-11-23T08:00:30+02:60",
        "2026-11-23T08:00:30+15",
        "2026-11-23T08:00:30+02-00",
        "2026-11-23T08:00:30ZZ",
        "2026-11-23T08:00:30X",
        "2026/11/23T08:00:30Z",
        "2026-11-23_08:00:30Z",
        "2026-1-23T08:00:30.00Z",
        "+026-11-23T08:00:30Z",
        " 2026-11-23T08:00:30Z",
        "2026-11-23T08:00:3\u0661Z",
        "2026-11-23T08:00:30.123456789+02:00:00",
    ):
        assert parse_utc(text) is None, text
