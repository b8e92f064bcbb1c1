"""The reusable states of the certification cases: how a case gets to where it starts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from host_tests.rig.central import wall_clock
from host_tests.rig.messages import Message, OneOf, Wanted, wanted
from host_tests.rig.rig import BOOT_TIMEOUT_S, MESSAGE_TIMEOUT_S, VALID, Rig, Session


def reader_connectors(rig: Rig) -> object:
    """The connectors that a card without a cable may be meant for: with one reader for several, the product chooses."""
    return OneOf(*rig.product.connector_numbers)


def authorized(rig: Rig, id_tag: str = VALID) -> int:
    """Section 4.2: the card is Accepted and the connector Preparing. Returns the connector that the product chose."""
    rig.tap(id_tag)
    _, status = rig.expect_all(
        wanted("Authorize", idTag=id_tag),
        wanted("StatusNotification", connectorId=reader_connectors(rig), status="Preparing"),
    )
    return int(status["connectorId"])


def plugged(rig: Rig, connector: int | None = None, **car: object) -> None:
    """Section 4.6, SetConnectorOccupied: a cable is in and the connector Preparing."""
    rig.plug(connector, **car)
    rig.expect("StatusNotification", connectorId=connector or rig.connector, status="Preparing")


def remote_start(rig: Rig, id_tag: str = VALID, connector: int | None = None) -> None:
    """Steps 1, 3 and 5 of section 4.3: ask for AuthorizeRemoteTxRequests, start, see Authorize exactly when that key is true."""
    authorize = rig.setting_is_true("AuthorizeRemoteTxRequests")
    rig.call_expecting("Accepted", "RemoteStartTransaction", connectorId=connector or rig.connector, idTag=id_tag)
    if authorize:
        rig.expect("Authorize", idTag=id_tag)


def started(rig: Rig, id_tag: str = VALID, connector: int | None = None, within: float = MESSAGE_TIMEOUT_S, **fields: object) -> Session:
    """The last step of every start: StartTransaction and Charging, in either order."""
    connector = connector or rig.connector
    start, _ = rig.expect_all(
        wanted("StartTransaction", connectorId=connector, idTag=id_tag, **fields),
        wanted("StatusNotification", connectorId=connector, status="Charging", errorCode="NoError"),
        within=within,
    )
    answer = rig.wait_until(lambda: _answer_to(rig, start), MESSAGE_TIMEOUT_S, "answer to StartTransaction")
    return Session(int(answer["transactionId"]), id_tag, connector, start)


def _answer_to(rig: Rig, call: Message) -> Message | None:
    answers = (message for message in rig.central.record[call.number :] if message.sender == "CS" and message.unique_id == call.unique_id)
    return next(answers, None)


def charging(rig: Rig, id_tag: str = VALID, connector: int | None = None, was: str = "Available", **fields: Any) -> Session:
    """Section 4.3, Charging: started remotely with the cable already in. A plug leaves what `was` Reserved; `fields` are those of StartTransaction."""
    if was == "Reserved":
        rig.plug(connector)
        rig.wait(2)
        remote_start(rig, id_tag, connector)
        rig.expect("StatusNotification", connectorId=connector or rig.connector, status="Preparing")
    else:
        plugged(rig, connector)
        remote_start(rig, id_tag, connector)
    return started(rig, id_tag, connector, **fields)


def reserve_now(rig: Rig, status: str, number: int, id_tag: str = VALID, connector: int | None = None, offset_s: float = 600.0, **fields: object) -> None:
    """Ask for a reservation that ends in so many seconds; it is cancelled after the case."""
    expiry = wall_clock(rig.now_s() + rig.clock_shift_s + offset_s)
    place = rig.connector if connector is None else connector
    rig.reservations.add(number)
    rig.call_expecting(status, "ReserveNow", connectorId=place, expiryDate=expiry, idTag=id_tag, reservationId=number, **fields)


def reserved(rig: Rig, number: int, id_tag: str = VALID, connector: int | None = None, offset_s: float = 600.0, **fields: object) -> None:
    """Section 4.7, Reserved. One of connector 0 shows at the only connector that is left."""
    reserve_now(rig, "Accepted", number, id_tag, connector, offset_s, **fields)
    rig.expect("StatusNotification", connectorId=connector or rig.connector, status="Reserved")


def send_list(rig: Rig, status: str, version: int, entries: list[dict[str, Any]], update: str = "Full") -> None:
    """Send a local list; it is emptied after the case."""
    rig.has_list = True
    rig.call_expecting(status, "SendLocalList", listVersion=version, localAuthorizationList=entries, updateType=update)


def set_profile(rig: Rig, status: str, profile: dict[str, Any], connector: int | None = None) -> None:
    """Send a charging profile; all of them are cleared after the case."""
    rig.has_profiles = True
    place = rig.connector if connector is None else connector
    rig.call_expecting(status, "SetChargingProfile", connectorId=place, csChargingProfiles=profile)


def others_unavailable(rig: Rig) -> None:
    """What cases with one reader ask for: the unused connectors are out of service."""
    for number in rig.product.connector_numbers:
        if number != rig.connector:
            unavailable(rig, number)


def stopped(rig: Rig, session: Session, *, within: float = MESSAGE_TIMEOUT_S, status: object = "Finishing", **fields: object) -> Message:
    """The end of a session: StopTransaction and the connector's status, in either order. Returns the StopTransaction."""
    return rig.expect_all(
        wanted("StopTransaction", transactionId=session.number, **fields),
        wanted("StatusNotification", connectorId=session.connector, status=status),
        within=within,
    )[0]


def unavailable(rig: Rig, connector: int) -> None:
    """Section 4.4: Inoperative, for one connector or (0) for the whole charge point."""
    rig.call_expecting("Accepted", "ChangeAvailability", connectorId=connector, type="Inoperative")
    numbers = (0, *rig.product.connector_numbers) if connector == 0 else (connector,)
    rig.expect_all(*(wanted("StatusNotification", connectorId=number, status="Unavailable") for number in numbers))


def operative(rig: Rig, connector: int) -> None:
    """The way back from `unavailable`."""
    rig.call_expecting("Accepted", "ChangeAvailability", connectorId=connector, type="Operative")
    numbers = (0, *rig.product.connector_numbers) if connector == 0 else (connector,)
    rig.expect_all(*(wanted("StatusNotification", connectorId=number, status="Available") for number in numbers))


def statuses_at_boot(rig: Rig, unavailable: Collection[int] = (), plugged: Collection[int] = ()) -> list[Wanted]:
    """Return what a boot has to say about connector 0 and every connector; what is not named must be Available.

    A connector with a cable in is Preparing or Finishing after a boot, never Available.
    """

    def status(number: int) -> object:
        if number in unavailable:
            return "Unavailable"
        return OneOf("Preparing", "Finishing") if number in plugged else "Available"

    return [wanted("StatusNotification", connectorId=number, status=status(number)) for number in (0, *rig.product.connector_numbers)]


def boot_statuses(rig: Rig, unavailable: Collection[int] = (), plugged: Collection[int] = ()) -> list[Message]:
    """Take these statuses, in any order."""
    return rig.expect_all(*statuses_at_boot(rig, unavailable, plugged))


def booted(rig: Rig, unavailable: Collection[int] = (), plugged: Collection[int] = ()) -> Message:
    """Section 4.8, Booted: BootNotification, then the statuses. Returns the BootNotification."""
    boot = rig.expect("BootNotification", within=BOOT_TIMEOUT_S)
    boot_statuses(rig, unavailable, plugged)
    return boot


def maybe_booted(rig: Rig, within: float, unavailable: Collection[int] = (), plugged: Collection[int] = ()) -> bool:
    """The same where the boot is optional (soft reset): statuses belong to it only when it came. Returns whether it came."""
    if rig.may_come("BootNotification", within=within) is None:
        return False
    boot_statuses(rig, unavailable, plugged)
    return True


def others_occupied(rig: Rig) -> list[Session]:
    """Keep the other connectors of a product with one reader busy, so that a card can only be meant for the tested one."""
    return [charging(rig, f"OTHER-{number}", number) for number in rig.product.connector_numbers if number != rig.connector]


def sample_of(meter_values: Message) -> dict[str, str]:
    """Return the values of a MeterValues request by measurand (the phase behind a dot, where there is one)."""
    return {
        value.get("measurand", "Energy.Active.Import.Register") + ("." + value["phase"] if "phase" in value else ""): value["value"]
        for value in meter_values["meterValue"][0]["sampledValue"]
    }


def measurands(value: str) -> list[str]:
    """Return the items of a measurand list; an empty list means the energy register."""
    return [item.strip() for item in value.split(",") if item.strip()] or ["Energy.Active.Import.Register"]
