"""The flash of the virtual board as a block device; every program and erase happens in the world, where the power can fail in it."""

from micropython import const
from world_port import port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KIND_FLASH = const(6)
_READ = const(0)
_PROGRAM = const(1)
_ERASE = const(2)
_COUNT = const(3)
_SIZE = const(4)


class FlashDevice:
    """Block device with the extended protocol, for littlefs. Blocks: a program 1 ms, an erase 45 ms, interrupts off."""

    def readblocks(self, block: int, buf: "Any", offset: int = 0) -> int:
        """Read from `offset` in a block on."""
        return self._transfer(_READ, block, offset, buf, 0, len(buf))

    def writeblocks(self, block: int, buf: "Any", offset: int = 0) -> int:
        """Program bytes that were erased before. Returns 0 or a negative errno."""
        return self._transfer(_PROGRAM, block, offset, buf, len(buf), 0)

    def _transfer(self, what: int, block: int, offset: int, buf: "Any", length: int, size: int) -> int:
        port.argument(block)
        port.argument(offset)
        port.argument(size)
        return -port.request(_KIND_FLASH, what, buf, length, buf, size)

    def ioctl(self, command: int, argument: int) -> int:
        """Answer for the number of blocks, their size, and erase one."""
        if command == 4:
            return port.request(_KIND_FLASH, _COUNT, None, 0, None, 0)
        if command == 5:
            return port.request(_KIND_FLASH, _SIZE, None, 0, None, 0)
        if command == 6:
            return self._transfer(_ERASE, argument, 0, None, 0, 0)
        return 0
