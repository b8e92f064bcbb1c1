"""The ordered record of what a charger and its central system said, and how a test states what it wants to see there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """One OCPP-J message as it crossed the socket.

    `sender` is "CP" (charge point) or "CS" (central system); `kind` is "call", "result" or "error". `action` is known for answers too;
    for an error `payload` holds code and description.
    """

    number: int
    time_s: float
    real_s: float
    connection: int
    sender: str
    kind: str
    unique_id: str
    action: str
    payload: dict[str, Any]

    def __getitem__(self, field_name: str) -> Any:
        """Return a field of the payload; a missing one is an assertion with a readable text."""
        assert field_name in self.payload, f"{self.action} has no field {field_name}: {self.payload}"
        return self.payload[field_name]

    def get(self, field_name: str, default: Any = None) -> Any:
        """Return a field of the payload, or the default."""
        return self.payload.get(field_name, default)

    def __str__(self) -> str:
        """One line of the record: simulated time, who speaks, what."""
        arrow = {"call": "", "result": " ->", "error": " -> CALLERROR"}[self.kind]
        return f"{self.time_s:10.3f}  {self.sender}> {self.action}{arrow} {as_text(self.payload)}"


def as_text(payload: object) -> str:
    """Return a payload as compact JSON text."""
    return json.dumps(payload, default=float, separators=(",", ":"))


class OneOf:
    """Any of the given values."""

    def __init__(self, *values: object) -> None:
        self._values = values

    def __eq__(self, other: object) -> bool:
        return other in self._values

    def __repr__(self) -> str:
        return " or ".join(repr(value) for value in self._values)


class Not(OneOf):
    """Anything but the given values."""

    def __eq__(self, other: object) -> bool:
        return other not in self._values

    def __repr__(self) -> str:
        return "not " + super().__repr__()


@dataclass(frozen=True)
class Wanted:
    """A CALL of the charge point that a case expects: its action and the fields that matter; None stands for a field left out."""

    action: str
    fields: Mapping[str, object] = field(default_factory=dict)
    optional: bool = False

    def matches(self, message: Message) -> bool:
        """Whether the message is the one."""
        return message.action == self.action and not self.differences(message)

    def differences(self, message: Message) -> list[str]:
        """Say field by field what is not as wanted."""
        return [
            f"{name} is {message.get(name)!r}, expected {value!r}"
            for name, value in self.fields.items()
            if not value == message.get(name)
        ]

    def __str__(self) -> str:
        wanted = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.action}({wanted})" + (" (optional)" if self.optional else "")


def wanted(action: str, /, **fields: object) -> Wanted:
    """Name an expected CALL: `wanted("StatusNotification", connectorId=1, status="Charging")`."""
    return Wanted(action, fields)


def optional(action: str, /, **fields: object) -> Wanted:
    """As `wanted`, but the charge point may leave it out."""
    return Wanted(action, fields, optional=True)


def record_text(messages: Iterable[Message], title: str = "messages of this case") -> str:
    """Return the record as text for a failure report."""
    lines = [str(message) for message in messages]
    return "\n".join([f"--- {title} (simulated seconds)", *(lines or ["(none)"])])
