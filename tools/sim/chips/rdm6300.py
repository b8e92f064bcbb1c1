"""RDM6300 and ID-12LA at byte level: they send a tag's number again and again while it is in the field, and hear nothing."""

from __future__ import annotations

from typing import Optional

BYTE_US = 1041.7  # 9600 baud, 8N1
REPEAT_US = 65_000

FAULTS = ("silent", "bad_checksum", "restart", "not_hex", "break")


def tag_frame(tag: bytes, variant: str = "rdm6300") -> bytes:
    """The frame of a tag: version byte and 32 bits."""
    if len(tag) != 5:
        raise ValueError("a 125 kHz tag has 5 bytes, not %d" % len(tag))
    check = 0
    for byte in tag:
        check ^= byte
    end = b"\x0D\x0A\x03" if variant == "id12la" else b"\x03"
    return b"\x02" + b"%s%02X" % (tag.hex().upper().encode(), check) + end


class Rdm6300:
    """The reader. Faults: silent (unplugged, line high), break (unplugged, line low), bad_checksum, restart (02 inside), not_hex."""

    def __init__(self, variant: str = "rdm6300") -> None:
        if variant not in ("rdm6300", "id12la"):
            raise ValueError("variant %r: use rdm6300 or id12la" % variant)
        self.variant = variant
        self.faults: set[str] = set()
        self._tag: Optional[bytes] = None
        self._output: list[tuple[float, int]] = []
        self._next_us = 0.0
        self._break_us = 0.0

    def tap(self, tag: bytes) -> None:
        """A tag comes into the field."""
        tag_frame(tag)
        self._tag = bytes(tag)

    def remove(self) -> None:
        """The tag is taken away; a frame under way is finished."""
        self._tag = None

    def write(self, data: bytes, t_us: int) -> None:
        """Nobody listens."""

    def _frame(self) -> bytes:
        assert self._tag is not None
        frame = bytearray(tag_frame(self._tag, self.variant))
        if "bad_checksum" in self.faults:
            frame[12] = ord("0") if frame[12] != ord("0") else ord("1")
        if "not_hex" in self.faults:
            frame[5] = ord("G")
        if "restart" in self.faults:
            frame = frame[:7] + frame
        return bytes(frame)

    def read(self, t_us: int) -> bytes:
        """The bytes that have arrived by `t_us` and were not read yet."""
        if "break" in self.faults:
            count = int((t_us - self._break_us) / BYTE_US)
            self._break_us = t_us
            return bytes(min(count, 64))
        self._break_us = t_us
        if "silent" in self.faults:
            self._output.clear()
            return b""
        while self._tag is not None and self._next_us <= t_us:
            start = max(self._next_us, t_us - REPEAT_US)
            self._output += [(start + (n + 1) * BYTE_US, byte) for n, byte in enumerate(self._frame())]
            self._next_us = start + REPEAT_US
        if self._tag is None:
            self._next_us = max(self._next_us, float(t_us))
        ready = 0
        while ready < len(self._output) and self._output[ready][0] <= t_us:
            ready += 1
        data = bytes(byte for _, byte in self._output[:ready])
        del self._output[:ready]
        return data

    def next_us(self) -> Optional[int]:
        """When there is something to read next; None = nothing under way."""
        if self._output:
            return int(self._output[0][0]) + 1
        return None if self._tag is None else int(self._next_us + BYTE_US) + 1
