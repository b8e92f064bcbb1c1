"""HTTP/1.1 of a client: request heads, and answers however they are cut."""

from chargepoint.wire.http1 import Answer, request_head


def read(data: bytes, chunk: int, closed: bool = True) -> "tuple[Answer, bytes]":
    """Read an answer that arrives in pieces; its body."""
    answer = Answer()
    body = b""
    for begin in range(0, len(data), chunk):
        piece = bytearray(data[begin : begin + chunk])
        at = 0
        while at < len(piece) and not answer.broken and not answer.over:
            start, at = answer.next(piece, at, len(piece))
            body += piece[start:at]
    if closed:
        answer.at_end()
    return answer, body


def test_requests() -> None:
    """A whole file, the rest of one, one of ours; credentials are decoded before they are encoded again."""
    assert request_head("GET", "http://h/f.bin") == b"GET /f.bin HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAccept-Encoding: identity\r\n\r\n"
    head = request_head("GET", "https://user:p%40ss@h:444/f", 1000)
    assert b"\r\nHost: h:444\r\n" in head and b"\r\nRange: bytes=1000-\r\n" in head
    assert b"\r\nAuthorization: Basic dXNlcjpwQHNz\r\n" in head
    head = request_head("PUT", "http://[::1]/d.log", 0, 12, "text/plain")
    assert head[:18] == b"PUT /d.log HTTP/1." and b"\r\nHost: [::1]\r\n" in head
    assert head.endswith(b"\r\nContent-Length: 12\r\nContent-Type: text/plain\r\n\r\n")
    assert b"\r\nTransfer-Encoding: chunked\r\n" in request_head("PUT", "http://h/d", 0, -1, "text/plain")
    assert b"\r\nRange: bytes=7-\r\nIf-Range: \"v1\"\r\n" in request_head("GET", "http://h/f", 7, -1, "", '"v1"')


def test_bodies() -> None:
    """By length, in chunks, up to the end; whatever the pieces."""
    text = b"0123456789" * 30
    chunked = b"64\r\n" + text[:100] + b"\r\nC8;x=y\r\n" + text[100:] + b"\r\n0\r\nTrailer: 1\r\n\r\n"
    for head, body in (
        (b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n", text),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:300 \r\n\r\n", text),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", chunked),
        (b"HTTP/1.0 200 OK\n\n", text),
    ):
        for chunk in (1, 7, 64, 1000):
            answer, found = read(head + body, chunk)
            assert found == text and answer.over and answer.status == 200 and not answer.reason, (head, chunk)
    answer, found = read(b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 200-299/300\r\nContent-Length: 100\r\n\r\n" + text[200:], 50)
    assert found == text[200:] and answer.first == 200 and answer.length == 100 and answer.over
    for nothing in (b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"):
        answer, found = read(nothing, 10, False)
        assert answer.over and found == b""


def test_a_redirect_says_where_to() -> None:
    """Nothing in it can break a line of the log."""
    answer, _ = read(b"HTTP/1.1 302 Found\r\nLocation: https://other/f\x1b\r\nContent-Length: 0\r\n\r\n", 100)
    assert answer.status == 302 and answer.location == "https://other/f"


def test_what_is_no_answer_is_refused_in_words() -> None:
    """Never an exception, never a body that is not one, never an endless line."""
    for data in (
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 600,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200",
        b"",
        b"\n\n\n",
    ):
        for chunk in (1, 1000):
            answer, _ = read(data, chunk)
            assert answer.broken and answer.reason and not answer.over, data
