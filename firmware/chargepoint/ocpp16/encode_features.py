"""The messages of features as JSON, by the lines of their tables (feature_tables.py). Loaded when the first one is sent.

The values are attributes of the feature itself, the `source` of the Message or Reply. An object, and each object of an array, is a list with a
place for each name of its line.
"""

from chargepoint.ocpp16.feature_tables import answer_line, line_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.wire.json_write import JsonWriter


def name_of(m: "Any") -> str:
    """The name of the request `m`."""
    table: str = m.source.WIRE
    start = line_at(table, "\n<", m.source.SENDS.index(bytes((m.action,)))) + 1
    return table[start : table.find("\n", start)].split(" ")[0]


def write_call(w: "JsonWriter", m: "Any") -> None:
    """Write the payload of the request `m`. Allocates: the words of its line."""
    table: str = m.source.WIRE
    _object(w, table, line_at(table, "\n<", m.source.SENDS.index(bytes((m.action,)))), m.source)


def write_reply(w: "JsonWriter", reply: "Any") -> None:
    """Write the payload of our answer `reply`. Allocates: the words of its line."""
    table: str = reply.source.WIRE
    _object(w, table, answer_line(table, "\n>", reply.source.ACTIONS.index(bytes((reply.action,)))), reply.source)


def _object(w: "JsonWriter", table: str, start: int, values: "Any") -> None:
    """Write an object by the line at `start`: its fields are attributes of `values`, or places when it is a list."""
    w.begin_object()
    place = -1
    for item in table[start : table.find("\n", start)].split(" "):
        if place >= 0:
            name, _, rule = item.partition(":")
            rule, _, attribute = rule.partition("=")
            value = values[place] if isinstance(values, (list, tuple)) else getattr(values, attribute)
            if value is not None:
                w.key(name)
                _put(w, table, rule[:-1] if rule[-1] == "!" else rule, value)
        place += 1
    w.end_object()


def _put(w: "JsonWriter", table: str, rule: str, value: "Any") -> None:
    """Write one value by its rule."""
    kind = rule[0]
    if kind == "i":
        w.integer(value)
    elif kind == "d":
        w.scaled(value, int(rule[1:]))
    elif kind == "t":
        w.utc(value[0], value[1])
    elif kind == "e":
        start = table.find("\n." + rule[1:] + " ") + len(rule) + 2
        w.string(table[start : table.find("\n", start)].split(",")[value][1:-1])
    elif kind == "o":
        _object(w, table, table.find("\n." + rule[1:] + " ") + 1, value)
    elif kind == "a" or kind == "l":
        w.begin_array()
        for entry in value:
            _put(w, table, "o" + rule[1:] if kind == "l" else "s", entry)
        w.end_array()
    else:
        w.string(value)
