"""Sizes that a reader can keep in mind: no function over a screen, no class with more than 20 attributes unless it says why."""

from __future__ import annotations

import ast

import pytest

from host_tests.rules.sources import Source, device_files

SOURCES = [pytest.param(source, id=source.name) for source in device_files()]
LONGEST_FUNCTION = 60
MOST_ATTRIBUTES = 20
REASON = f"more than {MOST_ATTRIBUTES} attributes"
CLASSES = {node.name: node for source in device_files() for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)}


def long_functions(tree: ast.Module) -> list[str]:
    """Functions of more than LONGEST_FUNCTION lines."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                found.append(f"{node.name}: {lines} lines")
    return found


def attributes_of(node: ast.ClassDef) -> set[str]:
    """What a class and the classes of ours that it is made from give themselves: cutting a class in two by inheritance makes it no smaller."""
    found = set()
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in CLASSES and base.id != node.name:
            found |= attributes_of(CLASSES[base.id])
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store) and isinstance(child.value, ast.Name) and child.value.id == "self":
            found.add(child.attr)
    return found


def wide_classes(tree: ast.Module) -> list[str]:
    """Classes with more than MOST_ATTRIBUTES attributes and no word about it in their docstring."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and len(attributes_of(node)) > MOST_ATTRIBUTES:
            if REASON not in " ".join((ast.get_docstring(node) or "").split()):
                found.append(f"{node.name}: {len(attributes_of(node))} attributes, and no reason in its docstring")
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_functions_fit_a_screen(source: Source) -> None:
    assert not long_functions(source.tree)


@pytest.mark.parametrize("source", SOURCES)
def test_classes_are_small_or_say_why_not(source: Source) -> None:
    assert not wide_classes(source.tree)


def test_the_rules_see_what_they_are_for() -> None:
    assert long_functions(ast.parse("def f():\n" + " x = 1\n" * LONGEST_FUNCTION)) == [f"f: {LONGEST_FUNCTION + 1} lines"]
    wide = "class A:\n def f(self):\n" + "".join(f"  self.a{n} = 0\n" for n in range(MOST_ATTRIBUTES + 1))
    assert len(wide_classes(ast.parse(wide))) == 1
    assert not wide_classes(ast.parse(wide.replace("A:\n", f"A:\n 'It has {REASON} as this is a test.'\n")))
