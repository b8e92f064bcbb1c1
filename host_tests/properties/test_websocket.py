"""WebSocket and OCPP-J under arbitrary bytes and arbitrary cuts."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, unquote

from hypothesis import given, strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from chargepoint.wire.handshake import judge, key_forms, parse_url, percent_encode, request
from chargepoint.wire.json_read import JsonReader
from chargepoint.wire.json_write import JsonWriter
from chargepoint.wire.ocppj import Framing
from chargepoint.wire.websocket import FrameReader, seal
from host_tests.unit.wire.codes import CALL, CLOSE, DROPPED, ERROR, FAILED, NOT_UTF8, NOTHING, PING, PONG, REFUSE, RESULT, TEXT, TOO_LONG

SIZE = 400


def _pull(data: bytes, cuts: list[int], size: int = SIZE) -> list[tuple[int, bytes]]:
    """Feed the data in pieces of the given lengths, over and over."""
    reader = FrameReader(bytearray(size))
    found: list[tuple[int, bytes]] = []
    at = turn = 0
    while True:
        event = reader.next()
        assert 0 <= reader.start <= reader.end <= size
        if event in (FAILED, CLOSE):
            return found + [(event, b"%d" % reader.code)]
        if event != NOTHING:
            found.append((event, bytes(reader.buf[reader.start : reader.end])))
            continue
        if at >= len(data):
            return found
        room = reader.room()
        assert len(room) > 0
        count = min(len(room), cuts[turn % len(cuts)], len(data) - at)
        turn += 1
        room[:count] = data[at : at + count]
        reader.received(count)
        at += count


LONG_MESSAGES = st.lists(st.sampled_from([b"\x01", b"\x00", b"\x80", b"\x89", b"\x7e\x01\x10", b"\x05abcde", b"x" * 60, b"\x7d"]), max_size=20).map(b"".join)
CUTS = st.lists(st.integers(1, 200), min_size=1, max_size=10)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, bytes]]]:
    """A server's byte stream, and what must come out of it."""
    data = b""
    expected = []
    for _ in range(draw(st.integers(0, 6))):
        message = draw(st.binary(max_size=250))
        pieces = draw(st.lists(st.integers(0, len(message)), max_size=4).map(sorted))
        edges = [0, *pieces, len(message)]
        for i in range(len(edges) - 1):
            if draw(st.booleans()):
                payload = draw(st.binary(max_size=60))
                opcode = draw(st.sampled_from([PING, PONG]))
                data += Frame(Opcode(opcode), payload).serialize(mask=False)
                expected.append((opcode, payload))
            part = Frame(Opcode.TEXT if i == 0 else Opcode.CONT, message[edges[i] : edges[i + 1]], fin=i == len(edges) - 2)
            data += part.serialize(mask=False)
        expected.append((TEXT, message))
    return data, expected


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=6), CUTS)
def test_of_a_message_that_is_too_long_the_head_comes_out(parts: list[bytes], cuts: list[int]) -> None:
    """However it is cut and fragmented; what fits comes out whole."""
    data = b"".join(
        Frame(Opcode.TEXT if i == 0 else Opcode.CONT, part, fin=i == len(parts) - 1).serialize(mask=False) + Frame(Opcode.PING, b"").serialize(mask=False)
        for i, part in enumerate(parts)
    )
    message = b"".join(parts)
    found = [event for event in _pull(data, cuts) if event[0] != PING]
    assert found in ([(TEXT, message)], [(TOO_LONG, message[: SIZE // 2])])
    if len(message) <= SIZE - 10:
        assert found[0][0] == TEXT
    if len(message) > SIZE:
        assert found[0][0] == TOO_LONG


@given(conversations(), CUTS)
def test_any_split_gives_the_same_messages(conversation: tuple[bytes, list[tuple[int, bytes]]], cuts: list[int]) -> None:
    """Fragments, control frames between them, any cut of the stream."""
    data, expected = conversation
    assert _pull(data, cuts) == expected


@given(st.binary(max_size=300) | LONG_MESSAGES, CUTS, CUTS)
def test_arbitrary_bytes_never_raise_and_do_not_depend_on_the_cut(data: bytes, cuts: list[int], others: list[int]) -> None:
    """Garbage is cut into frames or fails with a close code, the same however it arrives."""
    found = _pull(data, cuts, 280)  # the smallest that has room for half of it and a control frame
    assert found == _pull(data, others, 280)
    if found and found[-1][0] == FAILED:
        assert found[-1][1] in (b"1002", b"1003", b"1007", b"1009")


@given(st.binary(max_size=400), st.binary(min_size=4, max_size=4), st.sampled_from([TEXT, PING, PONG, CLOSE]))
def test_what_we_seal_another_library_opens(payload: bytes, mask: bytes, opcode: int) -> None:
    """The reader of `websockets` gives the payload back."""
    buf = bytearray(8) + bytearray(payload)
    start = seal(buf, 8, len(buf), opcode, mask)
    stream = StreamReader()
    stream.feed_data(bytes(buf[start:]))
    parser = Frame.parse(stream.read_exact, mask=True)
    try:
        next(parser)
        raise AssertionError("incomplete")
    except StopIteration as done:
        frame = done.value
    except Exception:
        assert opcode >= 8 and len(payload) > 125
        return
    assert (frame.opcode, frame.data, frame.fin) == (opcode, payload, True)


IDS = st.text(st.characters(codec="utf-8"), max_size=40)
PAYLOAD = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=10) | st.none(), max_size=3)
MESSAGES = st.lists(st.sampled_from([2, 3, 4, 5, "2", None]) | IDS | st.just("mine") | PAYLOAD, max_size=6)


def _framing() -> Framing:
    framing = Framing(JsonReader(), JsonWriter(bytearray(2000)))
    framing.begin_call(8, "mine", "Heartbeat")
    assert framing.end_call("mine")
    return framing


@given(st.binary(max_size=60) | MESSAGES.map(lambda m: json.dumps(m).encode()), st.data())
def test_any_text_has_one_of_six_outcomes(text: bytes, data: st.DataObject) -> None:
    """Never an exception; a refusal can always be written, with the id of the message."""
    end = data.draw(st.integers(max(0, len(text) - 3), len(text)))
    framing = _framing()
    kind = framing.read(bytearray(text), 0, end)
    assert kind in (DROPPED, NOT_UTF8, CALL, RESULT, ERROR, REFUSE)
    assert (framing.pending is None) == (kind in (RESULT, ERROR))
    if kind in (CALL, REFUSE):
        assert framing.error(8, framing.code, "x")
        answer: Any = json.loads(bytes(framing.writer.buf[8 : framing.writer.pos]))
        assert answer[0] == 4 and isinstance(answer[1], str) and len(answer) == 5
        assert text[:end].lstrip(b" \t\r\n[2,").startswith(b'"')


@given(IDS, st.text(min_size=1, max_size=50), PAYLOAD)
def test_any_good_call_is_delivered(unique_id: str, action: str, payload: dict[str, Any]) -> None:
    """Its id comes back as the same text."""
    try:
        text = bytearray(json.dumps([2, unique_id, action, payload]).encode())
        action.encode()
        json.dumps(payload, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    framing = _framing()
    if len(json.dumps(unique_id)) > 257:
        return
    assert framing.read(text, 0, len(text)) == CALL
    assert framing.action == action
    writer = framing.begin_result(8, RESULT)
    writer.begin_object()
    writer.end_object()
    assert framing.end()
    assert json.loads(bytes(framing.writer.buf[8 : writer.pos])) == [3, unique_id, {}]


HEAD_PARTS = st.sampled_from([b"HTTP/1.1 ", b"101", b"302", b" ", b"\r\n", b":", b"Location", b"x", b"\xff"])


@given(st.binary(max_size=200) | st.lists(HEAD_PARTS, max_size=12).map(b"".join))
def test_any_answer_to_the_handshake_is_judged(head: bytes) -> None:
    """Never an exception, always words, never a success."""
    status, reason = judge(head, b"0123456789abcdef")
    assert reason and 0 <= status <= 999
    assert reason.isprintable()


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=48), st.binary(max_size=40))
def test_identity_and_key_survive_the_request(identity: str, key: bytes) -> None:
    """Percent-encoding is undone by anybody's decoder; no identity breaks the request."""
    assert unquote(percent_encode(identity)) == identity
    assert percent_encode(identity) == quote(identity, safe="")
    lines = request("ws://h:1/a", identity, key, b"0123456789abcdef").split(b"\r\n")
    assert lines[0] == b"GET /a/" + quote(identity, safe="").encode() + b" HTTP/1.1" and len(lines) == 10
    for form in key_forms(key):
        assert isinstance(form, bytes)


ADDRESS_PARTS = st.sampled_from(["ws://", "wss://", "[", "]", ":", "/", "?", "#", "@", "h", "80", "::1", "."])


@given(st.text(max_size=40) | st.lists(ADDRESS_PARTS, max_size=10).map("".join))
def test_any_address_is_split_or_refused(url: str) -> None:
    """ValueError is the only refusal; what is accepted makes one request line."""
    try:
        _, host, port, path, query = parse_url(url)
    except ValueError:
        return
    assert host and 0 < port < 65536
    assert (path == "" or path.startswith("/")) and (query == "" or query.startswith("?"))
    assert len(request(url, "x", None, b"0123456789abcdef").split(b"\r\n")) == 9
