"""Firmware updates: fetch a package when its time has come, install it when no transaction runs, and say what became of it, over the reboot too.

The order: wait for retrieveDate, fetch (Downloading, Downloaded) into the slot that does not run, check it, wait for the end of all transactions,
start it on trial (Installing, reset). On trial it is until the central system has accepted us; then it is the good one (Installed). A charger whose
central system cannot be reached decides by itself after ten minutes: if no connection came about in all that time, or somebody has answered our
BootNotification, the new firmware stays; one that connects and is not answered goes. What goes, crashes or hangs leaves the place to the former firmware, which
reports InstallationFailed. runtime/features/firmware.py carries out what is decided here, and knows the slots.

While a contactor is closed nothing is fetched, as nothing may be written: a try that has to stop for it does not count. While an installation waits
for a transaction the free connectors are Unavailable. retries are repetitions of the first try; without them there are two. A new request takes the
place of one that has not come to its installation; during that it is refused.

Statuses are told in their order, once each, kept over power cuts; a power cut in a download begins it again, five times at most.
Spec: OCPP 1.6 edition 2, 5.19.
"""

import struct

from micropython import const

from chargepoint.core.events import EV_FIRMWARE
from chargepoint.core.features.jobs import (
    DO_INSTALL,
    DO_NOTHING,
    JOB_FAILED,
    JOB_HOLDING,
    JOB_IDLE,
    JOB_INSTALLING,
    JOB_MOVING,
    JOB_VERIFYING,
    Job,
)
from chargepoint.core.messages.registration import REGISTRATION_ACCEPTED, REGISTRATION_NONE
from chargepoint.core.messages.sources import IDLE_MS, LOST
from chargepoint.ocpp16.codes import (
    ACT_FIRMWARE_STATUS_NOTIFICATION,
    ACT_UPDATE_FIRMWARE,
    FWS_DOWNLOAD_FAILED,
    FWS_DOWNLOADED,
    FWS_DOWNLOADING,
    FWS_IDLE,
    FWS_INSTALLATION_FAILED,
    FWS_INSTALLED,
    FWS_INSTALLING,
)
from chargepoint.ocpp16.features.firmware import WIRE
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message

# What `take` hands out beside the DO_ codes of jobs.py.
DO_CONFIRM = const(10)  # the firmware on trial is good
DO_GIVE_UP = const(11)  # it is not: the former one has to start
DO_FORGET = const(12)  # a trial that has failed: it has been seen

_RECORD = "firmware"
_HEAD = "<BBBBIIB"  # phase, boots that have begun it again, tries, slot to try, seconds between tries, UTC of its begin, statuses that wait
_HEAD_BYTES = const(13)
_PHASE_NONE = const(0)
_PHASE_FETCH = const(1)
_PHASE_INSTALL = const(2)
_TRIES = const(3)
_MOST_TRIES = const(100)
_RETRY_S = const(60)
_MOST_RETRY_S = const(86400)
_MOST_BOOTS = const(5)
_TELLING_MS = const(30000)  # how long an installation waits for its status to be told, and a status that nobody answered for its next try
_MOST_TELLING = const(3)
_TRIAL_S = const(600)
_LATEST_S = const(0x7FFFFFFF)  # of a retrieveDate
_POLL_MS = const(1000)


class Feature:
    """A source; see the module. For reading: `job`, `location`, `on_trial`."""

    PROFILE = "FirmwareManagement"
    KEYS = ""
    ACTIONS = bytes((ACT_UPDATE_FIRMWARE,))
    SENDS = bytes((ACT_FIRMWARE_STATUS_NOTIFICATION,))
    WIRE = WIRE
    HANDS = "firmware"
    nothing = None

    def __init__(self, core: "Any") -> None:
        self._core = core
        self.job = Job()
        self.location = ""
        self.status = FWS_IDLE  # of the request that is sent next
        self.on_trial = False
        self._phase = self._boots = self._tries = self._slot = self._retry_s = self._when_s = 0
        self._waiting = bytearray()  # statuses to be told, oldest first
        self._last = FWS_IDLE  # the one that came last
        self._telling = 0  # how often nobody answered the oldest
        self._is_triggered = False
        self._do = DO_NOTHING
        self._since = 0  # of the installation's wait, of the trial, of a status that nobody answered
        self._up_s = 0  # of the trial
        self._was_linked = self._was_closed = False
        self._load()

    # --- the central system

    def on_call(self, action: int, request: "Any", reply: "Any", now: int) -> None:
        """Take an UpdateFirmware."""
        reply.source = self
        if self._phase == _PHASE_INSTALL:
            reply.source = None
            reply.error = "GenericError"
            reply.description = "an installation is under way"
            return
        self.location = request.location
        retries = request.retries
        self._tries = _TRIES if retries is None else 1 + min(max(0, retries), _MOST_TRIES)
        self._retry_s = _RETRY_S if request.retry_s is None else min(max(0, request.retry_s), _MOST_RETRY_S)
        self._when_s = min(max(0, request.retrieve_date[0]), _LATEST_S)
        self._phase = _PHASE_FETCH
        self._boots = 0
        self._last = FWS_IDLE
        if self.job.state == JOB_HOLDING:
            self._core.site.hold(0, now)
        self.job.cancel()
        self._do = self.job.poll(False, now) or self._do  # DO_STOP
        self._begin(now)
        self._save()

    def trigger(self, now: int) -> None:
        """Say in the next message what is so now."""
        self._is_triggered = True

    def fill(self, m: "Message", now: int) -> bool:
        """Make the oldest status, or the one that was asked for."""
        if self._is_triggered:
            self.status = self._present()
        elif not self._waiting or (self._telling and ticks_diff(now, self._since) < _TELLING_MS):
            return False
        else:
            for c in self._core.connectors:
                if c.told < 0:
                    return False  # after a boot every connector says first that it is back
            self.status = self._waiting[0]
        m.action = ACT_FIRMWARE_STATUS_NOTIFICATION
        m.source = self
        return True

    def on_answer(self, m: "Message", fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Take what became of it: whatever answers has heard it."""
        if self._is_triggered or code == LOST:
            self._is_triggered = False
            return
        self._telling += 1
        if fields is None and code is None and self._telling < _MOST_TELLING:
            self._since = now
            return
        self._telling = 0
        if self._waiting:
            self._waiting = self._waiting[1:]
            if not self._waiting:
                self._save()

    def next_due(self, now: int) -> int:
        """Milliseconds until a status that nobody answered, or that has to wait, is told. Allocates: none."""
        if not self._waiting:
            return IDLE_MS
        return max(0, _TELLING_MS - ticks_diff(now, self._since)) if self._telling else _POLL_MS

    # --- time

    def poll(self, now: int) -> None:
        """Do what is due. Allocates: none when nothing is."""
        self._since = ticks_aged(self._since, now)
        if self.on_trial:
            self._poll_trial(now)
            return
        job = self.job
        state = job.state
        if state == JOB_IDLE:
            if self._phase == _PHASE_FETCH and (self._core.clock.known or self._core.online):
                self._begin(now)
            return
        if not job.busy:
            return
        charging = closed = False
        for c in self._core.connectors:
            charging = charging or c.transaction is not None
            closed = closed or c.interlock.closed
        if state == JOB_HOLDING:
            site = self._core.site
            site.hold(2 if charging or site.held > 1 else 1, now)
        elif state == JOB_MOVING:
            self._was_closed = self._was_closed or closed
        elif state == JOB_INSTALLING:
            self._poll_installation(now)
        do = job.poll(closed or (charging and state == JOB_HOLDING), now)
        if do == DO_INSTALL:
            self._since = now
            self._telling = 0
            self._tell(FWS_INSTALLING)
        elif do:
            self._do = do
            if job.state == JOB_MOVING:
                self._was_closed = False
                self._tell(FWS_DOWNLOADING)

    def wait_ms(self, now: int) -> int:
        """Milliseconds until `poll` has something to do by time. Allocates: none."""
        if self.on_trial or self._phase != _PHASE_NONE:
            return min(_POLL_MS, self.job.next_due(now))
        return IDLE_MS

    def _begin(self, now: int) -> None:
        clock = self._core.clock
        wait_s = self._when_s - clock.s if clock.utc(now) else 0
        self.job.begin(wait_s, self._tries, self._retry_s, True, True, now)

    def _poll_installation(self, now: int) -> None:
        """Begin it when the central system has heard of it, or does not listen."""
        core = self._core
        if self._phase == _PHASE_FETCH and (not self._waiting or not core.online or ticks_diff(now, self._since) >= _TELLING_MS):
            self._do = DO_INSTALL

    def _poll_trial(self, now: int) -> None:
        """Judge the firmware that runs."""
        core = self._core
        self._was_linked = self._was_linked or core.linked
        while ticks_diff(now, self._since) >= 1000:
            self._since = ticks_add(self._since, 1000)
            self._up_s += 1
        answered = core.registration.state
        if answered == REGISTRATION_ACCEPTED:
            self._do = DO_CONFIRM
        elif self._up_s >= _TRIAL_S:
            self._do = DO_CONFIRM if answered != REGISTRATION_NONE or not self._was_linked else DO_GIVE_UP

    # --- what the runtime asks and says

    def take(self) -> int:
        """What is to be done now, once: a DO_ code. Allocates: none."""
        do = self._do
        self._do = DO_NOTHING
        return do

    def on_boot(self, slot: int, on_trial: bool, failed: bool, now: int) -> None:
        """The slots are known. Args: slot: the code of the letter of the one that runs; failed: the other one was tried, in vain."""
        self.on_trial = on_trial
        self._since = now
        if on_trial:
            self._phase = _PHASE_INSTALL
        elif failed:
            self._do = DO_FORGET
            if self._phase == _PHASE_INSTALL:
                self._end(FWS_INSTALLATION_FAILED, now)
        elif self._phase == _PHASE_INSTALL:
            if slot == self._slot:
                self._end(FWS_INSTALLED, now)
            else:
                self._do = DO_INSTALL  # the power was cut before the slot was marked
        elif self._phase == _PHASE_FETCH:
            self._boots += 1
            if self._boots > _MOST_BOOTS:
                self._end(FWS_DOWNLOAD_FAILED, now)
            else:
                self._save()

    def on_moved(self, good: bool, now: int) -> None:
        """The package has been fetched, or the try has failed."""
        job = self.job
        job.on_moved(good, now, good or not self._was_closed)
        if job.state == JOB_VERIFYING:
            self._tell(FWS_DOWNLOADED)
        elif job.state == JOB_FAILED:
            self._end(FWS_DOWNLOAD_FAILED, now)

    def on_verified(self, good: bool, now: int) -> None:
        """The package is firmware for this charger, and in its slot, or not."""
        self.job.on_verified(good)
        if not good:
            self._end(FWS_INSTALLATION_FAILED, now)

    def begin_installation(self, slot: int) -> bool:
        """The slot is about to be marked for its trial. Returns: whether that may be done: what it is for has been stored."""
        self._phase = _PHASE_INSTALL
        self._slot = slot
        return self._save()

    def on_installed(self, good: bool, now: int) -> None:
        """The slot is marked, or could not be: reset, once all is told, or go on as before."""
        self.job.on_installed(good)
        if good:
            self._core.site.request_reset(False)
            self._core.site.on_answer_sent(now)
        else:
            self._end(FWS_INSTALLATION_FAILED, now)

    def on_confirmed(self, good: bool, now: int) -> None:
        """The trial is over, and the slots know it: Installed, or back to the former firmware."""
        self.on_trial = False
        if good:
            self._end(FWS_INSTALLED, now)
        else:
            self._core.site.request_reset(False)
            self._core.site.on_answer_sent(now)

    # --- statuses

    def _present(self) -> int:
        """The status that is so now."""
        state = self.job.state
        if state == JOB_MOVING:
            return FWS_DOWNLOADING
        if state == JOB_VERIFYING or state == JOB_HOLDING:
            return FWS_DOWNLOADED
        return FWS_INSTALLING if state == JOB_INSTALLING or self.on_trial else FWS_IDLE

    def _end(self, status: int, now: int) -> None:
        """The update is over."""
        self._phase = _PHASE_NONE
        self.location = ""
        self._tell(status)
        self._core.site.hold(0, now)

    def _tell(self, status: int) -> None:
        """A status has come about: it is to be told unless it is the one that came last."""
        if status != self._last:
            self._last = status
            self._core.note(EV_FIRMWARE, 0, status)
            self._waiting.append(status)
            self._save()

    # --- what is kept

    def _save(self) -> bool:
        head = struct.pack(_HEAD, self._phase, self._boots, self._tries, self._slot, self._retry_s, self._when_s, len(self._waiting))
        return bool(self._core.store.save(_RECORD, head + bytes(self._waiting) + self.location.encode()))

    def _load(self) -> None:
        stored = self._core.store.load(_RECORD)
        if stored is None:
            return
        phase, boots, tries, slot, retry_s, when_s, count = struct.unpack_from(_HEAD, stored)
        waiting = stored[_HEAD_BYTES : _HEAD_BYTES + count]
        try:
            location = str(stored[_HEAD_BYTES + count :], "utf-8")
        except UnicodeError:
            phase = 255
        if phase > _PHASE_INSTALL or len(waiting) != count or (waiting and max(waiting) > FWS_INSTALLED) or (phase == _PHASE_FETCH and not location):
            self._core.store.unusable(_RECORD)
            return
        self._phase = phase
        self._boots = boots
        self._tries = tries
        self._slot = slot
        self._retry_s = min(retry_s, _MOST_RETRY_S)
        self._when_s = when_s
        self._waiting = bytearray(waiting)
        self.location = location
