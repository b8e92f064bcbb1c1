"""The sequence of a job that takes minutes: wait until it is due, move a file, verify it, wait for open contactors, install it; report each step.

Pure: (event, now) -> what is to be done next and what there is to report. A feature (firmware update, diagnostics upload) says which steps its job
has; runtime/link/job_runner.py moves the bytes. A move that fails is tried again as often as the job allows; what is wrong with the file is not.
"""

from micropython import const

from chargepoint.util.ticks import ticks_add, ticks_diff

# `state`
JOB_IDLE = const(0)
JOB_WAITING = const(1)  # until it is due, or due again
JOB_MOVING = const(2)
JOB_VERIFYING = const(3)
JOB_HOLDING = const(4)  # until every contactor is open
JOB_INSTALLING = const(5)
JOB_DONE = const(6)
JOB_FAILED = const(7)

# what `poll` wants done, once each
DO_NOTHING = const(0)
DO_MOVE = const(1)
DO_VERIFY = const(2)
DO_INSTALL = const(3)
DO_STOP = const(4)  # the move that is going on: the job was cancelled

_HOUR_MS = const(3600000)


class Job:
    """One job at a time. For reading: `state`, `failed_in` (the state in which it failed), `tries` that are left."""

    def __init__(self) -> None:
        """Idle. Allocates: at construction."""
        self.state = self.failed_in = JOB_IDLE
        self.tries = 0
        self._verifies = self._installs = False
        self._retry_s = self._left_s = 0
        self._since = 0
        self._do = DO_NOTHING
        self._told = JOB_IDLE

    @property
    def busy(self) -> bool:
        """Whether a job waits or runs."""
        return JOB_IDLE < self.state < JOB_DONE

    def begin(self, wait_s: int, tries: int, retry_s: int, verifies: bool, installs: bool, now: int) -> bool:
        """Begin a job in `wait_s` seconds; False while one runs. `tries` of the move in all, `retry_s` seconds from one to the next."""
        if self.busy:
            return False
        self.tries = max(1, tries)
        self._retry_s = max(0, retry_s)
        self._verifies = verifies
        self._installs = installs
        self.failed_in = JOB_IDLE
        self._wait(max(0, wait_s), now)
        return True

    def cancel(self) -> None:
        """Give the job up, whatever it is doing, but for an installation, which goes on."""
        if self.busy and self.state != JOB_INSTALLING:
            self._do = DO_STOP if self.state == JOB_MOVING else DO_NOTHING
            self.state = JOB_IDLE

    def _wait(self, wait_s: int, now: int) -> None:
        self.state = JOB_WAITING
        self._left_s = wait_s
        self._since = now

    def poll(self, contactor_closed: bool, now: int) -> int:
        """What is to be done now, once: one of the DO_ codes. At least every hour, so that weeks of waiting are counted. Allocates: none."""
        if self.state == JOB_WAITING:
            elapsed_s = ticks_diff(now, self._since) // 1000
            self._left_s -= elapsed_s
            self._since = ticks_add(self._since, elapsed_s * 1000)
            if self._left_s <= 0 and not (self._installs and contactor_closed):  # what is to be installed is written to the flash as it comes
                self.tries -= 1
                self.state = JOB_MOVING
                self._do = DO_MOVE
        elif self.state == JOB_HOLDING and not contactor_closed:
            self.state = JOB_INSTALLING
            self._do = DO_INSTALL
        do = self._do
        self._do = DO_NOTHING
        return do

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do by time. Allocates: none."""
        if self.state != JOB_WAITING or self._left_s > 3600:
            return _HOUR_MS
        left_ms = self._left_s * 1000 - ticks_diff(now, self._since)
        return left_ms if left_ms > 0 else 0

    def on_moved(self, good: bool, now: int, counts: bool = True) -> None:
        """The file has been moved, or the try has failed; one that does not count is made again."""
        if self.state != JOB_MOVING:
            return
        if not good:
            if not counts:
                self.tries += 1
            if self.tries:
                self._wait(self._retry_s, now)
            else:
                self._fail()
        elif self._verifies:
            self.state = JOB_VERIFYING
            self._do = DO_VERIFY
        else:
            self._moved()

    def put_off(self, least_s: int) -> None:
        """The next try is not before `least_s` seconds have passed; an hour at most."""
        if self.state == JOB_WAITING:
            self._left_s = max(self._left_s, min(least_s, 3600))

    def on_verified(self, good: bool) -> None:
        """The file is what it should be, or not: it is not fetched again then."""
        if self.state == JOB_VERIFYING:
            if good:
                self._moved()
            else:
                self._fail()

    def on_installed(self, good: bool) -> None:
        """The installation is over."""
        if self.state == JOB_INSTALLING:
            if good:
                self.state = JOB_DONE
            else:
                self._fail()

    def report(self) -> int:
        """The state to tell the central system, once for each; -1 when it knows. What was passed over in between is not told."""
        if self.state == self._told:
            return -1
        self._told = self.state
        return self.state

    def _moved(self) -> None:
        self.state = JOB_HOLDING if self._installs else JOB_DONE

    def _fail(self) -> None:
        self.failed_in = self.state
        self.state = JOB_FAILED
