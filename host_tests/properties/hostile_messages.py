"""Messages by the official schemas (the `ocpp` package carries them), right ones and ones that are wrong in one place."""

from __future__ import annotations

import json
import random
from functools import lru_cache
from importlib import resources
from typing import Any

KEYS = (
    "ConnectionTimeOut,HeartbeatInterval,MeterValueSampleInterval,ClockAlignedDataInterval,MeterValuesSampledData,MeterValuesAlignedData,StopTxnSampledData,"
    "StopTxnAlignedData,MinimumStatusDuration,StopTransactionOnInvalidId,StopTransactionOnEVSideDisconnect,AuthorizeRemoteTxRequests,LocalPreAuthorize,"
    "LocalAuthorizeOffline,AuthorizationCacheEnabled,AllowOfflineTxForUnknownId,MaxEnergyOnInvalidId,TransactionMessageAttempts,"
    "TransactionMessageRetryInterval,WebSocketPingInterval,AuthorizationKey,ConnectorPhaseRotation,UnlockConnectorOnEVSideDisconnect,ResetRetries,"
    "NumberOfConnectors,SupportedFeatureProfiles,NoSuchKey"
).split(",")
VALUES = (
    "0,1,30,60,900,-1,2147483647,4294967296,true,false,TRUE,Energy.Active.Import.Register,Power.Active.Import,Voltage.L1,NotApplicable,1.RST,"
    "0123456789abcdef0123456789abcdef"
).split(",")
REQUESTS = (
    "DataTransfer,CancelReservation,ChangeAvailability,ChangeConfiguration,ClearCache,ClearChargingProfile,GetCompositeSchedule,GetConfiguration,"
    "GetDiagnostics,GetLocalListVersion,RemoteStartTransaction,RemoteStopTransaction,ReserveNow,Reset,SendLocalList,SetChargingProfile,TriggerMessage,"
    "UnlockConnector,UpdateFirmware"
).split(",")
OFTEN = (
    "ChangeAvailability,ChangeConfiguration,ChangeConfiguration,GetConfiguration,RemoteStartTransaction,RemoteStartTransaction,RemoteStopTransaction,"
    "UnlockConnector,DataTransfer"
).split(",")
ABSENT = frozenset(
    (
        "CancelReservation,ClearChargingProfile,GetCompositeSchedule,GetDiagnostics,GetLocalListVersion,ReserveNow,SendLocalList,SetChargingProfile,"
        "TriggerMessage,UpdateFirmware"
    ).split(",")
)  # profiles that no product has yet: only what is required is looked for
CARDS = ("04A1B2C3", "04a1b2c4", "REMOTE", "x" * 20, "~")
TIMES = (
    "2026-11-23T08:00:00Z,2026-11-23T08:00:00.000Z,2020-01-01T00:00:00+14:00,1999-12-31T23:59:60Z,2086-12-31T00:00:00Z,2106-02-07T06:28:16Z,"
    "9999-12-31T23:59:59.999999999Z,0001-01-01T00:00:00Z,2027-02-28T12:00:00.5-00:30"
).split(",")
NO_MESSAGES = (b"", b"[]", b"[2]", b"[2,1,2,3]", b'[2,"a"]', b'[5,"a","b",{}]', b"[" * 300, b"null", b'[2,"","Reset",{}]', b'[3,"",{}]', b'[4,"-1","","",{}]')
OCCURRENCE, TYPE, PROPERTY = "OccurenceConstraintViolation", "TypeConstraintViolation", "PropertyConstraintViolation"
# a kind of mutation, and the code that OCPP-J has for it where the field is a required one that counts
CODES = {"missing": OCCURRENCE, "null": OCCURRENCE, "type": TYPE, "long": PROPERTY, "word": PROPERTY, "control": PROPERTY, "unicode": PROPERTY}


@lru_cache(maxsize=None)
def schema(name: str) -> Any:
    """The schema of a message: an action, or an action with "Response" behind it."""
    return json.loads((resources.files("ocpp") / "v16" / "schemas" / (name + ".json")).read_text("utf-8-sig"))


def right(chance: random.Random, name: str) -> Any:
    """A message that its schema allows, mostly with values that mean something to a charger."""
    return _value(chance, schema(name), "")


def _value(chance: random.Random, rule: Any, name: str) -> Any:
    kind = rule.get("type")
    if kind == "object":
        required = rule.get("required", ())
        return {key: _value(chance, sub, key) for key, sub in rule.get("properties", {}).items() if key in required or chance.randrange(2)}
    if kind == "array":
        return [_value(chance, rule["items"], name) for _ in range(chance.choice((1, 1, 2, 5)))]
    if "enum" in rule:
        return chance.choice(rule["enum"])
    if kind == "integer":
        small = name in ("connectorId", "interval", "transactionId")
        if not chance.randrange(9):
            return chance.choice((-1, 1 << 30, (1 << 31) - 1, -(1 << 31)))
        return chance.choice((0, 1, 1, 2, 3) if small else (0, 1, 60, 100000))
    if kind == "number":
        return chance.choice((0, 6, 16.5, 32))
    if rule.get("format") == "date-time":
        return chance.choice(TIMES)
    if kind == "boolean":
        return bool(chance.randrange(2))
    most = rule.get("maxLength", 50)
    if name == "key":
        return chance.choice(KEYS)
    if name == "value":
        return chance.choice(VALUES)
    if name in ("idTag", "parentIdTag"):
        return chance.choice(CARDS)
    return chance.choice(("pilotline", "x", "y" * min(most, 600)))


def _places(rule: Any, value: Any, path: tuple[Any, ...], required: bool) -> list[tuple[tuple[Any, ...], Any, bool]]:
    """Every field of a message: where it is, its rule, and whether it is required all the way."""
    found = []
    if isinstance(value, dict):
        for key, item in value.items():
            sub = rule["properties"][key]
            needed = required and key in rule.get("required", ())
            found.append((path + (key,), sub, needed))
            found += _places(sub, item, path + (key,), needed)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            found.append((path + (i,), rule["items"], False))
            found += _places(rule["items"], item, path + (i,), False)
    return found


def wrong(chance: random.Random, name: str) -> tuple[Any, str, str, bool]:
    """A message that is wrong in one place. Returns: it, the kind of mutation, the field, whether the field is required."""
    message = right(chance, name)
    places = _places(schema(name), message, (), True)
    if not places or not chance.randrange(12):
        message[chance.choice(("extra", "vendorId", "status", "", "idTag"))] = chance.choice((None, 1, "x", {}, [[]], {"a": {"b": "c" * 300}}))
        return message, "extra", "", False
    path, rule, required = chance.choice(places)
    holder = message
    for step in path[:-1]:
        holder = holder[step]
    kind = _mutate(chance, holder, path[-1], rule)
    return message, kind, str(path[-1]), required


def _mutate(chance: random.Random, holder: Any, key: Any, rule: Any) -> str:
    kinds = ["missing", "null", "type", "type"]
    is_text = rule.get("type") == "string"
    if is_text:
        kinds += ["word"] * 2 if "enum" in rule else ["control", "unicode", "empty"] if "format" not in rule else ["time"] * 2
        kinds += ["long"]
    if rule.get("type") == "integer":
        kinds += ["number"] * 2
    kind = chance.choice(kinds)
    value = holder[key]
    if kind == "missing":
        del holder[key]
    elif kind == "null":
        holder[key] = None
    elif kind == "type":
        others: list[Any] = [True, [], {}, [value], {"a": value}] + ([] if is_text else ["x"]) + ([7, 1.5] if rule.get("type") != "integer" else [])
        if rule.get("type") in ("array", "object"):
            others = [True, "x", 7, 1.5]
        elif rule.get("type") in ("number", "boolean"):
            others = [[], {}, [value]]
        holder[key] = chance.choice(others)
    elif kind == "long":
        holder[key] = "z" * chance.choice((rule.get("maxLength", 40) + 1, 600, 3000))
    elif kind == "word":
        holder[key] = chance.choice((value.lower() if value.lower() != value else value.upper(), value + " ", " " + value, "", "Nothing", value[:-1]))
    elif kind == "control":
        holder[key] = chance.choice(("\t", "a\nb", "\0", "a\x7f", "\x1b[31m", "\r"))
    elif kind == "unicode":
        holder[key] = chance.choice(("\u00e9", "\u20ac" * 3, "\U0001f50c", "\u2028"))
    elif kind == "empty":
        holder[key] = ""
    elif kind == "time":
        holder[key] = chance.choice(("", "now", "2026-13-01T00:00:00Z", "2026-11-23", "2026-11-23T08:00:00", "1", "2026-11-23T25:00:00Z", "-1-1-1T"))
    elif kind == "number":
        holder[key] = chance.choice((1.5, -1, 10**9, 1 << 31, 1 << 63, 10**40, -(10**40), 1e300, 1e-9, -0.0, 0.1))
    return kind


def text_of(chance: random.Random, frame: Any) -> bytes:
    """A frame as JSON text in one of the spellings that are allowed; now and then broken."""
    style = chance.randrange(8)
    text = json.dumps(frame, ensure_ascii=style != 0, indent=1 if style == 1 else None, separators=(" , ", " : ") if style == 2 else None)
    data = text.encode("utf-8", "surrogatepass")
    if chance.randrange(25):
        return data
    stroke = chance.randrange(5)
    at = chance.randrange(len(data) + 1)
    if stroke == 0:
        return data[:at]
    if stroke == 1:
        return data[:at] + chance.choice((b"\0", b"\xff", b'"', b"}", b"]", b",", b"\xed\xa0\x80", b"NaN", b"\\u")) + data[at:]
    if stroke == 2:
        return data + chance.choice((b"x", b"]", b" " * 5000, b"\n"))
    if stroke == 3:
        return chance.choice(NO_MESSAGES)
    return data[:at] + b"q" * chance.choice((3000, 5000, 70000)) + data[at:]
