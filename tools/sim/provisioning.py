"""What a charger is given before its first start: endpoint, identity, factory configuration, root certificates."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

from tools.sim.flash import Memory

PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
DER_SEQUENCE = b"\x30"


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


def provisioning_text(url: str, identity: str, factory: dict[str, str], roots: list[bytes], memory: Memory) -> bytes:
    """The provisioning text of this start. Factory values and certificates belong to a fresh flash only."""
    content: dict[str, object] = {"url": url, "identity": identity}
    if memory.fresh:
        content["factory"] = factory
        content["roots"] = [base64.b64encode(root).decode() for root in roots]
    return json.dumps(content).encode()
