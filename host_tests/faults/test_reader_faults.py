"""Card readers on their chip models: every fault they can have (docs/hardware.md 1), what is reported, and that it recovers."""

from __future__ import annotations

from typing import Optional

from chargepoint.drivers.rdm6300 import Rdm6300
from chargepoint.drivers.rfid_frame import LIST_TARGET, NACK, RF_RETRIES, WAKE_SAM
from chargepoint.drivers.rfid_uart import Pn532
from host_tests.faults.bench import Clock, ModelUart
from tools.sim.chips import pn532, rdm6300

FOUR = bytes.fromhex("DEADBEEF")
SEVEN = bytes.fromhex("04A1B2C3D4E5F6")
TEN = bytes.fromhex("0102030405060708090A")


class Desk:
    """A PN532 driver and its chip; `look_ms` = how often the loop comes by at least."""

    def __init__(self, look_ms: int = 1) -> None:
        self.clock = Clock()
        self.chip = pn532.Pn532()
        self.uart = ModelUart(self.clock, self.chip)
        self.reader = Pn532(self.uart)
        self.look_ms = look_ms
        self.results: list[tuple[int, int]] = []

    def run(self, ms: int) -> list[int]:
        """Let time pass; returns the poll results of that time that say something."""
        found = []
        for _ in range(ms):
            self.clock.ms += 1
            if self.clock.ms % self.look_ms == 0 and self.reader.next_due(self.clock.now) == 0:
                result = self.reader.poll(self.clock.now)
                if result:
                    found.append(result)
                    self.results.append((self.clock.ms, result))
        return found

    def uid(self) -> bytes:
        return bytes(self.reader.uid[: self.reader.uid_length])


def test_start_wakes_configures_and_polls() -> None:
    desk = Desk()
    assert desk.run(1000) == [2, 2, 2, 2]
    assert desk.uart.written[:3] == [WAKE_SAM, RF_RETRIES, LIST_TARGET]
    assert set(desk.uart.written[3:]) == {LIST_TARGET}


def test_cards_of_every_length_and_with_ats() -> None:
    for uid, ats in ((FOUR, b""), (SEVEN, b""), (TEN, b""), (SEVEN, bytes.fromhex("7577810280"))):
        desk = Desk()
        desk.run(400)
        desk.chip.tap(uid, ats=ats)
        assert 1 in desk.run(300)
        assert desk.uid() == uid
        desk.chip.remove()
        assert desk.run(600)[-1] == 2


def test_a_tap_of_300_ms_is_always_seen() -> None:
    for offset in range(0, 250, 7):
        desk = Desk()
        desk.run(400 + offset)
        desk.chip.tap(SEVEN)
        seen = desk.run(300)
        desk.chip.remove()
        seen += desk.run(300)
        assert 1 in seen, offset


def test_two_cards_give_one_of_them() -> None:
    desk = Desk()
    desk.run(400)
    desk.chip.tap(FOUR)
    desk.chip.tap(SEVEN)
    assert 1 in desk.run(300)
    assert desk.uid() in (FOUR, SEVEN)


def test_a_cascade_tag_is_rejected() -> None:
    desk = Desk()
    desk.run(400)
    desk.chip.tap(bytes.fromhex("8804A1B2"))
    assert 1 not in desk.run(1000)
    assert desk.reader.rejected > 0 and not desk.reader.failed


def test_one_spoilt_answer_costs_one_repetition() -> None:
    for fault in ("no_ack", "bad_lcs", "bad_dcs", "truncated", "extra_zeros", "garbage", "error"):
        desk = Desk()
        desk.run(400)
        desk.chip.tap(SEVEN)
        desk.chip.next_faults.append(fault)
        found = desk.run(800)
        assert 1 in found and desk.uid() == SEVEN, fault
        assert not desk.reader.failed, fault
        assert not desk.chip.next_faults


def test_a_broken_frame_is_asked_for_again_with_nack() -> None:
    desk = Desk()
    desk.run(400)
    desk.chip.next_faults.append("bad_dcs")
    before = len(desk.uart.written)
    desk.run(280)
    assert NACK in desk.uart.written[before:]
    assert desk.uart.written[before:].count(LIST_TARGET) <= 2


def test_bytes_that_come_one_by_one_are_enough() -> None:
    desk = Desk()
    desk.chip.faults.add("split")
    desk.chip.tap(FOUR)
    desk.run(3000)
    assert not desk.reader.failed


def test_a_silent_reader_fails_after_three_attempts_and_recovers_with_two_good_polls() -> None:
    desk = Desk()
    desk.run(1000)
    desk.chip.faults.add("silent")
    desk.run(2500)
    assert not desk.reader.failed
    desk.run(1500)
    assert desk.reader.failed
    before = desk.uart.written.count(WAKE_SAM)
    desk.run(30_000)
    wakes = desk.uart.written.count(WAKE_SAM) - before
    assert 5 <= wakes <= 30  # every 5 s, each with its repetitions
    desk.chip.power_cycle(desk.clock.us)  # plugged in again: it has forgotten everything
    desk.chip.faults.clear()
    desk.run(7000)
    assert not desk.reader.failed
    desk.chip.tap(SEVEN)
    assert 1 in desk.run(300)
    assert RF_RETRIES in desk.uart.written[-60:]


def test_a_power_dip_of_the_module_is_repaired_before_it_counts_as_failed() -> None:
    desk = Desk()
    desk.run(1000)
    desk.chip.power_cycle(desk.clock.us)
    desk.run(2500)
    assert not desk.reader.failed
    desk.chip.tap(FOUR)
    assert 1 in desk.run(300)


def test_a_loop_that_stalls_for_two_seconds_is_no_reader_failure() -> None:
    desk = Desk()
    desk.run(1000)
    for _ in range(10):
        desk.clock.ms += 2000
        desk.run(100)
    assert not desk.reader.failed


def test_a_slow_loop_still_sees_cards() -> None:
    desk = Desk(look_ms=50)
    desk.run(1000)
    desk.chip.tap(SEVEN)
    assert 1 in desk.run(500)


class TagDesk:
    """An RDM6300 driver and its model."""

    def __init__(self, variant: str) -> None:
        self.clock = Clock()
        self.chip = rdm6300.Rdm6300(variant)
        self.reader = Rdm6300(ModelUart(self.clock, self.chip))

    def run(self, ms: int) -> list[int]:
        """Let time pass; returns the poll results of that time."""
        found: list[int] = []
        for _ in range(ms):
            self.clock.ms += 1
            if self.reader.next_due(self.clock.now) == 0:
                found.append(self.reader.poll(self.clock.now))
        return found


def test_rdm6300_reports_and_survives_its_faults() -> None:
    tag = bytes.fromhex("3C00CE754C")
    for variant in ("rdm6300", "id12la"):
        for fault in (None, "bad_checksum", "not_hex", "restart", "silent", "break"):
            desk = TagDesk(variant)
            desk.run(500)
            desk.chip.tap(tag)
            if fault:
                desk.chip.faults.add(fault)
            found = desk.run(1000)
            seen: Optional[bytes] = bytes(desk.reader.uid[: desk.reader.uid_length]) if 1 in found else None
            assert (seen == tag) is (fault in (None, "restart")), (variant, fault)
            assert desk.reader.failed is (fault == "break")
            desk.chip.faults.clear()
            desk.run(6000)
            assert not desk.reader.failed
            desk.chip.remove()
            assert desk.run(500)[-1] == 2
