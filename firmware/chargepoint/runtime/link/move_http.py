"""One request over HTTP that fetches a file into a sink, or sends one from a source; job_runner.py says what both are, and asks `step` again and again.

A file is sent with its length, or in chunks when the source does not know it. The server may answer before all has been sent: an answer that refuses
ends the sending. What is fetched counts only when all of it came: as many bytes as Content-Length, the last chunk, or up to where Content-Range says.
"""

from micropython import const

from chargepoint.runtime.link.transport import Transport
from chargepoint.wire.http1 import Answer, request_head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONNECTING = const(0)
_SENDING = const(1)
_ANSWER = const(2)
_CHUNK_HEAD = const(6)  # "xxxx\r\n"
_EARLY_BYTES = const(64)


class Move:
    """For reading: `is_over` (`reason` is empty when it went well), `reason`, `moved`, and what has a docstring."""

    def __init__(self, transport: Transport, buffer: bytearray, url: str, sink: "Any", source: "Any", have: int, validator: str, method: str) -> None:
        """`transport` is opened already. Raises: ValueError for an address that cannot be asked for."""
        self._transport = transport
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._sink = sink
        self._source = source
        self._answer = Answer()
        self._early = memoryview(bytearray(_EARLY_BYTES))  # what comes while we send
        self._began = False  # the sink has been told where the bytes come from
        self._is_sent = source is None  # the whole body
        self._state = _CONNECTING
        self._start = 0
        self.is_over = False
        self.reason = ""
        self.moved = have
        if source is None:
            head = request_head(method, url, have, -1, "", validator)
        else:
            head = request_head(method, url, 0, source.length, "application/octet-stream")
        if len(head) > len(buffer):
            raise ValueError("the address is too long")
        buffer[: len(head)] = head
        self._end = len(head)

    @property
    def status(self) -> int:
        """Of the answer, 0 before there is one."""
        return self._answer.status

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return self._answer.location if 300 <= self._answer.status < 400 else ""

    @property
    def retry_s(self) -> int:
        """Seconds after which the server wants to be asked again, 0: it does not say."""
        return self._answer.retry_s

    @property
    def validator(self) -> str:
        """What says that the file is still the same."""
        return self._answer.validator

    @property
    def is_sending(self) -> bool:
        """Whether there is something to be sent now. Allocates: none."""
        return self._state == _SENDING

    @property
    def is_taking(self) -> bool:
        """Whether the next bytes may be for the sink. Allocates: none."""
        return self._state == _ANSWER and self._sink is not None

    def step(self) -> bool:
        """One slice. Returns: whether anything moved. Raises: FAULTS."""
        if self._state == _CONNECTING:
            if not self._transport.connected():
                return False
            self._state = _SENDING
        if self._state == _SENDING:
            return self._send_on()
        return self._read(self._view)

    def _send_on(self) -> bool:
        """Write what waits, look for an early answer; then the next slice of the source, or on to the answer."""
        if self._start < self._end:
            try:
                count = self._transport.write(self._buffer, self._start, self._end)
            except OSError:
                if not self._read(self._early):  # it may have said why before it closed
                    raise
                return True
            self._start += count
            if self._read(self._early):
                return True
            return count > 0
        self._start = self._end = 0
        if self._is_sent:
            self._state = _ANSWER
            return True
        source = self._source
        if source.length >= 0:
            count = source.readinto(self._view[: min(len(self._buffer), source.length - self.moved)], self.moved)
            if count < 0:
                raise ValueError("the file is shorter than it was")
            self._end = count
            self.moved += count
            self._is_sent = self.moved >= source.length
            return bool(count > 0)
        count = source.readinto(self._view[_CHUNK_HEAD:-2], self.moved)
        if not count:
            return False
        size = max(0, count)
        self._buffer[:_CHUNK_HEAD] = b"%04x\r\n" % size
        self._end = _CHUNK_HEAD + size + 2
        self._buffer[self._end - 2 : self._end] = b"\r\n"
        self.moved += size
        self._is_sent = count < 0
        return True

    def _read(self, view: memoryview) -> bool:
        count = self._transport.readinto(view)
        if count is None:
            return False
        if count:
            self._take(view, count)
        else:
            self._answer.at_end()
        self._judge()
        return True

    def _take(self, view: memoryview, count: int) -> None:
        """Give the body's bytes among these to the sink."""
        answer = self._answer
        at = 0
        while at < count and not answer.broken and not answer.over:
            start, at = answer.next(view, at, count)
            if self._sink is None or not 200 <= answer.status < 300 or not answer.has_head:
                continue
            if not self._began:
                self._begin()
            if at > start:
                self._sink.write(view[start:at])
                self.moved += at - start

    def _begin(self) -> None:
        """The head has come: tell the sink where the bytes come from."""
        answer = self._answer
        self._began = True
        first = 0
        if answer.status == 206:
            first = answer.first
            if first not in (0, self.moved):
                raise ValueError("the server sends another part of the file than was asked for")
            if not answer.is_rest or (answer.total >= 0 and 0 <= answer.length != answer.total - first):
                raise ValueError("the server sends less than the rest of the file")
        self.moved = first
        self._sink.begin(first)

    def _judge(self) -> None:
        """Whether this is the end."""
        answer = self._answer
        if answer.broken:
            self._end_with(answer.reason)
        elif answer.status >= 300 and answer.has_head:
            here_already = answer.status == 416 and self._sink is not None and answer.total == self.moved > 0
            self._end_with("" if here_already else "HTTP %d%s" % (answer.status, _words(answer.status)))
        elif answer.over:
            if not self._is_sent:
                self._end_with("the server answered before it had everything")
                return
            if self._sink is not None and not self._began:
                self._begin()
            self._end_with("")

    def _end_with(self, reason: str) -> None:
        self.reason = reason
        self.is_over = True


def _words(status: int) -> str:
    """What a person should know about a status."""
    if status == 401 or status == 407:
        return ": the server wants another user name or password"
    if status == 404 or status == 410:
        return ": there is no such file or folder"
    if status == 403:
        return ": the server does not allow it"
    return ": the server is busy" if status == 503 or status == 429 else ""
