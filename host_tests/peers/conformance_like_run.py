"""One run that shows a peer everything of Core: boots, sessions of every kind, configuration, every request, offline, power failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from host_tests.peers.peer import Peer, Refused
from host_tests.rig.charger import Stopwatch, VirtualCharger
from host_tests.rig.rig import CARD_PAUSE_S, VALID, VALID_2

SPEED = 20.0
LIMIT_S = 120.0


class Run:
    """The run, step by step; every step fails with what was received so far."""

    def __init__(self, peer: Peer, product: str) -> None:
        self.peer = peer
        self.charger = VirtualCharger(peer.url, product, identity="PEER 1", speed=SPEED)
        self.mark = 0

    def close(self) -> None:
        """End the charger."""
        self.charger.stop()

    def wait(self, seconds: float) -> None:
        """Let simulated time pass."""
        watch = Stopwatch(self.charger, seconds)
        while (left_s := watch.left_s()) > 0:
            with self.peer.news:
                self.peer.news.wait(watch.slice_s(left_s))

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait for something; returns its value."""
        watch = Stopwatch(self.charger, LIMIT_S)
        while True:
            value = condition()
            if value:
                return value
            left_s = watch.left_s()
            if left_s <= 0:
                last = "\n".join(f"{action} {payload}" for action, payload, _ in self.peer.received[-12:])
                raise AssertionError(f"{what}: not within {LIMIT_S:g} s\n{last}\n{self.peer.complaints}\n{self.charger.log_tail()}")
            with self.peer.news:
                self.peer.news.wait(watch.slice_s(left_s))

    def heard(self, action: str, **fields: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Wait for a CALL with these fields after the last one that was waited for; returns its payload and its answer."""

        def find() -> tuple[int, dict[str, Any], dict[str, Any]] | None:
            for index in range(self.mark, len(self.peer.received)):
                name, payload, result = self.peer.received[index]
                if name == action and all(payload.get(key) == value for key, value in fields.items()):
                    return index, payload, result
            return None

        index, payload, result = self.until(find, f"{action} {fields}")
        self.mark = index + 1
        return payload, result

    def status(self, status: str) -> None:
        """Wait for a status of connector 1."""
        self.heard("StatusNotification", connectorId=1, status=status)

    def tap(self, uid: str) -> None:
        """Hold a card to the reader, well after the last time."""
        self.wait(CARD_PAUSE_S)
        self.charger.request("tap", uid=uid)

    def expect(self, status: str, action: str, **payload: Any) -> None:
        """Send a CALL whose answer has this status."""
        answer = self.peer.call(action, **payload)
        assert answer.get("status") == status, f"{action} {payload}: {answer}"


def registrations(run: Run) -> None:
    """Rejected, Pending, Accepted, as the peer was told before."""
    for expected in ("Rejected", "Pending", "Accepted"):
        _, result = run.heard("BootNotification")
        assert result["status"] == expected
    run.status("Available")


def plug_first(run: Run) -> None:
    """A session with samples; the card that started stops it."""
    run.expect("Accepted", "ChangeConfiguration", key="MeterValueSampleInterval", value="5")
    run.charger.request("plug")
    run.status("Preparing")
    run.tap(VALID)
    run.heard("StartTransaction", idTag=VALID)
    for _ in range(3):
        run.heard("MeterValues")
    run.tap(VALID)
    run.heard("StopTransaction")
    run.charger.request("unplug")
    run.status("Available")


def card_first(run: Run) -> None:
    """Card, plug, unplug while charging."""
    run.tap(VALID_2)
    run.heard("Authorize", idTag=VALID_2)
    run.charger.request("plug")
    run.heard("StartTransaction", idTag=VALID_2)
    run.wait(10)
    run.charger.request("unplug")
    run.heard("StopTransaction", reason="EVDisconnected")
    run.wait(10)


def remote(run: Run) -> None:
    """Remote start and stop, with clock-aligned values, and the requests of Core while charging."""
    run.expect("Accepted", "ChangeConfiguration", key="ClockAlignedDataInterval", value="10")
    run.charger.request("plug")
    run.status("Preparing")
    run.expect("Accepted", "RemoteStartTransaction", connectorId=1, idTag="REMOTE-1")
    _, result = run.heard("StartTransaction", idTag="REMOTE-1")
    run.heard("MeterValues")
    run.expect("Rejected", "RemoteStartTransaction", connectorId=1, idTag="REMOTE-2")
    run.expect("Rejected", "RemoteStopTransaction", transactionId=result["transactionId"] + 77)
    run.expect("Scheduled", "ChangeAvailability", connectorId=1, type="Inoperative")
    run.expect("Accepted", "RemoteStopTransaction", transactionId=result["transactionId"])
    run.heard("StopTransaction", reason="Remote")
    run.charger.request("unplug")
    run.wait(5)
    run.expect("Accepted", "ChangeAvailability", connectorId=1, type="Operative")
    run.wait(5)
    run.expect("Accepted", "ChangeConfiguration", key="ClockAlignedDataInterval", value="0")


def requests(run: Run) -> None:
    """Every request of Core and of the profiles; what is not supported has its answer, too."""
    everything = run.peer.call("GetConfiguration")["configurationKey"]
    assert len(everything) > 20
    assert run.peer.call("GetConfiguration", key=["HeartbeatInterval", "NoSuchKey"])["unknownKey"] == ["NoSuchKey"]
    run.expect("NotSupported", "ChangeConfiguration", key="NoSuchKey", value="1")
    run.expect("Rejected", "ChangeConfiguration", key="MeterValueSampleInterval", value="-1")
    run.expect("NotSupported", "UnlockConnector", connectorId=7)
    for action, payload in (
        ("ClearCache", {}),
        ("DataTransfer", {"vendorId": "org.example"}),
        ("GetLocalListVersion", {}),
        ("SendLocalList", {"listVersion": 1, "updateType": "Full"}),
        ("ReserveNow", {"connectorId": 1, "expiryDate": "2020-01-01T00:00:00Z", "idTag": "X", "reservationId": 1}),
        ("CancelReservation", {"reservationId": 1}),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
        ("ClearChargingProfile", {}),
        ("GetCompositeSchedule", {"connectorId": 1, "duration": 60}),
    ):
        try:
            run.peer.call(action, **payload)
        except Refused as error:
            assert str(error) in ("NotSupported", "NotImplemented"), f"{action}: {error}"


def interrupted(run: Run) -> None:
    """A session over a link failure, a power failure, and a hard reset."""
    run.charger.request("plug")
    run.status("Preparing")
    run.tap(VALID)
    _, result = run.heard("StartTransaction", idTag=VALID)
    run.status("Charging")
    run.wait(2)  # so that its answer has arrived: these peers do not recognise a start that comes again
    run.charger.request("link", up=False)
    run.wait(15)
    run.charger.request("link", up=True)
    run.heard("MeterValues", transactionId=result["transactionId"])
    run.charger.request("power", on=False)
    run.wait(2)
    run.charger.request("power", on=True)
    run.heard("BootNotification")
    run.wait(20)
    run.charger.request("unplug")
    run.until(lambda: any(a == "StopTransaction" and p["transactionId"] == result["transactionId"] for a, p, _ in run.peer.received), "StopTransaction")
    run.mark = len(run.peer.received)
    run.expect("Accepted", "Reset", type="Hard")
    run.heard("BootNotification")
    run.status("Available")


def conformance_like_run(peer: Peer, product: str) -> int:
    """Run everything; returns the number of CALLs of the charge point. The peer must have nothing to complain about at the end."""
    for status, interval_s in (("Rejected", 3), ("Pending", 3)):
        peer.registration(status, interval_s)
    run = Run(peer, product)
    try:
        for step in (registrations, plug_first, card_first, remote, requests, interrupted):
            step(run)
        assert not run.charger.crashes(), run.charger.crashes()
    finally:
        run.close()
    assert not peer.complaints, "\n".join(peer.complaints)
    return len(peer.received)
