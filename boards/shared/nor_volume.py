"""The charger's data on an SPI NOR flash: a littlefs of its own, beside the file system of the port."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.spi_nor import SpiNor

_FOLDER = "/store"


def mount_store(nor: "SpiNor") -> "str | None":
    """Return the folder of the chip's file system; None when no chip answers.

    A chip without a file system, or with one that is beyond repair (littlefs keeps two copies of its root), gets an empty one: a charger that
    does not start would help nobody. Blocks: 0.6 s; making a file system 0.2 s.
    """
    if not nor.open():
        return None
    import vfs

    try:
        files = vfs.VfsLfs2(nor)  # type: ignore[arg-type, abstract, unused-ignore]
    except OSError:
        print("store: the SPI flash holds no file system: making one")
        vfs.VfsLfs2.mkfs(nor)  # type: ignore[arg-type, abstract, unused-ignore]
        files = vfs.VfsLfs2(nor)  # type: ignore[arg-type, abstract, unused-ignore]
    vfs.mount(files, _FOLDER)
    return _FOLDER
