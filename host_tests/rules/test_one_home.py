"""Codes, commands, events, log levels and signals have one home each, from which everybody imports them."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "firmware" / "chargepoint"


def _integers(path: Path) -> dict[str, int]:
    """Module-level integers of a file, `const(n)` included."""
    found = {}
    for node in ast.parse(path.read_text("utf-8"), str(path)).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "const":
                value = value.args[0]
            if isinstance(value, ast.Constant) and isinstance(value.value, int):
                found[node.targets[0].id] = value.value
    return found


def test_codes_have_one_home() -> None:
    """A private copy of a code would save nothing: the linker folds what is imported. It would only be able to drift."""
    homes = ("ocpp16/codes.py", "core/commands.py", "core/events.py", "runtime/log.py", "util/signals.py", "pki/refusals.py")
    public = {name for home in homes for name in _integers(PACKAGE / home) if not name.startswith("_")}
    for path in sorted(PACKAGE.rglob("*.py")):
        copies = [name for name in _integers(path) if name.startswith("_") and name[1:] in public]
        assert not copies, f"{path.relative_to(PACKAGE)}: import {', '.join(name[1:] for name in copies)} instead of copying"


def test_no_constant_is_idle() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text("utf-8")
        for name in _integers(path):
            if name.startswith("_"):
                assert text.count(name) > 1, f"{path.name}: {name} is not used"
