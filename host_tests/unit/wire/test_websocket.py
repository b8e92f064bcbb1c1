"""WebSocket frames: masked and cut right, every protocol fault with its close code, and bounded."""

from chargepoint.wire.websocket import FrameReader, seal
from host_tests.portable import allocated, without_heap
from host_tests.unit.wire.codes import CLOSE, FAILED, NOTHING, PING, PONG, TEXT, TOO_LONG


def frame(opcode: int, payload: bytes, fin: bool = True) -> bytes:
    """A frame as a server sends it."""
    head = bytes([(0x80 if fin else 0) | opcode])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) > 65535:
        return head + b"\x7f\0\0\0\0" + bytes([len(payload) >> shift & 255 for shift in (24, 16, 8, 0)]) + payload
    return head + bytes([126, len(payload) >> 8, len(payload) & 0xFF]) + payload


def events(data: bytes, size: int = 300, chunk: int = 1000) -> "list[tuple[int, bytes]]":
    """What comes out when the data arrives in chunks; a failure ends it with its close code."""
    reader = FrameReader(bytearray(size))
    found = []
    at = 0
    while True:
        event = reader.next()
        if event == FAILED:
            found.append((FAILED, b"%d" % reader.code))
            return found
        if event == CLOSE:
            found.append((CLOSE, b"%d " % reader.code + bytes(reader.buf[reader.start : reader.end])))
            return found
        if event != NOTHING:
            found.append((event, bytes(reader.buf[reader.start : reader.end])))
            continue
        if at == len(data):
            return found
        room = reader.room()
        count = min(len(room), chunk, len(data) - at)
        assert count > 0
        room[:count] = data[at : at + count]
        reader.received(count)
        at += count


def test_seal_masks_in_place() -> None:
    """The example of RFC 6455 section 5.7: a masked Hello."""
    buf = bytearray(b"########Hello##")
    assert seal(buf, 8, 13, TEXT, b"\x37\xfa\x21\x3d") == 2
    assert bytes(buf) == b"##\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58##"


def test_seal_longer_payloads() -> None:
    """From 126 bytes on the length takes two bytes more; unmasking gives the payload back."""
    mask = b"\x01\x02\xf3\xf4"
    for count in (0, 1, 3, 4, 125, 126, 127, 300, 1000):
        payload = bytes([i * 7 & 0xFF for i in range(count)])
        buf = bytearray(8) + bytearray(payload)
        start = seal(buf, 8, 8 + count, PING, mask)
        assert start == (2 if count < 126 else 0)
        assert buf[start] == 0x89
        if count < 126:
            assert buf[start + 1] == 0x80 | count
        else:
            assert buf[start + 1] == 0xFE and buf[start + 2] << 8 | buf[start + 3] == count
        assert bytes(buf[4:8]) == mask
        assert bytes([buf[8 + i] ^ mask[i & 3] for i in range(count)]) == payload


def test_messages_whole_and_in_pieces() -> None:
    """Any cut of the stream gives the same messages."""
    data = frame(TEXT, b"one") + frame(TEXT, b"") + frame(PING, b"p") + frame(TEXT, b"x" * 200) + frame(PONG, b"")
    expected = [(TEXT, b"one"), (TEXT, b""), (PING, b"p"), (TEXT, b"x" * 200), (PONG, b"")]
    for chunk in (1, 2, 3, 7, 100, 1000):
        assert events(data, 300, chunk) == expected, chunk


def test_fragments_with_control_frames_between() -> None:
    """A fragmented message is put together; pings between its parts come out first, in their order."""
    data = frame(TEXT, b"Hel", False) + frame(PING, b"a") + frame(0, b"", False) + frame(PONG, b"b")
    data += frame(0, b"lo", False) + frame(0, b"!") + frame(TEXT, b"next")
    for chunk in (1, 5, 1000):
        assert events(data, 300, chunk) == [(PING, b"a"), (PONG, b"b"), (TEXT, b"Hello!"), (TEXT, b"next")]


def test_buffer_is_used_to_its_end() -> None:
    """Messages that fit come through however they lie in the buffer; the limit is the buffer's size with the header."""
    assert events(frame(TEXT, b"y" * 96) * 20, 100, 33) == [(TEXT, b"y" * 96)] * 20
    assert events(frame(TEXT, b"z" * 48, False) + frame(PING, b"q") + frame(0, b"z" * 48), 100, 9) == [(PING, b"q"), (TEXT, b"z" * 96)]


def test_of_a_message_that_is_too_long_the_head_stays() -> None:
    """The rest is passed over, in one frame or in fragments; what comes after it, and control frames in between, are read as ever."""
    text = b"".join([b"%03d," % n for n in range(1000)])
    head = text[:256]  # half the buffer
    after = frame(TEXT, b"next") + frame(PING, b"p")
    ping = frame(PING, b"q" * 125)
    expected = [(TOO_LONG, head), (TEXT, b"next"), (PING, b"p")]
    for chunk in (1, 64, 1000):
        short = text[:3000]
        assert events(frame(TEXT, text[:509]) + after, 512, chunk) == expected
        assert events(frame(TEXT, short) + after, 512, chunk) == expected
        assert events(frame(TEXT, b"", False) + frame(0, short) + after, 512, chunk) == expected
        assert events(frame(TEXT, short[:10], False) + ping + frame(0, short[10:]) + after, 512, chunk) == [(PING, b"q" * 125)] + expected
        assert events(frame(TEXT, short[:490], False) + ping + frame(0, b"") + after, 512, chunk) == [(PING, b"q" * 125)] + expected
        pieces = b"".join([frame(0, short[at : at + 100], False) + frame(PONG, b"") for at in range(100, 1500, 100)])
        pongs = [(PONG, b"")] * 14
        assert events(frame(TEXT, short[:100], False) + pieces + frame(0, b"") + after, 512, chunk) == pongs + expected
        assert events(frame(TEXT, short[:490], False) + frame(0, short[490:600]) + frame(TEXT, text[:900]) + after, 512, chunk) == expected[:1] + expected


def test_much_too_big_is_refused_by_the_header() -> None:
    """1009 comes before the payload from 32 MiB on; 16 MiB are passed over."""
    for length in (b"\x7f\0\0\0\0\x02\0\0\0", b"\x7f\0\0\0\1\0\0\0\0", b"\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"):
        assert events(b"\x81" + length) == [(FAILED, b"1009")], length
    for length in (b"\x7f\0\0\0\0\1\0\0\0", b"\x7f\0\0\0\0\0\xff\xff\xff", b"\x7f\0\0\0\0\0\0\x01\x29", b"\x7e\xff\xff"):
        assert events(b"\x81" + length + b"x" * 290) == [], length
        unfinished = b"\x01\x02[2" + b"\x00\x7f\0\0\0\0\1\0\0\0"
        assert events(unfinished + b"x" * 2000) == []


def test_protocol_faults() -> None:
    """Each fault with the close code of RFC 6455."""
    for data, code in (
        (b"\x82\x01x", b"1003"),
        (b"\x02\x01x", b"1003"),
        (b"\xc1\x00", b"1002"),
        (b"\xa1\x00", b"1002"),
        (b"\x91\x00", b"1002"),
        (b"\x81\x81\x00\x00\x00\x00x", b"1002"),
        (b"\x83\x00", b"1002"),
        (b"\x87\x00", b"1002"),
        (b"\x8b\x00", b"1002"),
        (b"\x8f\x00", b"1002"),
        (b"\x80\x01x", b"1002"),
        (b"\x01\x01x\x81\x01y", b"1002"),
        (b"\x09\x00", b"1002"),
        (b"\x89\x7e\x00\x7e", b"1002"),
        (b"\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00", b"1002"),
        (b"\x88\x01\x03", b"1002"),
        (b"\x88\x02\x03\xe7", b"1002"),
        (b"\x88\x02\x03\xec", b"1002"),
        (b"\x88\x02\x03\xed", b"1002"),
        (b"\x88\x02\x03\xee", b"1002"),
        (b"\x88\x02\x03\xf7", b"1002"),
        (b"\x88\x02\x07\xd0", b"1002"),
        (b"\x88\x02\x13\x88", b"1002"),
        (b"\x88\x03\x03\xe8\xff", b"1007"),
    ):
        assert events(data) == [(FAILED, code)], data


def test_close_codes() -> None:
    """The peer's code and reason come out; none is 1005."""
    assert events(b"\x88\x00") == [(CLOSE, b"1005 ")]
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1014, 3000, 4999):
        assert events(frame(CLOSE, bytes([code >> 8, code & 0xFF]) + b"bye")) == [(CLOSE, b"%d bye" % code)]


def test_partial_is_known() -> None:
    """Half a frame, or a message without its last fragment, is told from silence."""
    reader = FrameReader(bytearray(100))
    assert not reader.partial()
    for data, partial in ((b"\x81", True), (b"\x01x", False), (b"\x01\x01a", True), (b"\x89\x00", True), (b"\x80\x00", False)):
        room = reader.room()
        room[: len(data)] = data
        reader.received(len(data))
        while reader.next() != NOTHING:
            pass
        assert reader.partial() == partial, data


def test_bytes_behind_the_handshake_are_kept() -> None:
    """What the server sent together with its answer is the first frame."""
    buf = bytearray(100)
    buf[:20] = b"HTTP head" + frame(TEXT, b"hi") + bytes(7)
    reader = FrameReader(buf)
    reader.begin(9, 13)
    assert reader.next() == TEXT and bytes(buf[reader.start : reader.end]) == b"hi"
    assert reader.next() == NOTHING


def test_steady_state_allocates_nothing() -> None:
    """An idle pass is free; a message that arrives in one piece too."""
    reader = FrameReader(bytearray(200))
    data = frame(TEXT, b"[3,\"1\",{}]")
    buf = bytearray(100)

    def idle() -> None:
        reader.room()
        reader.next()

    def one() -> None:
        at = 0
        room = reader.room()
        for byte in data:
            room[at] = byte
            at += 1
        reader.received(at)
        assert reader.next() == TEXT
        reader.next()

    idle()
    one()
    without_heap(idle)
    assert allocated(one) == 0
    without_heap(lambda: seal(buf, 8, 60, TEXT, b"abcd"))
