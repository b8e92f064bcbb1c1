"""A charger that is updated reads what the firmware before it left behind.

`recorded/` holds the flash and FRAM of a `full` as firmware 0.1.0 (the first, record format 1) left them when the power failed: settings changed, an
online session over, a session without a link waiting in the queue, another one running. Every later firmware has to make of it what this one does.
A new format of a record adds a recorded flash of its own here and a migration (runtime/store/store.py), or keeps reading the former
one (core/messages/records.py).
"""

from __future__ import annotations

import base64
import io
import lzma
import tarfile
from pathlib import Path

import pytest

from host_tests.rig.central import simulated
from host_tests.rig.rig import VALID, VALID_2, Rig

RECORDED = Path(__file__).with_name("recorded")
LATER_S = 3600.0  # how long the charger lay on the shelf
SETTINGS = {"MeterValueSampleInterval": "7", "ConnectionTimeOut": "33", "AllowOfflineTxForUnknownId": "true"}


@pytest.mark.parametrize(
    ("runtime", "offline_s", "offline_wh", "running_wh"),
    [("micropython", (30.6, 63.4), 22.9, 16.1), ("cpython", (32.7, 65.3), 22.4, 16.6)],
)
def test_a_flash_of_format_1(runtime: str, offline_s: tuple[float, float], offline_wh: float, running_wh: float, tmp_path: Path) -> None:
    """Settings, queue, cache, meter register and the running transaction: nothing is lost, nothing is doubled."""
    packed = base64.b64decode((RECORDED / f"format_1_{runtime}.txt").read_text())
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress(packed))) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            assert content is not None
            file = tmp_path / "flash" / member.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.read())
    rig = Rig("full", 60.0)
    try:
        rig.clock_shift_s = LATER_S
        rig.switch_on(flash=tmp_path / "flash", options=("--runtime", runtime))
        rig.central.transactions[1001] = None  # type: ignore[assignment]  # the online session, told long ago
        rig.central._next_transaction = 1002
        rig.wait_until(lambda: len(rig.central.transactions) == 3 and all(t is None or t.stop for t in rig.central.transactions.values()), 90, "delivered")
        offline, running = (rig.central.transactions[number] for number in (1002, 1003))
        for transaction, card, energy_wh in ((offline, VALID_2, offline_wh), (running, VALID, running_wh)):
            assert transaction.start["idTag"] == card and transaction.stop is not None
            assert abs(transaction.stop["meterStop"] - transaction.start["meterStart"] - energy_wh) < 2.5
        assert offline.stop is not None and running.stop is not None
        assert offline_s[0] < simulated(offline.start["timestamp"]) < simulated(offline.stop["timestamp"]) < offline_s[1]
        assert offline.stop["reason"] == "Local" and running.stop["reason"] == "PowerLoss"
        assert offline.stop["meterStop"] == running.start["meterStart"]
        settings = rig.configuration()
        assert {key: settings[key]["value"] for key in SETTINGS} == SETTINGS
        rig.network(False)  # the authorization cache: this card was Accepted online
        rig.wait(20)
        rig.plug()
        rig.wait(2)
        rig.tap(VALID)
        rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 30, "charges from the cache")
        assert not rig.central.faults
    finally:
        rig.close()
