"""Puts functions that are called from one place only into that place, in the linked module of an image.

A function takes 50 to 60 bytes of heap (64-bit) whatever it does: itself, its place in the table of its class, its name. Sources are cut into functions
for readers; the heap of a charger need not pay for that. What is done is only what can be shown to be the same program by the names alone: the name is
defined once in the image and mentioned once, as a call, and the statement with the call is one in which the body can stand. Frames must not
outgrow the stack for it: those of more than FRAME_WORDS words the interpreter takes from the heap, in every call.
"""

from __future__ import annotations

import array
import ast
import binascii
import builtins
import collections
import copy
import hashlib
import io
import os
import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.image.inline_body import Body, Refused, cannot_move, frame_words

FRAME_WORDS = 11
# A call of such a name may be one of an object that is no class of the image.
_BUILT_IN = (str, bytes, bytearray, memoryview, list, tuple, dict, set, int, io.IOBase, io.StringIO, io.FileIO, socket.socket, collections.deque, array.array)
_MACHINE = (
    "init deinit value on off irq any read readinto write read_u16 read_uv duty duty_u16 duty_ns freq feed scan writeto readfrom_mem writeto_mem "
    "poll ipoll register unregister modify ifconfig isconnected status config active reset cause"
)
OF_THE_INTERPRETER = frozenset(_MACHINE.split()).union(dir(builtins), *map(dir, (*_BUILT_IN, os, select, struct, time, hashlib, binascii)))

# measure/on_device.py puts its own in their place.
MEASURED = frozenset(("run", "step", "tick", "trace"))


class _Function:
    """A function of the linked module or a method of one of its classes."""

    def __init__(self, node: ast.FunctionDef, owner: str) -> None:
        self.owner = owner
        self.taken_in: list[str] = []
        self.is_gone = False
        self.become(node)

    def become(self, node: ast.FunctionDef) -> None:
        """Have another body; `called` are the names that it calls, so that a caller is found without a walk over all of them."""
        self.node = node
        functions = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
        self.called = {func.id for func in functions if isinstance(func, ast.Name)} | {func.attr for func in functions if isinstance(func, ast.Attribute)}


@dataclass
class Inlined:
    """The new source; by function what stands in it now; after which line (of the old source) all that follows moved, and how far."""

    source: bytes
    inside: dict[str, list[str]]
    moved: list[tuple[int, int]]


def inline(source: bytes, others: Iterable[bytes]) -> Inlined:
    """Return the linked module with the functions that are called once in the places of their calls.

    Args: the linked module; all other modules of the image, which may mention its names. Raises: SyntaxError.
    """
    tree = ast.parse(source)
    functions = list(_functions(tree))
    mentions: Counter[str] = Counter()
    defined: Counter[str] = Counter()
    for part in (tree, *map(ast.parse, others)):
        mentions.update(_mentions(part))
        defined.update(_defined(part))
    constants = _constants(tree)
    methods = {function.node.name for function in functions if function.owner and not function.node.decorator_list and defined[function.node.name] == 1}
    for function in functions:
        name = function.node.name
        if (
            mentions[name] == 1
            and defined[name] == 1
            and name not in OF_THE_INTERPRETER | MEASURED
            and not name.startswith("__")
            and not cannot_move(function.node)
        ):
            _move(function, functions, methods, constants)
    return _written(source, functions)


def _functions(tree: ast.Module) -> Iterator[_Function]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield _Function(node, "")
        elif isinstance(node, ast.ClassDef):
            yield from (_Function(inner, node.name) for inner in node.body if isinstance(inner, ast.FunctionDef))


def _mentions(tree: ast.Module) -> Iterator[str]:
    """Every word by which a name could be reached."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.alias):
            yield from (*node.name.split("."), node.asname or "")


def _defined(tree: ast.Module) -> Iterator[str]:
    """Every name that is given to something, wherever."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg


def _constants(tree: ast.Module) -> dict[str, int]:
    """The line of each constant: the compiler knows it from there on only."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.lineno
    return found


def _move(function: _Function, functions: list[_Function], methods: set[str], constants: dict[str, int]) -> None:
    """Put a function into its only caller, if that is possible."""
    for caller in functions:
        if caller is function or caller.is_gone or function.node.name not in caller.called:
            continue
        call = _call_in(caller.node, function)
        if call is None:
            continue
        if any(isinstance(part, ast.Name) and constants.get(part.id, 0) > caller.node.lineno for part in ast.walk(function.node)):
            return
        changed = copy.deepcopy(caller.node)
        call = _call_in(changed, function)
        assert call is not None
        try:
            Body(function.node, bool(function.owner), changed, call, methods).put(changed.body, is_tail=True)
        except Refused:
            return
        if frame_words(changed) > FRAME_WORDS >= frame_words(caller.node):
            return
        caller.become(ast.fix_missing_locations(changed))
        caller.taken_in += [function.node.name, *function.taken_in]
        function.is_gone = True
        return


def _call_in(node: ast.FunctionDef, function: _Function) -> ast.Call | None:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            called = inner.func
            if not function.owner and isinstance(called, ast.Name) and called.id == function.node.name:
                return inner
            if function.owner and isinstance(called, ast.Attribute) and called.attr == function.node.name:
                return inner
    return None


def _written(source: bytes, functions: list[_Function]) -> Inlined:
    lines: list[bytes] = source.splitlines(keepends=True)
    inside: dict[str, list[str]] = {}
    moved = []
    for function in sorted(functions, key=lambda function: -function.node.lineno):
        if not function.is_gone and not function.taken_in:
            continue
        node = function.node
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
        end = node.end_lineno or node.lineno
        text: list[bytes] = []
        if not function.is_gone:
            inside.setdefault(node.name, []).extend(function.taken_in)
            indent = b"    " if function.owner else b""
            text = [indent + line.encode() + b"\n" for line in ast.unparse(node).splitlines()]
        more = len(text) - (end - first)
        if more > 0:
            moved.append((end, more))
        lines[first:end] = text + [b"\n"] * -more
    return Inlined(b"".join(lines), inside, moved[::-1])
