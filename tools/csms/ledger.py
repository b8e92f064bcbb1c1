"""The transactions that a charger has reported, and whether they can be true."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

ENERGY = "Energy.Active.Import.Register"


def parse_time(text: str) -> datetime:
    """Read a timestamp of OCPP."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def energies_wh(meter_values: list[dict[str, Any]]) -> list[tuple[datetime, Decimal]]:
    """Return (time, Wh) of every total energy reading in a meterValue or transactionData list."""
    found = []
    for meter_value in meter_values:
        for sample in meter_value["sampledValue"]:
            if sample.get("measurand", ENERGY) != ENERGY or "phase" in sample or sample.get("format", "Raw") != "Raw":
                continue
            try:
                value = Decimal(sample["value"])
            except InvalidOperation:
                continue
            found.append((parse_time(meter_value["timestamp"]), value * (1000 if sample.get("unit") == "kWh" else 1)))
    return found


@dataclass
class Transaction:
    """One transaction as reported: energy in Wh; the stop fields are None while it runs."""

    transaction_id: int
    connector_id: int
    id_tag: str
    meter_start_wh: int
    start_time: datetime
    meter_stop_wh: int | None = None
    stop_time: datetime | None = None
    reason: str = ""
    readings: list[tuple[datetime, Decimal]] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether no stop has been reported."""
        return self.stop_time is None

    @property
    def energy_wh(self) -> int:
        """Energy of the transaction, so far."""
        last = self.meter_stop_wh if self.meter_stop_wh is not None else (self.readings[-1][1] if self.readings else self.meter_start_wh)
        return int(last) - self.meter_start_wh


class Ledger:
    """Books transactions and lists in `problems` what cannot be true or came twice."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []
        self.problems: list[str] = []
        self.resent = 0
        self._next_id = 1
        self._booked: dict[str, Transaction] = {}

    def find(self, transaction_id: int) -> Transaction | None:
        """Return the transaction with that id."""
        return next((t for t in self.transactions if t.transaction_id == transaction_id), None)

    def running(self, connector_id: int | None = None) -> list[Transaction]:
        """Return the transactions without a stop, of one connector or of all."""
        return [t for t in self.transactions if t.running and connector_id in (None, t.connector_id)]

    def start(self, unique_id: str, payload: dict[str, Any], transaction_id: int | None = None) -> Transaction:
        """Book a StartTransaction; the same unique id once more is a resend and gives the transaction it gave before."""
        if unique_id in self._booked:
            self.resent += 1
            return self._booked[unique_id]
        started = parse_time(payload["timestamp"])
        if transaction_id is None:
            transaction_id = self._next_id
        self._next_id = max(self._next_id, transaction_id) + 1
        transaction = Transaction(transaction_id, payload["connectorId"], payload["idTag"], payload["meterStart"], started)
        for other in self.transactions:
            if other.connector_id != transaction.connector_id:
                continue
            if (other.start_time, other.id_tag, other.meter_start_wh) == (started, transaction.id_tag, transaction.meter_start_wh):
                self._problem(transaction, f"is transaction {other.transaction_id} again, under a new message id")
            elif other.running:
                self._problem(transaction, f"starts while transaction {other.transaction_id} has not stopped")
            elif other.meter_stop_wh is not None and other.meter_stop_wh > transaction.meter_start_wh:
                end = f"transaction {other.transaction_id} had ended at {other.meter_stop_wh} Wh"
                self._problem(transaction, f"starts at {transaction.meter_start_wh} Wh; {end}")
        self.transactions.append(transaction)
        self._booked[unique_id] = transaction
        return transaction

    def meter_values(self, payload: dict[str, Any]) -> None:
        """Book MeterValues: energy of a transaction may not be under its start or go down."""
        if "transactionId" not in payload:
            return
        transaction = self.find(payload["transactionId"])
        if transaction is None:
            self.problems.append(f"MeterValues for transaction {payload['transactionId']}, which never started")
            return
        for reading in energies_wh(payload["meterValue"]):
            self._reading(transaction, *reading)

    def stop(self, unique_id: str, payload: dict[str, Any]) -> Transaction | None:
        """Book a StopTransaction; the same unique id once more is a resend."""
        if unique_id in self._booked:
            self.resent += 1
            return self._booked[unique_id]
        transaction = self.find(payload["transactionId"])
        if transaction is None:
            self.problems.append(f"StopTransaction for transaction {payload['transactionId']}, which never started")
            return None
        self._booked[unique_id] = transaction
        if not transaction.running:
            self._problem(transaction, "stops a second time, under a new message id")
            return transaction
        transaction.stop_time = parse_time(payload["timestamp"])
        transaction.meter_stop_wh = payload["meterStop"]
        transaction.reason = payload.get("reason", "Local")
        if transaction.stop_time < transaction.start_time:
            self._problem(transaction, "stops before it started")
        if payload["meterStop"] < transaction.meter_start_wh:
            self._problem(transaction, f"stops at {payload['meterStop']} Wh, under its start of {transaction.meter_start_wh} Wh")
        # What it measured, and what the stop carries about it, lies between start and stop. Readings are whole in meterStop only.
        for _, wh in transaction.readings + energies_wh(payload.get("transactionData", [])):
            if not transaction.meter_start_wh <= wh < payload["meterStop"] + 1:
                self._problem(transaction, f"has a reading of {wh} Wh outside {transaction.meter_start_wh} to {payload['meterStop']} Wh")
        return transaction

    def _reading(self, transaction: Transaction, time: datetime, wh: Decimal) -> None:
        if wh < transaction.meter_start_wh:
            self._problem(transaction, f"reads {wh} Wh, under its start of {transaction.meter_start_wh} Wh")
        if any(time < other[0] for other in transaction.readings):
            self._problem(transaction, f"has readings out of order at {time.isoformat()}")
        elif transaction.readings and wh < transaction.readings[-1][1]:
            self._problem(transaction, f"reads {wh} Wh after {transaction.readings[-1][1]} Wh")
        transaction.readings.append((time, wh))

    def _problem(self, transaction: Transaction, text: str) -> None:
        self.problems.append(f"transaction {transaction.transaction_id} {text}")
