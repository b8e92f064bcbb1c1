"""What the local central system needs for each security profile of OCPP 1.6, made on the spot in a folder."""

from __future__ import annotations

import secrets
import ssl
import string
from dataclasses import dataclass, field
from pathlib import Path

from tools.csms.authority import Authority

PROFILES = (0, 1, 2, 3)
KEY_FILE = "key.txt"
KEY_CHARACTERS = 20  # an AuthorizationKey has 16 to 20 when it is no hexadecimal one


@dataclass
class Security:
    """How chargers get in: the TLS context, who issues their certificates, the password of each that has none of its own, and files to give to them."""

    tls: ssl.SSLContext | None = None
    authority: Authority | None = None
    any_key: bytes | None = None
    files: dict[str, Path] = field(default_factory=dict)

    def how_to_connect(self, url: str, identity: str) -> str:
        """What to type for the virtual charger, or what to give to a charger with a certificate of its own: one line for people."""
        if "CERT" in self.files:
            return f"{identity} at {url} has root {self.files['CA']}, certificate {self.files['CERT']}, key {self.files['KEY']}"
        settings = {"CSMS": url, "ID": identity, **{name: str(path) for name, path in self.files.items()}}
        return "make run " + " ".join(f"{name}={value}" for name, value in settings.items())


def prepare(profile: int, folder: Path, identity: str, names: tuple[str, ...] = ()) -> Security:
    """Make what a profile needs, or find it in the folder from the last time.

    0: nothing; 1: a password; 2: TLS and a password; 3: TLS and a certificate for each charger, the first one for ``identity``.
    Args: ``names`` are the server's other names and addresses, beside localhost.
    """
    security = Security()
    if profile in (1, 2):
        security.files["KEY_FILE"] = folder / KEY_FILE
        security.any_key = _key(folder / KEY_FILE)
    if profile in (2, 3):
        security.authority = Authority(folder, tuple(dict.fromkeys(("localhost", "127.0.0.1", *names))))
        security.tls = security.authority.server_context(clients=profile == 3)
        security.files["CA"] = security.authority.root
    if profile == 3 and security.authority is not None:
        security.files["CERT"], security.files["KEY"] = security.authority.make_client(identity)
    return security


def _key(path: Path) -> bytes:
    """The password in a file, made when there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(KEY_CHARACTERS)) + "\n")
    return path.read_text().strip().encode()
