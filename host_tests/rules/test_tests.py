"""Rules for the tests themselves."""

from __future__ import annotations

import ast
from pathlib import Path

HOST_TESTS = Path(__file__).resolve().parents[1]


def _calls_of_tests(path: Path) -> list[str]:
    """Calls `x.test_y()` or `test_y()` inside a test function, where `test_y` is a test of another file or of this one."""
    found = []
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test_"):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and not node.args and not node.keywords:
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name.startswith("test_"):
                    found.append("%s:%d %s" % (path.relative_to(HOST_TESTS), node.lineno, name))
    return found


def test_no_test_calls_another() -> None:
    """One that does fails for a reason that is not its own, and shows nothing that is not shown already."""
    assert [call for path in sorted(HOST_TESTS.rglob("test_*.py")) for call in _calls_of_tests(path)] == []
