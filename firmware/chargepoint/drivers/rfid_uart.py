"""PN532 on a UART: wakes it, configures it, polls it for cards, and notices when it is gone. Never waits."""

from micropython import const

from chargepoint.drivers.rfid_frame import (
    FRAME_ACK,
    FRAME_BROKEN,
    FRAME_ERROR,
    FRAME_GOOD,
    FRAME_NOTHING,
    LIST_TARGET,
    NACK,
    RF_RETRIES,
    WAKE_SAM,
    FrameParser,
    target_uid,
)
from chargepoint.util.signals import READER_CARD, READER_EMPTY, READER_NOTHING
from chargepoint.util.ticks import ticks_add, ticks_diff, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import Uart

_POLL = const(2)  # index of the command that looks for a card; those before it start the reader
_POLL_MS = const(250)
_ACK_MS = const(15)  # from the command to its ACK, then the frame is sent again
_LOOKS = const(6)  # at most 90 ms for the answer
_AGAIN_MS = const(250)  # later repetitions
_SILENCE_MS = const(1000)  # without a valid answer: wake and configure it again
_RETRY_MS = const(5000)  # between attempts at a reader that has failed
_FAILURES = const(3)
_GOOD_POLLS = const(2)

_COMMANDS = (WAKE_SAM, RF_RETRIES, LIST_TARGET)
_ANSWERS = b"\x15\x33\x4b"  # command code + 1


class Pn532:
    """The reader. `uid[:uid_length]` holds the last card; `failed` is what ReaderFailure is reported from.

    Args: uart: machine.UART at 115200 8N1 with timeout 0, an input buffer of 64 bytes or more.
    Allocates: at construction; `poll` none. Spec: docs/hardware.md 1.1, 1.2 and 1.4.
    """

    def __init__(self, uart: "Uart") -> None:
        self.uid = bytearray(10)
        self.uid_length = 0
        self.failed = False
        self.rejected = 0  # cards with a UID that cannot be used
        self._uart = uart
        self._rx = bytearray(32)
        self._parser = FrameParser()
        self._step = 0  # the command under way or next: index of _COMMANDS
        self._waiting = False
        self._looks = 0  # more times to look for the answer, once the command was acknowledged
        self._nacked = False
        self._due = 0  # ticks: next command, or next look at the command under way
        self._since = 0  # ticks: first sending of the command under way
        self._failures = 0
        self._good = 0
        self._started = False

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do."""
        return max(0, ticks_diff(self._due, now)) if self._started else 0

    def poll(self, now: int) -> int:
        """Take what has arrived and send what is due.

        Returns: READER_* of util/signals; with READER_CARD `uid` and `uid_length` are the card's.
        """
        if not self._started:
            self._started = True
            self._due = now
        event = self._receive()
        if event == FRAME_GOOD:
            return self._answered(now)
        if event == FRAME_BROKEN and self._waiting and not self._nacked:
            self._nacked = True
            self._uart.write(NACK)
            self._due = ticks_add(now, _ACK_MS)
        elif ticks_due(self._due, now):
            if not self._waiting:
                self._since = now
                self._waiting = True
                self._send(now, _ACK_MS)
            elif ticks_diff(now, self._since) >= _SILENCE_MS:
                self._fail(now)
            elif self._looks and not self._nacked and event != FRAME_ERROR:
                self._looks -= 1  # accepted: look for the answer a little later
                self._due = ticks_add(now, _ACK_MS)
            else:
                self._send(now, _AGAIN_MS)
        return READER_NOTHING

    def _receive(self) -> int:
        """Feed the parser. Returns: FRAME_GOOD the answer to the command under way, FRAME_BROKEN, FRAME_ERROR, or FRAME_NOTHING."""
        uart = self._uart
        parser = self._parser
        rx = self._rx
        result = FRAME_NOTHING
        left = uart.any()
        while left > 0:
            count = uart.readinto(rx, min(left, len(rx)))
            if not count:
                break
            left -= count
            for n in range(count):
                event = parser.push(rx[n])
                if event == FRAME_ACK:
                    self._looks = _LOOKS
                elif event == FRAME_GOOD and (not self._waiting or parser.length < 2 or parser.data[1] != _ANSWERS[self._step]):
                    event = FRAME_NOTHING  # a late answer to something else
                if event >= FRAME_GOOD and result != FRAME_GOOD:
                    result = event
                    if event == FRAME_GOOD:
                        self.uid_length = target_uid(parser.data, parser.length, self.uid) if self._step == _POLL else 0
        return result

    def _answered(self, now: int) -> int:
        self._waiting = False
        self._due = now
        if self._step < _POLL:
            self._step += 1
            return READER_NOTHING
        self._due = ticks_add(self._since, _POLL_MS)
        if ticks_due(self._due, now):
            self._due = ticks_add(now, _POLL_MS)
        self._failures = 0
        if self.failed:
            self._good += 1
            self.failed = self._good < _GOOD_POLLS
        if self.uid_length < 0:
            self.uid_length = 0
            self.rejected += 1
            return READER_NOTHING
        return READER_CARD if self.uid_length else READER_EMPTY

    def _send(self, now: int, wait_ms: int) -> None:
        self._parser.forget()
        self._looks = 0
        self._nacked = False
        self._due = ticks_add(now, wait_ms)
        self._uart.write(_COMMANDS[self._step])

    def _fail(self, now: int) -> None:
        """No valid answer for a second: from the start again, later when it has failed for good."""
        self._waiting = False
        self._step = 0
        self._good = 0
        self._failures += 1
        if self._failures >= _FAILURES:
            self.failed = True
        self._due = ticks_add(now, _RETRY_MS) if self.failed else now
