"""What the certificate of the product that `lecs007` equals says, transcribed.

Source: OCA certificate OCA.0016.0408.CS (LS ELECTRIC LECS007-1CH02CW, 2023-07-12), configuration values and performance measurement of its
abstract of test report; the readonly flags are those that the retrieve-configuration case TC_019_CS demands.
"""

from __future__ import annotations

from dataclasses import dataclass

READ_ONLY, READ_WRITE, EITHER = "R", "RW", "R or RW"
# The case does not demand the key, so no flag either.
ANY_FLAG = "-"


@dataclass(frozen=True)
class Entry:
    """A configuration key of the certificate; `value` is None where it says "-" (not implemented)."""

    key: str
    value: str | None
    flag: str = ANY_FLAG

    def flag_allows(self, readonly: bool) -> bool:
        """Whether a key with this readonly flag is as the case wants it."""
        return self.flag in (ANY_FLAG, EITHER) or readonly == (self.flag == READ_ONLY)

    def value_is(self, value: str) -> bool:
        """Whether a returned value is the certificate's: the same text; booleans in either case."""
        if self.value in ("TRUE", "FALSE"):
            return value.upper() == self.value
        return value == self.value


_PRESENT = (
    Entry("AuthorizeRemoteTxRequests", "FALSE", EITHER),
    Entry("ClockAlignedDataInterval", "0", READ_WRITE),
    Entry("ConnectionTimeOut", "30", READ_WRITE),
    Entry("ConnectorPhaseRotation", "NotApplicable", READ_WRITE),
    Entry("GetConfigurationMaxKeys", "20", READ_ONLY),
    Entry("HeartbeatInterval", "20", READ_WRITE),
    Entry("LocalAuthorizeOffline", "FALSE", READ_WRITE),
    Entry("LocalPreAuthorize", "FALSE", READ_WRITE),
    Entry("MeterValuesAlignedData", "Energy.Active.Import.Register", READ_WRITE),
    Entry("MeterValuesAlignedDataMaxLength", "120"),
    Entry("MeterValuesSampledData", "Energy.Active.Import.Register,Current.Import, Voltage,SoC,Power.Active.Import", READ_WRITE),
    Entry("MeterValuesSampledDataMaxLength", "120"),
    Entry("MeterValueSampleInterval", "15", READ_WRITE),
    Entry("MinimumStatusDuration", "0"),
    Entry("NumberOfConnectors", "1", READ_ONLY),
    Entry("ResetRetries", "0", READ_WRITE),
    Entry("StopTransactionOnEVSideDisconnect", "TRUE"),
    Entry("StopTransactionOnInvalidId", "FALSE", READ_WRITE),
    # Marked "-" for its value only: the specification requires the key, so it is there and empty.
    Entry("StopTxnAlignedData", "", READ_WRITE),
    Entry("StopTxnAlignedDataMaxLength", "120"),
    Entry("StopTxnSampledData", "Energy.Active.Import.Register", READ_WRITE),
    Entry("StopTxnSampledDataMaxLength", "120"),
    Entry("SupportedFeatureProfiles", "Core", READ_ONLY),
    Entry("TransactionMessageAttempts", "0", READ_WRITE),
    Entry("TransactionMessageRetryInterval", "15", READ_WRITE),
    Entry("UnlockConnectorOnEVSideDisconnect", "FALSE", EITHER),
)

_ABSENT = (
    "AllowOfflineTxForUnknownId",
    "AuthorizationCacheEnabled",
    "BlinkRepeat",
    "ConnectorPhaseRotationMaxLength",
    "LightIntensity",
    "MaxEnergyOnInvalidId",
    "MessageTimeout",
    "StopTransactionMaxMeterValues",
    "SupportedFeatureProfilesMaxLength",
    "WebSocketPingInterval",
    "LocalAuthListEnabled",
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
    "ReserveConnectorZeroSupported",
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "ConnectorSwitch3to1PhaseSupported",
    "MaxChargingProfilesInstalled",
    "SupportedFileTransferProtocols",
)

CONFIGURATION: tuple[Entry, ...] = _PRESENT + tuple(Entry(key, None) for key in _ABSENT)
BY_KEY = {entry.key: entry for entry in CONFIGURATION}

# TC_019_CS demands these of every charge point with the profile Core.
REQUIRED_CORE_KEYS = tuple(entry for entry in _PRESENT if entry.flag != ANY_FLAG)


@dataclass(frozen=True)
class Timing:
    """A line of the certificate's performance measurement."""

    name: str
    declared_s: int
    measured_s: int


TRIGGERED_FUNCTION = Timing("OCPP triggered function timeout", 60, 56)
RESPONSE = Timing("OCPP response timeout", 10, 4)
REMOTE_START = Timing("Response time RemoteStartTransaction", 10, 4)
