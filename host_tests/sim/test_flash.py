"""The non-volatile memory: what a power cut leaves, what is counted, what survives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.sim.flash import BLOCK_BYTES, NO_SPACE, Memory, PowerFailed


def test_a_fresh_folder_is_erased_and_an_old_one_keeps_its_content(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "new" / "flash")
    assert memory.fresh
    assert memory.read_block(0, 0, 4) == b"\xFF" * 4
    memory.program(1, 8, b"abc")
    memory.fram_write(5, b"xyz")
    memory.close(remove=False)
    again = Memory(tmp_path / "new" / "flash")
    assert not again.fresh
    assert again.read_block(1, 8, 3) == b"abc"
    assert bytes(again.fram[5:8]) == b"xyz"
    again.close(remove=True)
    assert not (tmp_path / "new" / "flash").exists()


def test_programming_only_clears_bits(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.program(0, 0, b"\x0F")
    memory.program(0, 0, b"\xF8")
    assert memory.read_block(0, 0, 1) == b"\x08"
    memory.erase(0)
    assert memory.read_block(0, 0, 1) == b"\xFF"
    assert (memory.writes, memory.erases, memory.operations.done) == (2, 1, 3)


def test_the_power_fails_in_the_middle_of_the_given_operation(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.operations.cut_after(2)
    memory.program(0, 0, b"\0" * 8)
    with pytest.raises(PowerFailed):
        memory.program(0, 8, b"\0" * 8)
    assert memory.read_block(0, 0, 16) == b"\0" * 12 + b"\xFF" * 4
    memory.operations.cut_after(1)
    with pytest.raises(PowerFailed):
        memory.erase(0)
    assert memory.read_block(0, 0, 1) == b"\xFF"
    memory.operations.cut_after(1)
    with pytest.raises(PowerFailed):
        memory.fram_write(0, b"\x11" * 4)
    assert bytes(memory.fram[0:4]) == b"\x11\x11\0\0"


def test_a_torn_erase_leaves_the_second_half(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.program(3, BLOCK_BYTES - 1, b"\0")
    memory.operations.cut_after(1)
    with pytest.raises(PowerFailed):
        memory.erase(3)
    assert memory.read_block(3, BLOCK_BYTES - 1, 1) == b"\0"


def test_a_full_flash_refuses_writes(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.full = True
    assert memory.program(0, 0, b"a") == NO_SPACE
    assert memory.erase(0) == NO_SPACE
    assert memory.file_write("a", 0, b"a") == NO_SPACE


def test_files_are_overwritten_in_place_and_torn(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.file_truncate("a")
    memory.file_write("a", 0, b"12345678")
    memory.operations.cut_after(1)
    with pytest.raises(PowerFailed):
        memory.file_write("a", 0, b"abcdefgh")
    assert (memory.files / "a").read_bytes() == b"abcd5678"
    assert memory.file_remove("b") == 2
    with pytest.raises(ValueError):
        memory.file_write("../a", 0, b"")
