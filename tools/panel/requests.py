"""What the central system's side of the panel can ask a charger: each request with its fields, as data, and the payload that they make."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tools.csms.policy import utc_text
from tools.run.session import CARD

TRIGGERS = ("BootNotification", "Heartbeat", "StatusNotification", "MeterValues", "FirmwareStatusNotification", "DiagnosticsStatusNotification")


class Unusable(ValueError):
    """Fields that make no request; the text says which and why."""


@dataclass(frozen=True)
class Field:
    """One field of a form: what it is called, what stands in it, and its choices if there are only some."""

    name: str
    label: str
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Situation:
    """What a request may need to know: the connector that is chosen, its transaction, now, and where files can be left."""

    connector: int
    transaction: int | None
    now: datetime
    upload_url: str = ""


Values = dict[str, str]


@dataclass(frozen=True)
class Request:
    """One thing to ask. `build` makes the payload of the fields' texts."""

    label: str
    action: str
    fields: tuple[Field, ...]
    build: Callable[[Values, Situation], dict[str, Any]]
    hint: str = ""

    def payload(self, values: Values, situation: Situation) -> dict[str, Any]:
        """The payload. Raises: Unusable."""
        defaults = {field.name: field.default for field in self.fields}
        return self.build({**defaults, **values}, situation)


def _number(values: Values, name: str) -> int:
    try:
        return int(values[name])
    except ValueError:
        raise Unusable(f"{name} must be a whole number, not {values[name]!r}") from None


def _transaction(_: Values, situation: Situation) -> dict[str, Any]:
    if situation.transaction is None:
        raise Unusable("no transaction is running at this connector")
    return {"transactionId": situation.transaction}


def _reserve(values: Values, situation: Situation) -> dict[str, Any]:
    until = utc_text(situation.now + timedelta(minutes=_number(values, "minutes")))
    return {"connectorId": situation.connector, "expiryDate": until, "idTag": values["card"], "reservationId": _number(values, "id")}


def _local_list(values: Values, _: Situation) -> dict[str, Any]:
    cards = [card.strip() for card in values["cards"].split(",") if card.strip()]
    entries = [{"idTag": card, "idTagInfo": {"status": "Accepted"}} for card in cards]
    payload = {"listVersion": _number(values, "version"), "updateType": values["type"]}
    return payload | ({"localAuthorizationList": entries} if entries else {})


def _location(values: Values, kind: str) -> str:
    if "://" not in values["location"]:
        raise Unusable(f"{kind} needs an address, such as http://host/file, or the path of a file on this computer")
    return values["location"]


def _trigger(values: Values, situation: Situation) -> dict[str, Any]:
    about = {"connectorId": situation.connector} if values["message"] in ("StatusNotification", "MeterValues") else {}
    return {"requestedMessage": values["message"], **about}


def _diagnostics(values: Values, situation: Situation) -> dict[str, Any]:
    return {"location": _location({**values, "location": values["location"] or situation.upload_url}, "diagnostics")}


def _json(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text or "{}")
    except ValueError as error:
        raise Unusable(f"the payload is no JSON: {error}") from None
    if not isinstance(payload, dict):
        raise Unusable("the payload must be a JSON object: { ... }")
    return payload


_CARD = Field("card", "Card", CARD)

REQUESTS = (
    Request("Start remotely", "RemoteStartTransaction", (_CARD,), lambda v, s: {"idTag": v["card"], "connectorId": s.connector}),
    Request("Stop remotely", "RemoteStopTransaction", (), _transaction),
    Request("Unlock the plug", "UnlockConnector", (), lambda v, s: {"connectorId": s.connector}),
    Request(
        "Availability",
        "ChangeAvailability",
        (Field("type", "Type", "Inoperative", ("Inoperative", "Operative")), Field("scope", "Of", "connector", ("connector", "whole charger"))),
        lambda v, s: {"connectorId": s.connector if v["scope"] == "connector" else 0, "type": v["type"]},
    ),
    Request("Reset", "Reset", (Field("type", "Type", "Soft", ("Soft", "Hard")),), lambda v, s: {"type": v["type"]}),
    Request("Trigger a message", "TriggerMessage", (Field("message", "Message", "StatusNotification", TRIGGERS),), _trigger),
    Request("Reserve", "ReserveNow", (_CARD, Field("minutes", "Minutes", "15"), Field("id", "Reservation", "1")), _reserve),
    Request("Cancel a reservation", "CancelReservation", (Field("id", "Reservation", "1"),), lambda v, s: {"reservationId": _number(v, "id")}),
    Request("Clear profiles", "ClearChargingProfile", (), lambda v, s: {}, "all of them"),
    Request(
        "Composite schedule",
        "GetCompositeSchedule",
        (Field("duration", "Seconds", "3600"),),
        lambda v, s: {"connectorId": s.connector, "duration": _number(v, "duration"), "chargingRateUnit": "A"},
    ),
    Request(
        "Send local list",
        "SendLocalList",
        (Field("cards", "Cards, with commas", CARD), Field("version", "Version", "1"), Field("type", "Type", "Full", ("Full", "Differential"))),
        _local_list,
    ),
    Request("Local list version", "GetLocalListVersion", (), lambda v, s: {}),
    Request(
        "Update firmware",
        "UpdateFirmware",
        (Field("location", "Address of the file"),),
        lambda v, s: {"location": _location(v, "an update"), "retrieveDate": utc_text(s.now)},
        "make update-package builds the file",
    ),
    Request("Get diagnostics", "GetDiagnostics", (Field("location", "Address (empty: here)"),), _diagnostics),
    Request("Clear card cache", "ClearCache", (), lambda v, s: {}),
    Request(
        "Any request",
        "",
        (Field("action", "Action", "DataTransfer"), Field("payload", "Payload, JSON", '{"vendorId": "pilotline"}')),
        lambda v, s: _json(v["payload"]),
        "sent as it is, right or wrong",
    ),
)
