"""The product definitions, and `lecs007` against the table of its certificate."""

from boards.products import duo, full, lecs007
from chargepoint.core.configuration import Configuration
from chargepoint.ocpp16.keys import MEASURANDS, word_index
from host_tests.core_bench import Bench
from host_tests.core_store import Store

# key, value in the certificate, flag: R, RW, "-" not demanded. Keys with "-" as value there must be absent; they are in _ABSENT.
_CERTIFICATE = (
    ("AuthorizeRemoteTxRequests", "FALSE", "R or RW"),
    ("ClockAlignedDataInterval", "0", "RW"),
    ("ConnectionTimeOut", "30", "RW"),
    ("ConnectorPhaseRotation", "NotApplicable", "RW"),
    ("GetConfigurationMaxKeys", "20", "R"),
    ("HeartbeatInterval", "20", "RW"),
    ("LocalAuthorizeOffline", "FALSE", "RW"),
    ("LocalPreAuthorize", "FALSE", "RW"),
    ("MeterValuesAlignedData", "Energy.Active.Import.Register", "RW"),
    ("MeterValuesAlignedDataMaxLength", "120", "-"),
    ("MeterValuesSampledData", "Energy.Active.Import.Register,Current.Import, Voltage,SoC,Power.Active.Import", "RW"),
    ("MeterValuesSampledDataMaxLength", "120", "-"),
    ("MeterValueSampleInterval", "15", "RW"),
    ("MinimumStatusDuration", "0", "-"),
    ("NumberOfConnectors", "1", "R"),
    ("ResetRetries", "0", "RW"),
    ("StopTransactionOnEVSideDisconnect", "TRUE", "-"),
    ("StopTransactionOnInvalidId", "FALSE", "RW"),
    ("StopTxnAlignedData", "", "RW"),
    ("StopTxnAlignedDataMaxLength", "120", "-"),
    ("StopTxnSampledData", "Energy.Active.Import.Register", "RW"),
    ("StopTxnSampledDataMaxLength", "120", "-"),
    ("SupportedFeatureProfiles", "Core", "R"),
    ("TransactionMessageAttempts", "0", "RW"),
    ("TransactionMessageRetryInterval", "15", "RW"),
    ("UnlockConnectorOnEVSideDisconnect", "FALSE", "R or RW"),
)
_ABSENT = (
    "AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled", "BlinkRepeat", "LightIntensity", "ConnectorPhaseRotationMaxLength", "MaxEnergyOnInvalidId",
    "MessageTimeout", "StopTransactionMaxMeterValues", "SupportedFeatureProfilesMaxLength", "WebSocketPingInterval", "LocalAuthListEnabled",
    "LocalAuthListMaxLength", "SendLocalListMaxLength", "ReserveConnectorZeroSupported", "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit", "ChargingScheduleMaxPeriods", "ConnectorSwitch3to1PhaseSupported", "MaxChargingProfilesInstalled",
    "SupportedFileTransferProtocols", "AuthorizationKey",
)


def test_the_certified_configuration_exactly() -> None:
    b = Bench(lecs007, accept=False)
    b.answers["BootNotification"] = {"status": "Accepted", "currentTime": b.utc(), "interval": 0}
    b.connect()
    entries = b.call("GetConfiguration")["configurationKey"]  # type: ignore[index]
    assert [(entry["key"], entry["value"]) for entry in entries] == [(key, value) for key, value, _ in _CERTIFICATE]
    for entry, (key, _, flag) in zip(entries, _CERTIFICATE):
        if flag in ("R", "RW"):
            assert entry["readonly"] == (flag == "R"), key
    assert b.call("GetConfiguration", {"key": list(_ABSENT[:20])})["unknownKey"] == list(_ABSENT[:20])  # type: ignore[index]
    for key in _ABSENT:
        assert b.call("ChangeConfiguration", {"key": key, "value": "1"}) == {"status": "NotSupported"}, key


def test_booleans_are_spelled_as_they_were_set() -> None:
    b = Bench(lecs007)
    for value in ("true", "FALSE", "false", "TRUE"):
        b.configure("LocalPreAuthorize", value)
        assert b.core.config.text("LocalPreAuthorize") == value
        assert b.core.config.flag(11) == (value.lower() == "true")


def test_the_certified_boot_fields() -> None:
    boot = Bench(lecs007).log[0]
    assert boot[0] == "BootNotification"
    assert boot[1]["chargePointVendor"] == "LS ELECTRIC" and boot[1]["chargePointModel"] == "LECS007-1CH02CW"


def test_every_product_stands() -> None:
    for product in (lecs007, full, duo):
        config = Configuration(product, Store(), ())
        lines = product.CONFIGURATION.split("\n")
        assert lines.pop() == ""
        for line in lines:
            name, value = line.split("=", 1)
            assert config.text(name) == value, (product.NAME, name)
        assert config.text("NumberOfConnectors") == str(product.CONNECTORS)
        for name in product.MEASURANDS.split(","):
            assert word_index(MEASURANDS, name) >= 0, name
        for line in product.BOOT.split("\n"):
            name, value = line.split("=", 1)
            assert len(value) <= (50 if name == "firmwareVersion" else 25 if "Serial" in name or name == "meterType" else 20), line


def test_required_core_keys_are_there_and_flagged() -> None:
    writable = (
        "ClockAlignedDataInterval ConnectionTimeOut ConnectorPhaseRotation HeartbeatInterval LocalAuthorizeOffline LocalPreAuthorize "
        "MeterValuesAlignedData MeterValuesSampledData MeterValueSampleInterval ResetRetries StopTransactionOnInvalidId StopTxnAlignedData "
        "StopTxnSampledData TransactionMessageAttempts TransactionMessageRetryInterval StopTransactionOnEVSideDisconnect"
    )
    for product in (lecs007, full, duo):
        b = Bench(product)
        flags = {entry["key"]: entry["readonly"] for entry in b.call("GetConfiguration")["configurationKey"]}  # type: ignore[index]
        for name in writable.split(" "):
            assert flags[name] is False, (product.NAME, name)
        for name in ("GetConfigurationMaxKeys", "NumberOfConnectors", "SupportedFeatureProfiles"):
            assert flags[name] is True, (product.NAME, name)
        assert "AuthorizeRemoteTxRequests" in flags and "UnlockConnectorOnEVSideDisconnect" in flags


def test_a_product_without_a_source_refuses_soc() -> None:
    b = Bench(full)
    assert b.call("ChangeConfiguration", {"key": "MeterValuesSampledData", "value": "SoC"}) == {"status": "Rejected"}
    assert Bench(lecs007).call("ChangeConfiguration", {"key": "MeterValuesSampledData", "value": "SoC"}) == {"status": "Accepted"}
