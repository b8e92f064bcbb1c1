"""Every event that the firmware notes has a name in core/events.py and a text in diag/event_texts.py."""

from __future__ import annotations

import re

from chargepoint.core import events
from chargepoint.diag import event_texts
from host_tests.rules.sources import PACKAGE, python_files

_NUMBERS = {name: value for name, value in vars(events).items() if name.startswith("EV_")}
_NOTED = re.compile(r"(?:\.note|events\.add|self\.add)\(\s*(?:(EV_\w+)(?: if .+? else (EV_\w+))?|(\d+))")


def test_every_event_has_a_number_of_its_own_and_a_text() -> None:
    texts = {int(line[:3]) for line in event_texts._TEXTS.decode().splitlines()}
    assert len(set(_NUMBERS.values())) == len(_NUMBERS)
    missing = sorted(name for name, number in _NUMBERS.items() if number not in texts)
    assert not missing, f"no text in diag/event_texts.py: {missing}"


def test_events_are_noted_by_name_and_each_of_them_is() -> None:
    noted = set()
    for source in python_files(PACKAGE):
        for name, other, number in _NOTED.findall(source.text):
            assert not number, f"{source.name} notes {number}: give it a name in core/events.py"
            noted |= {name, other}
    assert _NUMBERS.keys() - noted <= {"EV_CLOCK_SET"}, "nobody notes these"


def test_the_texts_are_in_order_and_once() -> None:
    numbers = [int(line[:3]) for line in event_texts._TEXTS.decode().splitlines()]
    assert numbers == sorted(set(numbers))
    assert all(100 <= number < 400 for number in numbers)
