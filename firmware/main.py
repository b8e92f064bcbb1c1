"""Composition root: the board, the product, the app. What escapes is logged, the outputs are made safe, then the board resets.

Resets back off: 1, 2, 4 ... 64 s, counted in the file `crash` of the volume, which the app deletes after ten minutes of good running. The
contactors stay open meanwhile: without the app's loop the safety tick closes nothing and lets go after 10 s at the latest, and the
outputs are put into their safe state here besides.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_BACK_OFF = 6

# Bytes allocated between two collections. Early ones while everything is built: what stays then lies low, and the free part is in one piece, as TLS
# needs it. The count takes in every call frame of more than 11 words and never what is freed, so an idle charger makes some 44 KB a second:
# 4096 is 9 to 10 collections of 18 ms a second on an emulated RP2040, 16384 is 2.7. The largest free block is the same with both, within 2 KB
# (42 KB of a heap of 160 KB after three sessions), and 12 KB less without a threshold.
_STARTING_BYTES = 4096
_RUNNING_BYTES = 16384


def _make_safe() -> None:
    """Put every output into its safe state again: boot.py's work once more."""
    sys.modules.pop("boot", None)
    import boot  # noqa: F401


def _count_crash(volume: object) -> int:
    """Return how many crashes in a row there were before this one, and count this one."""
    from chargepoint.runtime.store.volume import Volume

    if isinstance(volume, str):
        volume = Volume(volume)
    assert isinstance(volume, Volume)
    try:
        file = volume.open("crash", "rb")
        count = int(file.seek(0, 2))
        file.close()
    except OSError:
        count = 0
    if count < _LONGEST_BACK_OFF:
        file = volume.open("crash", "wb")
        file.write(bytes(count + 1))
        volume.commit(file)
    return count


def _recover(error: BaseException, hardware: "Any", wdt: "Any") -> None:
    """Say what happened, wait out the back-off with the watchdog fed, reset."""
    count = _LONGEST_BACK_OFF
    try:
        _make_safe()
    except Exception:
        pass  # no memory for it: the reset below does the same
    try:
        from chargepoint.runtime.traceback_text import last_lines

        text = last_lines(error)
        sink = getattr(hardware, "log_sink", None)
        if sink is not None:
            sink("4 main the firmware failed: " + text)
        else:
            print("the firmware failed:", text)
        count = _count_crash(hardware.volume)
    except Exception:
        pass  # the reset must come whatever fails here
    if hardware is None:
        import time

        import machine

        for _ in range(1 << count):
            if wdt is not None:
                wdt.feed()
            time.sleep(1)
        machine.reset()
        return
    for _ in range(10 << count):
        if wdt is not None:
            wdt.feed()
        hardware.clock.wait(None, 100)
    hardware.reset()


def _collect_every(count: int) -> None:
    """Collect whenever so many bytes have been allocated, where the interpreter can."""
    import gc

    threshold = getattr(gc, "threshold", None)
    if threshold is not None:
        threshold(count)


def _main() -> None:
    hardware = app = wdt = None
    try:
        _collect_every(_STARTING_BYTES)
        import board
        import product

        wdt = _start_watchdog(board.LIMITS["wdt_ms"])

        from chargepoint.runtime.app import App
        from chargepoint.runtime.start_code import forget_start_code
        from chargepoint.runtime.unload import unload

        hardware = board.build(product)
        if wdt is not None:
            wdt.feed()
        app = App(hardware, product)
        forget_start_code()
        unload("boot", "safe_outputs")
        _collect_every(_RUNNING_BYTES)
        app.run()
    except (Exception, KeyboardInterrupt) as error:
        _recover(error, hardware, app.wdt if app is not None else wdt)


def _start_watchdog(timeout_ms: int) -> "Any":
    """Start it before anything that can hang: an Ethernet chip that does not answer stops `build` for ever. The app starts it again."""
    try:
        import machine

        return machine.WDT(timeout=timeout_ms)
    except (ImportError, AttributeError):
        return None  # a board without one


_main()
