"""Which certification cases apply to which product, as data.

The ids are those of the Open Charge Alliance's test case document (OCTT for OCPP 1.6, charge point part), with the ids of current tool
versions where they split a case. `needs` names what a product must be or have for the case to apply; `LACKS` says it in words for the
report when a product does not. Every id of the 102 is here, so that the report can say why one was not run.
"""

from __future__ import annotations

from dataclasses import dataclass

from host_tests.rig.products import Product

LACKS = {
    "fixed cable": "for a fixed cable; this product has a socket",
    "detachable cable": "needs a detachable cable; this product's cable is fixed",
    "authorization cache": "this product has no authorization cache (AuthorizationCacheEnabled is not implemented)",
    "offline start": "needs a local list, an authorization cache or AllowOfflineTxForUnknownId to start offline; this product has none of them",
    "backup supply": "needs a backup supply that outlasts the mains; no product has one, TC_032_2_CS runs instead",
    "no LocalAuthListManagement": "a negative case for products without the profile",
    "no Reservation": "a negative case for products without the profile",
    "LocalAuthListManagement": "the profile Local Authorization List is not declared",
    "FirmwareManagement": "the profile Firmware Management is not declared",
    "Reservation": "the profile Reservation is not declared",
    "RemoteTrigger": "the profile Remote Trigger is not declared",
    "SmartCharging": "the profile Smart Charging is not declared",
    "Security": "no security profile is declared (security whitepaper, not part of the certificate we equal)",
}


def facts(product: Product) -> frozenset[str]:
    """Return what the product is and has, in the words of `LACKS`."""
    profiles = ("LocalAuthListManagement", "FirmwareManagement", "Reservation", "RemoteTrigger", "SmartCharging")
    found = {name for name in profiles if name in product.profiles}
    found |= {f"no {name}" for name in ("LocalAuthListManagement", "Reservation") if name not in product.profiles}
    found.add("fixed cable" if product.fixed_cable else "detachable cable")
    if product.authorization_cache:
        found.add("authorization cache")
    if product.offline_start:
        found.add("offline start")
    return frozenset(found)


@dataclass(frozen=True)
class Case:
    """One certification case."""

    id: str
    name: str
    feature: str
    needs: tuple[str, ...] = ()

    def why_not(self, product: Product) -> str | None:
        """Return why the case does not apply to the product; None when it applies."""
        lacking = [need for need in self.needs if need not in facts(product)]
        return LACKS[lacking[0]] if lacking else None


def _cases(feature: str, needs: tuple[str, ...], *rows: tuple[str, str] | tuple[str, str, str]) -> list[Case]:
    return [Case(f"TC_{row[0]}_CS", row[1], feature, (*needs, *row[2:])) for row in rows]


CASES: tuple[Case, ...] = tuple(
    [
        *_cases("Core / boot", (), ("001", "Cold boot, first attempt rejected"), ("002", "Cold boot, pending")),
        *_cases(
            "Core / start",
            (),
            ("003", "Session, plug in first"),
            ("004_1", "Session, identification first"),
            ("004_2", "Identification first, ConnectionTimeOut"),
        ),
        *_cases("Core / stop", (), ("068", "Local stop, same idTag"), ("069", "Local stop, same ParentIdTag")),
        *_cases(
            "Core / EV-side disconnect",
            (),
            ("005_1", "EV-side unplug, stop = true, unlock = true", "detachable cable"),
            ("005_2", "EV-side unplug, stop = true, unlock = false"),
            ("005_3", "EV-side unplug, stop = false"),
        ),
        *_cases(
            "Core / auth cache",
            ("authorization cache",),
            ("007_1", "Start with cached id, local"),
            ("007_2", "Start with cached id, remote"),
            ("061_1", "Clear authorization cache, local"),
            ("061_2", "Clear authorization cache, remote"),
        ),
        *_cases(
            "Core / remote",
            (),
            ("010", "Remote start, cable first"),
            ("011_1", "Remote start, remote first"),
            ("011_2", "Remote start, time out"),
            ("012", "Remote stop"),
            ("026", "Remote start rejected"),
            ("027", "Remote start on connector 0"),
            ("028", "Remote stop, unknown transaction"),
        ),
        *_cases(
            "Core / reset",
            (),
            ("013", "Hard reset, no transaction"),
            ("014", "Soft reset, no transaction"),
            ("015", "Hard reset with transaction"),
            ("016", "Soft reset with transaction"),
        ),
        *_cases(
            "Core / unlock",
            (),
            ("017_1", "Unlock, idle, detachable cable", "detachable cable"),
            ("017_2", "Unlock, idle, fixed cable", "fixed cable"),
            ("018_1", "Unlock during session, detachable cable", "detachable cable"),
            ("018_2", "Unlock during session, fixed cable", "fixed cable"),
            ("030", "Unlock failure", "detachable cable"),
            ("031", "Unlock unknown connector"),
        ),
        *_cases(
            "Core / configuration",
            (),
            ("019", "Retrieve configuration"),
            ("021", "Change configuration"),
            ("040_1", "Unknown configuration key"),
            ("040_2", "Invalid configuration value"),
        ),
        *_cases("Core / metering", (), ("070", "Sampled meter values"), ("071", "Clock-aligned meter values")),
        *_cases("Core / authorization failure", (), ("023_4", "Authorize invalid, local"), ("023_5", "Authorize invalid, remote")),
        *_cases("Core / lock failure", ("detachable cable",), ("024", "Lock failure")),
        *_cases(
            "Core / power failure",
            (),
            ("032_1", "Power failure with backup supply", "backup supply"),
            ("032_2", "Power failure without backup supply"),
            ("034", "Power failure while unavailable"),
        ),
        *_cases(
            "Core / offline",
            (),
            ("036", "Connection loss during transaction"),
            ("037_1", "Offline start, valid id", "offline start"),
            ("037_2", "Offline start, invalid id, StopTransactionOnInvalidId = false", "offline start"),
            ("037_3", "Offline start, invalid id, StopTransactionOnInvalidId = true", "offline start"),
            ("038", "Offline stop"),
            ("039", "Offline transaction", "offline start"),
        ),
        *_cases("Core / fault", (), ("041", "Fault behaviour")),
        *_cases("Core / data transfer", (), ("062", "Data transfer to the charge point")),
        *_cases(
            "Local Authorization List",
            (),
            ("042_1", "List version, profile not supported", "no LocalAuthListManagement"),
            ("042_2", "List version, empty list", "LocalAuthListManagement"),
            ("043", "Send list, full then differential", "LocalAuthListManagement"),
            ("043_1", "Send list, profile not supported", "no LocalAuthListManagement"),
            ("043_2", "Send list, version mismatch", "LocalAuthListManagement"),
            ("043_3", "Send list, failed", "LocalAuthListManagement"),
            ("008_1", "Start with id from the local list, local", "LocalAuthListManagement"),
            ("008_2", "Start with id from the local list, remote", "LocalAuthListManagement"),
        ),
        *_cases(
            "Firmware Management",
            ("FirmwareManagement",),
            ("044_1", "Firmware update"),
            ("044_2", "Firmware download failed"),
            ("044_3", "Firmware installation failed"),
            ("045_1", "Get diagnostics"),
            ("045_2", "Get diagnostics, upload failed"),
        ),
        *_cases(
            "Reservation",
            (),
            ("046_1", "Reserve connector, local start", "Reservation"),
            ("046_2", "Reserve connector, remote start", "Reservation"),
            ("047", "Reservation expires", "Reservation"),
            ("048_1", "Reserve connector, faulted", "Reservation"),
            ("048_2", "Reserve connector, occupied", "Reservation"),
            ("048_3", "Reserve connector, unavailable", "Reservation"),
            ("048_4", "Reserve connector, profile not supported", "no Reservation"),
            ("049", "Reserve connector 0", "Reservation"),
            ("050_1", "Reserve connector 0, faulted", "Reservation"),
            ("050_2", "Reserve connector 0, occupied", "Reservation"),
            ("050_3", "Reserve connector 0, unavailable", "Reservation"),
            ("050_4", "Reserve connector 0, profile not supported", "no Reservation"),
            ("051", "Cancel reservation", "Reservation"),
            ("052", "Cancel reservation, unknown id", "Reservation"),
            ("053_1", "Reserved connector, parentIdTag, local", "Reservation"),
            ("053_2", "Reserved connector, parentIdTag, remote", "Reservation"),
        ),
        *_cases("Remote Trigger", ("RemoteTrigger",), ("054", "Trigger message"), ("055", "Trigger message rejected")),
        *_cases(
            "Smart Charging",
            ("SmartCharging",),
            ("056", "TxDefaultProfile"),
            ("057", "TxProfile"),
            ("058_1", "TxProfile without transaction"),
            ("058_2", "TxProfile, wrong transactionId"),
            ("082", "TxDefaultProfile during a transaction"),
            ("066", "Composite schedule of three purposes"),
            ("067", "Clear charging profiles"),
            ("072", "Stacking"),
            ("059", "Remote start with charging profile"),
            ("060", "Remote start with wrong profile purpose"),
        ),
        *_cases(
            "Security",
            ("Security",),
            ("073", "Change Basic Auth password"),
            ("074", "Renew charge point certificate"),
            ("075_1", "Install ManufacturerRootCertificate"),
            ("075_2", "Install CentralSystemRootCertificate"),
            ("076", "Delete certificate"),
            ("077", "Invalid charge point certificate"),
            ("078", "Invalid central system certificate"),
            ("079", "Get security log"),
            ("080", "Signed firmware update"),
            ("081", "Signed firmware update, bad signature"),
            ("083", "Upgrade security profile"),
            ("084", "Downgrade security profile"),
            ("085", "Basic Auth, valid credentials"),
            ("086", "TLS server certificate, valid"),
            ("087", "TLS client certificate, valid"),
        ),
    ]
)

BY_ID = {case.id: case for case in CASES}
FUNCTIONALITIES = ("Core", "Firmware Management", "Smart Charging", "Reservation", "Local Authorization List", "Remote Trigger", "Security")
PROFILE_OF = {
    "Firmware Management": "FirmwareManagement",
    "Smart Charging": "SmartCharging",
    "Reservation": "Reservation",
    "Local Authorization List": "LocalAuthListManagement",
    "Remote Trigger": "RemoteTrigger",
}
