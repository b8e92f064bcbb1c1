"""W25Q serial NOR flash at command level: write enable latch, busy times, pages that wrap, bits that only fall, what a power cut leaves torn.

Plain enough for MicroPython too, so that its littlefs can be tried on it. Times are microseconds and never go back.
"""

PAGE_BYTES = 256
SECTOR_BYTES = 4096
PROGRAM_US = 700  # typical; 3 ms at most
ERASE_US = 45000  # 400 ms at most


class PowerCut(Exception):
    """The supply failed; what the chip was doing is torn."""


class W25q:
    """The chip. Counts `programs` and `erases`; `cut_after` = the operation
    (program or erase) in whose middle the power fails, 0 = none.

    `capacity`: what the identification says, the exponent of 2.
    `protected`: the write enable does not latch. `stuck`: busy for ever. `absent`: nobody drives the line.
    """

    def __init__(self, capacity: int = 16) -> None:
        self.capacity = capacity
        self.size = size = 1 << capacity
        self.data = bytearray(size)
        for at in range(0, size, SECTOR_BYTES):
            self.data[at : at + SECTOR_BYTES] = b"\xff" * SECTOR_BYTES
        self.program_us = PROGRAM_US
        self.erase_us = ERASE_US
        self.programs = self.erases = self.cut_after = 0
        self.ignored = 0  # commands that came while it was busy
        self.protected = self.stuck = self.absent = False
        self.t_us = 0
        self.power_on()

    def power_on(self) -> None:
        """As after switching on: idle, the latch off."""
        self._busy_until_us = 0
        self._enabled = False
        self._asleep = False
        self._shift = bytearray()
        self._selected = False

    # the bus, as machine.SPI and the chip select pin; both are this object in a test

    def value(self, level: int) -> None:
        """The chip select."""
        if level == 0:
            self._shift = bytearray()
            self._selected = True
        elif self._selected:
            self._selected = False
            self._execute()

    def write(self, data: "bytes | bytearray | memoryview") -> None:
        """Clock bytes in."""
        assert self._selected, "clocks without a chip select"
        self._shift.extend(bytes(data))

    def readinto(self, buf: "bytearray | memoryview") -> None:
        """Clock bytes out."""
        assert self._selected, "clocks without a chip select"
        answer = self._answer(len(buf))
        for n in range(len(buf)):
            buf[n] = answer[n]

    def sleep_us(self, us: int) -> None:
        """Let time pass."""
        self.t_us += us

    @property
    def busy(self) -> bool:
        """It programs or erases."""
        return self.stuck or self.t_us < self._busy_until_us

    def _answer(self, length: int) -> bytes:
        shift = self._shift
        if self.absent or not shift or self._asleep:
            return b"\xff" * length
        if shift[0] == 0x05:
            return bytes([self.busy | self._enabled << 1]) * length
        if self.busy:
            self.ignored += 1
            return b"\xff" * length
        if shift[0] == 0x9F:
            return (bytes((0xEF, 0x40, self.capacity)) + b"\xff" * length)[:length]
        if shift[0] == 0x03 and len(shift) == 4:
            at = self._place()
            return bytes([self.data[(at + n) % self.size] for n in range(length)])
        return b"\xff" * length

    def _place(self) -> int:
        shift = self._shift
        return (shift[1] << 16 | shift[2] << 8 | shift[3]) % self.size

    def _execute(self) -> None:
        """The chip select has risen: what was clocked in takes effect."""
        shift = self._shift
        if self.absent or not shift or shift[0] in (0x05, 0x9F, 0x03):
            return
        if self.busy:
            self.ignored += 1
        elif shift[0] == 0xAB:
            self._asleep = False
        elif self._asleep:
            self.ignored += 1
        elif shift[0] == 0xB9:
            self._asleep = True
        elif shift[0] == 0x06:
            self._enabled = not self.protected
        elif shift[0] == 0x04:
            self._enabled = False
        elif self._enabled and shift[0] == 0x02 and len(shift) > 4:
            self._program(self._place(), bytes(shift[4:]))
        elif self._enabled and shift[0] == 0x20 and len(shift) == 4:
            self._erase(self._place())

    def _program(self, at: int, data: bytes) -> None:
        page = at - at % PAGE_BYTES
        self.programs += 1
        cut = self._is_cut()
        if len(data) > PAGE_BYTES:  # only the last page of what was clocked in counts
            at = page + (at + len(data)) % PAGE_BYTES
            data = data[-PAGE_BYTES:]
        for n in range(len(data) // 2 if cut else len(data)):
            cell = page + (at + n) % PAGE_BYTES
            self.data[cell] &= data[n]
        if cut:
            cell = page + (at + len(data) // 2) % PAGE_BYTES
            self.data[cell] &= data[len(data) // 2] | 0x5A  # some bits of the byte that was under way
            raise PowerCut()
        self._enabled = False
        self._busy_until_us = self.t_us + self.program_us

    def _erase(self, at: int) -> None:
        at -= at % SECTOR_BYTES
        self.erases += 1
        cut = self._is_cut()
        for n in range(at, at + SECTOR_BYTES):
            if not cut:
                self.data[n] = 0xFF
            elif n % 3:
                self.data[n] |= 0xA5 if n % 2 else 0xFF  # neither what was there nor erased
        if cut:
            raise PowerCut()
        self._enabled = False
        self._busy_until_us = self.t_us + self.erase_us

    def _is_cut(self) -> bool:
        if self.cut_after:
            self.cut_after -= 1
            return not self.cut_after
        return False
