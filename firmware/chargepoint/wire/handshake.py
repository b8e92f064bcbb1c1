"""The opening handshake of the WebSocket client, sans-IO: addresses, the request, the judgement of the answer.

Works on ordinary strings: it runs once a connection, not in the steady state.
"""

import hashlib
from binascii import b2a_base64, unhexlify

from micropython import const

_MAX_LOCATION = const(80)

# one text: a dict of seven costs ten times the heap
_REFUSALS = (
    "400 bad request: check the path of the address and the identity\n"
    "401 unauthorized: the central system refuses the AuthorizationKey\n"
    "403 forbidden: this identity may not connect\n"
    "404 not found: check the path of the address and whether the identity is registered\n"
    "426 upgrade required: check the subprotocol\n"
    "429 too many requests\n"
    "503 service unavailable\n"
)
_REQUEST = (
    "GET %s/%s%s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n%s\r\n"
)


def percent_encode(text: str) -> str:
    """The identity as a path segment: all but the unreserved characters of RFC 3986 become ``%XX`` of their UTF-8."""
    out = ""
    for byte in text.encode():
        char = chr(byte)
        if 0x30 <= byte <= 0x39 or 0x41 <= (byte & 0xDF) <= 0x5A or char in "-._~":
            out += char
        else:
            out += "%%%02X" % byte
    return out


def parse_url(url: str) -> "tuple[bool, str, int, str, str]":
    """Split ``ws://host[:port][/path][?query]`` or ``wss://...``; the host may be an IPv6 literal in brackets.

    Returns: (secure, host without brackets, port, path without a last slash, query with its ``?`` or nothing).
    Raises: ValueError that says what is wrong with the address.
    """
    scheme, found, rest = url.partition("://")
    scheme = scheme.lower()
    if not found or scheme not in ("ws", "wss"):
        raise ValueError("address must begin with ws:// or wss://")
    for byte in url.encode():
        if byte <= 0x20 or byte >= 0x7F:
            raise ValueError("address has a space or a character that is not ASCII: percent-encode it")
    rest = rest.partition("#")[0]
    cut = len(rest)
    for mark in "/?":
        at = rest.find(mark)
        if 0 <= at < cut:
            cut = at
    authority = rest[:cut]
    path, mark, query = rest[cut:].partition("?")
    if "@" in authority:
        raise ValueError("address has a user name: set AuthorizationKey instead")
    if authority.startswith("["):
        host, found, port = authority[1:].partition("]")
        if not found or (port and not port.startswith(":")) or ":" not in host:
            raise ValueError("address has a broken IPv6 literal: write [2001:db8::1]:8080")
        port = port[1:]
    else:
        host, found, port = authority.partition(":")
    if not host:
        raise ValueError("address has no host")
    number = 443 if scheme == "wss" else 80
    if port:
        number = 0
        for byte in port.encode():
            number = number * 10 + byte - 0x30 if 0x30 <= byte <= 0x39 and number <= 65535 else 65536
    if not 0 < number < 65536:
        raise ValueError("address has a bad port: 1 to 65535")
    while path.endswith("/"):
        path = path[:-1]
    return scheme == "wss", host, number, path, mark + query


def key_forms(key: bytes) -> "list[bytes]":
    """The passwords that an AuthorizationKey may stand for, the likeliest first.

    32 to 40 hexadecimal digits are decoded, anything else is taken as it is; the other reading, if there is one, comes second.
    """
    try:
        decoded = unhexlify(key)
    except ValueError:
        return [key]
    if not 16 <= len(key) <= 40:
        return [key]
    return [decoded, key] if len(key) >= 32 else [key, decoded]


def request(url: str, identity: str, auth_key: "bytes | None", nonce: bytes) -> bytes:
    """The HTTP request that opens the connection, with Basic authentication when there is a key.

    Args: ``nonce`` 16 random bytes. Raises: ValueError as ``parse_url``.
    """
    secure, host, port, path, query = parse_url(url)
    if ":" in host:
        host = "[" + host + "]"
    if port != (443 if secure else 80):
        host += ":%d" % port
    credentials = ""
    if auth_key is not None:
        credentials = "Authorization: Basic %s\r\n" % _base64(identity.encode() + b":" + auth_key)
    return (_REQUEST % (path, percent_encode(identity), query, host, _base64(nonce), credentials)).encode()


def _base64(data: bytes) -> str:
    return b2a_base64(data)[:-1].decode()


def head_end(buf: "bytearray", end: int) -> int:
    """Where the bytes after the answer's head start, 0 while the head is incomplete."""
    at = buf.find(b"\r\n\r\n", 0, end)
    return at + 4 if at >= 0 else 0


def judge(head: bytes, nonce: bytes) -> "tuple[int, str]":
    """Decide on the answer's head (everything up to the empty line).

    Args: ``nonce`` as given to ``request``.
    Returns: (HTTP status, ""), or (HTTP status or 0, what is wrong and what to do). Never raises.
    """
    lines = head.split(b"\r\n")
    parts = lines[0].split(b" ", 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or len(parts[1]) != 3 or not parts[1].isdigit():
        return 0, "no HTTP server there: check the port, and ws:// or wss://"
    status = int(parts[1])
    fields: "dict[bytes, bytes]" = {}
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        fields[name] = fields[name] + b"," + value.strip() if name in fields else value.strip()
    if status != 101:
        return status, _refusal(status, fields.get(b"location", b""))
    accept = hashlib.sha1(_base64(nonce).encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    if fields.get(b"upgrade", b"").lower() != b"websocket" or b"upgrade" not in fields.get(b"connection", b"").lower():
        return status, "the answer does not upgrade to websocket"
    if fields.get(b"sec-websocket-accept", b"") != _base64(accept).encode():
        return status, "wrong Sec-WebSocket-Accept: something between answers for the central system"
    if fields.get(b"sec-websocket-extensions", b""):
        return status, "the central system uses a WebSocket extension that was not offered"
    protocol = fields.get(b"sec-websocket-protocol", b"")
    if protocol != b"ocpp1.6":
        return status, "the central system does not speak ocpp1.6" if protocol else "the central system echoes no subprotocol"
    return status, ""


def _refusal(status: int, location: bytes) -> str:
    """An HTTP status that is no success, in words."""
    if 300 <= status < 400:
        shown = ""
        for byte in location[:_MAX_LOCATION]:
            shown += chr(byte) if 0x20 < byte < 0x7F else "?"
        return "HTTP %d redirect: set the address to %s" % (status, shown or "where it leads")
    at = _REFUSALS.find("%d " % status)
    if at >= 0:
        return "HTTP " + _REFUSALS[at : _REFUSALS.find("\n", at)]
    return "HTTP %d refused by the central system" % status
