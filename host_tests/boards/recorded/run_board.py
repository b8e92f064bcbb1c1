"""Runs in MicroPython or CPython: boot.py, then a board's build, then the application on it for a while; prints what was recorded.

Arguments: the folder with the image's sources or its .mpy files; "build" or "app". The current folder is the board's file system.
"""

import os
import sys
import time

HERE = __file__.replace("\\", "/").rsplit("/", 1)[0]
MICROPYTHON = sys.implementation.name == "micropython"
sys.path[:0] = [HERE, sys.argv[1]]
if not MICROPYTHON:
    sys.path.insert(2, HERE + "/../../../tools/cpython_compat")
    begin = time.monotonic_ns()
    time.ticks_ms = lambda: (time.monotonic_ns() - begin) // 1000000  # type: ignore[attr-defined]
    time.ticks_us = lambda: (time.monotonic_ns() - begin) // 1000  # type: ignore[attr-defined]
    time.ticks_diff = lambda a, b: a - b  # type: ignore[attr-defined]
    time.sleep_us = lambda us: None  # type: ignore[attr-defined]
    time.sleep_ms = lambda ms: time.sleep(ms / 1000)  # type: ignore[attr-defined]

import boot  # noqa: E402, F401
from recorder import note, report  # noqa: E402

note("booted")
import machine  # noqa: E402
import product  # noqa: E402

try:  # an image has what is always loaded in one module
    import pilotline as board

    App = board.App
    facts = {}
except ImportError:
    import board

    facts = {"name": board.NAME, "limits": board.LIMITS, "module": [name for name in dir(board) if not name.startswith("_")]}
try:
    hardware = board.build(product)
except ValueError as error:
    report(refused=str(error), **facts)
    sys.exit(0)
note("built")
parts = hardware.connectors[0]
facts["hardware"] = [name for name in dir(hardware) if not name.startswith("_")]
facts["fitted"] = [name for name in ("emergency_stop", "rcd", "pe", "lock", "proximity", "temperature", "led") if getattr(parts, name) is not None]
facts["volume"] = hardware.volume
facts["root"] = os.getcwd()
facts["samples"] = len(getattr(parts.pilot, "_codes", ()))  # an image has another name for it
facts["trouble"] = parts.pilot.trouble
facts["fram"] = hardware.fram is not None
facts["steps"] = facts["ticks"] = 0
if sys.argv[2] == "app":
    if "pilotline" not in sys.modules:
        from chargepoint.runtime.app import App

    hardware.console = False  # standard input is the test's
    app = App(hardware, product)
    tick = machine.Timer.last["callback"]
    hard = [event for event in __import__("recorder").events if event[0] == "timer"][-1][3]
    now = hardware.clock.ticks_ms()
    for _ in range(100):
        for _ in range(5):
            if MICROPYTHON and hard:
                import micropython

                micropython.heap_lock()
                tick(None)
                micropython.heap_unlock()
            else:
                tick(None)
            facts["ticks"] += 1
        now = (now + 50) & 0x3FFFFFFF
        app.step(now)
        facts["steps"] += 1
    facts["exceptions"] = app.exceptions
    facts["log"] = [str(line, "utf-8") for line in app.log.lines()]
    facts["pilot_state"] = app.connectors[0].safety.pilot_state
    facts["files"] = sorted(os.listdir(hardware.volume))
report(**facts)
