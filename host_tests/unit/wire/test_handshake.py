"""The opening handshake: what is asked, and how each answer is judged."""

from chargepoint.wire.handshake import head_end, judge, key_forms, parse_url, percent_encode, request
from host_tests.portable import raises

NONCE = b"the sample nonce"  # RFC 6455 section 1.3
GOOD = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: ocpp1.6"
)


def lines(url: str, identity: str = "CP1", key: "bytes | None" = None) -> "list[str]":
    """The lines of a request."""
    return request(url, identity, key, NONCE).decode().split("\r\n")


def test_request() -> None:
    """The request is exactly what RFC 6455 and OCPP-J ask for."""
    assert request("ws://csms.example/ocpp", "CP 1", b"secret", NONCE) == (
        b"GET /ocpp/CP%201 HTTP/1.1\r\nHost: csms.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
        b"Authorization: Basic Q1AgMTpzZWNyZXQ=\r\n\r\n"
    )
    assert "Authorization" not in request("ws://h", "CP1", None, NONCE).decode()


def test_key_bytes_may_be_anything() -> None:
    """A decoded AuthorizationKey is bytes, not text."""
    assert "Authorization: Basic Q1AxOgD/Og==" in lines("ws://h", "CP1", b"\x00\xff:")


def test_paths_queries_ports() -> None:
    """The identity is the last path part; a query stays behind it; default ports are not repeated."""
    for url, first, host in (
        ("ws://h", "GET /CP1 HTTP/1.1", "Host: h"),
        ("ws://h/", "GET /CP1 HTTP/1.1", "Host: h"),
        ("ws://h:80/a/b//", "GET /a/b/CP1 HTTP/1.1", "Host: h"),
        ("ws://h:8080/a?x=1&y=/z", "GET /a/CP1?x=1&y=/z HTTP/1.1", "Host: h:8080"),
        ("ws://h?x=1", "GET /CP1?x=1 HTTP/1.1", "Host: h"),
        ("wss://h:443/a#frag", "GET /a/CP1 HTTP/1.1", "Host: h"),
        ("wss://h:80", "GET /CP1 HTTP/1.1", "Host: h:80"),
        ("ws://[2001:db8::1]:9000/o", "GET /o/CP1 HTTP/1.1", "Host: [2001:db8::1]:9000"),
        ("WS://[::1]", "GET /CP1 HTTP/1.1", "Host: [::1]"),
    ):
        found = lines(url)
        assert found[0] == first and found[1] == host, url


def test_parse_url() -> None:
    """Host and port as the network needs them."""
    assert parse_url("ws://10.0.0.1:9000/ocpp/") == (False, "10.0.0.1", 9000, "/ocpp", "")
    assert parse_url("wss://[fe80::1]/x?y") == (True, "fe80::1", 443, "/x", "?y")


def test_bad_addresses() -> None:
    """What cannot be used is refused in words."""
    for url in (
        "",
        "http://h",
        "h:9000",
        "ws:/h",
        "ws://",
        "ws:///x",
        "ws://h:0",
        "ws://h:65536",
        "ws://h:99999999999999999999",
        "ws://h:x",
        "ws://h:-1",
        "ws://[::1",
        "ws://[::1]x",
        "ws://[]:1",
        "ws://user:pw@h",
        "ws://h/a b",
        "ws://h/\r\nX: y",
        "ws://h/\xe9",
    ):
        assert "address" in str(raises(ValueError, parse_url, url)), url


def test_percent_encode() -> None:
    """Only unreserved characters go as they are."""
    assert percent_encode("AZaz09-._~") == "AZaz09-._~"
    assert percent_encode("a/b?c#d%e f:g@[`{") == "a%2Fb%3Fc%23d%25e%20f%3Ag%40%5B%60%7B"
    assert percent_encode("\xe9\u20ac") == "%C3%A9%E2%82%AC"


def test_key_forms() -> None:
    """Field lessons, row 8: 32 to 40 hexadecimal digits decode, 16 to 20 characters are plain; the other form is second."""
    octt = b"4F43415F4F4354545F61646D696E5F74657374"
    assert key_forms(octt) == [b"OCA_OCTT_admin_test", octt]
    assert key_forms(b"0123456789abcdef") == [b"0123456789abcdef", b"\x01\x23\x45\x67\x89\xab\xcd\xef"]
    assert key_forms(b"plain password 1") == [b"plain password 1"]
    assert key_forms(b"0123456789abcdefg") == [b"0123456789abcdefg"]
    assert key_forms(b"abcd") == [b"abcd"]
    assert key_forms(b"a" * 33) == [b"a" * 33]
    assert key_forms(b"a" * 42) == [b"a" * 42]


def test_head_end() -> None:
    """The head ends with the empty line; what follows is not looked at."""
    buf = bytearray(b"HTTP/1.1 101\r\n\r\n\x81\x00")
    assert head_end(buf, len(buf)) == 16
    assert head_end(buf, 16) == 16
    assert head_end(buf, 15) == 0
    assert head_end(bytearray(b"\r\n\r\n"), 4) == 4
    assert head_end(buf, 0) == 0


def test_good_answers() -> None:
    """Header names and the values of Upgrade and Connection are case-insensitive; more values may stand beside."""
    assert judge(GOOD, NONCE) == (101, "")
    other = GOOD.replace(b"Upgrade: websocket", b"UPGRADE:WebSocket  ").replace(b"Connection: Upgrade", b"connection: keep-alive, upgrade")
    assert judge(other, NONCE) == (101, "")


def test_bad_upgrades() -> None:
    """A 101 that is not the answer to our request is refused."""
    for old, new, word in (
        (b"s3pP", b"s3pQ", "Accept"),
        (b"Sec-WebSocket-Accept", b"X-Other", "Accept"),
        (b"Upgrade: websocket", b"Upgrade: h2c", "upgrade"),
        (b"Connection: Upgrade", b"Connection: close", "upgrade"),
        (b"ocpp1.6", b"ocpp2.0.1", "ocpp1.6"),
        (b"ocpp1.6", b"OCPP1.6", "ocpp1.6"),
        (b"Sec-WebSocket-Protocol", b"X-Other", "subprotocol"),
        (b"\r\nUpgrade", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\nUpgrade", "extension"),
    ):
        status, reason = judge(GOOD.replace(old, new), NONCE)
        assert status == 101 and word in reason, (old, reason)


def test_refusals_are_told_apart() -> None:
    """Each status has its own words; a redirect says where to, with nothing that could break a log line."""
    seen = []
    for status, word in (
        (301, "redirect"),
        (400, "bad request"),
        (401, "AuthorizationKey"),
        (403, "forbidden"),
        (404, "not found"),
        (418, "refused"),
        (500, "refused"),
        (503, "unavailable"),
        (200, "refused"),
    ):
        got, reason = judge(b"HTTP/1.1 %d Whatever\r\nServer: x" % status, NONCE)
        assert got == status and word in reason and str(status) in reason, reason
        assert reason not in seen
        seen.append(reason)
    status, reason = judge(b"HTTP/1.0 302 Found\r\nLocation: wss://other/ocpp\x1b[2J\xff", NONCE)
    assert status == 302 and reason.endswith("set the address to wss://other/ocpp?[2J?")


def test_not_http() -> None:
    """Something else listens on that port."""
    for head in (b"", b"SSH-2.0-OpenSSH", b"HTTP/1.1", b"HTTP/1.1 abc", b"HTTP/1.1 1012 x", b"\x15\x03\x01\x00\x02\x02", b"HTTP/2 101", b"HTTP/1.1  101"):
        status, reason = judge(head, NONCE)
        assert status == 0 and "port" in reason, head
