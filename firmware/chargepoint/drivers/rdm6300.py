"""RDM6300 and ID-12LA, 125 kHz readers that only talk: 02, ten hexadecimal digits, two of checksum, (0D 0A,) 03. docs/hardware.md 1.3."""

from micropython import const

from chargepoint.util.signals import READER_CARD, READER_EMPTY, READER_NOTHING
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import Uart

_LOOK_MS = const(50)
_GONE_MS = const(250)  # a tag in the field repeats every 65 ms
_BREAK_BYTES = const(8)  # zeros in a row: the line is low, nobody drives it
_HEALED_MS = const(5000)


class TagParser:
    """Finds frames; after `push` returned True the five bytes of the tag are in `tag`."""

    def __init__(self) -> None:
        self.tag = bytearray(5)
        self._buf = bytearray(6)
        self._digits = -1  # digits seen since STX, -1 = no frame

    def push(self, byte: int) -> bool:
        """Take one byte. Anything that is not a digit ends the frame, a 02 starts a new one. Allocates: none."""
        digits = self._digits
        if byte == 2:
            self._digits = 0
            return False
        if digits < 0:
            return False
        if digits == 12:
            if byte == 13 or byte == 10:
                return False
            self._digits = -1
            return byte == 3 and self._checked()
        value = byte - 48 if 48 <= byte <= 57 else (byte | 32) - 87 if 97 <= byte | 32 <= 102 else -1
        if value < 0:
            self._digits = -1
            return False
        buf = self._buf
        buf[digits >> 1] = buf[digits >> 1] << 4 & 0xF0 | value
        self._digits = digits + 1
        return False

    def _checked(self) -> bool:
        buf = self._buf
        check = 0
        for n in range(6):
            check ^= buf[n]
        if check:
            return False
        for n in range(5):
            self.tag[n] = buf[n]
        return True


class Rdm6300:
    """The reader, with the interface of `rfid_uart.Pn532`. It cannot be asked anything: an unplugged one looks like no card, unless a
    pull-down makes its silent line a break, which is what `failed` is taken from.

    Args: uart: machine.UART at 9600 8N1 with timeout 0. Allocates: at construction; `poll` none.
    """

    def __init__(self, uart: "Uart") -> None:
        self.uid_length = 5
        self.failed = False
        self._uart = uart
        self._rx = bytearray(32)
        self._parser = TagParser()
        self.uid = self._parser.tag
        self._due = -1
        self._seen = -1  # ticks of the last frame
        self._zeros = 0
        self._broken = 0  # ticks of the last break

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do."""
        return 0 if self._due < 0 else max(0, ticks_diff(self._due, now))

    def poll(self, now: int) -> int:
        """Take what has arrived. Returns: READER_* of util/signals; with READER_CARD `uid` is the tag's."""
        if self._due >= 0 and not ticks_due(self._due, now):
            return READER_NOTHING
        self._due = ticks_add(now, _LOOK_MS)
        if self._receive(now):
            self._seen = now
            self.failed = False
            return READER_CARD
        if self._seen >= 0:
            self._seen = ticks_aged(self._seen, now)
        if self.failed and ticks_diff(now, self._broken) >= _HEALED_MS:
            self.failed = False
        return READER_EMPTY if self._seen < 0 or ticks_diff(now, self._seen) >= _GONE_MS else READER_NOTHING

    def _receive(self, now: int) -> bool:
        found = False
        left = self._uart.any()
        while left > 0:
            count = self._uart.readinto(self._rx, min(left, len(self._rx)))
            if not count:
                break
            left -= count
            for n in range(count):
                byte = self._rx[n]
                if self._parser.push(byte):
                    found = True
                self._zeros = 0 if byte else self._zeros + 1
                if self._zeros >= _BREAK_BYTES:
                    self._zeros = 0
                    self.failed = True
                    self._broken = now
        return found
