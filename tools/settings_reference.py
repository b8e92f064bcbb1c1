"""The table of all configuration keys in docs/settings.md, made from the firmware's own tables and the products. `make settings-reference` starts this.

Type, range, mode and effect come from ocpp16/keys.py, the factory values from the products and the features that they list; what a key means is
written here. A key without a meaning ends the run in words.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
for _folder in (str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)

from chargepoint.core.features.listed import listed  # noqa: E402
from chargepoint.ocpp16 import keys  # noqa: E402

DOCUMENT = ROOT / "docs/settings.md"
BEGIN = "<!-- keys: written by make settings-reference -->\n"
END = "<!-- end of keys -->\n"
PRODUCTS = ("lecs007", "full", "duo")
TYPES = {"b": "true, false", "i": "integer", "m": "measurands", "p": "phase rotation", "k": "key", "t": "text"}
MODES = {"w": "", "r": "read-only", "x": "write-only"}
EFFECTS = {"-": "at once", "L": "at once, with a new connection where one is needed", "R": "after a reboot"}

# What a key does, and when where "at once" is not the whole truth.
MEANINGS = {
    "AllowOfflineTxForUnknownId": "Without a connection, a card that nobody knows may start.",
    "AuthorizationCacheEnabled": "Cards that the central system has answered for are remembered.",
    "AuthorizationKey": "The password of HTTP Basic authentication: 16 to 20 characters, or 32 to 40 hexadecimal digits. It can be set and never be read.",
    "AuthorizeRemoteTxRequests": "A remote start asks the central system about its idTag first.",
    "ClockAlignedDataInterval": "Seconds between samples on the grid of the clock, from midnight UTC; 0: none. From the next moment of the grid on.",
    "ConnectionTimeOut": "Seconds in which a car has to be plugged in after a card or a remote start; 0: for ever.",
    "ConnectorPhaseRotation": "How the phases are wired; kept for people, nothing depends on it.",
    "ConnectorPhaseRotationMaxLength": "Most items of that list.",
    "GetConfigurationMaxKeys": "Most keys that one GetConfiguration may name.",
    "HeartbeatInterval": "Seconds from one Heartbeat to the next; the interval of BootNotification.conf goes before it until the next boot.",
    "LocalAuthorizeOffline": "Without a connection, a card that is known here may start.",
    "LocalPreAuthorize": "A card that is known here starts without being asked about, also with a connection.",
    "MaxEnergyOnInvalidId": "Wh that a session still gets after its card was refused, where StopTransactionOnInvalidId is false.",
    "MeterValuesAlignedData": "What a sample of the clock's grid has.",
    "MeterValuesAlignedDataMaxLength": "Most items of that list.",
    "MeterValuesSampledData": "What a sample during a session has.",
    "MeterValuesSampledDataMaxLength": "Most items of that list.",
    "MeterValueSampleInterval": "Seconds between samples during a session; 0: none. From the next sample on.",
    "MinimumStatusDuration": "Seconds that a status has to last before it is told, faults included.",
    "NumberOfConnectors": "Connectors of the product.",
    "ResetRetries": "Kept only: a reset of ours happens, there is nothing to try again.",
    "StopTransactionMaxMeterValues": "Most samples in a StopTransaction; those in between are thinned out.",
    "StopTransactionOnEVSideDisconnect": "A session ends when the plug is pulled at the car.",
    "StopTransactionOnInvalidId": "A session ends when its card turns out to be refused.",
    "StopTxnAlignedData": "What a StopTransaction has from the samples of the clock's grid. From the next sample on.",
    "StopTxnAlignedDataMaxLength": "Most items of that list.",
    "StopTxnSampledData": "What a StopTransaction has from the session's samples. From the next sample on.",
    "StopTxnSampledDataMaxLength": "Most items of that list.",
    "SupportedFeatureProfiles": "The profiles of the product.",
    "SupportedFeatureProfilesMaxLength": "Most items of that list.",
    "TransactionMessageAttempts": "How often a transaction message is tried that the central system answers with an error.",
    "TransactionMessageRetryInterval": "Seconds before the second try; n times as long before try n + 1.",
    "UnlockConnectorOnEVSideDisconnect": "The cable is let go when the plug is pulled at the car.",
    "WebSocketPingInterval": "Seconds between pings of ours; 0: none.",
    "ReserveConnectorZeroSupported": "Whether a reservation may leave open which connector it is for.",
    "LocalAuthListEnabled": "The local list counts. Without it GetLocalListVersion says -1 and the list is kept.",
    "LocalAuthListMaxLength": "Most idTags in the local list.",
    "SendLocalListMaxLength": "Most idTags in one SendLocalList.",
    "ChargeProfileMaxStackLevel": "The greatest stackLevel of a charging profile.",
    "ChargingScheduleAllowedChargingRateUnit": "Units that a charging schedule may have.",
    "ChargingScheduleMaxPeriods": "Most periods of a charging schedule.",
    "ConnectorSwitch3to1PhaseSupported": "Whether the connector can go from three phases to one during a session.",
    "MaxChargingProfilesInstalled": "Most charging profiles at a time.",
    "SupportedFileTransferProtocols": "How files can be fetched and sent.",
}


def factory_values(product: str) -> dict[str, str]:
    """The value that each key of a product has when it leaves the factory."""
    module = importlib.import_module("boards.products." + product)
    features: tuple[Any, ...] = listed(module)
    lines = "\n".join([module.CONFIGURATION, *(feature.KEYS for feature in features)])
    values = dict(line.split("=", 1) for line in lines.splitlines() if "=" in line)
    values["SupportedFeatureProfiles"] = ",".join(["Core", *(feature.PROFILE for feature in features if feature.PROFILE)])
    return values


def rows() -> list[list[str]]:
    """A row a key, in the order of GetConfiguration. Raises: SystemExit when nobody has written what a key means."""
    factory = {product: factory_values(product) for product in PRODUCTS}
    made = []
    for line in keys.KEYS.decode().splitlines():
        quoted, letters, *limits = line.split(" ")
        name = quoted.strip('"')
        if name not in MEANINGS:
            raise SystemExit(f"settings-reference: {name} has no meaning yet: write one into MEANINGS of tools/settings_reference.py")
        values = TYPES[letters[0]] if not limits else f"{limits[0]} to {limits[1]}"
        made.append([f"`{name}`", MEANINGS[name], values, MODES[letters[1]] or EFFECTS[letters[2]], *(_shown(factory[p].get(name)) for p in PRODUCTS)])
    return made


def _shown(value: str | None) -> str:
    """A factory value as a cell: a key that the product has not, an empty value, or the value, which may break at its commas."""
    if value is None:
        return "no such key"
    return value.replace(",", ", ") if value else "empty"


def table() -> str:
    """The table, in Markdown."""
    head = ["key", "meaning", "values", "takes effect", *(f"factory, `{product}`" for product in PRODUCTS)]
    lines = [head, ["---"] * len(head), *rows()]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def with_table(document: str) -> str:
    """The document with the table as it has to be. Raises: SystemExit when the marks are gone."""
    before, begun, rest = document.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        raise SystemExit(f"settings-reference: {DOCUMENT.name} has lost its marks {BEGIN.strip()} and {END.strip()}")
    return before + begun + "\n" + table() + "\n" + ended + after


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text("utf-8")), "utf-8")
    print(DOCUMENT.relative_to(ROOT))
