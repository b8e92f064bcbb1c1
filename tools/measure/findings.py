"""Reads the lines of on_device.py and adds them up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_FRAME = re.compile(r'(in|out)\|\[(\d),_?"([^"]*)"(?:,_?"([A-Za-z]+)")?')


@dataclass
class Findings:
    """What the firmware took of its heap: bytes by module, by kind of turn and by message (with the parts that took them)."""

    code: dict[str, int] = field(default_factory=dict)
    passes: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _parts: dict[str, list[int]] = field(default_factory=dict)
    _calls: dict[tuple[str, str], str] = field(default_factory=dict)

    def read(self, log: str) -> None:
        """Take in every marked line of a log."""
        for line in log.splitlines():
            _, mark, rest = line.partition("@bench ")
            if mark:
                self._line(*rest.split(" "))

    def turns(self) -> list[tuple[str, int, int, int]]:
        """Return (kind of turn, how many, how many of them allocated, most bytes that one allocated), of turns without a message."""
        return [(name, figures[0], figures[1], figures[2]) for name, figures in self._parts.items()]

    def messages(self) -> list[tuple[str, int, str]]:
        """Return (message, bytes, the parts that took them) of the median pass of each: in some, something else comes along by chance."""
        return [(name, *sorted(found)[(len(found) - 1) // 2]) for name, found in sorted(self.passes.items())]

    def _line(self, kind: str, name: str, *values: str) -> None:
        if kind == "code":
            self.code[name] = int(values[0])
        elif kind == "modules":
            self.modules = list(values)
        elif kind == "frames":
            self._frames(int(name), values[0], values[1:])
        elif kind == "tick":
            self._most("safety tick", 1, int(values[0] != "0"), int(values[0]))
        elif kind == "passes" and name == "idle":
            self._most("idle pass", int(values[0]), int(values[1]), int(values[3]))
        elif kind == "part" and (name == "idle" or name.startswith("charging")):
            turn = {"ConnectorIo": "meter poll", "CardIo": "card poll"}.get(values[0], f"{values[0]} poll")
            self._most(turn, int(values[1]), int(values[2]), int(values[4]))

    def _most(self, name: str, turns: int, allocating: int, most: int) -> None:
        figures = self._parts.setdefault(name, [0, 0, 0])
        figures[0] += turns
        figures[1] += allocating
        figures[2] = max(figures[2], most)

    def _frames(self, used: int, parts: str, words: tuple[str, ...]) -> None:
        """Book a pass under the first message in it; a pass with two messages that do not belong together says nothing about either."""
        names = [name for word in words if (name := self._name(word))]
        if not names or len(names) > 2 or len(names) == 2 and names[1] != "-> answer to " + names[0][3:]:
            return
        self.passes.setdefault(names[0], []).append((used, parts.replace(",", ", ").replace("_", " ")))

    def _name(self, word: str) -> str:
        match = _FRAME.match(word)
        if match is None:
            return ""
        direction, kind, unique_id, action = match.groups()
        arrow = "<-" if direction == "in" else "->"
        if kind == "2":
            self._calls[(direction, unique_id)] = action
            return f"{arrow} {action}"
        asked = self._calls.pop(("out" if direction == "in" else "in", unique_id), "?")
        return f"{arrow} answer to {asked}"
