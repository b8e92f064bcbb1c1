"""The virtual charger without its control socket's clients: the firmware runs on MicroPython in its own process, the world in this one.

Time passes as fast as both can compute; what happens when is entered into the world's schedule, so a sequence is the same in every run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools import build_image
from tools.sim.flash import Memory
from tools.sim.pacer import Pacer
from tools.sim.product import load_product
from tools.sim.provisioning import production_data
from tools.sim.record import Record
from tools.sim.simulation import Simulation
from tools.sim.tolerances import NOMINAL, Tolerances
from tools.sim.wire import WINDOW_MS_MAX
from tools.sim.world import World

NOBODY = "ws://127.0.0.1:9/none"


class _Unpaced(Pacer):
    """Time goes to where the test wants it."""

    def __init__(self) -> None:
        super().__init__(1.0)
        self.end_ms = 0

    def target_ms(self, now_ms: int) -> int:
        """Where the test wants it."""
        return self.end_ms

    def hold(self, now_ms: int) -> None:
        """Wait for nobody."""

    def seconds_until(self, simulated_ms: int) -> float:
        """At once."""
        return 0.0

    def window_ms(self, limit_ms: int) -> int:
        """As far as the world can promise."""
        return min(limit_ms, WINDOW_MS_MAX)


class Charger:
    """A charger in its world; as host_tests.sim.in_process.Charger, but there is no `app` to look into."""

    def __init__(self, folder: Path, product: str, settings: dict[str, str], tolerances: Tolerances = NOMINAL) -> None:
        """Switch it on."""
        loaded = load_product(product, settings)
        built = build_image.build("virtual", product, compiled=True)
        launch = ["--runtime", "micropython", "--stage", str(built.stage), "--heap", loaded.heap, "--image", str(built.romfs)]
        self.memory = Memory(folder)
        self.world = World(loaded.connectors, self.memory, tolerances)
        data = production_data(NOBODY, "TEST", settings, [], self.memory)
        record = Record(None, lambda: 0.0)
        self._simulation = Simulation(self.world, self.memory, 1.0, launch, data, record, ("127.0.0.1", 0))
        self._pacer = self._simulation.pacer = _Unpaced()
        self.log: list[str] = []
        self._simulation.log = self.log.append  # type: ignore[method-assign, assignment]
        self._simulation.say = lambda event: None  # type: ignore[method-assign]
        self.invariants = self._simulation.invariants
        self.app: Any = None
        self._simulation.start_firmware("power")

    @property
    def resets(self) -> int:
        """How often the firmware has started again."""
        return self.world.boots - 1

    @property
    def crashed(self) -> bool:
        """The firmware has ended by itself."""
        return self._simulation.crashed

    def run(self, until_ms: int) -> None:
        """Let the charger run until the world's clock says `until_ms`."""
        simulation = self._simulation
        self._pacer.end_ms = until_ms
        while self.world.schedule.now_ms < until_ms:
            timeout = simulation.step()
            for key, _ in simulation._selector.select(min(timeout, 0.05)):
                key.data()

    def skip(self, seconds: float) -> None:
        """Let so much time pass quickly."""
        self._pacer.end_ms = self.world.schedule.now_ms + round(seconds * 1000)
        self._simulation.skip(seconds)
        self.run(self._pacer.end_ms)

    def flash_timing(self, program_ms: int, erase_ms: int) -> None:
        """How long the flash takes from now on."""
        self._simulation.timing.program_ms, self._simulation.timing.erase_ms = program_ms, erase_ms

    def ask(self, action: str, payload: dict[str, Any]) -> bool:
        """There is no central system that could ask: False."""
        return False

    def cut_power(self) -> None:
        """The mains fail, at this moment."""
        self._simulation.power(False)

    def restore_power(self) -> None:
        """The mains come back."""
        self._simulation.power(True)

    def close(self) -> None:
        """End it."""
        self._simulation.close()
        self.memory.close(remove=False)
