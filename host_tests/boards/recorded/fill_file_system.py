"""Runs in MicroPython: makes a littlefs of a board's geometry in RAM, fills it as far as the firmware may ever fill it, prints what is left.

Argument: a file with the plan: block_bytes, blocks, slot (folder of the image's files), data (name -> bytes).
"""

import json
import os
import sys

import vfs

with open(sys.argv[1]) as _file:
    plan = json.load(_file)
SIZE = plan["block_bytes"]


class RamDevice:
    """A block device of the board's geometry."""

    def __init__(self) -> None:
        self._memory = bytearray(SIZE * plan["blocks"])

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        at = block * SIZE + offset
        buf[:] = self._memory[at : at + len(buf)]

    def writeblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        at = block * SIZE + offset
        self._memory[at : at + len(buf)] = buf

    def ioctl(self, command: int, argument: int) -> int:
        return plan["blocks"] if command == 4 else SIZE if command == 5 else 0


def copy(folder: str, target: str) -> None:
    """Copy a folder of the laptop to the file system."""
    os.mkdir(target)
    for entry in os.ilistdir(folder):
        if entry[1] & 0x4000:
            copy(folder + "/" + entry[0], target + "/" + entry[0])
        else:
            with open(folder + "/" + entry[0], "rb") as source, open(target + "/" + entry[0], "wb") as made:
                made.write(source.read())


device = RamDevice()
vfs.VfsLfs2.mkfs(device)
vfs.mount(vfs.VfsLfs2(device), "/board")
for slot in plan["slots"]:
    copy(plan["slot"], "/board/slot_" + slot)
os.mkdir("/board/data")
for name, size in plan["data"].items():
    with open("/board/data/" + name, "wb") as made:
        made.write(bytes(size))
block, _, total, free = os.statvfs("/board")[:4]
print(json.dumps({"free_bytes": free * block, "total_bytes": total * block}))
