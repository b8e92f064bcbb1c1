"""Lets classes share the names of private data attributes that no other class mentions, before the modules of an image are linked.

For the same reason as shared_parameters.py: the interpreter's table of names grows by doubling, at 1,270 names by 14 KB (64-bit), and some 250
names would be in it for one class alone. Only data is renamed, never a function, a class, a public attribute or one that several unrelated
classes have: tracebacks and most of what the prompt shows read as in the sources, and the list of names beside the image tells the rest.
"""

from __future__ import annotations

import ast
import itertools
import string
from collections.abc import Iterator

from tools.image.source_edit import SourceEdit


class _Classes:
    """The classes of an image, those that inherit from each other, or share their name, as one family."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def family(self, name: str) -> str:
        """Return the name that stands for the family of a class."""
        while name in self._above:
            name = self._above[name]
        return name

    def join(self, one: str, other: str) -> None:
        """Note that two classes may be of one object."""
        if self.family(one) != self.family(other):
            self._above[self.family(one)] = self.family(other)


def _join_all(trees: list[ast.Module]) -> _Classes:
    classes = _Classes()
    for node in itertools.chain.from_iterable(ast.walk(tree) for tree in trees):
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                classes.join(node.name, base.attr if isinstance(base, ast.Attribute) else ast.unparse(base))
        elif isinstance(node, ast.alias) and node.asname is not None:
            classes.join(node.asname, node.name.split(".")[-1])
    return classes


class _Uses(ast.NodeVisitor):
    """Where one source mentions private attributes of `self`, and which names it mentions in any other way."""

    def __init__(self) -> None:
        self.own: list[tuple[str, ast.Attribute]] = []  # class, place
        self.other: set[str] = set()
        self._class = ""

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.other.add(node.name)
        outer, self._class = self._class, node.name
        self.generic_visit(node)
        self._class = outer

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.other.add(node.name)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if self._class and isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr.startswith("_"):
            self.own.append((self._class, node))
        else:
            self.other.add(node.attr)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self.other.add(node.id)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):  # for getattr
            self.other.update(node.value.split())

    def visit_arg(self, node: ast.arg) -> None:
        self.other.add(node.arg)
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        self.other.add(node.arg or "")
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        self.other.update((*node.name.split("."), node.asname or ""))


def _spare(taken: set[str]) -> Iterator[str]:
    for length in (1, 2):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            name = "_" + "".join(letters)
            if name not in taken:
                yield name


def share_attributes(sources: dict[str, bytes]) -> tuple[dict[str, bytes], dict[str, dict[str, str]]]:
    """Return the modules of one image, by path, and what the shared names stand for in each. Raises: EditError."""
    trees = {path: ast.parse(content) for path, content in sources.items()}
    classes = _join_all(list(trees.values()))
    uses = {path: _Uses() for path in trees}
    families: dict[str, set[str]] = {}
    for path, tree in trees.items():
        uses[path].visit(tree)
        for name, node in uses[path].own:
            families.setdefault(node.attr, set()).add(classes.family(name))
    other = set().union(*(use.other for use in uses.values()))
    taken = other | set(families)
    spare: dict[str, Iterator[str]] = {}
    new: dict[str, str] = {}
    for attribute in sorted(families):
        if len(families[attribute]) == 1 and attribute not in other:
            (family,) = families[attribute]
            new[attribute] = next(spare.setdefault(family, _spare(taken)))
    done = {}
    meanings: dict[str, dict[str, str]] = {}
    for path, use in uses.items():
        edit = SourceEdit(sources[path])
        found: dict[str, set[str]] = {}
        for _, node in use.own:
            if node.attr in new:
                edit.rename(node, node.attr, new[node.attr])
                found.setdefault(new[node.attr], set()).add(node.attr)
        done[path] = edit.result()
        if found:
            meanings[path] = {short: " or ".join(sorted(names)) for short, names in sorted(found.items())}
    return done, meanings
