"""SPI NOR flash of the W25Q kind as a block device: littlefs on sectors of 4 KiB. Winbond W25Q16JV datasheet, chapters 7 and 8.

For boards whose own flash has sectors too large to be worn daily. The microcontroller goes on while the chip is busy: interrupts run, only the
loop waits. What the chip does not confirm is an error: a write enable that does not latch (write protection, no chip), a status
that stays busy, a page that is not whole. littlefs reads back what it programs and keeps its promise over a power cut at any point.
"""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Optional

    from chargepoint.drivers.bus import PinOut, SpiStream

_BLOCK_BYTES = const(4096)
_PAGE_BYTES = const(256)
_WRITE_ENABLE = const(0x06)
_STATUS = const(0x05)
_READ = const(0x03)
_PROGRAM = const(0x02)
_ERASE = const(0x20)
_WAKE = const(0xAB)
_ID = const(0x9F)
_BUSY = const(1)
_ENABLED = const(2)
_ABSENT = const(0xFF)
_PROGRAM_POLLS = const(200)  # of 50 us: 3 ms are the chip's most
_ERASE_POLLS = const(600)  # of 1 ms: 400 ms are the chip's most
_EIO = const(5)
_COUNT_BLOCKS = const(4)  # requests of the block device protocol
_BLOCK_SIZE = const(5)
_ERASE_BLOCK = const(6)


class SpiNor:
    """The chip. `size` = bytes, 0 until `open` has found one. After `open`, errors come as negative errno, as VfsLfs2 wants them.

    Args: spi: mode 0 or 3, MSB first. cs: high = not selected. sleep_us: the port's. claim, release: called before and after each
    transaction, for a bus that another chip uses at another speed. Allocates: at construction, and views of what is read and written.
    """

    def __init__(
        self,
        spi: "SpiStream",
        cs: "PinOut",
        sleep_us: "Callable[[int], object]",
        claim: "Optional[Callable[[], object]]" = None,
        release: "Optional[Callable[[], object]]" = None,
    ) -> None:
        self.size = 0
        self._spi = spi
        self._cs = cs
        self._sleep_us = sleep_us
        self._claim = claim
        self._release = release
        self._command = bytearray(4)
        self._byte = memoryview(self._command)[:1]
        self._answer = bytearray(3)
        self._status = memoryview(self._answer)[:1]

    def open(self) -> bool:
        """Wake the chip, wait for what it was doing when the microcontroller was reset, and read how large it is. Blocks: at most 0.6 s."""
        self.size = 0
        self._send(_WAKE)
        self._sleep_us(50)
        if not self._ready(_ERASE_POLLS, 1000):
            return False
        self._transfer(self._short(_ID), None, self._answer)
        capacity = self._answer[2]
        if self._answer[0] in (0, _ABSENT) or not 16 <= capacity <= 24:  # 64 KiB to 16 MiB: three bytes of address
            return False
        self.size = 1 << capacity
        return True

    # the block device

    def readblocks(self, block: int, buf: "bytearray | memoryview", offset: int = 0) -> int:
        """Read from `offset` in a block on."""
        if not self._fits(block, offset, len(buf)):
            return -_EIO
        self._transfer(self._address(_READ, block * _BLOCK_BYTES + offset), None, buf)
        return 0

    def writeblocks(self, block: int, buf: "bytes | bytearray | memoryview", offset: int = -1) -> int:
        """Program bytes that were erased before, from `offset` in a block on; without `offset` whole blocks, erased first."""
        if not self._fits(block, max(0, offset), len(buf)):
            return -_EIO
        if offset < 0:
            offset = 0
            for n in range(-(-len(buf) // _BLOCK_BYTES)):
                if not self._erase(block + n):
                    return -_EIO
        data = memoryview(buf)
        at = block * _BLOCK_BYTES + offset
        done = 0
        while done < len(data):
            part = min(len(data) - done, _PAGE_BYTES - at % _PAGE_BYTES)  # beyond a page's end the chip goes on at its beginning
            if not self._enable():
                return -_EIO
            self._transfer(self._address(_PROGRAM, at), data[done : done + part], None)
            if not self._ready(_PROGRAM_POLLS, 50):
                return -_EIO
            at += part
            done += part
        return 0

    def ioctl(self, command: int, argument: int) -> int:
        """Answer for the number of blocks and their size, erase one."""
        if command == _COUNT_BLOCKS:
            return self.size // _BLOCK_BYTES
        if command == _BLOCK_SIZE:
            return _BLOCK_BYTES
        if command == _ERASE_BLOCK:
            return 0 if self._fits(argument, 0, _BLOCK_BYTES) and self._erase(argument) else -_EIO
        return 0

    def _fits(self, block: int, offset: int, length: int) -> bool:
        return block >= 0 and offset >= 0 and block * _BLOCK_BYTES + offset + length <= self.size

    def _erase(self, block: int) -> bool:
        if not self._enable():
            return False
        self._transfer(self._address(_ERASE, block * _BLOCK_BYTES), None, None)
        return self._ready(_ERASE_POLLS, 1000)

    # transactions

    def _short(self, command: int) -> memoryview:
        self._command[0] = command
        return self._byte

    def _address(self, command: int, at: int) -> bytearray:
        buf = self._command
        buf[0] = command
        buf[1] = at >> 16
        buf[2] = at >> 8 & 0xFF
        buf[3] = at & 0xFF
        return buf

    def _send(self, command: int) -> None:
        self._transfer(self._short(command), None, None)

    def _transfer(
        self, command: "bytearray | memoryview", data: "Optional[memoryview]", into: "Optional[bytearray | memoryview]"
    ) -> None:
        """One CS-low: the command, then data to write or a buffer to fill."""
        if self._claim is not None:
            self._claim()
        self._cs.value(0)
        try:
            self._spi.write(command)
            if data is not None:
                self._spi.write(data)
            if into is not None:
                self._spi.readinto(into)
        finally:
            self._cs.value(1)
            if self._release is not None:
                self._release()

    def _enable(self) -> bool:
        """Set the write enable latch and see it set."""
        self._send(_WRITE_ENABLE)
        self._transfer(self._short(_STATUS), None, self._status)
        status = self._status[0]
        return status != _ABSENT and status & (_BUSY | _ENABLED) == _ENABLED

    def _ready(self, polls: int, pause_us: int) -> bool:
        """Wait until the chip is not busy; False when it stays so, or does not answer."""
        for _ in range(polls):
            self._transfer(self._short(_STATUS), None, self._status)
            if not self._status[0] & _BUSY:
                return True
            self._sleep_us(pause_us)
        return False
