"""The central system's books must notice what cannot be true."""

from __future__ import annotations

from typing import Any

from tools.csms.ledger import Ledger


def _start(at: str = "08:00:00", meter: int = 100, connector: int = 1, card: str = "A") -> dict[str, Any]:
    return {"connectorId": connector, "idTag": card, "meterStart": meter, "timestamp": f"2026-11-23T{at}.000Z"}


def _stop(transaction: int = 1, at: str = "09:00:00", meter: int = 200, **more: Any) -> dict[str, Any]:
    return {"transactionId": transaction, "meterStop": meter, "timestamp": f"2026-11-23T{at}.000Z", **more}


def _meter(wh: float, at: str = "08:30:00", transaction: int = 1, unit: str = "Wh") -> dict[str, Any]:
    reading = {"timestamp": f"2026-11-23T{at}.000Z", "sampledValue": [{"value": str(wh), "unit": unit}, {"value": "16", "measurand": "Current.Import"}]}
    return {"connectorId": 1, "transactionId": transaction, "meterValue": [reading]}


def test_an_honest_session_has_no_problems() -> None:
    ledger = Ledger()
    ledger.start("a", _start())
    ledger.meter_values(_meter(120.5))
    ledger.meter_values(_meter(0.15, "08:40:00", unit="kWh"))
    transaction = ledger.stop("b", _stop(transactionData=_meter(200.4)["meterValue"]))
    assert transaction is not None and not transaction.running and transaction.energy_wh == 100
    ledger.start("c", _start("10:00:00", 200))
    assert ledger.problems == [] and [t.transaction_id for t in ledger.running(1)] == [2]


def test_a_resend_is_answered_as_before_and_counted() -> None:
    ledger = Ledger()
    first = ledger.start("a", _start())
    assert ledger.start("a", _start()) is first
    ledger.stop("b", _stop())
    ledger.stop("b", _stop())
    assert ledger.resent == 2 and len(ledger.transactions) == 1 and ledger.problems == []


def _problems(*steps: tuple[str, dict[str, Any]]) -> str:
    ledger = Ledger()
    for number, (kind, payload) in enumerate(steps):
        if kind == "meter":
            ledger.meter_values(payload)
        else:
            (ledger.start if kind == "start" else ledger.stop)(f"id-{number}", payload)
    return "; ".join(ledger.problems)


def test_what_cannot_be_true_is_noticed() -> None:
    start = ("start", _start())
    assert "again, under a new message id" in _problems(start, start)
    assert "has not stopped" in _problems(start, ("start", _start("08:10:00")))
    assert "had ended at 200 Wh" in _problems(start, ("stop", _stop()), ("start", _start("10:00:00", 150)))
    assert "second time" in _problems(start, ("stop", _stop()), ("stop", _stop()))
    assert "never started" in _problems(("stop", _stop()))
    assert "never started" in _problems(("meter", _meter(1, transaction=7)))
    assert "before it started" in _problems(start, ("stop", _stop(at="07:00:00")))
    assert "under its start" in _problems(start, ("stop", _stop(meter=99)))
    assert "under its start" in _problems(start, ("meter", _meter(99)))
    assert "after 150" in _problems(start, ("meter", _meter(150)), ("meter", _meter(149, "08:40:00")))
    assert "out of order" in _problems(start, ("meter", _meter(150)), ("meter", _meter(160, "08:20:00")))
    assert "outside 100 to 200" in _problems(start, ("meter", _meter(250)), ("stop", _stop()))


def test_other_connectors_are_other_books() -> None:
    assert _problems(("start", _start()), ("start", _start(connector=2))) == ""
