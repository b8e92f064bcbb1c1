"""Where the virtual board keeps two packed images: on the flash behind the file system. Only products with firmware updates have this file."""

import sys

import pins
from flash_device import FlashDevice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def place() -> "tuple[Any, int, int, int, str] | None":
    """Block device, first block, blocks of a slot, bytes of a block, the slot that runs; None when the code does not run from an image."""
    if sys.implementation.name != "micropython" or len(sys.argv) != 5:
        return None
    return FlashDevice(), pins.FILE_SYSTEM_BLOCKS, pins.SLOT_BLOCKS, pins.FLASH_BLOCK_BYTES, sys.argv[4]
