"""The virtual charger with the measuring start in front of its firmware; same command line, figures on standard error."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    for folder in ("tools/cpython_compat", "firmware", ""):
        sys.path.insert(0, str(Path(__file__).resolve().parents[2] / folder))

from tools import virtual_charger
from tools.sim import process

if __name__ == "__main__":
    process.LAUNCHER = Path(__file__).resolve().parent / "launch.py"
    sys.exit(virtual_charger.main(sys.argv[1:]))
