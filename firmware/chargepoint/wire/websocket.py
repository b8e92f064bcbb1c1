"""WebSocket frames of a client (RFC 6455), sans-IO: incoming ones parsed in place, outgoing ones masked in place.

A message is assembled inside the receive buffer. Of one that does not fit its first bytes stay, where the id of a CALL is, and the rest is
passed over as it arrives: whoever sent it gets an answer instead of a lost connection. Only a frame of 32 MiB and more, or a message of that
length in its pieces, ends the connection (1009). UTF-8 of text is checked by who reads the text (``ocppj``), in the pass it makes anyway.
"""

from micropython import const

from chargepoint.wire.json_scan import utf8_end

# events of FrameReader.next(), those of frames with their opcodes
NOTHING = const(0)
TEXT = const(1)
TOO_LONG = const(2)
CLOSE = const(8)
PING = const(9)
PONG = const(10)
FAILED = const(-1)

_HEAD_BYTES = const(384)  # kept of a message that is too long: an id of 255 bytes and an action
_MOST_BYTES = const(0x2000000)


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
        self._too_long = False  # only the head of the unfinished message is kept
        self._left = -1  # bytes of the frame being passed over that have not come yet, -1 when there is none
        self._last = 0  # it is the last of its message
        self._passed = 0  # bytes of this message passed over
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

        Returns: 1 for a text message, 2 for one that was too long and of which only the head is left, 8 for a close frame (``code`` is the
        peer's, 1005 for none), 9 ping, 10 pong, -1 for a failure, or 0 when more bytes are needed. Allocates: none; two memoryviews when a
        message must be moved together.
        """
        buf = self.buf
        while True:
            if self._left >= 0:
                if self._pass_over():
                    return self._wait(1)
                if self._last:
                    return self._message_over()
            pos = self._pos
            have = self.filled - pos
            if not have and self._message < 0:
                self._pos = self.filled = 0
                return NOTHING
            if have < 2:
                return self._wait(2)
            head = buf[pos]
            opcode = head & 15
            length = buf[pos + 1]
            if self._check(head, length):
                return FAILED
            header = 2
            if length >= 126:
                header = 4 if length == 126 else 10
                if have < header:
                    return self._wait(header)
                length = self._length(pos, header)
                if length < 0:
                    return FAILED
            if opcode < 8 and (self._too_long or self._kept() + header + length > len(buf)):
                self._begin_passing(pos + header, length, head)
                continue
            if have < header + length:
                return self._wait(header + length)
            pos += header
            self._pos = pos + length
            if opcode >= 8:
                self.start = pos
                self.end = pos + length
                return self._close_frame() if opcode == CLOSE else opcode
            if opcode:
                self._message = pos
                self._message_end = pos
            self._keep(pos, length)
            if head & 0x80:
                return self._message_over()

    def _check(self, head: int, length: int) -> int:
        """Judge the first two bytes of a frame: 0, or -1 after a failure."""
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
        return 0

    def _length(self, pos: int, header: int) -> int:
        """The length in the header of 4 or 10 bytes at ``pos``; -1 after a failure: nobody waits for that much."""
        buf = self.buf
        last = pos + header - 1
        length = buf[last - 1] << 8 | buf[last]
        if header == 10:
            if buf[pos + 2] & 0x80:
                return self._fail(1002, "bad length")
            for at in range(pos + 2, pos + 6):
                if buf[at]:
                    return self._fail(1009, "message too big")
            if buf[last - 3] > 1:
                return self._fail(1009, "message too big")
            length |= buf[last - 3] << 24 | buf[last - 2] << 16
        if self._passed + length >= _MOST_BYTES:
            return self._fail(1009, "message too big")
        return length

    def _kept(self) -> int:
        """The bytes of the unfinished message."""
        return self._message_end - self._message if self._message >= 0 else 0

    def _keep(self, pos: int, count: int) -> None:
        """Append bytes to the message; they lie at ``pos``, at its end or behind it."""
        end = self._message_end
        if count and end != pos:
            self._view[end : end + count] = self._view[pos : pos + count]
        self._message_end = end + count

    def _message_over(self) -> int:
        """A whole message, or what is left of one."""
        event = TOO_LONG if self._too_long else TEXT
        self.start = self._message
        self.end = self._message_end
        self._message = self._left = -1
        self._passed = 0
        self._too_long = False
        return event

    def _begin_passing(self, pos: int, length: int, head: int) -> None:
        """A frame whose payload starts at ``pos`` belongs to a message that is too long."""
        if self._message < 0:
            self._message = self._message_end = pos
        self._shorten()
        self._pos = pos
        self._left = length
        self._last = head & 0x80
        self._passed += length

    def _shorten(self) -> None:
        """Keep no more of the message than its head."""
        self._too_long = True
        room = min(_HEAD_BYTES, len(self.buf) >> 1)
        if self._message_end - self._message > room:
            self._message_end = self._message + room

    def _pass_over(self) -> int:
        """Consume what has come of the frame; the bytes that are still to come."""
        count = min(self.filled - self._pos, self._left)
        room = min(_HEAD_BYTES, len(self.buf) >> 1) - self._kept()
        self._keep(self._pos, min(count, room))
        self._pos += count
        self._left -= count
        left = self._left
        if not left:
            self._left = -1
        return left

    def _wait(self, needed: int) -> int:
        """Make sure that ``needed`` bytes from the parse position fit into the buffer."""
        pos = self._pos
        if pos + needed > len(self.buf):
            view = self._view
            keep = self._kept()  # the unfinished message comes first, then the unparsed bytes
            if keep + needed > len(self.buf):  # a header or a control frame needs the room
                self._shorten()
                keep = self._kept()
            if self._message > 0:
                view[:keep] = view[self._message : self._message_end]
                self._message = 0
                self._message_end = keep
            have = self.filled - pos
            if pos > keep:
                if have:
                    view[keep : keep + have] = view[pos : self.filled]
                self._pos = keep
                self.filled = keep + have
        return NOTHING

    def _fail(self, code: int, reason: str) -> int:
        self.code = code
        self.reason = reason
        return FAILED

    def _close_frame(self) -> int:
        """Read the code of a close frame."""
        buf = self.buf
        pos = self.start
        if pos == self.end:
            self.code = 1005
            return CLOSE
        if pos + 1 == self.end:
            return self._fail(1002, "bad close frame")
        code = buf[pos] << 8 | buf[pos + 1]
        if code < 1000 or code > 4999 or 1014 < code < 3000 or code in (1004, 1005, 1006):
            return self._fail(1002, "bad close code")
        self.start = pos + 2
        if utf8_end(buf, self.start, self.end) != self.end:
            return self._fail(1007, "close reason is not UTF-8")
        self.code = code
        return CLOSE
