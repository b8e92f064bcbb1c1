"""A ring of bytes between a producer and a consumer, built once."""


class ByteRing:
    """First in, first out. One producer may be an interrupt: it moves only the write index, the consumer only the read index.

    Allocates: at construction only. Context: ISR-safe.
    """

    def __init__(self, capacity: int) -> None:
        self._buf = bytearray(capacity + 1)
        self._read = 0
        self._write = 0

    def __len__(self) -> int:
        count = self._write - self._read
        return count if count >= 0 else count + len(self._buf)

    def free(self) -> int:
        """How many bytes still fit."""
        return len(self._buf) - 1 - len(self)

    def put(self, byte: int) -> bool:
        """Append one byte; False when the ring is full (the byte is lost)."""
        write = self._write
        after = write + 1
        if after == len(self._buf):
            after = 0
        if after == self._read:
            return False
        self._buf[write] = byte
        self._write = after
        return True

    def put_from(self, data: "bytes | bytearray | memoryview", start: int, end: int) -> int:
        """Append ``data[start:end]`` as far as it fits; the number of bytes taken."""
        for at in range(start, end):
            if not self.put(data[at]):
                return at - start
        return end - start

    def peek(self, offset: int = 0) -> int:
        """The byte ``offset`` places from the oldest without taking it, or -1 beyond the newest."""
        if offset >= len(self):
            return -1
        at = self._read + offset
        size = len(self._buf)
        return self._buf[at if at < size else at - size]

    def get(self) -> int:
        """Take the oldest byte, or -1 when the ring is empty."""
        byte = self.peek(0)
        if byte >= 0:
            self.drop(1)
        return byte

    def drop(self, count: int) -> None:
        """Take away up to ``count`` of the oldest bytes."""
        held = len(self)
        at = self._read + (count if count < held else held)
        size = len(self._buf)
        self._read = at if at < size else at - size
