"""The hands of firmware updates: fetches the package into a slot, marks slots, and tells core what the slots say. core/features/firmware.py decides.

A board has one of two kinds of slots: packed images on flash that code runs from (the board's own slots.py says where), or the folders slot_a and slot_b on
its file system. A firmware that runs from elsewhere (frozen, from sources) has none: an update is DownloadFailed there, and the log says why.
"""

import sys

from micropython import const

from chargepoint.core.features.firmware import DO_CONFIRM, DO_FORGET, DO_GIVE_UP
from chargepoint.core.features.jobs import DO_INSTALL, DO_MOVE, DO_STOP, DO_VERIFY
from chargepoint.runtime.link.transfers import runner
from chargepoint.runtime.log import LOG_ERROR, LOG_INFO
from chargepoint.runtime.update.board_name import BOARD
from chargepoint.runtime.update.package import PackageReader
from chargepoint.runtime.update.slot_state import has_failed, is_trial, on_trial
from chargepoint.util.ticks import ticks_add, ticks_due
from chargepoint.wire.address import without_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_IDLE_MS = const(60000)
_POLL_MS = const(100)
_AGAIN_MS = const(10000)  # after the flash has refused a mark


class Hands:
    """A turn of the loop. For reading: `slots` (None: there are none), `reader` (the package that comes), `runner`."""

    def __init__(self, app: "Any", feature: "Any", now: int) -> None:
        """Find the slots and tell the feature how this boot came about."""
        self._app = app
        self._feature = feature
        self.slots: "Any" = _slots(app)
        self.reader: "Any" = None
        self.runner: "Any" = None
        self._do = 0
        self._due = now
        if self.slots is None:
            feature.on_boot(0, False, False, now)
            return
        state = self.slots.state()
        running = self.slots.running
        trial = is_trial(state, running)
        feature.on_boot(ord(running), trial, has_failed(state, running), now)
        app.log(LOG_INFO, "update", "slot %s%s" % (running, ", on trial" if trial else ""))

    def poll(self, now: int) -> None:
        """Do what the feature wants, a slice at a time. Allocates: none when nothing is wanted."""
        feature = self._feature
        if self.runner is not None and self.runner.poll(now):
            self._moved(now)
        do = feature.take()
        if do:
            self._do = do
        if self._do and (self._do == DO_STOP or (ticks_due(self._due, now) and not self._app.contactor_closed())):
            if self._carry_out(self._do, now):
                self._do = 0

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do. Allocates: none."""
        if self._do:
            return _POLL_MS
        return self.runner.next_due(now) if self.runner is not None else _IDLE_MS

    def _carry_out(self, do: int, now: int) -> bool:
        """Do one thing. Returns: False when it has to go on in the next pass."""
        if do == DO_STOP:
            if self.runner is not None:
                self.runner.cancel()
                self.runner = None
        elif do == DO_MOVE:
            return self._fetch(now)
        elif do == DO_VERIFY:
            self._verify(now)
        elif do == DO_INSTALL:
            self._install(now)
        else:
            self._end_trial(do, now)
        return True

    def _fetch(self, now: int) -> bool:
        """Begin to fetch, or go on where the last try broke off. Returns: False while the slot is being made ready."""
        app = self._app
        if self.slots is None:
            app.log(LOG_ERROR, "update", "this firmware does not run from a slot: it cannot be updated from afar")
            self._feature.on_moved(False, now)
            return True
        if not self.slots.prepare():
            return False
        if self.reader is None:
            self.reader = PackageReader(self.slots, app.product.NAME)
        self.runner = runner(app)
        app.log(LOG_INFO, "update", "fetching %s from byte %d" % (without_secrets(self._feature.location), self.reader.have))
        if not self.runner.fetch(self._feature.location, self.reader, self.reader.have, now):
            self._moved(now)
        return True

    def _moved(self, now: int) -> None:
        """The try is over."""
        reason = self.runner.reason
        self.runner = None
        if reason:
            self._app.log(LOG_ERROR, "update", "download failed after %d bytes: %s" % (self.reader.have, reason))
        self._feature.on_moved(not reason, now)
        if not self._feature.job.busy:
            self.reader = None

    def _verify(self, now: int) -> None:
        """Judge what has come."""
        try:
            refusal = self.reader.finish()
            version = self.reader.version
        except OSError as error:
            refusal = "the flash failed: %s" % error
        if refusal:
            self._app.log(LOG_ERROR, "update", "the file is no firmware: " + refusal)
        else:
            self._app.log(LOG_INFO, "update", "version %s is ready to be installed" % version)
        self.reader = None
        self._feature.on_verified(not refusal, now)

    def _install(self, now: int) -> None:
        """Mark the other slot for its trial: what it is for is stored first."""
        good = False
        if self.slots is not None:
            state = on_trial(self.slots.running)
            good = self._feature.begin_installation(ord(state[1])) and self._mark(state)
        self._feature.on_installed(good, now)

    def _end_trial(self, do: int, now: int) -> None:
        """The slot that runs becomes the good one, or is given up, or the other one's failed trial has been seen."""
        slots = self.slots
        self._due = ticks_add(now, _AGAIN_MS)
        good = do == DO_CONFIRM and (self._app.core.online or not self._app.exceptions)
        if do == DO_GIVE_UP or (do == DO_CONFIRM and not good):
            self._app.log(LOG_ERROR, "update", "the new firmware does not work here: back to the former one")
            if self._mark(slots.state()[:2] + "0"):
                self._feature.on_confirmed(False, now)
        elif self._mark(slots.running + "--") and do != DO_FORGET:
            self._app.log(LOG_INFO, "update", "slot %s is good" % slots.running)
            self._feature.on_confirmed(True, now)

    def _mark(self, state: str) -> bool:
        try:
            self.slots.set_state(state)
        except OSError as error:
            self._app.log(LOG_ERROR, "update", "the slots cannot be marked: %s" % error)
            return False
        return True


def _slots(app: "Any") -> "Any":
    """The slots of this board, None when there are none."""
    try:
        board_slots = __import__("slots")
    except ImportError:
        board_slots = None
    if board_slots is not None:
        place = board_slots.place()
        if place is None:
            return None
        from chargepoint.runtime.update.image_slots import ImageSlots

        return ImageSlots(BOARD, *place)
    folder = sys.path[0].rpartition("/")
    if folder[2] not in ("slot_a", "slot_b"):
        return None
    from chargepoint.runtime.update.slot_folders import SlotFolders

    return SlotFolders(BOARD, folder[0] + folder[1], folder[2][-1])
