"""What runs on the virtual board before anything of an image: it chooses the slot, checks what lies there, and says what to start.

The slot a begins empty, and means the image that the tree makes (as a programmer puts it on a board), until an update is written there. A slot whose
package is not whole is not started: the other one is then.
"""

from __future__ import annotations

import hashlib
from typing import Callable, NamedTuple, Sequence

from boards.virtual import pins
from chargepoint.runtime.update import package, slot_state
from chargepoint.runtime.update.boot_journal import BootJournal
from chargepoint.runtime.update.image_slots import JOURNAL_BLOCKS
from tools.sim.flash import BLOCK_BYTES, BLOCKS, Memory

_ERASE = 6


class Start(NamedTuple):
    """What to start: the launcher's arguments; whether it is on trial."""

    arguments: list[str]
    on_trial: bool


class _Device:
    """The flash as the chooser's block device. The power can fail in what it writes as in everything else."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def readblocks(self, block: int, buf: bytearray, offset: int) -> None:
        """Read."""
        buf[:] = self._memory.read_block(block, offset, len(buf))

    def writeblocks(self, block: int, data: bytes, offset: int) -> int:
        """Program."""
        return -self._memory.program(block, offset, data)

    def ioctl(self, command: int, block: int) -> int:
        """Erase."""
        assert command == _ERASE
        return -self._memory.erase(block)


def choose(memory: Memory, launch: Sequence[str], log: Callable[[str], None]) -> Start:
    """Choose what to start; the image in `launch` is the tree's. Raises: PowerFailed."""
    if "--image" not in launch:
        return Start(list(launch), False)
    journal = BootJournal(_Device(memory), BLOCKS, BLOCK_BYTES)
    slot, state = slot_state.on_start(journal.state)
    if slot != state[0] and not _is_whole(_package(memory, slot)):
        log("bootloader: slot %s is damaged, it is not started" % slot)
        slot, state = state[0], state[:2] + "0"
    if state != journal.state:
        try:
            journal.write(state)
        except OSError:
            slot = state[0]  # a trial that cannot be counted could be repeated for ever
    if slot == "b" and not _is_whole(_package(memory, slot)):
        log("bootloader: slot b is damaged, slot a starts")
        slot = "a"
    on_trial = slot_state.is_trial(state, slot)
    log("bootloader: slot %s%s" % (slot, ", on trial" if on_trial else ""))
    stored = _package(memory, slot)
    if not _is_whole(stored):
        return Start([*launch, "--slot", slot], on_trial)
    at = _slot_at(slot) + package.HEADER_BYTES
    image = ["--image", str(memory.slots_file), "--image-at", str(at), "--image-bytes", str(len(stored) - package.HEADER_BYTES - package.SUM_BYTES)]
    return Start([*_without_image(launch), *image, "--slot", slot], on_trial)


def _without_image(launch: Sequence[str]) -> list[str]:
    at = launch.index("--image")
    return [*launch[:at], *launch[at + 2 :]]


def _slot_at(slot: str) -> int:
    """Where a slot begins in the file of the slots."""
    return (JOURNAL_BLOCKS + (pins.SLOT_BLOCKS if slot == "b" else 0)) * BLOCK_BYTES


def _package(memory: Memory, slot: str) -> bytes:
    """What lies in a slot, as long as its header says."""
    start = _slot_at(slot)
    stored = memory.slots[start : start + pins.SLOT_BLOCKS * BLOCK_BYTES]
    length = int.from_bytes(stored[package.LENGTH_AT : package.LENGTH_AT + 4], "little")
    return stored[: package.HEADER_BYTES + length + package.SUM_BYTES]


def _is_whole(stored: bytes) -> bool:
    return stored.startswith(package.MAGIC) and hashlib.sha256(stored[: -package.SUM_BYTES]).digest() == stored[-package.SUM_BYTES :]
