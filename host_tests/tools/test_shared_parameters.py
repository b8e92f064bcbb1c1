"""Shared parameter names in images: the program stays the same, and what anybody else mentions keeps its name."""

from __future__ import annotations

from typing import Any

import pytest

from tools.build_image import sources
from tools.image.shared_parameters import share_parameters

ONE = b"""
from micropython import const
_LIMIT = const(3)
class Base:
    def __init__(self, offset, *, wanted=2):
        self._offset = offset
        self._shared = wanted
        self.public = 0
    def _step(self, number):
        def inner(extra):
            nonlocal number
            number += extra
            return number + self._offset
        return inner(1) + sum(number * item for item in range(_LIMIT)) + (lambda value, number=5: value + number)(number)
    def run(self, number):
        try:
            return self._step(number) + self._shared
        except ValueError as number:
            return number
"""
TWO = b"""
from one import Base
class Derived(Base):
    def __init__(self, start):
        Base.__init__(self, start, wanted=7)
        self._own = start
    def total(self, number):
        return self.run(number) + self._own + self._shared
"""


def _run(modules: dict[str, bytes]) -> Any:
    space: dict[str, Any] = {"const": int}
    for name in ("one.py", "two.py"):
        code = modules[name].decode().replace("from micropython import const", "").replace("from one import Base", "")
        exec(compile(code, name, "exec"), space)
    return space["Derived"]


def test_the_program_does_the_same() -> None:
    short = share_parameters({"one.py": ONE, "two.py": TWO})
    for start in range(5):
        for number in range(5):
            assert _run(short)(start).total(number) == _run({"one.py": ONE, "two.py": TWO})(start).total(number)


def test_everything_but_parameters_keeps_its_name() -> None:
    derived = _run(share_parameters({"one.py": ONE, "two.py": TWO}))(4)
    assert derived._shared == 7 and derived.public == 0 and hasattr(derived, "_step") and "_offset" in vars(derived)
    with pytest.raises(TypeError):
        derived.run(number=1)


@pytest.mark.parametrize("product", ["lecs007", "full"])
def test_the_firmware_has_fewer_names(product: str) -> None:
    modules = {name: path.read_bytes() for name, path in sources("virtual", product).items()}
    short = share_parameters(modules)
    assert short.keys() == modules.keys()

    def names(sources_: dict[str, bytes]) -> set[str]:
        found: set[str] = set()
        for name, content in sources_.items():
            code = [compile(content, name, "exec", optimize=2)]
            while code:
                current = code.pop()
                found.update(current.co_names, current.co_varnames[: current.co_argcount])
                code.extend(constant for constant in current.co_consts if hasattr(constant, "co_names"))
        return found

    assert len(names(short)) < len(names(modules)) - 120


def test_what_people_call_with_keywords_keeps_its_arguments() -> None:
    short = share_parameters({"diag.py": b"def log(count=40, boot=None):\n    return count, boot\n", "other.py": b"def f(item):\n    return item\n"})
    space: dict[str, Any] = {}
    exec(short["diag.py"], space)
    assert space["log"](count=1, boot=7) == (1, 7) and b"item" not in short["other.py"]
