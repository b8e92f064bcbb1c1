"""The bytes of one WebSocket connection: the frames that have come, the one that is going out, and the link's timers."""

from micropython import const

from chargepoint.runtime.link.transport import Transport
from chargepoint.util.ticks import ticks_add, ticks_diff, ticks_due
from chargepoint.wire.websocket import FrameReader, seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

# the timers
T_STATE = const(0)
T_PING = const(1)
T_JUDGE = const(2)
T_CALL = const(3)
T_PART = const(4)
T_STALL = const(5)
T_STABLE = const(6)
T_CABLE = const(7)
_TIMERS = const(8)

HEADER_ROOM = const(8)  # of a frame, before its payload in the send buffer
_STALL_MS = const(30000)
_LONGEST_MS = const(60000)


class Connection:
    """For reading: `transport`, `frames`, `tx` (the send buffer, filled by others), `tx_end` (not 0 while something waits to be sent)."""

    def __init__(self, transport: Transport, rx_buffer: bytearray, tx_buffer: bytearray, random_bytes: "Callable[[int], bytes]") -> None:
        self.transport = transport
        self.frames = FrameReader(rx_buffer)
        self.tx = tx_buffer
        self.tx_end = 0
        self._tx_start = 0
        self._random_bytes = random_bytes
        self._due = [-1] * _TIMERS

    # timers

    def arm(self, timer: int, now: int, delay_ms: int) -> None:
        """Let a timer run out in `delay_ms`; 0 stops it. Allocates: none."""
        self._due[timer] = ticks_add(now, delay_ms) if delay_ms else -1

    def fire(self, timer: int, now: int) -> None:
        """Let a timer run out at once. Allocates: none."""
        self._due[timer] = now

    def stop(self, timer: int) -> None:
        """Stop a timer."""
        self._due[timer] = -1

    def runs(self, timer: int) -> bool:
        """Whether a timer runs."""
        return self._due[timer] >= 0

    def fired(self, timer: int, now: int) -> bool:
        """True once when the timer has run out. Allocates: none."""
        due = self._due[timer]
        if due < 0 or not ticks_due(due, now):
            return False
        self._due[timer] = -1
        return True

    def wait_ms(self, now: int) -> int:
        """Milliseconds until the first timer runs out. Allocates: none."""
        wait_ms = _LONGEST_MS
        for due in self._due:
            if due >= 0:
                wait_ms = min(wait_ms, ticks_diff(due, now))
        return wait_ms if wait_ms > 0 else 0

    # bytes; all of these raise FAULTS of the transport

    def read(self) -> "int | None":
        """Read once into the frame reader: the number of bytes, None for nothing now, 0 when the peer has closed."""
        count = self.transport.readinto(self.frames.room())
        if count:
            self.frames.received(count)
        return count

    def put(self, text: bytes) -> None:
        """Put a text to be sent as it is into the send buffer. Raises: ValueError when it does not fit."""
        if len(text) > len(self.tx):
            raise ValueError("address, identity and key are too long for the send buffer")
        self.tx[: len(text)] = text
        self._tx_start = 0
        self.tx_end = len(text)

    def put_frame(self, opcode: int, end: int) -> None:
        """Make a frame of what is in the send buffer from HEADER_ROOM to ``end``; `flush` sends it."""
        self._tx_start = seal(self.tx, HEADER_ROOM, end, opcode, self._random_bytes(4))
        self.tx_end = end

    def flush(self, now: int) -> None:
        """Write what is waiting; a timer runs while nothing is taken. Allocates: none."""
        count = self.transport.write(self.tx, self._tx_start, self.tx_end)
        if count:
            self._tx_start += count
            if self._tx_start >= self.tx_end:
                self.tx_end = 0
                self._due[T_STALL] = -1
        if self.tx_end and (count or self._due[T_STALL] < 0):
            self.arm(T_STALL, now, _STALL_MS)
        self.transport.watch(self.tx_end > 0)

    def give_up_sending(self, now: int) -> None:
        """Nothing waits to be sent any more; T_STATE ends the connection in the next pass."""
        self.tx_end = 0
        self._due[T_STATE] = now

    def close(self) -> None:
        """Close; never raises."""
        self.tx_end = 0
        self._due[T_STALL] = -1
        self.transport.close()
