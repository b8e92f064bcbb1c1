"""A long computation, one slice a call.

What takes long in this layer is a generator: it yields after each slice of its work and returns its result at the end. No slice takes longer than 20 ms on
an RP2040 at 125 MHz by this estimate, which a test counts for every computation: 0.2 us for each product of two limbs of 16 bits (a multiplication or a
division of MicroPython's integers takes one for each pair, 16 to 25 cycles), 25 us for each operation on integers beyond 31 bits (two allocations and the
bytecode around it), 12 us for each line, 1 us for each byte that is hashed. MicroPython's own integers are taken, not arrays of limbs: the same in
bytecode would take 15 times as long. Garbage is their price: a slice leaves at most 16 KB behind (64-bit; 10 KB with 32 bits).
"""

from chargepoint.pki.refusals import NO_OBJECTION, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generator


class Computation:
    """Carries a generator of this layer through its slices.

    For reading, once ``step`` has said that it is over: ``result``, None when it was refused; ``reason``, a code of ``refusals``.
    """

    def __init__(self, slices: "Generator[None, None, Any]") -> None:
        self._slices = slices
        self.result: "Any" = None
        self.reason = NO_OBJECTION
        self.over = False

    def step(self) -> bool:
        """Do one slice. Returns: whether it is over. Blocks: at most 20 ms. Allocates: at most 16 KB, nearly all of it garbage."""
        if not self.over:
            try:
                next(self._slices)
            except StopIteration as end:
                self.result = end.value
                self.over = True
            except Refused as refusal:
                self.reason = refusal.code
                self.over = True
        return self.over
