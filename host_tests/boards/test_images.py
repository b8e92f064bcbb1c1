"""What `make image` writes for each board: it lists what is there, it runs, it fits, and the manifest freezes all of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

from chargepoint.runtime.store import record_queue, store
from host_tests.boards.test_boards import MICROPYTHON, REAL_BOARDS, RUN, SUPPORTED, recorded
from tools import build_image
from tools.image.delivery import Delivery, deliver

FIT = Path(__file__).parent / "recorded" / "fill_file_system.py"


@lru_cache(maxsize=None)
def delivered(board: str, product: str = "lecs007") -> Delivery:
    return deliver(board, product)


@pytest.mark.parametrize("board", REAL_BOARDS)
def test_the_list_has_every_file_with_its_size_and_hash(board: str) -> None:
    made = delivered(board)
    listed = {}
    for line in (made.folder / "CONTENTS.txt").read_text("utf-8").splitlines():
        words = line.split()
        if len(words) == 3 and len(words[0]) == 64:
            listed[words[2]] = (words[0], int(words[1]))
    there = {path.relative_to(made.folder).as_posix(): path.read_bytes() for path in made.folder.rglob("*") if path.is_file()}
    del there["CONTENTS.txt"]
    assert listed == {name: (hashlib.sha256(data).hexdigest(), len(data)) for name, data in there.items()}
    assert {"files/" + name for name in made.files} == {name for name in there if name.startswith("files/")}
    assert {"image.romfs", "frozen/manifest.py", "files/boot.mpy", "files/main.mpy", "files/product.mpy", "files/safe_outputs.mpy"} <= set(there)
    assert "measured on a 64-bit interpreter" in made.report and "not measured" in made.report


@pytest.mark.parametrize("board", REAL_BOARDS)
def test_the_modules_are_portable_bytecode_of_version_6(board: str) -> None:
    # Header: M, version, flags (architecture of native code in bits 2 and up, sub-version in 0 and 1), bits of a small integer.
    for name, data in delivered(board).files.items():
        assert data[:2] == b"M\x06", name
        assert data[2] >> 2 == 0, f"{name} has native code: one file for all boards is not enough then"
        assert data[3] <= 31, f"{name} needs integers that a 32-bit board does not have"


@pytest.mark.parametrize(("board", "product"), SUPPORTED)
def test_the_compiled_files_run_on_the_board(board: str, product: str, tmp_path: Path) -> None:
    files = delivered(board, product).folder / "files"
    done = subprocess.run([*MICROPYTHON, str(RUN), str(files), "app"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    found = json.loads([line for line in done.stdout.splitlines() if line.startswith("@board ")][0][7:])
    assert found["exceptions"] == 0 and found["steps"] == 100, found["log"]
    # The same hardware, in the same order, as from the sources.
    assert found["events"][: found["events"].index(["built"])] == (lambda events: events[: events.index(["built"])])(recorded(board, product)["events"])


@pytest.mark.parametrize("board", REAL_BOARDS)
def test_the_manifest_freezes_everything_once(board: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = delivered(board)
    frozen: list[str] = []
    included: list[str] = []

    def package(name: str, opt: int) -> None:
        assert opt == 3
        frozen.extend(path.relative_to(folder).as_posix() for path in sorted((folder / name).rglob("*.py")))

    def module(name: str, opt: int) -> None:
        assert opt == 3 and (folder / name).is_file()
        frozen.append(name)

    folder = made.folder / "frozen"
    monkeypatch.chdir(folder)  # as MicroPython's makemanifest.py does
    exec((folder / "manifest.py").read_text("utf-8"), {"include": included.append, "package": package, "module": module})
    assert included == ["$(PORT_DIR)/boards/manifest.py"]
    assert sorted(frozen) == sorted(name[:-4] + ".py" for name in made.files)


@pytest.mark.parametrize(("board", "product"), SUPPORTED)
def test_the_product_and_the_data_fit_the_file_system(board: str, product: str, tmp_path: Path) -> None:
    assert _left(board, product, 1, tmp_path) >= 16 * 1024


@pytest.mark.parametrize("board", REAL_BOARDS)
def test_two_slots_of_the_core_and_the_data_fit_the_file_system(board: str, tmp_path: Path) -> None:
    assert _left(board, "lecs007", 2, tmp_path) >= 16 * 1024


def _left(board: str, product: str, slots: int, tmp_path: Path) -> int:
    """Bytes left in a littlefs of the board's geometry, made by MicroPython itself, with everything that the firmware may ever store."""
    limits = recorded(board, "lecs007")["limits"]
    data = {"events0": 4096, "events1": 4096, "provision.txt": 1024, "roots.der": 4096, "crash": 6}
    for name, size in (("config", 2048), ("authcache", 2048), ("tx1", 512), ("availability", 64), ("boot", 16), ("qhead", 16), ("dhead", 16),
                       ("energy1", 64), ("weld", 16), ("cause", 16), ("clock", 16), ("meta", 16)):
        data[name + ".0"] = data[name + ".1"] = size
    segments = -(-limits["queue_bytes"] // 8192) + -(-store.DEAD_LETTER_BYTES // 8192) + 1
    data.update({"q%d" % (64 * n): 8192 for n in range(segments)})
    facts = build_image.board_facts(board)["file_system"]
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({**facts, "slots": "ab"[:slots], "slot": str(delivered(board, product).folder / "files"), "data": data}))
    done = subprocess.run([*MICROPYTHON, "-X", "heapsize=16M", str(FIT), str(plan)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return int(json.loads(done.stdout)["free_bytes"])


def test_the_queue_of_the_smallest_board_holds_a_long_outage() -> None:
    # Starts and stops of at most 110 bytes each; samples thin out first.
    least = min(recorded(board, "lecs007")["limits"]["queue_bytes"] for board in REAL_BOARDS)
    assert least > record_queue.SAMPLE_RESERVE_BYTES
    assert least // 220 >= 200, "200 offline sessions"


def test_an_unknown_board_or_product_is_named() -> None:
    for arguments, words in ((["--board", "NO_SUCH"], "NUCLEO_H743ZI"), (["--product", "none"], "lecs007")):
        done = subprocess.run([sys.executable, str(build_image.ROOT / "tools" / "build_image.py"), *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr


def test_what_a_product_does_not_list_is_not_in_its_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FEATURES decides: both files of a feature, or neither; what every product has stays."""
    for folder, text in (("core/features", "class Feature:\n    pass\n"), ("ocpp16/features", 'WIRE = ""\n')):
        path = tmp_path / "chargepoint" / folder / "trial.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    own = {"chargepoint/%s/features/trial.py" % layer: tmp_path / "chargepoint" / layer / "features" / "trial.py" for layer in ("core", "ocpp16")}
    files = {**build_image.sources("virtual", "lecs007"), **own}
    assert "chargepoint/core/features/absent.py" in files
    assert sorted(build_image._features_left_out(files, "lecs007")) == sorted(own)
    monkeypatch.setattr(build_image, "features", lambda product: ("trial",))
    assert build_image._features_left_out(files, "lecs007") == []
    monkeypatch.setattr(build_image, "features", lambda product: ("gone",))
    with pytest.raises(build_image.ImageError, match="gone"):
        build_image._features_left_out(files, "lecs007")
