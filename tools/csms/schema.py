"""Checks of OCPP 1.6 messages against the official JSON schemas that the `ocpp` package carries."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, cast

from jsonschema import Draft4Validator, FormatChecker

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4

# The spelling of OCPP-J 1.6 section 4.2.3, its mistakes included.
ERROR_CODES = frozenset(
    (
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    )
)

_UTC = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:\d\d)")
_UTC_WITH_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or _UTC.fullmatch(value) is not None


_formats = FormatChecker(formats=())
_formats.checks("date-time")(_is_date_time)

class InvalidMessage(AssertionError):
    """A message that OCPP 1.6J does not allow; the text says which part and why."""


@lru_cache(maxsize=None)
def _validator(name: str) -> Draft4Validator:
    file = resources.files("ocpp") / "v16" / "schemas" / (name + ".json")
    if not re.fullmatch(r"[A-Za-z]+", name) or not file.is_file():
        raise InvalidMessage(f"{name}: OCPP 1.6 has no such message")
    return Draft4Validator(json.loads(file.read_text("utf-8-sig"), parse_float=Decimal), format_checker=_formats)


def is_action(name: str) -> bool:
    """Whether OCPP 1.6 (security extensions included) has this action."""
    try:
        _validator(name)
    except InvalidMessage:
        return False
    return not name.endswith("Response")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise InvalidMessage("duplicate keys in " + ", ".join(keys))
    return dict(pairs)


def _no_constant(text: str) -> None:
    raise InvalidMessage(f"{text} is not JSON")


def parse(text: str) -> Any:
    """Read JSON as strictly as its standard: no duplicate keys, no NaN; numbers with a fraction become Decimal."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as error:
        raise InvalidMessage(f"not JSON: {error}: {text[:200]!r}") from error


def _exact(value: Any) -> Any:
    """The same value with every float as the Decimal that it prints as: the schemas' multipleOf is exact."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list) else value


def check_payload(name: str, payload: object) -> None:
    """Check a payload against the schema of that name: an action, or an action with "Response" behind it."""
    for error in _validator(name).iter_errors(_exact(payload)):
        place = "/".join(str(part) for part in error.absolute_path) or "payload"
        raise InvalidMessage(f"{name}: {place}: {error.message}")


def check_sent(name: str, text: str) -> None:
    """Check the payload text of a message that our firmware sent: the schema, and milliseconds with Z in every timestamp."""
    payload = parse(text)
    check_payload(name, payload)
    _check_timestamps(name, payload)


def check_sent_frame(text: str, answered_action: str = "") -> None:
    """Check a whole OCPP-J frame that our firmware sent; a CALLRESULT against the schema of the action that it answers, if given."""
    kind, payload_name, payload = split_frame(text, answered_action)
    if kind != CALL_ERROR and payload_name:
        check_payload(payload_name, payload)
        _check_timestamps(payload_name, payload)


def split_frame(text: str, answered_action: str = "") -> tuple[int, str, Any]:
    """Take an OCPP-J frame apart and check its outer shape.

    Returns: message type; name of the payload's schema ("" without answered_action, the error code for a CALLERROR); payload.
    """
    frame = parse(text)
    if not isinstance(frame, list) or not frame or frame[0] not in (CALL, CALL_RESULT, CALL_ERROR) or isinstance(frame[0], bool):
        raise InvalidMessage(f"no OCPP-J message: {text[:200]!r}")
    kind = cast(int, frame[0])
    wanted = {CALL: (int, str, str, dict), CALL_RESULT: (int, str, dict), CALL_ERROR: (int, str, str, str, dict)}[kind]
    if len(frame) != len(wanted) or not all(isinstance(part, type_) for part, type_ in zip(frame, wanted)):
        raise InvalidMessage(f"wrong elements for message type {kind}: {text[:200]!r}")
    if not 1 <= len(frame[1]) <= 36:
        raise InvalidMessage(f"unique id of {len(frame[1])} characters: 1 to 36 are allowed")
    if kind == CALL_ERROR:
        if frame[2] not in ERROR_CODES:
            raise InvalidMessage(f"{frame[2]!r} is no error code of OCPP-J 1.6")
        if len(frame[3]) > 255:
            raise InvalidMessage("error description over 255 characters")
        return kind, frame[2], frame[4]
    if kind == CALL:
        return kind, frame[2], frame[3]
    return kind, answered_action and answered_action + "Response", frame[2]


def _check_timestamps(name: str, value: object) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("timestamp", "currentTime", "scheduleStart") and not _UTC_WITH_MILLISECONDS.fullmatch(str(item)):
                raise InvalidMessage(f"{name}: {key} {item!r} is not UTC with milliseconds and Z")
            _check_timestamps(name, item)
    elif isinstance(value, list):
        for item in value:
            _check_timestamps(name, item)
