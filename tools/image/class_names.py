"""Takes two names out of the table of every class of an image: `__module__` and `__qualname__`.

The compiler stores both at the start of a class body, the interpreter never reads them (a class is told its name apart from its body), and they
would keep 32 bytes of heap a class (64-bit), for the table grows in steps. Deleted at once, their places go to the first two methods.
"""

from __future__ import annotations

import ast

from tools.image.source_edit import SourceEdit

_LEFT_OUT = "del __module__, __qualname__"


def without_class_names(sources: dict[str, bytes]) -> dict[str, bytes]:
    """Return the modules of an image, by path; in every class with a docstring the deletion stands in its place. Raises: SyntaxError."""
    done = {}
    for path, source in sources.items():
        edit = SourceEdit(source)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and ast.get_docstring(node) is not None:
                edit.replace(node.body[0], _LEFT_OUT)
        done[path] = edit.result()
    return done
