"""`duo` as a whole: two connectors, one reader, and the rule which connector a card belongs to (core/charging/cards.py), from the tap to the meters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.rig.central import CentralSystem
from host_tests.rig.idle import fresh, settle_after_start
from host_tests.rig.messages import Message
from host_tests.rig.rig import CHILD_1, VALID, VALID_2, Rig
from tools.csms.certificate import make_certificates, server_context


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A charger of its own: booted, idle."""
    with fresh("duo") as rig:
        yield rig


def _closed(rig: Rig) -> list[bool]:
    return [connector["contactor"] == "closed" for connector in rig.charger.truth()["connectors"]]


def _until_closed(rig: Rig, *wanted: bool) -> None:
    rig.wait_until(lambda: _closed(rig) == list(wanted), 30, f"contactors closed: {wanted}")


def _started(rig: Rig) -> list[tuple[int, str]]:
    return [(start["connectorId"], start["idTag"]) for start in rig.calls("StartTransaction")]


def _stops(rig: Rig) -> dict[int, Message]:
    """The stops by connector."""
    return {transaction.start["connectorId"]: transaction.stop for transaction in rig.central.transactions.values() if transaction.stop is not None}


def _energies_are_right(rig: Rig) -> None:
    """Each connector's own energy is in its own transaction."""
    for transaction in rig.central.transactions.values():
        assert transaction.stop is not None
        true_wh = rig.charger.connector(transaction.start["connectorId"])["meter_wh"]
        assert abs(transaction.stop["meterStop"] - transaction.start["meterStart"] - true_wh) < 2.5


def _two_sessions(rig: Rig) -> None:
    """Connector 2 with the first card, then connector 1 with the second: each card belongs to the connector plugged in last."""
    rig.plug(2, max_current_a=16)
    rig.wait(2)
    rig.tap(VALID)
    _until_closed(rig, False, True)
    rig.plug(1, max_current_a=10)
    rig.wait(2)
    rig.tap(VALID_2)
    _until_closed(rig, True, True)
    rig.wait_until(lambda: len(_started(rig)) == 2, 10, "two starts")
    assert _started(rig) == [(2, VALID), (1, VALID_2)]


def _end_both(rig: Rig) -> None:
    """Each card ends its own session, whichever was plugged in last."""
    rig.wait(20)
    rig.tap(VALID)
    _until_closed(rig, True, False)
    rig.wait(5)
    rig.tap(VALID_2)
    _until_closed(rig, False, False)
    rig.wait_until(lambda: len(_stops(rig)) == 2, 20, "two stops")
    assert {connector: stop["reason"] for connector, stop in _stops(rig).items()} == {1: "Local", 2: "Local"}
    _energies_are_right(rig)


def test_two_sessions_at_once_and_a_stranger(rig: Rig) -> None:
    """A third card finds no connector and says nothing; the sessions do not notice."""
    _two_sessions(rig)
    authorizations = len(rig.calls("Authorize"))
    rig.tap(CHILD_1)
    rig.wait(5)
    assert len(rig.calls("Authorize")) == authorizations and _closed(rig) == [True, True]
    _end_both(rig)
    rig.unplug(1)
    rig.unplug(2)
    rig.wait_until(lambda: [rig.central.statuses[number] for number in (0, 1, 2)] == ["Available"] * 3, 30, "Available again")
    assert not rig.central.faults


def test_the_card_first_and_the_plug_somewhere_else(rig: Rig) -> None:
    """The lowest free connector waits for the plug; the authorization moves to the connector where it goes in."""
    rig.tap(VALID)
    rig.wait_until(lambda: rig.central.statuses[1] == "Preparing", 20, "connector 1 waits")
    rig.plug(2)
    _until_closed(rig, False, True)
    rig.wait_until(lambda: rig.central.statuses[1] == "Available" and _started(rig), 20, "connector 1 waits no more")
    assert _started(rig) == [(2, VALID)]


def test_a_power_cut_ends_both_sessions_once(rig: Rig) -> None:
    """Two stops with PowerLoss and the energy of each connector; both connectors can be used afterwards."""
    _two_sessions(rig)
    rig.wait(15)
    rig.power_cycle()
    rig.wait_until(lambda: len(_stops(rig)) == 2, 120, "two stops")
    assert {stop["reason"] for stop in _stops(rig).values()} == {"PowerLoss"} and _closed(rig) == [False, False]
    _energies_are_right(rig)
    assert len(rig.central.transactions) == 2 and not rig.central.faults


def test_both_sessions_offline_arrive_in_order_when_the_link_is_back(rig: Rig) -> None:
    """Interleaved: start 2, start 1, stop 2, stop 1."""
    rig.configure(AllowOfflineTxForUnknownId=True)
    rig.network(False)
    rig.wait(5)
    rig.plug(2)
    rig.wait(2)
    rig.tap(VALID)
    _until_closed(rig, False, True)
    rig.plug(1)
    rig.wait(2)
    rig.tap(VALID_2)
    _until_closed(rig, True, True)
    rig.wait(20)
    rig.tap(VALID)
    _until_closed(rig, True, False)
    rig.wait(5)
    rig.tap(VALID_2)
    _until_closed(rig, False, False)
    rig.wait(60)
    rig.network(True)
    rig.wait_until(lambda: len(_stops(rig)) == 2, 180, "all delivered")
    told = sorted((*rig.calls("StartTransaction"), *rig.calls("StopTransaction")), key=lambda message: message.number)
    assert [message.action[:5] for message in told] == ["Start", "Start", "StopT", "StopT"]
    assert [message["timestamp"] for message in told] == sorted(message["timestamp"] for message in told)
    assert _started(rig) == [(2, VALID), (1, VALID_2)] and list(_stops(rig)) == [2, 1]
    _energies_are_right(rig)


def test_two_sessions_over_tls(tmp_path: Path) -> None:
    """The same through wss://."""
    make_certificates(tmp_path)
    rig = Rig("duo", central=CentralSystem(tls=server_context(tmp_path)))
    try:
        rig.switch_on(options=("--ca", str(tmp_path / "root.der")))
        settle_after_start(rig)
        rig.start_case()
        _two_sessions(rig)
        _end_both(rig)
        assert not rig.central.faults
    finally:
        rig.close()
