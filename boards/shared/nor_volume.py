"""The charger's data on an SPI NOR flash: a littlefs of its own, beside the file system of the port."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.spi_nor import SpiNor

_FOLDER = "/store"
_MARK = "/spi_flash"  # on the internal flash, written once: this charger's data is on a chip


def mount_store(nor: "SpiNor", mark: str = _MARK) -> "tuple[str, str]":
    """Return the folder of the chip's file system and what the log must say; "" as the folder when there never was a chip.

    A chip that was here once and does not answer is no reason to begin a new life on the internal flash, with other transactions and settings:
    the folder is named and does not exist, so nothing can be stored, which core reports and does not charge with (STORAGE), until a start finds it.

    A chip without a file system, or with one that is beyond repair (littlefs keeps two copies of its root), gets an empty one: a charger that
    does not start would help nobody. Blocks: 0.6 s; making a file system 0.2 s.
    """
    if not nor.open():
        if _marked(mark):
            return _FOLDER, "the SPI flash with the data does not answer: no charging; to go on without it delete %s" % mark
        return "", "no SPI flash answers: the data is on the internal flash, whose sectors wear out in months; for development only"
    import vfs

    try:
        files = vfs.VfsLfs2(nor)  # type: ignore[arg-type, abstract, unused-ignore]
    except OSError:
        print("store: the SPI flash holds no file system: making one")
        vfs.VfsLfs2.mkfs(nor)  # type: ignore[arg-type, abstract, unused-ignore]
        files = vfs.VfsLfs2(nor)  # type: ignore[arg-type, abstract, unused-ignore]
    vfs.mount(files, _FOLDER)
    if not _marked(mark):
        try:
            with open(mark, "w"):
                pass
        except OSError:
            pass  # tried again at the next start
    return _FOLDER, ""


def _marked(mark: str) -> bool:
    try:
        with open(mark):
            return True
    except OSError:
        return False
