"""The slot state, the journal that keeps it on NOR flash under power cuts, and the image slots."""

from chargepoint.runtime.update.boot_journal import BootJournal
from chargepoint.runtime.update.image_slots import ImageSlots
from chargepoint.runtime.update.slot_state import has_failed, is_trial, on_start, on_trial, readable
from host_tests.portable import raises

BLOCK = 1024


class PowerCut(Exception):
    """The power fails."""


class Nor:
    """Blocks of NOR flash: programming clears bits, erasing sets all of a block. The power fails half way through operation `cut_in`."""

    def __init__(self, blocks: int) -> None:
        self.data = bytearray(b"\xff" * (blocks * BLOCK))
        self.cut_in = 0
        self.status = 0
        self.erased: "list[int]" = []

    def _half(self, length: int) -> int:
        self.cut_in -= 1
        return length // 2 if self.cut_in == 0 else length

    def readblocks(self, block: int, buf: bytearray, offset: int) -> None:
        start = block * BLOCK + offset
        buf[:] = self.data[start : start + len(buf)]

    def writeblocks(self, block: int, data: "bytes", offset: int) -> int:
        start = block * BLOCK + offset
        length = self._half(len(data))
        for n in range(length):
            self.data[start + n] &= data[n]
        if length < len(data):
            raise PowerCut
        return self.status

    def ioctl(self, command: int, block: int) -> int:
        assert command == 6
        self.erased.append(block)
        length = self._half(BLOCK)
        self.data[block * BLOCK : block * BLOCK + length] = b"\xff" * length
        if length < BLOCK:
            raise PowerCut
        return self.status


def test_a_slot_on_trial_starts_three_times_and_then_the_good_one_for_ever() -> None:
    for good, tried in (("a", "b"), ("b", "a")):
        state = on_trial(good)
        started = []
        for _ in range(6):
            slot, state = on_start(state)
            started.append(slot)
            assert is_trial(state, slot) == (slot == tried)
            assert has_failed(state, slot) == (slot == good)
        assert started == [tried] * 3 + [good] * 3
        assert on_start(good + "--") == (good, good + "--")


def test_a_state_that_nobody_can_read_starts_what_make_flash_has_put_there() -> None:
    for text in ("ba1", "ab0", "b--", "a--"):
        assert readable(text) == text
    for text, state in (("", "a--"), ("b", "b--"), ("a", "a--"), ("b\n", "b--"), ("xyz", "a--"), ("ab4", "a--"), ("aa3", "a--")):
        assert readable(text) == state, text


def test_the_journal_has_the_old_state_or_the_new_after_a_cut_in_any_operation() -> None:
    states = ("a--", "ab3", "ab2", "b--", "ba3", "ba0")
    nor = Nor(3)
    journal = BootJournal(nor, 1, BLOCK)
    assert journal.state == "a--"
    before = "a--"
    for n in range(400):  # through both blocks, several times
        state = states[n % len(states)]
        for cut in (1, 2):
            nor.cut_in = cut
            try:
                journal.write(state)
            except PowerCut:
                pass
            nor.cut_in = 0
            journal = BootJournal(nor, 1, BLOCK)
            assert journal.state in (before, state), (n, cut)
        if journal.state != state:
            journal.write(state)
        journal = BootJournal(nor, 1, BLOCK)
        assert journal.state == state, n
        before = state
    assert nor.data[:BLOCK] == b"\xff" * BLOCK
    assert len(nor.erased) < 40, "an entry is added, not a block erased"


def test_a_flash_that_fails_is_told() -> None:
    nor = Nor(2)
    nor.status = -28
    assert raises(OSError, BootJournal(nor, 0, BLOCK).write, "ab3").args[0] == 28


def test_image_slots_write_the_slot_that_does_not_run_and_nothing_else() -> None:
    data = bytes([n * 13 & 0xFF for n in range(1900)])
    for running, first in (("a", 1 + 2 + 3), ("b", 1 + 2)):
        nor = Nor(10)
        slots = ImageSlots("board", nor, 1, 3, BLOCK, running)
        assert slots.room() == 3 * BLOCK and slots.state() == "a--" and slots.prepare()
        for _ in range(2):  # the second time over what is there
            slots.begin(len(data))
            for at in range(0, len(data), 77):
                slots.write(memoryview(data)[at : at + 77])
            slots.finish()
            start = first * BLOCK
            assert nor.data[start : start + len(data)] == data
            rest = nor.data[:start] + nor.data[start + 2 * BLOCK :]
            assert rest == b"\xff" * len(rest)
        slots.set_state("ab3")
        assert ImageSlots("board", nor, 1, 3, BLOCK, running).state() == "ab3"
