"""The mains: on or off, and how high the voltage is."""

from __future__ import annotations

NOMINAL_V = 230.9
SOURCE_OHM = 0.05
OVER_V = 268.0
UNDER_V = 182.0


class Mains:
    """One supply for all connectors. `override_v` is set by faults and by the environment command."""

    def __init__(self) -> None:
        self.on = True
        self.override_v: float | None = None
        self.frequency_hz = 50.0

    def voltage_v(self, current_a: float) -> float:
        """Voltage of a phase while this current is drawn from it."""
        if not self.on:
            return 0.0
        if self.override_v is not None:
            return self.override_v
        return NOMINAL_V - SOURCE_OHM * current_a
