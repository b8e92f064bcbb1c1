"""The firmware's process: started, stopped in its tracks, killed; its console and its channel to the world."""

from __future__ import annotations

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
import tty
from pathlib import Path
from typing import Callable, Sequence

LAUNCHER = Path(__file__).resolve().parent.parent / "launch_firmware.py"
BUSY_LIMIT_S = 1.0
BOOT_LIMIT_S = 20.0
PATIENCE_S = 15.0  # a runnable process that gets no time on a loaded host is not hung


class Process:
    """One run of the firmware, from reset to its end."""

    def __init__(self, arguments: Sequence[str], console: "Console") -> None:
        """Start it. Raises OSError."""
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.channel.setblocking(False)
        try:
            self._popen = subprocess.Popen(
                [sys.executable, "-u", str(LAUNCHER), "--world-fd", str(theirs.fileno()), *arguments],
                stdin=console.board_side, stdout=console.board_side, stderr=subprocess.PIPE, pass_fds=(theirs.fileno(),),
                start_new_session=True, env=_environment())
        finally:
            theirs.close()
        assert self._popen.stderr is not None
        self.log = self._popen.stderr
        os.set_blocking(self.log.fileno(), False)
        self.started_s = time.monotonic()
        self.spoke = False
        self._busy_since_s = self.started_s
        self._busy_cpu_s = 0.0
        self.stopped = False

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """The exit code, None while it runs."""
        return self._popen.poll()

    def wait_exit(self) -> int:
        """The exit code of a process whose channel has closed."""
        try:
            return self._popen.wait(2)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.wait()

    def close(self) -> None:
        """Let go of its pipes; it has ended."""
        self.channel.close()
        self.log.close()

    def freeze(self, on: bool) -> None:
        """Stop it in its tracks, or let it go on."""
        if self._popen.poll() is None:
            os.kill(self.pid, signal.SIGSTOP if on else signal.SIGCONT)
            self.stopped = on

    def busy(self) -> None:
        """It has been answered and computes from now on."""
        self._busy_since_s = time.monotonic()
        self._busy_cpu_s = -1.0

    def hung(self) -> bool:
        """It computes for longer than any firmware has a reason to, so the world must go on without it."""
        if self.stopped:
            return True
        passed_s = time.monotonic() - self._busy_since_s
        if not self.spoke:
            return passed_s > BOOT_LIMIT_S
        if passed_s < BUSY_LIMIT_S:
            return False
        if passed_s > PATIENCE_S:
            return True
        state, cpu_s = _process_state(self.pid)
        if self._busy_cpu_s < 0:
            self._busy_cpu_s = cpu_s - (BUSY_LIMIT_S if state == "S" else 0.0)
        return cpu_s - self._busy_cpu_s >= BUSY_LIMIT_S


def _process_state(pid: int) -> tuple[str, float]:
    """State letter and processor seconds of a process, where the system tells."""
    try:
        fields = Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
        return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return "S", 0.0


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MICROPY", "PYTHON"))}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return environment


class Console:
    """The board's console as a serial port: a raw pty for the firmware, and another one that mpremote can open.

    The far end is read all the time, so a firmware that prints never waits; what nobody reads is dropped.
    """

    def __init__(self, typed: Callable[[], None], log: Callable[[str], None]) -> None:
        """Args: `typed` is called when bytes for the firmware have been handed over; `log` gets the lines printed while nobody uses the port."""
        self._typed = typed
        self._log = log
        self._printed = bytearray()
        self._used = False
        self._reading = True  # somebody at the far end takes what comes
        self._near, self.board_side = pty.openpty()
        self._far, self._user_side = pty.openpty()
        for descriptor in (self.board_side, self._user_side):
            tty.setraw(descriptor)
        self.path = os.ttyname(self._user_side)
        for descriptor in (self._near, self._far):
            os.set_blocking(descriptor, False)

    @property
    def descriptors(self) -> tuple[int, int]:
        """What has to be watched for reading."""
        return self._near, self._far

    def pump(self) -> None:
        """Carry bytes both ways."""
        data = self._carry(self._near, self._far)
        if self._carry(self._far, self._near):
            self._used = self._reading = True
            self._typed()
        if not self._used:
            self._printed += data
            *lines, rest = bytes(self._printed).split(b"\n")
            self._printed = bytearray(rest)
            for line in lines:
                self._log("console: " + line.decode("utf-8", "replace").rstrip())

    def _carry(self, source: int, target: int) -> bytes:
        try:
            read = data = os.read(source, 4096)
        except OSError:
            return b""
        while data:
            try:
                data = data[os.write(target, data) :]
            except BlockingIOError:
                if not self._has_room(target):
                    break
        return read

    def _has_room(self, target: int) -> bool:
        """Wait a moment for room; at the far end only while somebody reads there: mpremote is slower than the firmware."""
        if target == self._far and not self._reading:
            return False
        room = bool(select.select([], [target], [], 0.2)[1])
        if target == self._far:
            self._reading = room
        return room

    def close(self) -> None:
        """Take the port away."""
        for descriptor in (self._near, self.board_side, self._far, self._user_side):
            os.close(descriptor)
