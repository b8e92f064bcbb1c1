"""What a port does before boot.py: the file system of the board's flash is mounted, then boot.py and main.py run."""

import sys

import machine  # noqa: F401
import network  # noqa: F401
from world_port import port

if sys.implementation.name == "micropython":
    import gc

    import vfs
    from flash_device import FlashDevice

    gc.collect()
    port.overhead = gc.mem_alloc()  # type: ignore[attr-defined]

    device = FlashDevice()
    try:
        filesystem = vfs.VfsLfs2(device)
    except OSError:
        vfs.VfsLfs2.mkfs(device)
        filesystem = vfs.VfsLfs2(device)
    vfs.mount(filesystem, "/flash")
    del filesystem, device, FlashDevice, vfs, gc

import boot  # noqa: F401
import main  # noqa: F401
