"""Renames identifiers and replaces statements in the text of a source, so that every line keeps its number."""

from __future__ import annotations

import ast
import re


class EditError(Exception):
    """An identifier is not where the syntax tree says."""


class SourceEdit:
    """One source and the changes to make in it."""

    def __init__(self, source: bytes) -> None:
        """Take a source in UTF-8."""
        self._source = source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._changes: dict[tuple[int, int], bytes] = {}

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column

    def _span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def replace(self, node: ast.stmt | ast.expr, text: str) -> None:
        """Put `text` in the place of a node; the lines that it leaves stay, empty."""
        start, end = self._span(node)
        self._changes[start, end] = text.encode() + b"\n" * self._source.count(b"\n", start, end)

    def wrap(self, node: ast.expr, before: str, after: str) -> None:
        """Put text in front of and behind a node, which stays as it is."""
        start, end = self._span(node)
        self._changes[start, start] = before.encode()
        self._changes[end, end] = after.encode()

    def _word(self, start: int, end: int, old: str, new: str) -> None:
        """Replace the first `old` between two offsets. Raises: EditError."""
        found = re.compile(rb"(?<!\w)%s(?!\w)" % re.escape(old.encode())).search(self._source, start, end)
        if found is None:
            raise EditError("%r is not where it should be: write it without an f-string" % old)
        self._changes[found.span()] = new.encode()

    def rename(self, node: ast.AST, old: str, new: str) -> None:
        """Rename the identifier that a node carries itself. Raises: EditError."""
        if isinstance(node, ast.Name):
            start, end = self._span(node)
            if self._source[start:end] != old.encode():
                raise EditError("%r is not where it should be: write it without an f-string" % old)
            self._changes[start, end] = new.encode()
        elif isinstance(node, ast.Attribute):
            end = self._span(node)[1]
            self._word(end - len(old.encode()), end, old, new)
        elif isinstance(node, ast.arg):
            start = self._offset(node.lineno, node.col_offset)
            self._word(start, start + len(old.encode()), old, new)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            start, end = self._span(node)
            self._word(start, end, old, new)
        elif isinstance(node, ast.ExceptHandler):
            start = self._span(node.type)[1] if node.type is not None else self._offset(node.lineno, node.col_offset)
            self._word(start, self._span(node.body[0])[0], old, new)
        elif isinstance(node, ast.Nonlocal):
            self._word(*self._span(node), old, new)
        else:
            raise EditError("%r cannot be renamed in %s" % (old, type(node).__name__))

    def result(self) -> bytes:
        """Return the source with every change made. Raises: EditError when two changes overlap."""
        done = []
        place = 0
        for (start, end), text in sorted(self._changes.items()):
            if start < place:
                raise EditError("two changes overlap before offset %d" % end)
            done += [self._source[place:start], text]
            place = end
        return b"".join([*done, self._source[place:]])
