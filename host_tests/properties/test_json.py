"""JSON against the standard library: what it writes we read, what we write it reads, and nothing else gets through."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, strategies as st

from chargepoint.wire.json_read import JsonReader
from chargepoint.wire.json_scan import utf8_end
from chargepoint.wire.json_write import JsonWriter
from host_tests.unit.wire.codes import J_ARRAY, J_ARRAY_END, J_END, J_FALSE, J_FLOAT, J_INTEGER, J_KEY, J_NULL, J_OBJECT, J_OBJECT_END, J_STRING, J_TRUE

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
INTEGER = st.integers(-(10**15) + 1, 10**15 - 1)
VALUE = st.recursive(
    st.none() | st.booleans() | INTEGER | TEXT,
    lambda children: st.lists(children, max_size=5) | st.dictionaries(TEXT, children, max_size=5),
    max_leaves=30,
)
# bytes that are nearly JSON find more than random ones
NEARLY = st.lists(
    st.sampled_from(
        [b"{", b"}", b"[", b"]", b",", b":", b'"', b'"a"', b'"b"', b"\\", b"\\u00e9", b"\\ud83d", b"\\ude00", b"0", b"1", b"-", b"."]
        + [b"e", b"+", b"true", b"false"]
        + [b"null", b" ", b"\n", b"\t", b"\x00", b"\x1f", b"\x7f", b"\xc3", b"\xa9", b"\xe2\x82\xac"]
        + [b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xc0\x80", b"\xff", b"NaN"]
    ),
    max_size=24,
).map(b"".join)


def _read(reader: JsonReader) -> Any:
    """The current value as Python objects."""
    token = reader.token
    if token == J_OBJECT:
        members = {}
        while reader.next() == J_KEY:
            name = reader.text(10000)
            reader.next()
            members[name] = _read(reader)
        assert reader.token == J_OBJECT_END
        return members
    if token == J_ARRAY:
        items = []
        while reader.next() != J_ARRAY_END:
            items.append(_read(reader))
        return items
    if token == J_STRING:
        return reader.text(10000)
    if token == J_INTEGER:
        return reader.integer()
    return {J_TRUE: True, J_FALSE: False, J_NULL: None}[token]


def _write(writer: JsonWriter, value: Any) -> None:
    if isinstance(value, dict):
        writer.begin_object()
        for name, member in value.items():
            writer.key("k%d" % len(name))
            _write(writer, member)
        writer.end_object()
    elif isinstance(value, list):
        writer.begin_array()
        for item in value:
            _write(writer, item)
        writer.end_array()
    elif isinstance(value, bool):
        writer.boolean(value)
    elif isinstance(value, int):
        writer.integer(value)
    elif value is None:
        writer.raw(b"null", 0, 4)
    else:
        writer.string(value)


def _renamed(value: Any) -> Any:
    """With the same simple keys as ``_write`` uses, pairs kept."""
    if isinstance(value, dict):
        return [("k%d" % len(name), _renamed(member)) for name, member in value.items()]
    return [_renamed(item) for item in value] if isinstance(value, list) else value


def _stdlib(text: bytes) -> tuple[bool, Any]:
    """Whether the standard library takes the text, with the strictness that we promise beyond it; duplicates as an error."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(found)
        if len(members) != len(found):
            raise ValueError("duplicate")
        return members

    def constant(_: str) -> None:
        raise ValueError("not JSON")

    try:
        decoded = text.decode("utf-8")
        value = json.loads(decoded, object_pairs_hook=pairs, parse_constant=constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # lone surrogates
        return not decoded.startswith("\ufeff"), value
    except ValueError:
        return False, None


def _loaded(text: bytes, before: bytes = b"") -> JsonReader:
    reader = JsonReader(40)
    reader.load(bytearray(before + text + b'"}'), len(before), len(before) + len(text))
    return reader


@given(VALUE, st.booleans(), st.booleans(), st.binary(max_size=3))
def test_what_the_standard_library_writes_we_read(value: Any, ascii_only: bool, spaced: bool, before: bytes) -> None:
    """Any value, escaped or raw, compact or spaced, anywhere in the buffer."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=1 if spaced else None).encode()
    reader = _loaded(text, before)
    assert reader.check() == 0
    reader.next()
    assert _read(reader) == value
    assert reader.next() == J_END


@given(VALUE)
def test_what_we_write_the_standard_library_reads(value: Any) -> None:
    """Values, and the order of members."""
    writer = JsonWriter(bytearray(60000))
    _write(writer, value)
    assert not writer.overflow
    text = bytes(writer.buf[: writer.pos]).decode("ascii")
    assert json.loads(text, object_pairs_hook=lambda found: found) == _renamed(value)


@given(TEXT, st.integers(0, 200))
@example("\x00\x1f\x7f\"\\/\u20ac\U0001f600", 100)
def test_strings_are_written_exactly_as_the_standard_library_does(text: str, size: int) -> None:
    """Byte for byte; and when the buffer is too small, an overflow and nothing else."""
    expected = json.dumps(text).encode()
    writer = JsonWriter(bytearray(size))
    writer.string(text)
    assert writer.overflow == (size < len(expected))
    assert len(writer.buf) == size
    if not writer.overflow:
        assert bytes(writer.buf[: writer.pos]) == expected


@given(NEARLY | st.binary(max_size=40))
@example(b'{"a":1,"\\u0061":2}')
@example(b"1e5")
def test_check_accepts_what_is_json_and_nothing_else(text: bytes) -> None:
    """The verdict is the standard library's, made strict; reading an accepted text gives its value."""
    good, value = _stdlib(text)
    reader = _loaded(text)
    assert (reader.check() == 0) == good
    if good and not _has_floats(value):
        reader.next()
        assert _read(reader) == value


def _has_floats(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_floats, value.values()))
    return any(map(_has_floats, value)) if isinstance(value, list) else isinstance(value, float)


@given(VALUE, st.data())
def test_a_damaged_text_is_judged_alike(value: Any, data: st.DataObject) -> None:
    """One byte of a good text is changed, left out or put in."""
    text = bytearray(json.dumps(value, ensure_ascii=False).encode())
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.sampled_from(b'{}[]",:\\0-.e \x00\x80\xff'))
    kind = data.draw(st.sampled_from("cio"))
    if kind == "c":
        text[at] = byte
    elif kind == "i":
        text.insert(at, byte)
    else:
        del text[at]
    assert (_loaded(bytes(text)).check() == 0) == _stdlib(bytes(text))[0]


@given(NEARLY | st.binary(max_size=40))
def test_reading_bytes_that_were_never_checked(text: bytes) -> None:
    """It ends, stays inside the text, and raises nothing but ValueError."""
    reader = _loaded(text)
    for _ in range(len(text) + 1):
        token = reader.next()
        assert 0 <= reader.start <= reader.end <= len(text)
        if token == J_END:
            break
        for question in (lambda: reader.text(), lambda: reader.is_text(b"ab"), lambda: reader.integer(), lambda: reader.scaled(3)):
            try:
                question()
            except ValueError:
                pass
    else:
        raise AssertionError("does not end")


@given(st.integers(0, 10**9), st.integers(0, 6), st.integers(-9, 9), st.booleans(), st.integers(0, 4))
def test_numbers_without_floats(mantissa: int, places: int, exponent: int, negative: bool, decimals: int) -> None:
    """Any spelling of a number, cut to the wanted decimals towards zero."""
    digits = str(mantissa).rjust(places + 1, "0")
    text = digits[: len(digits) - places] + ("." + digits[len(digits) - places :] if places else "")
    text = ("-" if negative else "") + str(int(text.split(".")[0])) + ("." + text.split(".")[1] if places else "")
    text += "e%+d" % exponent
    power = decimals + exponent - places
    expected = mantissa * 10**power if power >= 0 else mantissa // 10**-power
    reader = _loaded(text.encode())
    assert reader.check() == 0 and reader.next() == J_FLOAT
    if expected >= 10**15:
        try:
            reader.scaled(decimals)
            raise AssertionError("out of range")
        except ValueError:
            return
    assert reader.scaled(decimals) == (-expected if negative else expected)


@given(st.binary(max_size=12), st.data())
def test_utf8_verdict(text: bytes, data: st.DataObject) -> None:
    """Valid exactly when Python's strict decoder takes it, also as a part of a longer buffer."""
    end = data.draw(st.integers(0, len(text)))
    try:
        text[:end].decode("utf-8")
        good = True
    except UnicodeDecodeError:
        good = False
    assert (utf8_end(text, 0, end) == end) == good
