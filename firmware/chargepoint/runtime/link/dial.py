"""The lower half of the link: from nothing to an open WebSocket, and the bytes in and out of it."""

from micropython import const

from chargepoint.runtime.link.backoff import MOST_AFTER_ACCEPTED, backoff_ms
from chargepoint.runtime.link.transport import FAULTS, LookUpFailed, Transport
from chargepoint.runtime.unload import unload
from chargepoint.util.ticks import ticks_add, ticks_due
from chargepoint.wire.websocket import FrameReader, seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# the link's timers, one table for both halves; a link that is open has all of them
T_STATE = const(0)
T_PING = const(1)
T_JUDGE = const(2)
T_CALL = const(3)
T_PART = const(4)
T_STALL = const(5)
T_STABLE = const(6)
T_CABLE = const(7)
_TIMERS = const(8)

# its states; the upper half knows the last two only
_OFF = const(0)
_WAITING = const(1)
_CONNECTING = const(2)
_REQUEST = const(3)
_RESPONSE = const(4)
OPEN = const(5)
CLOSING = const(6)

_CONNECT_MS = const(15000)
_REQUEST_MS = const(20000)  # the TLS handshake included
_RESPONSE_MS = const(15000)
_STALL_MS = const(30000)
_CLOCK_MS = const(2000)
_MAX_HEAD = const(4096)

_HANDSHAKE = "chargepoint.wire.handshake"  # loaded while it is needed: not in the steady state


class Dial:
    """Dials the central system again and again until the WebSocket is open. ``Link`` is made of it."""

    def __init__(
        self,
        network: "Any",
        rx_buffer: "bytearray",
        tx_buffer: "bytearray",
        random_bytes: "Callable[[int], bytes]",
        clock_is_set: "Callable[[], bool] | None",
        open_stream: "Callable[..., Any] | None",
    ) -> None:
        self._network = network
        self._frames = FrameReader(rx_buffer)
        self._tx = tx_buffer
        self._tx_start = 0
        self._tx_end = 0
        self._random_bytes = random_bytes
        self._clock_is_set = clock_is_set
        self._transport = Transport(network, open_stream)
        self._failures = 0  # attempts since the last connection that was stable or accepted
        self._short = 0  # accepted connections in a row that were not stable
        self._accepted = False  # the central system works with us on this connection
        self._due = [-1] * _TIMERS
        self._state = _OFF
        self._now = 0
        self._soon = False  # dial again without the wait
        self._stay_closed = False
        self._nonce = b""
        self._url = ""
        self._identity = ""
        self._keys: "list[bytes | None]" = [None]
        self._key_at = 0
        self._keys_refused = 0
        self._key_that_worked: "bytes | None" = None
        self._ping_interval_ms = 0
        self._call_timeout_ms = 0
        self.reason = "not configured"
        self.status = 0

    def configure(
        self,
        url: str,
        identity: str,
        auth_key: "bytes | None",
        ping_interval_s: int = 50,
        call_timeout_s: int = 30,
        tls_roots: "list[bytes] | None" = None,
    ) -> None:
        """Set where and as whom to connect. A link that is up keeps its connection until ``reconnect``; one that is off starts to dial.

        Args: ``auth_key`` is AuthorizationKey as it is configured (both readings of hexadecimal digits are tried, and the key that worked
        last); ``ping_interval_s`` 0 sends no pings; ``tls_roots`` DER certificates, the same list object for the same ones (None: the
        network's own ``tls_context()`` is used).
        Raises: ValueError when the address cannot be used.
        """
        from chargepoint.wire.handshake import key_forms, parse_url

        parse_url(url)
        self._url = url
        self._identity = identity
        keys: "list[bytes | None]" = [None]
        if auth_key:
            keys = list(key_forms(auth_key))
            if self._key_that_worked is not None and self._key_that_worked not in keys:
                keys.append(self._key_that_worked)
        if keys != self._keys:
            self._keys = keys
            self._key_at = self._keys_refused = 0
        self._ping_interval_ms = ping_interval_s * 1000
        self._call_timeout_ms = (call_timeout_s or 1) * 1000
        if self._state == OPEN:
            self._arm(T_PING, self._now, self._ping_interval_ms)
            unload(_HANDSHAKE)
        if tls_roots is not None:
            self._transport.set_roots(tls_roots)
        if self._state == _OFF:
            self._stay_closed = False
            self._state = _WAITING
            self._due[T_STATE] = self._now
            self.reason = "not dialled yet"

    @property
    def closed(self) -> bool:
        """True when there is no connection and none is being tried."""
        return self._state == _OFF

    def register(self, poller: "Any") -> None:
        """Keep the sockets of this link registered with ``poller`` (a ``select.poll``) from now on."""
        self._transport.register(poller)

    def _arm(self, timer: int, now: int, delay_ms: int) -> None:
        self._due[timer] = ticks_add(now, delay_ms) if delay_ms else -1

    def _fired(self, timer: int, now: int) -> bool:
        """True once when the timer has run out."""
        due = self._due[timer]
        if due < 0 or not ticks_due(due, now):
            return False
        self._due[timer] = -1
        return True

    def _hurry(self, now: int) -> None:
        """Do not wait for the whole back-off: what stood in the way is gone."""
        if self._state == _WAITING:
            self._failures = 0
            self._retry_later(now)

    def _dial(self, now: int, cable: bool) -> bool:
        """One step towards an open connection; True when it has just opened."""
        try:
            if self._state == _WAITING:
                if self._fired(T_STATE, now):
                    self._connect(now, cable)
            elif self._fired(T_STATE, now):
                self._hang_up(now, ("no connection", "TLS or request not accepted", "no answer to the handshake")[self._state - _CONNECTING] + " in time")
            elif self._state == _CONNECTING:
                if self._transport.connected():
                    self._request(now)
            else:
                if self._tx_end:
                    self._flush(now)
                if self._state == _REQUEST and not self._tx_end:
                    self._state = _RESPONSE
                    self._arm(T_STATE, now, _RESPONSE_MS)
                if self._state >= _REQUEST and self._read(now) > 0:
                    return self._response(now)
        except FAULTS as error:
            self._failed(now, error)
        return False

    def _connect(self, now: int, cable: bool) -> None:
        from chargepoint.wire.handshake import parse_url

        secure, host, port, _, _ = parse_url(self._url)
        if secure and self._clock_is_set is not None and not self._clock_is_set():
            self.reason = "TLS waits for the clock to be set"
            self._arm(T_STATE, now, _CLOCK_MS)
            return
        if not cable:
            self.reason = "network cable unplugged"
            self._retry_later(now)
            return
        self.status = 0
        self.reason = ""
        try:
            self._transport.open(secure, host, port)
        except LookUpFailed as error:
            self._hang_up(now, "name look-up of " + host + " failed: " + str(error))
            return
        self._state = _CONNECTING
        self._arm(T_STATE, now, _CONNECT_MS)

    def _request(self, now: int) -> None:
        from chargepoint.wire.handshake import request

        self._nonce = self._random_bytes(16)
        text = request(self._url, self._identity, self._keys[self._key_at], self._nonce)
        if len(text) > len(self._tx):
            raise ValueError("address, identity and key are too long for the send buffer")
        self._tx[: len(text)] = text
        self._tx_start = 0
        self._tx_end = len(text)
        self._frames.begin(0, 0)
        self._state = _REQUEST
        self._arm(T_STATE, now, _REQUEST_MS)
        self._flush(now)

    def _response(self, now: int) -> bool:
        """Judge the answer once its head is complete."""
        from chargepoint.wire.handshake import head_end, judge

        frames = self._frames
        end = head_end(frames.buf, frames.filled)
        if not end:
            if frames.filled >= len(frames.buf) or frames.filled > _MAX_HEAD:
                self._hang_up(now, "the answer's head is too long")
            return False
        self.status, reason = judge(bytes(frames.buf[: end - 4]), self._nonce)
        if reason:
            if self.status == 401 and self._keys[0] is None:
                reason = "HTTP 401 unauthorized: the central system wants a password, and no AuthorizationKey is set"
            elif self.status == 401:  # each other reading once, then the first again
                self._keys_refused += 1
                self._key_at = self._keys_refused if self._keys_refused < len(self._keys) else 0
            self._hang_up(now, reason)
            return False
        self._key_that_worked = self._keys[self._key_at]
        self._keys_refused = self._key_at
        frames.begin(end, frames.filled)
        self._state = OPEN
        self._due[T_STATE] = -1
        self.reason = ""
        unload(_HANDSHAKE)
        return True

    def _read(self, now: int) -> int:
        """Read once into the frame reader: the bytes read, 0 for nothing now, -1 when the connection is gone (and dropped)."""
        frames = self._frames
        try:
            count = self._transport.readinto(frames.room())
        except FAULTS as error:
            self._failed(now, error)
            return -1
        if count is None:
            return 0
        if not count:
            self._drop(now, self.reason or "central system closed the connection without a close frame")
            return -1
        frames.received(count)
        return int(count)

    def _send(self, now: int, opcode: int, end: int) -> None:
        """Send one frame whose payload is in the send buffer up to ``end``, behind the room for its header."""
        self._tx_start = seal(self._tx, 8, end, opcode, self._random_bytes(4))
        self._tx_end = end
        self._flush(now)

    def _flush(self, now: int) -> None:
        """Write what is waiting. A failure ends an open connection in the next ``poll``, never inside a call of the application."""
        try:
            count = self._transport.write(self._tx, self._tx_start, self._tx_end)
        except FAULTS as error:
            if self._state < OPEN:
                self._failed(now, error)
            else:
                self.reason = self.reason or "sending failed: " + self._transport.words(error)
                self._tx_end = 0
                self._due[T_STATE] = now
            return
        if count:
            self._tx_start += count
            if self._tx_start >= self._tx_end:
                self._tx_end = 0
                self._due[T_STALL] = -1
        if self._tx_end and (count or self._due[T_STALL] < 0):
            self._arm(T_STALL, now, _STALL_MS)
        self._transport.watch(self._tx_end > 0)

    def _failed(self, now: int, error: "BaseException") -> None:
        """Say in words what went wrong with the stream, then drop it."""
        if self._state > OPEN:  # we have said goodbye: how the peer hangs up is no failure, and the reason is known
            self._drop(now, self.reason)
            return
        what = ("", "dialling", "connecting", "TLS or request", "handshake", "connection")[self._state]
        if self._state <= _CONNECTING:
            self._transport.forget_address()
        self._drop(now, what + " failed: " + self._transport.words(error))

    def _drop(self, now: int, reason: str) -> None:
        """End the connection; the link does more."""
        self._hang_up(now, reason)

    def _hang_up(self, now: int, reason: str) -> None:
        """Close the stream, note the reason and plan the next attempt."""
        self._tx_end = 0
        self._transport.close()
        self.reason = reason
        self._due[T_STALL] = -1
        if self._stay_closed:
            self._state = _OFF
            self._due[T_STATE] = -1
            return
        self._state = _WAITING
        if self._soon:
            self._soon = False
            self._arm(T_STATE, now, 1)
        else:
            self._retry_later(now)

    def _retry_later(self, now: int) -> None:
        """Plan the next attempt: later each time, but soon after a connection on which the central system had accepted us."""
        failures = self._failures
        if self._accepted:
            self._accepted = False
            failures = min(self._short, MOST_AFTER_ACCEPTED)
            self._short += 1
        self._arm(T_STATE, now, backoff_ms(failures, self._random_bytes(2)))
        self._failures += 1
