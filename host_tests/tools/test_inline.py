"""Functions that are called once stand at the place of their call, and the program is the same; what could differ stays a function."""

from __future__ import annotations

from typing import Any

import pytest

from tools.image.inline import inline

# Each is a module with run(n); the functions in the second column must have gone into others, those in the third must not.
SAME: list[tuple[str, str, set[str], set[str]]] = [
    (
        "a statement, and variables of the same name",
        """
def _count(log, number):
    total = number * 2
    log.append(total)
def run(n):
    log = []
    total = 7
    _count(log, n + 1)
    log.append(total)
    return log
""",
        {"_count"},
        set(),
    ),
    (
        "a returned call, from the midst and off the end",
        """
def _sort(number):
    if number > 2:
        return "large"
    for part in range(number):
        if part:
            return "two"
def run(n):
    if n != 9:
        return _sort(n)
    return "nine"
""",
        {"_sort"},
        set(),
    ),
    (
        "early returns become branches, the value a variable",
        """
def _sort(number):
    if number > 2:
        return "large"
    elif number == 2:
        return "two"
    number += 1
    if number:
        return number
    return None
def run(n):
    result = "mine"
    found = _sort(n)
    return found, result, n
""",
        {"_sort"},
        set(),
    ),
    (
        "a test",
        """
def _is_even(number):
    rest = number % 2
    return not rest
def run(n):
    if n == 7:
        return "seven"
    elif _is_even(n) and n:
        return "even"
    return "odd"
""",
        {"_is_even"},
        set(),
    ),
    (
        "methods, of the object itself and of another one",
        """
class Lamp:
    def __init__(self):
        self.watts = 0
    def dim(self, watts, floor=3):
        self.watts = watts
        if watts < floor:
            self.watts = floor
            return
        self.watts += 1
class Room:
    def __init__(self, n):
        self.lamp = Lamp()
        self.n = n
    def enter(self):
        self._light()
        return self.lamp.watts
    def _light(self):
        self.lamp.dim(self.n)
def run(n):
    room = Room(n)
    return room.enter(), room.lamp.watts
""",
        {"_light", "dim"},
        set(),
    ),
    (
        "an expression in any place",
        """
def _twice(number):
    return number * 2
def run(n):
    done = 0
    while done < 3 or done < _twice(n):
        done += 1
    return done
""",
        {"_twice"},
        set(),
    ),
    (
        "what is evaluated before the call stays before it",
        """
log = []
def say(word):
    log.append(word)
    return len(log)
def _second():
    found = say("second")
    return found
def run(n):
    log.clear()
    return say("first") + _second() + n, list(log)
""",
        set(),
        {"_second"},
    ),
    (
        "an argument that the body would see changed",
        """
class Meter:
    def __init__(self, n):
        self.wh = n
    def add(self):
        self._step(self.wh)
        return self.wh
    def _step(self, before):
        self.wh += 5
        self.wh += before
def run(n):
    return Meter(n).add()
""",
        {"_step"},
        set(),
    ),
    (
        "exceptions and what catches them",
        """
def _risky(number):
    try:
        return 10 // number
    except ZeroDivisionError as error:
        return str(error)
def run(n):
    if n != 3:
        return _risky(n)
    return "three"
""",
        {"_risky"},
        set(),
    ),
    (
        "a return from a loop stays a function's",
        """
def _find(number):
    for place in range(9):
        if place == number:
            return place
    return -1
def run(n):
    place = 99
    found = _find(n)
    return found, place
""",
        set(),
        {"_find"},
    ),
    (
        "a variable that a function inside holds",
        """
def _scale(number):
    factor = number
    return lambda value: value * factor
def run(n):
    factor = 100
    times = _scale(n)
    return times(3), factor
""",
        set(),
        {"_scale"},
    ),
    (
        "called twice, mentioned as a value, reached by its name",
        """
def _twice_called(a):
    return a + 1
def _value():
    return 1
def _named():
    return 2
class Box:
    def _named_too(self):
        return 3
def run(n):
    return _twice_called(n), _twice_called(2), [_value][0](), globals()["_named"](), getattr(Box(), "_named_too")()
""",
        set(),
        {"_twice_called", "_value", "_named", "_named_too"},
    ),
    (
        "two classes with methods of one name, and what a built-in object also has",
        """
class One:
    def shut(self):
        return "one"
    def append(self, n):
        return n
class Two:
    def shut(self):
        return "two"
def run(n):
    things = []
    things.append(n)
    return (One() if n else Two()).shut(), things
""",
        set(),
        {"shut", "append"},
    ),
    (
        "a global that the caller hides",
        """
size = 4
def _area():
    area = size * size
    return area
def run(n):
    size = n
    found = _area()
    return found, size
""",
        set(),
        {"_area"},
    ),
    (
        "a recursion and a property",
        """
def _down(n):
    return 0 if n <= 0 else _down(n - 1)
class Tank:
    @property
    def level(self):
        return 4
def run(n):
    return _down(n) if n < 0 else Tank().level
""",
        set(),
        {"_down", "level"},
    ),
]


def _outcome(source: bytes, argument: object) -> Any:
    names: dict[str, Any] = {}
    exec(source, names)
    try:
        return names["run"](argument)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize(("source", "gone", "kept"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_the_program_is_the_same(source: str, gone: set[str], kept: set[str]) -> None:
    plain = source.encode()
    done = inline(plain, [b"from linked import run\nrun(1)\nrun(2)\n"]).source
    for name in gone:
        assert b"def " + name.encode() not in done
    for name in kept:
        assert b"def " + name.encode() in done
    for argument in (-1, 0, 1, 2, 3, 7, 9, "text"):
        assert _outcome(done, argument) == _outcome(plain, argument)


def test_a_constant_is_not_used_before_the_compiler_knows_it() -> None:
    source = b"from micropython import const\ndef run(n):\n    return _late(n)\n_LIMIT = const(3)\ndef _late(n):\n    return n + _LIMIT\n"
    assert b"def _late" in inline(source, []).source


def test_a_name_that_another_module_mentions_stays() -> None:
    source = b"def _once():\n    return 1\ndef run():\n    return _once()\n"
    assert b"def _once" not in inline(source, []).source
    assert b"def _once" in inline(source, [b"from linked import _once\n"]).source
    assert b"def _once" in inline(source, [b"print(getattr(linked, '_once'))\n"]).source


def test_a_frame_that_the_stack_holds_does_not_outgrow_it() -> None:
    many = "\n".join("    v%d = n + %d" % (number, number) for number in range(12))
    source = "def _rare(n):\n%s\n    print(%s)\ndef run(n):\n    if n > 99:\n        _rare(n)\n" % (many, ", ".join("v%d" % number for number in range(12)))
    assert b"def _rare" in inline(source.encode(), []).source


def test_it_is_told_what_stands_where_and_how_lines_have_moved() -> None:
    source = b'def _inner():\n    a = 1; b = 2; c = 3; print(a); print(b); print(c)\n\ndef outer():\n    _inner()\n\ndef last():\n    """Last."""\n'
    done = inline(source, [b"outer()\nouter()\n"])
    assert done.inside == {"outer": ["_inner"]}
    ((after, more),) = done.moved
    lines = done.source.splitlines()
    assert (source.splitlines().index(b"def last():") > after - 1) and lines.index(b"def last():") == source.splitlines().index(b"def last():") + more
