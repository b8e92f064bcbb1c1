"""What can be seen from outside while a charger runs: its OCPP frames and the physical world, in one order of simulated time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.csms.schema import CALL, CALL_ERROR, InvalidMessage, check_payload, check_sent_frame, parse, split_frame
from tools.run.charger_process import ChargerFailed, ControlSocket

POLL_S = 0.1


@dataclass(frozen=True)
class Frame:
    """One OCPP-J message; `action` of an answer is that of the CALL it answers. `fault` says what the schema has against it."""

    time_s: float
    from_charger: bool
    kind: int
    action: str
    payload: Any
    text: str
    fault: str = ""
    call_number: int = -1

    @property
    def is_call(self) -> bool:
        """Whether it is a request."""
        return self.kind == CALL


@dataclass(frozen=True)
class WorldEvent:
    """One physical transition, as `events` of the control socket tells it."""

    time_s: float
    connector: int | None
    what: str
    before: Any
    after: Any


class FrameReader:
    """Turns the lines of a --record file into checked frames."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._open: dict[tuple[bool, str], int] = {}

    def line(self, line: str) -> Frame:
        """Read one line of the record."""
        entry = json.loads(line)
        from_charger = entry["direction"] == "out"
        frame = self._frame(float(entry["time_s"]), from_charger, str(entry["text"]))
        self.frames.append(frame)
        return frame

    def _frame(self, time_s: float, from_charger: bool, text: str) -> Frame:
        action = payload = None
        kind, number, fault = 0, -1, ""
        try:
            kind, action, payload = split_frame(text)
            unique_id = str(parse(text)[1])
            if kind == CALL:
                self._open[(from_charger, unique_id)] = len(self.frames)
                check_payload(action, payload)
            else:
                number = self._open.pop((not from_charger, unique_id), -1)
                code, action = action, self.frames[number].action if number >= 0 else ""
                if number < 0:
                    fault = "an answer to no open request"
                elif kind == CALL_ERROR:
                    fault = f"refused with {code}"
                else:
                    check_payload(action + "Response", payload)
            if from_charger:
                check_sent_frame(text, action if number >= 0 else "")
        except InvalidMessage as error:
            fault = str(error)
        return Frame(time_s, from_charger, kind, action or "", payload, text, fault, number)


class Witness:
    """Follows the record file and the control socket; hands everything new to the listeners, oldest first.

    world: the last answer to `get`. energy: (simulated time, Wh that really flowed) at every look, by connector.
    """

    def __init__(self, control: ControlSocket, record: Path) -> None:
        self._control = control
        self._record = record
        self._reader = FrameReader()
        self._rest = ""
        self._offset = 0
        self._last_event = 0
        self._changed = asyncio.Event()
        self.events: list[WorldEvent] = []
        self.world: dict[str, Any] = {}
        self.energy: dict[int, list[tuple[float, float]]] = {}
        self.gone = ""
        self.listeners: list[Callable[[Frame | WorldEvent], None]] = []

    @property
    def frames(self) -> list[Frame]:
        """Every OCPP frame so far."""
        return self._reader.frames

    @property
    def now_s(self) -> float:
        """The simulated time of the last look."""
        return float(self.world.get("time_s", 0.0))

    async def follow(self) -> None:
        """Look again and again, until cancelled or the charger goes: then `gone` says how."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(POLL_S)
        except (ChargerFailed, EOFError, OSError) as error:
            self.gone = str(error) or type(error).__name__
            self._changed.set()

    async def look(self) -> None:
        """Take in what is new."""
        reply = await self._control.ask("events", since=self._last_event)
        fresh: list[Frame | WorldEvent] = []
        for event in reply["events"]:
            self._last_event = max(self._last_event, event["n"])
            seen = WorldEvent(event["time_s"], event.get("connector"), event["what"], event.get("from"), event.get("to"))
            self.events.append(seen)
            fresh.append(seen)
        self.world = await self._control.ask("get")
        for connector in self.world["connectors"]:
            self.energy.setdefault(connector["id"], []).append((self.world["time_s"], connector["meter_wh"]))
        fresh += self._new_frames()
        for item in sorted(fresh, key=lambda item: item.time_s):
            for listener in self.listeners:
                listener(item)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, condition: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Wait until the condition holds after a look.

        Raises: TimeoutError with what was waited for, after `timeout_s` of real time; EOFError when the charger has gone.
        """
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not condition():
            if self.gone:
                raise EOFError(self.gone)
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._changed.wait(), max(left, 0.01))
            except asyncio.TimeoutError:
                if not condition():
                    raise TimeoutError(f"{what} did not happen within {timeout_s:g} s") from None

    def _new_frames(self) -> list[Frame]:
        if not self._record.exists():
            return []
        with self._record.open("r", encoding="utf-8", errors="replace") as file:
            file.seek(self._offset)
            text = file.read()
            self._offset = file.tell()
        lines = (self._rest + text).split("\n")
        self._rest = lines.pop()
        return [self._reader.line(line) for line in lines if line]

