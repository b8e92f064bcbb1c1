"""Requests that we receive and answers that we get, from JSON in the receive buffer to the few fields that a handler needs.

What a message may hold is text, one line a message: `name:TYPE=attribute` for each field that we use, with

    sN  string of at most N characters      i  integer      a  array of strings (at most _MAX_KEYS of 50 characters)
    eN  word of table N in _WORDS           t  date and time; one that cannot be read counts as absent      o  an idTagInfo

and `!` behind the type when the field is required. All other fields are stepped over; null is the same as absent (many central systems
write it). The text must have passed `JsonReader.check`.  Spec: OCPP 1.6 edition 2, sections 6 and 7; OCPP-J 1.6 section 4.2.3.
"""

from micropython import const

from chargepoint.ocpp16.keys import word_index
from chargepoint.util.utc import parse_utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.wire.json_read import JsonReader

_J_OBJECT = const(0x7B)
_J_ARRAY = const(0x5B)
_J_ARRAY_END = const(0x5D)
_J_KEY = const(0x3A)
_J_STRING = const(0x22)
_J_INTEGER = const(0x30)
_J_FLOAT = const(0x2E)
_J_NULL = const(0x6E)
_J_END = const(0)
_FIRST_RECEIVED = const(7)  # action code of the first line of _REQUESTS
_MAX_KEYS = const(64)

# In the order of the action codes.
_REQUESTS = """
DataTransfer vendorId:s255!=vendor_id messageId:s50=message_id
CancelReservation
ChangeAvailability connectorId:i!=connector_id type:e0!=kind
ChangeConfiguration key:s50!=key value:s500!=value
ClearCache
ClearChargingProfile
GetCompositeSchedule
GetConfiguration key:a=keys
GetDiagnostics
GetLocalListVersion
RemoteStartTransaction connectorId:i=connector_id idTag:s20!=id_tag
RemoteStopTransaction transactionId:i!=transaction_id
ReserveNow
Reset type:e1!=kind
SendLocalList
SetChargingProfile
TriggerMessage
UnlockConnector connectorId:i!=connector_id
UpdateFirmware
"""
_RESULTS = """
BootNotification status:e2!=status currentTime:t=time interval:i=interval
Authorize idTagInfo:o!=tag_status
Heartbeat currentTime:t=time
StatusNotification
StartTransaction transactionId:i!=transaction_id idTagInfo:o!=tag_status
StopTransaction idTagInfo:o=tag_status
MeterValues
DataTransfer status:e2!=status
"""
_ID_TAG_INFO = "idTagInfo status:e2!=tag_status expiryDate:t=expiry parentIdTag:s20=parent_id_tag"
_WORDS = (
    b'"Inoperative","Operative",',
    b'"Hard","Soft",',
    b'"Accepted","Rejected","Pending","Blocked","Expired","Invalid","ConcurrentTx","UnknownMessageId","UnknownVendorId",',
)

_TYPE = "TypeConstraintViolation"
_PROPERTY = "PropertyConstraintViolation"


class ProtocolError(Exception):
    """A message that is refused: `code` is the CALLERROR code in the spelling of OCPP-J 1.6, `description` says what was wrong."""

    def __init__(self, code: str, description: str) -> None:
        self.code = code
        self.description = description


class Fields:
    """The fields of the last decoded message; None is absent. Reused: valid until the next decode."""

    def __init__(self) -> None:
        self.connector_id: "int | None" = None
        self.id_tag: "str | None" = None
        self.kind: "int | None" = None  # TYP_HARD, TYP_SOFT, TYP_INOPERATIVE, TYP_OPERATIVE
        self.key: "str | None" = None
        self.value: "str | None" = None
        self.keys: "list[str] | None" = None
        self.transaction_id: "int | None" = None
        self.vendor_id: "str | None" = None
        self.message_id: "str | None" = None
        self.status: "int | None" = None  # ANS_*
        self.time: "tuple[int, int] | None" = None  # seconds since 2020-01-01, milliseconds
        self.interval: "int | None" = None
        self.tag_status: "int | None" = None  # ANS_*
        self.expiry: "tuple[int, int] | None" = None
        self.parent_id_tag: "str | None" = None


_fields = Fields()


def action_code(name: str) -> int:
    """The code of an action that a central system may call, or -1 when OCPP 1.6 has none of that name."""
    at = _REQUESTS.find("\n" + name)
    if at < 0 or not name or " " in name or "\n" in name or _REQUESTS[at + len(name) + 1] not in " \n":
        return -1
    return _REQUESTS.count("\n", 0, at) + _FIRST_RECEIVED


def decode_request(action: int, reader: "JsonReader") -> Fields:
    """Read the payload of a request of the central system.

    Args: the code from `action_code`; a reader before the payload.
    Returns: the reused Fields. Raises: ProtocolError. Allocates: the fields and about 150 bytes for each key read.
    """
    return _decode(_REQUESTS, action - _FIRST_RECEIVED, reader)


def decode_result(action: int, reader: "JsonReader") -> Fields:
    """Read the payload of the answer to our request `action`. As `decode_request`."""
    return _decode(_RESULTS, action, reader)


def _decode(table: str, line: int, reader: "JsonReader") -> Fields:
    start = 1
    for _ in range(line):
        start = table.find("\n", start) + 1
    _fields.__init__()  # type: ignore[misc]
    if reader.next() != _J_OBJECT:
        raise ProtocolError("FormationViolation", "the payload must be a JSON object")
    _object(table[start : table.find("\n", start)], reader)
    return _fields


def _object(spec: str, reader: "JsonReader") -> None:
    """Read the fields of an object whose opening brace was read."""
    while True:
        token = reader.next()
        if token != _J_KEY:
            break
        if reader.end - reader.start > 25:  # no name in our tables is longer
            reader.skip()
            continue
        name = reader.text()
        at = spec.find(" " + name + ":")
        if at < 0 or ":" in name or " " in name:
            reader.skip()
            continue
        end = spec.find(" ", at + 1)
        _field(name, spec[at + len(name) + 2 : end if end > 0 else len(spec)], reader)
    for item in spec.split(" "):
        at = item.find("!=")
        if at > 0 and getattr(_fields, item[at + 2 :]) is None:
            raise ProtocolError("OccurenceConstraintViolation", "required field %s is missing" % item[: item.find(":")])


def _field(name: str, rule: str, reader: "JsonReader") -> None:
    """Read the value of one field by its rule into its attribute."""
    token = reader.next()
    if token == _J_NULL:
        return
    equals = rule.find("=")
    attribute = rule[equals + 1 :]
    kind = rule[0]
    limit = rule[1:equals]
    if limit and limit[-1] == "!":
        limit = limit[:-1]
    wanted = _J_OBJECT if kind == "o" else _J_ARRAY if kind == "a" else _J_STRING
    if token != wanted and (kind != "i" or (token != _J_INTEGER and token != _J_FLOAT)):
        raise ProtocolError(_TYPE, "field %s has the wrong type" % name)
    if kind == "o":
        _object(_ID_TAG_INFO, reader)
        return
    value: "object" = None
    try:
        if kind == "i":
            value = reader.integer()
        elif kind == "s":
            value = reader.text(int(limit))
        elif kind == "a":
            value = _names(name, reader)
        elif kind == "t":
            value = parse_utc(reader.text(40))
        else:
            value = word_index(_WORDS[int(limit)], reader.text(40))
    except ValueError as error:
        if kind == "t":
            return
        raise ProtocolError(_TYPE if kind == "i" else _PROPERTY, "field %s: %s" % (name, error))
    if value == -1 and kind == "e":
        raise ProtocolError(_PROPERTY, "field %s: no such value in OCPP 1.6" % name)
    setattr(_fields, attribute, value)


def _names(name: str, reader: "JsonReader") -> "list[str]":
    """Read an array of strings whose opening bracket was read. Raises: ValueError, ProtocolError."""
    names: "list[str]" = []
    while True:
        token = reader.next()
        if token == _J_ARRAY_END or token == _J_END:
            return names
        if token != _J_STRING:
            raise ProtocolError(_TYPE, "field %s must hold strings only" % name)
        if len(names) >= _MAX_KEYS:
            raise ValueError("more than %d entries" % _MAX_KEYS)
        names.append(reader.text(50))
