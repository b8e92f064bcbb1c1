"""The requests of the command line that move files: updates to a charger, diagnostics and logs from it."""

from __future__ import annotations

import shlex
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tools.csms.commands import Unusable
from tools.csms.files import FileServer
from tools.csms.policy import utc_text

WORDS = ("update", "diagnostics", "log")
HELP = """\
  update FILE                  UpdateFirmware: the charger fetches this file from here
  update FILE CERT SIGNATURE   SignedUpdateFirmware: with the signer's certificate (PEM) and the base64 signature, or a file with it
  diagnostics                  GetDiagnostics, left here
  log [diagnostics]            GetLog, left here: the security log unless the diagnostics log is named"""


class Transfers:
    """Translates these commands; requests that have an id are counted."""

    def __init__(self, files: FileServer) -> None:
        self._files = files
        self._last_id = 0

    def request(self, line: str, identity: str, host: str) -> tuple[str, dict[str, Any]]:
        """The action and payload of a command.

        Args: the identity of the charger, and our address as it knows it. Raises: Unusable.
        """
        word, *arguments = shlex.split(line)
        if word == "update":
            return self._update(arguments, host)
        if word == "diagnostics":
            return "GetDiagnostics", {"location": self._files.address_for(f"{identity}-diagnostics.txt", host)}
        kind = "DiagnosticsLog" if arguments == ["diagnostics"] else "SecurityLog"
        location = self._files.address_for(f"{identity}-{kind}.txt", host)
        return "GetLog", {"logType": kind, "requestId": self._next_id(), "log": {"remoteLocation": location}}

    def _update(self, arguments: list[str], host: str) -> tuple[str, dict[str, Any]]:
        if len(arguments) not in (1, 3):
            raise Unusable("update FILE, or update FILE CERTIFICATE SIGNATURE")
        if not Path(arguments[0]).is_file():
            raise Unusable(f"{arguments[0]}: there is no such file")
        location = self._files.offer(Path(arguments[0]), host)
        now = utc_text(datetime.now(timezone.utc))
        if len(arguments) == 1:
            return "UpdateFirmware", {"location": location, "retrieveDate": now}
        try:
            certificate = Path(arguments[1]).read_text("ascii")
            signature = Path(arguments[2]).read_text("ascii").strip() if Path(arguments[2]).is_file() else arguments[2]
        except (OSError, UnicodeDecodeError) as error:
            raise Unusable(str(error)) from error
        firmware = {"location": location, "retrieveDateTime": now, "signingCertificate": certificate, "signature": signature}
        return "SignedUpdateFirmware", {"requestId": self._next_id(), "firmware": firmware}

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id
