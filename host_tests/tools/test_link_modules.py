"""Linked images: the program stays the same, what cannot be linked is refused, tracebacks can be read back."""

from __future__ import annotations

import json
import sys
import traceback
import types
from typing import Any

import pytest

from tools import build_image
from tools.explain_traceback import Names
from tools.image.link_model import LINKED, LinkError
from tools.image.link_modules import link

TICKS = b"""
from micropython import const
PERIOD = const(7)
_LIMIT = const(3)
TABLE = (1, 2, 3)
def add(a, b):
    return a + b + _LIMIT
def _private():
    return "ticks"
def who():
    return _private()
def nobody_calls_this():
    return TABLE
"""
PARTS = b"""
import struct
from ticks import PERIOD, add as plus
import ticks
_LIMIT = 40
def add(a, b):
    return plus(a, b) * PERIOD
def _private():
    return "parts"
class Part:
    add = 5
    def __init__(self, start):
        self._start = start
    def total(self, PERIOD_ms=2):
        def inner(extra):
            nonlocal PERIOD_ms
            PERIOD_ms += extra
            return [add(number, PERIOD_ms) for number in range(2)]
        return inner(1), self.add, ticks.add(1, 1), _private(), ticks.who(), _LIMIT, struct.calcsize("<I"), self._late()
    def _late(self):
        from late import answer
        return answer(self._start)
class Unused:
    pass
"""
LATE = b"""
from ticks import PERIOD, add
import parts as home
def answer(start):
    return PERIOD, add(start, 1), home.add(1, 1), home.Part.add
"""
MAIN = b"""
from parts import Part
def run(start):
    return Part(start).total()
"""
SOURCES = {"ticks.py": TICKS, "parts.py": PARTS, "late.py": LATE, "main.py": MAIN}


def _run(sources: dict[str, bytes], start: int) -> Any:
    """Load the modules as an image's and call main.run."""
    made = {name[:-3]: types.ModuleType(name[:-3]) for name in sources}
    micropython = types.ModuleType("micropython")
    setattr(micropython, "const", lambda value: value)  # noqa: B010
    before = {name: sys.modules.get(name) for name in (*made, "micropython")}
    sys.modules["micropython"] = micropython
    try:
        waiting = [name for name in (LINKED, "ticks", "parts", "late", "main") if name in made]
        for name in waiting:
            sys.modules[name] = made[name]
            exec(compile(sources[name + ".py"], name, "exec"), made[name].__dict__)
        return made["main"].run(start)
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def test_the_program_does_the_same() -> None:
    linked = link(SOURCES, ["parts"], ["main"])
    assert sorted(linked.sources) == ["late.py", "main.py", LINKED + ".py"]
    for start in range(4):
        assert _run(linked.sources, start) == _run(SOURCES, start)


def test_what_nothing_mentions_is_left_out_and_constants_need_no_global() -> None:
    text = link(SOURCES, ["parts"], ["main"]).sources[LINKED + ".py"].decode()
    assert "nobody_calls_this" not in text and "Unused" not in text and "TABLE" not in text
    assert "\nPERIOD =" not in text and "_PERIOD = const(7)" in text


def test_every_line_keeps_its_number() -> None:
    linked = link(SOURCES, ["parts"], ["main"])
    names = Names(json.dumps({"places": linked.places, "meanings": linked.meanings}))
    text = linked.sources[LINKED + ".py"].decode().splitlines()
    line = next(number for number, content in enumerate(text, 1) if "struct.calcsize" in content)
    expected = next(number for number, content in enumerate(PARTS.decode().splitlines(), 1) if "struct.calcsize" in content)
    assert names.place(LINKED, line) == ("parts.py", expected)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"x = 1\ndef f():\n    global x\n    x = 2\n", "global"),
        (b"import parts\ndef f():\n    return g(parts)\n", "used as an object"),
        (b"from parts import Nothing\n", "does not define Nothing"),
        (b"import parts\nx = parts.nothing\n", "is not defined there"),
        (b"from ticks import add\nimport parts\nparts.x = 1\n", "is not defined there"),
        (b"def f():\n    return globals()\n", "table of names"),
    ],
)
def test_what_cannot_be_resolved_is_refused(bad: bytes, why: str) -> None:
    with pytest.raises(LinkError, match=why):
        link({**SOURCES, "bad.py": bad}, ["parts", "bad"], ["main"])


def test_modules_that_import_each_other_are_refused() -> None:
    with pytest.raises(LinkError, match="each other"):
        link({"a.py": b"import b\n", "b.py": b"import a\n"}, ["a"], [])


def test_a_traceback_reads_as_from_the_sources() -> None:
    broken = {**SOURCES, "ticks.py": TICKS.replace(b'return "ticks"', b"return 1 // 0")}
    linked = link(broken, ["parts"], ["main"])
    names = Names(json.dumps({"places": linked.places, "meanings": linked.meanings}))
    try:
        _run(linked.sources, 1)
    except ZeroDivisionError as error:
        lines = [line for line in traceback.format_exception(error) if 'File "pilotline"' in line]
    explained = names.explain("".join(lines))
    number = 1 + broken["ticks.py"].decode().splitlines().index("    return 1 // 0")
    assert 'File "ticks.py", line %d, in _private' % number in explained
    assert 'File "parts.py"' in explained and "in total" in explained


@pytest.mark.parametrize(("board", "product"), [(board, "full") for board in build_image.boards()])
def test_every_image_links_and_keeps_what_must_run_first_apart(board: str, product: str) -> None:
    linked = build_image.device_sources({name: path.read_bytes() for name, path in build_image.sources(board, product).items()})
    assert {"boot.py", "main.py", "safe_outputs.py", "product.py"} <= linked.sources.keys()
    assert "chargepoint/core/charge_point.py" not in linked.sources and "board.py" not in linked.sources
    for early in ("boot.py", "safe_outputs.py"):
        assert LINKED not in linked.sources[early].decode(), "the outputs are made safe before anything that can fail"
