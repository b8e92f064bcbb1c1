"""What the panel shows of one charger, from the frames and world events that its witness hands over."""

from __future__ import annotations

from collections import deque
from typing import Any

from tools.panel.exchanges import Exchanges
from tools.run.witness import Frame, WorldEvent
from tools.run.words import event_line, offered_a

MOST_SAMPLES = 300
PILOT_HEIGHT = {"A": 12, "B": 9, "C": 6, "D": 3, "E": 0, "F": -12}
SERIES = ("duty", "pilot_v", "offered_a", "drawn_a", "power_w", "energy_wh", "soc", "heap_kb")


class ChargerModel:
    """Statuses, messages, world events and curves of one charger."""

    def __init__(self) -> None:
        self.exchanges = Exchanges()
        self.events: deque[str] = deque(maxlen=200)
        self.world: dict[str, Any] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.unknown_keys: list[str] = []
        self.series: dict[int, dict[str, deque[tuple[float, float | None]]]] = {}
        self._statuses: dict[int, str] = {}
        self._transactions: dict[int, int] = {}
        self._starts: dict[int, int] = {}
        self._frames = 0
        self._card = ""

    def take(self, item: Frame | WorldEvent) -> None:
        """Take in what happened next."""
        if isinstance(item, WorldEvent):
            self.events.append(f"{item.time_s:.1f} s  {event_line(item)[3:]}")
            if item.what == "power" and item.after in (False, "off"):
                self._statuses.clear()  # what it said counts until it boots and says it again
            return
        self.exchanges.add(item)
        number, self._frames = self._frames, self._frames + 1
        if not isinstance(item.payload, dict):
            return
        if item.is_call:
            self._request(number, item.action, item.payload)
        else:
            self._answered(item)

    def status(self, connector: int) -> str:
        """What the charger last told of a connector, "" before it has."""
        return self._statuses.get(connector, "")

    def transaction(self, connector: int) -> int | None:
        """The transaction that runs at a connector, as the central system named it."""
        return self._transactions.get(connector)

    @property
    def card(self) -> str:
        """Why the last card started nothing; "" when it did, or there was none."""
        return self._card

    def sample(self, world: dict[str, Any]) -> None:
        """Add a point to each curve, from an answer to `get`."""
        self.world = world
        heap = world.get("heap")
        for connector in world["connectors"]:
            curves = self.series.setdefault(connector["id"], {name: deque(maxlen=MOST_SAMPLES) for name in SERIES})
            values: dict[str, float | None] = {
                "duty": connector["pilot_duty_percent"],
                "pilot_v": PILOT_HEIGHT.get(connector["pilot_state"]),
                "offered_a": offered_a(connector["pilot_duty_percent"]),
                "drawn_a": connector["current_a"],
                "power_w": connector["power_w"],
                "energy_wh": connector["meter_wh"],
                "soc": connector["soc"],
                "heap_kb": heap["used"] / 1024 if heap else None,
            }
            for name, value in values.items():
                curves[name].append((round(world["time_s"], 1), None if value is None else round(value, 1)))

    def _request(self, number: int, action: str, payload: dict[str, Any]) -> None:
        if action == "StatusNotification":
            self._statuses[payload.get("connectorId", -1)] = str(payload.get("status", ""))
        elif action == "StartTransaction":
            self._starts[number] = payload.get("connectorId", 1)
        elif action == "StopTransaction":
            stopped = payload.get("transactionId")
            self._transactions = {connector: running for connector, running in self._transactions.items() if running != stopped}
            self._card = ""

    def _answered(self, answer: Frame) -> None:
        payload = answer.payload
        if answer.action == "StartTransaction" and answer.call_number in self._starts and "transactionId" in payload:
            self._transactions[self._starts.pop(answer.call_number)] = payload["transactionId"]
        if answer.action in ("Authorize", "StartTransaction"):
            info = payload.get("idTagInfo")
            decision = str(info.get("status")) if isinstance(info, dict) else ""
            self._card = "" if decision == "Accepted" else f"the central system refused the card: {decision}"
        elif answer.action == "GetConfiguration":
            self.keys |= {entry["key"]: entry for entry in payload.get("configurationKey", ()) if isinstance(entry, dict) and "key" in entry}
            self.unknown_keys = [str(key) for key in payload.get("unknownKey", ())]
