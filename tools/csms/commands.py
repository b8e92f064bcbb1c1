"""The command line of the central system: short words for the requests that a person sends to a charger."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

HELP = """\
  start [CARD] [CONNECTOR]     RemoteStartTransaction
  stop [TRANSACTION]           RemoteStopTransaction, of the running transaction when none is named
  get [KEY ...]                GetConfiguration, of every key when none is named
  set KEY VALUE                ChangeConfiguration
  reset [soft|hard]            Reset
  unlock [CONNECTOR]           UnlockConnector
  operative [CONNECTOR]        ChangeAvailability; connector 0, the whole charger, when none is named
  inoperative [CONNECTOR]
  clear-cache                  ClearCache
  data VENDOR [ID] [TEXT]      DataTransfer
  renew                        ExtendedTriggerMessage: ask for a new certificate
  roots [manufacturer]         GetInstalledCertificateIds, of the central system's roots unless the manufacturer's are named
  install FILE [manufacturer]  InstallCertificate: a root certificate, PEM
  call ACTION [JSON]           any other request
  boot STATUS ...              answers to the next BootNotifications, the last one for ever: Rejected, Pending, Accepted
  card CARD STATUS [PARENT]    answer for a card: Accepted, Blocked, Expired, Invalid, ConcurrentTx
  use IDENTITY                 which charger these are for, when there are several
  status                       chargers, transactions, and what was wrong so far
  quit"""

DEFAULT_CARD = "0411223344AABB"


_ROOTS = ("CentralSystemRootCertificate", "ManufacturerRootCertificate")


class Unusable(ValueError):
    """A command that cannot be carried out; the text says why."""


def request(line: str, running_transaction: int | None = None) -> tuple[str, dict[str, Any]]:
    """Translate a command into an action and its payload.

    Raises: Unusable.
    """
    try:
        word, *arguments = shlex.split(line) if not line.lstrip().startswith("call ") else line.split(None, 2)
        return _request(word, arguments, running_transaction)
    except (ValueError, IndexError) as error:
        if isinstance(error, Unusable):
            raise
        raise Unusable(f"{line!r}: {error}; help lists the commands") from error


def _request(word: str, arguments: list[str], running_transaction: int | None) -> tuple[str, dict[str, Any]]:
    connector = int(arguments[0]) if arguments and arguments[0].isdigit() else None
    if word == "start":
        remote: dict[str, Any] = {"idTag": arguments[0] if arguments else DEFAULT_CARD}
        if len(arguments) > 1:
            remote["connectorId"] = int(arguments[1])
        return "RemoteStartTransaction", remote
    if word == "stop":
        if not arguments and running_transaction is None:
            raise Unusable("no transaction is running; name one: stop TRANSACTION")
        return "RemoteStopTransaction", {"transactionId": int(arguments[0]) if arguments else running_transaction}
    if word == "get":
        return "GetConfiguration", {"key": arguments} if arguments else {}
    if word == "set":
        return "ChangeConfiguration", {"key": arguments[0], "value": " ".join(arguments[1:])}
    if word == "reset":
        return "Reset", {"type": (arguments[0] if arguments else "soft").capitalize()}
    if word == "unlock":
        return "UnlockConnector", {"connectorId": connector or 1}
    if word in ("operative", "inoperative"):
        return "ChangeAvailability", {"connectorId": connector or 0, "type": word.capitalize()}
    if word == "clear-cache":
        return "ClearCache", {}
    if word == "data":
        fields = dict(zip(("vendorId", "messageId", "data"), [arguments[0], *arguments[1:2], " ".join(arguments[2:])]))
        return "DataTransfer", {key: value for key, value in fields.items() if value}
    if word == "renew":
        return "ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}
    if word == "roots":
        return "GetInstalledCertificateIds", {"certificateType": _ROOTS[arguments == ["manufacturer"]]}
    if word == "install":
        return "InstallCertificate", {"certificateType": _ROOTS[arguments[1:] == ["manufacturer"]], "certificate": _text(arguments[0])}
    if word == "call":
        return arguments[0], json.loads(arguments[1]) if len(arguments) > 1 else {}
    raise Unusable(f"{word} is no command; help lists them")


def _text(file: str) -> str:
    try:
        return Path(file).read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{file}: {error}") from error
