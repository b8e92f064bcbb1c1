"""Gives one set of short names to what only one module or one function calls by name, before the modules of an image are compiled.

MicroPython keeps every distinct name of all loaded modules in one table in the heap: 11 bytes a name on 64-bit interpreters, and the table
grows by doubling. Two kinds of names need not be distinct: private attributes and methods (`self._offset`) that one module alone mentions, and
parameters that no call passes by keyword. Functions, classes and what is public keep their names; tools/explain_traceback.py reads the others back.
"""

from __future__ import annotations

import ast
import itertools
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.source_edit import apply_renames

CALLED_BY_PEOPLE = ("diag.py",)  # with keywords, at the console


def is_private(name: str) -> bool:
    """Whether a name has one underscore in front."""
    return name.startswith("_") and not name.startswith("__")


class _Names(ast.NodeVisitor):
    """What one module mentions, by how it mentions it."""

    def __init__(self) -> None:
        self.private: set[str] = set()  # attributes with one underscore in front
        self.arguments: set[str] = set()
        self.fixed: set[str] = set()  # everything that must keep its name
        self.locals: set[str] = set()
        self.bases: set[str] = set()
        self._methods: set[str] = set()  # of the class whose body is visited

    def visit_Attribute(self, node: ast.Attribute) -> None:
        (self.private if is_private(node.attr) else self.fixed).add(node.attr)
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        self.arguments.add(node.arg)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg is not None:
            self.fixed.add(node.arg)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        (self.private if node.name in self._methods and is_private(node.name) else self.fixed).add(node.name)
        methods = self._methods
        self._methods = set()
        self.generic_visit(node)
        self._methods = methods

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.fixed.add(node.name)
        self._methods = {method.name for method in node.body if isinstance(method, ast.FunctionDef)}
        self.bases.update(base.id for base in node.bases if isinstance(base, ast.Name))
        self.generic_visit(node)
        self._methods = set()

    def visit_alias(self, node: ast.alias) -> None:
        self.fixed.update(node.name.split("."))
        self.fixed.add(node.asname or node.name)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.fixed.add(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        self.locals.add(node.id)

    def visit_Global(self, node: ast.Global) -> None:
        self.fixed.update(node.names)


def _module_level(tree: ast.Module) -> set[str]:
    """Names that are bound outside functions: those of the module and of its classes."""
    found = set()
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return found


def short(taken: set[str], lead: str) -> Iterator[str]:
    """Short names with `lead` in front that are not taken."""
    for length in (1, 2):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            name = lead + "".join(letters)
            if name not in taken and name not in ("as", "if", "in", "is", "or", "do"):
                yield name


class _Rename(ast.NodeTransformer):
    """Renames attributes everywhere and parameters within their functions."""

    def __init__(self, attributes: dict[str, str], arguments: set[str], taken: set[str]) -> None:
        self._attributes = attributes
        self._arguments = arguments
        self._taken = taken
        self._scope: dict[str, str] = {}

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._attributes.get(node.attr, node.attr)
        return self.generic_visit(node)

    def _function(self, node: ast.FunctionDef | ast.Lambda) -> ast.AST:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
        outer = self._scope
        used = self._taken | set(outer.values()) | {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
        used |= {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)}
        names = short(used, "")
        self._scope = {name: new for name, new in outer.items() if name not in {argument.arg for argument in every}}
        for argument in every:
            if argument.arg in self._arguments:
                self._scope[argument.arg] = next(names)
                argument.arg = self._scope[argument.arg]
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None and any(isinstance(child, ast.Name) and child.id in outer for child in ast.walk(default)):
                raise ValueError("a default value that names a parameter of the function around it")
        self.generic_visit(node)
        self._scope = outer
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._attributes.get(node.name, node.name)  # a method: functions have no private attribute's name
        return self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._function(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._scope.get(node.id, node.id)
        return node

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.ExceptHandler) and node.name is not None:
            node.name = self._scope.get(node.name, node.name)
        done: ast.AST = super().visit(node)
        return done

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        node.names = [self._scope.get(name, name) for name in node.names]
        return node


def _families(modules: dict[str, _Names], trees: dict[str, ast.Module]) -> Iterable[list[str]]:
    """Modules whose classes inherit from each other: their attributes meet in one object."""
    home = {node.name: name for name, tree in trees.items() for node in tree.body if isinstance(node, ast.ClassDef)}
    family = {name: name for name in modules}

    def root(name: str) -> str:
        while family[name] != name:
            name = family[name]
        return name

    for name, names in modules.items():
        for base in names.bases:
            if base in home:
                family[root(home[base])] = root(name)
    grouped: dict[str, list[str]] = {}
    for name in modules:
        grouped.setdefault(root(name), []).append(name)
    return grouped.values()


@dataclass(frozen=True)
class Shortened:
    """The sources with short names, and what each module's short attributes and methods stand for."""

    sources: dict[str, bytes]
    meanings: dict[str, dict[str, str]]


def shorten(sources: dict[str, bytes]) -> Shortened:
    """The modules of one image, by path, with short names."""
    trees = {name: ast.parse(content) for name, content in sources.items()}
    modules = {}
    for name, tree in trees.items():
        modules[name] = _Names()
        modules[name].visit(tree)
    fixed = set().union(*(names.fixed for names in modules.values()), *(_module_level(tree) for tree in trees.values()))
    fixed.update(*(modules[name].arguments for name in CALLED_BY_PEOPLE if name in modules))
    private = [name for names in modules.values() for name in names.private]
    everything = fixed.union(private, *(names.arguments | names.locals for names in modules.values()))
    arguments = set().union(*(names.arguments for names in modules.values())) - fixed - {"self"}
    done = Shortened({}, {})
    for family in _families(modules, trees):
        names = short(everything, "_")
        for module in family:
            own = sorted(name for name in modules[module].private if private.count(name) == 1 and name not in fixed)
            renamed = {name: next(names) for name in own if name not in modules[module].locals}
            _Rename(renamed, arguments, fixed | everything - arguments).visit(trees[module])
            done.sources[module] = apply_renames(sources[module], trees[module])
            done.meanings[module] = {new: name for name, new in renamed.items()}
    return done
