"""Sets up what a run needs: a central system (unless the user has one), a virtual charger, and a witness of both."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tools.csms.clock import WorldClock
from tools.csms.policy import Policy
from tools.csms.server import CentralSystem
from tools.run.charger_process import PROGRAM, ChargerProcess, ControlSocket
from tools.run.judge import Verdict
from tools.run.witness import Witness

# Between samples of a running transaction: often enough to see some in a short session, however fast it runs.
SAMPLE_REAL_S = 5
SAMPLE_LIMIT_S = 15


@dataclass(frozen=True)
class Settings:
    """What the user can choose; csms None means the local central system.

    `extra` goes to the virtual charger as it is; `record` is where its messages are kept; `program` is what has its interface.
    """

    csms: str | None = None
    identity: str = "PILOTLINE-1"
    product: str = "lecs007"
    speed: float = 4.0
    extra: tuple[str, ...] = ()
    record: Path | None = None
    program: Path = PROGRAM


def has_micropython() -> bool:
    """Whether this platform has a wheel of the MicroPython interpreter."""
    return importlib.util.find_spec("micropython_unix") is not None


def link_trouble(log: str) -> str:
    """Return why a charger is not connected, by the last line about its link in its log ("seconds level part text")."""
    for line in reversed(log.splitlines()):
        seconds, level, part, text = [*line.split(None, 3), "", "", "", ""][:4]
        if part in ("link", "setup") and level.isdigit():
            return "" if text == "connected" else text
    return ""


class Stage:
    """Everything that runs during `make run`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.speed = settings.speed
        self.notes: list[str] = []
        self._world_clock = WorldClock(datetime.now(timezone.utc))
        self.central_system = None if settings.csms else CentralSystem(Policy(), clock=self._world_clock)
        self.process: ChargerProcess | None = None
        self.control: ControlSocket
        self.witness: Witness
        self._following: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start everything. Raises: ChargerFailed, OSError."""
        settings = self.settings
        csms = settings.csms
        if self.central_system is not None:
            await self.central_system.start()
            csms = self.central_system.url
        options = ["--product", settings.product, "--speed", f"{settings.speed:g}"]
        sample_s = max(1, min(SAMPLE_LIMIT_S, round(SAMPLE_REAL_S * settings.speed)))
        options += ["--set", f"MeterValueSampleInterval={sample_s}"]
        if has_micropython():
            self.notes.append(f"Pilotline {settings.product} on MicroPython, {settings.speed:g} times real time, connects to {csms} as {settings.identity}")
        else:
            options += ["--runtime", "cpython"]
            where = f"{platform.system()} {platform.machine()}"
            self.notes.append(f"No wheel of the MicroPython interpreter exists for {where}: the firmware runs on CPython instead.")
        self.process = ChargerProcess(str(csms), settings.identity, *options, *settings.extra, record=settings.record, program=settings.program)
        self.control = await self.process.start()
        self._world_clock.time_s = self.control.time_s
        self.witness = Witness(self.control, self.process.record)

    async def now(self) -> datetime:
        """Return the time that the local central system tells: the simulated one."""
        return await self._world_clock.now()

    def follow(self) -> None:
        """Begin to watch; listeners are in place."""
        self._following = asyncio.ensure_future(self.witness.follow())

    async def set_speed(self, speed: float) -> None:
        """Run at another speed from now on."""
        await self.control.ask("rate", speed=speed)
        self.speed = speed

    def complete(self, verdict: Verdict) -> Verdict:
        """Add to a verdict what only this side knows: why there is no connection, crashes, and what the central system's books say."""
        if not self.witness.frames:
            verdict.faults[:] = ["never connected: " + (self.link_trouble() or "the charger said nothing about its link")]
        if self.process is not None:
            verdict.faults += [f"the firmware crashed: {crash}" for crash in self.process.crashes]
        if self.central_system is not None:
            problems = self.central_system.known(self.settings.identity).all_problems + self.central_system.refused
            verdict.require("the central system has nothing to complain about", not problems, "; ".join(problems))
        return verdict

    def link_trouble(self) -> str:
        """Return what the charger last said of its link in its log, "" when it said nothing or is connected."""
        return link_trouble(self.process.last_log(200)) if self.process is not None else ""

    def connection(self) -> str:
        """Say in words whether the charger is connected to its central system, and if not, why."""
        trouble = self.link_trouble()
        return "not connected: " + trouble if trouble else "connected" if self.witness.frames else "not connected yet"

    async def close(self) -> None:
        """End everything; a second call does nothing more."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
        process, self.process = self.process, None
        if process is not None:
            if hasattr(self, "control"):
                await self.control.close()
            await process.stop()
            process.clean_up()
        if self.central_system is not None:
            await self.central_system.stop()
