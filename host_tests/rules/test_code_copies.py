"""The private copies of OCPP codes in firmware modules agree with ocpp16/codes.py, and those of commands and signals with their modules."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "firmware" / "chargepoint"
PREFIXES = ("ACT_", "ST_", "ERR_", "RSN_", "CTX_", "MEA_", "RPL_", "ANS_", "KEY_", "CMD_", "PILOT_", "FAULT_")


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


def test_private_copies_agree_with_the_codes() -> None:
    truth = {}
    for path in (PACKAGE / "ocpp16" / "codes.py", PACKAGE / "core" / "commands.py", PACKAGE / "util" / "signals.py"):
        truth.update({name: value for name, value in _integers(path).items() if not name.startswith("_")})
    copies = 0
    for folder in ("core", "ocpp16"):
        for path in sorted((PACKAGE / folder).glob("*.py")):
            for name, value in _integers(path).items():
                if name.startswith("_") and name[1:].startswith(PREFIXES):
                    assert truth.get(name[1:]) == value, f"{path.name}: {name} = {value}, but the code is {truth.get(name[1:])}"
                    copies += 1
    assert copies > 100


def test_no_copy_is_idle() -> None:
    for folder in ("core", "ocpp16"):
        for path in sorted((PACKAGE / folder).glob("*.py")):
            text = path.read_text("utf-8")
            for name in _integers(path):
                if name.startswith("_"):
                    assert text.count(name) > 1, f"{path.name}: {name} is not used"
