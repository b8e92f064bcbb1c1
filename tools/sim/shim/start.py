"""What a port does before boot.py: the file system of the board's flash is mounted, then boot.py and main.py run."""

import sys

if sys.implementation.name == "micropython":
    import vfs
    from flash_device import FlashDevice

    device = FlashDevice()
    try:
        filesystem = vfs.VfsLfs2(device)
    except OSError:
        vfs.VfsLfs2.mkfs(device)
        filesystem = vfs.VfsLfs2(device)
    vfs.mount(filesystem, "/flash")
    del filesystem, device, FlashDevice, vfs

import boot  # noqa: F401
import main  # noqa: F401
