"""Reads the lines of on_device.py and adds them up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_FRAME = re.compile(r'(in|out)\|\[(\d),_?"([^"]*)"(?:,_?"([A-Za-z]+)")?')


@dataclass
class Findings:
    """What the firmware took of its heap: bytes by module, by kind of turn and by message."""

    code: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)
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

    def turns(self) -> list[tuple[str, int, int]]:
        """Return (kind of turn, how many, most bytes that one allocated) for turns in which no message passed."""
        return [(name, figures[0], figures[1]) for name, figures in self._parts.items()]

    def _line(self, kind: str, name: str, *values: str) -> None:
        if kind == "code":
            self.code[name] = int(values[0])
        elif kind == "modules":
            self.modules = list(values)
        elif kind == "frames":
            self._frames(int(name), values)
        elif kind == "tick":
            self._most("safety tick", 1, int(values[0]))
        elif kind == "passes" and name == "idle":
            self._most("idle pass", int(values[0]), int(values[3]))
        elif kind == "part" and (name == "idle" or name.startswith("charging")):
            self._most({"ConnectorIo": "meter poll", "CardIo": "card poll"}.get(values[0], f"{values[0]} poll"), int(values[1]), int(values[4]))

    def _most(self, name: str, turns: int, most: int) -> None:
        figures = self._parts.setdefault(name, [0, 0])
        figures[0] += turns
        figures[1] = max(figures[1], most)

    def _frames(self, used: int, words: tuple[str, ...]) -> None:
        """Book a pass under the first message in it; a pass with two messages that do not belong together says nothing about either."""
        names = [name for word in words if (name := self._name(word))]
        if not names or len(names) > 2 or len(names) == 2 and names[1] != "-> answer to " + names[0][3:]:
            return
        self.messages[names[0]] = max(self.messages.get(names[0], 0), used)

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
