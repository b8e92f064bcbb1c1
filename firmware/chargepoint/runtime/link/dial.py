"""From nothing to an open WebSocket and back: where, as whom and with which key, attempt after attempt, and why there is no connection."""

from micropython import const

from chargepoint.runtime.link.backoff import Backoff
from chargepoint.runtime.link.connection import T_STATE, Connection
from chargepoint.runtime.link.transport import FAULTS, LookUpFailed
from chargepoint.runtime.unload import unload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

# `state`
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
_CLOSING_MS = const(2000)
_CLOCK_MS = const(2000)
_MAX_HEAD = const(4096)

_HANDSHAKE = "chargepoint.wire.handshake"  # loaded while it is needed: not in the steady state


class Dial:
    """Dials the central system again and again until the WebSocket is open.

    For reading: `state`, `backoff`, `reason` (why there is no connection), `status` (the last HTTP status, 0 for none).
    """

    def __init__(self, connection: Connection, random_bytes: "Callable[[int], bytes]", clock_is_set: "Callable[[], bool] | None") -> None:
        self.backoff = Backoff(random_bytes)
        self.state = _OFF
        self.reason = "not configured"
        self.status = 0
        self._connection = connection
        self._random_bytes = random_bytes
        self._clock_is_set = clock_is_set
        self._soon = False  # dial again without the wait
        self._stay_closed = False
        self._nonce = b""
        self._url = ""
        self._identity = ""
        self._keys: "list[bytes | None]" = [None]
        self._key_at = 0
        self._keys_refused = 0
        self._key_that_worked: "bytes | None" = None

    def configure(self, url: str, identity: str, auth_key: "bytes | None", tls_roots: "list[bytes] | None", now: int) -> None:
        """Set where and as whom to connect; when off, begin. Args and Raises: as ``Link.configure``."""
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
        if self.state == OPEN:
            unload(_HANDSHAKE)
        if tls_roots is not None:
            self._connection.transport.set_roots(tls_roots)
        if self.state == _OFF:
            self._stay_closed = False
            self.state = _WAITING
            self._connection.fire(T_STATE, now)
            self.reason = "not dialled yet"

    def hurry(self, now: int) -> None:
        """Do not wait for the whole back-off: what stood in the way is gone."""
        if self.state == _WAITING:
            self.backoff.start_afresh()
            self._retry_later(now)

    def plan(self, again: bool) -> None:
        """What is to follow when the connection ends: the next attempt at once, or none until ``configure``."""
        self._stay_closed = not again or not self._url
        self._soon = again
        if again:
            self.backoff.start_afresh()

    def say(self, reason: str) -> None:
        """Why there is no connection."""
        self.reason = reason

    def begin_closing(self, now: int) -> None:
        """A close frame is going out: wait a little for the peer's end."""
        self.state = CLOSING
        self._connection.arm(T_STATE, now, _CLOSING_MS)

    def hang_up(self, now: int, reason: str) -> None:
        """Close the connection, note the reason and plan the next attempt."""
        connection = self._connection
        connection.close()
        self.reason = reason
        if self._stay_closed:
            self.state = _OFF
            connection.stop(T_STATE)
            return
        self.state = _WAITING
        if self._soon:
            self._soon = False
            connection.arm(T_STATE, now, 1)
        else:
            self._retry_later(now)

    def _retry_later(self, now: int) -> None:
        self._connection.arm(T_STATE, now, self.backoff.next_ms())

    def poll(self, now: int, cable: bool) -> bool:
        """One step towards an open connection; True when it has just opened."""
        connection = self._connection
        try:
            if self.state == _OFF:
                return False
            if self.state == _WAITING:
                if connection.fired(T_STATE, now):
                    self._connect(now, cable)
            elif connection.fired(T_STATE, now):
                self.hang_up(now, ("no connection", "TLS or request not accepted", "no answer to the handshake")[self.state - _CONNECTING] + " in time")
            elif self.state == _CONNECTING:
                if connection.transport.connected():
                    self._request(now)
            else:
                if connection.tx_end:
                    connection.flush(now)
                if self.state == _REQUEST and not connection.tx_end:
                    self.state = _RESPONSE
                    connection.arm(T_STATE, now, _RESPONSE_MS)
                count = connection.read()
                if count:
                    return self._response(now)
                if count == 0:
                    self.hang_up(now, "central system closed the connection before its answer")
        except FAULTS as error:
            self._failed(now, error)
        return False

    def _connect(self, now: int, cable: bool) -> None:
        from chargepoint.wire.handshake import parse_url

        connection = self._connection
        secure, host, port, _, _ = parse_url(self._url)
        if secure and self._clock_is_set is not None and not self._clock_is_set():
            self.reason = "TLS waits for the clock to be set"
            connection.arm(T_STATE, now, _CLOCK_MS)
            return
        if not cable:
            self.reason = "network cable unplugged"
            self._retry_later(now)
            return
        self.status = 0
        self.reason = ""
        try:
            connection.transport.open(secure, host, port)
        except LookUpFailed as error:
            self.hang_up(now, "name look-up of " + host + " failed: " + str(error))
            return
        self.state = _CONNECTING
        connection.arm(T_STATE, now, _CONNECT_MS)

    def _request(self, now: int) -> None:
        from chargepoint.wire.handshake import request

        connection = self._connection
        self._nonce = self._random_bytes(16)
        connection.put(request(self._url, self._identity, self._keys[self._key_at], self._nonce))
        connection.frames.begin(0, 0)
        self.state = _REQUEST
        connection.arm(T_STATE, now, _REQUEST_MS)
        connection.flush(now)

    def _response(self, now: int) -> bool:
        """Judge the answer once its head is complete."""
        from chargepoint.wire.handshake import head_end, judge

        frames = self._connection.frames
        end = head_end(frames.buf, frames.filled)
        if not end:
            if frames.filled >= len(frames.buf) or frames.filled > _MAX_HEAD:
                self.hang_up(now, "the answer's head is too long")
            return False
        self.status, reason = judge(bytes(frames.buf[: end - 4]), self._nonce)
        if reason:
            if self.status == 401 and self._keys[0] is None:
                reason = "HTTP 401 unauthorized: the central system wants a password, and no AuthorizationKey is set"
            elif self.status == 401:  # each other reading once, then the first again
                self._keys_refused += 1
                self._key_at = self._keys_refused if self._keys_refused < len(self._keys) else 0
            self.hang_up(now, reason)
            return False
        self._key_that_worked = self._keys[self._key_at]
        self._keys_refused = self._key_at
        frames.begin(end, frames.filled)
        self.state = OPEN
        self._connection.stop(T_STATE)
        self.reason = ""
        unload(_HANDSHAKE)
        return True

    def read(self, now: int) -> int:
        """Read from the open connection: the bytes read, 0 for nothing now, -1 when it was gone; it has been hung up then."""
        connection = self._connection
        try:
            count = connection.read()
        except FAULTS as error:  # after our goodbye it is no failure how the peer hangs up, and the reason is known
            self.hang_up(now, self.reason if self.state == CLOSING else "connection failed: " + connection.transport.words(error))
            return -1
        if count == 0:
            self.hang_up(now, self.reason or "central system closed the connection without a close frame")
            return -1
        return count or 0

    def flush(self, now: int) -> None:
        """Write what is waiting. A failure ends the open connection when T_STATE fires, never inside a call of the application."""
        connection = self._connection
        try:
            connection.flush(now)
        except FAULTS as error:
            self.reason = self.reason or "sending failed: " + connection.transport.words(error)
            connection.give_up_sending(now)

    def _failed(self, now: int, error: "BaseException") -> None:
        """Say in words what went wrong, then hang up."""
        what = ("", "dialling", "connecting", "TLS or request", "handshake")[self.state]
        transport = self._connection.transport
        if self.state <= _CONNECTING:
            transport.forget_address()
        self.hang_up(now, what + " failed: " + transport.words(error))
