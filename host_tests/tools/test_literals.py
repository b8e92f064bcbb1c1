"""Sentences and repeated literals of an image: said as before, and no objects of their own."""

from __future__ import annotations

from typing import Any

from tools.image.literals import save_literals

SOURCE = b'''"""A module."""
from micropython import const
_LONG = const("a name of which nobody takes anything")
class Door:
    """One door."""
    reason = "no sentence of a class moves"
    def open(self, key):
        """Open it."""
        if key == "the word is said and compared":
            self.reason = "it stands open"
        elif key not in b"+-":
            raise ValueError("key %s does not fit: %s" % (key, "nobody has such a one"))
        return b"+-", self.reason, "configurationKey", f"{key} of {self.reason}"
    def shut(self, key: "a quoted note of its type"):
        """Shut it. Allocates: none."""
        self.reason = "it does not move here"
        return b"+-"[0], "configurationKey"
    def lock(self, bolt="the bolt of every day"):
        note: "a note with several words" = bolt
        return note, ("one of several words", "another of several words")
'''


def _run(source: bytes) -> tuple[list[Any], Any]:
    names: dict[str, Any] = {}
    exec(source.replace(b"from micropython import const", b"const = lambda value: value"), names)
    door = names["Door"]()
    said: list[Any] = [door.reason, door.shut(b"+"), door.reason, door.open(b"+"), door.lock()]
    for key in (b"no", "the word is said and compared"):
        try:
            said.append(door.open(key))
        except (ValueError, TypeError) as error:
            said.append(str(error))
    return said, door


def test_everything_says_what_it_said() -> None:
    assert _run(save_literals(SOURCE))[0] == _run(SOURCE)[0]


def test_sentences_lie_in_one_text() -> None:
    lines = save_literals(SOURCE).decode().splitlines()
    where = {text: [number for number, line in enumerate(lines) if text in line] for text in ("does not fit", "nobody has", "stands open", "one of several")}
    last = len(lines) - 2
    assert set(map(tuple, where.values())) == {(last,)}, where
    for text in ("no sentence of a class", "said and compared", "does not move here", "the bolt of every day"):
        assert text not in lines[last]


def test_what_must_not_allocate_keeps_its_texts() -> None:
    shut = save_literals(SOURCE).decode().split("def shut")[1].split("def lock")[0]
    assert "text_at" not in shut


def test_equal_literals_are_one_constant() -> None:
    done = save_literals(SOURCE).decode()
    assert done.count("'+-'") + done.count('"+-"') == 1
    assert done.count("configurationKey") == 1


def test_lines_keep_their_numbers() -> None:
    before, after = SOURCE.decode().splitlines(), save_literals(SOURCE).decode().splitlines()
    assert [number for number, line in enumerate(after) if "def " in line][:-1] == [number for number, line in enumerate(before) if "def " in line]


def test_a_module_that_says_little_stays_as_it_is() -> None:
    source = b"from micropython import const\ndef door():\n    return 'only one sentence', b'+'\n"
    assert save_literals(source) == source
