"""The layer table of the firmware: who may import what, and what the portable layers never touch."""

from __future__ import annotations

import ast

import pytest

from host_tests.rules.sources import Source, device_files, imports, layer_of

# What the portable layers get from their caller instead: time, files, sockets, chance, output.
BANNED_MODULES = {"time", "asyncio", "machine", "network", "socket", "ssl", "tls", "os", "io", "random", "sys", "gc", "select", "vfs"}
BANNED_NAMES = {"print", "open", "input", "exec", "eval"}

PORTABLE = ("util", "wire", "pki", "ocpp16", "core")
INTEGER_ONLY = ("util", "wire", "pki", "ocpp16", "core", "drivers")

# What a layer may import of the package; and, for those that are listed, of MicroPython's own modules.
PACKAGE_IMPORTS: dict[str, tuple[str, ...]] = {
    "util": ("util",),
    "wire": ("util", "wire"),
    "pki": ("util", "pki"),
    "ocpp16": ("util", "wire.json_write", "wire.json_read", "ocpp16"),
    "core": ("util", "ocpp16", "core"),
    "drivers": ("util", "drivers"),
    "runtime": ("util", "wire", "pki", "ocpp16", "core", "drivers", "runtime"),
    "diag": ("util", "wire", "pki", "ocpp16", "core", "drivers", "runtime", "diag"),
    "boards": ("util", "drivers"),
    "firmware": ("util", "wire", "pki", "ocpp16", "core", "drivers", "runtime", "diag"),
}
MODULE_IMPORTS: dict[str, tuple[str, ...]] = {
    "util": ("micropython", "struct", "array"),
    "wire": ("micropython", "struct", "array", "binascii", "hashlib"),
    "pki": ("micropython", "struct", "binascii", "hashlib"),
    "ocpp16": ("micropython", "struct", "array"),
    "core": ("micropython", "struct", "array"),
    "drivers": ("micropython", "struct", "array"),
}

FILES = [pytest.param(source, id=source.name) for source in device_files()]
CORE_FILES = [pytest.param(source, id=source.name) for source in device_files() if layer_of(source) == "core"]
PORTABLE_FILES = [pytest.param(source, id=source.name) for source in device_files() if layer_of(source) in PORTABLE]
INTEGER_FILES = [pytest.param(source, id=source.name) for source in device_files() if layer_of(source) in INTEGER_ONLY]


def _allowed(module: str, layer: str) -> bool:
    wanted = ["chargepoint." + name for name in PACKAGE_IMPORTS[layer]]
    # `from chargepoint.wire import json_write` names the package first: that alone is no import of the whole.
    return any(module == name or module.startswith(name + ".") or name.startswith(module + ".") for name in wanted)


@pytest.mark.parametrize("source", FILES)
def test_imports_follow_the_layer_table(source: Source) -> None:
    layer = layer_of(source)
    wrong = []
    for module, line, typing_only in imports(source):
        top = module.split(".")[0]
        if top == "chargepoint":
            if not _allowed(module, layer):
                wrong.append(f"line {line}: {layer} may not import {module}")
        elif top in ("tools", "host_tests"):
            wrong.append(f"line {line}: the firmware imports {module}, which stays on the laptop")
        elif not typing_only and layer in MODULE_IMPORTS and top not in MODULE_IMPORTS[layer]:
            wrong.append(f"line {line}: {layer} may not import {module}")
        elif layer in ("runtime", "diag") and top in ("board", "boards", "product", "machine"):
            wrong.append(f"line {line}: {layer} imports {module}; hardware comes in as an argument")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("source", CORE_FILES)
def test_core_knows_the_vocabulary_but_no_encoder(source: Source) -> None:
    wrong = [f"line {line}: {module}" for module, line, _ in imports(source) if module.startswith(("chargepoint.ocpp16.encode", "chargepoint.ocpp16.decode"))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("source", PORTABLE_FILES)
def test_portable_layers_touch_nothing_outside(source: Source) -> None:
    wrong = [f"line {line}: import {module}" for module, line, _ in imports(source) if module.split(".")[0] in BANNED_MODULES]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BANNED_NAMES:
            wrong.append(f"line {node.lineno}: {node.func.id}()")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("source", INTEGER_FILES)
def test_quantities_are_integers(source: Source) -> None:
    wrong = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            wrong.append(f"line {node.lineno}: the float {node.value}")
        elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div):
            wrong.append(f"line {node.lineno}: a division that gives a float")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            wrong.append(f"line {node.lineno}: float()")
    assert not wrong, "\n".join(wrong)


def test_every_file_is_in_a_layer() -> None:
    unknown = [source.name for source in device_files() if layer_of(source) not in PACKAGE_IMPORTS]
    assert not unknown, unknown
