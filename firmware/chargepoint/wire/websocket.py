"""WebSocket frames of a client (RFC 6455), sans-IO: incoming ones parsed in place, outgoing ones masked in place.

A message is assembled inside the receive buffer, so the buffer's size is the limit: a message beyond it is refused by its
header (1009), before its bytes are read. UTF-8 of text is checked by who reads the text (``ocppj``), in the pass it makes anyway.
"""

from micropython import const

from chargepoint.wire.json_scan import utf8_end

# events of FrameReader.next(), the last three with their opcodes; the link has private copies
_NOTHING = const(0)
_TEXT = const(1)
_CLOSE = const(8)
_FAILED = const(-1)


def seal(buf: "bytearray", start: int, end: int, opcode: int, mask: bytes) -> int:
    """Make a final frame of the payload ``buf[start:end]``: mask it and write the header into the 8 bytes before it.

    Args: ``mask`` four fresh random bytes; the payload has at most 65,535 bytes.
    Returns: where the frame starts. Allocates: none.
    """
    a = mask[0]
    b = mask[1]
    c = mask[2]
    d = mask[3]
    length = end - start
    whole = start + (length & ~3)
    for at in range(start, whole, 4):
        buf[at] ^= a
        buf[at + 1] ^= b
        buf[at + 2] ^= c
        buf[at + 3] ^= d
    for at in range(whole, end):
        buf[at] ^= mask[at - whole]
    for at in range(4):
        buf[start - 4 + at] = mask[at]
    start -= 6
    if length < 126:
        buf[start + 1] = 0x80 | length
    else:
        start -= 2
        buf[start + 1] = 0x80 | 126
        buf[start + 2] = length >> 8
        buf[start + 3] = length & 0xFF
    buf[start] = 0x80 | opcode
    return start


class FrameReader:
    """Cuts the received bytes into messages and control frames.

    Use: read from the stream into ``room()``, say ``received(n)``, then call ``next`` until it answers 0. The payload of
    an event is ``buf[start:end]`` and stays until the next call. After -1 (the code to close with is ``code``, the
    cause is ``reason``) nothing more can be read.
    """

    def __init__(self, buf: "bytearray") -> None:
        """Take the receive buffer, at most 65,535 bytes. Allocates: at construction."""
        self.buf = buf
        self._view = memoryview(buf)
        self._free = self._view
        self._free_at = 0
        self.begin(0, 0)

    def begin(self, pos: int, end: int) -> None:
        """Start with a new connection; ``buf[pos:end]`` has been received already."""
        self._pos = pos  # the first byte that has not been parsed
        self.filled = end  # behind the last byte received
        self._message = -1  # where the unfinished message starts, -1 when there is none
        self._message_end = 0
        self.start = 0
        self.end = 0
        self.code = 0
        self.reason = ""

    def room(self) -> "memoryview":
        """Where the next bytes go; empty only when the buffer holds something that ``next`` has not been asked for.

        Allocates: one memoryview when the free part has changed since the last call.
        """
        if self._free_at != self.filled:
            self._free_at = self.filled
            self._free = self._view[self.filled :] if self.filled else self._view
        return self._free

    def received(self, count: int) -> None:
        """``count`` bytes were put into ``room()``."""
        self.filled += count

    def partial(self) -> bool:
        """True while a frame or a fragmented message has begun and has not ended."""
        return self.filled > self._pos or self._message >= 0

    def next(self) -> int:
        """Parse on.

        Returns: 1 for a text message, 8 for a close frame (``code`` is the peer's, 1005 for none), 9 ping, 10 pong, -1 for a failure, or 0 when
        more bytes are needed. Allocates: none; two memoryviews when a message must be moved together.
        """
        buf = self.buf
        while True:
            pos = self._pos
            have = self.filled - pos
            if not have and self._message < 0:
                self._pos = self.filled = 0
                return _NOTHING
            if have < 2:
                return self._wait(2)
            head = buf[pos]
            length = buf[pos + 1]
            opcode = head & 15
            if head & 0x70 or length & 0x80:
                return self._fail(1002, "reserved bits set or a masked frame")
            if opcode >= 8:
                if opcode > 10 or length > 125 or not head & 0x80:
                    return self._fail(1002, "bad control frame")
            elif opcode == 2:
                return self._fail(1003, "binary message")
            elif opcode > 2 or (opcode == 0) != (self._message >= 0):
                return self._fail(1002, "unknown or misplaced frame")
            header = 2
            if length >= 126:
                header = 4 if length == 126 else 10
                if have < header:
                    return self._wait(header)
                if length == 127:
                    if buf[pos + 2] & 0x80:
                        return self._fail(1002, "bad length")
                    for at in range(pos + 2, pos + 8):
                        if buf[at]:
                            return self._fail(1009, "message too big")
                length = buf[pos + header - 2] << 8 | buf[pos + header - 1]
            if have < header + length:
                return self._wait(header + length)
            pos += header
            self._pos = pos + length
            if opcode >= 8:
                self.start = pos
                self.end = pos + length
                return self._close_frame() if opcode == _CLOSE else opcode
            if opcode:
                self._message = pos
                self._message_end = pos + length
            else:
                end = self._message_end
                if length:
                    self._view[end : end + length] = self._view[pos : pos + length]
                self._message_end = end + length
            if head & 0x80:
                self.start = self._message
                self.end = self._message_end
                self._message = -1
                return _TEXT

    def _wait(self, needed: int) -> int:
        """Make sure that ``needed`` bytes from the parse position fit into the buffer."""
        pos = self._pos
        if pos + needed > len(self.buf):
            view = self._view
            keep = 0  # the unfinished message comes first, then the unparsed bytes
            if self._message >= 0:
                keep = self._message_end - self._message
                if self._message:
                    view[:keep] = view[self._message : self._message_end]
                    self._message = 0
                    self._message_end = keep
            have = self.filled - pos
            if pos > keep:
                if have:
                    view[keep : keep + have] = view[pos : self.filled]
                self._pos = keep
                self.filled = keep + have
            if keep + needed > len(self.buf):
                return self._fail(1009, "message too big")
        return _NOTHING

    def _fail(self, code: int, reason: str) -> int:
        self.code = code
        self.reason = reason
        return _FAILED

    def _close_frame(self) -> int:
        """Read the code of a close frame."""
        buf = self.buf
        pos = self.start
        if pos == self.end:
            self.code = 1005
            return _CLOSE
        if pos + 1 == self.end:
            return self._fail(1002, "bad close frame")
        code = buf[pos] << 8 | buf[pos + 1]
        if code < 1000 or code > 4999 or 1014 < code < 3000 or code in (1004, 1005, 1006):
            return self._fail(1002, "bad close code")
        self.start = pos + 2
        if utf8_end(buf, self.start, self.end) != self.end:
            return self._fail(1007, "close reason is not UTF-8")
        self.code = code
        return _CLOSE
