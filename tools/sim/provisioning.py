"""What a charger is given before its first start: endpoint, identity, factory configuration, root certificates."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boards.virtual import pins
from chargepoint.drivers import calibration
from tools.sim.flash import Memory

PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
DER_SEQUENCE = b"\x30"
UNIX_TO_2020_S = 1577836800
PROVISIONED = ("InstallationLimit", "BenchWithoutCalibration")  # lines of a provisioning file that are no configuration keys
UNIQUE_ID = b"virtual1"  # as tools/sim/shim/machine.py has it


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

    def part(self, which: int, skipped_s: float = 0.0) -> bytes:
        """The text (0), the certificates (1), or the seconds since 2020 of the real-time clock (2), nothing without a battery.

        Args: `skipped_s`: how far the simulation is ahead of the laptop's clock, which is the real-time clock otherwise.
        """
        if which == 2:
            return b"%d" % (time.time() + skipped_s - UNIX_TO_2020_S) if self.battery else b""
        return self.roots if which else self.text


class _FramOf:
    """The FRAM of a memory, as the firmware's driver offers it: production writes it before the world begins."""

    def __init__(self, memory: Memory) -> None:
        self._fram = memory.fram

    def read_into(self, offset: int, buf: bytearray) -> bool:
        """Fill a buffer."""
        buf[:] = self._fram[offset : offset + len(buf)]
        return True

    def write(self, offset: int, buf: bytes | bytearray) -> bool:
        """Store bytes."""
        self._fram[offset : offset + len(buf)] = bytes(buf)
        return True


def calibrate(memory: Memory, connectors: int = 2) -> None:
    """Write the record of a unit whose parts are ideal, as the simulated ones are, where it has none."""
    fram: Any = _FramOf(memory)
    for n in range(connectors):
        place = n * pins.FRAM_A_CONNECTOR + pins.FRAM_CALIBRATION
        if calibration.load(fram, place, UNIQUE_ID) is None:
            calibration.save(fram, place, UNIQUE_ID, calibration.pilot_triples(*calibration.PILOT_DEFAULTS))


def production_data(url: str, identity: str, factory: dict[str, str], roots: list[bytes], memory: Memory,
                    time_server: str = "", battery: bool = True, rated_a: int = 32, calibrated: bool = True) -> ProductionData:
    """The data for this start. Factory values and certificates are written into a fresh flash, and read from it ever after.

    rated_a: 0 = nobody has told the charger what it stands. calibrated: a unit without a calibration gets one.
    """
    if calibrated:
        calibrate(memory)
    factory_file = memory.folder / "factory.txt"
    roots_file = memory.folder / "roots.der"
    if memory.fresh:
        for key, value in factory.items():
            if "\n" in value or value != value.strip():
                raise ProvisioningError("--set %s: a value cannot begin or end with a space, nor have lines" % key)
        factory_file.write_text("".join("%s=%s\n" % pair for pair in factory.items()), encoding="utf-8")
        roots_file.write_bytes(b"".join(roots))
    lines = "CentralSystemURL=%s\nIdentity=%s\n" % (url, identity)
    if rated_a:
        lines += "RatedCurrent=%d\n" % rated_a
    if time_server:
        lines += "TimeServer=%s\n" % time_server
    if factory_file.exists():
        lines += factory_file.read_text(encoding="utf-8")
    return ProductionData(lines.encode(), roots_file.read_bytes() if roots_file.exists() else b"", battery)
