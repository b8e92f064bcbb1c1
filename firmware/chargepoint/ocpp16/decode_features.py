"""What the decoder needs for the messages of features only: their tables, words by name, objects and arrays of objects as lists.

Loaded when a charge point has features and such a message comes.
"""

from micropython import const

from chargepoint.ocpp16.decode import Fields, ProtocolError, read_message, read_object
from chargepoint.ocpp16.feature_tables import answer_line, line_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.wire.json_read import JsonReader

_J_OBJECT = const(0x7B)
_J_ARRAY_END = const(0x5D)
_J_END = const(0)
_MAX_ITEMS = const(64)  # of an array


def action_of(name: str, features: "tuple[Any, ...]") -> int:
    """The code of a feature's action, or -1."""
    for feature in features:
        at = feature.WIRE.find("\n>" + name)
        if at >= 0 and feature.WIRE[at + len(name) + 2] in " \n":
            return int(feature.ACTIONS[feature.WIRE.count("\n>", 0, at)])
    return -1


def request_of(action: int, reader: "JsonReader", feature: "Any") -> Fields:
    """As `decode_request`, by the table of a feature that has the action."""
    return _read(feature.WIRE, line_at(feature.WIRE, "\n>", feature.ACTIONS.index(bytes((action,)))), reader, True)


def result_of(action: int, reader: "JsonReader", features: "tuple[Any, ...]") -> Fields:
    """As `decode_result`."""
    for feature in features:
        if action in feature.SENDS:
            return _read(feature.WIRE, answer_line(feature.WIRE, "\n<", feature.SENDS.index(bytes((action,)))), reader, False)
    raise ProtocolError("NotImplemented", "no feature has this action")


def _read(table: str, start: int, reader: "JsonReader", strict: bool) -> Fields:
    """Read a payload; all attributes that the table names are there then, None for absent."""
    fields = Fields()
    for item in table.split():
        at = item.find("=", 2)
        if at > 0:
            setattr(fields, item[at + 1 :], None)
    return read_message(table, start, reader, strict, fields)


def words_of(table: str, name: str) -> bytes:
    """The words of that name."""
    start = table.find("\n." + name + " ") + len(name) + 3
    return table[start : table.find("\n", start)].encode()


def object_of(table: str, name: str, reader: "JsonReader", strict: bool) -> "list[Any]":
    """Read an object whose opening brace was read into a list with a place for each name of its line."""
    start = table.find("\n." + name + " ") + 1
    values: "list[Any]" = [None] * table.count(" ", start, table.find("\n", start))
    read_object(table, start, reader, strict, values)
    return values


def objects_of(table: str, name: str, reader: "JsonReader", strict: bool) -> "list[Any]":
    """Read an array of objects whose opening bracket was read. Raises: ProtocolError, when the whole array was read over."""
    items: "list[Any]" = []
    code = what = ""
    while True:
        token = reader.next()
        if token == _J_ARRAY_END or token == _J_END:
            break
        if token != _J_OBJECT:
            reader.skip()
            code, what = "TypeConstraintViolation", "it holds the wrong type"
        elif len(items) > _MAX_ITEMS:
            reader.skip()  # one more than anybody takes: whoever it is for refuses it in its own words
        else:
            items.append(object_of(table, name, reader, strict))
    if code:
        raise ProtocolError(code, what)
    return items
