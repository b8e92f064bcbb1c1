"""Heap of the running firmware and garbage of each message, against tools/budgets.json. `make bench` starts this.

The firmware runs from its packed image in the real interpreter, in the virtual charger, through boot, idling, a session and every
request of Core. What is counted are bytes of a 64-bit heap: halve them for a 32-bit board. The counts do not depend on the machine's speed.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import build_image
from tools.csms.charger import Charger, Refused
from tools.csms.clock import WorldClock
from tools.csms.messages import Timeout
from tools.csms.policy import Policy
from tools.csms.server import CentralSystem
from tools.image import link_model
from tools.measure.budgets import Figure, accepted, load, print_table, verdict
from tools.measure.findings import Findings
from tools.measure.modules import BOARD, resident, separate_image
from tools.measure.order import import_order
from tools.run.charger_process import PROGRAM, ChargerFailed, ChargerProcess, ControlSocket
from tools.run.session import CARD

MEASURE = Path(__file__).resolve().parent / "measure"
SPEED = 20
SESSIONS = 3

# One of each request that a central system of Core sends, and some of the profiles; the long GetConfiguration is the median of three.
REQUESTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GetConfiguration", {}),
    ("GetConfiguration", {}),
    ("GetConfiguration", {"key": ["HeartbeatInterval", "NoSuchKey"]}),
    ("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "15"}),
    ("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}),
    ("ChangeAvailability", {"connectorId": 1, "type": "Operative"}),
    ("UnlockConnector", {"connectorId": 1}),
    ("ClearCache", {}),
    ("DataTransfer", {"vendorId": "nobody", "data": "0123456789"}),
    ("RemoteStopTransaction", {"transactionId": 999}),
    ("GetLocalListVersion", {}),
    ("ReserveNow", {"connectorId": 1, "expiryDate": "2080-01-01T00:00:00Z", "idTag": CARD, "reservationId": 1}),
    ("CancelReservation", {"reservationId": 1}),
)


def filling() -> Iterator[tuple[str, dict[str, Any]]]:
    """All that the optional profiles can hold: every charging profile with all its periods, then the local list in messages as long as they may be."""
    for number in range(10):
        periods = [{"startPeriod": 600 * n, "limit": 30 + n % 3, "numberPhases": 3} for n in range(24)]
        schedule = {"startSchedule": "2026-01-01T00:00:00Z", "chargingRateUnit": "A", "chargingSchedulePeriod": periods}
        profile = {"chargingProfileId": number, "stackLevel": number, "chargingProfilePurpose": "TxDefaultProfile",
                   "chargingProfileKind": "Recurring", "recurrencyKind": "Daily", "chargingSchedule": schedule}
        yield "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile}
    yield "GetCompositeSchedule", {"connectorId": 1, "duration": 86400}
    info = {"status": "Accepted", "expiryDate": "2080-01-01T00:00:00Z", "parentIdTag": "GROUP"}
    for number in range(50):
        entries = [{"idTag": "LISTED-%05d" % (20 * number + n), "idTagInfo": info} for n in range(20)]
        yield "SendLocalList", {"listVersion": number + 1, "updateType": "Differential" if number else "Full", "localAuthorizationList": entries}


class Bench:
    """One run of one product: `measured`, with on_device.py in front of the firmware, or plain, for the heap as it really is.

    heap: bytes in use by moment, of a plain run: the least that the firmware reported, which is what was left after a collection.
    """

    def __init__(self, product: str, measured: bool) -> None:
        self.findings = Findings()
        self.heap: dict[str, int] = {}
        self._product = product
        self._measured = measured
        self._charger: Charger
        self._control: ControlSocket

    async def run(self) -> None:
        """Boot, idle, charge, ask everything; several sessions. Raises: Timeout, ChargerFailed."""
        clock = WorldClock()
        async with CentralSystem(Policy(interval_s=20), clock=clock) as central_system:
            options = ("--product", self._product, "--speed", str(SPEED), "--set", "MeterValueSampleInterval=15")
            program = MEASURE / "charger.py" if self._measured else PROGRAM
            process = ChargerProcess(central_system.url, "BENCH-1", *options, program=program)
            try:
                self._control = await process.start()
                clock.time_s = self._control.time_s
                self._charger = await central_system.charger("BENCH-1", 30)
                await self._scenario()
                self.findings.read(process.log.read_text("utf-8", "replace"))
            except Timeout as error:
                raise Timeout(f"{error}\n{process.last_log()}") from None
            finally:
                await process.stop()
                process.clean_up()
        self.findings.problems += self._charger.all_problems

    async def _scenario(self) -> None:
        await self._charger.expect("StatusNotification", connectorId=1, status="Available", timeout_s=30)
        await self._moment("first minute")
        await self._moment("idle")
        for action, payload in REQUESTS:
            try:
                await self._charger.call(action, payload)
            except Refused as error:
                self.findings.problems.append(f"{action} was refused: {error}")
        await self._moment("asked everything")
        if build_image.features(self._product):
            for action, payload in filling():
                await self._mark("begin")
                answer = await self._charger.call(action, payload)
                if answer["status"] != "Accepted":
                    self.findings.problems.append(f"{action} was answered {answer}")
            await self._moment("holding all it can")
        for number in range(SESSIONS):
            await self._session(f"charging, session {number + 1}")
            await self._moment(f"after session {number + 1}")

    async def _session(self, moment: str) -> None:
        since = len(self._charger.log)
        await self._control.ask("plug")
        await self._charger.expect("StatusNotification", since, status="Preparing")
        await self._control.ask("tap", uid=CARD)
        await self._charger.expect("StatusNotification", since, 15, status="Charging")
        await self._charger.expect("MeterValues", since, 15)
        await self._moment(moment)
        await self._control.ask("tap", uid=CARD)
        await self._charger.expect("StopTransaction", since, 15)
        await self._control.ask("unplug")
        await self._charger.expect("StatusNotification", since, 15, status="Available")

    async def _moment(self, name: str) -> None:
        """Let half a minute pass, with messages of its own only; the firmware collects its garbage every 10 s."""
        await self._mark("begin")
        end = await self._control.time_s() + 30
        least = 1 << 30
        while (world := await self._control.ask("get"))["time_s"] < end:
            least = min(least, world["heap"]["used"]) if world["heap"] else least
            await asyncio.sleep(0.02)
        self.heap[name] = least
        await self._mark(name.replace(" ", "-"))

    async def _mark(self, name: str) -> None:
        """Have on_device.py say what the passes allocated since the last mark, and wait until it has."""
        if self._measured:
            await self._charger.call("DataTransfer", {"vendorId": "pilotline.bench", "messageId": name})
            await asyncio.sleep(10 / SPEED)


def _code(romfs: Path, modules: list[str]) -> dict[str, int]:
    """Return the heap that each module's code takes when they are imported in this order from an image."""
    command = [sys.executable, str(MEASURE / "code_heap.py"), str(romfs), *modules]
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    findings = Findings()
    findings.read(process.stderr + process.stdout)
    if set(findings.code) != set(modules):
        raise ChargerFailed(f"the image could not be measured: {process.stderr[-1000:]}{process.stdout[-1000:]}")
    return findings.code


def _layer(module: str) -> str:
    return module.split(".")[1] if module.startswith("chargepoint.") else "board, product and boot"


def _report(product: str, heap: dict[str, int], found: Findings) -> list[Figure]:
    """Print every table; return the figures that are over."""
    budgets, concessions = load(), accepted(product)
    modules = _code(separate_image(product), [*import_order(resident(product)), "product", "boot"])
    layers: dict[str, int] = {}
    for name, size in modules.items():
        layers[_layer(name)] = layers.get(_layer(name), 0) + size
    code = sum(_code(build_image.build(BOARD, product).romfs, [link_model.LINKED, *found.modules, "product", "boot"]).values())
    print_table(f"{product}: heap taken by code, a module, before linking", [Figure(name, size) for name, size in sorted(modules.items())])
    print_table(f"{product}: heap taken by code, a layer, before linking", [Figure(layer, size) for layer, size in layers.items()])
    figures = [Figure("code in all", code, budgets["code_heap_bytes"].get(product))]
    over = print_table(f"{product}: heap taken by code, linked as in its image", figures, concessions)
    figures = [Figure(name, used - code) for name, used in heap.items() if name != "idle"]
    figures.append(Figure("idle and connected", heap["idle"] - code, budgets["data_heap_bytes"]))
    figures.append(Figure("growth over the sessions", heap[f"after session {SESSIONS}"] - heap["after session 1"], budgets["growth_bytes"]))
    over += print_table(f"{product}: heap taken by everything else", figures, concessions)
    garbage: dict[str, int] = budgets["garbage_bytes"]
    figures = []
    for name, turns, allocating, most in found.turns():
        figures.append(Figure(name, most, garbage.get(name), f", in {turns} turns", f"{allocating} of them" if most else ""))
    over += print_table(f"{product}: most bytes allocated in one turn without messages", figures, concessions)
    figures = []
    for name, used, parts in found.messages():
        figures.append(Figure(name, used, garbage.get(name.split()[-1], garbage["message"]), detail=parts))
    return over + print_table(f"{product}: bytes allocated by a message (-> out, <- in with what it sets off)", figures, concessions)


def main() -> int:
    """Measure one product; 0 when it is within its budgets."""
    parser = argparse.ArgumentParser(description="Heap and garbage of the running firmware, against the budgets.")
    parser.add_argument("--product", default="lecs007")
    product = parser.parse_args().product
    plain, measured = Bench(product, False), Bench(product, True)
    asyncio.run(plain.run())
    asyncio.run(measured.run())
    over = _report(product, plain.heap, measured.findings)
    problems = plain.findings.problems + measured.findings.problems
    for problem in problems:
        print(f"bench: WRONG: {problem}")
    return verdict("bench", over) or (1 if problems else 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Timeout, ChargerFailed, build_image.ImageError, OSError) as error:
        sys.exit(f"bench: {error}")
