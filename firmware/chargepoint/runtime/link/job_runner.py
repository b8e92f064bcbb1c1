"""Moves one file in the background, a slice a pass: fetches it into a sink or sends it from a source, over http, https or ftp, on connections of its own.

Writing the flash is for open contactors only: while one is closed nothing is read that would have to be written, the server waits (TCP sees to
that), and the timer of the transfer stands still. A transfer that broke off goes on where it was, when the server can do that and has still the
same file. Redirects are followed three times, of a file that is fetched and, with 307 and 308, of one that is sent; never from https to another scheme.

A file is sent with PUT; a server that does not know that (405, 501) gets the same bytes with POST, raw. `other_url` is where to send it when there is no
such place (404, 405, 501; FTP 550, 553): an address may be meant as a folder or as a file.

A sink has ``begin(first)`` (bytes come from there on: `first` is what it has, or 0 for all again) and ``write(view)``; a source has ``length`` (-1: not
known) and ``readinto(view, at)`` -> bytes, 0 for none yet, -1 at the end. Both may raise OSError or ValueError, which ends the try.
"""

import gc

from micropython import const

from chargepoint.runtime.link.transport import FAULTS, Transport
from chargepoint.util.ticks import ticks_add, ticks_diff, ticks_due
from chargepoint.wire.address import joined, parse_address, without_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_SILENCE_MS = const(30000)
_BUSY_MS = const(10)
_READING_MS = const(100)
_REDIRECTS = const(3)
_TLS_BYTES = const(48 * 1024)  # of heap, for the handshake and the buffers of one more connection


class JobRunner:
    """For reading: `busy`, `reason` (why the last transfer failed, nothing when it did not), `moved` (bytes of the file so far), `retry_s` (when the server
    wants to be asked again, 0: it does not say)."""

    def __init__(
        self, transport: Transport, buffer: bytearray, may_write: "Callable[[], bool]", ready_for_tls: "Callable[[Transport], None] | None" = None
    ) -> None:
        """`buffer` is the size of a slice, at least 512 bytes; `may_write()` is false while a contactor is closed; `ready_for_tls(transport)` sets its
        roots, and raises what stands in the way of https (runtime/link/transfers.py)."""
        self._transport = transport
        self._buffer = buffer
        self._may_write = may_write
        self._ready_for_tls = ready_for_tls
        self._move: "Any" = None
        self.reason = ""
        self.moved = self.retry_s = 0
        self._url = self._other_url = ""
        self._sink: "Any" = None
        self._source: "Any" = None
        self._method = ""
        self._from = ""  # the address that `_validator` belongs to: the file was still this one
        self._validator = ""
        self._due = 0
        self._redirects = 0
        self._is_moving = False

    @property
    def busy(self) -> bool:
        """Whether a file is under way."""
        return self._move is not None

    def fetch(self, url: str, sink: "Any", have: int, now: int) -> bool:
        """Begin to fetch `url` into the sink, which has the first `have` bytes already. Returns: False when that failed at once."""
        self._sink = sink
        self._source = None
        self._method = "GET"
        self._other_url = ""
        self._redirects = 0
        if url != self._from:
            self._from = url
            self._validator = ""
        return self._begin(url, have, now)

    def send(self, url: str, source: "Any", now: int, other_url: str = "") -> bool:
        """Begin to send the source to `url`, or to `other_url` where there is no such place. Returns: False when that failed at once."""
        self._sink = None
        self._source = source
        self._method = "PUT"
        self._other_url = other_url
        self._redirects = 0
        return self._begin(url, 0, now)

    def cancel(self) -> None:
        """Stop at once; what the sink has stays with it."""
        self._end_try("cancelled")

    def _begin(self, url: str, have: int, now: int) -> bool:
        self.reason = ""
        self.retry_s = 0
        self.moved = have
        self._url = url
        try:
            scheme, host, port, _, _ = parse_address(url)
            if scheme == "https":
                self._make_room()
            self._transport.open(scheme == "https", host, port)
            if scheme == "ftp":
                from chargepoint.runtime.link.move_ftp import Move
            else:
                from chargepoint.runtime.link.move_http import Move  # type: ignore[assignment]
            self._move = Move(self._transport, self._buffer, url, self._sink, self._source, have, self._validator, self._method)
        except FAULTS as error:
            self._end_try(self._transport.words(error))
            return False
        self._due = ticks_add(now, _SILENCE_MS)
        return True

    def _make_room(self) -> None:
        """See that a TLS connection has what it needs. Raises: FAULTS, in words."""
        gc.collect()
        free_bytes = gc.mem_free() if hasattr(gc, "mem_free") else _TLS_BYTES
        if free_bytes < _TLS_BYTES:
            raise MemoryError("https takes %d bytes of memory, %d are free" % (_TLS_BYTES, free_bytes))
        if self._ready_for_tls is not None:
            self._ready_for_tls(self._transport)

    def poll(self, now: int) -> bool:
        """One slice. Returns: True once, when the transfer is over (`reason` says how). Allocates: none when idle."""
        move = self._move
        if move is None:
            return False
        if move.is_taking and not self._may_write():
            self._due = ticks_add(now, _SILENCE_MS)
            return False
        try:
            self._is_moving = move.step()
            self.moved = move.moved
            if move.is_over:
                self._go_on(move, now)
            elif self._is_moving:
                self._due = ticks_add(now, _SILENCE_MS)
            elif ticks_due(self._due, now):
                self._end_try("the server is silent")
        except FAULTS as error:
            self._end_try(self._transport.words(error))
        return self._move is None

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do. Allocates: none."""
        if self._move is None:
            return 60000
        soon_ms = _BUSY_MS if (self._is_moving and (not self._move.is_taking or self._may_write())) or self._move.is_sending else _READING_MS
        left_ms = min(ticks_diff(self._due, now), soon_ms)
        return left_ms if left_ms > 0 else 0

    def _go_on(self, move: "Any", now: int) -> None:
        """A request is over: that was it, or another one follows."""
        status = move.status
        if self._sink is not None and 200 <= status < 300:
            self._validator = move.validator if move.validator[:2] != "W/" else ""
        if not move.reason:
            self._end_try("")
        elif move.location and (self._source is None or status == 307 or status == 308):
            self._redirect(joined(self._url, move.location), status, now)
        elif self._source is not None and self._method == "PUT" and (status == 405 or status == 501):
            self._method = "POST"
            self._again(self._url, 0, now)
        elif self._other_url and status in (404, 405, 501, 550, 553):
            other_url = self._other_url
            self._other_url = ""
            self._method = "PUT"
            self._again(other_url, 0, now)
        elif status == 416 and self._sink is not None and self.moved:
            self._again(self._url, 0, now)  # what is here belongs to another file
        else:
            self._end_try(move.reason)
            self.retry_s = move.retry_s

    def _redirect(self, url: str, status: int, now: int) -> None:
        """Follow a redirect, or end the try in words."""
        self._redirects += 1
        if self._redirects > _REDIRECTS:
            self._end_try("HTTP %d, a redirect too many, to %s" % (status, without_secrets(url)[:80]))
        elif url[:4].lower() != "http" or (self._url[:5].lower() == "https" and url[:5].lower() != "https"):
            self._end_try("HTTP %d redirects to %s: not followed" % (status, without_secrets(url)[:80]))
        else:
            self._again(url, 0 if self._source is not None else self.moved, now)

    def _again(self, url: str, have: int, now: int) -> None:
        self._transport.close()
        self._begin(url, have, now)

    def _end_try(self, reason: str) -> None:
        self.reason = reason
        move = self._move
        self._move = None
        if move is not None and hasattr(move, "close"):
            move.close()
        self._transport.close()
