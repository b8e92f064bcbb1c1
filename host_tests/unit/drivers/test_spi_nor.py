"""The SPI NOR driver on a chip at command level, and littlefs on the driver over power cuts at every operation."""

import os
import sys

from boards.shared.nor_volume import mount_store
from chargepoint.drivers.spi_nor import SpiNor
from tools.sim.chips.w25q import PowerCut, W25q

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MICROPYTHON = sys.implementation.name == "micropython"


def opened(chip: W25q) -> SpiNor:
    nor = SpiNor(chip, chip, chip.sleep_us)
    assert nor.open()
    return nor


def test_the_chip_says_how_large_it_is() -> None:
    chip = W25q()
    for capacity in (16, 21, 24):
        chip.capacity = capacity
        nor = opened(chip)
        assert nor.size == 1 << capacity and nor.ioctl(4, 0) == nor.size // 4096 and nor.ioctl(5, 0) == 4096
    for capacity in (0, 15, 25, 255):
        chip.capacity = capacity
        assert not SpiNor(chip, chip, chip.sleep_us).open()


def test_what_is_written_is_read_wherever_pages_end() -> None:
    for offset in (0, 1, 255, 256, 300, 4095 - 600):
        nor = opened(W25q())
        data = bytes([(n * 7 + offset) & 0xFF for n in range(600)])
        assert nor.ioctl(6, 2) == 0 and nor.writeblocks(2, data, offset) == 0
        back = bytearray(600)
        assert nor.readblocks(2, back, offset) == 0 and back == data, offset
        before = bytearray(4096)
        nor.readblocks(1, before)
        assert before == b"\xff" * 4096


def test_without_an_offset_whole_blocks_are_erased_first() -> None:
    nor = opened(W25q())
    for fill in (0x55, 0xAA):
        assert nor.writeblocks(3, bytes([fill]) * 8192) == 0
        back = bytearray(8192)
        nor.readblocks(3, back)
        assert back == bytes([fill]) * 8192


def test_no_command_is_sent_while_the_chip_is_busy() -> None:
    for program_us, erase_us in ((1, 1), (700, 45000), (3000, 400000)):
        chip = W25q()
        chip.program_us, chip.erase_us = program_us, erase_us
        nor = opened(chip)
        assert nor.writeblocks(0, b"x" * 4096) == 0
        assert chip.ignored == 0 and chip.programs == 16 and chip.erases == 1


def test_a_chip_that_does_not_do_it_is_an_error_in_bounded_time() -> None:
    chip = W25q()
    nor = opened(chip)
    chip.protected = True
    assert nor.writeblocks(0, b"x", 0) < 0 and nor.ioctl(6, 0) < 0
    chip.protected = False
    chip.stuck = True
    begin = chip.t_us
    assert nor.writeblocks(0, b"x", 0) < 0 and nor.ioctl(6, 0) < 0
    assert chip.t_us - begin < 2000000
    chip.stuck = False
    chip.absent = True
    assert nor.writeblocks(0, b"x", 0) < 0 and nor.ioctl(6, 0) < 0
    for broken in ("absent", "stuck"):
        chip = W25q()
        setattr(chip, broken, True)
        assert not SpiNor(chip, chip, chip.sleep_us).open()


def test_a_chip_that_was_asleep_or_erasing_when_we_were_reset_is_waited_for() -> None:
    chip = W25q()
    chip.value(0)
    chip.write(b"\xb9")
    chip.value(1)
    opened(chip)
    nor = opened(chip)
    nor._send(0x06)
    nor._transfer(nor._address(0x20, 0), None, None)
    assert chip.busy
    opened(chip)
    assert not chip.busy


def test_nothing_beyond_the_end_is_touched() -> None:
    chip = W25q()
    nor = opened(chip)
    assert nor.readblocks(16, bytearray(1)) < 0 and nor.writeblocks(15, b"xx", 4095) < 0 and nor.ioctl(6, 16) < 0 and nor.ioctl(6, -1) < 0
    assert chip.programs == chip.erases == 0


def test_a_shared_bus_is_claimed_and_released_around_each_transaction() -> None:
    chip = W25q()
    held = [0, 0]

    def claim() -> None:
        held[0] += 1
        assert held[0] == held[1] + 1

    def release() -> None:
        held[1] += 1

    nor = SpiNor(chip, chip, chip.sleep_us, claim, release)
    assert nor.open() and nor.writeblocks(0, b"x" * 300) == 0
    assert held[0] == held[1] > 5


def _mounted(chip: W25q, fresh: bool) -> "Any":
    import vfs

    nor = opened(chip)
    if fresh:
        vfs.VfsLfs2.mkfs(nor)  # type: ignore[attr-defined, unused-ignore]
    return vfs.VfsLfs2(nor)  # type: ignore[attr-defined, unused-ignore]


def _read(files: "Any", name: str) -> bytes:
    try:
        with files.open(name, "rb") as file:
            data: bytes = file.read()
            return data
    except OSError:
        return b""


def _write(files: "Any", name: str, data: bytes) -> None:
    with files.open(name, "wb") as file:
        file.write(data)


def _changes(files: "Any") -> None:
    """What the store does: a record of two copies, a queue that grows, a file that goes."""
    _write(files, "config.1", b"new" * 200)
    with files.open("q64", "ab") as file:
        file.write(b"record 2" * 30)
    files.remove("config.0")


def test_littlefs_survives_a_power_cut_at_every_operation() -> None:
    if not MICROPYTHON:
        return  # CPython has no littlefs
    whole = W25q()
    files = _mounted(whole, True)
    _write(files, "config.0", b"old" * 200)
    _write(files, "q64", b"record 1" * 30)
    image = bytes(whole.data)
    operations = whole.programs + whole.erases
    _changes(files)
    operations = whole.programs + whole.erases - operations
    assert operations > 5
    chip = whole
    for cut in range(1, operations + 1):
        chip.power_on()
        for at in range(0, len(image), 4096):
            chip.data[at : at + 4096] = image[at : at + 4096]
        files = _mounted(chip, False)
        chip.cut_after = cut
        try:
            _changes(files)
        except PowerCut:
            pass
        chip.cut_after = 0
        chip.power_on()
        files = _mounted(chip, False)
        config = _read(files, "config.1")
        assert config in (b"", b"new" * 200), cut
        assert _read(files, "q64") in (b"record 1" * 30, b"record 1" * 30 + b"record 2" * 30), cut
        assert config or _read(files, "config.0") == b"old" * 200, cut
        _write(files, "after", b"the cut")  # and it goes on
        assert _read(_mounted(chip, False), "after") == b"the cut"


_MARK = "/tmp/spi_flash_mark"


def _unmark() -> None:
    try:
        os.remove(_MARK)
    except OSError:
        pass


def test_a_chip_that_never_was_is_no_fault_and_one_that_is_gone_is() -> None:
    _unmark()
    gone = W25q()
    gone.absent = True
    folder, warning = mount_store(SpiNor(gone, gone, gone.sleep_us), _MARK)
    assert folder == "" and "development" in warning
    with open(_MARK, "w"):
        pass
    folder, warning = mount_store(SpiNor(gone, gone, gone.sleep_us), _MARK)
    _unmark()
    assert folder and "does not answer" in warning
    try:
        os.listdir(folder)  # nothing can be stored there: the store reports it
    except OSError:
        return
    raise AssertionError("a folder that takes files")


def test_a_chip_that_was_mounted_once_is_remembered() -> None:
    if not _has_littlefs():
        return  # neither CPython nor the 32-bit interpreter has it
    import vfs

    _unmark()
    chip = W25q()
    folder, warning = mount_store(SpiNor(chip, chip, chip.sleep_us), _MARK)
    vfs.umount(folder)
    assert folder and not warning
    chip.absent = True
    assert mount_store(SpiNor(chip, chip, chip.sleep_us), _MARK)[0] == folder
    _unmark()


def _has_littlefs() -> bool:
    try:
        from vfs import VfsLfs2  # noqa: F401
    except ImportError:
        return False
    return True
