"""The JSON reader: what it accepts, what it refuses and as what, and what it makes of values."""

from chargepoint.wire.json_read import JsonReader
from chargepoint.wire.json_scan import utf8_end
from host_tests.portable import raises, without_heap
from host_tests.unit.wire.codes import J_ARRAY, J_ARRAY_END, J_END, J_FALSE, J_FLOAT, J_INTEGER, J_KEY, J_NULL, J_OBJECT, J_OBJECT_END, J_STRING, J_TRUE

SYNTAX, DEPTH, UTF8, DUPLICATE, ESCAPE, CONTROL, TRAILING, KEYS = 1, 2, 3, 4, 5, 6, 7, 8


def loaded(text: bytes, max_depth: int = 10) -> "JsonReader":
    """A reader before the text, which lies between other bytes."""
    buf = bytearray(b'"#' + text + b'"}]')
    reader = JsonReader(max_depth)
    reader.load(buf, 2, 2 + len(text))
    return reader


def value(text: bytes) -> "JsonReader":
    """A reader on the only value of a checked text."""
    reader = loaded(text)
    assert reader.check() == 0
    reader.next()
    return reader


def test_accepts_json() -> None:
    """Whitespace, all kinds of values, any nesting up to the limit."""
    for text in (
        b"{}",
        b"[]",
        b' \t\r\n{ "a" : [ 1 , -2.5e+3 , true , false , null , "x" ] , "b" : { } } \n',
        b'"top level"',
        b"0",
        b"-0",
        b"-0.0e-10",
        b"123456789012345678901234567890123456789012345678901234567890",
        b"1E400",
        b'"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00"',
        b'"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f"',
        b'{"a":{"a":1},"b":{"a":2}}',
        b'[{"a":1},{"a":1}]',
        b'{"a":1,"A":2,"":3}',
        b"[[[[[[[[[[]]]]]]]]]]",
    ):
        assert loaded(text).check() == 0, text


def test_refuses_what_is_not_json() -> None:
    """Each kind of fault has its code."""
    for text, code in (
        (b"", SYNTAX),
        (b"  ", SYNTAX),
        (b"hello", SYNTAX),
        (b"[1}", SYNTAX),
        (b"[1 2]", SYNTAX),
        (b"[1,]", SYNTAX),
        (b"[,1]", SYNTAX),
        (b"[1:2]", SYNTAX),
        (b'{"a" 1}', SYNTAX),
        (b'{"a":1,}', SYNTAX),
        (b"{1:2}", SYNTAX),
        (b'{"a"}', SYNTAX),
        (b'{"a":}', SYNTAX),
        (b"{", SYNTAX),
        (b"[", SYNTAX),
        (b"]", SYNTAX),
        (b"}", SYNTAX),
        (b'[{"a":[1}]', SYNTAX),
        (b'"open', SYNTAX),
        (b'"open\\', SYNTAX),
        (b"tru", SYNTAX),
        (b"True", SYNTAX),
        (b"nul", SYNTAX),
        (b"NaN", SYNTAX),
        (b"-Infinity", SYNTAX),
        (b"'a'", SYNTAX),
        (b"\xef\xbb\xbf{}", SYNTAX),
        (b"01", SYNTAX),
        (b"-01", SYNTAX),
        (b"-", SYNTAX),
        (b"1.", SYNTAX),
        (b".5", SYNTAX),
        (b"+1", SYNTAX),
        (b"1e", SYNTAX),
        (b"1e+", SYNTAX),
        (b"{} {}", TRAILING),
        (b"[]x", TRAILING),
        (b"1 2", TRAILING),
        (b"{}\x00", TRAILING),
        (b"truely", TRAILING),
        (b"0x10", TRAILING),
        (b"[[[[[[[[[[[]]]]]]]]]]]", DEPTH),
        (b'{"a":1,"a":2}', DUPLICATE),
        (b'{"a":{"b":1},"c":[{"d":1}],"a":2}', DUPLICATE),
        (b'{"x":{"b":1,"b":1}}', DUPLICATE),
        (b'{"a":1,"\\u0061":2}', DUPLICATE),
        (b'{"\\u0061b":1,"ab":2}', DUPLICATE),
        (b'{"":1,"":2}', DUPLICATE),
        (b'"\\x41"', ESCAPE),
        (b'"\\u12g4"', ESCAPE),
        (b'"\\u12"', ESCAPE),
        (b'"\\U0041"', ESCAPE),
        (b'"\\ud83d"', ESCAPE),
        (b'"\\ud83dx"', ESCAPE),
        (b'"\\ud83d\\n"', ESCAPE),
        (b'"\\ud83d\\ud83d"', ESCAPE),
        (b'"\\ude00"', ESCAPE),
        (b'"\\u 123"', ESCAPE),
        (b'"\\u-123"', ESCAPE),
        (b'"a\nb"', CONTROL),
        (b'"\x00"', CONTROL),
        (b'"\x80"', UTF8),
        (b'"\xc0\x80"', UTF8),
        (b'"\xc1\xbf"', UTF8),
        (b'"\xe0\x80\x80"', UTF8),
        (b'"\xe0\x9f\xbf"', UTF8),
        (b'"\xed\xa0\x80"', UTF8),
        (b'"\xf0\x8f\xbf\xbf"', UTF8),
        (b'"\xf4\x90\x80\x80"', UTF8),
        (b'"\xf5\x80\x80\x80"', UTF8),
        (b'"\xff"', UTF8),
        (b'"\xe2\x82"', UTF8),
        (b'"\xc3', UTF8),
        (b'"\xf0\x9f\x98', UTF8),
    ):
        assert loaded(text).check() == code, (text, loaded(text).check())


def test_between_tokens_only_white_space_and_what_the_grammar_has_there_passes() -> None:
    """Behind, before and inside each kind of token, every byte: 0x0E passed for a decimal point once."""
    for text, allowed in (
        (b"[%c]", b"0123456789"), (b"[5%c]", b"0123456789"),
        (b"[5%c5]", b"0123456789.,eE"), (b"[-5%c1]", b"0123456789.,eE"), (b"[5.1%c]", b"0123456789"), (b"[]%c", b""),
        (b"[5e%c1]", b"0123456789+-"), (b"[true%c]", b""), (b"[tru%c]", b"e"), (b"[%cfalse]", b""), (b'["a"%c]', b""), (b'{"a"%c1}', b":"),
        (b'{"a":%c1}', b"-123456789"), (b'{"a":1%c}', b"0123456789"), (b"{%c}", b""),
    ):  # fmt: skip
        at = text.find(b"%c")
        spaces = b"" if text in (b"[5%c5]", b"[-5%c1]", b"[5e%c1]", b"[tru%c]", b'{"a"%c1}') else b" \t\r\n"
        for code in range(256):
            data = text[:at] + bytes((code,)) + text[at + 2 :]
            assert (loaded(data).check() == 0) == (code in allowed + spaces), data


def test_too_many_keys() -> None:
    """The table of open keys is bounded: 64 are fine, one more is refused; closed objects give theirs back."""
    many = b",".join([b'"k%d":{"x":1}' % i for i in range(63)])
    assert loaded(b"{" + many + b"}").check() == 0
    assert loaded(b"{" + many + b',"k63":1}').check() == 0
    assert loaded(b"{" + many + b',"k63":1,"k64":1}').check() == KEYS
    assert loaded(b"[" + b",".join([b'{"a":1,"b":2}'] * 100) + b"]").check() == 0


def test_check_keeps_the_position() -> None:
    """Checking comes before reading."""
    reader = loaded(b" [1]")
    assert reader.check() == 0
    assert reader.next() == J_ARRAY


def test_tokens() -> None:
    """The sequence of tokens, keys told from strings."""
    reader = loaded(b'{"a" : [1,-2.5,1e3,true,false,null,"a"], "b":{}}')
    assert reader.check() == 0
    tokens = []
    while reader.next():
        tokens.append(reader.token)
    assert tokens == [
        J_OBJECT,
        J_KEY,
        J_ARRAY,
        J_INTEGER,
        J_FLOAT,
        J_FLOAT,
        J_TRUE,
        J_FALSE,
        J_NULL,
        J_STRING,
        J_ARRAY_END,
        J_KEY,
        J_OBJECT,
        J_OBJECT_END,
        J_OBJECT_END,
    ]
    assert reader.next() == J_END


def test_skip() -> None:
    """A value that nobody wants is passed over, however deep."""
    reader = loaded(b'{"a":{"x":[1,{"y":"}]"}]},"b":[[],{}],"c":"s","d":4,"e":5}')
    reader.next()
    names = []
    while reader.next() == J_KEY:
        names.append(reader.text())
        reader.skip()
    assert names == ["a", "b", "c", "d", "e"] and reader.token == J_OBJECT_END
    reader = loaded(b"[[1,[2]],3]")
    reader.next()
    reader.next()
    reader.skip()
    assert reader.token == J_ARRAY_END and reader.next() == J_INTEGER and reader.integer() == 3


def test_text() -> None:
    """Escapes and UTF-8 become characters."""
    for text, expected in (
        (b'""', ""),
        (b'"Accepted"', "Accepted"),
        (b'"\\u0041\\u00e9\\u20AC\\ud83d\\ude00"', "A\xe9\u20ac\U0001f600"),
        (b'"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'),
        (b'"\xc3\xa9\xf0\x9f\x98\x80"', "\xe9\U0001f600"),
        (b'"\\u0000"', "\x00"),
    ):
        assert value(text).text() == expected


def test_text_is_bounded() -> None:
    """The bound counts characters, not bytes."""
    assert value(b'"' + b"x" * 20 + b'"').text(20) == "x" * 20
    raises(ValueError, value(b'"' + b"x" * 21 + b'"').text, 20)
    assert value(b'"' + b"\\ud83d\\ude00" * 20 + b'"').text(20) == "\U0001f600" * 20
    raises(ValueError, value(b'"' + b"\xc3\xa9" * 21 + b'"').text, 20)
    raises(ValueError, value(b'"' + b"x" * 501 + b'"').text)


def test_is_text() -> None:
    """Comparison with a literal, escapes or not."""
    assert value(b'"Soft"').is_text(b"Soft")
    assert not value(b'"Soft"').is_text(b"Sof")
    assert not value(b'"Soft"').is_text(b"Softy")
    assert not value(b'"soft"').is_text(b"Soft")
    assert value(b'"\\u0053oft"').is_text(b"Soft")
    assert value(b'""').is_text(b"")


def test_integers() -> None:
    """Whole numbers however they are written; everything else is refused."""
    for text, expected in (
        (b"0", 0),
        (b"-0", 0),
        (b"7", 7),
        (b"-1", -1),
        (b"2147483647", 2147483647),
        (b"1795401600", 1795401600),
        (b"3.0", 3),
        (b"-3.000", -3),
        (b"1e3", 1000),
        (b"1.5E+1", 15),
        (b"1500e-2", 15),
        (b"999999999999999", 999999999999999),
        (b"0e99999", 0),
        (b"1000000000000000000000000e-20", 10000),
    ):
        assert value(text).integer() == expected, text
    for text in (b"3.5", b"1e-1", b"1000000000000000", b"99999999999999999999", b"1e99999", b"-1e15", b"0.00000000000000000000000001"):
        raises(ValueError, value(text).integer)
    for text in (b'"1"', b"true", b"null", b"[]"):
        raises(ValueError, value(text).integer)


def test_scaled() -> None:
    """Decimals become scaled integers without floats; a limit never grows."""
    for text, decimals, expected in (
        (b"6.5", 1, 65),
        (b"16", 1, 160),
        (b"-6.59", 1, -65),
        (b"6.59", 1, 65),
        (b"0.05", 1, 0),
        (b"1.6e1", 1, 160),
        (b"32.0", 3, 32000),
        (b"0.1234567890123456789", 3, 123),
        (b"12345678.9", 1, 123456789),
    ):
        assert value(text).scaled(decimals) == expected, text
    raises(ValueError, value(b"1e15").scaled, 1)


def test_reading_allocates_nothing() -> None:
    """Checking, stepping, comparing and numbers are free."""
    text = b'{"status":"Accepted","currentTime":"2026-11-23T08:00:30Z","interval":300,"limit":6.5}'
    buf = bytearray(text)
    reader = JsonReader()
    reader.load(buf, 0, len(buf))

    def use() -> None:
        reader.load(buf, 0, len(buf))
        reader.check()
        reader.next()
        while reader.next() == J_KEY:
            if reader.is_text(b"interval"):
                reader.next()
                reader.integer()
            elif reader.is_text(b"limit"):
                reader.next()
                reader.scaled(1)
            else:
                reader.skip()

    without_heap(use)


def test_unchecked_garbage_ends() -> None:
    """Stepping through bytes that were never checked ends inside the bounds."""
    for text in (b'"open', b"{{{{", b"tru", b"-", b'"\\', b"\xff\xfe", b"]]]", b'{"a":"b\\"'):
        reader = loaded(text)
        steps = 0
        while reader.next():
            assert reader.start <= reader.end <= 2 + len(text)
            steps += 1
        assert steps <= len(text)
        reader.skip()


def test_utf8_end() -> None:
    """Valid text ends exactly at its end; a cut or bad character does not."""
    assert utf8_end(b"a\xc3\xa9b", 0, 4) == 4
    assert utf8_end(b"", 0, 0) == 0
    assert utf8_end(b"a\xc3\xa9b", 0, 2) != 2
    assert utf8_end(b"a\xff", 0, 2) != 2
    assert utf8_end(b"a\xe2\x82", 0, 3) != 3
