"""Diagnostics: a file about the charger is sent to where the central system says, with retries, and what became of it is told.

`location` is a folder, as the specification has it, when it ends with "/"; it is the file itself when its last part has a dot or when it has a query; else it
is tried as a folder and then as a file. retries are repetitions of the first try; without them there are two. The same request again, while it is carried
out, gets the same answer and begins nothing; another one takes its place. A window that ends before it begins, or lies ahead, has no diagnostics: the
answer has no fileName then and nothing is sent. Charging goes on meanwhile, nothing is written to the flash.

Statuses are told once each, in their order, also after a new connection. A reset ends it: nothing is told of it afterwards.
Spec: OCPP 1.6 edition 2, 5.9 and 4.4.
"""

from micropython import const

from chargepoint.core.events import EV_DIAGNOSTICS
from chargepoint.core.features.jobs import DO_NOTHING, JOB_FAILED, JOB_MOVING, Job
from chargepoint.core.messages.sources import IDLE_MS, LOST
from chargepoint.ocpp16.codes import ACT_DIAGNOSTICS_STATUS_NOTIFICATION, ACT_GET_DIAGNOSTICS
from chargepoint.ocpp16.features.diagnostics import DGS_IDLE, DGS_UPLOAD_FAILED, DGS_UPLOADED, DGS_UPLOADING, WIRE
from chargepoint.util.utc import format_utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message

_TRIES = const(3)
_MOST_TRIES = const(100)
_RETRY_S = const(60)
_MOST_RETRY_S = const(86400)
_MOST_TELLING = const(3)


class Feature:
    """A source; see the module. For reading: `job`, `location`, `file_name`, `window` (from and to, None: open)."""

    PROFILE = ""  # that of core/features/firmware.py
    KEYS = "SupportedFileTransferProtocols=FTP,HTTP,HTTPS"
    ACTIONS = bytes((ACT_GET_DIAGNOSTICS,))
    SENDS = bytes((ACT_DIAGNOSTICS_STATUS_NOTIFICATION,))
    WIRE = WIRE
    HANDS = "diagnostics"
    nothing = None

    def __init__(self, core: "Any") -> None:
        self._core = core
        self.job = Job()
        self.location = ""
        self.file_name: "str | None" = None
        self.window: "tuple[Any, Any]" = (None, None)
        self.status = DGS_IDLE  # of the request that is sent next
        self._waiting = bytearray()  # statuses to be told, oldest first
        self._last = DGS_IDLE
        self._telling = 0  # how often nobody answered the oldest
        self._is_triggered = False
        self._do = DO_NOTHING

    def on_call(self, action: int, request: "Any", reply: "Any", now: int) -> None:
        """Take a GetDiagnostics."""
        reply.source = self
        window = (request.start_time, request.stop_time)
        if self.job.busy and request.location == self.location and window == self.window:
            return
        if self.job.busy:
            self.job.cancel()
            self._do = self.job.poll(False, now)  # DO_STOP
            if self._last == DGS_UPLOADING:
                self._tell(DGS_UPLOAD_FAILED)
        self.location = request.location
        self.window = window
        self.file_name = None
        clock = self._core.clock
        known = clock.utc(now)
        start, stop = window
        if (start is not None and stop is not None and stop < start) or (known and start is not None and start[0] > clock.s):
            return
        self.file_name = self._named(known)
        self._last = DGS_IDLE
        tries = _TRIES if request.retries is None else 1 + min(max(0, request.retries), _MOST_TRIES)
        self.job.begin(0, tries, _RETRY_S if request.retry_s is None else min(max(0, request.retry_s), _MOST_RETRY_S), False, False, now)

    def _named(self, known: bool) -> str:
        """What the file is called: as the address says where that names a file, else by product, serial number and time."""
        if self.is_file():
            return self.location.partition("?")[0].rpartition("/")[2][:255]
        clock = self._core.clock
        parts = ["diagnostics", self._core.product.NAME]
        for line in self._core.boot_text.split("\n"):
            name, _, value = line.partition("=")
            if name[-12:] == "SerialNumber":
                parts.append("".join([c for c in value if c.isalpha() or c.isdigit()]))
        text = bytearray(24)
        if known:
            format_utc(text, 0, clock.s, clock.ms)
            parts.append(str(text[:19], "utf-8").replace(":", "").replace("-", ""))
        return "-".join(parts) + ".txt"

    def is_file(self) -> bool:
        """Whether the address is that of a file."""
        path, query, _ = self.location.partition("://")[2].partition("?")
        return bool(query) or "." in path.partition("/")[2].rpartition("/")[2]

    def trigger(self, now: int) -> None:
        """Say in the next message what is so now."""
        self._is_triggered = True

    def fill(self, m: "Message", now: int) -> bool:
        """Make the oldest status, or the one that was asked for."""
        if self._is_triggered:
            self.status = DGS_UPLOADING if self.job.state == JOB_MOVING else DGS_IDLE
        elif self._waiting:
            self.status = self._waiting[0]
        else:
            return False
        m.action = ACT_DIAGNOSTICS_STATUS_NOTIFICATION
        m.source = self
        return True

    def on_answer(self, m: "Message", fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Take what became of it: whatever answers has heard it."""
        if self._is_triggered or code == LOST:
            self._is_triggered = False
            return
        self._telling += 1
        if fields is None and code is None and self._telling < _MOST_TELLING:
            return
        self._telling = 0
        self._waiting = self._waiting[1:]

    def next_due(self, now: int) -> int:
        """Events announce what waits. Allocates: none."""
        return IDLE_MS

    def poll(self, now: int) -> None:
        """Begin a try that is due. Allocates: none when none is."""
        do = self.job.poll(False, now)
        if do:
            self._do = do
            self._tell(DGS_UPLOADING)

    def wait_ms(self, now: int) -> int:
        """Milliseconds until `poll` has something to do by time. Allocates: none."""
        return min(IDLE_MS, self.job.next_due(now))

    def take(self) -> int:
        """What is to be done now, once: DO_MOVE, DO_STOP or nothing. Allocates: none."""
        do = self._do
        self._do = DO_NOTHING
        return do

    def on_moved(self, good: bool, retry_s: int, now: int) -> None:
        """The file has been sent, or the try has failed; `retry_s`: the server does not want to be asked again before."""
        self.job.on_moved(good, now)
        self.job.put_off(retry_s)
        if not self.job.busy:
            self._tell(DGS_UPLOAD_FAILED if self.job.state == JOB_FAILED else DGS_UPLOADED)

    def _tell(self, status: int) -> None:
        """A status has come about: it is to be told unless it is the one that came last."""
        if status != self._last:
            self._last = status
            self._core.note(EV_DIAGNOSTICS, 0, status)
            self._waiting.append(status)
