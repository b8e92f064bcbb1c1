"""Requests that we receive and answers that we get, from JSON in the receive buffer to the few fields that a handler needs.

What a message may hold is text, one line a message: `name:TYPE=attribute` for each field that we use, with

    sN  CiString of at most N characters, printable ASCII     nN  the same, not empty     i  integer     x  anything, only looked for
    eN  word of table N in _WORDS     a  array of strings (at most _MAX_ITEMS CiStrings of 50)     t  date and time
    dN  number times 10**N, further digits cut     oNAME  object by the line .NAME     lNAME  array of objects by that line

and `!` behind the type when the field is required. The fields of an object become attributes like those around it; each object of an array
becomes a list with a place for each name of its line. All other fields are stepped over; null is the same as absent (many central systems
write it). The text must have passed `JsonReader.check`.

A request that breaks its line is refused with ProtocolError. An answer is not: the central system has acted already, so what can be read
counts and what cannot is absent; its words are read in any case and its integers also in quotes.

The messages of a feature are in its own table (feature_tables.py), where words have names, `eNAME`; what only they need is in decode_features.py. What has
a line here as well is then read by the feature's: the lines of the profiles here are for products that do not have them.

Spec: OCPP 1.6 edition 2, sections 6 and 7 (CiString: 7.15); OCPP-J 1.6 section 4.2.3.
"""

from micropython import const

from chargepoint.ocpp16.codes import FIRST_OF_FEATURES
from chargepoint.ocpp16.feature_tables import line_at
from chargepoint.ocpp16.keys import word_index
from chargepoint.util.utc import parse_utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
_MAX_ITEMS = const(64)  # of an array; decode_features has the same bound
_MAX_WORD = const(40)  # characters of a word or a time
_MAX_NAME = const(25)  # no name in our tables is longer

# In the order of the action codes.
_REQUESTS = """
DataTransfer vendorId:s255!=vendor_id messageId:s50=message_id
CancelReservation reservationId:x!
ChangeAvailability connectorId:i!=connector_id type:e0!=kind
ChangeConfiguration key:s50!=key value:s500!=value
ClearCache
ClearChargingProfile
GetCompositeSchedule connectorId:x! duration:x!
GetConfiguration key:a=keys
GetDiagnostics
GetLocalListVersion
RemoteStartTransaction connectorId:i=connector_id idTag:n20!=id_tag
RemoteStopTransaction transactionId:i!=transaction_id
ReserveNow connectorId:x! expiryDate:x! idTag:x! reservationId:x!
Reset type:e1!=kind
SendLocalList listVersion:x! updateType:x!
SetChargingProfile connectorId:x! csChargingProfiles:x!
TriggerMessage requestedMessage:x!
UnlockConnector connectorId:i!=connector_id
UpdateFirmware
"""
_RESULTS = """
BootNotification status:e2=status currentTime:t=time interval:i=interval
Authorize idTagInfo:oidTagInfo
Heartbeat currentTime:t=time
StatusNotification
StartTransaction transactionId:i=transaction_id idTagInfo:oidTagInfo
StopTransaction idTagInfo:oidTagInfo
MeterValues
DataTransfer status:e2=status
.idTagInfo status:e2=tag_status expiryDate:t=expiry parentIdTag:n20=parent_id_tag
"""
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


def action_code(name: str, features: "tuple[Any, ...]" = ()) -> int:
    """The code of an action that a central system may call, or -1 when neither OCPP 1.6 nor one of the features has one of that name."""
    if not name or " " in name or "\n" in name:
        return -1
    at = _REQUESTS.find("\n" + name)
    if at >= 0 and _REQUESTS[at + len(name) + 1] in " \n":
        return _REQUESTS.count("\n", 0, at) + _FIRST_RECEIVED
    if features:
        from chargepoint.ocpp16.decode_features import action_of

        return action_of(name, features)
    return -1


def decode_request(action: int, reader: "JsonReader", features: "tuple[Any, ...]" = ()) -> Fields:
    """Read the payload of a request of the central system.

    Args: the code from `action_code`; a reader before the payload; the features of this charge point.
    Returns: the reused Fields. Raises: ProtocolError. Allocates: the fields and about 150 bytes for each key read.
    """
    for feature in features:
        if action in feature.ACTIONS and feature.WIRE:
            from chargepoint.ocpp16.decode_features import request_of

            return request_of(action, reader, feature)
    if action >= FIRST_OF_FEATURES:
        raise ProtocolError("NotImplemented", "no feature has this action")
    return read_message(_REQUESTS, line_at(_REQUESTS, "\n", action - _FIRST_RECEIVED), reader, True, _fresh())


def decode_result(action: int, reader: "JsonReader", features: "tuple[Any, ...]" = ()) -> Fields:
    """Read the payload of the answer to our request `action`; what cannot be read in it is None. As `decode_request`.

    Raises: ProtocolError when the payload is no object.
    """
    if action >= FIRST_OF_FEATURES:
        from chargepoint.ocpp16.decode_features import result_of

        return result_of(action, reader, features)
    return read_message(_RESULTS, line_at(_RESULTS, "\n", action), reader, False, _fresh())


def _fresh() -> Fields:
    _fields.__init__()  # type: ignore[misc]
    return _fields


def read_message(table: str, start: int, reader: "JsonReader", strict: bool, fields: Fields) -> Fields:
    """Read a payload by the line at `start` of a table into fresh fields. Raises: ProtocolError."""
    if reader.next() != _J_OBJECT:
        raise ProtocolError("FormationViolation", "the payload must be a JSON object")
    read_object(table, start, reader, strict, fields)
    return fields


def read_object(table: str, start: int, reader: "JsonReader", strict: bool, into: "Any") -> None:
    """Read the fields of an object whose opening brace was read, by the line at `start`: into attributes, or into places when `into` is a list."""
    stop = table.find("\n", start)
    seen = 0  # a bit for each field that is there
    while reader.next() == _J_KEY:
        name = reader.text() if reader.end - reader.start <= _MAX_NAME else ":"
        at = table.find(" " + name + ":", start, stop)
        if at < 0 or ":" in name or " " in name:
            reader.skip()
            continue
        place = table.count(" ", start, at)
        at += len(name) + 2
        end = table.find(" ", at, stop)
        end = end if end > 0 else stop
        equals = table.find("=", at, end)
        reader.next()
        try:
            value = _value(table, table[at : equals if equals > 0 else end], reader, strict, into)
        except ProtocolError as error:
            if strict:
                error.description = "field %s: %s" % (name, error.description)
                raise
            continue
        if value is None:
            continue
        seen |= 1 << place
        if isinstance(into, list):
            into[place] = value
        elif equals > 0:
            setattr(into, table[equals + 1 : end], value)
    if strict:
        _require(table, start, stop, seen)


def _require(table: str, start: int, stop: int, seen: int) -> None:
    """Look for the required fields of a line among those that were seen."""
    at = table.find("!", start, stop)
    while at > 0:
        place = table.count(" ", start, at) - 1
        if not seen >> place & 1:
            name = table[start:stop].split(" ")[place + 1].split(":")[0]
            raise ProtocolError("OccurenceConstraintViolation", "required field %s is missing" % name)
        at = table.find("!", at + 1, stop)


def _value(table: str, rule: str, reader: "JsonReader", strict: bool, into: "Any") -> "Any":
    """Read over one value, on whose first token the reader stands. Returns: it by its rule, None for absent. Raises: ProtocolError."""
    token = reader.token
    kind = rule[0]
    if rule[-1] == "!":
        rule = rule[:-1]
    if token == _J_NULL:
        return None
    if kind == "x":
        reader.skip()
        return True
    if kind == "i" or kind == "d":
        is_right = token == _J_INTEGER or token == _J_FLOAT or (token == _J_STRING and not strict)
    else:
        is_right = token == (_J_OBJECT if kind == "o" else _J_ARRAY if kind == "a" or kind == "l" else _J_STRING)
    if not is_right:
        reader.skip()
        raise ProtocolError(_TYPE, "it has the wrong type")
    if kind == "o":
        if isinstance(into, list):
            from chargepoint.ocpp16.decode_features import object_of

            return object_of(table, rule[1:], reader, strict)
        read_object(table, table.find("\n." + rule[1:] + " ") + 1, reader, strict, into)
        return True
    if kind == "a":
        return _names(reader)
    if kind == "l":
        from chargepoint.ocpp16.decode_features import objects_of

        return objects_of(table, rule[1:], reader, strict)
    try:
        if kind == "i" or kind == "d":
            return _quoted(reader.text(20)) if token == _J_STRING else reader.integer() if kind == "i" else reader.scaled(int(rule[1:]))
        text = reader.text(_MAX_WORD if kind == "t" or kind == "e" else int(rule[1:]))
    except ValueError as error:
        raise ProtocolError(_TYPE if kind == "i" or kind == "d" else _PROPERTY, str(error))
    if kind == "t":
        moment = parse_utc(text)
        if moment is None:
            raise ProtocolError(_PROPERTY, "it is no date and time")
        return moment
    if kind == "e":
        if "0" <= rule[1] <= "9":
            return read_word(_WORDS[int(rule[1:])], text, strict)
        from chargepoint.ocpp16.decode_features import words_of

        return read_word(words_of(table, rule[1:]), text, strict)
    if not _is_printable(text) or (kind == "n" and not text):
        raise ProtocolError(_PROPERTY, "printable ASCII is expected" if text else "it is empty")
    return text


def _names(reader: "JsonReader") -> "list[str]":
    """Read an array of strings whose opening bracket was read."""
    names: "list[str]" = []
    while True:
        token = reader.next()
        if token == _J_ARRAY_END or token == _J_END:
            return names
        if token != _J_STRING:
            raise ProtocolError(_TYPE, "it holds the wrong type")
        if len(names) >= _MAX_ITEMS:
            raise ProtocolError(_PROPERTY, "it has more than %d entries" % _MAX_ITEMS)
        names.append(_value("", "s50", reader, True, None))


def read_word(words: bytes, text: str, strict: bool) -> int:
    """The number of a word. Raises: ProtocolError when there is none."""
    index = word_index(words, text)
    if index < 0 and not strict:
        index = word_index(words.lower(), text.lower())
    if index < 0:
        raise ProtocolError(_PROPERTY, "no such value in OCPP 1.6")
    return index


def _quoted(text: str) -> int:
    """The integer that a text holds. Raises: ValueError."""
    digits = text[1:] if text[:1] == "-" else text
    if not digits.isdigit() or len(digits) > 15:
        raise ValueError("no integer")
    return int(text)


def _is_printable(text: str) -> bool:
    """Whether a text may be a CiString."""
    for code in text.encode():
        if not 0x20 <= code <= 0x7E:
            return False
    return True
