"""What the recording machine and network modules write down: one list for each thing done to the hardware, in order."""

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

events: "list[list[Any]]" = []


def note(*words: "Any") -> None:
    """Write down one thing."""
    events.append(list(words))


def report(**facts: "Any") -> None:
    """Print everything as one line of JSON for the test."""
    facts["events"] = events
    print("@board " + json.dumps(facts))
