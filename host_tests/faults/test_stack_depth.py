"""How deep the firmware's calls are when they reach the file system: a small board has 8 KiB of C stack for them and littlefs, with the tick on top.

An emulated RP2040 used 7,216 bytes of 8,192 when some 20 calls ended in `open()`; three more would have overflowed it. A frame is 100 to 300
bytes there. So the depth has a budget: what goes deeper is to be made flatter, not the budget greater.
"""

from __future__ import annotations

import sys
from typing import Any

from host_tests.faults.volume_model import FlashModel, FramModel
from host_tests.unit.runtime.app_world import Bench

MOST = 20  # calls from App.step on, both ends counted; main.py and App.run are two or three more


class Depth(FlashModel):
    """A flash that notes the deepest chain of the firmware's calls that led to it."""

    def __init__(self) -> None:
        super().__init__()
        self.deepest: list[str] = []

    def _look(self) -> None:
        chain = []
        frame: Any = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            if "/firmware/chargepoint/" in code.co_filename:
                chain.append("%s:%s" % (code.co_filename.rpartition("/")[2][:-3], code.co_name))
            frame = frame.f_back
        if len(chain) > len(self.deepest):
            self.deepest = chain[::-1]

    def open(self, name: Any, mode: Any) -> Any:
        self._look()
        return super().open(name, mode)

    def commit(self, file: Any) -> None:
        self._look()
        super().commit(file)

    def remove(self, name: Any) -> None:
        self._look()
        super().remove(name)

    def names(self) -> Any:
        self._look()
        return super().names()


def played(fram: bool) -> Depth:
    """Boot, sessions with a card and from afar, configuration, availability, a reset asked for."""
    volume = Depth()
    bench = Bench(volume, FramModel(volume) if fram else None)
    volume.deepest = []  # the start has the stack for itself
    bench.charging()
    bench.run(60_000)
    bench.tap()
    bench.run(8000)
    bench.connectors[0].pilot.car = 0
    bench.run(8000)
    bench.ask("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "77"})
    bench.ask("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
    bench.ask("ChangeAvailability", {"connectorId": 0, "type": "Operative"})
    bench.connectors[0].pilot.car = 2
    bench.run(2000)
    bench.ask("RemoteStartTransaction", {"idTag": "04A1B2C3", "connectorId": 1})
    bench.run(8000)
    bench.ask("RemoteStopTransaction", {"transactionId": 7})
    bench.run(8000)
    return volume


def test_every_way_to_the_file_system_is_short_enough() -> None:
    for fram in (False, True):
        deepest = played(fram).deepest
        assert 5 < len(deepest) <= MOST, "%d calls: %s" % (len(deepest), " > ".join(deepest))
