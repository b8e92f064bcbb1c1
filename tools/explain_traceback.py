"""Reads a traceback of a charger back into the sources it was built from.

    python tools/explain_traceback.py build/images/W5500_EVB_PICO-lecs007/names.json < traceback.txt

Images link the modules that stay loaded into one, `pilotline`, and give private names short ones; this puts the files, the lines and the names of
the sources in their place. The names file is the one that was written beside the image that the charger runs.
"""

from __future__ import annotations

import bisect
import json
import re
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.image.link_model import LINKED

_LINE = re.compile(r'File "([^"]+)", line (\d+)(?:, in (\w+))?')
_ATTRIBUTE = re.compile(r"(?<=has no attribute ')\w+(?=')")


class Names:
    """What a names file says."""

    def __init__(self, text: str) -> None:
        """Take the content of a names file. Raises: ValueError when it is none."""
        content = json.loads(text)
        self._places: list[tuple[int, str]] = [(int(line), str(path)) for line, path in content["places"]]
        self._meanings: dict[str, dict[str, str]] = content["meanings"]

    def place(self, module: str, line: int) -> tuple[str, int]:
        """Return the file and the line of the sources, for a module and a line of the image."""
        if module != LINKED:
            return module.replace(".", "/") + ".py", line
        first, path = self._places[bisect.bisect_right(self._places, line, key=lambda place: place[0]) - 1]
        return path, line - first + 1

    def meaning(self, path: str, linked: bool, name: str) -> str:
        """Return what a function or attribute is called in the sources."""
        own = self._meanings.get(path, {}).get(name)
        other = self._meanings[LINKED].get(name) if linked else None
        return " or ".join(found for found in (own, other) if found) or name

    def explain(self, text: str) -> str:
        """Return a text with every place and name in it replaced that can be."""
        done = []
        path, linked = "", False
        for line in text.splitlines():
            found = _LINE.search(line)
            if found is not None:
                linked = found[1] == LINKED
                path, number = self.place(found[1], int(found[2]))
                name = ", in " + self.meaning(path, linked, found[3]) if found[3] else ""
                line = line[: found.start()] + 'File "%s", line %d%s' % (path, number, name) + line[found.end() :]
            else:
                attribute = _ATTRIBUTE.search(line)
                if attribute is not None:
                    line = line[: attribute.start()] + self.meaning(path, False, attribute[0]) + line[attribute.end() :]
            done.append(line + "\n")
        return "".join(done)


def main() -> int:
    """Explain what comes on standard input."""
    if len(sys.argv) != 2:
        print("usage: explain_traceback.py NAMES < TRACEBACK; the names file lies beside the image", file=sys.stderr)
        return 2
    try:
        names = Names(Path(sys.argv[1]).read_text("utf-8"))
    except (OSError, ValueError, KeyError) as error:
        print("explain_traceback: %s is no names file: %s" % (sys.argv[1], error), file=sys.stderr)
        return 2
    sys.stdout.write(names.explain(sys.stdin.read()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
