"""The free-running ADC of the rp2 boards on a chip that is played: registers, two chained DMA channels, a PWM on the pilot's input."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any, Optional

import pytest

ADC = 0x4004C000
CS, FCS, FIFO, DIV = ADC, ADC + 8, ADC + 12, ADC + 16
RING_ADDRESS = 0x20001000


@pytest.fixture(name="rp2_adc")
def _module(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "boards" / "shared"))
    yield importlib.import_module("rp2_adc")
    sys.modules.pop("rp2_adc")


class Channel:
    """A DMA channel, of what the ring uses."""

    def __init__(self, chip: "Chip", channel: int) -> None:
        self.chip = chip
        self.channel = channel
        self.count = self.reload = self.index = 0
        self.write = 0
        self.fields: dict[str, int] = {}
        self.busy = False

    def pack_ctrl(self, **fields: int) -> dict[str, int]:
        return {"chain_to": self.channel, "inc_read": 1, "inc_write": 1, "size": 2, "treq_sel": 63, **fields}

    def config(self, *, read: Any, write: Any, count: int, ctrl: dict[str, int]) -> None:
        self.read_from, self.target, self.reload, self.count, self.fields = read, write, count, count, ctrl
        self.write = write if isinstance(write, int) else RING_ADDRESS

    def active(self, on: int) -> bool:
        assert on
        self.start()
        return True

    def start(self) -> None:
        self.busy = True
        self.count = self.reload
        self.index = 0
        if self.fields["treq_sel"] == 63:  # unpaced: through at once
            assert self.count == 1 and self.fields["size"] == 2 and not self.fields["inc_write"]
            self.chip.write_register(self.target, self.read_from[0])
            self.busy = False

    def take(self, sample: int) -> bool:
        """A sample from the FIFO. False when nobody takes it."""
        if not self.busy:
            return False
        assert self.fields["treq_sel"] == 36 and self.fields["size"] == 1 and not self.fields["inc_read"] and self.read_from == FIFO
        self.target[self.index] = sample
        self.index += 1
        self.count -= 1
        if not self.count:
            self.busy = False
            self.chip.channels[self.fields["chain_to"]].start()
        return True


class Chip:
    """Time in nanoseconds; the ADC converts while it is told to. `volts` is the pilot's upper plateau, `slow` the code of each other input."""

    def __init__(self, step: int) -> None:
        self.now_ns = 0
        self.registers = {CS: 0, FCS: 0, DIV: 0}
        self.channels: list[Channel] = []
        self.conversion = 0
        self.duty = 65535
        self.high_mv = 9000
        self.slow = {1: 1000, 2: 2000}
        self.stopped = False
        self.step = step
        self._next_ns = 0
        self._order: list[int] = []

    def dma(self) -> Channel:
        self.channels.append(Channel(self, len(self.channels)))
        return self.channels[-1]

    def __getitem__(self, address: int) -> int:
        return self.registers[address]

    def __setitem__(self, address: int, value: int) -> None:
        if address == FCS:
            value &= ~0xC00
        self.registers[address] = value
        if address == CS and value & 8:
            mask = value >> 16 & 31
            first = value >> 12 & 7
            order = [n for n in range(5) if mask >> n & 1]
            self._order = order[order.index(first) :] + order[: order.index(first)]
            self._next_ns = self.now_ns

    def write_register(self, address: int, value: int) -> None:
        number, register = divmod(address - 0x50000000, 0x40)
        assert register == 0x2C and value == RING_ADDRESS
        self.channels[number].start()

    def code(self, number: int) -> int:
        if number:
            return self.slow[number]
        high = self.duty == 65535 or self.now_ns % 1000000 * 65536 < self.duty * 1000000
        return (((self.high_mv if high else -12000) + 15464) * 1024 // 496 + 1) >> 4

    def run_us(self, us: int) -> None:
        end_ns = self.now_ns + us * 1000
        every_ns = ((self.registers[DIV] >> 8) + 1) * 1000 // 48
        while self._order and not self.stopped and self._next_ns <= end_ns:
            self.now_ns = self._next_ns
            number = self._order[self.conversion % len(self._order)]
            self.conversion += 1
            self._next_ns += every_ns
            if not self.channels[0].take(self.code(number)):
                self.registers[FCS] |= 1 << 11
        self.now_ns = end_ns

    def ticks_us(self) -> int:
        self.run_us(7)
        return self.now_ns // 1000

    def duty_u16(self, duty: Optional[int] = None) -> int:
        if duty is not None:
            self.duty = duty
        return self.duty


def build(rp2_adc: Any, inputs: tuple[int, ...]) -> tuple[Chip, Any, Any]:
    chip = Chip(len(inputs))
    ring = rp2_adc.AdcRing(inputs, chip.dma, chip)
    return chip, ring, rp2_adc.RingPilot(chip, ring, chip.ticks_us)


@pytest.mark.parametrize("inputs", [(0,), (0, 2), (0, 1, 2)])
def test_each_input_is_read_every_20_us_whatever_their_number(rp2_adc: Any, inputs: tuple[int, ...]) -> None:
    chip, ring, pilot = build(rp2_adc, inputs)
    assert not pilot.trouble
    before = chip.conversion
    chip.run_us(10000)
    assert abs(chip.conversion - before - 500 * len(inputs)) <= 2 * len(inputs)
    for place, number in enumerate(inputs):
        expected = chip.code(0) if not number else chip.slow[number]
        assert rp2_adc.RingInput(ring, place).read_u16() == expected << 4


@pytest.mark.parametrize("inputs", [(0, 2), (0, 1, 2)])
def test_the_pilot_is_right_at_every_phase(rp2_adc: Any, inputs: tuple[int, ...]) -> None:
    chip, _, pilot = build(rp2_adc, inputs)
    for offer_ma in (6000, 16000, 32000, 51000, 80000):
        pilot.offer(offer_ma)
        for high_mv, state in ((9000, 1), (6000, 2), (3000, 3)):
            chip.high_mv = high_mv
            for _ in range(40):
                chip.run_us(10025)  # the phase moves on by a fortieth of the period
                assert pilot.sample(state) == state and pilot.low_mv < -11800, (offer_ma, state)
        for _ in range(65):
            chip.run_us(10000)
            pilot.sample(3)
        assert not pilot.duty_wrong()


def test_the_ring_begins_anew_for_ever(rp2_adc: Any) -> None:
    chip, ring, pilot = build(rp2_adc, (0, 2))
    chip.high_mv = 12000
    for turn in range(300):  # nearly 1200 turns of the ring
        chip.run_us(9990 + turn % 20)
        assert pilot.sample(0) == 0 and rp2_adc.RingInput(ring, 1).read_u16() == chip.slow[2] << 4
    assert not chip.registers[FCS] >> 11 & 1


def test_an_adc_that_stands_still_is_no_pilot(rp2_adc: Any) -> None:
    chip, _, pilot = build(rp2_adc, (0, 2))
    chip.high_mv = 12000
    chip.run_us(10000)
    assert pilot.sample(0) == 0
    chip.stopped = True
    chip.run_us(10000)
    pilot.sample(0)
    assert [pilot.sample(0) for _ in range(3)] == [6, 6, 6]


def test_a_lost_sample_is_no_pilot_for_good(rp2_adc: Any) -> None:
    chip, _, pilot = build(rp2_adc, (0, 2))
    chip.run_us(10000)
    assert pilot.sample(1) == 1
    chip.channels[0].busy = False  # the DMA stops: the FIFO runs over
    chip.run_us(100)
    chip.channels[0].busy = True
    for _ in range(3):
        chip.run_us(10000)
        assert pilot.sample(1) == 6


def test_a_converter_of_another_pace_is_trouble(rp2_adc: Any) -> None:
    chip = Chip(2)
    ring = rp2_adc.AdcRing((0, 2), chip.dma, chip)
    chip.registers[DIV] = 900 << 8  # a clock that is not what it should be
    assert "readings take" in rp2_adc.RingPilot(chip, ring, chip.ticks_us).trouble
