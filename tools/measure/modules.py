"""The modules of an image before they are linked into one: what each takes can only be told while they are apart."""

from __future__ import annotations

from pathlib import Path

from tools import build_image
from tools.image.device_source import device_source
from tools.image.shared_parameters import share_parameters

# Stands for every board: the portable bytecode is the same on all, and its board module is the longest.
BOARD = "virtual"


def _files(product: str) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in build_image.sources(BOARD, product).items()}


def of_firmware(sizes: dict[str, int]) -> dict[str, int]:
    """Leave out what stands for a port's C code: the machine module of the virtual board."""
    shim = {path.stem + ".mpy" for path in build_image.SHIM.glob("*.py")}
    return {name: size for name, size in sizes.items() if name not in shim}


def separate_modules(product: str) -> dict[str, bytes]:
    """Return the .mpy of each module by its path. Raises: build_image.ImageError."""
    plain = {name: device_source(content.decode()).encode() for name, content in _files(product).items() if name not in build_image.CPYTHON_ONLY}
    return {name[:-3] + ".mpy": build_image.compile_module(name, content, "") for name, content in share_parameters(plain).items()}


def resident(product: str) -> list[str]:
    """Return the names of the modules that are linked into one, because they are always loaded."""
    return [path.removesuffix(".py").replace("/", ".") for _, path in build_image.device_sources(_files(product)).places]


def separate_image(product: str) -> Path:
    """Pack the modules without linking them."""
    romfs = build_image.BUILD / "images" / f"separate-{product}.romfs"
    build_image.pack(romfs, separate_modules(product))
    return romfs
