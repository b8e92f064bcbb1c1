"""mypy --strict over drivers, runtime and boards, once for each port against that port's stubs. `make typecheck-boards` starts this.

The stubs are pinned in requirements.txt behind a marker that is never true: they describe the device, three times the same modules, and must
not be installed beside the laptop's packages. They go into build/typings/<port>. What they lack is in tools/typings/ (README.md there).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tools import build_image  # noqa: E402

PORTS = {"rp2": "rp2", "pyboard": "stm32", "esp32": "esp32"}  # by sys.platform, the name in image.json
OVERLAY = ROOT / "tools" / "typings"
PACKAGES = ("firmware/chargepoint/drivers", "firmware/chargepoint/runtime", "boards/shared")


def pinned(package: str) -> str:
    """The requirement for a package of stubs."""
    found = re.search(rf"^{package}==[^;\s]+", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"typecheck-boards: requirements.txt pins no {package}: add it")
    return found.group()


def installed(port: str) -> Path:
    """The folder with a port's stubs, installed when it is not there as pinned."""
    folder = build_image.BUILD / "typings" / port
    wanted = [pinned(f"micropython-{port}-stubs"), pinned("micropython-stdlib-stubs")]
    mark = folder / ".installed"
    if not mark.exists() or mark.read_text("utf-8").split() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(folder), *wanted]
        subprocess.run(command, check=True, cwd=ROOT)
        mark.write_text("\n".join(wanted), "utf-8")
    return folder


def settings(port: str, board: str, stubs: Path) -> str:
    """mypy's configuration for one board."""
    path = [OVERLAY / port, OVERLAY / "common", stubs, ROOT / "boards" / "shared", ROOT / "boards" / board, ROOT / "firmware"]
    return f"""[mypy]
python_version = 3.10
strict = True
mypy_path = {":".join(map(str, path))}
custom_typeshed_dir = {stubs}
namespace_packages = True
explicit_package_bases = True
no_site_packages = True
follow_imports = silent
follow_imports_for_stubs = True
disable_error_code = import-untyped
cache_dir = {build_image.BUILD / "mypy" / port}
"""


def check(board: str) -> bool:
    """Check one board and what runs on it; say what is wrong."""
    port = PORTS[build_image.board_facts(board)["platform"]]
    configuration = build_image.BUILD / "typings" / (port + ".ini")
    stubs = installed(port)
    configuration.write_text(settings(port, board, stubs), "utf-8")
    print(f"{board}, stubs of {port}: ", end="", flush=True)
    command = [sys.executable, "-m", "mypy", "--config-file", str(configuration), *PACKAGES, f"boards/{board}"]
    return subprocess.run(command, check=False, cwd=ROOT).returncode == 0


def main() -> int:
    """Check every real board; 0 when nothing is wrong."""
    results = [check(board) for board in build_image.boards() if build_image.board_facts(board)["platform"] in PORTS]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
