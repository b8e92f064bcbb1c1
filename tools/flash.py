"""Deploys an image onto a board that runs an official MicroPython: `make flash BOARD=... PRODUCT=... PORT=...`.

The board has two slots, the folders slot_a and slot_b of its file system. The files go into the slot that is not running; each is read
back and its SHA-256 compared; then, and only then, the file `slot` is written, which names the slot to start, and the board is reset.
Interrupted at any moment it still starts what it ran before. Nothing else is touched: the charger's own data stays.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tools.build_image import BOARDS, ImageError, board_facts, boards  # noqa: E402
from tools.device import Device, DeviceError  # noqa: E402
from tools.image import delivery  # noqa: E402

LAUNCHER = Path(__file__).parent / "launcher"
OLDEST_MICROPYTHON = (1, 29, 0)
MPY_VERSION = 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description="Deploy an image onto a board.")
    parser.add_argument("--board", required=True, help="name of the folder under boards/")
    parser.add_argument("--port", required=True, help="serial port of the board, such as /dev/ttyACM0 or COM5")
    parser.add_argument("--product", default="full", help="name of a file under boards/products/")
    parser.add_argument("--files", type=Path, help="folder with the files, instead of building them")
    parser.add_argument("--format", action="store_true", help="make a littlefs on a new board first; everything on it is lost")
    parser.add_argument("--no-reset", action="store_true", help="leave the old firmware running until the next reset")
    options = parser.parse_args(arguments)
    try:
        known_board(options.board)
        files = folder_files(options.files) if options.files else delivery.modules(options.board, options.product)
        with Device(options.port) as device:
            if options.format:
                make_file_system(device, options.board, say=print)
            flash(device, options.board, files, say=print, reset=not options.no_reset)
    except (DeviceError, ImageError) as error:
        print(f"flash: {error}", file=sys.stderr)
        return 1
    return 0


def flash(device: Device, board: str, files: dict[str, bytes], say: Callable[[str], None], reset: bool = True) -> str:
    """Deploy the files; return the slot, "a" or "b". Raises DeviceError, and then the board starts what it ran before."""
    check_board(device, board, say)
    root = device.root()
    active = active_slot(device, root)
    slot = "b" if active == "a" else "a"
    check_room(device, files, root, slot)
    say(f"{len(files)} files, {sum(map(len, files.values())):,} bytes, into slot {slot}" + (f"; slot {active} keeps running" if active else ""))
    deploy(device, files, f"{root}/slot_{slot}", say)
    for name in ("boot.py", "main.py"):
        data = launcher(name, board)
        if device.sha256(f"{root}/{name}") != hashlib.sha256(data).hexdigest():
            device.write(f"{root}/{name}", data)
    device.write(f"{root}/slot", slot.encode())
    say(f"verified; the next start is from slot {slot}")
    if reset:
        device.reset()
        say("the board resets now")
    return slot


def launcher(name: str, board: str) -> bytes:
    """The launcher's file for a board, with the table of its outputs in it."""
    text = (LAUNCHER / name).read_text("utf-8")
    table: dict[str, object] = {}
    exec((BOARDS / board / "safe_outputs.py").read_text("utf-8"), table)
    return text.replace('" = ()  # ((pin', f"\" = {table['SAFE_OUTPUTS']!r}  # ((pin").encode()


def known_board(board: str) -> None:
    """Refuse a board that has no folder."""
    if board not in boards():
        raise DeviceError(f"there is no board {board}; there are {', '.join(boards())}")


def make_file_system(device: Device, board: str, say: Callable[[str], None]) -> None:
    """Put an empty littlefs on a board that has no charger on it: some official builds come with FAT."""
    root = device.root()
    if "slot" in device.names(root or "/"):
        raise DeviceError("there is a charger on this board already: formatting would delete its data")
    if board_facts(board)["platform"] != "pyboard":
        say("the official build for this board makes a littlefs by itself: nothing to format")
        return
    device.run(f"import os, vfs, pyb\nos.chdir('/')\nvfs.umount({root!r})\nvfs.VfsLfs2.mkfs(pyb.Flash(start=0))")
    device.run(f"vfs.mount(pyb.Flash(start=0), {root!r})\nos.chdir({root!r})")
    say("the board has an empty littlefs now")


def folder_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their path in the slot."""
    files = {str(path.relative_to(folder).as_posix()): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    for needed in ("boot", "main", "product", "safe_outputs"):
        if not {needed + ".mpy", needed + ".py"} & set(files):
            raise DeviceError(f"{folder} is no image: it has no {needed}.mpy. Build one with: make image BOARD=... PRODUCT=...")
    return files


def check_board(device: Device, board: str, say: Callable[[str], None]) -> None:
    """Refuse a board that is another one, or whose MicroPython is too old for the image."""
    device.run("import sys\n_i = sys.implementation")
    version, machine, mpy, platform = device.value("(tuple(_i.version[:3]), _i._machine, _i._mpy, sys.platform)")
    say(f"{machine}, MicroPython {'.'.join(map(str, version))}")
    if tuple(version) < OLDEST_MICROPYTHON or mpy & 0xFF != MPY_VERSION:
        wanted = ".".join(map(str, OLDEST_MICROPYTHON))
        raise DeviceError(f"MicroPython {wanted} or newer is needed: install the official build for {board} first (boards/{board}/README.md says how)")
    wanted_platform = board_facts(board)["platform"]
    if platform != wanted_platform:
        raise DeviceError(f"this is no {board}: its MicroPython says {platform}, not {wanted_platform}")
    kinds = device.value("[type(m[0]).__name__ for m in __import__('vfs').mount() if m[1] == (__import__('os').getcwd().rstrip('/') or '/')]")
    if "VfsFat" in kinds:
        raise DeviceError("the board's file system is FAT, which a power cut can destroy: make flash ... ARGS=--format puts a littlefs there, once")


def active_slot(device: Device, root: str) -> str | None:
    """Return the slot that the board starts now; None on a board without our launcher."""
    if "slot" not in device.names(root or "/"):
        return None
    return "b" if device.value(f"open({root + '/slot'!r}).read(1)") == "b" else "a"


def check_room(device: Device, files: dict[str, bytes], root: str, slot: str) -> None:
    """Refuse an image that the file system cannot hold beside the running one."""
    block, _, _, free = device.value(f"__import__('os').statvfs({root or '/'!r})[:4]")
    needed = sum(-(-len(data) // block) * block for data in files.values())
    has = free * block + old_bytes(device, f"{root}/slot_{slot}")
    if needed + 16 * block > has:
        raise DeviceError(f"the image needs {needed // 1024} KiB beside the running one, the board has {has // 1024} KiB: delete files not the charger's own")


def old_bytes(device: Device, folder: str) -> int:
    """Return the bytes that the files of a slot take now: they are replaced."""
    total = 0
    for path in tree(device, folder):
        total += int(device.value(f"__import__('os').stat({path!r})[6]"))
    return total


def tree(device: Device, folder: str) -> list[str]:
    """Return the paths of all files below a folder, folders (with a slash) behind what is in them."""
    found: list[str] = []
    for name in device.names(folder):
        path = f"{folder}/{name}"
        if name.endswith("/"):
            found += tree(device, path[:-1])
        found.append(path)
    return found


def deploy(device: Device, files: dict[str, bytes], folder: str, say: Callable[[str], None]) -> None:
    """Make a folder of the board hold exactly these files; those that are there already are not written again."""
    for path in tree(device, folder):
        relative = path[len(folder) + 1 :]
        if relative.endswith("/"):
            if not any(name.startswith(relative) for name in files):
                device.run(f"import os\nos.rmdir({path[:-1]!r})")
        elif relative not in files:
            device.run(f"import os\nos.remove({path!r})")
    make_folders(device, files, folder)
    total = sum(map(len, files.values()))
    done = 0
    for name, data in files.items():
        path = f"{folder}/{name}"
        if device.sha256(path) == hashlib.sha256(data).hexdigest():
            say(f"{(done + len(data)) * 100 // total:3d} %  {name}: is there")
        else:
            device.write(path, data)
            say(f"{(done + len(data)) * 100 // total:3d} %  {name}: {len(data):,} bytes")
        done += len(data)


def make_folders(device: Device, files: dict[str, bytes], folder: str) -> None:
    """Make the folders that the files need, outer ones first."""
    needed = {folder}
    for name in files:
        parts = name.split("/")[:-1]
        needed |= {"/".join([folder, *parts[: depth + 1]]) for depth in range(len(parts))}
    for path in sorted(needed):
        parent, _, name = path.rpartition("/")
        if name + "/" not in device.names(parent or "/"):
            device.run(f"import os\nos.mkdir({path!r})")


if __name__ == "__main__":
    sys.exit(main())
