"""What `make image` writes: everything that somebody needs to bring one product onto one board, in one folder with a list.

build/images/<BOARD>-<PRODUCT>/
    files/          the .mpy modules, for an official MicroPython; `make flash` deploys these
    image.romfs     the same modules in one image, for a MicroPython that mounts it (VfsRom): bytecode runs in place
    frozen/         the sources and manifest.py, for people who freeze them into their own MicroPython
    names.json      what tools/explain_traceback.py reads a traceback back with
    CONTENTS.txt    names, sizes and SHA-256 of all of it, and what each way costs of the heap
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools import build_image

HEAP_OF_CODE = Path(__file__).resolve().parent.parent / "measure" / "image_heap.py"
# From a 64-bit interpreter to a 32-bit board, as found for lecs007 on an emulated RP2040 (real port, real image): 119,648 bytes as files, 39,488 in a
# ROMFS, 23,616 frozen. Bytecode that is copied into the heap stays nearly as large, objects become 0.54 of what they are; of those, frozen code keeps 0.6.
COPIED_PERCENT = 93
OBJECTS_PERCENT = 54
FROZEN_PERCENT = 60


@dataclass(frozen=True)
class Delivery:
    """What was written, and the same in words."""

    folder: Path
    files: dict[str, bytes]
    report: str


def deliver(board: str, product: str) -> Delivery:
    """Write the folder. Raises ImageError."""
    facts = build_image.board_facts(board)
    sources = build_image.read_sources(board, product)
    linked = build_image.device_sources(sources)
    files = compiled(linked.sources, facts["arch"])
    folder = build_image.BUILD / "images" / f"{board}-{product}"
    made = folder.with_name(folder.name + ".new")
    shutil.rmtree(made, ignore_errors=True)
    _write(made / "files", files)
    build_image.pack(made / "image.romfs", files)
    _write(made / "frozen", {**linked.sources, "manifest.py": (build_image.FIRMWARE / "manifest.py").read_bytes()})
    (made / "names.json").write_text(build_image.names_text(linked, sources), "utf-8")
    heap = measured_heap(made / "files", made / "image.romfs")
    report = "\n".join((*_heading(board, product, facts), *_listing(made), *_heap_table(heap, facts)))
    (made / "CONTENTS.txt").write_text(report + "\n", "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    made.rename(folder)
    return Delivery(folder, files, report)


def device_sources(board: str, product: str) -> dict[str, bytes]:
    """The sources of an image as they are compiled, by their path. Raises ImageError."""
    return dict(build_image.device_sources(build_image.read_sources(board, product)).sources)


def compiled(sources: dict[str, bytes], arch: str) -> dict[str, bytes]:
    """The compiled modules of such sources. Raises ImageError."""
    return {name[:-3] + ".mpy": build_image.compile_module(name, content, arch) for name, content in sources.items()}


def modules(board: str, product: str) -> dict[str, bytes]:
    """The compiled modules of an image by their path. Raises ImageError."""
    return compiled(device_sources(board, product), build_image.board_facts(board)["arch"])


def measured_heap(files: Path, romfs: Path) -> dict[str, int]:
    """The heap that the code takes once the application is loaded, on this machine's interpreter, from files and from the mapped image."""
    heap = {}
    for way, where in (("files", files), ("romfs", romfs)):
        done = subprocess.run([sys.executable, str(HEAP_OF_CODE), str(where)], capture_output=True, text=True, check=False, timeout=60)
        words = done.stdout.split()
        if len(words) != 2 or words[0] != "heap":
            raise build_image.ImageError("the heap of the code cannot be measured here: %s" % (done.stderr or done.stdout)[-500:])
        heap[way] = int(words[1])
    return heap


def main() -> int:
    """Build what the command line asks for and list it."""
    parser = argparse.ArgumentParser(description="Build what a board runs.")
    parser.add_argument("--board", default="virtual", help="name of a folder under boards/")
    parser.add_argument("--product", default="lecs007", help="name of a file under boards/products/")
    options = parser.parse_args()
    try:
        delivery = deliver(options.board, options.product)
    except build_image.ImageError as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    print(f"{delivery.report}\n\n{delivery.folder}")
    return 0


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _heading(board: str, product: str, facts: dict[str, object]) -> tuple[str, ...]:
    mounted = "mounted by the board's MicroPython" if facts["mounts_romfs"] else "for a MicroPython of your own: the official one has no ROMFS partition"
    return (
        f"{product} for {board}: MicroPython 1.29 or newer, .mpy version 6, bytecode only",
        f"files/ goes onto the official MicroPython (make flash); image.romfs is {mounted};",
        "frozen/manifest.py is for FROZEN_MANIFEST.",
        "",
    )


def _listing(folder: Path) -> list[str]:
    lines = ["SHA-256                                                            bytes  name"]
    total = 0
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            total += len(data) if path.suffix == ".mpy" else 0
            lines.append(f"{hashlib.sha256(data).hexdigest()} {len(data):>7}  {path.relative_to(folder).as_posix()}")
    return [*lines, f"{'':64} {total:>7}  .mpy in all", ""]


def _heap_table(heap: dict[str, int], facts: dict[str, object]) -> tuple[str, ...]:
    """Measured here with 64-bit objects; estimated for the board."""
    files, romfs = heap["files"], heap["romfs"]
    mapped = romfs * OBJECTS_PERCENT // 100
    copied = mapped + (files - romfs) * COPIED_PERCENT // 100
    return (
        f"Heap taken by the code once the application is loaded (the board's MicroPython starts with {facts['heap_bytes']:,} bytes):",
        f".mpy files on a file system  {copied:>7,}  (estimated; {files:,} measured on a 64-bit interpreter; bytecode that is copied does not halve)",
        f"ROMFS, running in place      {mapped:>7,}  (estimated; {romfs:,} measured on a 64-bit interpreter)",
        f"frozen into MicroPython      {mapped * FROZEN_PERCENT // 100:>7,}  (estimated, not measured here: {FROZEN_PERCENT} % of the ROMFS's)",
    )
