"""What only the start calls is forgotten in an image; what anybody could still call stays."""

from __future__ import annotations

import pytest

from tools.image.start_only import forget, start_only

LINKED = "linked.py"
ENGINE = b'''
def forget_start_code():
    """Nothing.

    Room for what the builder writes.
    """
def build():
    return Engine()
class Engine:
    """One."""
    def __init__(self):
        self.valves = [Valve(number) for number in self._numbers()]
        self.turn = self._turned
    def _numbers(self):
        return range(2)
    def _turned(self):
        return len(self.valves)
    def run(self):
        return self.turn()
    def at_the_prompt(self):
        return self._for_people()
    def _for_people(self):
        return "for people"
class Valve:
    """Several."""
    def __init__(self, number):
        self.number = number
        self._settle()
    def _settle(self):
        pass
    def __len__(self):
        return 1
class App:
    """All."""
    def __init__(self):
        self.engine = build()
        self.engine._for_people()
'''
STREAM = b"""
import io
class Stream(io.IOBase):
    def __init__(self):
        pass
    def readinto(self, buf):
        pass
class App:
    def __init__(self):
        Stream().readinto(b"")
"""
FAMILY = b"""
class Above:
    def __init__(self):
        pass
class Below(Above):
    def __init__(self):
        super().__init__()
class App:
    def __init__(self):
        Above()
        Below()
"""
MAIN = b"from linked import App\napp = App()\napp.engine.run()\n"


def _found(linked: bytes, **others: bytes) -> set[str]:
    found = start_only(linked, {"main.py": MAIN, **{name + ".py": source for name, source in others.items()}})
    return {owner + "." + name for owner, name in found}


def test_constructors_and_what_only_they_call_are_found() -> None:
    assert _found(ENGINE) == {".build", "Engine.__init__", "Engine._numbers", "Valve.__init__", "Valve._settle", "App.__init__"}


@pytest.mark.parametrize(
    ("late", "kept"),
    [
        (b"from linked import Valve\nValve(3)\n", {"Valve.__init__", "Valve._settle"}),
        (b"def again(engine):\n    engine._numbers()\n", {"Engine._numbers"}),
        (b"getattr(object(), '_settle')\n", {"Valve._settle"}),
    ],
)
def test_what_another_module_mentions_stays(late: bytes, kept: set[str]) -> None:
    assert _found(ENGINE) - _found(ENGINE, late=late) == kept


def test_a_callback_and_what_only_people_call_stay() -> None:
    assert not _found(ENGINE) & {"Engine._turned", "Engine.at_the_prompt", "Engine._for_people", "Engine.run", "Valve.__len__"}


def test_all_of_a_class_that_the_interpreter_calls_stays() -> None:
    assert _found(STREAM) == {"App.__init__"}


def test_a_subclass_that_is_made_later_keeps_the_constructor_above_it() -> None:
    assert "Above.__init__" in _found(FAMILY)
    assert "Above.__init__" not in _found(FAMILY, late=b"from linked import Below\nBelow()\n")


def test_an_image_runs_on_after_it_has_forgotten_and_every_line_keeps_its_number() -> None:
    done = forget({LINKED: ENGINE, "main.py": MAIN}, LINKED)[LINKED]
    assert [line for line in done.splitlines() if line.startswith(b"class")] == [line for line in ENGINE.splitlines() if line.startswith(b"class")]
    assert done.splitlines().index(b"class Engine:") == ENGINE.splitlines().index(b"class Engine:")
    names: dict[str, object] = {}
    exec(done, names)
    exec(
        "app = App(); forget_start_code(); length = app.engine.run(); prompt = app.engine.at_the_prompt(); forgotten = (build, App.__init__, Valve._settle)",
        names,
    )
    assert (names["length"], names["prompt"]) == (2, "for people")
    assert names["forgotten"] == (None, None, None)


def test_an_image_without_the_function_stays_as_it_is() -> None:
    sources = {LINKED: b"def run():\n    pass\n", "main.py": b"run()\n"}
    assert forget(sources, LINKED) == sources
