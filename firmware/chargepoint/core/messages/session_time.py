"""The UTC of a connector's transaction messages, whatever happens to the clock while they are sent.

Once the START of a transaction is with the central system, all that follows has to fit to it. So a transaction keeps the offset with which its
START was sent: its samples and its STOP keep their distances from it even when the clock was corrected by an hour in between, and no STOP
comes before its START. Corrections that are too small for that (_SMALL_S) are taken, so that clock-aligned samples stay on the clock's grid.

A START that would lie before the last message of the transaction before is moved behind it, with its whole transaction: a clock that was
ahead is then caught up with gradually. Not when it was ahead by more than a day: nobody would rather have a day of wrong sessions than two
sessions whose order shows that the clock was wrong.
"""

from micropython import const

from chargepoint.core.clock import LATEST_S
from chargepoint.util.little_endian import u32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.core.clock import Clock

_SMALL_S = const(10)
_MOST_AHEAD_S = const(86400)
_BOOT_BITS = const(0x7FFF)  # of a boot number that a transaction number has
_STAMP_AT = const(6)  # of a START


class SessionTime:
    """Of one connector. `number` is the transaction whose START was answered; `start_s`, `start_ms` the UTC that it carried, and `up_s`, `up_ms`
    the uptime of its boot then; `up_s` is -1 when nothing is kept, because the clock was not known.
    """

    def __init__(self) -> None:
        self.number = 0
        self.start_s = self.start_ms = 0
        self.up_s = -1
        self.up_ms = 0
        self._sent_s = self._sent_ms = 0  # the latest stamp that was sent

    def load(self, number: int, start_s: int, up_s: int, start_ms: int, up_ms: int) -> None:
        """Take what the store holds of the time before the boot."""
        if start_s < LATEST_S and start_ms < 1000 and up_ms < 1000:
            self.number = number
            self.start_s = self._sent_s = start_s
            self.start_ms = self._sent_ms = start_ms
            self.up_s = up_s
            self.up_ms = up_ms

    def place_start(self, clock: "Clock", record: "bytearray", now: int) -> None:
        """Put the UTC of a START into the clock's s and ms."""
        clock.resolve(record, _STAMP_AT, now)
        if self._sent_s - clock.s < _MOST_AHEAD_S:
            _not_before(clock, self._sent_s, self._sent_ms)

    def take_start(self, clock: "Clock", record: "bytearray", s: int, ms: int) -> None:
        """A START was answered: what belongs to its transaction goes by the UTC that it had."""
        self.number = u32(record, 2)
        self.start_s = self._sent_s = s
        self.start_ms = self._sent_ms = ms
        self.up_s = -1
        if clock.known and clock.read(record, _STAMP_AT) and clock.s < LATEST_S:  # a damaged record may say anything
            self.up_s = clock.s
            self.up_ms = clock.ms

    def place(self, clock: "Clock", record: "bytearray", at: int, now: int) -> None:
        """Put the UTC of the stamp at `record[at]`, of a sample or a STOP, into the clock's s and ms."""
        is_mine = u32(record, 2) == self.number
        if is_mine and self.up_s >= 0 and clock.read(record, at) and clock.boot_of(record, at) & _BOOT_BITS == self.number >> 16:
            self._place_kept(clock, record, at, now)
        else:
            clock.resolve(record, at, now)
        if is_mine:
            _not_before(clock, self.start_s, self.start_ms)

    def _place_kept(self, clock: "Clock", record: "bytearray", at: int, now: int) -> None:
        """The same with the offset of the START; s and ms are the uptime of the stamp."""
        ms = clock.ms + self.start_ms - self.up_ms
        s = clock.s + self.start_s - self.up_s + ms // 1000
        ms %= 1000
        clock.resolve(record, at, now)
        if abs(clock.s - s) <= _SMALL_S:
            return
        boot = clock.boot_of(record, at)
        if boot != clock.boot_number:
            offset_s = clock.offset_of(boot)
            latest_s = clock.next_start_s(boot) + (self.start_s - self.up_s - offset_s if offset_s is not None else 0)
            if s > latest_s >= self.start_s:
                s = latest_s
                ms = 0
        clock.hold(s, ms)

    def rewrite(self, clock: "Clock", record: "bytearray", at: int, now: int) -> None:
        """Turn the stamp of a sample at `record[at]` into one of UTC in place."""
        self.place(clock, record, at, now)
        self.sent(clock.s, clock.ms)
        clock.write(record, at)

    def sent(self, s: int, ms: int) -> None:
        """Something with this UTC goes to the central system: the next transaction starts no earlier."""
        if s > self._sent_s or (s == self._sent_s and ms > self._sent_ms):
            self._sent_s = s
            self._sent_ms = ms


def _not_before(clock: "Clock", s: int, ms: int) -> None:
    if clock.s < s or (clock.s == s and clock.ms < ms):
        clock.hold(s, ms)
