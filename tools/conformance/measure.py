"""The performance measurement of the report: response times in real seconds, at speed 1, while the charger is busy.

During every measurement the meter is polled (once a second, always), a card is at the reader, and flash is being written (settings that
change, samples every second, transaction records), with the erase and program times of a common NOR flash where the world models them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from host_tests.conformance.certificate import REMOTE_START, RESPONSE, TRIGGERED_FUNCTION
from host_tests.rig.charger import ControlRefused
from host_tests.rig.idle import fresh
from host_tests.rig.messages import Message
from host_tests.rig.rig import INVALID, VALID, VALID_2, Rig
from tools.conformance.results import Measured

ROUNDS = 3
FLASH_PROGRAM_MS, FLASH_ERASE_MS = 1, 45  # W25Q16, typical
LONG_TAP_MS = 3000


class _Stopwatches:
    def __init__(self) -> None:
        self._worst: dict[str, tuple[float, str]] = {}
        self._count: dict[str, int] = {}

    def note(self, name: str, what: str, seconds: float) -> None:
        self._count[name] = self._count.get(name, 0) + 1
        self._worst[name] = max(self._worst.get(name, (0.0, "")), (seconds, what))

    def results(self) -> list[Measured]:
        return [
            Measured(timing, self._worst[timing.name][0], self._count[timing.name], self._worst[timing.name][1])
            for timing in (TRIGGERED_FUNCTION, RESPONSE, REMOTE_START)
        ]


def measure(product: str) -> list[Measured]:
    """Measure a product; takes about two minutes."""
    watches = _Stopwatches()
    with fresh(product, speed=1.0) as rig:
        try:
            rig.charger.request("timing", flash_program_ms=FLASH_PROGRAM_MS, flash_erase_ms=FLASH_ERASE_MS)
        except ControlRefused:
            pass
        rig.configure(MeterValueSampleInterval=1)
        rig.know_card(INVALID, "Invalid")
        for number in range(ROUNDS):
            _remote_session(rig, watches, number)
            _local_session(rig, watches)
    return watches.results()


def _triggered(rig: Rig, watches: _Stopwatches, what: str, trigger: Callable[[], object], action: str, **fields: object) -> Message:
    """Time from a trigger to the CALL that belongs to it; other CALLs may come before."""
    started_s = time.monotonic()
    first = len(rig.central.record)
    trigger()

    def found() -> Message | None:
        calls = (call for call in rig.central.record[first:] if call.sender == "CP" and call.kind == "call" and call.action == action)
        return next((call for call in calls if all(call.get(name) == value for name, value in fields.items())), None)

    call: Message = rig.wait_until(found, 60, f"{action} after: {what}")
    watches.note(TRIGGERED_FUNCTION.name, what, call.real_s - started_s)
    return call


def _response(rig: Rig, watches: _Stopwatches, timing: str, action: str, /, **payload: object) -> Message:
    request = rig.central.send_call(action, payload)
    answer: Message = rig.wait_until(lambda: rig.central.reply_to(request), 60, f"answer to {action}")
    watches.note(timing, action, answer.real_s - request.real_s)
    return answer


def _change_a_setting(rig: Rig, watches: _Stopwatches, seconds: int) -> None:
    _response(rig, watches, RESPONSE.name, "ChangeConfiguration", key="ConnectionTimeOut", value=str(seconds))


def _remote_session(rig: Rig, watches: _Stopwatches, number: int) -> None:
    """Plug, remote start while a refused card is read, requests of all kinds while charging and a card is held, remote stop, unplug."""
    _triggered(rig, watches, "plug", rig.plug, "StatusNotification", status="Preparing")
    rig.tap(INVALID)
    _change_a_setting(rig, watches, 31 + number)
    first = len(rig.central.record)
    answer = _response(rig, watches, REMOTE_START.name, "RemoteStartTransaction", connectorId=1, idTag=VALID)
    asked_s = answer.real_s
    start: Message = rig.wait_until(lambda: _first(rig, first, "StartTransaction"), 60, "StartTransaction after the remote start")
    watches.note(TRIGGERED_FUNCTION.name, "remote start to StartTransaction", start.real_s - asked_s)
    rig.wait_until(lambda: rig.central.statuses.get(1) == "Charging", 60, "Charging")
    rig.wait(4)
    rig.charger.request("tap", uid=VALID_2, hold_ms=LONG_TAP_MS)
    for round_number in range(4):
        _change_a_setting(rig, watches, 40 + round_number)
        _response(rig, watches, RESPONSE.name, "GetConfiguration")
        _response(rig, watches, RESPONSE.name, "GetConfiguration", key=["HeartbeatInterval"])
        _response(rig, watches, RESPONSE.name, "UnlockConnector", connectorId=9)
        _response(rig, watches, RESPONSE.name, "DataTransfer", vendorId="org.example.unknown")
        _response(rig, watches, RESPONSE.name, "ChangeAvailability", connectorId=1, type="Operative")
        _response(rig, watches, REMOTE_START.name, "RemoteStartTransaction", connectorId=1, idTag=VALID_2)
    (transaction,) = rig.central.open_transactions()

    def remote_stop() -> None:
        _response(rig, watches, RESPONSE.name, "RemoteStopTransaction", transactionId=transaction.number)

    _triggered(rig, watches, "remote stop to StopTransaction", remote_stop, "StopTransaction")
    _end(rig, watches)


def _local_session(rig: Rig, watches: _Stopwatches) -> None:
    """Plug, card, card, unplug."""
    _triggered(rig, watches, "plug", rig.plug, "StatusNotification", status="Preparing")
    rig.wait(4)
    _triggered(rig, watches, "card to Authorize", lambda: rig.tap(VALID), "Authorize")
    rig.wait_until(lambda: rig.central.statuses.get(1) == "Charging", 60, "Charging")
    rig.wait(4)
    _triggered(rig, watches, "card to StopTransaction", lambda: rig.tap(VALID), "StopTransaction")
    _end(rig, watches)


def _end(rig: Rig, watches: _Stopwatches) -> None:
    rig.wait_until(lambda: rig.central.statuses.get(1) == "Finishing", 60, "Finishing")
    _triggered(rig, watches, "unplug", rig.unplug, "StatusNotification", status="Available")
    rig.wait(2)


def _first(rig: Rig, first: int, action: str) -> Message | None:
    return next((call for call in rig.central.record[first:] if call.sender == "CP" and call.kind == "call" and call.action == action), None)
