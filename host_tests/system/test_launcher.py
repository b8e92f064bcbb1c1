"""The launcher on the real interpreter behind a pty: whatever a slot does, outputs are safe, a watchdog runs, and the other slot starts."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from chargepoint.runtime.update import slot_state
from host_tests.system.fake_board import FakeBoard
from tools import flash
from tools.device import Device

FAILURES = ("OSError(5)", "MemoryError()", "RuntimeError('x')", "KeyboardInterrupt()", "SyntaxError()", "ValueError('incompatible .mpy file')")
BOOT = "print('outputs of slot %s')\n"
MAIN = "print('charger of slot %s')\n"


def board_with(root: Path, **files: str) -> Path:
    """A file system with the launcher and two sound slots, slot b the one to start; `files`: what is there instead, as slot_b_main="..."."""
    for slot in "ab":
        folder = root / f"slot_{slot}"
        folder.mkdir(parents=True)
        (folder / "boot.py").write_text(files.get(f"slot_{slot}_boot", BOOT % slot))
        (folder / "main.py").write_text(files.get(f"slot_{slot}_main", MAIN % slot))
    for name in ("boot.py", "main.py"):
        (root / name).write_bytes(flash.launcher(name, "virtual"))
    (root / "slot").write_text(files.get("slot", "b"))
    return root


def started(root: Path, until: bytes) -> bytes:
    """What the board prints until it says this."""
    with FakeBoard(root) as board:
        end = time.monotonic() + 20
        while until not in board.output and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.1)
        assert until in board.output, board.output
        return board.output


def test_outputs_and_watchdog_come_before_anything_of_a_slot(tmp_path: Path) -> None:
    output = started(board_with(tmp_path), b"charger of slot b")
    assert output.index(b"pin 17 = 0") < output.index(b"watchdog 8000") < output.index(b"outputs of slot b") < output.index(b"charger of slot b")
    assert b"slot a" not in output


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("where", ["boot", "main"])
def test_a_slot_that_fails_in_any_way_is_left_for_the_other_one(tmp_path: Path, where: str, failure: str) -> None:
    root = board_with(tmp_path, **{f"slot_b_{where}": f"import board_parts\nraise {failure}\n"})
    for slot in "ab":
        (root / f"slot_{slot}" / "board_parts.py").write_text(f"print('parts of {slot}')\n")
    (root / "slot_a" / "main.py").write_text("import board_parts\n" + MAIN % "a")
    output = started(root, b"charger of slot a")
    assert b"slot b is damaged" in output and b"parts of a" in output  # nothing of the first slot is left in memory
    assert output.index(b"outputs of slot a") < output.index(b"charger of slot a")


@pytest.mark.parametrize(("what", "files"), [
    ("boot", {"slot_a_boot": "raise OSError(5)", "slot_b_boot": "raise MemoryError()"}),
    ("main", {"slot_a_main": "raise OSError(5)", "slot_b_main": "raise MemoryError()"}),
    ("mixed", {"slot_a_main": "raise OSError(5)", "slot_b_boot": "raise MemoryError()"}),
])  # fmt: skip
def test_two_damaged_slots_leave_safe_outputs_and_a_prompt_for_make_flash(tmp_path: Path, what: str, files: dict[str, str]) -> None:
    root = board_with(tmp_path, **files)
    output = started(root, b"both slots are damaged")
    assert output.rindex(b"pin 17 = 0") > output.rindex(b"is damaged: ") - 2000
    with FakeBoard(root) as board, Device(board.port) as device:
        assert device.value("1 + 1") == 2


def test_a_file_that_names_the_slot_may_be_anything(tmp_path: Path) -> None:
    assert b"charger of slot a" in started(board_with(tmp_path, slot=""), b"charger of slot a")


STATES = ("a--", "b--", "ab3", "ab2", "ab1", "ab0", "ba3", "ba1", "ba0", "aa3", "ab9", "xyz", "b\n", "")


@pytest.mark.parametrize("text", STATES)
def test_the_launcher_chooses_as_the_firmware_says(tmp_path: Path, text: str) -> None:
    """It has the rule of slot_state.py once more, as nothing can be imported from a slot before one is chosen."""
    slot, state = slot_state.on_start(slot_state.readable(text))
    root = board_with(tmp_path, slot=text)
    started(root, b"charger of slot " + slot.encode())
    assert slot_state.readable((root / "slot").read_text()) == state


def test_a_slot_on_trial_that_is_damaged_leaves_its_place_to_the_other_one(tmp_path: Path) -> None:
    started(board_with(tmp_path, slot="ab3", slot_b_main="raise OSError(5)"), b"charger of slot a")
