"""The tables for people, of lights and faults, say what the firmware does."""

from __future__ import annotations

from chargepoint.core.charging import faults
from chargepoint.diag import faults_page
from chargepoint.drivers.led import colour
from chargepoint.ocpp16 import encode
from chargepoint.util.signals import FAULT_CODES
from host_tests.rules.sources import PACKAGE

README = (PACKAGE / "diag" / "README.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in README.splitlines() if line.startswith("|") and "---" not in line]
_COLOURS = {0: "dark", 1: "blue", 2: "green", 3: "cyan", 4: "red", 5: "violet", 6: "yellow", 7: "white"}


def test_every_fault_is_in_the_table_with_its_codes() -> None:
    errors = encode._ERRORS.decode().replace('"', "").split(",")
    for code in range(1, FAULT_CODES):
        info, vendor = faults.info(code), faults.vendor_code(code)
        assert info is not None
        rows = [row for row in ROWS if (f"{vendor} {info}" if vendor else info) in row[0].split(", ")]
        assert len(rows) == 1, f"{info} is in {len(rows)} rows"
        assert faults_page.remedy(code)
        assert errors[faults.error_code(code)] in rows[0][1], rows[0]


def test_every_status_has_its_light_in_the_table() -> None:
    for status, name in enumerate(encode._STATUSES.decode().replace('"', "").rstrip(",").split(",")):
        rows = [row for row in ROWS if name in [word.strip() for word in row[1].split(",")]]
        assert len(rows) == 1, name
        assert rows[0][0] == _COLOURS[colour(status)], rows[0]
