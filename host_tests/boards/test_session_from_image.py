"""A whole session of the firmware that runs from the packed image in the unix interpreter, with nothing but the image to import from."""

from __future__ import annotations

from host_tests.system.test_mpremote import CARD, Bench, run
from tools.device import Device


def _imported(port: str) -> tuple[list[str], list[str], str]:
    """sys.path of the running firmware, where its modules come from, and what is mounted on the image's folder."""
    with Device(port) as device:
        path = device.value("__import__('sys').path")
        files = device.value("[getattr(m, '__file__', '') for m in __import__('sys').modules.values()]")
        mounted = device.value("[type(m[0]).__name__ for m in __import__('vfs').mount() if m[1] == '/rom'][0]")
    return list(path), list(files), str(mounted)


def test_a_session_runs_from_the_packed_image_alone() -> None:
    async def test(bench: Bench) -> None:
        await bench.charge()
        path, files, mounted = _imported(bench.port)
        assert path == ["/rom"] and mounted == "VfsRom"
        loaded = [name for name in files if name]
        assert loaded and all(name.startswith("/rom/") and name.endswith(".mpy") for name in loaded), loaded
        assert (await bench.connector())["contactor"] == "closed", "looking did not disturb the session"
        await bench.charger.expect("MeterValues", timeout_s=60)
        await bench.world.ask("tap", uid=CARD)
        await bench.charger.expect("StopTransaction", timeout_s=60)
        await bench.until(lambda truth: truth["contactor"] == "open")

    run(test, speed=5)
