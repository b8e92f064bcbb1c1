"""`make flash` against the real interpreter over a pty: what it deploys runs, what it must not touch stays, what fails changes nothing."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.system.fake_board import FakeBoard
from tools import flash
from tools.device import Device, DeviceError
from tools.image import delivery


def made_image(folder: Path, version: str) -> Path:
    """A small image: the names that every image has, a package, a file that fills several chunks."""
    files: dict[str, str | bytes] = {
        "boot.py": "print('outputs safe')\n",
        "main.py": f"import board\nprint('charger {version}')\n",
        "board.py": "x = 1\n",
        "safe_outputs.py": "x = 1\n",
        "product.py": "x = 1\n",
        "chargepoint/core/rules.py": f"version = {version!r}\n" + "# " + "x" * 5000 + "\n",
        "chargepoint/bytes.bin": bytes(range(256)) * 9,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def on_board(root: Path, slot: str) -> dict[str, bytes]:
    folder = root / f"slot_{slot}"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "flash"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "tx1.0").write_bytes(b"a session in progress")
    (folder / "data" / "config.0").write_bytes(b"keys")
    return folder


def test_the_image_is_on_the_board_byte_for_byte_and_runs_after_the_reset(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = made_image(tmp_path / "image", "one")
    with FakeBoard(root) as board:
        assert flash.main(["--board", "virtual", "--port", board.port, "--files", str(image)]) == 0
        assert on_board(root, "a") == flash.folder_files(image)
        assert (root / "slot").read_text() == "a"
        # main.py has run: the second start after the reset says so.
        wait_for(board, b"charger one")
        assert b"outputs safe" in board.output
    out = capsys.readouterr().out
    assert "100 %" in out and "MicroPython" in out and "verified" in out


def test_the_chargers_data_stays(root: Path, tmp_path: Path) -> None:
    image = made_image(tmp_path / "image", "one")
    with FakeBoard(root) as board:
        for _ in range(2):
            assert flash.main(["--board", "virtual", "--port", board.port, "--files", str(image)]) == 0
    assert (root / "data" / "tx1.0").read_bytes() == b"a session in progress"
    assert (root / "data" / "config.0").read_bytes() == b"keys"


def test_updates_alternate_between_the_slots_and_leave_no_old_files(root: Path, tmp_path: Path) -> None:
    one = made_image(tmp_path / "one", "one")
    (one / "old" / "deep").mkdir(parents=True)
    (one / "old" / "deep" / "module.py").write_text("x = 1\n")
    two = made_image(tmp_path / "two", "two")
    three = made_image(tmp_path / "three", "three")
    with FakeBoard(root) as board:
        for image in (one, two, three):
            assert flash.main(["--board", "virtual", "--port", board.port, "--files", str(image), "--no-reset"]) == 0
    assert on_board(root, "a") == flash.folder_files(three)
    assert not (root / "slot_a" / "old").exists()
    assert on_board(root, "b") == flash.folder_files(two)
    assert (root / "slot").read_text() == "a"


def test_files_that_are_there_are_not_written_again(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = made_image(tmp_path / "image", "one")
    with FakeBoard(root) as board:
        for _ in range(3):
            assert flash.main(["--board", "virtual", "--port", board.port, "--files", str(image), "--no-reset"]) == 0
    assert capsys.readouterr().out.count("is there") == len(flash.folder_files(image))


def test_an_interrupted_update_starts_what_ran_before(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made_image(tmp_path / "one", "one")
    two = made_image(tmp_path / "two", "two")
    write = Device.write
    for broken_at in range(1, 9):
        writes = iter(range(1, 100))

        def torn(self: Device, path: str, data: bytes, _progress: object = None, writes: Iterator[int] = writes, broken_at: int = broken_at) -> None:
            if next(writes) == broken_at:
                write(self, path, data[: len(data) // 2])
                raise DeviceError("the cable was pulled")
            write(self, path, data)

        with FakeBoard(root) as board:
            assert flash.main(["--board", "virtual", "--port", board.port, "--files", str(one)]) == 0
            active = (root / "slot").read_text()
            monkeypatch.setattr(Device, "write", torn)
            status = flash.main(["--board", "virtual", "--port", board.port, "--files", str(two)])
            monkeypatch.setattr(Device, "write", write)
        if status == 0:
            break
        # The name of the slot is one byte: there is no half of it (an empty file means a).
        assert (root / "slot").read_text() in (active, "")
        assert on_board(root, (root / "slot").read_text() or "a") in (flash.folder_files(one), flash.folder_files(two))
    # Two files differ between the images, and the name of the slot.
    assert broken_at == 4


def test_a_damaged_slot_starts_the_other_one(root: Path, tmp_path: Path) -> None:
    with FakeBoard(root) as board:
        for version in ("one", "two"):
            assert flash.main(["--board", "virtual", "--port", board.port, "--files", str(made_image(tmp_path / version, version)), "--no-reset"]) == 0
        (root / "slot_b" / "boot.py").write_bytes(b"\x00\x00 not python")
        with Device(board.port) as device:
            device.reset()
        wait_for(board, b"charger one")


def test_what_cannot_work_is_refused_in_words(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    image = made_image(tmp_path / "image", "one")
    assert flash.main(["--board", "virtual", "--port", str(tmp_path / "no_port"), "--files", str(image)]) == 1
    assert "cannot open" in capsys.readouterr().err
    with FakeBoard(root) as board:
        (tmp_path / "empty").mkdir()
        assert flash.main(["--board", "virtual", "--port", board.port, "--files", str(tmp_path / "empty")]) == 1
        assert "make image" in capsys.readouterr().err
        assert flash.main(["--board", "NO_SUCH_BOARD", "--port", board.port, "--files", str(image)]) == 1
        assert "no board NO_SUCH_BOARD" in capsys.readouterr().err
        monkeypatch.setattr(flash, "OLDEST_MICROPYTHON", (9, 0, 0))
        assert flash.main(["--board", "virtual", "--port", board.port, "--files", str(image)]) == 1
        assert "9.0.0 or newer" in capsys.readouterr().err
    assert sorted(path.name for path in root.iterdir()) == ["data"]


def test_make_flash_deploys_a_real_image(root: Path) -> None:
    with FakeBoard(root) as board:
        command = ["make", "-s", "flash", "BOARD=virtual", "PRODUCT=lecs007", f"PORT={board.port}", "ARGS=--no-reset"]
        process = subprocess.run(command, cwd=flash.ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert process.returncode == 0, process.stderr
    expected = delivery.modules("virtual", "lecs007")
    assert on_board(root, "a") == expected
    assert {"boot.mpy", "main.mpy", "safe_outputs.mpy", "product.mpy", "diag.mpy", "pilotline.mpy"} <= set(expected)


def test_make_flash_says_what_it_needs() -> None:
    process = subprocess.run(["make", "-s", "flash"], cwd=flash.ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert process.returncode != 0 and "BOARD=" in process.stderr


def test_the_folder_that_make_image_writes_can_be_deployed() -> None:
    made = delivery.deliver("virtual", "lecs007")
    assert flash.folder_files(made.folder / "files") == made.files


def wait_for(board: FakeBoard, text: bytes) -> None:
    """Wait until the board has printed the text: at most ten seconds."""
    for _ in range(200):
        if text in board.output:
            return
        time.sleep(0.05)
    raise AssertionError(f"the board never printed {text!r}: {board.output[-500:]!r}")
