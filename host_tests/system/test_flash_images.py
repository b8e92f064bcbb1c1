"""Whatever the flash chip holds, file system or none, the firmware on MicroPython boots and charges."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from host_tests.rig.rig import VALID, Rig
from tools.sim.flash import BLOCK_BYTES, BLOCKS

BEHIND_CALIBRATION = 464
SIZE = BLOCK_BYTES * BLOCKS


def _flipped(image: bytes, chance: random.Random, bits: int) -> bytes:
    changed = bytearray(image)
    for _ in range(bits):
        changed[chance.randrange(8 * BLOCK_BYTES)] ^= 1 << chance.randrange(8)  # where the file system has its heads
    return bytes(changed)


def _image(kind: str, image: bytes, chance: random.Random) -> bytes:
    if kind == "random":
        return chance.randbytes(SIZE)
    if kind == "zeros":
        return bytes(SIZE)
    if kind == "half random":
        return image[: SIZE // 2] + chance.randbytes(SIZE // 2)
    if kind == "no head":
        return bytes(2 * BLOCK_BYTES) + image[2 * BLOCK_BYTES :]
    return _flipped(image, chance, int(kind.split()[0]))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Flash and FRAM of a charger that has had a session."""
    folder = tmp_path_factory.mktemp("lived") / "flash"
    rig = Rig("full", 60.0)
    try:
        rig.switch_on(flash=folder, options=("--runtime", "micropython"))
        _session(rig)
    finally:
        rig.close()
    return (folder / "flash.bin").read_bytes(), (folder / "fram.bin").read_bytes()


def _session(rig: Rig) -> None:
    rig.wait_until(lambda: any(call["connectorId"] == 1 for call in rig.calls("StatusNotification")), 90, "boots")
    rig.plug()
    rig.wait(2)
    rig.tap(VALID)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 60, "charges")
    rig.wait(15)
    rig.tap(VALID)
    rig.wait_until(lambda: rig.calls("StopTransaction"), 30, "stops")


@pytest.mark.parametrize("kind", ["random", "zeros", "half random", "no head", "1 bit", "40 bits", "300 bits"])
def test_a_flash_chip_of(kind: str, lived: tuple[bytes, bytes], tmp_path: Path) -> None:
    chance = random.Random(kind)
    folder = tmp_path / "flash"
    folder.mkdir()
    (folder / "flash.bin").write_bytes(_image(kind, lived[0], chance))
    fram = lived[1]
    (folder / "fram.bin").write_bytes(fram[:BEHIND_CALIBRATION] + chance.randbytes(len(fram) - BEHIND_CALIBRATION))
    rig = Rig("full", 60.0)
    try:
        rig.switch_on(flash=folder, options=("--runtime", "micropython"))
        _session(rig)
        assert not rig.charger.crashes() and not rig.charger.request("violations")["violations"]
    finally:
        rig.close()
