"""An update under power cuts at every flash operation and link cuts at every kilobyte: `make update-sweep`; test_update_sweep.py runs a sample.

Whatever is cut, the charger starts again from one of its two firmwares, with the transaction message that waits in its queue, and says at the end what became
of the update: Installed with the new version, or a failure with the old one, each once and in order. Nothing else may be said.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")]

from host_tests.rig.central import Refusal  # noqa: E402
from host_tests.rig.file_server import FileServer  # noqa: E402
from host_tests.rig.rig import BOOT_TIMEOUT_S, Rig  # noqa: E402
from host_tests.rig.states import boot_statuses, charging  # noqa: E402
from tools import update_package  # noqa: E402

OLD, NEW = "0.1.0", "7.7.7"
AT_ONCE = "2020-01-01T00:00:00Z"
END_S = 900.0
ENDS = ("DownloadFailed", "InstallationFailed", "Installed")
# Every status that an update may tell, each once in this order; a download that a power cut has ended begins again.
ORDER = ("Downloading", "Downloaded", "Installing")


class Charger:
    """One charger, its central system and its file server; each update begins on a fresh flash."""

    def __init__(self, product: str = "full") -> None:
        self.server = FileServer()
        self.good = update_package.build("virtual", product, NEW)
        self._product = product

    def close(self) -> None:
        """Give everything back."""
        self.server.close()

    def update(self, data: bytes, *, power_cut: int = 0, link_cut_bytes: int = 0, waiting: bool = False) -> tuple[list[str], str, int]:
        """One update to its end. Returns: its statuses, the version that runs then, flash operations from its request to its end.

        Args: power_cut: the flash operation from the request on in which the power fails; link_cut_bytes: after so many the cable is out for ten seconds;
        waiting: a session's end waits in the queue meanwhile.
        """
        rig = Rig(self._product)
        with tempfile.TemporaryDirectory() as folder:
            rig.switch_on(flash=Path(folder) / "flash")
            try:
                return self._update(rig, data, power_cut, link_cut_bytes, waiting)
            finally:
                rig.close()

    def _update(self, rig: Rig, data: bytes, power_cut: int, link_cut_bytes: int, waiting: bool) -> tuple[list[str], str, int]:
        rig.expect("BootNotification", within=BOOT_TIMEOUT_S)
        boot_statuses(rig)
        session = charging(rig) if waiting else None
        if session is not None:
            rig.central.answer_next("StopTransaction", Refusal("InternalError"))  # it has to wait a minute then
            rig.call_expecting("Accepted", "RemoteStopTransaction", transactionId=session.number)
            rig.unplug()
            rig.wait_until(lambda: rig.calls("StopTransaction"), BOOT_TIMEOUT_S, "the stop is told")
        operations = rig.charger.request("get")["flash"]["operations"]
        if power_cut:
            rig.charger.request("flash_cut", after=power_cut)
        self.server.cut_at = link_cut_bytes or None
        request: dict[str, Any] = {"location": self.server.offer("firmware", data), "retrieveDate": AT_ONCE, "retries": 3, "retryInterval": 5}
        try:
            rig.call("UpdateFirmware", **request)
        except AssertionError:  # the power failed before the answer: whoever asked asks again
            rig.power(True)
            rig.wait_until(lambda: len(rig.calls("BootNotification")) > 1, BOOT_TIMEOUT_S, "the charger is back")
            rig.call("UpdateFirmware", **request)
        if link_cut_bytes:
            rig.wait_until(lambda: self.server.asked, END_S, "the download begins")
            rig.wait(2)
            self.server.cut_at = None
        self.server.asked.clear()

        def over() -> bool:
            if not rig.charger.truth()["power"]:
                rig.power(True)
            return any(call["status"] in ENDS for call in rig.calls("FirmwareStatusNotification"))

        rig.wait_until(over, END_S, "the update ends")
        done = rig.charger.request("get")["flash"]["operations"] - operations
        if session is not None:
            rig.wait_until(lambda: not rig.central.open_transactions(), END_S, "the queue is there")
        statuses = [str(call["status"]) for call in rig.calls("FirmwareStatusNotification")]
        return statuses, str(rig.calls("BootNotification")[-1]["firmwareVersion"]), done


def judge(statuses: Sequence[str], version: str, expected: str) -> str:
    """What is wrong with the way an update went, "" for nothing. `expected`: the status at its end when nothing is cut for good."""
    if statuses[-1] not in ENDS or any(status in ENDS for status in statuses[:-1]):
        return "it ends more than once: %s" % (statuses,)
    if (statuses[-1] == "Installed") != (version == NEW):
        return "it says %s, and %s runs" % (statuses[-1], version)
    if statuses[-1] != expected:
        return "%s instead of %s" % (statuses[-1], expected)
    place = -1
    for status in statuses[:-1]:
        if status not in ORDER or (ORDER.index(status) < place and status != "Downloading"):
            return "out of order: %s" % (statuses,)
        place = ORDER.index(status)
    return ""


def main() -> int:
    """Cut everywhere; the exit status is 1 when something was wrong."""
    parser = argparse.ArgumentParser(description="Updates under cuts of power and link.")
    parser.add_argument("--every", type=int, default=1, help="cut at every N-th operation and kilobyte only")
    options = parser.parse_args()
    charger = Charger()
    wrong = 0
    try:
        bad = charger.good[:9000] + b"\0" + charger.good[9001:]
        failed = "InstallationFailed"
        for name, data, expected in (("good", charger.good, "Installed"), ("broken", bad, failed), ("foreign", bytes(30000), failed)):
            _, _, operations = charger.update(data)
            print("%s: %d flash operations, %d bytes" % (name, operations, len(data)), flush=True)
            cuts = [(n, 0) for n in range(1, operations + 1, options.every)] + [(0, n) for n in range(1024, len(data), 1024 * options.every)]
            for power_cut, link_cut in cuts:
                try:
                    statuses, version, _ = charger.update(data, power_cut=power_cut, link_cut_bytes=link_cut, waiting=power_cut % 10 == 1)
                    fault = judge(statuses, version, expected)
                except AssertionError as error:
                    fault = str(error)
                if fault:
                    wrong += 1
                    print("%s, power cut in operation %d, link cut after %d bytes: %s" % (name, power_cut, link_cut, fault), flush=True)
            print("%s: %d cuts, %d wrong so far" % (name, len(cuts), wrong), flush=True)
    finally:
        charger.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
