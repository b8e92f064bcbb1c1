"""What the central system answers: a sensible default for every request, and a script where a test or a person wants another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Union

from tools.csms.ledger import Ledger


@dataclass(frozen=True)
class Refusal:
    """A CALLERROR instead of an answer."""

    code: str
    description: str = ""


class Silence:
    """No answer at all."""


SILENCE = Silence()
Answer = Union[dict[str, Any], Refusal, Silence]
Rule = Union[Answer, Callable[[dict[str, Any]], Union[Answer, None, Awaitable[Union[Answer, None]]]]]


def utc_text(time: datetime) -> str:
    """Write a time as OCPP wants it, with milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


@dataclass
class Policy:
    """The answers to a charger's requests.

    boot: statuses for the next BootNotifications, the last one for ever. cards: idTagInfo by idTag, upper case; a card that is not in it
    is accepted when `accept_unknown_cards`. next_transaction_ids: used up before counting goes on.
    """

    boot: list[str] = field(default_factory=lambda: ["Accepted"])
    interval_s: int = 300
    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    accept_unknown_cards: bool = True
    next_transaction_ids: list[int] = field(default_factory=list)

    def boot_answer(self, now: datetime) -> dict[str, Any]:
        """Answer a BootNotification."""
        status = self.boot.pop(0) if len(self.boot) > 1 else self.boot[0]
        return {"status": status, "currentTime": utc_text(now), "interval": self.interval_s}

    def id_tag_info(self, id_tag: str) -> dict[str, Any]:
        """Say whether a card is good."""
        unknown = {"status": "Accepted" if self.accept_unknown_cards else "Invalid"}
        return dict(self.cards.get(id_tag.upper(), unknown))

    def answer(self, action: str, unique_id: str, payload: dict[str, Any], now: datetime, ledger: Ledger, transaction_id: int | None = None) -> Answer:
        """Answer any request of a charger; transactions go into the ledger, a start under the given id or the next one."""
        if action == "BootNotification":
            return self.boot_answer(now)
        if action == "Heartbeat":
            return {"currentTime": utc_text(now)}
        if action == "Authorize":
            return {"idTagInfo": self.id_tag_info(payload["idTag"])}
        if action == "StartTransaction":
            if transaction_id is None and self.next_transaction_ids:
                transaction_id = self.next_transaction_ids.pop(0)
            transaction = ledger.start(unique_id, payload, transaction_id)
            return {"transactionId": transaction.transaction_id, "idTagInfo": self.id_tag_info(payload["idTag"])}
        if action == "StopTransaction":
            ledger.stop(unique_id, payload)
            return {"idTagInfo": self.id_tag_info(payload["idTag"])} if "idTag" in payload else {}
        if action == "MeterValues":
            ledger.meter_values(payload)
            return {}
        if action == "DataTransfer":
            return {"status": "UnknownVendorId"}
        if action == "SignCertificate":
            return {"status": "Rejected"}
        if action in _NOTHING_TO_SAY:
            return {}
        return Refusal("NotSupported", f"a charger does not send {action}")


_NOTHING_TO_SAY = (
    "StatusNotification",
    "FirmwareStatusNotification",
    "DiagnosticsStatusNotification",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignedFirmwareStatusNotification",
)
