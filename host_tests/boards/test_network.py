"""Names to addresses in bounded time, and the W5500's interface being switched off and on when it needs it, not otherwise."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from boards.shared import name_lookup
from tools import build_image

REQUEST = name_lookup.query(b"\x12\x34", "cs.example.org")
QUESTION = b"\x02cs\x07example\x03org\x00\x00\x01\x00\x01"


def answer(records: bytes, count: int, flags: bytes = b"\x81\x80", number: bytes = b"\x12\x34", question: bytes = QUESTION) -> bytes:
    return number + flags + b"\0\x01" + count.to_bytes(2, "big") + b"\0\0\0\0" + question + records


ADDRESS = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07"  # 192.0.2.7
ALIAS = b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x06\x03www\xc0\x0f"


def test_the_question_is_that_of_rfc_1035() -> None:
    assert REQUEST == b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + QUESTION


def test_the_first_address_of_the_answer_counts_behind_aliases_too() -> None:
    assert name_lookup.answered(answer(ADDRESS, 1), REQUEST) == "192.0.2.7"
    assert name_lookup.answered(answer(ALIAS + ADDRESS, 2), REQUEST) == "192.0.2.7"
    assert name_lookup.answered(answer(ADDRESS, 1, question=QUESTION.replace(b"cs", b"CS")), REQUEST) == "192.0.2.7"


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        answer(ADDRESS, 1)[:30],
        answer(ADDRESS, 1, number=b"\x12\x35"),
        answer(ADDRESS, 1, flags=b"\x01\x00"),  # a question
        answer(ADDRESS, 1, flags=b"\x81\x83"),  # no such name
        answer(ADDRESS, 1, question=QUESTION.replace(b"cs", b"xs")),
        answer(b"", 0),
        answer(ALIAS, 1),
        answer(ADDRESS[:-6], 1),
        answer(b"\xff" * 20, 3),
    ],
)
def test_what_is_no_answer_to_the_question_gives_no_address(wrong: bytes) -> None:
    assert name_lookup.answered(wrong, REQUEST) is None


@pytest.mark.parametrize("cut", range(len(answer(ALIAS + ADDRESS, 2))))
def test_an_answer_cut_anywhere_never_raises(cut: int) -> None:
    assert name_lookup.answered(answer(ALIAS + ADDRESS, 2)[:cut], REQUEST) is None


class Asked(name_lookup.NameLookup):
    """Counts the questions and answers them from a table."""

    def __init__(self, table: dict[str, str]) -> None:
        super().__init__(lambda: "192.0.2.53")
        self.table = table
        self.questions: list[str] = []

    def _ask(self, host: str) -> str | None:
        self.questions.append(host)
        return self.table.get(host)


def test_literal_addresses_ask_nobody() -> None:
    names = Asked({})
    assert names.address("192.0.2.1") == "192.0.2.1" and names.questions == []


def test_a_kept_address_serves_one_attempt_then_it_is_asked_again() -> None:
    names = Asked({"cs": "192.0.2.7"})
    assert names.address("cs") == "192.0.2.7"  # asked
    assert names.address("cs") == "192.0.2.7"  # kept
    assert names.questions == ["cs"]
    names.table["cs"] = "192.0.2.8"  # it moved
    assert names.address("cs") == "192.0.2.8"
    assert names.questions == ["cs", "cs"]


def test_a_silent_name_server_does_not_take_the_address_away() -> None:
    names = Asked({"cs": "192.0.2.7"})
    names.address("cs")
    names.table.clear()
    assert [names.address("cs") for _ in range(4)] == ["192.0.2.7"] * 4
    with pytest.raises(OSError):
        names.address("never.known")


def test_what_is_kept_is_bounded() -> None:
    names = Asked({"n%d" % n: "192.0.2.%d" % n for n in range(20)})
    for n in range(20):
        names.address("n%d" % n)
    assert len(names._known) <= 4


def test_an_impossible_name_and_no_name_server_are_errors_at_once() -> None:
    for host in ("a..b", "x" * 64 + ".org"):
        with pytest.raises(OSError):
            name_lookup.query(b"\0\0", host)
    with pytest.raises(OSError):
        name_lookup.NameLookup(lambda: "0.0.0.0").address("cs.example")


class Interface:
    """A W5500 behind network.WIZNET5K: status 0 no link, 1 link and down, 2 link and up."""

    def __init__(self) -> None:
        self.state = 2
        self.stuck = False
        self.cycles: list[bool] = []

    def status(self) -> int:
        return self.state

    def isconnected(self) -> bool:
        return self.state == 2

    def active(self, on: bool) -> None:
        self.cycles.append(on)
        if on and self.state == 1 and not self.stuck:
            self.state = 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    now = [1000]
    monkeypatch.setattr(time, "ticks_ms", lambda: now[0] % 2**30, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda a, b: (a - b + 2**29) % 2**30 - 2**29, raising=False)
    monkeypatch.syspath_prepend(str(build_image.SHARED))
    monkeypatch.syspath_prepend(str(build_image.BOARDS / "W5500_EVB_PICO"))
    yield now
    for name in ("wiznet", "ethernet", "name_lookup"):
        sys.modules.pop(name, None)


def _network(interface: Interface) -> Any:
    return importlib.import_module("wiznet").WiznetNetwork(interface)


def _pass(network: Any, clock: list[int], ms: int) -> list[bool]:
    seen = []
    for _ in range(0, ms, 250):
        clock[0] += 250
        seen.append(network.cable())
    return seen


def test_a_good_link_and_a_short_interruption_are_left_alone(clock: list[int]) -> None:
    interface = Interface()
    network = _network(interface)
    assert all(_pass(network, clock, 60_000))
    interface.state = 0
    assert not any(_pass(network, clock, 5000))
    interface.state = 2
    assert all(_pass(network, clock, 5000))
    assert interface.cycles == []


def test_a_cable_that_was_away_for_long_gets_a_new_address(clock: list[int]) -> None:
    interface = Interface()
    network = _network(interface)
    interface.state = 0
    _pass(network, clock, 60_000)
    interface.state = 2
    assert all(_pass(network, clock, 60_000))
    assert interface.cycles == [False, True]


def test_an_interface_that_took_itself_down_is_switched_on_again(clock: list[int]) -> None:
    interface = Interface()
    network = _network(interface)
    _pass(network, clock, 20_000)
    interface.state = 1
    assert _pass(network, clock, 1000)[-1]
    assert interface.cycles == [False, True]


@pytest.mark.parametrize("days", (1, 6, 6.3, 7, 9, 12, 13))
def test_one_that_goes_down_after_days_is_switched_on_at_once(clock: list[int], days: float) -> None:
    interface = Interface()
    network = _network(interface)
    for _ in range(int(days * 24)):
        clock[0] += 3_600_000
        assert network.cable()
    interface.state = 1
    assert _pass(network, clock, 1000)[-1]
    assert interface.cycles == [False, True]


def test_one_that_stays_down_is_not_tried_all_the_time(clock: list[int]) -> None:
    interface = Interface()
    interface.stuck = True
    network = _network(interface)
    interface.state = 1
    _pass(network, clock, 60_000)
    assert 2 * 4 <= len(interface.cycles) <= 2 * 6  # 0.4 s of blocking each


def test_without_an_interface_the_charger_is_offline(clock: list[int]) -> None:
    network = importlib.import_module("ethernet").Network(None)
    assert network.cable() is False
    with pytest.raises(OSError):
        network.resolve("cs.example", 80)
    assert network.resolve("192.0.2.1", 80) == ("192.0.2.1", 80)
