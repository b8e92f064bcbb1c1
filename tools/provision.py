"""Tells a board its identity, central system and keys: `make provision PORT=...` asks, or takes them from the command line.

They go into two files of the charger's data folder: `provision.txt` (the lines of firmware/chargepoint/runtime/provision.py) and `roots.der`. Each is
written beside the old one, read back, and only then put in its place. The charger reads them at its next start. Values of
configuration keys, the AuthorizationKey among them, count only while the charger has no configuration of its own: later they are
changed by the central system, or with diag.config().
"""

from __future__ import annotations

import argparse
import base64
import getpass
import re
import string
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tools.device import Device, DeviceError  # noqa: E402

PROVISION_FILE = "provision.txt"
ROOTS_FILE = "roots.der"
DATA_FOLDER = "data"
IDENTITY_CHARACTERS = 48  # what a BootNotification's serial numbers and most central systems take
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


class ProvisionError(Exception):
    """A value that cannot be used: what is wrong and what is wanted."""


@dataclass
class Settings:
    """What a charger is told."""

    identity: str = ""
    url: str = ""
    key: str = ""
    time_server: str = ""
    rated_a: int = 0
    installation_a: int = 0
    factory: dict[str, str] = field(default_factory=dict)

    def text(self) -> bytes:
        """The lines of the provisioning file."""
        lines = ["# Written by make provision", f"CentralSystemURL={self.url}", f"Identity={self.identity}"]
        if self.time_server:
            lines.append(f"TimeServer={self.time_server}")
        if self.rated_a:
            lines.append(f"RatedCurrent={self.rated_a}")
        if self.installation_a:
            lines.append(f"InstallationLimit={self.installation_a}")
        if self.key:
            lines.append(f"AuthorizationKey={self.key}")
        lines += [f"{key}={value}" for key, value in sorted(self.factory.items())]
        return ("\n".join(lines) + "\n").encode()


def check_identity(text: str) -> str:
    """Return the charge point identity. Raises ProvisionError."""
    if not text or len(text) > IDENTITY_CHARACTERS or not text.isprintable() or text != text.strip():
        raise ProvisionError(f"an identity has 1 to {IDENTITY_CHARACTERS} printable characters")
    return text


def check_url(text: str) -> str:
    """Return the central system's URL, without the identity. Raises ProvisionError."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise ProvisionError(f"{text} is no URL: {error}") from error
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise ProvisionError("the URL begins with ws:// or wss:// and a host, and does not contain the identity")
    if parts.username or parts.password:
        raise ProvisionError("the password does not belong into the URL: give it as AuthorizationKey")
    return text


def check_key(text: str) -> str:
    """Return the AuthorizationKey, empty for none. Raises ProvisionError."""
    if text and not 16 <= len(text) <= 40:
        raise ProvisionError("an AuthorizationKey has 16 to 40 characters, or is empty")
    if len(text) > 20 and not (set(text) <= set(string.hexdigits) and len(text) % 2 == 0):
        raise ProvisionError("an AuthorizationKey of more than 20 characters is hexadecimal, two digits a byte")
    if not text.isprintable() or text != text.strip() or not text.isascii():
        raise ProvisionError("an AuthorizationKey is printable ASCII")
    return text


def check_amperes(text: str) -> str:
    """Return a current in whole amperes, empty for none. Raises ProvisionError."""
    if text and not (text.isdecimal() and 6 <= int(text) <= 80):
        raise ProvisionError("a current of 6 to 80 A is wanted, in whole amperes")
    return text


def check_factory(text: str) -> tuple[str, str]:
    """Return the key and value of KEY=VALUE. Raises ProvisionError."""
    key, equals, value = text.partition("=")
    if not equals or not key.isalnum() or "\n" in value:
        raise ProvisionError(f"{text}: KEY=VALUE is wanted")
    return key, value.strip()


def certificates(path: Path) -> bytes:
    """Return the certificates of a PEM or DER file as DER, one behind the other. Raises ProvisionError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ProvisionError(f"cannot read {path}: {error.strerror}") from error
    if content[:2] == b"\x30\x82":
        return content
    try:
        found = [base64.b64decode(b"".join(match.split()), validate=True) for match in _PEM.findall(content)]
    except ValueError as error:
        raise ProvisionError(f"{path}: the PEM text is damaged") from error
    if not found:
        raise ProvisionError(f"{path} holds no certificate, neither DER nor PEM")
    return b"".join(found)


def ask(prompt: str, check: Callable[[str], str], read: Callable[[str], str] = input) -> str:
    """Ask until the answer is one that can be used."""
    while True:
        try:
            return check(read(prompt).strip())
        except ProvisionError as error:
            print(f"  {error}")


def provision(device: Device, settings: Settings, roots: bytes, say: Callable[[str], None]) -> str:
    """Write the files; return the folder they are in. Raises DeviceError, and then the old files are still there."""
    root = device.root()
    # A running charger says where its data is: on some boards a flash of its own.
    folder = str(device.value("getattr(globals().get('app'), 'hardware', None) and app.hardware.volume") or f"{root}/{DATA_FOLDER}")
    if folder == f"{root}/{DATA_FOLDER}" and DATA_FOLDER + "/" not in device.names(root or "/"):
        device.run(f"import os\nos.mkdir({folder!r})")
    files = {PROVISION_FILE: settings.text()}
    if roots:
        files[ROOTS_FILE] = roots
    for name, data in files.items():
        device.write(f"{folder}/{name}.new", data)
    for name in files:
        # With names of the current folder: the laptop's interpreter cannot rename by full path below a mounted folder.
        device.run(f"import os\nos.chdir({folder!r})\nos.rename({name + '.new'!r}, {name!r})\nos.chdir({root or '/'!r})")
        say(f"{folder}/{name} written and verified")
    return folder


def _settings(options: argparse.Namespace) -> tuple[Settings, bytes]:
    interactive = sys.stdin.isatty() or options.ask
    identity, url, key = options.identity, options.url, None
    if not (identity and url) and not interactive:
        raise ProvisionError("there is no terminal to ask on: give --identity and --url")
    settings = Settings()
    settings.identity = check_identity(identity) if identity else ask("Charge point identity: ", check_identity)
    settings.url = check_url(url) if url else ask("Central system URL (ws:// or wss://, without the identity): ", check_url)
    if options.key_file:
        key = check_key(options.key_file.read_text("utf-8").strip())
    elif interactive and not (identity and url):
        key = ask("AuthorizationKey (not shown; empty for none): ", check_key, input if options.ask else getpass.getpass)
    settings.key = key or ""
    settings.time_server = options.time_server or ""
    rated, installation = options.rated_current, options.installation_limit
    if not rated and interactive and not (identity and url):
        rated = ask("Rated current of this unit, what contactor and cable stand, in A (empty: nothing will close): ", check_amperes)
        if rated and not installation:
            installation = ask("Installation limit, what breaker and supply line stand, in A (empty: the rated current): ", check_amperes)
    settings.rated_a = int(check_amperes(rated) or 0)
    settings.installation_a = int(check_amperes(installation) or 0)
    if not settings.rated_a:
        print("note: without a rated current the charger closes nothing; give it with --rated-current")
    settings.factory = dict(check_factory(text) for text in options.set)
    roots = certificates(options.ca) if options.ca else b""
    if settings.url.startswith("wss:") and not roots:
        print("note: a wss:// server is checked against root certificates; give them with CA=file unless they are on the board already")
    return settings, roots


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description="Tell a board its identity, central system and keys.")
    parser.add_argument("--port", required=True, help="serial port of the board, such as /dev/ttyACM0 or COM5")
    parser.add_argument("--identity", help="charge point identity")
    parser.add_argument("--url", help="central system, ws:// or wss://, without the identity")
    parser.add_argument("--key-file", type=Path, help="file with the AuthorizationKey (a command line is seen by everybody)")
    parser.add_argument("--time-server", help="NTP server for the time before the first TLS connection")
    parser.add_argument("--ca", type=Path, help="root certificates for wss://, PEM or DER")
    parser.add_argument("--rated-current", default="", metavar="A", help="what contactor and cable of this unit stand, in A")
    parser.add_argument("--installation-limit", default="", metavar="A", help="what breaker and supply line stand, in A, if that is less")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="first value of a configuration key; repeatable")
    parser.add_argument("--ask", action="store_true", help="ask on standard input even when it is no terminal")
    parser.add_argument("--no-reset", action="store_true", help="do not restart the charger")
    options = parser.parse_args(arguments)
    try:
        settings, roots = _settings(options)
        with Device(options.port) as device:
            provision(device, settings, roots, print)
            if not options.no_reset:
                device.reset()
                print("the board restarts now and connects as", settings.identity)
    except (ProvisionError, DeviceError, OSError) as error:
        print(f"provision: {error}", file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print("provision: nothing was changed", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
