"""The slot state (slot_state.py) on two erasable blocks of NOR flash: an entry is added, never overwritten, and the newest sound one counts.

    entry, 16 bytes: magic "PL" | sequence u16 | the three characters | 5 bytes 0 | CRC32 of the 12 bytes before

A power cut in the midst of an entry leaves the one before. A full block is followed by the other one, which is erased first.
"""

from binascii import crc32

from micropython import const

from chargepoint.runtime.update.slot_state import readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ENTRY = const(16)
_CHUNK = const(256)
_ERASE = const(6)  # of a block device's ioctl


class BootJournal:
    """For reading: `state`, as it was when this was made or written last."""

    def __init__(self, device: "Any", block: int, block_bytes: int) -> None:
        """Read the journal in `block` and the one behind it of a block device. Blocks: reads both."""
        self._device = device
        self._block = block
        self._block_bytes = block_bytes
        self._at = -1  # of the newest entry, counted from the first block; -1: there is none
        self._sequence = 0
        self.state = readable("")
        chunk = bytearray(_CHUNK)
        for at in range(0, 2 * block_bytes, _CHUNK):
            device.readblocks(block + at // block_bytes, chunk, at % block_bytes)
            for place in range(0, _CHUNK, _ENTRY):
                self._judge(bytes(chunk[place : place + _ENTRY]), at + place)

    def _judge(self, entry: bytes, at: int) -> None:
        """Take an entry if it is sound and newer."""
        if entry[:2] != b"PL" or crc32(entry[:12]) != int.from_bytes(entry[12:], "little"):
            return
        sequence = int.from_bytes(entry[2:4], "little")
        if self._at < 0 or 0 < (sequence - self._sequence) & 0xFFFF < 0x8000:
            self._at = at
            self._sequence = sequence
            self.state = readable(str(entry[4:7], "utf-8"))

    def write(self, state: str) -> None:
        """Make a state durable. Raises: OSError when the flash fails. Blocks: one program, seldom an erase before."""
        self._sequence = (self._sequence + 1) & 0xFFFF
        entry = b"PL" + self._sequence.to_bytes(2, "little") + state.encode() + bytes(5)
        entry += crc32(entry).to_bytes(4, "little")
        at = self._free()
        _check(self._device.writeblocks(self._block + at // self._block_bytes, entry, at % self._block_bytes))
        self._at = at
        self.state = state

    def _free(self) -> int:
        """A place that is erased, behind the newest entry; what a cut has left there is passed over."""
        place = bytearray(_ENTRY)
        at = self._at + _ENTRY if self._at >= 0 else 0
        erased = b"\xff" * _ENTRY
        while at % self._block_bytes or self._at < 0:
            self._device.readblocks(self._block + at // self._block_bytes, place, at % self._block_bytes)
            if place == erased:
                return at
            at += _ENTRY
            if not at % self._block_bytes:
                break
        block = 1 - max(0, self._at) // self._block_bytes
        _check(self._device.ioctl(_ERASE, self._block + block))
        return block * self._block_bytes


def _check(status: "int | None") -> None:
    if status:
        raise OSError(-status)
