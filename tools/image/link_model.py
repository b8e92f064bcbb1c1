"""What the linker knows of a module: its syntax tree, what it defines, what it mentions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LINKED = "pilotline"
Scope = dict[str, "Target | None"]


class LinkError(Exception):
    """What cannot be linked, and where."""


@dataclass(frozen=True)
class Target:
    """What a name stands for: something of a resident module, or (name empty) the module itself."""

    module: str
    name: str


@dataclass
class Module:
    """One source: its syntax tree, what it defines at module level, what it mentions."""

    name: str
    source: bytes
    tree: ast.Module
    defines: set[str] = field(default_factory=set)
    constants: dict[str, "int | None"] = field(default_factory=dict)  # what is assigned once and never changes: the value of integers
    mentions: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)  # what is mentioned as a variable or a parameter
    bound: dict[str, Target] = field(default_factory=dict)  # module-level imports of resident things, by local name
    outside: dict[str, str] = field(default_factory=dict)  # other module-level imports: local name, and what it is

    def fail(self, node: ast.AST, why: str) -> LinkError:
        """Return the error that names the place."""
        return LinkError("%s, line %d: %s" % (self.name, getattr(node, "lineno", 0), why))


@dataclass
class Linked:
    """The linked image: its sources by path, and where each module begins in the linked source."""

    sources: dict[str, bytes]
    places: list[tuple[int, str]]
    meanings: dict[str, dict[str, str]]  # what names that are spelt otherwise stand for: in the linked module, and in each source by its path


def imports(nodes: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements that run when the module is loaded, in their order."""
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            yield from imports(ast.iter_child_nodes(node))


def stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that statements bind in their own scope."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        else:
            if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
                yield node.id
            elif isinstance(node, ast.ExceptHandler) and node.name:
                yield node.name
            yield from stored(ast.iter_child_nodes(node))


def nonlocals(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that statements say are of a function further out."""
    for node in nodes:
        if isinstance(node, ast.Nonlocal):
            yield from node.names
        elif not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            yield from nonlocals(ast.iter_child_nodes(node))


def is_marked(value: ast.expr) -> bool:
    """Whether a value is written as `const(...)`."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "const"


def _constant(node: ast.stmt, bindings: list[str]) -> "tuple[str, int | None] | None":
    """Name and value of `NAME = const(...)`, and of a name that is bound once, to plain data that the compiler can put in its place."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return None
    marked = is_marked(node.value)
    value = node.value.args[0] if isinstance(node.value, ast.Call) and marked else node.value
    name = node.targets[0].id
    if not marked and (bindings.count(name) > 1 or not _is_plain(value)):
        return None
    number = _number(value)
    return name, number


def _number(value: ast.expr) -> "int | None":
    """The integer that literals and arithmetic on them make, None for anything else."""
    for inner in ast.walk(value):
        if not isinstance(inner, (ast.BinOp, ast.operator)) and not (isinstance(inner, ast.Constant) and type(inner.value) is int):
            return None
    found: int = eval(compile(ast.Expression(value), "constant", "eval"), {"__builtins__": {}})
    return found


def _is_plain(value: ast.expr) -> bool:
    """Whether a value is literals and tuples of them, or an integer."""
    return _number(value) is not None or all(
        isinstance(inner, (ast.Tuple, ast.Load)) or isinstance(inner, ast.Constant) and isinstance(inner.value, (int, str, bytes)) for inner in ast.walk(value)
    )


def _bindings(tree: ast.Module) -> list[str]:
    """Every place where any scope binds a name, or gives one to an argument."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.append(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)) and node.name:
            found.append(node.name)
        elif isinstance(node, (ast.arg, ast.keyword)) and node.arg:
            found.append(node.arg)
        elif isinstance(node, ast.alias):
            found.append(node.asname or node.name)
    return found


def is_definition(node: ast.stmt) -> bool:
    """Whether a statement does nothing but give a name to a function, a class or plain data."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return not node.decorator_list
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) for target in node.targets) and all(
            isinstance(inner, (ast.Constant, ast.Tuple, ast.Load, ast.operator, ast.BinOp)) for inner in ast.walk(node.value)
        )
    return False


def read(name: str, source: bytes) -> Module:
    """Read one module. Raises: SyntaxError, LinkError."""
    module = Module(name, source, ast.parse(source))
    module.defines.update(stored(module.tree.body))
    bindings = _bindings(module.tree)
    module.constants.update(filter(None, (_constant(statement, bindings) for statement in module.tree.body)))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name):
            module.mentions.add(node.id)
            module.variables.add(node.id)
        elif isinstance(node, (ast.arg, ast.keyword)) and node.arg is not None:
            module.mentions.add(node.arg)
            module.variables.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            module.mentions.add(node.name)
        elif isinstance(node, ast.alias):
            module.mentions.add(node.asname or node.name.split(".")[0])
        elif isinstance(node, ast.Global):
            raise module.fail(node, "a global statement cannot be linked")
    return module
