"""What the app does besides giving turns: uptime, the store's and the event log's view of the contactors, resets, latches, the heap."""

import gc

from micropython import const

from chargepoint.core.events import EV_CLOSED, EV_OPENED, EV_RESET, EV_STARVED, EV_WRITE_FAILED
from chargepoint.runtime.log import LOG_ERROR, LOG_WARNING
from chargepoint.runtime.parts import part_name
from chargepoint.util.signals import FAULT_STORAGE
from chargepoint.util.ticks import ticks_add, ticks_diff, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.runtime.app import App
    from chargepoint.runtime.hardware.latches import Latches

ASKED = const(1)  # why a boot happened: 0 power, 1 a reset that was asked for, 2 the watchdog or a crash
_COLLECT_S = const(10)
_PROBE_S = const(10)  # between two attempts to write while the flash is full or failing
_RESET_MS = const(3000)
_BENCH_S = const(60)
_SOUND_S = const(600)  # after so long the crashes before count no more



class Housekeeping:
    """The last turn of every pass. For reading: `up_s`, seconds since the start, which never wrap."""

    def __init__(self, app: "App", latches: "Latches", now: int) -> None:
        """Look after `app`; `latches` keeps what must outlive a reset."""
        self._app = app
        self.up_s = 0
        self._second = now
        self._closed = False
        self._storage_failed = False
        self._latches = latches
        self._reset_due = self._reset_hard = -1
        self._heap_sink: "Any" = getattr(app.hardware, "report_heap", None) if hasattr(gc, "mem_free") else None

    def poll(self, now: int) -> None:
        """Contactor state to the store, watchdog, event log, and once a second the slow things. Allocates: none when idle."""
        app = self._app
        closed = app.contactor_closed()
        app.store.contactor_closed(closed)
        if closed != self._closed:
            self._closed = closed
            app.events.add(EV_CLOSED if closed else EV_OPENED)
        app.events.poll(now, self.up_s, closed)
        app.watchdog.poll(now)
        app.link_setup.poll(now)
        if self._reset_hard >= 0 and (app.link.closed or ticks_due(self._reset_due, now)):
            app.events.flush()
            app.hardware.reset()
        while ticks_diff(now, self._second) >= 1000:
            self._second = ticks_add(self._second, 1000)
            self.up_s += 1
            app.log.up_s = self.up_s
            self._each_second(now)

    def next_due(self, now: int) -> int:
        """Return the ms until `poll` has something to do."""
        return min(1000 - ticks_diff(now, self._second), self._app.events.next_due(now))

    def begin_reset(self, hard: int, now: int) -> None:
        """Close the link properly, then reset; core has opened the contactors."""
        if self._reset_hard < 0:
            app = self._app
            app.events.add(EV_RESET, 0, hard)
            app.log(LOG_WARNING, "app", "reset asked for: " + ("hard" if hard else "soft"))
            self._latches.keep(app.core)
            app.store.save("cause", bytes((ASKED, app.store.writes.left, app.core.switching.left)))
            self._reset_hard = hard
            self._reset_due = ticks_add(now, _RESET_MS)
            app.link.close()

    def _each_second(self, now: int) -> None:
        """What needs no haste."""
        app = self._app
        store = app.store
        if store.failed and not self.up_s % _PROBE_S and not self._closed:
            store.save("probe", bytes((self.up_s & 255,)))  # nothing else would write as long as nothing may start
        if store.blind and self._reset_hard < 0 and store.answers():
            app.log(LOG_WARNING, "app", "the FRAM answers now: restarting to read it")
            self.begin_reset(0, now)
        self.tell_storage(now)
        stuck = app.watchdog.stuck
        if stuck is not None:
            app.events.add(EV_STARVED, 0, stuck.code)
            app.log(LOG_ERROR, "app", "%s does not move: the watchdog will reset" % part_name(stuck.code))
        self._latches.keep(app.core)
        app.link_setup.each_second(app.core.clock, now)
        if app.is_bench_only and self.up_s % _BENCH_S == 1:
            app.log(LOG_ERROR, "bench", "NOT CALIBRATED, and charging is allowed for the bench only: this unit must not sell energy")
        if self.up_s == _SOUND_S:
            app.volume.remove("crash")
        if ticks_diff(now, self._second) >= 1000:
            return  # late: the heap is looked at once, not for each second
        self._report_heap()
        if self.up_s % _COLLECT_S == 0:
            gc.collect()
            self._report_heap()

    def tell_storage(self, now: int) -> None:
        """Tell core whether what must be durable is."""
        failed = self._app.store.failed
        if failed != self._storage_failed:
            self._storage_failed = failed
            if failed:
                self._app.events.add(EV_WRITE_FAILED)
            self._app.core.on_fault(0, FAULT_STORAGE, failed, now)

    def _report_heap(self) -> None:
        """Tell a board that wants to know (the virtual one) how the heap is. Allocates: none."""
        if self._heap_sink is not None:
            self._heap_sink(gc.mem_free(), gc.mem_alloc())  # type: ignore[attr-defined, unused-ignore]
