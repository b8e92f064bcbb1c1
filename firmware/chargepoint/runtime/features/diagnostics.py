"""The hands of diagnostics: measures the file about the charger, sends it, and says in the log how it goes. core/features/diagnostics.py decides.

The file is written as it goes, never held: a first pass counts its bytes, so that a server that wants a length gets one, a second one sends them. What
changes in between has room at the end of the file. Everything that this takes is loaded for a try and forgotten afterwards.
"""

from micropython import const

from chargepoint.core.features.jobs import DO_STOP
from chargepoint.runtime.log import LOG_ERROR, LOG_INFO
from chargepoint.runtime.unload import unload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_IDLE_MS = const(60000)
_BUSY_MS = const(10)
_LINES = const(16)  # of a slice
_SPARE_BYTES = const(512)


class Source:
    """The file as job_runner.py wants it. For reading: `length`, once `measure` has said that it is known."""

    def __init__(self, make: "Any") -> None:
        """`make()` gives the lines, None among them where there is none yet."""
        self._make = make
        self._lines = make()
        self._rest = b""
        self._at = 0
        self.length = 0

    def measure(self) -> bool:
        """Count on. Returns: whether all is counted."""
        for _ in range(_LINES):
            line: "Any" = next(self._lines, False)
            if line is False:
                self.length += _SPARE_BYTES
                return True
            if line is not None:
                self.length += len(line.encode()) + 1
        return False

    def readinto(self, view: "Any", at: int) -> int:
        """The next bytes; the end is filled up with empty lines. Raises: ValueError when the file has outgrown its length."""
        if not at:  # also when the server wants it a second time, with another method or elsewhere
            self._lines = self._make()
            self._rest = b""
        if not self._rest:
            line: "Any" = next(self._lines, False)
            if line is None:
                return 0
            self._rest = b"\n" * len(view) if line is False else line.encode() + b"\n"
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class Hands:
    """A turn of the loop. For reading: `runner`, `source`; None while nothing is sent."""

    def __init__(self, app: "Any", feature: "Any", now: int) -> None:
        """Nothing is sent yet."""
        self._app = app
        self._feature = feature
        self.runner: "Any" = None
        self.source: "Any" = None

    def poll(self, now: int) -> None:
        """Do what the feature wants, a slice at a time. Allocates: none when nothing is wanted."""
        do = self._feature.take()
        if do:
            if self.runner is not None:
                self.runner.cancel()
            self._forget()
            if do != DO_STOP:
                # Named, not imported: the pages for people lie above this layer.
                page = __import__("chargepoint.diag.features.files.diagnostics", None, None, ("lines",))
                app = self._app
                window = self._feature.window
                self.source = Source(lambda: page.lines(app, window, now))
        if self.runner is not None:
            if self.runner.poll(now):
                self._moved(now)
        elif self.source is not None and self.source.measure():
            self._send(now)

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do. Allocates: none."""
        if self.runner is not None:
            due: int = self.runner.next_due(now)
            return due
        return _IDLE_MS if self.source is None else _BUSY_MS

    def _send(self, now: int) -> None:
        """The length is known: begin to send."""
        from chargepoint.runtime.link.transfers import runner
        from chargepoint.wire.address import without_secrets

        feature = self._feature
        url = feature.location
        other_url = ""
        if not feature.is_file():
            other_url = "" if url[-1:] == "/" else url
            url = url + ("" if url[-1:] == "/" else "/") + feature.file_name
        self._app.log(LOG_INFO, "diagnostics", "sending %d bytes to %s" % (self.source.length, without_secrets(url)))
        self.runner = runner(self._app)
        if not self.runner.send(url, self.source, now, other_url):
            self._moved(now)

    def _moved(self, now: int) -> None:
        """The try is over."""
        runner = self.runner
        if runner.reason:
            self._app.log(LOG_ERROR, "diagnostics", "not sent, after %d bytes: %s" % (runner.moved, runner.reason))
        else:
            self._app.log(LOG_INFO, "diagnostics", "sent")
        self._forget()
        self._feature.on_moved(not runner.reason, runner.retry_s, now)

    def _forget(self) -> None:
        self.runner = self.source = None
        unload("chargepoint.diag.", "chargepoint.runtime.link.move_", "chargepoint.wire.ftp1")
