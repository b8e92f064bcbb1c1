"""The source files that the rules are about, read once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
PACKAGE = FIRMWARE / "chargepoint"


@dataclass(frozen=True)
class Source:
    """One Python file: its path, its text, its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path in the repository."""
        return self.path.relative_to(ROOT).as_posix()


@lru_cache(maxsize=None)
def read(path: Path) -> Source:
    """Read one file."""
    text = path.read_text("utf-8")
    return Source(path, text, ast.parse(text, str(path)))


def python_files(*folders: Path) -> list[Source]:
    """Return every Python file under the folders."""
    paths = sorted(path for folder in folders for path in folder.rglob("*.py") if "__pycache__" not in path.parts)
    return [read(path) for path in paths]


def device_files() -> list[Source]:
    """Return every Python file that may run on a charger."""
    return [source for source in python_files(FIRMWARE, ROOT / "boards") if source.path.name != "manifest.py"]


def layer_of(source: Source) -> str:
    """Return the layer of a file: a folder of chargepoint, "boards", or "firmware" for the files on top."""
    if PACKAGE in source.path.parents:
        return source.path.relative_to(PACKAGE).parts[0]
    return source.path.relative_to(ROOT).parts[0]


def imports(source: Source) -> Iterator[tuple[str, int, bool]]:
    """Yield (module, line, only for type checking) for every import; `from a import b` yields both a and a.b."""
    typing_lines: set[int] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            typing_lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, node.lineno in typing_lines
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{source.name}:{node.lineno}: relative import"
            yield node.module, node.lineno, node.lineno in typing_lines
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno, node.lineno in typing_lines


def tracked_files() -> list[Path]:
    """Return every file in git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]
