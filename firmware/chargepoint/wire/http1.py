"""HTTP/1.1 as a client speaks it to move one file, sans-IO: request heads, and the answer cut into head and body as it arrives.

One request a connection (`Connection: close`). Bodies of the answer come by Content-Length, in chunks, or up to the end of the connection. Lines and
heads are bounded; an answer that keeps to nothing of this is refused in words, never by an exception.
Spec: RFC 9110 and 9112.
"""

from binascii import b2a_base64

from micropython import const

from chargepoint.wire.address import parse_address, percent_decoded

_MAX_HEAD = const(4096)
_MAX_LINE = const(512)
_MAX_BYTES = const(0x1FFFFFFF)  # a longer file is none of ours

# where the answer is
_HEAD = const(0)
_BODY = const(1)
_CHUNK_SIZE = const(2)
_CHUNK_END = const(3)
_TRAILER = const(4)
_OVER = const(5)
_BROKEN = const(6)


def request_head(method: str, url: str, first: int = 0, length: int = -1, content_type: str = "", validator: str = "") -> bytes:
    """The head of a request.

    Args: ``first`` asks for the bytes of the file from there on, with a ``validator`` only if it is still that file; ``length`` of the body
    that follows: -1 for none, with a ``content_type`` for one in chunks. Raises: ValueError as ``parse_address``.
    """
    scheme, host, port, path, credentials = parse_address(url)
    if ":" in host:
        host = "[" + host + "]"
    if port != (443 if scheme == "https" else 80):
        host += ":%d" % port
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + host, "Connection: close", "Accept-Encoding: identity"]
    if credentials:
        lines.append("Authorization: Basic " + b2a_base64(percent_decoded(credentials))[:-1].decode())
    if first:
        lines.append("Range: bytes=%d-" % first)
        if validator:
            lines.append("If-Range: " + validator)
    if length >= 0:
        lines.append("Content-Length: %d" % length)
    elif content_type:
        lines.append("Transfer-Encoding: chunked")
    if content_type:
        lines.append("Content-Type: " + content_type)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _decimal(text: bytes) -> int:
    """A decimal number, -1 when it is none or beyond all bounds."""
    number = 0
    for byte in text:
        if not 0x30 <= byte <= 0x39 or number > _MAX_BYTES // 10:
            return -1
        number = number * 10 + byte - 0x30
    return number if text else -1


def _text(value: bytes, least: int = 0x21) -> str:
    return "".join([chr(byte) for byte in value if least <= byte < 0x7F])


class Answer:
    """Cuts an answer as it arrives.

    For reading: ``status`` (0 until its line has come, ``has_head`` when the head is complete), ``length`` of the body (-1 when it is not told),
    ``first`` (where a part of a file begins, -1: not told), ``total`` (bytes of that file, -1: not told), ``is_rest`` (that part goes up to its
    end), ``validator`` for If-Range, ``retry_s`` of Retry-After, ``location`` of a redirect, ``reason`` in words once the answer is ``broken``,
    ``over`` when all of it has come.
    """

    def __init__(self) -> None:
        self.status = self.retry_s = 0
        self.length = self.first = self.total = -1
        self.is_rest = True
        self.location = self.reason = self.validator = ""
        self._where = _HEAD
        self._line = bytearray()
        self._head_bytes = 0
        self._left = -1  # of the body or of the chunk
        self._chunked = False

    @property
    def over(self) -> bool:
        """Whether the whole answer has come."""
        return self._where == _OVER

    @property
    def has_head(self) -> bool:
        """Whether the whole head has come."""
        return self._where != _HEAD and self._where != _BROKEN

    @property
    def broken(self) -> bool:
        """Whether it cannot be read on."""
        return self._where == _BROKEN

    def next(self, buf: "bytearray | memoryview", at: int, end: int) -> "tuple[int, int]":
        """Read on in ``buf[at:end]``: (where a piece of the body starts, where it ends); an empty piece when there is no more of it in there."""
        while at < end and self._where < _OVER:
            if self._where == _BODY:
                count = end - at if self._left < 0 else min(end - at, self._left)
                if self._left >= 0:
                    self._left -= count
                    if not self._left:
                        self._where = _CHUNK_END if self._chunked else _OVER
                return at, at + count
            byte = buf[at]
            at += 1
            if byte != 0x0A:
                self._line.append(byte)
                if len(self._line) > _MAX_LINE:
                    self._break("a line of the answer is too long")
            else:
                line = bytes(self._line).rstrip(b"\r")
                self._line = bytearray()
                self._take_line(line)
        return end, end

    def at_end(self) -> None:
        """The server has closed: an answer without a length is over with that, any other is cut off."""
        if self._where == _BODY and self._left < 0:
            self._where = _OVER
        elif self._where < _OVER:
            self._break("the server closed in the middle")

    def _break(self, reason: str) -> None:
        self._where = _BROKEN
        self.reason = reason

    def _take_line(self, line: bytes) -> None:
        if self._where == _HEAD:
            self._head_bytes += len(line) + 2
            if self._head_bytes > _MAX_HEAD:
                self._break("the answer's head is too long")
            elif not self.status:
                self._take_status(line)
            elif line:
                self._take_field(line)
            else:
                self._begin_body()
        elif self._where == _CHUNK_SIZE:
            self._begin_chunk(line.partition(b";")[0].strip())
        elif self._where == _CHUNK_END:
            self._where = _CHUNK_SIZE
            if line:
                self._break("a chunk is longer than it says")
        elif not line:  # of the trailer
            self._where = _OVER

    def _take_status(self, line: bytes) -> None:
        parts = line.split(b" ", 2)
        status = _decimal(parts[1]) if len(parts) > 1 and len(parts[1]) == 3 and parts[0][:7] == b"HTTP/1." else -1
        if status < 100:
            self._break("no HTTP server there: check the port, and http:// or https://")
        else:
            self.status = status

    def _take_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        name = name.lower()
        value = value.strip()
        if name == b"content-length":
            length = _decimal(value)
            if length < 0 or (self.length >= 0 and self.length != length):
                self._break("a Content-Length that is none")
            self.length = length
        elif name == b"transfer-encoding":
            self._chunked = value.lower() == b"chunked"
            if not self._chunked:
                self._break("a Transfer-Encoding that was not asked for")
        elif name == b"content-range" and value[:6].lower() == b"bytes ":
            self._take_range(value[6:].strip())
        elif name == b"location":
            self.location = _text(value)
        elif name == b"retry-after":
            self.retry_s = max(0, _decimal(value))  # a date is as good as none
        elif (name == b"etag" and value[:1] == b'"') or (name == b"last-modified" and not self.validator):
            self.validator = _text(value, 0x20)

    def _take_range(self, text: bytes) -> None:
        """``first-last/total``, ``first-last/*`` or, of a range that there is not, ``*/total``."""
        part, _, total = text.partition(b"/")
        first, _, last = part.partition(b"-")
        self.total = _decimal(total)
        self.first = _decimal(first)
        self.is_rest = self.total < 0 or _decimal(last) == self.total - 1

    def _begin_body(self) -> None:
        if 100 <= self.status < 200:  # an interim answer, the real one follows
            self.status = 0
            self.length = -1
        elif self._chunked:
            self.length = -1
            self._where = _CHUNK_SIZE
        elif self.length == 0 or self.status in (204, 304):
            self._where = _OVER
        else:
            self._left = self.length
            self._where = _BODY

    def _begin_chunk(self, text: bytes) -> None:
        try:
            size = int(text, 16) if 0 < len(text) < 8 else -1
        except ValueError:
            size = -1
        if size < 0 or text[:1] in b"+-":
            self._break("a chunk without a size")
        elif size:
            self._left = size
            self._where = _BODY
        else:
            self._where = _TRAILER
