"""Connector 0: the charge point as a whole. Whether it is in service, the faults that stop all of it, and its reset.

Availability: connector 0 stands for all. Taking it out of service takes every connector out, and while it is out a single connector cannot be put
back (Rejected): a connector that is Available on a charge point that is Unavailable would be a contradiction. A running transaction goes on; its
connector becomes Unavailable when it has ended (Scheduled). Kept over reboots.

Reset: hard, every transaction ends and the reset follows at once; soft, it waits until they have ended and everything is told, 30 s at most,
however much is asked meanwhile. No transaction starts any more.  Spec: OCPP 1.6 edition 2, 5.2 and 5.14.
"""

from micropython import const

from chargepoint.core.charging.faults import Faults
from chargepoint.core.charging.status import Reported
from chargepoint.core.commands import CMD_RESET
from chargepoint.core.events import EV_AVAILABILITY, EV_RESET
from chargepoint.ocpp16.codes import (
    ACT_RESERVE_NOW,
    ACT_SEND_LOCAL_LIST,
    ACT_SET_CHARGING_PROFILE,
    RPL_ACCEPTED,
    RPL_REJECTED,
    RPL_SCHEDULED,
    RSN_HARD_RESET,
    RSN_SOFT_RESET,
    ST_AVAILABLE,
    ST_FAULTED,
    ST_UNAVAILABLE,
)
from chargepoint.util.ticks import ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SOFT_RESET_MS = const(30000)  # how long a soft reset waits
_POLL_MS = const(250)  # how often it looks
_RECORD = "availability"


class Site(Reported):
    """See the module. For reading: `operative`, `resetting`, `held`, `faults` (those of the whole charge point).

    `reservations`, `charging` (Smart Charging) and `local_list` are features that others ask, None in a product without.
    """

    held = 0  # here and not in __init__: one attribute more would enlarge every site, also where nothing ever holds it

    def __init__(self, core: "Any", now: int) -> None:
        Reported.__init__(self, core, 0, now)
        self.faults = Faults()
        self.operative = True
        self.resetting = False
        self._hard = False
        self._begun = False  # the answer to the request has gone: the sessions end
        self._since = now
        self.reservations: "Any" = None
        self.charging: "Any" = None
        self.local_list: "Any" = None
        for feature in core.features:
            if ACT_RESERVE_NOW in feature.ACTIONS:
                self.reservations = feature
            elif ACT_SET_CHARGING_PROFILE in feature.ACTIONS:
                self.charging = feature
            elif ACT_SEND_LOCAL_LIST in feature.ACTIONS:
                self.local_list = feature

    def update(self, now: int) -> None:
        """Derive the status. Allocates: none when nothing is new."""
        charging = False
        for c in self.core.connectors:
            charging = charging or c.transaction is not None
        self.faults.poll(charging, now)
        status = ST_FAULTED if self.faults.level == 3 else ST_AVAILABLE if self.operative else ST_UNAVAILABLE
        self.report(status, self.faults.code, False, now)

    def poll(self, now: int) -> None:
        """Do what is due. Allocates: none when nothing is."""
        self.changed = ticks_aged(self.changed, now)
        self.update(now)
        if self.resetting and self._begun:
            self._poll_reset(now)

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do. Allocates: none."""
        due = min(self.faults.next_due(now), self.wait_ms(now))
        return min(due, _POLL_MS) if self.resetting else due

    # --- reset

    def request_reset(self, hard: bool) -> None:
        """Reset once the answer is on its way. A hard one overtakes a soft one; a second soft one changes nothing."""
        if hard or not self.resetting:
            self._hard = hard
            self._begun = False
            self.resetting = True
        self.core.note(EV_RESET, 0, hard)

    def on_answer_sent(self, now: int) -> None:
        """An answer is on its way: a reset that waited for it begins."""
        if not self.resetting or self._begun:
            return
        self._begun = True
        self._since = now
        for c in self.core.connectors:
            c.drop_authorization()
            c.stop(RSN_HARD_RESET if self._hard else RSN_SOFT_RESET, None, now)
            if self._hard:
                c.interlock.drop(now)
                c.finish(now)
        if self._hard:
            self.resetting = False
            self.core.commands.put(CMD_RESET, 0, 1)

    def _poll_reset(self, now: int) -> None:
        core = self.core
        if ticks_diff(now, self._since) < _SOFT_RESET_MS:
            for c in core.connectors:
                if c.transaction is not None:
                    return
            if core.online and (core.statuses.waiting or core.store.queue.count or core.sources.sending is not None):
                return
        self.resetting = False
        core.commands.put(CMD_RESET, 0, 0)

    def hold(self, how: int, now: int) -> None:
        """Let no transaction start for a while: 1 just so, 2 with the free connectors Unavailable, 0 no longer. Allocates: none when that is so."""
        if how != self.held:
            self.held = how
            self.core.update_all(now)

    # --- availability

    def change_availability(self, number: int, operative: bool, now: int) -> int:
        """Make one connector, or with 0 everything, operative or not. Returns: the status code of the answer."""
        core = self.core
        if number < 0 or number > len(core.connectors) or (number and operative and not self.operative):
            return RPL_REJECTED
        status = RPL_ACCEPTED
        if number == 0:
            self.operative = operative
        for c in core.connectors:
            if number == 0 or number == c.id:
                c.set_operative(operative)
                if c.transaction is not None and not operative:
                    status = RPL_SCHEDULED
        flags = bytearray((self.operative,))
        for c in core.connectors:
            flags.append(c.operative)
        if not core.store.save(_RECORD, flags):
            self.load()
            return RPL_REJECTED
        core.note(EV_AVAILABILITY, number, operative)
        core.update_all(now)
        return status

    def load(self) -> None:
        """Take what ChangeAvailability had set before; everything is operative when nothing is stored."""
        connectors = self.core.connectors
        flags = self.core.store.load(_RECORD)
        if flags is not None and (len(flags) != len(connectors) + 1 or max(flags) > 1):
            self.core.store.unusable(_RECORD)
            flags = None
        if flags is None:
            flags = b"\x01" * (len(connectors) + 1)
        self.operative = bool(flags[0])
        for c in connectors:
            c.set_operative(bool(flags[c.id]))
