"""The session that `make run` plays by itself: plug, card, charge with meter values, card, unplug."""

from __future__ import annotations

from collections.abc import Callable

from tools.run.charger_process import ControlSocket
from tools.run.judge import Facts, Verdict, judge
from tools.run.witness import Witness

CARD = "0411223344AABB"
CONNECTOR = 1
METER_VALUES = 3
STEP_LIMIT_S = 12
# Real time after which the card is presented again even when fewer meter values have come.
CHARGE_LIMIT_S = 22


class Session:
    """Plays the one session. `say` gets a line before each step."""

    def __init__(self, control: ControlSocket, witness: Witness, say: Callable[[str], None]) -> None:
        self._control = control
        self._witness = witness
        self._say = say

    async def play(self) -> Verdict:
        """Play it from the boot to the end and judge it; what does not happen in time ends it early, as a fault."""
        try:
            await self._steps()
        except TimeoutError as error:
            verdict = self._judge()
            verdict.faults.insert(0, str(error))
            return verdict
        return self._judge()

    async def _steps(self) -> None:
        self._say("waiting for the charger to boot and to be accepted")
        await self._status("Available", 1)
        self._say("plugging a car in")
        await self._control.ask("plug", connector=CONNECTOR)
        await self._status("Preparing", 1)
        await self._pause(1)
        self._say(f"holding card {CARD} to the reader")
        await self._control.ask("tap", uid=CARD)
        await self._status("Charging", 1)
        self._say(f"charging until {METER_VALUES} meter values have come")
        await self._charge()
        self._say(f"holding card {CARD} to the reader again")
        await self._control.ask("tap", uid=CARD)
        await self._status("Finishing", 1)
        await self._witness.until(lambda: self._count("StopTransaction") > 0, STEP_LIMIT_S, "StopTransaction")
        await self._pause(1)
        self._say("pulling the plug")
        await self._control.ask("unplug", connector=CONNECTOR)
        await self._status("Available", 2)
        await self._witness.until(self._all_answered, STEP_LIMIT_S, "the answer to every message")

    async def _charge(self) -> None:
        try:
            await self._witness.until(lambda: self._count("MeterValues") >= METER_VALUES, CHARGE_LIMIT_S, f"{METER_VALUES} MeterValues")
        except TimeoutError:
            if not self._count("MeterValues"):
                raise

    async def _pause(self, simulated_s: float) -> None:
        end = self._witness.now_s + simulated_s
        await self._witness.until(lambda: self._witness.now_s >= end, STEP_LIMIT_S, "the passing of simulated time")

    async def _status(self, status: str, times: int) -> None:
        def seen() -> bool:
            reported = [frame.payload for frame in self._witness.frames if frame.is_call and frame.action == "StatusNotification" and not frame.fault]
            return [payload["status"] for payload in reported if payload["connectorId"] == CONNECTOR].count(status) >= times

        await self._witness.until(seen, STEP_LIMIT_S, f"status {status} of connector {CONNECTOR}")

    def _count(self, action: str) -> int:
        return sum(frame.from_charger and frame.is_call and frame.action == action for frame in self._witness.frames)

    def _all_answered(self) -> bool:
        return sum(frame.is_call for frame in self._witness.frames) == sum(frame.call_number >= 0 for frame in self._witness.frames)

    def _judge(self) -> Verdict:
        witness = self._witness
        return judge(Facts(CONNECTOR, CARD, list(witness.frames), list(witness.events), witness.energy.get(CONNECTOR, [])))
