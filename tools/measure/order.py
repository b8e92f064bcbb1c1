"""The order in which modules can be imported so that each import loads one module only."""

from __future__ import annotations

import ast
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"


def _needs(module: str, known: set[str]) -> list[str]:
    file = FIRMWARE / (module.replace(".", "/") + ".py")
    if not file.is_file():
        return []  # a package: nothing but a name
    found = []
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in found if name in known]


def import_order(modules: list[str]) -> list[str]:
    """Sort modules of the firmware so that each comes after those that it imports."""
    ordered: list[str] = []

    def visit(module: str) -> None:
        if module not in ordered:
            for needed in _needs(module, set(modules) - {module}):
                visit(needed)
            ordered.append(module)

    for module in sorted(modules, key=lambda name: (not name.startswith("chargepoint."), name)):  # the board last: it needs the drivers
        visit(module)
    return ordered
