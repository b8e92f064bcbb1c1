"""Our messages as JSON, written straight into the send buffer in the order of the schemas.

One function per direction instead of one per message: a branch costs no heap on the device, a function does. The values come from any
object with the right attributes (`core.messages.sources.Message`, `core.messages.remote.Reply`); this layer knows no behaviour.
The messages of a feature are lines of its table, which encode_features.py writes; it is loaded when one of them is sent.
Allocates: none, apart from texts that the caller built.  Spec: OCPP 1.6 edition 2, sections 4, 6 and 7; errata v4.0.
"""

from chargepoint.ocpp16.codes import (
    ACT_AUTHORIZE,
    ACT_BOOT_NOTIFICATION,
    ACT_DATA_TRANSFER,
    ACT_GET_CONFIGURATION,
    ACT_GET_LOCAL_LIST_VERSION,
    ACT_HEARTBEAT,
    ACT_METER_VALUES,
    ACT_START_TRANSACTION,
    ACT_STATUS_NOTIFICATION,
    ACT_STOP_TRANSACTION,
    MEA_SOC,
)
from chargepoint.ocpp16.keys import KEY_COUNT, KEYS, MEASURANDS, MODE_READ_ONLY, PHASES, TYPE_INTEGER
from chargepoint.ocpp16.sample_layout import SAMPLE_CONTEXT, SAMPLE_COUNT, SAMPLE_HEAD_BYTES, VALUE_BYTES
from chargepoint.util.little_endian import i32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.wire.json_write import JsonWriter


# Names of the requests that we send, by action code.
ACTION_NAMES = (
    "BootNotification",
    "Authorize",
    "Heartbeat",
    "StatusNotification",
    "StartTransaction",
    "StopTransaction",
    "MeterValues",
    "DataTransfer",
)

_STATUSES = b'"Available","Preparing","Charging","SuspendedEV","SuspendedEVSE","Finishing","Reserved","Unavailable","Faulted",'
_ERRORS = (
    b'"NoError","ConnectorLockFailure","EVCommunicationError","GroundFailure","HighTemperature","InternalError","LocalListConflict",'
    b'"OtherError","OverCurrentFailure","OverVoltage","PowerMeterFailure","PowerSwitchFailure","ReaderFailure","ResetFailure",'
    b'"UnderVoltage","WeakSignal",'
)
_REASONS = (
    b'"DeAuthorized","EmergencyStop","EVDisconnected","HardReset","Local","Other","PowerLoss","Reboot","Remote","SoftReset",'
    b'"UnlockCommand",'
)
_CONTEXTS = (
    b'"Interruption.Begin","Interruption.End","Sample.Clock","Sample.Periodic","Transaction.Begin","Transaction.End","Trigger","Other",'
)
_REPLIES = (
    b'"Accepted","Rejected","Scheduled","RebootRequired","NotSupported","NotImplemented","Unlocked","UnlockFailed","Unknown",'
    b'"UnknownVendorId","UnknownMessageId",'
)
# By measurand; the specification has no unit for a frequency, and "Celcius" is its spelling (the schemas of many servers know no other).
_UNITS = b'"Wh","Wh","W","W","A","A","V",,"Celcius","Percent",'
_DECIMALS = b"\x00\x00\x00\x00\x02\x02\x01\x02\x00\x00"


def _word(w: "JsonWriter", key: str, table: bytes, index: int) -> None:
    """Write a key and the word number `index` of a table; nothing when the table has an empty place there, or none."""
    start = 0
    for _ in range(index):
        start = table.find(b",", start) + 1
        if not start:
            return
    end = table.find(b",", start)
    if end > start:
        w.key(key)
        w.raw(table, start, end)


def _text(w: "JsonWriter", key: str, text: "str | None") -> None:
    """Write a key and its text; nothing for None."""
    if text is not None:
        w.key(key)
        w.string(text)


def _number(w: "JsonWriter", key: str, number: "int | None") -> None:
    """Write a key and its integer; nothing for None."""
    if number is not None:
        w.key(key)
        w.integer(number)


def encode_call(w: "JsonWriter", m: "Any") -> None:
    """Write the payload of the request `m`; `m.action` says which. A None attribute is an optional field left out.

    A text that does not fit makes the writer overflow, which the writer remembers.
    """
    action = m.action
    if m.source is not None:
        from chargepoint.ocpp16.encode_features import write_call

        write_call(w, m)
        return
    w.begin_object()
    if action == ACT_BOOT_NOTIFICATION:
        for line in m.boot.split("\n"):
            at = line.find("=")
            if at > 0:
                _text(w, line[:at], line[at + 1 :])
    elif action == ACT_AUTHORIZE:
        _text(w, "idTag", m.id_tag)
    elif action == ACT_STATUS_NOTIFICATION:
        _number(w, "connectorId", m.connector)
        _word(w, "errorCode", _ERRORS, m.error)
        _text(w, "info", m.info)
        _word(w, "status", _STATUSES, m.status)
        _time(w, m)
        _text(w, "vendorId", m.vendor_id)
        _text(w, "vendorErrorCode", m.vendor_code)
    elif action == ACT_DATA_TRANSFER:
        _text(w, "vendorId", m.vendor_id)
        _text(w, "messageId", m.message_id)
        _text(w, "data", m.data)
    elif action != ACT_HEARTBEAT:
        _transaction_message(w, m, action)
    w.end_object()


def _time(w: "JsonWriter", m: "Any") -> None:
    w.key("timestamp")
    w.utc(m.s, m.ms)


def _transaction_message(w: "JsonWriter", m: "Any", action: int) -> None:
    """Write the fields of StartTransaction, StopTransaction or MeterValues."""
    if action == ACT_START_TRANSACTION:
        _number(w, "connectorId", m.connector)
        _text(w, "idTag", m.id_tag)
        _number(w, "meterStart", m.meter_wh)
        _number(w, "reservationId", m.reservation_id)
        _time(w, m)
    elif action == ACT_STOP_TRANSACTION:
        _text(w, "idTag", m.id_tag)
        _number(w, "meterStop", m.meter_wh)
        _time(w, m)
        _number(w, "transactionId", m.transaction_id)
        _word(w, "reason", _REASONS, m.reason)
        if m.end > m.start:
            _samples(w, "transactionData", m.record, m.start, m.end)
    elif action == ACT_METER_VALUES:
        _number(w, "connectorId", m.connector)
        _number(w, "transactionId", m.transaction_id)
        _samples(w, "meterValue", m.record, m.start, m.end)


def _samples(w: "JsonWriter", key: str, b: "bytearray", at: int, end: int) -> None:
    """Write the samples between `at` and `end` of a record (ocpp16/sample_layout.py) as an array of meterValue."""
    w.key(key)
    w.begin_array()
    while at < end:
        w.begin_object()
        w.key("timestamp")
        w.utc(i32(b, at), b[at + 4] | (b[at + 5] & 0x7F) << 8)
        w.key("sampledValue")
        w.begin_array()
        context = b[at + SAMPLE_CONTEXT]
        count = b[at + SAMPLE_COUNT]
        at += SAMPLE_HEAD_BYTES
        for _ in range(count):
            measurand = b[at]
            w.begin_object()
            w.key("value")
            w.scaled_string(i32(b, at + 2), _DECIMALS[measurand])
            _word(w, "context", _CONTEXTS, context)
            _word(w, "measurand", MEASURANDS, measurand)
            if b[at + 1]:
                _word(w, "phase", PHASES, b[at + 1] - 1)
            if measurand == MEA_SOC:
                _text(w, "location", "EV")
            _word(w, "unit", _UNITS, measurand)
            w.end_object()
            at += VALUE_BYTES
        w.end_array()
        w.end_object()
    w.end_array()


def encode_reply(w: "JsonWriter", reply: "Any") -> None:
    """Write the payload of our answer `reply` to a request; `reply.action` says to which."""
    if reply.source is not None:
        from chargepoint.ocpp16.encode_features import write_reply

        write_reply(w, reply)
        return
    w.begin_object()
    if reply.action == ACT_GET_CONFIGURATION:
        _configuration(w, reply)
    elif reply.action == ACT_GET_LOCAL_LIST_VERSION:
        _number(w, "listVersion", reply.list_version)
    else:
        _word(w, "status", _REPLIES, reply.status)
    w.end_object()


def _configuration(w: "JsonWriter", reply: "Any") -> None:
    """Write the configuration keys that were asked for, or all of them, straight from the key table."""
    config = reply.config
    wanted = reply.keys  # indices into the key table, None for all
    w.key("configurationKey")
    w.begin_array()
    at = 0
    for index in range(KEY_COUNT):
        end = KEYS.find(b" ", at)
        if (wanted is None or index in wanted) and config.is_readable(index):
            w.begin_object()
            w.key("key")
            w.raw(KEYS, at, end)
            w.key("readonly")
            w.boolean(KEYS[end + 2] == MODE_READ_ONLY)
            value = config.values[index]
            w.key("value")
            if KEYS[end + 1] == TYPE_INTEGER:
                w.scaled_string(value, 0)
            else:
                w.string(config.spell(index))
            w.end_object()
        at = KEYS.find(b"\n", end) + 1
    w.end_array()
    if reply.unknown:
        w.key("unknownKey")
        w.begin_array()
        for name in reply.unknown:
            w.string(name)
        w.end_array()


def action_name(m: "Any") -> str:
    """The name of the request `m`."""
    if m.source is None:
        return ACTION_NAMES[m.action]
    from chargepoint.ocpp16.encode_features import name_of

    return name_of(m)
