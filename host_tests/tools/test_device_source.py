"""What only type checkers read is not compiled for a device; everything else stays, line for line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.image.device_source import device_source

ROOT = Path(__file__).resolve().parents[2]

GUARDED = '''"""Doc."""
try:
    from typing import TYPE_CHECKING
except ImportError:
    TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

    from chargepoint.drivers.bus import PinIn


def first(pins: "List[PinIn]") -> "PinIn":
    return pins[0]
'''


def test_blocks_for_type_checkers_are_emptied_and_lines_keep_their_numbers() -> None:
    stripped = device_source(GUARDED)
    assert "typing" not in stripped and "drivers.bus" not in stripped
    assert stripped.splitlines().index("    return pins[0]") == GUARDED.splitlines().index("    return pins[0]")


def test_a_program_that_uses_the_flag_elsewhere_is_left_alone() -> None:
    source = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import typing\nelse:\n    typing = None\n"
    assert device_source(source) == source


@pytest.mark.parametrize("path", sorted((ROOT / "firmware").rglob("*.py")), ids=lambda p: p.stem)
def test_no_firmware_file_compiles_its_type_checking_imports(path: Path) -> None:
    assert "TYPE_CHECKING" not in device_source(path.read_text())
