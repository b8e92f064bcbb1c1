"""Frames and world events in words, for people: one line each."""

from __future__ import annotations

import json
from typing import Any

from tools.csms.ledger import energies_wh
from tools.csms.schema import CALL_ERROR
from tools.run.witness import Frame, WorldEvent

_UNITS = {"duty": " %"}
PILOT_WORDS = {"A": "no car", "B": "car, not ready", "C": "car wants energy", "D": "wants ventilation", "E": "fault", "F": "not available"}


def frame_line(frame: Frame) -> str:
    """Say which message passed; the arrow points where it went: to (->) or from (<-) the central system."""
    arrow = "->" if frame.from_charger else "<-"
    name = frame.action if frame.is_call else f"{frame.action or '?'} {'error' if frame.kind == CALL_ERROR else 'answer'}"
    fault = f"   WRONG: {frame.fault}" if frame.fault else ""
    return f"{arrow} {name:<22} {_payload(frame)}{fault}".rstrip()


def offered_a(duty_percent: float | None) -> float:
    """The current that a duty cycle offers, IEC 61851-1 table A.8; 0 when it offers none."""
    if duty_percent is None:
        return 0.0
    if 10 <= duty_percent <= 85:
        return duty_percent * 0.6
    return (duty_percent - 64) * 2.5 if 85 < duty_percent <= 96 else 0.0


def event_line(event: WorldEvent) -> str:
    """Say what changed in the physical world."""
    where = f"connector {event.connector}: " if event.connector else ""
    unit = _UNITS.get(event.what, "")
    return f"** {where}{event.what} {_value(event.before)} to {_value(event.after)}{unit if event.after is not None else ''}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _payload(frame: Frame) -> str:
    payload = frame.payload
    if not isinstance(payload, dict):
        return frame.text
    if frame.action == "MeterValues" and frame.is_call:
        return _meter_values(payload)
    fields = {key: value for key, value in payload.items() if key not in ("timestamp", "transactionData")}
    if frame.action == "StatusNotification" and fields.get("errorCode") == "NoError":
        del fields["errorCode"]
    return ", ".join(f"{key} {_field(value)}" for key, value in fields.items())


def _field(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(str(item) for item in value.values())
    return json.dumps(value, default=str) if isinstance(value, list) else str(value)


def _meter_values(payload: dict[str, Any]) -> str:
    energies = [f"{wh:g} Wh" for _, wh in energies_wh(payload["meterValue"])]
    others = [
        f"{sample['value']} {sample.get('unit', '')}"
        for meter_value in payload["meterValue"]
        for sample in meter_value["sampledValue"]
        if "measurand" in sample and not sample["measurand"].startswith("Energy")
    ]
    return f"connectorId {payload['connectorId']}, " + ", ".join(energies + others)
