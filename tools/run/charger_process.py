"""Starts a virtual charger and speaks to its control socket, by its published interface only."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parents[1] / "virtual_charger.py"


class ChargerFailed(Exception):
    """The virtual charger did not start, refused a command, or ended; the text says what it said."""


class ControlSocket:
    """One client of a control socket; requests of several tasks take turns."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    @classmethod
    async def connect(cls, address: str) -> ControlSocket:
        """Connect to HOST:PORT."""
        host, _, port = address.rpartition(":")
        return cls(*await asyncio.open_connection(host, int(port), limit=1 << 24))

    async def ask(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send one command and return its reply.

        Raises: ChargerFailed when the charger refuses it, EOFError when it has gone.
        """
        async with self._turn:
            self._writer.write(json.dumps({"cmd": command, **arguments}).encode() + b"\n")
            await self._writer.drain()
            line = await self._reader.readline()
        if not line:
            raise EOFError("the virtual charger has closed its control socket")
        reply: dict[str, Any] = json.loads(line)
        if not reply.get("ok"):
            raise ChargerFailed(f"{command}: {reply.get('error', 'refused without a reason')}")
        return reply

    async def time_s(self) -> float:
        """Return the simulated time."""
        return float((await self.ask("get"))["time_s"])

    async def close(self) -> None:
        """Close the connection; the charger goes on."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class ChargerProcess:
    """A virtual charger that runs as a child process, with a flash folder and a record of its OCPP frames (a temporary one, unless it is named)."""

    def __init__(self, csms: str, identity: str, *options: str, record: Path | None = None, program: Path = PROGRAM) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pilotline-")
        self.record = record or Path(self._folder.name) / "frames.jsonl"
        self._log_read = 0
        self.log = Path(self._folder.name) / "charger.log"
        flash = Path(self._folder.name) / "flash"
        self._command = [sys.executable, str(program), "--csms", csms, "--id", identity]
        self._command += ["--flash", str(flash), "--record", str(self.record), *options]
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.crashes: list[str] = []
        self.repl = ""  # the serial port of its console, for mpremote

    async def start(self, timeout_s: float = 120.0) -> ControlSocket:
        """Start it, wait until it is ready (the first time it builds its image), and connect to its control socket."""
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(*self._command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        try:
            ready = await asyncio.wait_for(self._process.stdout.readline(), timeout_s)
            event = json.loads(ready)
            address = str(event["control"])
            self.repl = str(event.get("repl", ""))
        except (asyncio.TimeoutError, ValueError, KeyError) as error:
            await self.stop()
            raise ChargerFailed(f"the virtual charger did not start: {self.last_log() or error}") from None
        self._reading = asyncio.ensure_future(self._read(self._process.stdout))
        return await ControlSocket.connect(address)

    @property
    def pid(self) -> int:
        """The process id, 0 before the start."""
        return self._process.pid if self._process is not None else 0

    async def stop(self) -> int:
        """End it and return its exit status."""
        status = -1
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                status = await asyncio.wait_for(self._process.wait(), 5)
            except asyncio.TimeoutError:
                self._process.kill()
                status = await self._process.wait()
        if self._reading is not None:
            await self._reading
        return status

    def clean_up(self) -> None:
        """Remove its files."""
        self._folder.cleanup()

    def last_log(self, lines: int = 15) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:]) if self.log.exists() else ""

    def new_log(self) -> list[str]:
        """Return the complete lines of its log that were not returned before."""
        if not self.log.exists():
            return []
        with self.log.open("rb") as file:
            file.seek(self._log_read)
            text, end, _ = file.read().rpartition(b"\n")
        self._log_read += len(text) + len(end)
        return text.decode("utf-8", "replace").splitlines()

    async def _read(self, output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event.get("event") == "crashed":
                    self.crashes.append(line.decode("utf-8", "replace").strip())
