"""Moves one file in the background, a slice a pass: fetches it into a sink or sends it from a source, over HTTP on a transport of its own.

Writing the flash is for open contactors only: while one is closed nothing is read that would have to be written, the server waits (TCP sees to
that), and the timer of the transfer stands still. A transfer that broke off goes on where it was, when the server can do that.

A sink has ``begin(first)`` (bytes come from there on: `first` is what it has, or 0 for all again) and ``write(view)``; a source has ``length`` and
``readinto(view, at)`` -> bytes. Both may raise OSError, which ends the try.
"""

from micropython import const

from chargepoint.runtime.link.transport import FAULTS, Transport
from chargepoint.util.ticks import ticks_add, ticks_diff, ticks_due
from chargepoint.wire.http1 import Answer, parse_address, request_head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

RUN_IDLE = const(0)
RUN_CONNECTING = const(1)
RUN_SENDING = const(2)
RUN_ANSWER = const(3)

_SILENCE_MS = const(30000)
_SENDING_MS = const(10)
_READING_MS = const(100)
_REDIRECTS = const(3)


class JobRunner:
    """For reading: `state`, `reason` (why the last transfer failed, nothing when it did not), `moved` (bytes of the file so far)."""

    def __init__(self, transport: Transport, buffer: bytearray, may_write: "Callable[[], bool]") -> None:
        """`buffer` is the size of a slice, at least 512 bytes; `may_write()` is false while a contactor is closed."""
        self._transport = transport
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._may_write = may_write
        self.state = RUN_IDLE
        self.reason = ""
        self.moved = 0
        self._url = ""
        self._sink: "Any" = None
        self._source: "Any" = None
        self._answer: "Any" = None
        self._start = self._end = 0  # what waits in the buffer to be sent
        self._due = 0
        self._redirects = 0
        self._began = False  # the sink has been told where the bytes come from

    def fetch(self, url: str, sink: "Any", have: int, now: int) -> bool:
        """Begin to fetch `url` into the sink, which has the first `have` bytes already. Returns: False when that failed at once."""
        self._sink = sink
        self._source = None
        self.moved = have
        self._redirects = 0
        return self._begin(url, now)

    def send(self, url: str, source: "Any", now: int) -> bool:
        """Begin to send the source to `url` (PUT). Returns: False when that failed at once."""
        self._sink = None
        self._source = source
        self.moved = self._redirects = 0
        return self._begin(url, now)

    def cancel(self) -> None:
        """Stop at once; what the sink has stays with it."""
        self._end_try("cancelled")

    def _begin(self, url: str, now: int) -> bool:
        self.reason = ""
        self._url = url
        self._answer = Answer()
        self._began = False
        self._start = self._end = 0
        try:
            secure, host, port, _, _ = parse_address(url)
            self._transport.open(secure, host, port)
        except FAULTS as error:
            self._end_try(self._transport.words(error))
            return False
        self.state = RUN_CONNECTING
        self._due = ticks_add(now, _SILENCE_MS)
        return True

    def poll(self, now: int) -> bool:
        """One slice. Returns: True once, when the transfer is over (`reason` says how). Allocates: none when idle."""
        if self.state == RUN_IDLE:
            return False
        if self.state == RUN_ANSWER and self._sink is not None and not self._may_write():
            self._due = ticks_add(now, _SILENCE_MS)
            return False
        try:
            if self._step(now):
                self._due = ticks_add(now, _SILENCE_MS)
            elif ticks_due(self._due, now):
                self._end_try("the server is silent")
        except FAULTS as error:
            self._end_try(self._transport.words(error))
        return self.state == RUN_IDLE

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do. Allocates: none."""
        if self.state == RUN_IDLE:
            return 60000
        left_ms = min(ticks_diff(self._due, now), _SENDING_MS if self.state == RUN_SENDING else _READING_MS)
        return left_ms if left_ms > 0 else 0

    def _step(self, now: int) -> bool:
        """Connect, send or read on; whether anything moved."""
        if self.state == RUN_CONNECTING:
            if not self._transport.connected():
                return False
            self._write_head()
            self.state = RUN_SENDING
        if self.state == RUN_SENDING:
            return self._send_on()
        count = self._transport.readinto(self._view)
        if count is None:
            return False
        if count:
            self._take(count, now)
        else:
            self._answer.at_end()
        self._judge(now)
        return True

    def _write_head(self) -> None:
        if self._source is None:
            head = request_head("GET", self._url, self.moved)
        else:
            head = request_head("PUT", self._url, 0, self._source.length, "application/octet-stream")
        if len(head) > len(self._buffer):
            raise ValueError("the address is too long")
        self._buffer[: len(head)] = head
        self._end = len(head)

    def _send_on(self) -> bool:
        """Write what waits; then the next slice of the source, or on to the answer."""
        if self._start < self._end:
            count = self._transport.write(self._buffer, self._start, self._end)
            self._start += count
            return count > 0
        self._start = self._end = 0
        if self._source is not None and self.moved < self._source.length:
            count = self._source.readinto(self._view[: min(len(self._buffer), self._source.length - self.moved)], self.moved)
            if count <= 0:
                raise ValueError("the file is shorter than it was")
            self.moved += count
            self._end = count
            return True
        self.state = RUN_ANSWER
        self._transport.watch(False)
        return True

    def _take(self, count: int, now: int) -> None:
        """Give the body's bytes among these to the sink."""
        answer = self._answer
        at = 0
        while at < count and not answer.broken and not answer.over:
            start, at = answer.next(self._buffer, at, count)
            if start == at or self._sink is None or not 200 <= answer.status < 300:
                continue
            if not self._began:
                self._began = True
                first = answer.first if answer.status == 206 else 0
                if first not in (0, self.moved):
                    raise ValueError("the server sends another part of the file than was asked for")
                self.moved = first
                self._sink.begin(first)
            self._sink.write(self._view[start:at])
            self.moved += at - start

    def _judge(self, now: int) -> None:
        """End the try when the answer is over, or follow where it leads."""
        answer = self._answer
        if 300 <= answer.status < 400 and (answer.over or answer.location):
            if self._source is None and answer.location[:4] == "http" and self._redirects < _REDIRECTS:
                self._redirects += 1
                self._transport.close()
                self._begin(answer.location, now)
            else:
                self._end_try("HTTP %d redirect to %s" % (answer.status, answer.location[:80]))
        elif answer.status >= 400:
            self._end_try("HTTP %d" % answer.status)
        elif answer.broken:
            self._end_try(answer.reason)
        elif answer.over:
            self._end_try("")

    def _end_try(self, reason: str) -> None:
        self.reason = reason
        self.state = RUN_IDLE
        self._transport.close()
