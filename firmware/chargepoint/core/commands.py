"""The ring through which the core tells the hardware and the app what to do. Opening always goes to the front."""

from micropython import const

CMD_OPEN = 1  # open the contactor at once
CMD_CLOSE = 2  # request to close it
CMD_OFFER = 3  # arg: mA offered on the pilot; 0: 100 % duty, no current; -1: state F
CMD_LOCK = 4
CMD_UNLOCK = 5
CMD_LED = 6  # arg: ChargePointStatus code
CMD_RESET = 7  # arg: 0 soft, 1 hard
CMD_LINK_CONFIG = 9  # a configuration value that the link uses has changed
CMD_CLEAR_FAULT = 10  # arg: fault code whose latch was taken back
_SLOTS = const(32)


class Commands:
    """A bounded first-in first-out of (op, connector, arg); `op`, `connector`, `arg` hold the one taken last.

    A CMD_OPEN overtakes everything that is waiting and cancels a waiting CMD_CLOSE of its connector. When the ring is full the oldest
    command that is neither opening nor resetting gives way; the ring is drained after every event, so that takes 32 commands in one.
    """

    def __init__(self) -> None:
        """Allocates: at construction only."""
        self._items = [0] * (3 * _SLOTS)
        self._count = 0
        self.op = self.connector = self.arg = 0

    def put(self, op: int, connector: int, arg: int = 0) -> None:
        """Add a command. Allocates: none."""
        items = self._items
        if op == CMD_OPEN:
            for i in range(0, self._count * 3, 3):
                if items[i + 1] == connector and items[i] == CMD_CLOSE:
                    items[i] = 0
        if self._count == _SLOTS:
            victim = 0
            while victim < _SLOTS - 1 and items[3 * victim] in (CMD_OPEN, CMD_RESET):
                victim += 1
            self._remove(victim)
        at = self._count * 3
        if op == CMD_OPEN:
            while at:
                at -= 3
                for i in range(at, at + 3):
                    items[i + 3] = items[i]
        items[at] = op
        items[at + 1] = connector
        items[at + 2] = arg
        self._count += 1

    def _remove(self, index: int) -> None:
        items = self._items
        self._count -= 1
        for i in range(index * 3, self._count * 3):
            items[i] = items[i + 3]

    def take(self) -> bool:
        """Move the oldest command into op, connector and arg. Returns: whether there was one. Allocates: none."""
        while self._count:
            self.op, self.connector, self.arg = self._items[0], self._items[1], self._items[2]
            self._remove(0)
            if self.op:
                return True
        return False
