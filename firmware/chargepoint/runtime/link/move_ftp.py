"""One file over FTP, into a sink or from a source: the connection that talks, and the second one that carries the bytes. wire/ftp1.py says what is said."""

from micropython import const

from chargepoint.runtime.link.transport import Transport
from chargepoint.wire.address import parse_address
from chargepoint.wire.ftp1 import MOVE, OPEN, OVER, TALK, Replies, Talk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TALK_BYTES = const(64)


class Move:
    """As move_http.py has it; `status` is the code of the reply that refused."""

    location = ""
    validator = ""
    retry_s = 0

    def __init__(self, transport: Transport, buffer: bytearray, url: str, sink: "Any", source: "Any", have: int, validator: str, method: str) -> None:
        """`transport` is opened already. Raises: ValueError for an address that cannot be asked for."""
        self._transport = transport
        self._data = transport.another()
        self._host = parse_address(url)[1]
        self._talk = Talk(url, have, source is not None)
        self._replies = Replies()
        self._heard = memoryview(bytearray(_TALK_BYTES))
        self._said = bytearray()  # what is still to be sent of a command
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._sink = sink
        self._source = source
        self._start = self._end = 0
        self._is_connected = self._data_is_connected = self._is_moving = self._is_all = False
        self.is_over = False
        self.reason = ""
        self.moved = have

    @property
    def status(self) -> int:
        """The code of the reply that refused, 0 for none."""
        return self._talk.code

    @property
    def is_sending(self) -> bool:
        """Whether there is something to be sent now. Allocates: none."""
        return self._is_moving and self._source is not None and not self._is_all

    @property
    def is_taking(self) -> bool:
        """Whether the next bytes may be for the sink. Allocates: none."""
        return self._is_moving and self._sink is not None and not self._is_all

    def step(self) -> bool:
        """One slice of each connection. Returns: whether anything moved. Raises: FAULTS."""
        if not self._is_connected:
            if not self._transport.connected():
                return False
            self._is_connected = True
        moved = self._speak() or self._listen()
        if self.is_over:
            return True
        if self._data.is_open and not self._data_is_connected:
            if self._data.connected():
                self._data_is_connected = True
                self._do(self._talk.opened())
                moved = True
        elif self._is_moving and not self._is_all:
            moved = (self._receive() if self._source is None else self._send()) or moved
        if self._is_all and self._talk.ended and not self.is_over:
            self._finish()
        return moved

    def _speak(self) -> bool:
        if not self._said:
            return False
        count = self._transport.write(self._said, 0, len(self._said))
        self._said = self._said[count:]
        return count > 0

    def _listen(self) -> bool:
        count = self._transport.readinto(self._heard)
        if count is None:
            return False
        if not count:
            raise OSError("the server closed in the middle")
        for at in range(count):
            if self._replies.take(self._heard[at]):
                self._do(self._talk.on_reply(self._replies.code, self._replies.text))
        if self._replies.broken:
            raise ValueError("no FTP server there: check the port, and ftp://")
        return True

    def _do(self, what: int) -> None:
        """What the talk wants."""
        if what == TALK:
            self._said += self._talk.command
        elif what == OPEN:
            self._data.open(False, self._host, self._talk.port)
        elif what == MOVE:
            self._is_moving = True
            if self._sink is not None:
                self.moved = self._talk.first
                self._sink.begin(self.moved)
        elif what == OVER:
            self._end_with(self._talk.reason)

    def _receive(self) -> bool:
        count = self._data.readinto(self._view)
        if count is None:
            return False
        if count:
            self._sink.write(self._view[:count])
            self.moved += count
        else:
            self._is_all = True
            self._data.close()
        return True

    def _send(self) -> bool:
        if self._start < self._end:
            count = self._data.write(self._buffer, self._start, self._end)
            self._start += count
            return count > 0
        source = self._source
        room = len(self._buffer) if source.length < 0 else min(len(self._buffer), source.length - self.moved)
        count = source.readinto(self._view[:room], self.moved) if room else -1
        if count < 0:
            if self.moved < source.length:
                raise ValueError("the file is shorter than it was")
            self._is_all = True
            self._data.close()
            return True
        self._start = 0
        self._end = count
        self.moved += count
        return bool(count > 0)

    def _finish(self) -> None:
        """All bytes have gone and the server has confirmed them: is it as many as it said?"""
        if self._source is None and self._talk.length >= 0 and self._talk.length != self.moved:
            raise ValueError("the file has %d bytes, %d came" % (self._talk.length, self.moved))
        self._talk.finish()
        self._said += self._talk.command
        self._speak()
        self._end_with("")

    def _end_with(self, reason: str) -> None:
        self.reason = reason
        self.is_over = True
        self._data.close()

    def close(self) -> None:
        """Close the second connection; never raises."""
        self._data.close()
