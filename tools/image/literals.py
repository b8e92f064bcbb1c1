"""Keeps the texts and bytes of an image out of the heap, after its modules are linked into one.

Every literal that is no short word is an object in the heap of its own: 40 bytes (64-bit), wherever its characters lie. Two things are done.
Equal ones become one: a constant that the compiler puts in the place of each. And the sentences for people (errors, log lines, reasons) become one text,
out of which `text_at` takes one when it is said: saying something allocates anyhow. Functions whose docstring promises `Allocates: none` keep theirs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.image.source_edit import SourceEdit

INTERNED = 10  # the compiler interns texts up to so many characters: no object then
_READER = """
def text_at(place):
    texts = {texts!r}
    return texts[place : texts.index("\\n", place)]
"""


def save_literals(source: bytes) -> bytes:
    """Return the linked module with fewer literals. Lines keep their numbers. Raises: SyntaxError."""
    return _join_equal(_take_sentences(source))


def _take_sentences(source: bytes) -> bytes:
    tree = ast.parse(source)
    if any(isinstance(node, ast.Name) and node.id == "text_at" for node in ast.walk(tree)):
        return source
    edit = SourceEdit(source)
    places: dict[str, int] = {}
    end = 0
    for node in _sentences(tree):
        text = str(node.value)
        if text not in places:
            places[text] = end
            end += len(text) + 1
        edit.replace(node, "text_at(%d)" % places[text])
    if len(places) < 3:
        return source
    return edit.result() + _READER.format(texts="".join(text + "\n" for text in places)).encode()


def _sentences(tree: ast.Module) -> Iterator[ast.Constant]:
    """The texts for people in functions that may allocate: several words, or what an exception is made of."""
    for function in _functions(tree):
        if "Allocates: none" in (ast.get_docstring(function) or ""):
            continue
        for statement in function.body:
            for node in _code(statement):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > INTERNED:
                    if " " in node.value.strip() and "\n" not in node.value:
                        yield node


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef):
                yield inner


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that become code: no docstrings, no annotations, no parts of an f-string, nothing that is compared."""
    if isinstance(node, (ast.Compare, ast.JoinedStr)) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in ("annotation", "returns"):
                yield from _code(child)


def _join_equal(source: bytes) -> bytes:
    tree = ast.parse(source)
    found: dict[bytes | str, list[ast.Constant]] = {}
    for literal in (literal for statement in tree.body for literal in _literals(statement)):
        assert isinstance(literal.value, (bytes, str))
        found.setdefault(literal.value, []).append(literal)
    edit = SourceEdit(source)
    constants: list[str] = []
    for value, literals in found.items():
        if len(literals) > 1:
            name = "_L%d" % len(constants)
            constants.append("; %s = const(%r)" % (name, value))
            for literal in literals:
                edit.replace(literal, name)
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "micropython":
            edit.replace(statement, ast.unparse(statement) + "".join(constants))
            return edit.result()
    return source


def _literals(node: ast.AST) -> Iterator[ast.Constant]:
    """Literals that become objects, where a name may stand in their place."""
    for inner in _whole(node):
        if isinstance(inner, ast.Constant) and (isinstance(inner.value, bytes) and inner.value or isinstance(inner.value, str) and len(inner.value) > INTERNED):
            yield inner


def _whole(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.JoinedStr) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Tuple) and all(isinstance(part, (ast.Constant, ast.Name)) for part in node.elts):
        return  # as a whole it is one constant
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in ("annotation", "returns"):
                yield from _whole(child)
