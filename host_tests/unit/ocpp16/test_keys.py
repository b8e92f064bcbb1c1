"""The key table: its lines can be read, its indices are those of codes.py."""

from chargepoint.ocpp16 import codes
from chargepoint.ocpp16.keys import KEY_COUNT, KEYS, MEASURANDS, PHASES, key_index, line_of, word_index


def test_every_line_can_be_read() -> None:
    lines = str(KEYS, "utf-8").split("\n")
    assert lines.pop() == "" and len(lines) == KEY_COUNT
    for index, line in enumerate(lines):
        name, rules = line[1:].split('" ')
        assert key_index(name) == key_index(name.lower()) == key_index(name.upper()) == index
        assert line_of(index) == KEYS.find(('"' + name + '"').encode())
        assert len(name) <= 50 and rules[0] in "bimpkt" and rules[1] in "wrx" and rules[2] in "-LR", line
        if rules[0] == "i":
            least, most = rules[4:].split(" ")
            assert int(least) < int(most)
        else:
            assert len(rules) == 3


def test_indices_are_those_of_the_codes() -> None:
    for name, key in (
        ("KEY_ALLOW_OFFLINE_UNKNOWN", "AllowOfflineTxForUnknownId"), ("KEY_CACHE_ENABLED", "AuthorizationCacheEnabled"),
        ("KEY_AUTHORIZATION_KEY", "AuthorizationKey"), ("KEY_AUTHORIZE_REMOTE", "AuthorizeRemoteTxRequests"),
        ("KEY_ALIGNED_INTERVAL", "ClockAlignedDataInterval"), ("KEY_CONNECTION_TIMEOUT", "ConnectionTimeOut"),
        ("KEY_PHASE_ROTATION", "ConnectorPhaseRotation"), ("KEY_GET_MAX_KEYS", "GetConfigurationMaxKeys"),
        ("KEY_HEARTBEAT_INTERVAL", "HeartbeatInterval"), ("KEY_LOCAL_OFFLINE", "LocalAuthorizeOffline"),
        ("KEY_LOCAL_PRE_AUTHORIZE", "LocalPreAuthorize"), ("KEY_MAX_ENERGY_INVALID", "MaxEnergyOnInvalidId"),
        ("KEY_ALIGNED_DATA", "MeterValuesAlignedData"), ("KEY_SAMPLED_DATA", "MeterValuesSampledData"),
        ("KEY_SAMPLE_INTERVAL", "MeterValueSampleInterval"), ("KEY_MIN_STATUS_DURATION", "MinimumStatusDuration"),
        ("KEY_NUMBER_OF_CONNECTORS", "NumberOfConnectors"), ("KEY_RESET_RETRIES", "ResetRetries"),
        ("KEY_STOP_MAX_METER_VALUES", "StopTransactionMaxMeterValues"), ("KEY_STOP_ON_EV_DISCONNECT", "StopTransactionOnEVSideDisconnect"),
        ("KEY_STOP_ON_INVALID", "StopTransactionOnInvalidId"), ("KEY_STOP_ALIGNED_DATA", "StopTxnAlignedData"),
        ("KEY_STOP_SAMPLED_DATA", "StopTxnSampledData"), ("KEY_ATTEMPTS", "TransactionMessageAttempts"),
        ("KEY_RETRY_INTERVAL", "TransactionMessageRetryInterval"), ("KEY_UNLOCK_ON_EV_DISCONNECT", "UnlockConnectorOnEVSideDisconnect"),
        ("KEY_PING_INTERVAL", "WebSocketPingInterval"), ("KEY_RESERVE_ZERO", "ReserveConnectorZeroSupported"),
    ):
        assert getattr(codes, name) == key_index(key), key


def test_unknown_keys() -> None:
    for name in ("", "Testing", "HeartbeatInterva", "HeartbeatIntervals", '"HeartbeatInterval"', "x" * 500, "HeartbeatInterval iw- 1 86400"):
        assert key_index(name) == -1, name


def test_words() -> None:
    assert word_index(MEASURANDS, "Energy.Active.Import.Register") == 0 and word_index(MEASURANDS, "SoC") == 9
    assert word_index(PHASES, "L3") == 2
    for word in ("", "soc", "So", 'SoC"', "L1,L2", '","'):
        assert word_index(MEASURANDS, word) == -1, word
