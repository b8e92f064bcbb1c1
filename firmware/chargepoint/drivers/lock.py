"""Cable lock: a motor with two directions and an end switch. It moves in pulses, is watched, and gives up after five tries."""

from micropython import const

from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import PinIn, PinOut

_PULSE_MS = const(600)
_PAUSE_MS = const(1000)
_ATTEMPTS = const(5)
_READINGS = const(3)  # equal ones in a row, before the switch is believed


class Lock:
    """The lock. `locked` is what the switch says; `failed` = it did not get where it was told to go in five tries.

    Args: lock_motor, unlock_motor: outputs, 1 = move; never both. switch: reads 0 when proven locked; a cut wire reads 1.
    """

    def __init__(self, lock_motor: "PinOut", unlock_motor: "PinOut", switch: "PinIn") -> None:
        self.locked = self.failed = False
        self._motors = (unlock_motor, lock_motor)
        self._switch = switch
        self._target = -1  # 1 locked, 0 unlocked, -1 nobody has asked
        self._moving = False
        self._tries = 0
        self._due = 0
        self._differ = 0  # readings in a row that say otherwise than `locked`
        lock_motor.value(0)
        unlock_motor.value(0)

    def lock(self, now: int) -> None:
        """Move to locked."""
        self._go(1, now)

    def unlock(self, now: int) -> None:
        """Move to unlocked; to be called with the contactor open only."""
        self._go(0, now)

    def _go(self, target: int, now: int) -> None:
        self._stop()
        self._target = target
        self._tries = 0
        self._due = now
        self.poll(now)

    def _stop(self) -> None:
        self._motors[0].value(0)
        self._motors[1].value(0)
        self._moving = False

    def poll(self, now: int) -> None:
        """Read the switch and carry a movement on. Allocates: none."""
        proven = self._switch.value() == 0
        self._differ = 0 if proven == self.locked else self._differ + 1
        if self._differ >= _READINGS:
            self._differ = 0
            self.locked = proven
        self._due = ticks_aged(self._due, now)
        target = self._target
        if self._moving:
            if self.locked == (target == 1) or ticks_due(self._due, now):
                self._stop()
                self._due = ticks_add(now, _PAUSE_MS)
        elif target >= 0 and self.locked != (target == 1):
            if self._tries >= _ATTEMPTS:
                self.failed = True
            elif ticks_due(self._due, now):
                self._tries += 1
                self._motors[target].value(1)
                self._moving = True
                self._due = ticks_add(now, _PULSE_MS)
        elif target >= 0:
            self.failed = False
            self._tries = 0
