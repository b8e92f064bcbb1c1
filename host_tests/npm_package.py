"""Installs a pinned npm package of ours under build/, once; what needs Node has a make target of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path


def install_npm(sources: Path, installed: Path, files: tuple[str, ...]) -> None:
    """Copy package.json, its lock and `files` from `sources` to `installed`, and install when the package is not there or was another one."""
    installed.mkdir(parents=True, exist_ok=True)
    fresh = not (installed / "node_modules").is_dir()
    for name in ("package.json", "package-lock.json", *files):
        text = (sources / name).read_text("utf-8")
        target = installed / name
        if not target.exists() or target.read_text("utf-8") != text:
            fresh = fresh or name not in files
            target.write_text(text, "utf-8")
    if fresh:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=installed, check=True)
