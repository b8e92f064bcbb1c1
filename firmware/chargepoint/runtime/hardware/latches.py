"""What only a person may clear outlives every reset, whoever asked for it: welds, latched faults, and the residual currents in a row.

Records: "weld", bit n = the contactor of connector n; "latches", four bytes a connector: fault bits (24), residual currents in a row.
"""

from micropython import const

from chargepoint.core.charging.faults import outlives_reset
from chargepoint.core.charging.protection import RCD_TRIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.charge_point import ChargePoint
    from chargepoint.runtime.hardware.connector_io import ConnectorIo

_WELD = "weld"
_LATCHES = "latches"
_EACH = const(4)


class Latches:
    """Gives the connectors what was latched before the boot, and stores it whenever it changes."""

    def __init__(self, store: "Any", connectors: "list[ConnectorIo]") -> None:
        """Restore. Before the safety tick runs. What is not as this file writes it counts as absent."""
        self._store = store
        self._connectors = connectors
        welds = store.load(_WELD)
        self._welds = welds[0] if welds else 0
        if self._welds & 1 or self._welds >> (len(connectors) + 1):
            store.unusable(_WELD)
            self._welds = 0
        stored = store.load(_LATCHES)
        size = _EACH * len(connectors)
        self._stored = stored if stored is not None and self._makes_sense(stored, size) else bytes(size)
        self._present = bytearray(size)
        for n in range(len(connectors)):
            b = self._stored[_EACH * n : _EACH * n + _EACH]
            connectors[n].restore(b[0] | b[1] << 8 | b[2] << 16, b[3])
            if self._welds >> connectors[n].connector & 1:
                connectors[n].latch_weld()

    def _makes_sense(self, stored: "bytes", size: int) -> bool:
        """Whether this could have been written here: a fault that nothing latches would have nobody who takes it back."""
        sound = len(stored) == size
        for at in range(0, size if sound else 0, _EACH):
            bits = stored[at] | stored[at + 1] << 8 | stored[at + 2] << 16
            sound = sound and stored[at + 3] <= RCD_TRIES
            for code in range(24):
                sound = sound and (not bits >> code & 1 or outlives_reset(code))
        if not sound:
            self._store.unusable(_LATCHES)
        return sound

    def keep(self, core: "ChargePoint") -> None:
        """Store what has changed; what cannot be stored is tried again with the next call. Allocates: none while nothing changes."""
        welds = 0
        b = self._present
        at = 0
        for io in self._connectors:
            welds |= io.welded << io.connector
            bits = core.connectors[io.connector - 1].faults.lasting
            b[at] = bits & 0xFF
            b[at + 1] = bits >> 8 & 0xFF
            b[at + 2] = bits >> 16
            b[at + 3] = io.protection.rcd_trips
            at += _EACH
        if welds != self._welds and self._store.save(_WELD, bytes((welds,))):
            self._welds = welds
        if b != self._stored and self._store.save(_LATCHES, b):
            self._stored = bytes(b)
