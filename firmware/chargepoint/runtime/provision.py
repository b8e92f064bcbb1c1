"""What a charger is told once, before it meets its central system: text of `key=value` lines, from the board or from a file.

`CentralSystemURL`, `Identity` and `TimeServer` are used at every boot; any other key is the factory value of a configuration key and used
only while the flash has no configuration. `AuthorizationKey` is such a key where the product has it; where it has not (lecs007), it is used at
every boot and no central system can read or change it. `RatedCurrent` (A a phase: what contactor and cable of this unit stand) and `InstallationLimit`
(A: breaker and supply line, if less) are used at every boot too: without the first nothing closes. `BenchWithoutCalibration=true` lets a unit on a
bench charge before production has calibrated it. Lines that begin with `#` and empty lines are comments. Loaded at boot, then dropped.
"""

from chargepoint.runtime.log import LOG_ERROR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from chargepoint.runtime.store.volume import Volume

PROVISION_FILE = "provision.txt"
ROOTS_FILE = "roots.der"
_MOST_TEXT_BYTES = 8192
_MOST_ROOTS_BYTES = 16384


class Provision:
    """The parsed lines: `url`, `identity`, `time_server`, `key` (of a product without AuthorizationKey) and `factory`, a list of (key, text)."""

    def __init__(self, text: str, log: "Callable[[int, str, str], None]", configuration: str = "AuthorizationKey=") -> None:
        """Parse, for a product with this CONFIGURATION; a line that cannot be used is named in the log and left out."""
        self.url = self.identity = self.key = ""
        self.time_server = "pool.ntp.org"
        self.factory: "list[tuple[str, str]]" = []
        self.rated_ma = self.installation_ma = 0  # 0 = not told
        self.bench = False
        self.roots: "list[bytes] | None" = None  # filled in by the app for wss://
        number = 0
        for line in text.split("\n"):
            number += 1
            line = line.strip()
            if not line or line[0] == "#":
                continue
            key, equals, value = line.partition("=")
            key = key.strip()
            value = value.strip()
            if not equals or not key or " " in key:
                log(LOG_ERROR, "setup", "line %d is not key=value: %s" % (number, line[:40]))
            elif key == "CentralSystemURL":
                if value[:5] != "ws://" and value[:6] != "wss://":
                    log(LOG_ERROR, "setup", "line %d: CentralSystemURL must begin with ws:// or wss://, it is %s" % (number, value[:40]))
                else:
                    self.url = value
            elif key == "Identity":
                if not 0 < len(value) <= 255:
                    log(LOG_ERROR, "setup", "line %d: Identity must have 1 to 255 characters" % number)
                else:
                    self.identity = value
            elif key == "TimeServer":
                self.time_server = value
            elif key == "RatedCurrent":
                self.rated_ma = _milliamperes(value, number, key, log)
            elif key == "InstallationLimit":
                self.installation_ma = _milliamperes(value, number, key, log)
            elif key == "BenchWithoutCalibration":
                self.bench = value == "true"
            elif key == "AuthorizationKey" and "AuthorizationKey=" not in configuration:
                self.key = value
            else:
                self.factory.append((key, value))
        if not self.url or not self.identity:
            log(LOG_ERROR, "setup", "no CentralSystemURL or no Identity: provision the charger; until then it stays offline")

    def rate(self, hardware: "Any", log: "Callable[[int, str, str], None]") -> bool:
        """Tell the connectors of a board that has `most_ma` in its limits what they stand. Returns: whether one of them runs uncalibrated."""
        most_ma = getattr(hardware, "limits", {}).get("most_ma", 0)
        if most_ma and not self.rated_ma:
            log(LOG_ERROR, "setup", "no RatedCurrent: nobody has told what contactor and cable stand, nothing will close; provision it")
        if most_ma and self.rated_ma > most_ma:
            log(LOG_ERROR, "setup", "RatedCurrent is above the %d A of this board, which count" % (most_ma // 1000))
        bench = False
        for parts in hardware.connectors:
            if most_ma:
                parts.rated_ma = min(most_ma, self.rated_ma, self.installation_ma or most_ma)
            if not parts.calibrated and self.bench:
                parts.calibrated = bench = True
        return bench


def _milliamperes(text: str, number: int, key: str, log: "Callable[[int, str, str], None]") -> int:
    """Amperes as milliamperes, 0 when they are none."""
    if text.isdigit() and len(text) <= 2 and 6 <= int(text) <= 80:
        return int(text) * 1000
    log(LOG_ERROR, "setup", "line %d: %s must be 6 to 80 A, it is %s" % (number, key, text[:40]))
    return 0


def read_all(volume: "Volume", name: str, most: int, log: "Callable[[int, str, str], None]") -> bytes:
    """Return the content of a file; nothing when there is none, or when it is larger than it may be, which the log says."""
    try:
        file = volume.open(name, "rb")
    except OSError:
        return b""
    try:
        size = file.seek(0, 2)
        if size > most:
            log(LOG_ERROR, "setup", "%s has %d bytes, at most %d are read: it is left out" % (name, size, most))
            return b""
        file.seek(0)
        data: bytes = file.read()
        return data
    except OSError:
        return b""
    finally:
        file.close()


def read_text(hardware: "Any", volume: "Volume", log: "Callable[[int, str, str], None]") -> str:
    """Return the board's provisioning text, else that of the file in the volume."""
    provision = getattr(hardware, "provision", None)
    text = provision() if provision is not None else None
    try:
        return text or str(read_all(volume, PROVISION_FILE, _MOST_TEXT_BYTES, log), "utf-8")
    except ValueError:
        log(LOG_ERROR, "setup", "%s is no UTF-8 text: it is left out" % PROVISION_FILE)
        return ""


def read_roots(hardware: "Any", volume: "Volume", log: "Callable[[int, str, str], None]") -> "list[bytes]":
    """Return the root certificates (DER, one behind the other) that a wss:// server is checked against."""
    roots = getattr(hardware, "roots", None)
    data = (roots() if roots is not None else None) or read_all(volume, ROOTS_FILE, _MOST_ROOTS_BYTES, log)
    found = []
    at = 0
    while at + 4 <= len(data) and data[at] == 0x30 and data[at + 1] == 0x82:
        end = at + 4 + (data[at + 2] << 8 | data[at + 3])
        found.append(bytes(data[at:end]))
        at = end
    if at != len(data):
        log(LOG_ERROR, "setup", "the root certificates are not DER from byte %d on: convert them (openssl x509 -outform DER)" % at)
    return found
