"""Starts the firmware as tools/launch_firmware.py does, from the mapped image, with on_device.py in front."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools import launch_firmware

HERE = Path(__file__).resolve().parent
# Beside the firmware's own heap there must be room for what measures it.
EXTRA_BYTES = 512 * 1024

if __name__ == "__main__":
    launch_firmware.SHIM_BYTES += EXTRA_BYTES
    launch_firmware.FROM_IMAGE = launch_firmware.FROM_IMAGE.replace(
        "sys.path[:]=['/rom'];import start", f"sys.path[:]=['/rom',{str(HERE)!r}];import on_device;on_device.live()"
    )
    sys.exit(launch_firmware.main())
