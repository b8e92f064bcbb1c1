"""Card events: once for each time a card is held to the reader, as text a back end knows. docs/hardware.md 1.4."""

from chargepoint.runtime.hardware.card_io import CardIo
from chargepoint.util.signals import FAULT_READER
from host_tests.portable import without_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

START = 2**30 - 1000
A = bytes.fromhex("DEADBEEF")
B = bytes.fromhex("04A1B2C3D4E5F6")


class Reader:
    """Says what it is told to."""

    def __init__(self) -> None:
        self.uid = bytearray(10)
        self.uid_length = 0
        self.failed = False
        self.result = 2

    def hold(self, uid: "bytes | None") -> None:
        self.result = 1 if uid else 2
        self.uid_length = len(uid) if uid else 0
        for n in range(self.uid_length):
            self.uid[n] = uid[n]  # type: ignore[index]

    def poll(self, now: int) -> int:
        return self.result

    def next_due(self, now: int) -> int:
        return 250


class Core:
    """What core would hear."""

    def __init__(self) -> None:
        self.cards: "list[str]" = []
        self.faults: "list[tuple[int, int, bool]]" = []

    def on_card(self, id_tag: str, now: int) -> None:
        self.cards.append(id_tag)

    def on_fault(self, connector: int, code: int, active: bool, now: int) -> None:
        self.faults.append((connector, code, active))


def play(script: "list[tuple[bytes | None, int]]", **options: "Any") -> "list[str]":
    """Hold each card for that many polls of 250 ms."""
    reader = Reader()
    core = Core()
    io = CardIo(reader, **options)
    now = START
    for uid, polls in script:
        reader.hold(uid)
        for _ in range(polls):
            io.service(core, now)  # type: ignore[arg-type, unused-ignore]
            now = (now + 250) % 2**30
    return core.cards


def test_a_card_is_reported_once_while_it_stays() -> None:
    assert play([(None, 4), (A, 40), (None, 4)]) == ["DEADBEEF"]


def test_again_only_after_two_empty_polls_and_two_seconds() -> None:
    assert play([(A, 2), (None, 1), (A, 20)]) == ["DEADBEEF"]  # missed once
    assert play([(A, 2), (None, 2), (A, 2)]) == ["DEADBEEF"]  # too soon
    assert play([(A, 2), (None, 7), (A, 2)]) == ["DEADBEEF"] * 2
    assert play([(A, 20), (None, 2), (A, 2)]) == ["DEADBEEF"] * 2


def test_another_card_is_reported_at_once() -> None:
    assert play([(A, 2), (B, 2), (A, 2)]) == ["DEADBEEF", "04A1B2C3D4E5F6", "DEADBEEF"]


def test_the_text_can_be_what_the_back_end_wants() -> None:
    tag = bytes.fromhex("3C00CE754C")
    assert play([(A, 1)], reverse=True) == ["EFBEADDE"]
    assert play([(A, 1)], lower=True) == ["deadbeef"]
    assert play([(tag, 1)]) == ["3C00CE754C"]
    assert play([(tag, 1)], skip=1) == ["00CE754C"]
    assert play([(tag, 1)], skip=1, decimal=True) == ["0013530444"]  # as printed on the tag


def test_a_ten_byte_uid_fills_an_id_tag() -> None:
    assert play([(bytes(range(1, 11)), 1)]) == ["0102030405060708090A"]


def test_reader_failure_is_said_once_each_way() -> None:
    reader = Reader()
    core = Core()
    io = CardIo(reader)
    for failed in (False, True, True, False, False):
        reader.failed = failed
        io.service(core, START)  # type: ignore[arg-type, unused-ignore]
    assert core.faults == [(0, FAULT_READER, True), (0, FAULT_READER, False)]


def test_an_idle_poll_allocates_nothing() -> None:
    reader = Reader()
    core = Core()
    io = CardIo(reader)

    def once() -> None:
        io.service(core, START)  # type: ignore[arg-type, unused-ignore]

    once()
    without_heap(once)
    reader.hold(A)
    once()
    without_heap(once)  # the same card again


def test_the_same_card_days_later_is_a_card_again() -> None:
    for days in (1, 6, 6.3, 7, 9, 12, 13):
        reader = Reader()
        core = Core()
        io = CardIo(reader)
        now = START
        reader.hold(A)
        io.service(core, now)  # type: ignore[arg-type, unused-ignore]
        reader.hold(None)
        for _ in range(int(days * 24)):
            now = (now + 3600000) % 2**30
            io.service(core, now)  # type: ignore[arg-type, unused-ignore]
        reader.hold(A)
        io.service(core, now)  # type: ignore[arg-type, unused-ignore]
        assert core.cards == ["DEADBEEF"] * 2, days
