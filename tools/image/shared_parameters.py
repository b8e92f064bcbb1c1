"""Lets functions share the names of parameters that no call passes by keyword, before the modules of an image are linked.

MicroPython keeps every distinct name of all loaded modules in one table in the heap, which grows by doubling: at 1,270 names it takes another
14 KB (64-bit). A parameter's name is in that table although neither a traceback nor the prompt ever shows it, so it need not be distinct.
Functions, classes, attributes and module-level names keep the spelling of the sources.
"""

from __future__ import annotations

import ast
import itertools
import string
from collections.abc import Iterator

from tools.image.source_edit import SourceEdit

CALLED_BY_PEOPLE = ("diag.py",)  # with keywords, at the console


def _fixed_names(tree: ast.Module) -> set[str]:
    """Names that are in the table in any case, or that must keep their spelling."""
    fixed: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            fixed.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg is not None:
            fixed.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            fixed.add(node.name)
        elif isinstance(node, ast.alias):
            fixed.update((*node.name.split("."), node.asname or node.name))
        elif isinstance(node, ast.Global):
            fixed.update(node.names)
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            fixed.add(node.id)
        if not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return fixed


def _arguments(node: ast.FunctionDef | ast.Lambda) -> list[ast.arg]:
    arguments = node.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]


def _spare(taken: set[str]) -> Iterator[str]:
    for length in (1, 2):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            name = "".join(letters)
            if name not in taken and name not in ("as", "if", "in", "is", "or", "do"):
                yield name


class _Rename(ast.NodeVisitor):
    """Writes the shared names into one source."""

    def __init__(self, source: bytes, fixed: set[str]) -> None:
        self.edit = SourceEdit(source)
        self._fixed = fixed
        self._scope: dict[str, str] = {}

    def _function(self, node: ast.FunctionDef | ast.Lambda) -> None:
        own = _arguments(node)
        outer = self._scope
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        taken = self._fixed | set(outer.values()) | {argument.arg for argument in own}
        taken |= {child.id for child in ast.walk(node) if isinstance(child, ast.Name)} | {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)}
        spare = _spare(taken)
        self._scope = {name: new for name, new in outer.items() if name not in {argument.arg for argument in own}}
        for argument in own:
            if argument.arg not in self._fixed and argument.arg != "self":
                self._scope[argument.arg] = next(spare)
                self.edit.rename(argument, argument.arg, self._scope[argument.arg])
        for statement in node.body if isinstance(node, ast.FunctionDef) else [node.body]:
            self.visit(statement)
        self._scope = outer

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self._scope:
            self.edit.rename(node, node.id, self._scope[node.id])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name in self._scope:
            self.edit.rename(node, node.name, self._scope[node.name])
        self.generic_visit(node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            if name in self._scope:
                self.edit.rename(node, name, self._scope[name])


def share_parameters(sources: dict[str, bytes]) -> dict[str, bytes]:
    """Return the modules of one image, by path, with the names of parameters shared. Raises: EditError."""
    trees = {name: ast.parse(content) for name, content in sources.items()}
    fixed = set().union(*(_fixed_names(tree) for tree in trees.values()))
    for name in CALLED_BY_PEOPLE:
        if name in trees:
            fixed.update(argument.arg for node in ast.walk(trees[name]) if isinstance(node, ast.FunctionDef) for argument in _arguments(node))
    done = {}
    for name, tree in trees.items():
        rename = _Rename(sources[name], fixed)
        rename.visit(tree)
        done[name] = rename.edit.result()
    return done
