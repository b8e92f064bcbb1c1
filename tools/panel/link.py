"""One virtual charger of the panel: starts it, hands what happens to its model, carries out what is clicked."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tools.csms.charger import Refused
from tools.csms.files import FileServer
from tools.csms.messages import Timeout
from tools.csms.schema import InvalidMessage
from tools.panel.curves import Curve
from tools.panel.model import ChargerModel
from tools.panel.requests import Request, Situation, Unusable, Values
from tools.run.charger_process import ChargerFailed
from tools.run.stage import Settings, Stage

INVALID_CARD = "04DEADBEEF0001"
SAMPLE_S = 0.5
CONSOLE_LIMIT_S = 15
ANSWER_LIMIT_S = 35


class ChargerLink:
    """A charger, its central system (unless the user has one) and its model.

    Commands return a text for the person: "" when there is nothing to say, else what went wrong.
    """

    def __init__(self, settings: Settings, files: FileServer | None = None) -> None:
        self.settings = settings
        self.model = ChargerModel()
        self.stage = Stage(settings)
        self.trouble = ""
        self._files = files
        self._sampling: asyncio.Task[None] | None = None
        if self.stage.central_system is not None:
            self.stage.central_system.policy.cards[INVALID_CARD] = {"status": "Invalid"}

    @property
    def has_central_system(self) -> bool:
        """Whether the central system is ours, so that the panel can ask the charger something through it."""
        return self.stage.central_system is not None

    async def open(self) -> None:
        """Start everything; `trouble` says why not, when it does not start."""
        try:
            await self.stage.open()
        except (ChargerFailed, OSError) as error:
            self.trouble = str(error)
            await self.stage.close()
            return
        self.stage.witness.listeners.append(self.model.take)
        self.stage.follow()
        self._sampling = asyncio.ensure_future(self._sample())

    async def close(self) -> None:
        """End everything that was started."""
        if self._sampling is not None:
            self._sampling.cancel()
        await self.stage.close()

    def connection(self) -> str:
        """In words, whether the charger has reached its central system."""
        return self.trouble or (self.stage.connection() if hasattr(self.stage, "witness") else "not connected yet")

    async def do(self, command: str, **arguments: object) -> str:
        """Carry out a command of the control socket."""
        try:
            await self.stage.control.ask(command, **arguments)
        except (ChargerFailed, EOFError, OSError, AttributeError) as error:
            return self.trouble or str(error)
        return ""

    async def request(self, request: Request, values: Values, connector: int) -> str:
        """Send a request of the central system's side and say what the charger answered."""
        try:
            situation = await self._situation(connector)
            values = {**values, "location": self._reachable(values["location"])} if values.get("location") else values
            action = request.action or values.get("action", "")
            payload = request.payload(values, situation)
        except Unusable as error:
            return str(error)
        return await self.send(action, payload, check=bool(request.action))

    async def send_curve(self, curve: Curve, purpose: str, connector: int) -> str:
        """Send a drawn curve as SetChargingProfile and say what the charger answered."""
        situation = await self._situation(connector)
        if purpose == "TxProfile" and situation.transaction is None:
            return "a TxProfile belongs to a running transaction, and there is none: start a session, or take a TxDefaultProfile"
        return await self.send("SetChargingProfile", curve.profile(purpose, connector, situation.now, situation.transaction))

    async def send(self, action: str, payload: dict[str, Any], check: bool = True) -> str:
        """Send any request and say what the charger answered."""
        central_system = self.stage.central_system
        if central_system is None:
            return "your own central system is on the other side: send it from there"
        try:
            answer = await central_system.known(self.settings.identity).call(action, payload, ANSWER_LIMIT_S, check)
        except (Refused, Timeout, ConnectionError, InvalidMessage) as error:
            return f"{action}: {error}"
        said = answer.get("status") or ", ".join(f"{key} {value}" for key, value in answer.items() if key not in ("configurationKey", "chargingSchedule"))
        return f"{action}: {said or 'answered'}"

    async def change_key(self, key: str, value: str) -> str:
        """Change a configuration key and read it again."""
        said = await self.send("ChangeConfiguration", {"key": key, "value": value})
        await self.send("GetConfiguration", {"key": [key]})
        return f"{key}: {said.removeprefix('ChangeConfiguration: ')}"

    async def console(self, page: str) -> str:
        """Return a page of diag, as a field engineer reads it over the charger's own console."""
        port = self.stage.process.repl if self.stage.process is not None else ""
        if not port:
            return "This charger has no console: its firmware runs on CPython, or has no power."
        command = [sys.executable, "-m", "mpremote", "connect", port, "resume", "exec", f"import diag; diag.{page}()"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        try:
            output, _ = await asyncio.wait_for(process.communicate(), CONSOLE_LIMIT_S)
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()
            return "The charger does not answer on its console."
        return output.decode("utf-8", "replace").replace("\r\n", "\n").strip()

    async def _situation(self, connector: int) -> Situation:
        now = await self.stage.now() if self.has_central_system else datetime.now(timezone.utc)
        upload = self._files.address_for(f"{self.settings.identity}-diagnostics.txt") if self._files is not None else ""
        return Situation(connector, self.model.transaction(connector), now, upload)

    def _reachable(self, location: str) -> str:
        """The address under which a charger finds a file of this computer; anything else stays as it is."""
        if self._files is not None and "://" not in location and Path(location).is_file():
            return self._files.offer(Path(location))
        return location

    async def _sample(self) -> None:
        while True:
            if self.stage.witness.world:
                self.model.sample(self.stage.witness.world)
            if self.stage.witness.gone:
                self.trouble = f"the virtual charger has ended: {self.stage.witness.gone}"
            await asyncio.sleep(SAMPLE_S)
