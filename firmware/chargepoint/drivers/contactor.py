"""The contactor: an edge train that holds the coil, a mirror contact that tells the truth. HARDWARE.md 3."""

from micropython import const

from chargepoint.util.signals import FAULT_MIRROR, FAULT_NO_CLOSE, FAULT_WELDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import PinIn, PinOut

_SETTLE_TICKS = const(25)  # 250 ms after switching, the contacts must have followed
_MIRROR_SAMPLES = const(4)  # more than 3 samples that disagree are believed


class Contactor:
    """One contactor, stepped by the safety tick every 10 ms.

    The coil lives on edges: the pin feeds a one-shot of about 60 ms, so a pin that stands still at either level lets go. Opening
    is to stop moving the pin, wherever it stands: a last edge would only hold the coil longer.

    Args: coil: output to the one-shot. mirror: reads 0 when the mirror contact proves the mains contacts open; a cut wire reads 1.
    """

    def __init__(self, coil: "PinOut", mirror: "PinIn") -> None:
        self.driving = False
        self.closed = False  # the mains contacts, debounced; what OCPP is told
        self.dropped = False  # this sample: the contacts were closed and are open, though the coil is wanted; edges would close them again
        self.off_ticks = 0  # since the coil was let go (or since start), up to 30 000
        self._coil = coil
        self._mirror = mirror
        self._level = 0
        self._differ = 0
        self._age = 0  # ticks since the last switching, up to _SETTLE_TICKS
        self._confirmed = self._touched = False

    def drive(self, on: bool) -> None:
        """Switch: from now on the edges are wanted, or not. Context: ISR-safe, Allocates: none."""
        self.driving = on
        self._age = 0
        self._confirmed = self._touched = self.dropped = False
        self.off_ticks = 0

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
        if self._age < _SETTLE_TICKS and not self._confirmed:
            self._age += 1
        elif self.closed != self.driving:
            if self.closed:
                return FAULT_WELDED
            return FAULT_MIRROR if self._confirmed else FAULT_NO_CLOSE
        return 0
