"""The contactor: an edge train that holds the coil, a line that clears it at once, a mirror contact that tells the truth. docs/hardware.md 3."""

from micropython import const

from chargepoint.util.signals import FAULT_MIRROR, FAULT_NO_CLOSE, FAULT_WELDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from chargepoint.drivers.bus import PinIn, PinOut

_TICK_MS = const(10)
_MIRROR_SAMPLES = const(4)  # more than 3 samples that disagree are believed


class Contactor:
    """One contactor, stepped by the safety tick every 10 ms.

    The coil lives on edges: the pin feeds a one-shot of about 60 ms, so a pin that stands still at either level lets go. A second
    output holds the one-shot cleared at 0, from the start on and from each opening to the next closing: the coil is off at once. When that
    line is stuck or not fitted the one-shot still runs out. Opening stops the first pin wherever it stands: an edge could only do harm.

    Args: coil: output to the one-shot. mirror: reads 0 when the mirror contact proves the mains contacts open; a cut wire reads 1.
    clear: output to the one-shot's clear input, 0 = no coil. settle_ms: after switching, the contacts must have followed by then: the one-shot
    at its longest, the contactor's own time and its bouncing.
    """

    def __init__(self, coil: "PinOut", mirror: "PinIn", clear: "Optional[PinOut]" = None, settle_ms: int = 250) -> None:
        self.driving = False
        self.closed = False  # the mains contacts, debounced; what OCPP is told
        self.dropped = False  # this sample: the contacts were closed and are open, though the coil is wanted; edges would close them again
        self.off_ticks = 0  # since the coil was let go (or since start), up to 30 000
        self._coil = coil
        self._clear = clear
        self._settle_ticks = settle_ms // _TICK_MS
        self._mirror = mirror
        self._level = 0
        self._differ = 0
        self._age = 0  # ticks since the last switching, up to _settle_ticks
        self._confirmed = self._touched = False

    def drive(self, on: bool) -> None:
        """Switch: from now on the edges are wanted, or not. Context: ISR-safe, Allocates: none."""
        self.driving = on
        self._age = 0
        self._confirmed = self._touched = self.dropped = False
        self.off_ticks = 0
        clear = self._clear
        if clear is not None:
            clear.value(on)

    def edge(self) -> None:
        """Hold the coil for another tick. Context: ISR-safe, Allocates: none."""
        self._level ^= 1
        self._coil.value(self._level)

    def sample(self) -> int:
        """Look at the mirror contact. Returns 0, or FAULT_WELDED, FAULT_NO_CLOSE or FAULT_MIRROR (dropped out while held).

        Context: ISR-safe, Allocates: none.
        """
        raw = self._mirror.value() != 0
        if raw and self.driving:
            self._touched = True
        self.dropped = self._touched and not raw
        if raw == self.closed:
            self._differ = 0
        else:
            self._differ += 1
            if self._differ >= _MIRROR_SAMPLES:
                self._differ = 0
                self.closed = raw
        if not self.driving and self.off_ticks < 30000:
            self.off_ticks += 1
        if self.driving and self.closed:
            self._confirmed = True
        if self._age < self._settle_ticks and not self._confirmed:
            self._age += 1
        elif self.closed != self.driving:
            if self.closed:
                return FAULT_WELDED
            return FAULT_MIRROR if self._confirmed else FAULT_NO_CLOSE
        return 0
