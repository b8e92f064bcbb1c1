"""PN532 host frames over HSU: what the host sends, and the hunt for what comes back. No hardware here.

Frames, checksums and answers: docs/hardware.md 1.1 and 1.2 (PN532 user manual UM0701-02, 6.2 and 7).
"""

from micropython import const

# What the host sends. SAMConfiguration doubles as the wake-up: 55 55 and zeros, long enough for every module seen.
WAKE_SAM = b"\x55\x55" + b"\x00" * 14 + b"\x00\x00\xff\x05\xfb\xd4\x14\x01\x00\x00\x17\x00"
RF_RETRIES = b"\x00\x00\xff\x06\xfa\xd4\x32\x05\xff\x01\x01\xf4\x00"  # item 5: give up after one more try, do not wait for ever
LIST_TARGET = b"\x00\x00\xff\x04\xfc\xd4\x4a\x01\x00\xe1\x00"
NACK = b"\x00\x00\xff\xff\x00\x00"

# What push() answers.
FRAME_NOTHING = const(0)  # not yet
FRAME_ACK = const(1)
FRAME_NACK = const(2)
FRAME_GOOD = const(3)
FRAME_BROKEN = const(4)  # cut short, or a checksum that does not fit
FRAME_ERROR = const(5)  # the reader's error frame

# Where in a frame the parser is.
_HUNTING = const(0)  # for 00 FF
_FIRST = const(1)  # the two bytes behind it say what it is
_SECOND = const(2)
_BODY = const(3)
_CHECKSUM = const(4)
_LENGTH_HIGH = const(5)  # of an extended frame
_LENGTH_LOW = const(6)
_LENGTH_CHECK = const(7)


class FrameParser:
    """Finds frames in a byte stream: any preamble, garbage, ACK, NACK, normal and extended frames.

    After `push` returned FRAME_GOOD the bytes from TFI on are in `data[:length]`, until the next byte is pushed.
    """

    def __init__(self, capacity: int = 64) -> None:
        self.data = bytearray(capacity)
        self.length = 0
        self._state = _HUNTING
        self._last = 0
        self._sum = 0
        self._index = 0

    def push(self, byte: int) -> int:
        """Take one byte. Returns: one of FRAME_*. Allocates: none."""
        state = self._state
        last = self._last
        self._last = byte
        if state == _HUNTING:
            if byte == 0xFF and last == 0:
                self._state = _FIRST
        elif state == _FIRST:
            self._state = _SECOND
        elif state == _SECOND:
            self._state = _HUNTING
            if last == 0 and byte == 0xFF:
                return FRAME_ACK
            if last == 0xFF:
                if byte == 0:
                    return FRAME_NACK
                if byte == 0xFF:
                    self._state = _LENGTH_HIGH
                    return FRAME_NOTHING
            return self._begin(last, last + byte)
        elif state == _BODY:
            if self._index < len(self.data):
                self.data[self._index] = byte
            self._sum += byte
            self._index += 1
            if self._index == self.length:
                self._state = _CHECKSUM
        elif state == _CHECKSUM:
            self._state = _HUNTING
            if (self._sum + byte) & 0xFF or self.length > len(self.data):
                return FRAME_BROKEN
            return FRAME_ERROR if self.length == 1 and self.data[0] == 0x7F else FRAME_GOOD
        elif state == _LENGTH_CHECK:
            self._state = _HUNTING
            return self._begin(self._index, self._sum + byte)
        else:
            self._index = (self._index << 8 | byte) & 0xFFFF
            self._sum = byte if state == _LENGTH_HIGH else self._sum + byte
            self._state = _LENGTH_LOW if state == _LENGTH_HIGH else _LENGTH_CHECK
        return FRAME_NOTHING

    def _begin(self, length: int, check: int) -> int:
        """Start the body, when LEN and LCS agree."""
        if check & 0xFF or length == 0:
            return FRAME_BROKEN
        self.length = length
        self._sum = self._index = 0
        self._state = _BODY
        return FRAME_NOTHING

    def forget(self) -> None:
        """A frame that was cut short will not go on. Allocates: none."""
        self._state = _HUNTING


def target_uid(data: bytearray, length: int, uid: bytearray) -> int:
    """Copy the UID of the first target in an InListPassiveTarget answer (from TFI on) into `uid` (10 bytes).

    Returns: its length (4, 7 or 10), 0 = no card, -1 = an answer that cannot be used: cut short, an impossible length, or the
    cascade tag 88 in front of a 4-byte UID, which makes it the first part of a longer one. Allocates: none.
    """
    if length < 3 or data[2] == 0:
        return 0
    size = data[7] if length >= 8 else 0
    if size != 4 and size != 7 and size != 10 or length < 8 + size or size == 4 and data[8] == 0x88:
        return -1
    for n in range(size):
        uid[n] = data[8 + n]
    return size
