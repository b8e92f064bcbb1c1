"""The firmware's one connection to the simulated world, which is the master of time.

Outputs are collected as operations of four bytes and travel with the next request; a request is answered with the inputs as they are
at the simulated time it returns, and with a horizon: until then the world promises that no input changes by itself, so that several
safety ticks may run without asking again. Computing takes no simulated time. The wire format is written down in tools/sim/wire.py.

This file and machine.py stand in for the C code of a port; they are small because they sit in the firmware's heap.
"""

import sys
from array import array

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

_KIND_POST = const(0)
_KIND_SYNC = const(1)
_OP_TIME = const(1)
_OP_PIN = const(2)
_OP_ARGUMENT = const(11)
_HEADER = const(8)
_SIZE = const(256)
_REPLY = const(64)
_EXTRA = const(64)


class WorldPort:
    """Operations out, inputs in, and the clock. Allocates: at construction only."""

    def __init__(self, channel: "Any") -> None:
        self._channel = channel
        self.inputs = array("I", bytes(_REPLY))  # time, horizon, flags, pins x2, quiet pins x2, duties, 6 ADC channels, phase, loads
        self.overhead = 0  # bytes of heap taken before boot.py ran: what would be C code in a port
        self._answer = array("I", bytes(8))  # status, milliseconds taken
        self.extra = bytearray(_EXTRA)
        self._out = bytearray(_SIZE)
        self._end = _HEADER
        self._stamp = 0
        self._horizon = 0
        self.now = 0  # milliseconds since this boot
        self.levels = bytearray(64)
        self.uart: "Any" = None  # the UART whose bytes come with the inputs
        self.tick: "Optional[Callable[[Any], object]]" = None  # hard timer callback
        self.tick_argument: "Any" = None
        self.tick_period = 0
        self._tick_due = 0
        self._in_tick = False
        self.channel = 0  # where the one ADC's multiplexer stands
        self.turn = 0  # microseconds since the beginning of the pilot's period in which the tick came
        self._block_ms = 0  # the world wants a blocking call modelled
        self._block_interrupts = False

    def operate(self, code: int, a: int, b: int) -> None:
        """Append an operation that changes what the world does next: no simulated time passes before the world has seen it."""
        self._horizon = 0
        self.note(code, a, b)

    def note(self, code: int, a: int, b: int) -> None:
        """Append an operation that may wait for the next request. Context: ISR-safe. Allocates: none."""
        if self._end > _SIZE - 16:
            self._send(_KIND_POST, 0, 0)
        if self.now != self._stamp:
            passed = self.now - self._stamp
            self._stamp = self.now
            self._put(_OP_TIME, 0, passed)
        self._put(code, a, b)

    def _put(self, code: int, a: int, b: int) -> None:
        out = self._out
        n = self._end
        out[n] = code
        out[n + 1] = a
        out[n + 2] = b & 255
        out[n + 3] = b >> 8 & 255
        self._end = n + 4

    def pin(self, number: int, level: int) -> None:
        """Drive an output pin. A level that does not change is no operation."""
        if self.levels[number] != level:
            self.levels[number] = level
            if not self.inputs[5 + (number >> 5)] >> (number & 31) & 1:
                self._horizon = 0
            self.note(_OP_PIN, number, level)

    def _send(self, kind: int, argument: int, value: int) -> None:
        out = self._out
        length = self._end - _HEADER
        out[0] = length & 255
        out[1] = length >> 8
        out[2] = kind
        out[3] = argument
        out[4] = value & 255
        out[5] = value >> 8 & 255
        out[6] = value >> 16 & 255
        out[7] = value >> 24 & 255
        self._channel.write(out, 0, self._end)
        self._end = _HEADER

    def post(self, kind: int, argument: int, buf: "Any", start: int, end: int) -> None:
        """Hand bytes to the world without waiting: a log line, a frame for the record."""
        self.note(_OP_TIME, 0, 0)
        self._send(kind, argument, end - start)
        self._channel.write(buf, start, end - start)

    def argument(self, value: int) -> None:
        """Add an argument (32 bits) to the request that follows."""
        self.note(_OP_ARGUMENT, 0, value & 0xFFFF)
        self.note(_OP_ARGUMENT, 1, value >> 16)

    def request(self, kind: int, argument: int, buf: "Any", length: int, into: "Any", size: int) -> int:
        """Send `length` bytes of `buf`, wait for the answer and `size` bytes into `into`; returns the status, 0 = good.

        Blocks: the simulated time that the operation takes, with interrupts off.
        """
        self.note(_OP_TIME, 0, 0)
        self._send(kind, argument, length)
        if length:
            self._channel.write(buf, 0, length)
        self._read(self._answer, 8)
        if size:
            self._read(into, size)
        if self._answer[1]:
            self._sync(self.now + self._answer[1], 0)
            self.run_tick()
        return self._answer[0]

    def _read(self, into: "Any", size: int) -> None:
        if self._channel.readinto(into, size) != size:
            raise SystemExit  # the world has ended

    def _sync(self, until: int, waiting: int) -> None:
        self.note(_OP_TIME, 0, 0)
        self._send(_KIND_SYNC, waiting, until)
        inputs = self.inputs
        self._read(inputs, _REPLY)
        self._stamp = self.now = self.now + (inputs[0] - self.now & 0xFFFFFFFF)
        self._horizon = self.now + (inputs[1] - inputs[0] & 0xFFFFFFFF)
        length = inputs[2] >> 8 & 255
        if inputs[2] >> 16:
            self._block_ms = inputs[2] >> 16
            self._block_interrupts = bool(inputs[2] & 2)
        if length:
            self._read(self.extra, length)
            if self.uart is not None:
                self.uart.receive(self.extra, length)

    def start_tick(self, callback: "Optional[Callable[[Any], object]]", argument: "Any", period_ms: int) -> None:
        """Call `callback(argument)` every period, from now on, in the context of a hard timer; None stops it."""
        self.tick = callback
        self.tick_argument = argument
        self.tick_period = period_ms
        self._tick_due = self.now + period_ms

    def run_tick(self) -> None:
        """Run the timer's callback if it is due, once, as an interrupt that was held back. The heap is locked meanwhile."""
        if self.tick is None or self.now < self._tick_due or self._in_tick:
            return
        self._tick_due += self.tick_period
        if self._tick_due <= self.now:
            self._tick_due = self.now + self.tick_period
        self._in_tick = True
        self.turn = self.inputs[14]
        self.now += self.inputs[15] >> 8 & 255  # it reads at its beginning and drives at its end
        _heap_lock()
        try:
            self.tick(self.tick_argument)
        finally:
            _heap_unlock()
            self._in_tick = False

    def preempt(self) -> None:
        """The loop has selected an ADC channel and not read yet: a tick that is due within 3 ms may come just now."""
        if self.inputs[15] >> 24 & 1 and self.tick is not None and self.now >= self._tick_due - 3 and not self._in_tick:
            due = self._tick_due
            self._tick_due = self.now
            self.run_tick()
            self._tick_due = due + self.tick_period

    def wait(self, poller: "Any", ms: int) -> None:
        """Let `ms` of simulated time pass (at least 1), less when `poller` has something; the timer runs meanwhile.

        Before that the time of the pass that has just ended is made up for, as far as passes take any.
        """
        if self.inputs[15] & 255:
            self.busy(self.inputs[15] & 255, True)
        end = self.now + (ms if ms > 0 else 1)
        if poller is not None and _ready(poller):
            end = self.now + 1
        while True:
            step = end
            if self.tick is not None and self._tick_due < end:
                step = self._tick_due
            if step <= self._horizon:
                self.now = step
            else:
                self._sync(step, 1)
                if end > self.now + 1 and poller is not None and _ready(poller):
                    end = self.now
            self.run_tick()
            if self._block_ms:
                passed = self._block_ms
                self._block_ms = 0
                self.busy(passed, self._block_interrupts)
            if self.now >= end:
                return

    def busy(self, ms: int, interrupts: bool) -> None:
        """Model a blocking call of `ms`; `interrupts` says whether the port would run a hard timer meanwhile."""
        end = self.now + ms
        while self.now < end:
            step = end
            if interrupts and self.tick is not None and self._tick_due < end:
                step = self._tick_due
            if interrupts and step <= self._horizon:
                self.now = step
            else:
                self._sync(step, 0)
            if interrupts:
                self.run_tick()
        self.run_tick()


if sys.implementation.name == "micropython":
    from micropython import heap_lock as _heap_lock, heap_unlock as _heap_unlock  # type: ignore[attr-defined]

    def _ready(poller: "Any") -> bool:
        for _ in poller.ipoll(0):
            return True
        return False

    port = WorldPort(open(int(sys.argv[1]), "r+b"))
else:
    from world_channel import connect, heap_lock as _heap_lock, heap_unlock as _heap_unlock, ready as _ready  # type: ignore[no-redef]

    port = WorldPort(connect())
