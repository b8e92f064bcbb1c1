"""A bare `websockets` central system that only knows the specification can run the charger."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from host_tests.peers.bare_central import BareCentral
from host_tests.rig.charger import VirtualCharger
from host_tests.rig.products import chosen
from host_tests.rig.rig import VALID

SPEED = 20.0
REAL_LIMIT_S = 20.0


class Site:
    """The central system and the charger on it."""

    def __init__(self, product: str, registrations: list[tuple[str, int]] | None = None) -> None:
        self.central = BareCentral()
        self.central.registrations = registrations or []
        self.charger = VirtualCharger(self.central.url, product, identity="bare/peer ü", speed=SPEED)

    def close(self) -> None:
        self.charger.stop()
        self.central.close()

    def until(self, condition: Callable[[], Any], what: str, real_s: float = REAL_LIMIT_S) -> Any:
        return self.central.wait(condition, real_s, what)

    def status(self, status: str, since: int = 0) -> None:
        def told() -> bool:
            return any(call["connectorId"] == 1 and call["status"] == status for call in self.central.calls("StatusNotification", since))

        self.until(told, f"status {status}")

    def mark(self) -> int:
        return len(self.central.frames)

    def tap(self) -> None:
        time.sleep(5 / SPEED)
        self.charger.request("tap", uid=VALID)

    def contactor(self, state: str) -> None:
        self.until(lambda: self.charger.connector()["contactor"] == state, f"contactor {state}")

    def charge(self) -> int:
        """Start a session remotely, the cable first, and wait for the energy to flow; returns the transaction."""
        self.end()
        mark = self.mark()
        self.charger.request("plug")
        self.status("Preparing", mark)
        assert self.central.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "BARE"})[2] == {"status": "Accepted"}
        self.status("Charging", mark)
        self.until(lambda: self.charger.connector()["power_w"] > 1000, "energy flows")
        return len(self.central.calls("StartTransaction"))

    def end(self) -> None:
        mark = self.mark()
        if self.charger.connector()["plugged"]:
            self.charger.request("unplug")
            self.status("Available", mark)


@pytest.fixture(scope="module", params=[name for name in chosen() if name != "duo"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    site = Site(request.param)
    try:
        site.status("Available")
        yield site
    finally:
        site.close()


def test_rejected_then_pending_then_accepted() -> None:
    """Three boots on the wire; statuses only after the accepted one; configuration is served while Pending."""
    site = Site(chosen()[0], [("Rejected", 5), ("Pending", 20)])
    try:
        site.until(lambda: len(site.central.calls("BootNotification")) == 2, "the second boot")
        assert site.central.call("GetConfiguration", {"key": ["HeartbeatInterval"]})[2]["configurationKey"]
        assert not site.central.calls("StatusNotification")
        site.status("Available")
        assert len(site.central.calls("BootNotification")) == 3
    finally:
        site.close()


def test_plug_in_first(site: Site) -> None:
    """Plug, card, charge, card, unplug."""
    mark = site.mark()
    site.charger.request("plug")
    site.status("Preparing", mark)
    site.tap()
    site.status("Charging", mark)
    site.tap()
    site.until(lambda: site.central.calls("StopTransaction", mark), "StopTransaction")
    assert site.central.calls("Authorize", mark) and len(site.central.calls("StartTransaction", mark)) == 1
    site.end()


def test_card_first(site: Site) -> None:
    """Card, plug, charge, unplug."""
    mark = site.mark()
    site.tap()
    site.status("Preparing", mark)
    site.charger.request("plug")
    site.status("Charging", mark)
    site.charger.request("unplug", connector=1)
    site.until(lambda: site.central.calls("StopTransaction", mark), "StopTransaction")
    site.status("Available", mark)
    assert site.central.calls("StopTransaction", mark)[0]["reason"] == "EVDisconnected"


def test_remote_start_and_stop(site: Site) -> None:
    """Start and stop from here."""
    mark = site.mark()
    transaction = site.charge()
    assert site.central.call("RemoteStopTransaction", {"transactionId": transaction})[2] == {"status": "Accepted"}
    site.until(lambda: site.central.calls("StopTransaction", mark), "StopTransaction")
    site.end()


def test_configuration(site: Site) -> None:
    """All keys, some keys, unknown keys; good and bad changes."""
    everything = site.central.call("GetConfiguration", {})[2]
    assert len(everything["configurationKey"]) > 20 and not everything.get("unknownKey")
    some = site.central.call("GetConfiguration", {"key": ["HeartbeatInterval", "Nonsense"]})[2]
    assert [item["key"] for item in some["configurationKey"]] == ["HeartbeatInterval"] and some["unknownKey"] == ["Nonsense"]
    for key, value, status in (
        ("HeartbeatInterval", "120", "Accepted"),
        ("HeartbeatInterval", "often", "Rejected"),
        ("NumberOfConnectors", "4", "Rejected"),
        ("Nonsense", "1", "NotSupported"),
    ):
        assert site.central.call("ChangeConfiguration", {"key": key, "value": value})[2] == {"status": status}, key
    assert site.central.call("GetConfiguration", {"key": ["HeartbeatInterval"]})[2]["configurationKey"][0]["value"] == "120"


# What the socket may bring, and the CALLERROR codes that the specification allows for it; none: nothing can be answered.
GARBAGE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("this is no JSON", ()),
    ('[2,"g1","Reset"', ()),
    ("null", ()),
    ("{}", ()),
    ("[]", ()),
    ('"[2]"', ()),
    ("[" * 500, ()),
    ('[9,"g2","Reset",{}]', ()),
    ('[3,"nobody-asked",{}]', ()),
    ('[4,"nobody-asked","GenericError","",{}]', ()),
    ('[2,"g3","NoSuchAction",{}]', ("NotImplemented",)),
    ('[2,"g4","Reset",{}]', ("FormationViolation", "ProtocolError", "OccurenceConstraintViolation", "PropertyConstraintViolation")),
    ('[2,"g5","Reset",{"type":5}]', ("TypeConstraintViolation", "FormationViolation", "PropertyConstraintViolation")),
    ('[2,"g6","Reset",{"type":"Warm"}]', ("PropertyConstraintViolation", "TypeConstraintViolation", "FormationViolation")),
    ('[2,"g7","Reset",[]]', ("FormationViolation", "TypeConstraintViolation", "ProtocolError")),
    ('[2,"g8","RemoteStartTransaction",{"idTag":{}}]', ("TypeConstraintViolation", "FormationViolation", "PropertyConstraintViolation")),
    ('[2,"g9","ChangeConfiguration",{"key":"HeartbeatInterval","value":7}]', ("TypeConstraintViolation", "FormationViolation")),
)


def test_garbage_while_charging(site: Site) -> None:
    """Each piece is answered with a CALLERROR where its id can be read, else dropped or the link closed; charging goes on."""
    site.charge()
    for text, codes in GARBAGE:
        connections = site.central.connections
        site.central.send(text)
        if codes:
            answer = site.central.answer(text.split('"')[1])
            assert answer[0] == 4 and answer[2] in codes, f"{text}: {answer}"
        serves_on(site, connections, text[:60])
    site.end()


def serves_on(site: Site, connections: int, what: str) -> None:
    """The charger still answers (on a new connection if it closed the old one) and still charges."""

    def answers() -> bool:
        try:
            return bool(site.central.call("GetConfiguration", {"key": ["HeartbeatInterval"]}, 2)[0] == 3)
        except (AssertionError, OSError):
            return False
        except Exception as error:  # the connection that was just closed
            assert "closed" in str(error).lower() or "received" in str(error).lower(), error
            return False

    end_s = time.monotonic() + 2 * REAL_LIMIT_S
    while not answers():
        assert time.monotonic() < end_s, f"no service after {what}; connections {connections} -> {site.central.connections}"
        time.sleep(0.2)
    truth = site.charger.connector()
    assert truth["contactor"] == "closed" and truth["power_w"] > 1000, f"charging stopped after {what}: {truth}"
    assert not site.charger.crashes()


def test_a_megabyte_while_charging(site: Site) -> None:
    """A CALL of 1 MiB is refused on the connection that it came by; charging goes on."""
    site.charge()
    connections, closings = site.central.connections, len(site.central.closings)
    site.central.send('[2,"big","DataTransfer",{"vendorId":"x","data":"' + "x" * (1 << 20) + '"}]')
    serves_on(site, connections, "1 MiB")
    assert len(site.central.closings) == closings and site.central.connections == connections
    site.end()


def test_a_binary_frame_while_charging(site: Site) -> None:
    """Binary frames are no OCPP-J: ignored, or closed with 1003."""
    site.charge()
    closings = len(site.central.closings)
    site.central.send(b'[2,"bin","Heartbeat",{}]')
    serves_on(site, site.central.connections, "a binary frame")
    assert all(code in (1003, 1008) for code in site.central.closings[closings:]), site.central.closings
    site.end()


def test_half_a_frame_then_silence_while_charging(site: Site) -> None:
    """The link is judged dead and redialled; charging goes on, the session is not started anew."""
    site.charge()
    starts, connections = len(site.central.calls("StartTransaction")), site.central.connections
    site.central.mute = True
    site.central.send_raw(b'\x81\x7e\x04\x00[2,"half","DataTransfer",{')
    try:
        site.until(lambda: site.central.connections > connections, "the charger redials", 60)
    finally:
        site.central.mute = False
    serves_on(site, connections, "half a frame")
    assert len(site.central.calls("StartTransaction")) == starts
    site.end()
