"""Telling the status of one connector, or of the charge point as connector 0: once per real change, after MinimumStatusDuration."""

from micropython import const

from chargepoint.util.ticks import ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.core.charge_point import ChargePoint

_CMD_LED = const(6)
_KEY_MIN_STATUS_DURATION = const(18)
_ACCEPTED = const(3)
_NOTE_STATUS = const(111)


class Reported:
    """`status` ChargePointStatus code, `fault` the fault code told with it, `ev_gone` the vehicle has left a running transaction.

    `told` is what was last queued for the central system, `delivered` what it has last answered: the three above in one number each.
    """

    def __init__(self, core: "ChargePoint", number: int, now: int) -> None:
        self.core = core
        self.id = number
        self.status = 0
        self.fault = 0
        self.ev_gone = False
        self.told = self.delivered = -1
        self._key = -1
        self.changed = now

    def report(self, status: int, fault: int, ev_gone: bool, now: int) -> None:
        """Take what is so now and tell it when it is new and has lasted long enough. Allocates: none when nothing is new."""
        key = status | fault << 4 | ev_gone << 12
        core = self.core
        if key != self._key:
            self._key = key
            self.changed = now
            self.status = status
            self.fault = fault
            self.ev_gone = ev_gone
            if self.id:  # the lights are the connectors'; what stops the whole charge point shows in their status
                core.commands.put(_CMD_LED, self.id, status)
            core.note(_NOTE_STATUS, self.id, status)
        if key != self.told and core.registration.state == _ACCEPTED and not self.wait_ms(now):
            self.tell(now)

    def tell(self, now: int) -> None:
        """Queue the present status, whether it is new or not."""
        self.told = self._key
        self.core.outbox.status(self, self._key, now)

    def wait_ms(self, now: int) -> int:
        """How long a new status still has to last before it is told; a large number when there is none. Allocates: none."""
        if self._key == self.told or self.core.registration.state != _ACCEPTED:
            return 60000
        left = self.core.config.number(_KEY_MIN_STATUS_DURATION) * 1000 - ticks_diff(now, self.changed)
        return left if left > 0 else 0
