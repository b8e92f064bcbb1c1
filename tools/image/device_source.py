"""Takes out of a source what only type checkers read, before it is compiled for a device.

MicroPython compiles `if TYPE_CHECKING:` blocks like any other code, and every name in them is interned at import: some 11 bytes of
heap a name, for nothing. The lines are emptied, not removed, so that line numbers stay as they are in the sources.
"""

from __future__ import annotations

import ast


def device_source(source: str) -> str:
    """The same program without its `if TYPE_CHECKING:` blocks and without the definition of TYPE_CHECKING.

    Raises: SyntaxError when the source is no Python.
    """
    lines = source.splitlines(keepends=True)
    tree = ast.parse(source)
    for node in tree.body:
        if _defines_flag(node) or _is_guarded(node):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = "\n"
    stripped = "".join(lines)
    return source if _uses_flag(ast.parse(stripped)) else stripped


def _is_flag(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"


def _is_guarded(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and _is_flag(node.test) and not node.orelse


def _defines_flag(node: ast.stmt) -> bool:
    """`TYPE_CHECKING = False`, `from typing import TYPE_CHECKING`, or a `try` that does nothing but these."""
    if isinstance(node, ast.Assign):
        return len(node.targets) == 1 and _is_flag(node.targets[0])
    if isinstance(node, ast.ImportFrom):
        return node.module == "typing" and [name.name for name in node.names] == ["TYPE_CHECKING"]
    if isinstance(node, ast.Try):
        inner = node.body + [statement for handler in node.handlers for statement in handler.body]
        return all(_defines_flag(statement) for statement in inner) and not node.orelse and not node.finalbody
    return False


def _uses_flag(tree: ast.Module) -> bool:
    """Whether the flag is still needed somewhere: then the source is left as it was."""
    return any(isinstance(node, ast.Name) and node.id == "TYPE_CHECKING" for node in ast.walk(tree))
