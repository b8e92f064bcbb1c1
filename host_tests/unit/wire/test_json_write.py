"""The JSON writer."""

from chargepoint.wire.json_write import JsonWriter
from host_tests.portable import raises, without_heap


def written(build: "object", size: int = 600) -> "bytes | None":
    """What the function writes, None after an overflow."""
    writer = JsonWriter(bytearray(size))
    build(writer)  # type: ignore[operator]
    return None if writer.overflow else bytes(writer.buf[: writer.pos])


def _message(w: "JsonWriter") -> None:
    w.begin_array()
    w.integer(2)
    w.string("id-1")
    w.string("MeterValues")
    w.begin_object()
    w.key("connectorId")
    w.integer(1)
    w.key("meterValue")
    w.begin_array()
    w.begin_object()
    w.key("timestamp")
    w.utc(217584030, 123)
    w.key("sampledValue")
    w.begin_array()
    for value in (12345, -1):
        w.begin_object()
        w.key("value")
        w.scaled_string(value, 3)
        w.end_object()
    w.end_array()
    w.end_object()
    w.end_array()
    w.key("empty")
    w.begin_object()
    w.end_object()
    w.key("limit")
    w.scaled(65, 1)
    w.key("yes")
    w.boolean(True)
    w.key("no")
    w.boolean(False)
    w.end_object()
    w.end_array()


MESSAGE = (
    b'[2,"id-1","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-11-23T08:00:30.123Z",'
    b'"sampledValue":[{"value":"12.345"},{"value":"-0.001"}]}],"empty":{},"limit":6.5,"yes":true,"no":false}]'
)


def test_order_and_commas() -> None:
    """Members come out in the order of the calls, with commas where they belong."""
    assert written(_message) == MESSAGE


def test_escapes() -> None:
    """Quotes, backslashes, control characters, and all that is not ASCII; astral characters as surrogate pairs."""
    for text, expected in (
        ("", b'""'),
        ("plain /~", b'"plain /~"'),
        ("\x7f", b'"\\u007f"'),
        ('say "hi"\\', b'"say \\"hi\\"\\\\"'),
        ("\b\t\n\f\r", b'"\\b\\t\\n\\f\\r"'),
        ("\x00\x01\x0b\x1f", b'"\\u0000\\u0001\\u000b\\u001f"'),
        ("\xe9\u20ac\uffff", b'"\\u00e9\\u20ac\\uffff"'),
        ("\U0001f600", b'"\\ud83d\\ude00"'),
        ("\U00010000\U0010ffff", b'"\\ud800\\udc00\\udbff\\udfff"'),
        ("a" * 16 + "\n", b'"' + b"a" * 16 + b'\\n"'),
        ("abcd\xe9", b'"abcd\\u00e9"'),
        ("x" * 64, b'"' + b"x" * 64 + b'"'),
        ("x" * 65, b'"' + b"x" * 65 + b'"'),
        ("x" * 200 + '"', b'"' + b"x" * 200 + b'\\""'),
    ):
        assert written(lambda w, text=text: w.string(text)) == expected, text


def test_exact_fit_and_overflow() -> None:
    """A text that just fits is written; with any smaller buffer the overflow sticks and nothing beyond the end is touched."""
    assert written(_message, len(MESSAGE)) == MESSAGE
    for size in range(len(MESSAGE)):
        assert written(_message, size) is None, size
    for text in ("x" * 30, 'quote"', "\U0001f600"):
        whole = written(lambda w, text=text: w.string(text))
        assert whole is not None
        assert written(lambda w, text=text: w.string(text), len(whole)) == whole
        assert written(lambda w, text=text: w.string(text), len(whole) - 1) is None


def test_overflow_makes_calls_do_nothing() -> None:
    """After the overflow even what would fit is not written."""
    writer = JsonWriter(bytearray(8))
    writer.string("too long to fit")
    pos = writer.pos
    writer.integer(1)
    writer.begin_object()
    assert writer.overflow and writer.pos == pos and len(writer.buf) == 8
    writer.start(2)
    writer.integer(1)
    assert not writer.overflow and bytes(writer.buf[2:3]) == b"1"


def test_start_keeps_what_is_before() -> None:
    """The frame header's room before the text is the caller's."""
    buf = bytearray(b"#" * 100)
    writer = JsonWriter(buf)
    writer.start(8)
    writer.string("hello")
    assert bytes(buf[:15]) == b'########"hello"' and writer.pos == 15


def test_raw() -> None:
    """Bytes that are JSON already go in as a value of their own."""

    def build(w: "JsonWriter") -> None:
        w.begin_array()
        w.raw(b'x"a"y', 1, 4)
        w.raw(b"{}", 0, 2)
        w.end_array()

    assert written(build) == b'["a",{}]'


def test_routine_messages_allocate_nothing() -> None:
    """Keys, short plain strings, numbers and times are written with the heap locked."""
    writer = JsonWriter(bytearray(400))

    def build() -> None:
        writer.start(8)
        _message(writer)

    build()
    without_heap(build)
    assert bytes(writer.buf[8 : writer.pos]) == MESSAGE


def test_raises_is_portable() -> None:
    """Where a str can hold a lone surrogate at all, it is refused."""
    lone = "\ud800"
    try:
        lone.encode()
    except ValueError:
        raises(ValueError, JsonWriter(bytearray(20)).string, lone)
