"""Two slots for packed images on NOR flash that code runs from, and the journal that says which of them starts.

A slot holds an update package as it came, so that the chooser can check it whole before it starts it. Layout, in blocks from the first on: two of the
journal, the slot a, the slot b. Only the slot that does not run is ever written.
"""

from micropython import const

from chargepoint.runtime.update.boot_journal import BootJournal
from chargepoint.runtime.update.package import FORM_ROMFS
from chargepoint.runtime.update.slot_state import other

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

JOURNAL_BLOCKS = 2
_PAGE = const(256)
_ERASE = const(6)  # of a block device's ioctl


class ImageSlots:
    """For reading: `running`, the slot that runs; `board` and `form` of what fits here."""

    form = FORM_ROMFS

    def __init__(self, board: str, device: "Any", first_block: int, slot_blocks: int, block_bytes: int, running: str) -> None:
        """Take the place on a block device. Allocates: a page. Blocks: reads the journal."""
        self.board = board
        self.running = running
        self._device = device
        self._first_block = first_block + JOURNAL_BLOCKS + (slot_blocks if other(running) == "b" else 0)
        self._slot_blocks = slot_blocks
        self._block_bytes = block_bytes
        self._journal = BootJournal(device, first_block, block_bytes)
        self._page = bytearray(_PAGE)
        self._end = self._at = 0  # bytes that wait in the page; where in the slot it belongs

    def room(self) -> int:
        """Bytes that a package may have."""
        return self._slot_blocks * self._block_bytes

    def state(self) -> str:
        """The slot state."""
        return self._journal.state

    def set_state(self, state: str) -> None:
        """Make a slot state durable. Raises: OSError."""
        self._journal.write(state)

    def prepare(self) -> bool:
        """Whether the slot may be opened: a block is erased when it is needed."""
        return True

    def begin(self, size: int) -> None:
        """A package of `size` bytes comes, from its first byte on."""
        self._end = self._at = 0

    def write(self, data: "Any") -> None:
        """Put the next bytes into the slot. Raises: OSError. Blocks: a program for each 256 bytes, an erase for each block."""
        done = 0
        while done < len(data):
            count = min(len(data) - done, _PAGE - self._end)
            self._page[self._end : self._end + count] = data[done : done + count]
            self._end += count
            done += count
            if self._end == _PAGE:
                self._program()

    def finish(self) -> None:
        """The package is whole: nothing waits any more. Raises: OSError."""
        if self._end:
            self._page[self._end :] = b"\xff" * (_PAGE - self._end)
            self._program()

    def _program(self) -> None:
        block = self._first_block + self._at // self._block_bytes
        offset = self._at % self._block_bytes
        status = self._device.ioctl(_ERASE, block) if not offset else 0
        if not status:
            status = self._device.writeblocks(block, self._page, offset)
        if status:
            raise OSError(-status)
        self._at += _PAGE
        self._end = 0
