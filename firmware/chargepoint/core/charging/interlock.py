"""The one place that decides about a contactor: it alone emits CMD_CLOSE, CMD_OPEN and CMD_OFFER.

It closes when all of this holds: a permit (a running transaction), no blocking fault, a limit of at least 6 A, the plug locked (socket
products), pilot state C with state B seen since the plug went in, and at least 5 s since the last opening (30 s when a fault has opened,
unless the plug was pulled meanwhile). The fault inputs include the diode check. It opens

- at once, when the vehicle leaves state C, a fault blocks, or closing was not confirmed by the mirror contact within 500 ms;
- without load, when the permit is withdrawn: steady +12 V first, then up to 6 s for the vehicle to stop drawing and leave state C.

Three closings in a row that were not confirmed, or that did not last 10 s with the vehicle still asking, are given up (`stuck`). A request
that the parts or the safety tick hold back (`on_hold`) is no closing: it stays asked, its time does not run, and `hold` has the cause.
State F is set for a welded contactor only: in state F no vehicle can be seen, so every other fault keeps steady +12 V.

Spec: docs/hardware.md 4.3 and 4.5.
"""

from micropython import const

from chargepoint.core.commands import CMD_CLOSE, CMD_OFFER, CMD_OPEN
from chargepoint.util.signals import (
    HOLD_FAULT,
    HOLD_GIVEN_UP,
    HOLD_LIMIT,
    HOLD_LOCK,
    HOLD_NO_PERMIT,
    HOLD_NOT_READY,
    HOLD_NOTHING,
    HOLD_REST,
    HOLD_VEHICLE,
    PILOT_A,
    PILOT_B,
    PILOT_C,
    PILOT_D,
    PILOT_UNKNOWN,
)
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.core.commands import Commands

_LEAST_MA = const(6000)
_OFF_TIME_MS = const(5000)
_ERROR_TIME_MS = const(30000)
_RELEASE_MS = const(6000)  # how long the vehicle may take to stop drawing after the offer went away
_CONFIRM_MS = const(500)
_LASTING_MS = const(10000)
_TRIES = const(3)


class Interlock:
    """Inputs are attributes, set before `update`: `permit`, `blocked`, `locked`, `limit_ma`. For reading: `pilot`, `closed`, `closing`,
    `offered_ma`, `stuck`, and `hold`: why the contactor is open, HOLD_* of util/signals (HOLD_NOTHING: it closes, or is closed).

    It has more than 20 attributes as everything that the contactor depends on is decided in this one place.
    """

    def __init__(self, commands: "Commands", connector: int, limit_ma: int, needs_lock: bool, ventilated: bool, now: int) -> None:
        self._commands = commands
        self._connector = connector
        self._ventilated = ventilated
        self.permit = self.blocked = self.welded = self.stuck = self.closed = False
        self.locked = not needs_lock
        self.limit_ma = limit_ma
        self.pilot = PILOT_UNKNOWN
        self.offered_ma = 0
        self._ready_seen = False  # state B since the plug went in
        self.closing = False  # asked to close, not confirmed yet
        self.hold = HOLD_NO_PERMIT
        self._held = HOLD_NOTHING  # what the hardware says to the request that is being made
        self._opening = self._releasing = False
        self._since = now  # of closing or releasing
        self._opened = now
        self._off_ms = _OFF_TIME_MS  # from then on, before it may close again
        self._tries = 0

    def start(self) -> None:
        """Put the outputs into their safe state."""
        self._commands.put(CMD_OPEN, self._connector)
        self._commands.put(CMD_OFFER, self._connector, 0)

    def set_inputs(self, permit: bool, blocked: bool, welded: bool) -> None:
        """Whether a transaction may have energy, whether a fault forbids it, whether the contactor is welded; call `update` next."""
        self.permit = permit
        self.blocked = blocked
        self.welded = welded

    def set_locked(self, locked: bool) -> None:
        """Whether the plug is locked; call `update` next."""
        self.locked = locked

    def set_limit(self, limit_ma: int) -> None:
        """The most that may be offered; call `update` next."""
        self.limit_ma = limit_ma

    def forgive(self) -> None:
        """An operator says that a contactor that was given up may be tried again."""
        self.stuck = False

    def on_pilot(self, state: int) -> None:
        """Take the debounced pilot state; call `update` next."""
        self.pilot = state
        if state == PILOT_A:
            self._ready_seen = self.stuck = False
            self._tries = 0
            self._off_ms = _OFF_TIME_MS
        elif state == PILOT_B:
            self._ready_seen = True

    def on_contactor(self, closed: bool, now: int) -> None:
        """Take what the mirror contact says; call `update` next."""
        if closed == self.closed:
            return
        self.closed = closed
        if closed:
            self.closing = False
            self._held = HOLD_NOTHING
            self._since = now
        else:
            if not self._opening and not self._releasing:
                self._count_failure(ticks_diff(now, self._since) < _LASTING_MS)
            self._opening = self._releasing = False
            self._opened = now

    def on_hold(self, cause: int, now: int) -> None:
        """Take what keeps the hardware from closing as asked, HOLD_NOTHING when it closes now; call `update` next."""
        if self.closing:
            self._held = cause
            self._since = now

    def held_ms(self, now: int) -> int:
        """How long the hardware has held back what was asked; 0 while it does not. Allocates: none."""
        return ticks_diff(now, self._since) if self._held else 0

    def _count_failure(self, failed: bool) -> None:
        """Count a closing that did not work or did not last."""
        self._tries = self._tries + 1 if failed and self._asks() else 0
        if self._tries >= _TRIES:
            self.stuck = True

    def _asks(self) -> bool:
        """Whether the vehicle asks for energy."""
        return self.pilot == PILOT_C or (self.pilot == PILOT_D and self._ventilated)

    def drop(self, now: int) -> None:
        """Open at once, load or not: the supply or the firmware is about to go."""
        self.permit = False
        self._open(now)

    def _open(self, now: int) -> None:
        if not self._opening:
            self._commands.put(CMD_OPEN, self._connector)
            self._opened = now
            self._off_ms = _ERROR_TIME_MS if self.blocked and self.pilot != PILOT_A else _OFF_TIME_MS
        self.closing = self._releasing = False
        self._held = HOLD_NOTHING
        self._opening = self.closed

    def update(self, now: int) -> None:
        """Apply the rules to the present inputs. Allocates: none."""
        self._since = ticks_aged(self._since, now)
        self._opened = ticks_aged(self._opened, now)
        asks = self._asks()
        hold = self._withheld()
        want = not hold
        if self.closed or self.closing:
            if not asks or self.blocked:
                self._open(now)
            elif self.closing:
                if not want:
                    self._open(now)
                elif not self._held and ticks_diff(now, self._since) >= _CONFIRM_MS:
                    self._count_failure(True)
                    self._open(now)
            elif want:
                self._releasing = False
            elif not self._releasing:
                self._releasing = True
                self._since = now
            elif ticks_diff(now, self._since) >= _RELEASE_MS:
                self._open(now)
        offer = self.limit_ma if want and (asks or self.pilot == PILOT_B) else -1 if self.welded else 0
        if offer != self.offered_ma:
            self.offered_ma = offer
            self._commands.put(CMD_OFFER, self._connector, offer)
        if want and not self.closed and not self.closing:
            if not asks:
                hold = HOLD_VEHICLE
            elif not self._ready_seen:
                hold = HOLD_NOT_READY
            elif not ticks_due(ticks_add(self._opened, self._off_ms), now):
                hold = HOLD_REST
            else:
                self.closing = True
                self._since = now
                self._commands.put(CMD_CLOSE, self._connector)
        self.hold = hold or self._held

    def _withheld(self) -> int:
        """Why no power may flow, whatever the vehicle does."""
        if self.blocked:
            return HOLD_FAULT
        if not self.permit:
            return HOLD_NO_PERMIT
        if self.stuck:
            return HOLD_GIVEN_UP
        if not self.locked:
            return HOLD_LOCK
        return HOLD_LIMIT if self.limit_ma < _LEAST_MA else HOLD_NOTHING

    def next_due(self, now: int) -> int:
        """Milliseconds until `update` may decide otherwise by time alone. Allocates: none."""
        if self.closing and not self._held:
            left = _CONFIRM_MS - ticks_diff(now, self._since)
        elif self._held:
            return 1000  # the status changes with it
        elif self._releasing:
            left = _RELEASE_MS - ticks_diff(now, self._since)
        elif self.permit and not self.closed:
            left = self._off_ms - ticks_diff(now, self._opened)
            if left <= 0:
                return 60000
        else:
            return 60000
        return left if left > 0 else 0
