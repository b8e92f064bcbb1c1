"""Says whether a charging session was right: order, statuses, contactor, and energy against what physically flowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tools.csms.ledger import energies_wh, parse_time
from tools.run.witness import Frame, WorldEvent

STATUSES = ["Available", "Preparing", "Charging", "Finishing", "Available"]

# A register that counts whole Wh at both ends, read up to three seconds of full current before or after the contacts move.
TOLERANCE_WH = 4
TOLERANCE_PERCENT = 1


@dataclass(frozen=True)
class Facts:
    """What one session of one card on one connector looked like from outside, from boot to unplugging.

    energy: (simulated time, Wh that really flowed), rising.
    """

    connector: int
    card: str
    frames: Sequence[Frame]
    events: Sequence[WorldEvent]
    energy: Sequence[tuple[float, float]]


@dataclass
class Verdict:
    """What was checked, and what was wrong: a session without faults was right."""

    checked: list[str]
    faults: list[str]
    reported_wh: int | None = None
    flowed_wh: float | None = None

    def require(self, what: str, holds: bool, otherwise: str = "") -> bool:
        """Note a check and its outcome."""
        self.checked.append(what)
        if not holds:
            self.faults.append(f"{what}: {otherwise}" if otherwise else f"not so: {what}")
        return holds


def judge(facts: Facts) -> Verdict:
    """Judge a whole session."""
    verdict = Verdict([], [])
    _messages(facts, verdict)
    _statuses(facts, verdict)
    _contactor(facts, verdict)
    _transaction(facts, verdict)
    return verdict


def _calls(facts: Facts, action: str) -> list[Frame]:
    return [frame for frame in facts.frames if frame.from_charger and frame.is_call and frame.action == action]


def _answer(facts: Facts, call: Frame) -> Any:
    number = facts.frames.index(call)
    return next((frame.payload for frame in facts.frames if frame.call_number == number), None) or {}


def _messages(facts: Facts, verdict: Verdict) -> None:
    faults = [f"{frame.text[:120]}: {frame.fault}" for frame in facts.frames if frame.fault]
    verdict.require("every message satisfies the schema and is answered without an error", not faults, "; ".join(faults))
    sent = [frame for frame in facts.frames if frame.from_charger]
    verdict.require("the first message is BootNotification", bool(sent) and sent[0].action == "BootNotification")
    boots = _calls(facts, "BootNotification")
    verdict.require("it is accepted", bool(boots) and _answer(facts, boots[-1]).get("status") == "Accepted")


def _statuses(facts: Facts, verdict: Verdict) -> None:
    statuses = [frame.payload["status"] for frame in _calls(facts, "StatusNotification") if frame.payload.get("connectorId") == facts.connector]
    verdict.require("the statuses are " + ", ".join(STATUSES), statuses == STATUSES, "they were " + (", ".join(statuses) or "none"))


def _contactor(facts: Facts, verdict: Verdict) -> None:
    moves = [event.after for event in facts.events if event.what == "contactor" and event.connector == facts.connector]
    verdict.require("the contactor closes once and opens again", moves == ["closed", "open"], "it went " + (", ".join(map(str, moves)) or "nowhere"))


def _transaction(facts: Facts, verdict: Verdict) -> None:
    starts, stops = _calls(facts, "StartTransaction"), _calls(facts, "StopTransaction")
    if not verdict.require("one StartTransaction and one StopTransaction", len(starts) == len(stops) == 1, f"{len(starts)} and {len(stops)}"):
        return
    start, stop = starts[0], stops[0]
    authorized = [frame for frame in _calls(facts, "Authorize") if frame.time_s <= start.time_s]
    cards = [frame.payload["idTag"].upper() for frame in [*authorized, start]]
    verdict.require("the card is authorized, and it starts the transaction", cards[-2:] == [facts.card.upper()] * 2, f"cards seen: {cards}")
    transaction_id = _answer(facts, start).get("transactionId")
    verdict.require("the stop names the transaction", stop.payload["transactionId"] == transaction_id, f"{stop.payload['transactionId']}, not {transaction_id}")
    verdict.require("the stop says Local or nothing", stop.payload.get("reason", "Local") == "Local", stop.payload.get("reason", ""))
    begin, end = parse_time(start.payload["timestamp"]), parse_time(stop.payload["timestamp"])
    verdict.require("the stop is later than the start", begin < end, f"{begin} and {end}")
    _energy(facts, verdict, start, stop, transaction_id)


def _energy(facts: Facts, verdict: Verdict, start: Frame, stop: Frame, transaction_id: int | None) -> None:
    meter_start, meter_stop = start.payload["meterStart"], stop.payload["meterStop"]
    verdict.reported_wh = meter_stop - meter_start
    verdict.flowed_wh = facts.energy[-1][1] - facts.energy[0][1] if facts.energy else 0.0
    verdict.require("energy flows", verdict.flowed_wh > 0, "none")
    verdict.require("StopTransaction less StartTransaction is what flowed", *_adds_up(Decimal(verdict.reported_wh), verdict.flowed_wh))
    samples = [frame for frame in _calls(facts, "MeterValues") if frame.payload.get("transactionId") == transaction_id]
    readings = [(frame, time, wh) for frame in samples for time, wh in energies_wh(frame.payload["meterValue"])]
    verdict.require("MeterValues of the transaction with its energy", bool(readings), "none")
    values = [Decimal(meter_start), *(wh for _, _, wh in readings), Decimal(meter_stop + 1)]
    verdict.require("their energy rises from the start to the stop", values == sorted(values), ", ".join(map(str, values)))
    times = [parse_time(start.payload["timestamp"]), *(time for _, time, _ in readings), parse_time(stop.payload["timestamp"])]
    verdict.require("their times lie between start and stop", times == sorted(times), ", ".join(time.isoformat() for time in times))
    for frame, _, wh in readings:
        flowed = _flowed_until(facts.energy, frame.time_s)
        verdict.require(f"the reading sent at {frame.time_s:.1f} s is what had flowed", *_adds_up(wh - meter_start, flowed))


def _flowed_until(energy: Sequence[tuple[float, float]], time_s: float) -> float:
    """Interpolate what had flowed since the first look."""
    for (before_s, before_wh), (after_s, after_wh) in zip(energy, energy[1:]):
        if before_s <= time_s <= after_s:
            part = (time_s - before_s) / (after_s - before_s) if after_s > before_s else 0.0
            return before_wh + part * (after_wh - before_wh) - energy[0][1]
    return energy[-1][1] - energy[0][1] if energy else 0.0


def _adds_up(reported_wh: Decimal, flowed_wh: float) -> tuple[bool, str]:
    difference = abs(float(reported_wh) - flowed_wh)
    return difference <= TOLERANCE_WH + flowed_wh * TOLERANCE_PERCENT / 100, f"reported {reported_wh} Wh, flowed {flowed_wh:.1f} Wh"
