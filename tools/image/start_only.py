"""Finds what only the start of the firmware calls, so that an image can forget it once the charger runs, as kernels do with their init sections.

A constructor that ran once, and what it called, would stay in the heap for ever: 32 bytes a function (64-bit). The function `forget_start_code` of
the sources does nothing; in an image it puts None in the place of those functions (a deleted name would keep its value). The decision goes by
name alone and errs on keeping: whatever could be called later, by anybody who mentions its name in any way, stays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

FORGET = "forget_start_code"
# What main.py calls before it forgets; everything else that a module outside of the linked one mentions stays.
STARTED_BY = {"main.py": {"App", "build"}}


@dataclass
class _Function:
    """One function of the linked module: a method, a constructor, or one of the module itself (no class)."""

    owner: str
    node: ast.FunctionDef
    calls: set[str] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        """The name that calls it: of a constructor, the class."""
        return self.owner if self.node.name == "__init__" else self.node.name


def _notes(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """The names that statements call, and those that they mention in any other way, for getattr too."""
    calls: set[str] = set()
    mentions: set[str] = set()
    called: set[ast.AST] = set()
    for node in (inner for outer in nodes for inner in _walk(outer)):
        if isinstance(node, ast.Call):
            called.add(node.func)
        name = _name(node)
        if name:
            (calls if node in called else mentions).add(name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            mentions.add(node.value)
        elif isinstance(node, ast.alias):
            mentions.update((*node.name.split("."), node.asname or node.name))
    return calls, mentions


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that become code: no docstrings, no annotations."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
                yield from _walk(child)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else ""


def _functions(tree: ast.Module) -> Iterator[_Function]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield _Function("", node)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield _Function(node.name, inner)


def _is_kept(function: _Function, bases: dict[str, list[str]]) -> bool:
    """Whether the interpreter itself may call it: special methods, and all of a class that inherits from something outside of the image."""
    name = function.node.name
    if name.startswith("__") and name != "__init__":
        return True
    return any(base not in bases for base in bases.get(function.owner, ()))


def forget(sources: dict[str, bytes], linked: str) -> dict[str, bytes]:
    """Return the modules of an image, by path, with the function that forgets written; without one of that name nothing changes."""
    others = {path: source for path, source in sources.items() if path != linked}
    for node in ast.parse(sources[linked]).body:
        if isinstance(node, ast.FunctionDef) and node.name == FORGET:
            lines = sources[linked].splitlines(keepends=True)
            text = _forgetting(start_only(sources[linked], others))
            space = (node.end_lineno or 0) - node.lineno + 1
            assert len(text) <= space, "the lines of %s must suffice, so that all others keep their number" % FORGET
            lines[node.lineno - 1 : node.end_lineno] = [line.encode() + b"\n" for line in text] + [b"\n"] * (space - len(text))
            return {**others, linked: b"".join(lines)}
    return sources


def _forgetting(functions: list[tuple[str, str]]) -> list[str]:
    own = [name for owner, name in functions if not owner]
    constructed = [owner for owner, name in functions if owner and name == "__init__"]
    methods = ["%s.%s" % function for function in functions if function[0] and function[1] != "__init__"]
    return [
        "def %s():" % FORGET,
        "    for owner in (%s): owner.__init__ = None" % "".join(name + ", " for name in constructed),
        "    %s; %s" % ("global " + ", ".join(own) if own else "pass", " = ".join(own + methods + ["None"])),
    ]


def start_only(linked: bytes, others: dict[str, bytes]) -> list[tuple[str, str]]:
    """Return class (or nothing) and name of every function of the linked module that nothing needs once the firmware runs.

    Args: the source of the linked module; those of all other modules of the image by their path.
    """
    tree = ast.parse(linked)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    bases = {name: [ast.unparse(base) for base in node.bases] for name, node in classes.items()}
    functions = list(_functions(tree))
    needed: set[str] = set()
    called: set[str] = set()
    for path, source in others.items():
        calls, mentions = _notes([ast.parse(source)])
        needed |= (calls | mentions) - STARTED_BY.get(path, set())
    outside = [node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    outside += [inner for node in classes.values() for inner in node.body if not isinstance(inner, ast.FunctionDef)]
    needed |= _notes(outside)[1]
    properties = set()
    for function in functions:
        function.calls, function.mentions = _notes(function.node.body + [*function.node.args.defaults])
        if function.node.decorator_list:
            properties.add(function.node.name)
    for function in functions:
        needed |= function.mentions - properties
        called |= function.calls | function.mentions
    for path, names in STARTED_BY.items():
        called |= names if path in others else set()
    waiting = functions
    while True:
        for name in needed & set(bases):
            needed.update(bases[name])
        # What nobody calls is for people at the prompt, and so is what it needs.
        found = [function for function in waiting if function.key in needed or function.key not in called or _is_kept(function, bases)]
        if not found:
            return [(function.owner, function.node.name) for function in waiting]
        waiting = [function for function in waiting if function not in found]
        for function in found:
            needed |= function.calls | function.mentions | {function.key}
