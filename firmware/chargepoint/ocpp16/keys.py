"""The configuration keys of OCPP 1.6 as data: one line a key, in the order in which GetConfiguration lists them: those of Core, then
those of the profiles.

A line is the name in quotes, a space, a type letter, a mode letter and an effect letter, then the least and the greatest value:

    type    b boolean, i integer, m measurands, p phase rotation, k AuthorizationKey, t free text
    mode    w read and write, r read-only, x write-only (never readable)
    effect  - none beyond the value, L the link to the central system uses it, R takes effect after a reboot

A product has those keys that its CONFIGURATION gives a value; all others are unknown keys to a central system.

Spec: OCPP 1.6 edition 2, section 9; errata v4.0; AuthorizationKey: security whitepaper edition 3.
"""

TYPE_BOOLEAN = 0x62  # b
TYPE_INTEGER = 0x69  # i
MODE_READ_ONLY = 0x72  # r
MODE_WRITE_ONLY = 0x78  # x

KEYS = b"""\
"AllowOfflineTxForUnknownId" bw-
"AuthorizationCacheEnabled" bw-
"AuthorizationKey" kxL
"AuthorizeRemoteTxRequests" bw-
"ClockAlignedDataInterval" iw- 0 86400
"ConnectionTimeOut" iw- 0 86400
"ConnectorPhaseRotation" pw-
"ConnectorPhaseRotationMaxLength" ir- 0 500
"GetConfigurationMaxKeys" ir- 1 500
"HeartbeatInterval" iw- 1 86400
"LocalAuthorizeOffline" bw-
"LocalPreAuthorize" bw-
"MaxEnergyOnInvalidId" iw- 0 1000000
"MeterValuesAlignedData" mw-
"MeterValuesAlignedDataMaxLength" ir- 0 500
"MeterValuesSampledData" mw-
"MeterValuesSampledDataMaxLength" ir- 0 500
"MeterValueSampleInterval" iw- 0 86400
"MinimumStatusDuration" iw- 0 3600
"NumberOfConnectors" ir- 1 9
"ResetRetries" iw- 0 10
"StopTransactionMaxMeterValues" iw- 2 20
"StopTransactionOnEVSideDisconnect" bw-
"StopTransactionOnInvalidId" bw-
"StopTxnAlignedData" mw-
"StopTxnAlignedDataMaxLength" ir- 0 500
"StopTxnSampledData" mw-
"StopTxnSampledDataMaxLength" ir- 0 500
"SupportedFeatureProfiles" tr-
"SupportedFeatureProfilesMaxLength" ir- 0 500
"TransactionMessageAttempts" iw- 0 100
"TransactionMessageRetryInterval" iw- 0 86400
"UnlockConnectorOnEVSideDisconnect" bw-
"WebSocketPingInterval" iwL 0 3600
"ReserveConnectorZeroSupported" br-
"ChargeProfileMaxStackLevel" ir- 0 500
"ChargingScheduleAllowedChargingRateUnit" tr-
"ChargingScheduleMaxPeriods" ir- 1 500
"ConnectorSwitch3to1PhaseSupported" br-
"MaxChargingProfilesInstalled" ir- 1 500
"LocalAuthListEnabled" bw-
"LocalAuthListMaxLength" ir- 1 100000
"SendLocalListMaxLength" ir- 1 500
"SupportedFileTransferProtocols" tr-
"""

KEY_COUNT = 44

# Measurands in the order of their codes, each in quotes so that they can be written as they are.
MEASURANDS = (
    b'"Energy.Active.Import.Register","Energy.Active.Import.Interval","Power.Active.Import","Power.Offered","Current.Import",'
    b'"Current.Offered","Voltage","Frequency","Temperature","SoC",'
)
# Phases in the order of their codes, from 1; 0 is a value for all phases together.
PHASES = b'"L1","L2","L3",'


def line_of(index: int) -> int:
    """Where the line of a key starts in KEYS. Allocates: none."""
    at = 0
    for _ in range(index):
        at = KEYS.find(b"\n", at) + 1
    return at


def key_index(name: str) -> int:
    """The index of a key, compared without regard to case (CiString), or -1. Raises nothing."""
    wanted = name.lower().encode()
    length = len(wanted) + 2
    at = index = 0
    while at < len(KEYS):
        end = KEYS.find(b" ", at)
        if end - at == length and KEYS[at + 1 : end - 1].lower() == wanted:
            return index
        at = KEYS.find(b"\n", end) + 1
        index += 1
    return -1


def word_index(table: bytes, word: str) -> int:
    """The index of a word in a table of quoted words, spelled exactly, or -1."""
    if '"' in word or "," in word:
        return -1
    at = table.find(('"' + word + '"').encode())
    return -1 if at < 0 else table.count(b",", 0, at)
