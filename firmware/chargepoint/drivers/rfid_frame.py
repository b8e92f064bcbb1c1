"""PN532 host frames over HSU: what the host sends, and the hunt for what comes back. No hardware here.

Frames, checksums and answers: docs/hardware.md 1.1 and 1.2 (PN532 user manual UM0701-02, 6.2 and 7).
"""

# What the host sends. SAMConfiguration doubles as the wake-up: 55 55 and zeros, long enough for every module seen.
WAKE_SAM = b"\x55\x55" + b"\x00" * 14 + b"\x00\x00\xff\x05\xfb\xd4\x14\x01\x00\x00\x17\x00"
RF_RETRIES = b"\x00\x00\xff\x06\xfa\xd4\x32\x05\xff\x01\x01\xf4\x00"  # item 5: give up after one more try, do not wait for ever
LIST_TARGET = b"\x00\x00\xff\x04\xfc\xd4\x4a\x01\x00\xe1\x00"
NACK = b"\x00\x00\xff\xff\x00\x00"


class FrameParser:
    """Finds frames in a byte stream: any preamble, garbage, ACK, NACK, normal and extended frames.

    After `push` returned 3 the bytes from TFI on are in `data[:length]`, until the next byte is pushed.
    """

    def __init__(self, capacity: int = 64) -> None:
        self.data = bytearray(capacity)
        self.length = 0
        self.state = 0  # 0 = hunting; set it to forget a frame that was cut short
        self._last = 0
        self._sum = 0
        self._index = 0

    def push(self, byte: int) -> int:
        """Take one byte.

        Returns: 0 nothing yet, 1 ACK, 2 NACK, 3 a good frame, 4 a frame or checksum that is broken, 5 the error frame.
        Allocates: none.
        """
        state = self.state
        last = self._last
        self._last = byte
        if state == 0:  # hunting for 00 FF
            if byte == 0xFF and last == 0:
                self.state = 1
        elif state == 1:
            self.state = 2
        elif state == 2:  # the two bytes after 00 FF say what it is
            self.state = 0
            if last == 0 and byte == 0xFF:
                return 1
            if last == 0xFF:
                if byte == 0:
                    return 2
                if byte == 0xFF:
                    self.state = 5
                    return 0
            return self._begin(last, last + byte)
        elif state == 3:
            if self._index < len(self.data):
                self.data[self._index] = byte
            self._sum += byte
            self._index += 1
            if self._index == self.length:
                self.state = 4
        elif state == 4:
            self.state = 0
            if (self._sum + byte) & 0xFF or self.length > len(self.data):
                return 4
            return 5 if self.length == 1 and self.data[0] == 0x7F else 3
        elif state == 7:
            self.state = 0
            return self._begin(self._index, self._sum + byte)
        else:  # 5, 6: LENM and LENL of an extended frame
            self._index = (self._index << 8 | byte) & 0xFFFF
            self._sum = byte if state == 5 else self._sum + byte
            self.state = state + 1
        return 0

    def _begin(self, length: int, check: int) -> int:
        """Start the body, when LEN and LCS agree."""
        if check & 0xFF or length == 0:
            return 4
        self.length = length
        self._sum = self._index = 0
        self.state = 3
        return 0


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
