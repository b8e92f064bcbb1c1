"""Every event that the firmware notes has a text, and nobody gives a number of another's another meaning."""

from __future__ import annotations

import re

from chargepoint.diag import event_texts
from host_tests.rules.sources import PACKAGE, python_files

_CONSTANT = re.compile(r"^_(?:EV|NOTE)_(\w+) = const\((\d+)\)", re.MULTILINE)
_NO_ENTRY = {0}  # the head of a file of the log


def test_every_event_that_is_noted_has_a_text() -> None:
    texts = {int(line[:3]) for line in event_texts._TEXTS.decode().splitlines()}
    noted = {(int(number), f"{source.name}: {name}") for source in python_files(PACKAGE) for name, number in _CONSTANT.findall(source.text)}
    assert noted
    missing = sorted(where for number, where in noted if number not in texts | _NO_ENTRY)
    assert not missing, f"no text in diag/event_texts.py: {missing}"


def test_the_texts_are_in_order_and_once() -> None:
    numbers = [int(line[:3]) for line in event_texts._TEXTS.decode().splitlines()]
    assert numbers == sorted(set(numbers))
    assert all(100 <= number < 400 for number in numbers)
