"""What a charger is given before its first start: endpoint, identity, factory configuration, root certificates."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass
from pathlib import Path

from tools.sim.flash import Memory

PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
DER_SEQUENCE = b"\x30"
UNIX_TO_2020_S = 1577836800


class ProvisioningError(Exception):
    """What cannot be provisioned, in words."""


def certificates_der(path: Path) -> list[bytes]:
    """The certificates of a PEM or DER file in DER. Raises ProvisioningError, OSError."""
    content = path.read_bytes()
    if content.startswith(DER_SEQUENCE):
        return [content]
    try:
        found = [base64.b64decode(b"".join(match.split()), validate=True) for match in PEM.findall(content)]
    except ValueError:
        raise ProvisioningError("--ca %s: the PEM text is damaged" % path) from None
    if not found:
        raise ProvisioningError("--ca %s: holds no certificate, neither DER nor PEM" % path)
    return found


@dataclass(frozen=True)
class ProductionData:
    """What the firmware reads: lines of key=value, DER certificates one behind the other, and a clock that may have a battery."""

    text: bytes
    roots: bytes
    battery: bool = True

    def part(self, which: int) -> bytes:
        """The text (0), the certificates (1), or the seconds since 2020 of the real-time clock (2), nothing without a battery."""
        if which == 2:
            return b"%d" % (time.time() - UNIX_TO_2020_S) if self.battery else b""
        return self.roots if which else self.text


def production_data(url: str, identity: str, factory: dict[str, str], roots: list[bytes], memory: Memory,
                    time_server: str = "", battery: bool = True) -> ProductionData:
    """The data for this start. Factory values and certificates are written into a fresh flash, and read from it ever after."""
    factory_file = memory.folder / "factory.txt"
    roots_file = memory.folder / "roots.der"
    if memory.fresh:
        for key, value in factory.items():
            if "\n" in value or value != value.strip():
                raise ProvisioningError("--set %s: a value cannot begin or end with a space, nor have lines" % key)
        factory_file.write_text("".join("%s=%s\n" % pair for pair in factory.items()), encoding="utf-8")
        roots_file.write_bytes(b"".join(roots))
    lines = "CentralSystemURL=%s\nIdentity=%s\n" % (url, identity)
    if time_server:
        lines += "TimeServer=%s\n" % time_server
    if factory_file.exists():
        lines += factory_file.read_text(encoding="utf-8")
    return ProductionData(lines.encode(), roots_file.read_bytes() if roots_file.exists() else b"", battery)
