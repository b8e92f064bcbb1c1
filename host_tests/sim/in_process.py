"""The real firmware and the world in one CPython process and one thread: virtual time as fast as it can be computed.

Nothing here is a model of the firmware: App, core, drivers, safety tick and the machine module are those of the virtual board. Only the
socket pair between the two processes is replaced by function calls, and there is no central system: the charger is offline.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATHS = [ROOT, ROOT / "firmware", ROOT / "tools" / "cpython_compat", ROOT / "boards" / "virtual", ROOT / "tools" / "sim" / "shim"]
if __name__ != "host_tests.sim.in_process":
    raise ImportError("this changes sys.path for the whole process: run it through host_tests/sim/random_sequences.py")
sys.path[:0] = [str(path) for path in PATHS]

from tools.sim import wire  # noqa: E402
from tools.sim.firmware_port import FirmwarePort, FlashTiming  # noqa: E402
from tools.sim.flash import Memory  # noqa: E402
from tools.sim.invariants import Invariants  # noqa: E402
from tools.sim.network import Network  # noqa: E402
from tools.sim.product import load_product, product_module  # noqa: E402
from tools.sim.provisioning import production_data  # noqa: E402
from tools.sim.skip import Skip  # noqa: E402
from tools.sim.tolerances import NOMINAL, Tolerances  # noqa: E402
from tools.sim.world import World  # noqa: E402

IMAGE_MODULES = ("board", "pins", "machine", "network", "world_port", "flash_files", "boot", "main", "product", "safe_outputs")


class Ended(BaseException):
    """The board was reset, or lost its supply, in the middle of whatever the firmware was doing."""


class _NoNetwork(Network):
    """No name server answers and no packet gets through."""

    def __init__(self) -> None:
        """Need nothing."""

    def route(self, host: str, port: int) -> int:
        """Fail as a name server that cannot be reached."""
        raise OSError(-2, "no network")


class _Here:
    """Stands for the process and its socket: what is sent waits in a buffer until the firmware reads."""

    def __init__(self) -> None:
        self.answers = bytearray()
        self.channel = self
        self.spoke = False

    def busy(self) -> None:
        """Computing takes no time."""

    def setblocking(self, on: bool) -> None:
        """Never block."""

    def sendall(self, data: bytes) -> None:
        """Keep an answer."""
        self.answers += data


class Charger:
    """A charger in its world."""

    def __init__(self, folder: Path, product: str, settings: dict[str, str], tolerances: Tolerances = NOMINAL) -> None:
        """Switch it on."""
        self.memory = Memory(folder)
        self.world = World(load_product(product, settings).connectors, self.memory, tolerances)
        self.invariants = Invariants(self.world, lambda event: None)
        self.log: list[str] = []
        self.app: Any = None
        self.resets = 0
        self._product = product_module(product)
        self._production = production_data("ws://192.0.2.1/none", "TEST", settings, [], self.memory)
        self._timing = FlashTiming()
        self._skip: Skip | None = None
        self._cause: str | None = None
        self._asked: list[tuple[str, dict[str, Any]]] = []
        self._boot_due_ms = 0
        self.world.reset_firmware = self._reset
        self._boot("power")

    def _reset(self, cause: str) -> None:
        self._cause = cause

    def skip(self, seconds: float) -> None:
        """Let so much time pass quickly."""
        self._skip = Skip(self.world, seconds)
        self.run(self._skip.end_ms)
        self._skip = None

    def flash_timing(self, program_ms: int, erase_ms: int) -> None:
        """How long the flash takes from now on."""
        self._timing.program_ms, self._timing.erase_ms = program_ms, erase_ms

    def cut_power(self) -> None:
        """The mains fail, at this moment."""
        self.world.power(False)
        self._cause = "off"
        self._boot_due_ms = -1

    def write(self, buf: Any, start: int, length: int) -> None:
        """The firmware's channel: bytes to the world."""
        self._port.receive(bytes(buf[start : start + length]))
        self._check()

    def readinto(self, buf: Any, length: int) -> int:
        """The firmware's channel: bytes from the world, after the time that they take."""
        if self._port.until_ms is not None:
            if self._skip is not None and self._port.waits and self._skip.stride(self._port.until_ms):
                self._check()
            while self.world.schedule.now_ms < self._port.until_ms:
                self.world.advance(self._port.until_ms)
                self._check()
            self._port.reply_inputs(wire.WINDOW_MS_MAX)
        view = memoryview(buf).cast("B")
        view[:length] = self._here.answers[:length]
        del self._here.answers[:length]
        return length

    def _check(self) -> None:
        if self._cause is not None:
            raise Ended

    def _boot(self, cause: str) -> None:
        for name in IMAGE_MODULES:
            sys.modules.pop(name, None)
        self._here = _Here()
        self._port = FirmwarePort(self._here, self.world, self.memory, _NoNetwork(), self._production, self._timing,  # type: ignore[arg-type]
                                  self.log.append, lambda flags, data: None, self.cut_power)
        self.world.boot(cause)
        self._cause = None
        import world_channel

        world_channel.in_process = self
        sys.modules["product"] = self._product
        import board
        import boot  # noqa: F401

        from chargepoint.runtime.app import App

        board.Hardware.console = False
        self.app = App(board.build(self._product), self._product)

    def run(self, until_ms: int) -> None:
        """Let the charger run until the world's clock says `until_ms`; resets and power cuts happen on the way."""
        while self.world.schedule.now_ms < until_ms:
            try:
                if self.app is None:
                    self._wait_for_boot(until_ms)
                else:
                    while self._asked:
                        self._ask(*self._asked.pop(0))
                    clock = self.app.hardware.clock
                    clock.wait(self.app.poller, min(self.app.step(clock.ticks_ms()), until_ms - self.world.schedule.now_ms))
            except Ended:
                self._stop()

    def ask(self, action: str, payload: dict[str, Any]) -> bool:
        """A request of a central system, straight into the core, before its next pass. Returns: True, for it can be asked."""
        self._asked.append((action, payload))
        return True

    def _ask(self, action: str, payload: dict[str, Any]) -> None:
        from chargepoint.ocpp16.decode import action_code, decode_request
        from chargepoint.wire.json_read import JsonReader

        core = self.app.core
        data = json.dumps(payload).encode()
        reader = JsonReader()
        reader.load(data, 0, len(data))
        code = action_code(action, core.features)
        if code >= 0 and reader.check() == 0:
            core.on_call(code, decode_request(code, reader, core.features), self.app.hardware.clock.ticks_ms())

    def _stop(self) -> None:
        self.app = None
        self._here.answers.clear()
        if self._cause != "off":
            self.resets += 1
            self.world.stop()
            self._boot_due_ms = self.world.schedule.now_ms + 300

    def _wait_for_boot(self, until_ms: int) -> None:
        if self._boot_due_ms < 0:
            self.world.advance(until_ms)
        else:
            self.world.advance(min(self._boot_due_ms, until_ms))
            if 0 <= self._boot_due_ms <= self.world.schedule.now_ms:  # the power may have failed again meanwhile
                self._boot(self._cause or "power")

    def restore_power(self) -> None:
        """The mains come back: the board boots a moment later."""
        if not self.world.mains.on:
            self.world.power(True)
            self._cause = "power"
            self._boot_due_ms = self.world.schedule.now_ms
