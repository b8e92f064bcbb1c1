"""What an event log wants to know, seen by looking: changes of link, registration, clock, status, transaction and faults.

It looks once a pass and compares integers, so that neither core nor drivers need to know the log.
"""

from micropython import const

try:
    from typing import TYPE_CHECKING
except ImportError:
    TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EV_BOOT = const(100)
_EV_LINK_UP = const(102)
_EV_BOOT_ACCEPTED = const(103)
_EV_BOOT_WAITS = const(104)
_EV_TRANSACTION_STARTED = const(105)
_EV_TRANSACTION_ENDED = const(106)
_EV_FAULT_CLEARED = const(107)
_EV_STATUS = const(111)
_EV_CLOSED = const(114)
_EV_OPENED = const(115)
_EV_LINK_DOWN = const(200)
_EV_FAULT_SET = const(300)
_EV_WRITE_FAILED = const(302)
_EV_STARVED = const(305)
_ACCEPTED = const(3)
_CHANGES = const(4)  # for each connector: status, transaction, faults, contactor


class Observer:
    """Looks at an app."""

    def __init__(self, app: "Any") -> None:
        """Note the boot."""
        self._app = app
        self._online = self._clock = self._failed = False
        self._registration = self._stuck = -1
        self._seen = [0] * (_CHANGES * len(app.connectors))
        app.events.add(_EV_BOOT, 0, app.reset_cause)

    def poll(self, now: int) -> None:
        """Note what has changed since the last look. Allocates: none when nothing has."""
        app = self._app
        core = app.core
        add = app.events.add
        online = app.link.online
        if online != self._online:
            self._online = online
            add(_EV_LINK_UP if online else _EV_LINK_DOWN)
            app.log(2, "link", "connected" if online else "lost: " + app.link.reason)
        state = core.registration.state
        if state != self._registration:
            self._registration = state
            if state:
                add(_EV_BOOT_ACCEPTED if state == _ACCEPTED else _EV_BOOT_WAITS, 0, 0 if state == _ACCEPTED else state)
                app.log(2, "boot", ("", "pending", "rejected", "accepted")[state] + " by the central system")
        if not self._clock and core.clock.utc(now):
            self._clock = True
            app.events.set_utc(core.clock.s, app.up_s)
        if app.store.failed != self._failed:
            self._failed = app.store.failed
            if self._failed:
                add(_EV_WRITE_FAILED)
        if app.watchdog.stuck != self._stuck:
            self._stuck = app.watchdog.stuck
            if self._stuck >= 0:
                add(_EV_STARVED, 0, self._stuck)
                app.log(4, "app", "part %d does not move: the watchdog will reset" % self._stuck)
        at = 0
        for io in app.connectors:
            self._look(io, core.connectors[io.connector], at)
            at += _CHANGES

    def _look(self, io: "Any", connector: "Any", at: int) -> None:
        """Note the changes of one connector."""
        seen = self._seen
        add = self._app.events.add
        number = io.connector
        if connector.status != seen[at]:
            seen[at] = connector.status
            add(_EV_STATUS, number, connector.status)
        running = connector.transaction is not None
        if running != seen[at + 1]:
            seen[at + 1] = running
            add(_EV_TRANSACTION_STARTED if running else _EV_TRANSACTION_ENDED, number)
        faults = io.safety.tripped | io.safety.blocked
        changed = faults ^ seen[at + 2]
        if changed:
            seen[at + 2] = faults
            for code in range(1, 21):
                if changed >> code & 1:
                    add(_EV_FAULT_SET if faults >> code & 1 else _EV_FAULT_CLEARED, number, code)
        closed = io.parts.contactor.closed
        if closed != seen[at + 3]:
            seen[at + 3] = closed
            add(_EV_CLOSED if closed else _EV_OPENED, number)
