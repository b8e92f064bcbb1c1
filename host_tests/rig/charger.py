"""A virtual charger as a process, and a client of its control socket (the interface that tools/virtual_charger.py documents)."""

from __future__ import annotations

import atexit
import json
import os
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 180.0  # a first start builds the image, which takes long on a busy machine
REQUEST_LIMIT_S = 30.0
SKIP_LIMIT_S = 3600.0
DEFAULT_SPEED = float(os.environ.get("PILOTLINE_SPEED", "40"))
# More options for every virtual charger, to look into a failure: PILOTLINE_OPTIONS="--runtime cpython".
MORE_OPTIONS = shlex.split(os.environ.get("PILOTLINE_OPTIONS", ""))
_UNIQUE_ID = re.compile(r'\s*\[\s*\d\s*,\s*"([^"]*)"')


class ControlRefused(AssertionError):
    """The virtual charger answered a request with {"ok": false}."""


class ControlClient:
    """One connection to the control socket; may be used from several threads."""

    def __init__(self, address: str, limit_s: float = REQUEST_LIMIT_S) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=limit_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines: IO[bytes] = self._socket.makefile("rb")
        self._lock = threading.Lock()

    def request(self, cmd: str, **arguments: object) -> dict[str, Any]:
        """Send one request and return its reply; raises ControlRefused when the answer is no."""
        text = json.dumps({"cmd": cmd, **arguments})
        with self._lock:
            self._socket.sendall(text.encode() + b"\n")
            line = self._lines.readline()
        if not line:
            raise ConnectionError(f"the control socket closed instead of answering {text}")
        reply: dict[str, Any] = json.loads(line)
        if not reply.get("ok"):
            raise ControlRefused(f"{text}: {reply.get('error')}")
        return reply

    def close(self) -> None:
        """Give the connection back."""
        self._lines.close()
        self._socket.close()


class VirtualCharger:
    """One process of tools/virtual_charger.py.

    The log of its standard error is in `log_path`; `events` holds the later lines of its standard output; `powered` is as of the last
    look at the clock.
    """

    def __init__(
        self,
        csms: str,
        product: str,
        *,
        identity: str = "PILOT-1",
        speed: float = DEFAULT_SPEED,
        flash: Path | None = None,
        settings: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        self.speed = speed
        self.product = product
        self.events: list[dict[str, Any]] = []
        self.powered = True
        log = tempfile.NamedTemporaryFile("wb", prefix="virtual-charger-", suffix=".log", delete=False)
        self.log_path = Path(log.name)
        self.frames_path = self.log_path.with_suffix(".frames")
        self._frame_times: dict[str, float] = {}
        self._frames_read = 0
        command = [sys.executable, str(ROOT / "tools" / "virtual_charger.py"), "--csms", csms, "--id", identity]
        command += ["--product", product, "--speed", str(speed), "--record", str(self.frames_path)]
        command += [*options, *MORE_OPTIONS]
        if flash is not None:
            command += ["--flash", str(flash)]
        for key, value in (settings or {}).items():
            command += ["--set", f"{key}={value}"]
        with log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, text=True)
        atexit.register(self.stop)
        self.ready = self._first_line()
        self._drain = threading.Thread(target=self._collect_events, daemon=True)
        self._drain.start()
        self.control = ControlClient(self.ready["control"])
        self._clock = ControlClient(self.ready["control"])

    def _first_line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], START_LIMIT_S)
        line = self.process.stdout.readline() if readable else ""
        if not line:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the virtual charger did not get ready:\n" + self.log_tail())
        ready: dict[str, Any] = json.loads(line)
        assert ready.get("event") == "ready", f"the first line is not the ready event: {line}"
        return ready

    def _collect_events(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def log_tail(self, lines: int = 40) -> str:
        """Return the end of the charger's log, for a failure report."""
        text = self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""
        return "\n".join(["--- log of the virtual charger", *text.splitlines()[-lines:]])

    def time_s(self) -> float:
        """Return the simulated time."""
        truth = self._clock.request("get")
        self.powered = bool(truth["power"])
        return float(truth["time_s"])

    def frame_time_s(self, unique_id: str) -> float | None:
        """Return when the firmware sent (or received) the first frame with this unique id; None when the record has no such frame.

        The time at which a message arrives here lags behind by what this computer was busy with, times the speed.
        """
        with open(self.frames_path, "rb") as file:
            file.seek(self._frames_read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._frames_read += len(whole)
        for line in whole.splitlines():
            frame = json.loads(line)
            found = _UNIQUE_ID.match(frame["text"])
            if found:
                self._frame_times.setdefault(found.group(1), float(frame["time_s"]))
        return self._frame_times.get(unique_id)

    def request(self, cmd: str, **arguments: object) -> dict[str, Any]:
        """Send a request to the control socket."""
        return self.control.request(cmd, **arguments)

    def skip(self, seconds: float) -> None:
        """Let so much simulated time pass quickly."""
        client = ControlClient(self.ready["control"], SKIP_LIMIT_S)
        try:
            client.request("skip", seconds=seconds)
        finally:
            client.close()

    def truth(self) -> dict[str, Any]:
        """Return the physical truth (`get`)."""
        return self.control.request("get")

    def connector(self, number: int = 1) -> dict[str, Any]:
        """Return the physical truth about one connector."""
        found: dict[str, Any] = self.truth()["connectors"][number - 1]
        assert found["id"] == number
        return found

    def crashes(self) -> list[dict[str, Any]]:
        """Return the reports of firmware processes that ended by themselves."""
        return [event for event in self.events if event.get("event") == "crashed"]

    def stop(self) -> int:
        """End the process and return its exit status."""
        atexit.unregister(self.stop)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for client in ("control", "_clock"):
            if hasattr(self, client):
                getattr(self, client).close()
        if self.process.stdout is not None and not hasattr(self, "_drain"):
            self.process.stdout.close()
        if self.process.returncode == 0:
            self.log_path.unlink(missing_ok=True)
            self.frames_path.unlink(missing_ok=True)
        return self.process.returncode


class Stopwatch:
    """A limit in simulated seconds with a bound in real ones, so that nothing hangs when simulated time stands still."""

    def __init__(self, charger: VirtualCharger, limit_s: float) -> None:
        self._charger = charger
        self._end_s = charger.time_s() + limit_s
        self._real_end_s = time.monotonic() + 20.0 + 5.0 * limit_s / charger.speed
        self.limit_s = limit_s

    def left_s(self) -> float:
        """Return the simulated seconds that are left; 0 or less when the time is up."""
        if time.monotonic() > self._real_end_s:
            raise AssertionError(f"simulated time crawls: {self.limit_s} s of it were not over within the real-time bound")
        return self._end_s - self._charger.time_s()

    def slice_s(self, left_s: float) -> float:
        """Return how many real seconds to sleep before looking again."""
        return max(0.002, min(0.05, left_s / self._charger.speed))


