"""Cards: reader polls become one event for each time a card is held to the reader."""

from micropython import const

from chargepoint.util.signals import FAULT_READER, READER_CARD, READER_EMPTY
from chargepoint.util.ticks import ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from chargepoint.core.charge_point import ChargePoint

    class Reader(Protocol):
        """What every reader driver offers."""

        uid: bytearray
        uid_length: int
        failed: bool

        def poll(self, now: int) -> int: ...

        def next_due(self, now: int) -> int: ...


_AGAIN_MS = const(2000)
_ABSENT_POLLS = const(2)


class CardIo:
    """One reader. A card is reported once; the same card again only after it was away for 2 polls and 2 s have passed.

    Args: how the idTag is written. reverse: UID bytes in reverse order, as some back ends store them. lower: small letters. skip:
    leading bytes left out (1 for a 125 kHz tag without its version byte). decimal: ten decimal digits, as printed on 125 kHz tags.
    """

    def __init__(self, reader: "Reader", reverse: bool = False, lower: bool = False, skip: int = 0, decimal: bool = False) -> None:
        self.reader = reader
        self._reverse = reverse
        self._form = "%02x" if lower else "%02X"
        self._skip = skip
        self._decimal = decimal
        self._last = bytearray(10)
        self._length = 0
        self._absent = 0
        self._reported_at = 0
        self._failed = False

    def next_due(self, now: int) -> int:
        """Milliseconds until `service` should run."""
        return self.reader.next_due(now)

    def service(self, core: "ChargePoint", now: int) -> None:
        """Poll the reader. Calls core.on_card and core.on_fault (connector 0). Allocates: none without a card."""
        reader = self.reader
        self._reported_at = ticks_aged(self._reported_at, now)
        seen = reader.poll(now)
        if reader.failed != self._failed:
            self._failed = reader.failed
            core.on_fault(0, FAULT_READER, self._failed, now)
        if seen == READER_CARD:
            if self._fresh(now):
                core.on_card(self._id_tag(), now)
            self._absent = 0
        elif seen == READER_EMPTY and self._absent < _ABSENT_POLLS:
            self._absent += 1

    def _fresh(self, now: int) -> bool:
        """True for a card that was not there just now; it is then the last one."""
        uid = self.reader.uid
        length = self.reader.uid_length
        last = self._last
        same = length == self._length
        for n in range(length):
            if last[n] != uid[n]:
                same = False
                last[n] = uid[n]
        self._length = length
        if same and (self._absent < _ABSENT_POLLS or ticks_diff(now, self._reported_at) < _AGAIN_MS):
            return False
        self._reported_at = now
        return True

    def _id_tag(self) -> str:
        """The UID as text: upper-case hexadecimal unless told otherwise; a 10-byte UID fills an idTag exactly."""
        text = ""
        value = 0
        for n in range(self._skip, self._length):
            byte = self._last[self._length - 1 - n if self._reverse else n]
            text += self._form % byte
            value = value << 8 | byte
        return "%010d" % value if self._decimal else text
