"""Every name under which something is stored is on the one page, runtime/store/records.py."""

from __future__ import annotations

import ast
import re

from chargepoint.runtime.store import records
from host_tests.rules.sources import device_files

LINE = re.compile(r"[a-z0-9]+ +\d \d{5} \d{5} [12][ +]")


def test_the_page_reads_as_its_code_does() -> None:
    lines = records.PAGE.decode().splitlines(keepends=True)
    for number, line in enumerate(lines):
        name = line.split()[0]
        assert LINE.fullmatch(line.rstrip("\n")), line
        at = records.line_of(name)
        assert at == number * len(line) and records.version(at) == int(line.split()[1])
        least, most = int(line.split()[2]), int(line.split()[3])
        assert least <= most <= 8192 and records.fits(at, least) and records.fits(at, most) and not records.fits(at, most + 1)
        assert records.name_of(name.encode()) == name
    assert records.line_of("boo") < 0 and records.line_of("oot") < 0 and not records.name_of(b"") and not records.name_of(b"nothing")


def test_what_is_loaded_and_saved_is_on_the_page() -> None:
    found = set()
    for source in device_files():
        constants = {}
        for line in source.tree.body:
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant) and isinstance(line.targets[0], ast.Name):
                constants[line.targets[0].id] = line.value.value
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("load", "save") and node.args):
                continue
            owner = ast.unparse(node.func.value)
            if not owner.endswith(("store", "files")) and not (owner == "self" and source.path.name == "store.py"):
                continue
            name = node.args[0]
            text = name.value if isinstance(name, ast.Constant) else constants.get(ast.unparse(name))
            if isinstance(text, str):
                assert records.line_of(text) >= 0, f"{source.name}:{node.lineno}: {text} is not on the page"
                found.add(text)
    assert {"config", "availability", "cause", "boot", "starts"} <= found
