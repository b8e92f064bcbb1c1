"""The certified product charges in a heap of 192 KB on the 64-bit interpreter, and ten sessions leave that heap where the first left it.

Products have more by default: on a board TLS takes its buffers from the same heap.
"""

from __future__ import annotations

import asyncio

from host_tests.system.test_mpremote import Bench, run
from tools.csms.server import CentralSystem
from tools.device import Device
from tools.run.charger_process import ChargerProcess, ControlSocket

CARD = "04A1B2C3D4E5F6"
SESSIONS = 10
GROWTH_BYTES = 64  # two blocks: numbers that have become longer
TLS_BLOCK_BYTES = 17 * 1024  # what TLS needs in one piece on a board


async def _lowest_heap(world: ControlSocket) -> int:
    """Least heap in use over some reports: what stays when the garbage of the moment is taken away."""
    used = []
    for _ in range(40):
        used.append(int((await world.ask("get"))["heap"]["used"]))
        await asyncio.sleep(0.05)
    return min(used)


async def _simulated(world: ControlSocket, seconds: float) -> None:
    """Let simulated time pass: two meter values, and more than a card's dead time."""
    end = float((await world.ask("get"))["time_s"]) + seconds
    while float((await world.ask("get"))["time_s"]) < end:
        await asyncio.sleep(0.02)


async def _until_contactor(world: ControlSocket, state: str) -> None:
    for _ in range(600):
        if (await world.ask("get"))["connectors"][0]["contactor"] == state:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the contactor is not " + state)


async def _scene() -> list[int]:
    heaps = []
    async with CentralSystem() as central_system:
        process = ChargerProcess(central_system.url, "CP1", "--product", "lecs007", "--speed", "20", "--heap", "192K")
        try:
            world = await process.start()
            charger = await central_system.charger("CP1")
            await charger.expect("StatusNotification", connectorId=1)
            for _ in range(SESSIONS):
                await world.ask("plug")
                await world.ask("tap", uid=CARD)
                await charger.expect("StartTransaction", timeout_s=30)
                await _until_contactor(world, "closed")
                await _simulated(world, 32)
                await world.ask("tap", uid=CARD)
                await charger.expect("StopTransaction", timeout_s=30)
                await _until_contactor(world, "open")
                await world.ask("unplug")
                await charger.expect("StatusNotification", status="Available", timeout_s=30)
                heaps.append(await _lowest_heap(world))
            for screen in ("status", "faults", "heap"):
                text = await Bench(charger, world, process.repl).diag(screen + "()")
                assert "MemoryError" not in text and text.strip(), text
            assert charger.all_problems == []
            assert process.crashes == []
            assert (await world.ask("get"))["boots"] == 1
        finally:
            await process.stop()
            process.clean_up()
    return heaps


def test_ten_sessions_in_192_kb_leave_the_heap_where_the_first_left_it() -> None:
    heaps = asyncio.run(asyncio.wait_for(_scene(), 170))
    assert heaps[-1] - heaps[0] <= GROWTH_BYTES, heaps


def test_the_free_heap_is_in_one_piece() -> None:
    async def test(bench: Bench) -> None:
        await bench.charge()
        with Device(bench.port) as device:
            assert device.value(f"len(bytearray({TLS_BLOCK_BYTES}))") == TLS_BLOCK_BYTES

    run(test, "full")
