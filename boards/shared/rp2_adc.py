"""The ADC of the RP2040 and the RP2350, running free over the board's inputs into a ring that the DMA writes. Datasheet RP2040, 2.5 and 4.9.

Reading one sample from Python takes 9 us there, a burst of the pilot nearly 2 ms of each tick. So the ADC converts by itself, each input every
20 us, and the tick looks at what is in the ring: it costs no time, every sample has its own, and no two readers share a converter.
"""

import sys
from array import array

from micropython import const

from chargepoint.drivers.pilot import Pilot
from chargepoint.drivers.pilot_burst import judge_span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from chargepoint.drivers.bus import Pwm

_RP2350 = "RP2350" in getattr(sys.implementation, "_machine", "")
_ADC = 0x400A0000 if _RP2350 else 0x4004C000
_REQUEST = 48 if _RP2350 else 36  # of the ADC, to the DMA
_CS = const(0)  # registers of the ADC
_FCS = const(8)
_FIFO = const(12)
_DIV = const(16)
_ENABLE = const(1)
_START_MANY = const(8)
_INPUT_SHIFT = const(12)
_ROUND_SHIFT = const(16)
_FIFO_REQUESTS = const(1 << 24 | 3 << 10 | 1 << 3 | 1)  # from one sample on; what was lost before is forgotten; ask the DMA; on
_LOST = const(1 << 11)
_DMA = const(0x50000000)
_CHANNEL_BYTES = const(0x40)
_RESTART = const(0x2C)  # write address, and begin again

_CYCLES = const(960)  # of 48 MHz: 20 us for a round over all inputs
_ROUNDS = const(128)  # in the ring: 2.56 ms
_SAMPLES = const(58)  # of the pilot in a burst: 1.16 ms
_PERIOD = const(50)
_FIRST_LOOKS = const(1000)  # some 2 ms
_WATCH_US = const(2000)
_TIMES = const(5)  # an interrupt may lengthen one


class AdcRing:
    """The converter and its ring. The order of the inputs in the ring is theirs, ascending, from its start on.

    What its readers need are its attributes, no functions: the tick has little stack. The next sample goes to len(ring) - data.count. A sample
    that was lost shows in the register `status`: nobody knows any more which is whose.

    Args: inputs: numbers of the ADC's inputs, ascending; their pins are inputs of the ADC already. dma: rp2.DMA. registers: machine.mem32.
    Allocates: at construction.
    """

    def __init__(self, inputs: "tuple[int, ...]", dma: "Callable[[], Any]", registers: "Any") -> None:
        """Start it: from now on nothing else may use the ADC. Blocks: 20 us, at most some 2 ms."""
        self.step = len(inputs)
        self.ring = array("H", bytes(2 * _ROUNDS * self.step))
        self.registers = registers
        self.status = _ADC + _FCS
        self.data = data = dma()
        self._again = again = dma()  # writes the ring's address into the first channel when that is through: it begins anew
        registers[_ADC + _CS] = _ENABLE
        registers[_ADC + _DIV] = (_CYCLES // self.step - 1) << 8
        registers[self.status] = _FIFO_REQUESTS
        while registers[self.status] >> 16 & 15:
            registers[_ADC + _FIFO]  # noqa: B018 - a sample from before
        data.config(
            read=_ADC + _FIFO,
            write=self.ring,
            count=len(self.ring),
            ctrl=data.pack_ctrl(size=1, inc_read=False, treq_sel=_REQUEST, chain_to=again.channel),
        )
        self._start = array("I", [data.write])
        again.config(
            read=self._start,
            write=_DMA + _CHANNEL_BYTES * data.channel + _RESTART,
            count=1,
            ctrl=again.pack_ctrl(size=2, inc_read=False, inc_write=False),
        )
        data.active(1)
        mask = 0
        for number in inputs:
            mask |= 1 << number
        registers[_ADC + _CS] = _ENABLE | _START_MANY | inputs[0] << _INPUT_SHIFT | mask << _ROUND_SHIFT
        for _ in range(_FIRST_LOOKS):  # until each input has a sample, but not for ever: a converter that stands still is found out later
            if data.count <= len(self.ring) - self.step:
                break



class RingInput:
    """One input of the ring, as an ADC."""

    def __init__(self, ring: "AdcRing", place: int) -> None:
        """Keep the ring, and which of its inputs this is."""
        self._ring = ring
        self._place = place

    def read_u16(self) -> int:
        """Return the newest sample. Context: ISR-safe. Allocates: none."""
        ring = self._ring
        samples = ring.ring
        place = self._place
        index = len(samples) - ring.data.count - 1 - place
        index = index - index % ring.step if index >= 0 else len(samples) - ring.step
        return samples[index + place] << 4


class RingPilot(Pilot):
    """The pilot on the first input of a ring. A ring that stands still or has lost a sample reads as no pilot voltage, in each sample.

    Args: ticks_us: the port's microseconds, to judge the ring's pace. scale_q10, offset_mv: as of Pilot, for codes of 16 bits.
    """

    def __init__(self, pwm: "Pwm", ring: "AdcRing", ticks_us: "Callable[[], Any]", scale_q10: int = 496, offset_mv: int = 15464) -> None:
        """Watch the ring for 2 ms, at most 10. Allocates: at construction."""
        self._ring = ring
        self._seen = -1
        Pilot.__init__(self, pwm, RingInput(ring, 0), scale_q10 << 4, offset_mv, _SAMPLES, _PERIOD)
        for _ in range(_TIMES):
            first = ring.data.count
            begin = ticks_us()
            passed_us = 0
            while passed_us < _WATCH_US:
                passed_us = (ticks_us() - begin) & 0x3FFFFFFF
            moved = (first - ring.data.count) % len(ring.ring)
            if judge_span(self, _SAMPLES, _SAMPLES * ring.step * passed_us // max(1, moved)):
                break

    def capture(self) -> "list[int]":
        """Copy the last 1.16 ms from the ring. Allocates: none. Context: ISR-safe."""
        ring = self._ring
        codes = self._codes
        samples = ring.ring
        step = ring.step
        end = len(samples)
        newest = end - ring.data.count - 1
        newest = newest - newest % step if newest >= 0 else end - step
        if newest == self._seen or ring.registers[ring.status] & _LOST:
            for n in range(_SAMPLES):
                codes[n] = 0  # -15 V
            return codes
        self._seen = newest
        index = newest - (_SAMPLES - 1) * step
        if index < 0:
            index += end
        for n in range(_SAMPLES):
            codes[n] = samples[index]
            index += step
            if index == end:
                index = 0
        return codes
