"""What central systems do to StartTransaction and StopTransaction: odd answers, refusals, silence. Nothing is lost, nothing sent twice as new."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from host_tests.rig.central import Refusal, Silence
from host_tests.rig.charger import DEFAULT_SPEED
from host_tests.rig.idle import fresh
from host_tests.rig.rig import VALID, VALID_2, Rig
from host_tests.rig.states import charging, plugged, remote_start, stopped

RETRY_S = 10


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A charger of its own: booted, idle."""
    with fresh("full", max(DEFAULT_SPEED, 60.0)) as rig:
        yield rig


def _start_answer(number: int, status: str = "Accepted") -> dict[str, Any]:
    return {"transactionId": number, "idTagInfo": {"status": status}}


@pytest.mark.parametrize("number", [0, -1, 2147483647])
def test_any_transaction_id_is_used_as_it_was_given(rig: Rig, number: int) -> None:
    """In the samples and in the stop, and across a power cut."""
    rig.configure(MeterValueSampleInterval=5)
    rig.central.answer_next("StartTransaction", _start_answer(number))
    session = charging(rig)
    assert session.number == number
    rig.wait(12)
    assert {message["transactionId"] for message in rig.calls("MeterValues")} == {number}
    rig.power_cycle()
    stop = rig.wait_until(lambda: rig.calls("StopTransaction"), 90, "the stop after the power cut")[0]
    assert stop["transactionId"] == number and stop["reason"] == "PowerLoss"


@pytest.mark.parametrize("number", [0, -1, 1234567890])
def test_invalid_in_the_answer_ends_the_session_with_the_id_given(rig: Rig, number: int) -> None:
    """StopTransactionOnInvalidId is true: the contactor opens, the stop carries the id and DeAuthorized."""
    rig.central.answer_next("StartTransaction", _start_answer(number, "Invalid"))
    plugged(rig)
    remote_start(rig)
    rig.wait_until(lambda: rig.calls("StopTransaction"), 30, "StopTransaction")
    stop = rig.calls("StopTransaction")[0]
    assert stop["transactionId"] == number and stop["reason"] == "DeAuthorized"
    assert rig.charger.connector()["contactor"] == "open"
    rig.unplug()
    rig.wait(5)
    rig.start_case()
    session = charging(rig, VALID_2)
    rig.tap(VALID_2)
    stopped(rig, session)


def _dead_letters(rig: Rig) -> list[dict[str, Any]]:
    """What `diag.dead_letters(export=True)` prints at the console."""
    command = [sys.executable, "-m", "mpremote", "connect", rig.charger.ready["repl"], "resume", "exec", "import diag; diag.dead_letters(100, export=True)"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def test_a_refused_start_is_tried_as_configured_and_then_kept_as_a_dead_letter(rig: Rig) -> None:
    """TransactionMessageAttempts times, each pause longer by TransactionMessageRetryInterval, each with a new id. The session goes on. Its stop is
    no message for the central system any more; both can be read and exported. The next session is as ever."""
    rig.configure(TransactionMessageAttempts=3, TransactionMessageRetryInterval=RETRY_S)
    rig.central.answer_next("StartTransaction", *(Refusal(code) for code in ("InternalError", "FormatViolation", "GenericError")))
    plugged(rig)
    remote_start(rig)
    starts = rig.wait_until(lambda: rig.calls("StartTransaction") if len(rig.calls("StartTransaction")) == 3 else None, 120, "three attempts")
    sent_s = [rig.sent_s(start) for start in starts]
    assert [round(b - a, -1) for a, b in zip(sent_s, sent_s[1:])] == [RETRY_S, 2 * RETRY_S]
    assert len({start.unique_id for start in starts}) == 3
    assert len({json.dumps(start.payload, sort_keys=True) for start in starts}) == 1
    assert rig.charger.connector()["contactor"] == "closed"
    rig.wait(5)
    rig.unplug()
    rig.wait_until(lambda: rig.central.statuses.get(1) == "Available", 30, "Available")
    rig.wait(3 * RETRY_S)
    assert len(rig.calls("StartTransaction")) == 3 and not rig.calls("StopTransaction")
    start, stop = _dead_letters(rig)
    assert start["action"] == "StartTransaction" and stop["action"] == "StopTransaction" and start["session"] == stop["session"]
    assert start["idTag"] == VALID and start["time"] == starts[0]["timestamp"] and start["meterWh"] == starts[0]["meterStart"]
    assert "GenericError" in start["reason"] and stop["meterWh"] > start["meterWh"]
    rig.start_case()
    session = charging(rig, VALID_2)
    rig.tap(VALID_2)
    stopped(rig, session)


def test_silence_is_no_refusal(rig: Rig) -> None:
    """One attempt is all that a refusal would have. Silence leaves the message in the queue, with its id, over reconnects and a power cut."""
    rig.configure(TransactionMessageAttempts=1, TransactionMessageRetryInterval=RETRY_S)
    rig.central.responders["StartTransaction"] = lambda message: Silence()
    plugged(rig)
    remote_start(rig)
    rig.wait_until(lambda: len(rig.calls("StartTransaction")) >= 5, 300, "asked again and again")
    assert rig.central.statuses[1] == "Charging", "what is live goes on"
    rig.power_cycle()
    rig.wait_until(lambda: rig.central.connected, 60, "connected")
    rig.central.responders.clear()
    rig.wait_until(lambda: rig.central.transactions and not rig.central.open_transactions(), 120, "start and stop have arrived")
    assert len({start.unique_id for start in rig.calls("StartTransaction")}) == 1
    assert not _dead_letters(rig)
    assert len(rig.central.transactions) == 1 and not rig.central.faults
