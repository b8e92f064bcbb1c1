"""Requests and answers out: every word of every table, the order of the schemas, optional fields left out, and nothing allocated."""

import json

from chargepoint.core.messages.records import METER, put_head
from chargepoint.core.messages.sources import Message
from chargepoint.ocpp16 import codes
from chargepoint.ocpp16.encode import ACTION_NAMES, encode_call
from chargepoint.util.little_endian import put_u32
from chargepoint.wire.json_write import JsonWriter
from host_tests.portable import sent, without_heap

_BUFFER = bytearray(4096)
_STATUSES = ("Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable", "Faulted")
_ERRORS = (
    "NoError", "ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError", "LocalListConflict", "OtherError",
    "OverCurrentFailure", "OverVoltage", "PowerMeterFailure", "PowerSwitchFailure", "ReaderFailure", "ResetFailure", "UnderVoltage", "WeakSignal",
)
_REASONS = (
    "DeAuthorized", "EmergencyStop", "EVDisconnected", "HardReset", "Local", "Other", "PowerLoss", "Reboot", "Remote", "SoftReset", "UnlockCommand",
)
_CONTEXTS = (
    "Interruption.Begin", "Interruption.End", "Sample.Clock", "Sample.Periodic", "Transaction.Begin", "Transaction.End", "Trigger", "Other",
)
# measurand, unit, an integer as a sample holds it, its text
_MEASURANDS = (
    ("Energy.Active.Import.Register", "Wh", 1234567, "1234567"),
    ("Energy.Active.Import.Interval", "Wh", 0, "0"),
    ("Power.Active.Import", "W", 7360, "7360"),
    ("Power.Offered", "W", 22080, "22080"),
    ("Current.Import", "A", 1605, "16.05"),
    ("Current.Offered", "A", 3200, "32.00"),
    ("Voltage", "V", 2301, "230.1"),
    ("Frequency", None, 4998, "49.98"),
    ("Temperature", "Celcius", -7, "-7"),
    ("SoC", "Percent", 61, "61"),
)


def _encode(m: Message) -> str:
    writer = JsonWriter(_BUFFER)
    writer.start(0)
    encode_call(writer, m)
    assert not writer.overflow
    text = str(bytes(_BUFFER[: writer.pos]), "utf-8")
    sent(ACTION_NAMES[m.action], text)
    return text


def _status(status: int, error: int) -> Message:
    m = Message()
    m.action = codes.ACT_STATUS_NOTIFICATION
    m.connector = 1
    m.status = status
    m.error = error
    m.s = 217584000
    m.ms = 7
    return m


def test_every_status_and_error_code() -> None:
    for i, word in enumerate(_STATUSES):
        assert json.loads(_encode(_status(i, 0)))["status"] == word
    for i, word in enumerate(_ERRORS):
        assert json.loads(_encode(_status(0, i)))["errorCode"] == word


def test_the_order_of_the_schema_and_milliseconds() -> None:
    m = _status(8, 3)
    m.info = 'a "quoted"\ninfo'
    m.vendor_id = "v"
    m.vendor_code = "CX002"
    assert _encode(m) == (
        '{"connectorId":1,"errorCode":"GroundFailure","info":"a \\"quoted\\"\\ninfo","status":"Faulted",'
        '"timestamp":"2026-11-23T08:00:00.007Z","vendorId":"v","vendorErrorCode":"CX002"}'
    )


def test_optional_fields_are_left_out_and_never_null() -> None:
    text = _encode(_status(0, 0))
    assert "null" not in text and "info" not in text and "vendor" not in text


def test_small_requests() -> None:
    m = Message()
    m.action = codes.ACT_HEARTBEAT
    assert _encode(m) == "{}"
    m.action = codes.ACT_AUTHORIZE
    m.id_tag = "04A2"
    assert _encode(m) == '{"idTag":"04A2"}'
    m.action = codes.ACT_BOOT_NOTIFICATION
    m.boot = "chargePointVendor=V\nchargePointModel=M=1\n\nfirmwareVersion=1.0"
    assert _encode(m) == '{"chargePointVendor":"V","chargePointModel":"M=1","firmwareVersion":"1.0"}'
    m.action = codes.ACT_DATA_TRANSFER
    m.vendor_id = "v"
    assert _encode(m) == '{"vendorId":"v"}'
    m.action = codes.ACT_START_TRANSACTION
    m.connector = 2
    m.meter_wh = 5
    m.s = 0
    assert _encode(m) == '{"connectorId":2,"idTag":"04A2","meterStart":5,"timestamp":"2020-01-01T00:00:00.000Z"}'
    m.reservation_id = 9
    assert '"meterStart":5,"reservationId":9,"timestamp"' in _encode(m)


def test_every_reason_and_none() -> None:
    m = Message()
    m.action = codes.ACT_STOP_TRANSACTION
    m.transaction_id = -1
    for i, word in enumerate(_REASONS):
        m.reason = i
        assert json.loads(_encode(m))["reason"] == word
    m.reason = 255
    assert _encode(m) == '{"meterStop":0,"timestamp":"2020-01-01T00:00:00.000Z","transactionId":-1}'


def _meter_values(measurand: int, value: int, phase: int = 0, context: int = 3) -> Message:
    m = Message()
    m.action = codes.ACT_METER_VALUES
    m.connector = 1
    m.transaction_id = 7
    m.start = put_head(m.record, METER, 1, 1)
    put_u32(m.record, 6, 217584000)
    m.record[14] = context
    m.record[15] = 1
    m.record[16] = measurand
    m.record[17] = phase
    put_u32(m.record, 18, value)
    m.end = 22
    return m


def test_every_measurand_with_its_unit_and_decimals() -> None:
    for i, (name, unit, value, text) in enumerate(_MEASURANDS):
        sampled = json.loads(_encode(_meter_values(i, value)))["meterValue"][0]["sampledValue"][0]
        expected = {"value": text, "context": "Sample.Periodic", "measurand": name}
        if unit:
            expected["unit"] = unit
        if name == "SoC":
            expected["location"] = "EV"
        assert sampled == expected


def test_every_context_and_phase() -> None:
    for i, word in enumerate(_CONTEXTS):
        assert json.loads(_encode(_meter_values(0, 1, context=i)))["meterValue"][0]["sampledValue"][0]["context"] == word
    for i, word in enumerate(("L1", "L2", "L3")):
        assert json.loads(_encode(_meter_values(6, 1, phase=i + 1)))["meterValue"][0]["sampledValue"][0]["phase"] == word


def test_no_allocation() -> None:
    status = _status(8, 3)
    values = _meter_values(6, 2301, 1)
    writer = JsonWriter(_BUFFER)

    def encode() -> None:
        writer.start(0)
        encode_call(writer, status)
        encode_call(writer, values)

    encode()
    without_heap(encode)
