"""Shared names of private attributes in images: the program stays the same, nobody else's name changes, the list of names says what is meant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools import build_image
from tools.explain_traceback import Names
from tools.image.link_model import LINKED
from tools.image.shared_attributes import share_attributes

ONE = b"""
class Base:
    def __init__(self, other):
        self._first = 1
        self._read_by_others = 2
        self._by_name = 3
        self._common = 4
        self.public = 5
        self._other = other
    def _step(self):
        self._first += 1
        return self._first + getattr(self, "_by_name")
"""
TWO = b"""
from one import Base
class Derived(Base):
    def __init__(self, other):
        Base.__init__(self, other)
        self._second = 6
    def total(self):
        return self._step() + self._second + self._first + self._common + self._read_by_others
class Stranger:
    def __init__(self, derived):
        self._common = 7
        self._alone = 8
        self._derived = derived
    def total(self):
        return self._common + self._alone + self._derived._read_by_others
"""


def _run(modules: dict[str, bytes]) -> dict[str, Any]:
    space: dict[str, Any] = {}
    for name in ("one.py", "two.py"):
        exec(compile(modules[name].decode().replace("from one import Base", ""), name, "exec"), space)
    return space


def test_the_program_does_the_same() -> None:
    plain, short = _run({"one.py": ONE, "two.py": TWO}), _run(share_attributes({"one.py": ONE, "two.py": TWO})[0])
    for space in (plain, short):
        space["derived"] = space["Derived"](None)
    assert short["derived"].total() == plain["derived"].total()
    assert short["Stranger"](short["derived"]).total() == plain["Stranger"](plain["derived"]).total()


def test_only_private_data_of_one_family_shares_names() -> None:
    space = _run(share_attributes({"one.py": ONE, "two.py": TWO})[0])
    derived, stranger = space["Derived"](None), space["Stranger"](None)
    for name in ("_read_by_others", "_by_name", "_common", "public", "_step", "total"):
        assert hasattr(derived, name)
    assert not hasattr(derived, "_first") and not hasattr(stranger, "_alone")
    assert set(vars(stranger)) & set(vars(derived)) > {"_common"}, "unrelated classes share them"
    assert len(vars(derived)) == 7, "a class and those that inherit from it do not"


def test_the_list_of_names_says_which_attribute_is_meant() -> None:
    short, meanings = share_attributes({"one.py": ONE, "two.py": TWO})
    names = Names(json.dumps({"places": [], "meanings": {LINKED: {}, **meanings}}))
    space = _run(short)
    (spelling,) = (name for name, value in vars(space["Stranger"](None)).items() if value == 8)
    text = 'File "two", line 13, in total\nAttributeError: no such attribute\n' + "'Stranger' object has no attribute '%s'\n" % spelling
    assert "_alone" in names.explain(text)


@pytest.mark.parametrize("product", ["lecs007", "full", "duo"])
def test_the_names_of_the_firmware_stay_below_a_doubling_of_the_table(product: str) -> None:
    linked = build_image.device_sources(build_image.read_sources("virtual", product))
    data = build_image.compile_module(LINKED + ".py", linked.sources[LINKED + ".py"], "")
    assert _names_in(data) < 1250  # some 80 of them are in the interpreter's own table; 80 more come with what is loaded for a moment; doubled at 1,270


def _names_in(mpy: bytes) -> int:
    """The names in a compiled module that are not among those which every interpreter has: the header, then their number, length and text."""
    place = 4

    def number() -> int:
        nonlocal place
        value = 0
        while True:
            byte = mpy[place]
            place += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    count, _ = number(), number()
    own = 0
    for _ in range(count):
        length = number()
        if not length & 1:
            place += (length >> 1) + 1
            own += 1
    return own
