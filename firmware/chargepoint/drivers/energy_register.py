"""The energy register that never decreases: a ring of counter records in FRAM, with a copy in flash. docs/hardware.md 2.6."""

import struct

from micropython import const

from chargepoint.util.crc import is_sealed, seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Protocol

    from chargepoint.drivers.fram import Fram

    class Copies(Protocol):
        """Where the flash copy lives."""

        def load(self, name: str) -> "Optional[bytes]": ...

        def save(self, name: str, data: bytes) -> bool: ...


_MAGIC = const(0x4E45)  # "EN"
_SIZE = const(28)
_MOST_KWH = const(4290000)  # more no charger counts in its life, and messages have 32 bits for the Wh
_SEQUENCE_MASK = const(0x3FFFFFFF)  # a write a second for 34 years; more would be big integers on 32-bit boards
_FORMAT = "<IIQQ"  # magic, sequence, total mWh, flags (remainder in uWh); CRC-32 of the 24 bytes behind it


class EnergyRegister:
    """Counts mWh and carries the rest in uWh: no rounding error adds up, no floats.

    `origin` says where the count came from after `open`: "fram", "flash", or "new", which a log must mention. `failed` = the FRAM was not
    read or its last write did not succeed; `volatile` = that, or no FRAM is fitted: only flash copies are safe. `known` False = the FRAM
    has not been read since `open`: a greater count than `total_mwh` may be in it, so nothing is written there and nothing must be published.

    Args: fram: None = flash copies only. base, slots: the records' place in FRAM, 28 bytes a slot.
    """

    def __init__(self, fram: "Optional[Fram]", base: int = 0, slots: int = 4) -> None:
        self.total_mwh = 0
        self.failed = False
        self.volatile = fram is None
        self.known = True
        self.origin = ""
        self._remainder_uwh = 0
        self._sequence = 0
        self._fram = fram
        self._base = base
        self._slots = slots
        self._record = bytearray(_SIZE)
        self._saved_mwh = -1
        self._opened_mwh = 0  # the count when the FRAM could not be read: what is above it was counted since
        self._store: "Optional[Copies]" = None
        self._name = ""

    def open(self, store: "Optional[Copies]", name: str) -> None:
        """Find the highest count there is: the newest good slot, or the flash copy, or zero. A FRAM that does not answer is read later."""
        self._store = store
        self._name = name
        self.origin = "new"
        read = self._read_slots()
        copy = store.load(name) if store is not None else None
        if copy is not None and len(copy) == _SIZE:
            self._record[:] = copy
            self._take("flash")
            self._saved_mwh = self.total_mwh if self.origin == "flash" else -1
        self._opened_mwh = self.total_mwh
        self.known = read
        self.failed = not read
        self.volatile = not read or self._fram is None

    def _read_slots(self) -> bool:
        """Believe the newest slot. False, with nothing believed, when a slot cannot be read: it may be the one that counts."""
        fram = self._fram
        if fram is None:
            return True
        for sure in range(2):  # all must answer before one is believed
            for slot in range(self._slots):
                if not fram.read_into(self._base + slot * _SIZE, self._record):
                    return False
                if sure:
                    self._take("fram")
        return True

    def retry(self) -> None:
        """Read the FRAM that did not answer at `open`; what was counted since comes on top of what it holds. Once a second.

        A write that failed is repeated: with the contactor open no energy would bring the next one.
        """
        if self.known:
            if self.failed:
                self._write()
            return
        total_mwh = self.total_mwh
        since_mwh = total_mwh - self._opened_mwh
        self.total_mwh = self._opened_mwh
        if self._read_slots():
            self.known = True
            self.failed = self.volatile = False
            self.total_mwh += since_mwh
        else:
            self.total_mwh = total_mwh

    def _take(self, origin: str) -> None:
        """Believe the record in the buffer, if it is whole, possible and not below what is known."""
        record = self._record
        magic, sequence, total_mwh, flags = struct.unpack_from(_FORMAT, record, 0)
        if magic != _MAGIC or not is_sealed(record, 24):
            return
        if total_mwh // 1000000 > _MOST_KWH:
            return
        sequence &= _SEQUENCE_MASK
        newer = (sequence - self._sequence) & _SEQUENCE_MASK < 0x20000000 if origin == "fram" else False
        if self.origin == "new" or total_mwh > self.total_mwh or newer and total_mwh == self.total_mwh:
            self.origin = origin
            self._sequence = sequence
            self.total_mwh = total_mwh
            self._remainder_uwh = flags % 1000

    def add(self, uwh: int) -> int:
        """Add energy, store it in the next slot, and only then return the new total in mWh.

        A negative amount is a fault of the caller and changes nothing. Blocks: 1 ms.
        Allocates: none; on a 32-bit board, from 2^30 mWh (1,073 kWh) on, the integer of the sum, a few blocks a call.
        """
        if uwh > 0:
            uwh += self._remainder_uwh
            self._remainder_uwh = uwh % 1000
            self.total_mwh += uwh // 1000
            if self._fram is not None and self.known:
                self._write()
        return self.total_mwh

    def _write(self) -> None:
        """Store the count in the next slot."""
        fram = self._fram
        if fram is None:
            return
        self._sequence = self._sequence + 1 & _SEQUENCE_MASK
        self._pack()
        self.failed = self.volatile = not fram.write(self._base + self._sequence % self._slots * _SIZE, self._record)

    def _pack(self) -> None:
        record = self._record
        struct.pack_into(_FORMAT, record, 0, _MAGIC, self._sequence, self.total_mwh, self._remainder_uwh)
        seal(record, 24)

    def save_copy(self) -> bool:
        """Write the flash copy, if it is not up to date: at starts and stops, with the contactor open, every 5 min without FRAM."""
        if self._store is None or self._saved_mwh == self.total_mwh:
            return True
        self._pack()
        if not self._store.save(self._name, bytes(self._record)):
            return False
        self._saved_mwh = self.total_mwh
        return True
