"""The plug of one connector: the pilot state that counts, what the last session has left behind, and whether the plug is to be locked."""

from micropython import const

from chargepoint.core.commands import CMD_LOCK, CMD_UNLOCK
from chargepoint.util.signals import PILOT_A, PILOT_B, PILOT_D, PILOT_UNKNOWN
from chargepoint.util.ticks import ticks_add, ticks_diff

_PLUG_MS = const(500)  # how long a plug has to be in before it counts


class Plug:
    """For reading: `state` the pilot state that counts; `order` how many vehicles had been plugged in anywhere when this one was;
    `is_over` a transaction has ended with the plug still in; `ev_left` and it ended because the vehicle was unplugged."""

    def __init__(self, now: int) -> None:
        """Nothing is known yet."""
        self.state = PILOT_UNKNOWN
        self.order = 0
        self.is_over = self.ev_left = False
        self._entering = PILOT_A  # the state of a plug that has just gone in; A: none has
        self._entered = now
        self._was_ready = False  # it has been in state B
        self._unlock = False  # unlocked on demand: stays so until the plug is pulled or a transaction starts
        self._lock_wanted = False

    def is_in(self) -> bool:
        """Whether a vehicle is connected."""
        return PILOT_B <= self.state <= PILOT_D

    # the pilot

    def counts(self, state: int, now: int) -> bool:
        """Take a debounced pilot state. Returns: whether it counts at once; one of a plug that goes in does when it has lasted."""
        if self.state != PILOT_A or state == PILOT_A:
            return True
        if self._entering == PILOT_A:
            self._entered = now
        self._entering = state
        self._was_ready = self._was_ready or state == PILOT_B
        return state > PILOT_D

    def lasting(self, now: int) -> int:
        """The state of a plug that has been in for long enough; PILOT_A for none. Allocates: none."""
        return self._entering if self._entering != PILOT_A and ticks_diff(now, self._entered) >= _PLUG_MS else PILOT_A

    def take(self, state: int) -> bool:
        """Let a state count. Returns: whether state B was seen before it."""
        ready = self._was_ready
        self.state = state
        self._entering = PILOT_A
        self._was_ready = False
        return ready

    def came(self, order: int) -> None:
        """A vehicle was plugged in, as the so-and-so many-th anywhere."""
        self.order = order

    def wait_ms(self, now: int) -> int:
        """Milliseconds until a plug that has gone in counts. Allocates: none."""
        return 60000 if self._entering == PILOT_A else ticks_diff(ticks_add(self._entered, _PLUG_MS), now)

    # sessions

    def renew(self) -> None:
        """The plug is out, or a transaction has started: the last session is forgotten."""
        self.is_over = self.ev_left = self._unlock = False

    def end_session(self, still_in: bool, ev_left: bool, unlock: bool) -> None:
        """A transaction has ended."""
        self.is_over = still_in
        self.ev_left = still_in and ev_left
        self._unlock = self._unlock or unlock

    # the lock

    def release(self) -> None:
        """Unlock on demand, even when it should be unlocked already."""
        self._unlock = True
        self._lock_wanted = True

    def lock_command(self, session: bool, has_cable: bool) -> int:
        """CMD_LOCK or CMD_UNLOCK when the lock has to move now, else 0.

        Locked while a vehicle is connected or power could be on the plug (`session`), unless it was unlocked on demand; with
        UnlockConnectorOnEVSideDisconnect false also after the vehicle has left, until a card or the central system unlocks it.
        """
        wanted = session or (not self._unlock and (self.is_in() or (self.is_over and has_cable)))
        if wanted == self._lock_wanted:
            return 0
        self._lock_wanted = wanted
        return CMD_LOCK if wanted else CMD_UNLOCK
