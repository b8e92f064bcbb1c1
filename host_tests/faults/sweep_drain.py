"""The sweep over the drain of a full queue: twenty sessions made offline, power cut at every flash operation while they are delivered."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from host_tests.faults.sweep_rig import DRAIN_LIMIT_S, PowerLost, SweepRig, Tally, balance
from host_tests.faults.sweep_scenarios import BOUND_WH
from host_tests.rig.central import wall_clock
from host_tests.rig.messages import Message
from host_tests.rig.rig import BOOT_TIMEOUT_S, VALID

SESSIONS = 20
CHARGING_S = 6.0


class QueuedSessions:
    """A flash with twenty undelivered sessions in it, and what they really were. Use it as a context manager."""

    def __init__(self, product: str, sessions: int = SESSIONS, parts: str = "nominal") -> None:
        self.product = product
        self.options = ("--parts", parts)
        self.sessions = sessions
        self.energy_wh: list[float] = []
        self.ended_s = 0.0
        self._folder = Path(tempfile.mkdtemp(prefix="sweep-"))

    def __enter__(self) -> QueuedSessions:
        rig = SweepRig(self.product)
        try:
            self._make(rig)
        finally:
            rig.close()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self, rig: SweepRig) -> None:
        rig.switch_on(flash=self._folder / "full", options=self.options)
        rig.wait_until(lambda: rig.central.statuses.get(1) == "Available", BOOT_TIMEOUT_S, "the first boot")
        rig.configure(LocalAuthorizeOffline=True, AllowOfflineTxForUnknownId=True, MeterValueSampleInterval=0)
        rig.network(False)
        rig.wait(2)
        for _ in range(self.sessions):
            before_wh = rig.energy_wh()
            rig.plug()
            rig.wait(2)
            rig.tap(VALID)
            rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 60, "the contactor closes offline")
            rig.wait(CHARGING_S)
            rig.tap(VALID)
            rig.wait_until(lambda: rig.charger.connector()["contactor"] == "open", 30, "the contactor opens offline")
            rig.unplug()
            rig.wait(6)
            self.energy_wh.append(rig.energy_wh() - before_wh)
        self.ended_s = rig.now_s()
        rig.power(False)

    def copy(self) -> Path:
        """Return a copy of the flash for one cut."""
        target = self._folder / "cut"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self._folder / "full", target)
        return target


def drain_once(queued: QueuedSessions, operation: int | None, tally: Tally) -> tuple[bool, int]:
    """Deliver the queue with a cut in the given operation (None: without). Returns whether the cut struck, and the operations of the drain."""
    rig = SweepRig(queued.product)
    rig.clock_shift_s = queued.ended_s + 60
    gate = {"status": "Pending"}

    def registration(call: Message) -> dict[str, object]:
        return {"status": gate["status"], "currentTime": wall_clock(call.time_s), "interval": 2 if gate["status"] == "Pending" else 300}

    rig.central.responders["BootNotification"] = registration
    struck = False
    try:
        rig.switch_on(flash=queued.copy(), options=queued.options)
        rig.wait_until(lambda: any(message.action == "BootNotification" for message in rig.central.record), BOOT_TIMEOUT_S, "the boot")
        before = rig.operations()
        if operation is not None:
            rig.arm(operation)
        gate["status"] = "Accepted"

        def drained() -> bool:
            return len(rig.central.transactions) >= queued.sessions and not rig.central.open_transactions()

        try:
            rig.wait_until(drained, DRAIN_LIMIT_S, "the queue drains")
            rig.settled()
            rig.disarm()
        except PowerLost:
            struck = True
            tally.cuts += 1
            rig.wait(1)
            rig.boot_again()
            rig.wait_until(drained, DRAIN_LIMIT_S, "the queue drains after the cut")
            rig.settled()
        operations = rig.operations() - before
        transactions = [transaction for _, transaction in sorted(rig.central.transactions.items())]
        where = f"drain, cut in operation {operation}"
        balance(tally, where, transactions, started=queued.sessions, energy_wh=queued.energy_wh, bound_wh=BOUND_WH, faults=list(rig.central.faults))
        order = [transaction.start["timestamp"] for transaction in sorted(transactions, key=lambda item: item.start.number)]
        if order != sorted(order):
            tally.fail(where, "the sessions were not delivered in their order")
    finally:
        rig.close()
    return struck, operations
