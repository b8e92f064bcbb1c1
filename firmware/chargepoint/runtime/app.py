"""The app: builds the parts of a charger on its hardware and runs them in one cooperative loop.

A pass of the loop (`step`) gives every part its turn, in this order: connectors (what the safety tick saw becomes events), card reader, core's
timers, link, our messages, store, console, housekeeping; after each turn the core's commands are carried out, opening first. Between
passes the board's clock waits until the next timer is due or a socket is readable. Nothing else waits.

An exception in one part ends that part's turn, is logged and counted, and the loop goes on: the safety tick and the interlock do not depend on any
of it, and a critical part that raises in every pass starves the watchdog, which resets the board.
"""

import gc
import os
import select

from micropython import const

from chargepoint.core.charge_point import ChargePoint
from chargepoint.core.commands import CMD_CLOSE, CMD_LINK_CONFIG, CMD_OPEN, CMD_RECONNECT, CMD_RESET
from chargepoint.runtime.hardware.connector_io import ConnectorIo
from chargepoint.runtime.hardware.watchdog import Watchdog
from chargepoint.runtime.link.calls import Calls
from chargepoint.runtime.link.link import Link
from chargepoint.runtime.log import Log
from chargepoint.runtime.store.event_log import EventLog
from chargepoint.runtime.store.store import Store
from chargepoint.runtime.store.volume import Volume
from chargepoint.runtime.unload import unload
from chargepoint.util.signals import FAULT_STORAGE
from chargepoint.util.ticks import ticks_add, ticks_diff, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_WAIT_MS = const(500)  # the watchdog wants its turn
_AFTER_EXCEPTION_MS = const(50)  # a part that raises and wants its turn at once must not keep the loop busy
_COLLECT_S = const(10)
_PROBE_S = const(10)  # between two attempts to write while the flash is full or failing
_RESET_MS = const(3000)
_BENCH_S = const(60)
_SOUND_S = const(600)  # after so long the crashes before count no more
_BUFFER_BYTES = const(4096)

_EV_BOOT = const(100)
_EV_CLOCK_SET = const(101)
_EV_LINK_UP = const(102)
_EV_RESET = const(109)
_EV_CLOSED = const(114)
_EV_OPENED = const(115)
_EV_LINK_DOWN = const(200)
_EV_DIAL_FAILED = const(201)
_EV_NO_CLOCK = const(207)
_EV_WRITE_FAILED = const(302)
_EV_EXCEPTION = const(304)
_EV_STARVED = const(305)

_WARNING = const(3)
_ERROR = const(4)


class App:
    """One charger. For the REPL and tests: hardware, product, log, events, store, core, connectors, link, watchdog, up_s, exceptions."""

    def __init__(self, hardware: "Any", product: "Any") -> None:
        """Build everything and start it; after this, only `step` makes time pass.

        Args: what `board.build` returned; the product module. Allocates: everything that stays. Blocks: reads the flash.
        """
        received = bytearray(getattr(product, "RX_BYTES", _BUFFER_BYTES))  # the large blocks first, while the heap is in one piece
        to_send = bytearray(getattr(product, "TX_BYTES", _BUFFER_BYTES))
        now = hardware.clock.ticks_ms()
        self.hardware = hardware
        self.product = product
        self.up_s = self.exceptions = 0
        self._second = now
        self._closing = 0  # bits of connectors that core wants closed
        self._reset_due = self._reset_hard = -1
        self._storage_failed = self._closed = False
        self.log = log = Log(getattr(hardware, "log_sink", None))
        self._heap_sink: "Any" = getattr(hardware, "report_heap", None) if hasattr(gc, "mem_free") else None
        volume = hardware.volume
        self.volume = volume = Volume(volume) if isinstance(volume, str) else volume
        fram = getattr(hardware, "fram", None)
        budget_bytes = getattr(hardware, "limits", {}).get("queue_bytes", 262144)  # a small file system has less
        self.store = store = Store(volume, log, fram, budget_bytes, getattr(product, "MIGRATIONS", ()))
        self.events = EventLog(volume, store.boot_number, fram=fram)
        self.reset_cause = self._find_cause()
        self.events.add(_EV_BOOT, 0, self.reset_cause)
        setup = self._read_setup()
        self.core = core = self._build_core(setup.factory, now)
        self.connectors: "list[ConnectorIo]" = []
        welds = store.load("weld") or b"\0"
        for parts in hardware.connectors:
            io = ConnectorIo(len(self.connectors) + 1, parts, self.connectors[-1].safety if self.connectors else None)
            if welds[0] >> io.connector & 1:
                io.latch_weld()
            io.start(store, now)
            self.connectors.append(io)
        self._welds = welds[0]
        core.note = self._note
        calls = Calls(core, self._note_link)
        random_bytes = getattr(hardware, "random_bytes", None) or os.urandom
        self._tls_clock: "Any" = None
        self.link = link = Link(
            hardware.network,
            calls,
            received,
            to_send,
            random_bytes,
            getattr(hardware, "trace", None),
            self._clock_is_set,
        )
        calls.link = link
        self.poller = select.poll()
        link.register(self.poller)
        self._serviced: "list[Any]" = list(self.connectors)
        if getattr(hardware, "reader", None) is not None:
            from chargepoint.runtime.hardware.card_io import CardIo

            self._serviced.append(CardIo(hardware.reader))
        self._polled: "list[Any]" = [core, link, calls, store]
        self._progress = [0] * (len(self._serviced) + 3)  # the turns of each part that the watchdog watches, and the safety tick's
        start_wdt = getattr(hardware, "start_wdt", None)
        self.wdt = start_wdt() if start_wdt is not None else None
        self.watchdog = Watchdog(self.wdt, self._progress, now)
        if getattr(hardware, "console", None):
            from chargepoint.runtime.console.console import Console
            from chargepoint.runtime.console.repl_server import ReplServer

            self._polled.append(ReplServer(Console(), self, self.contactor_closed))
        self._polled.append(self)
        self._url = setup.url
        self._reason = ""  # why there is no connection, as it was last logged
        self._identity = setup.identity
        self._key = setup.key
        self._roots = setup.roots
        try:
            self._set_up_link(setup.time_server, now)
        except MemoryError as error:
            log(_ERROR, "link", "%s: wss:// does not fit, the charger stays offline" % error)
        core.start(now)
        self._tell_storage(now)
        self._drain(now)
        hardware.start_tick(self.connectors[-1].safety.tick)
        for io in self.connectors:
            if io.parts.pilot.trouble:
                log(_ERROR, "setup", "connector %d does not charge: %s" % (io.connector, io.parts.pilot.trouble))
        log(2, "boot", "boot %d of %s, cause %d" % (store.boot_number, product.NAME, self.reset_cause))

    def _build_core(self, factory: "list[tuple[str, str]]", now: int) -> ChargePoint:
        """Build the core; a factory setting that it refuses is named in the log and all of them are left out."""
        boot_number = self.store.boot_number
        try:
            return ChargePoint(self.product, self.store, boot_number, now, factory, self.reset_cause)
        except ValueError as error:
            self.log(_ERROR, "setup", "%s: no factory setting is used, correct it" % error)
            return ChargePoint(self.product, self.store, boot_number, now, (), self.reset_cause)

    def _note(self, code: int, connector: int, arg: int) -> None:
        """The core's events go to the event log; the first time it is told sets the log's clock."""
        if code == _EV_CLOCK_SET:
            self.events.set_utc(arg, self.up_s)
        else:
            self.events.add(code, connector, arg)

    def _note_link(self, up: bool) -> None:
        """The link came or went."""
        self._reason = self.link.reason
        self.events.add(_EV_LINK_UP if up else _EV_LINK_DOWN)
        self.log(2, "link", "connected" if up else "lost: " + self.link.reason)

    def _find_cause(self) -> int:
        """Return why this boot happened: 0 power, 1 a reset that was asked for, 2 watchdog or crash."""
        cause = self.store.load("cause")
        if cause is not None and cause != b"\0":
            self.store.save("cause", b"\0")
            return cause[0]
        if "crash" in self.volume.names():
            return 2
        hardware_cause = getattr(self.hardware, "reset_cause", None)
        return hardware_cause() if hardware_cause is not None else 0

    def _read_setup(self) -> "Any":
        """Read the provisioning; the module that does it is dropped again, it is needed once a boot."""
        from chargepoint.runtime import provision

        setup = provision.Provision(provision.read_text(self.hardware, self.volume), self.log, self.product.CONFIGURATION)
        self._bench = setup.rate(self.hardware, self.log)
        setup.roots = provision.read_roots(self.hardware, self.volume, self.log) if setup.url[:3] == "wss" else None
        del provision
        unload("chargepoint.runtime.provision")
        unload("chargepoint.drivers.calibration")
        return setup

    def _set_up_link(self, time_server: str, now: int) -> None:
        """Tell the link where to dial; with TLS find a clock for the certificates."""
        if not self._url or not self._identity:
            return
        if self._url[:3] == "wss":
            gc.collect()  # the imports may need 14 KB in one piece, for a larger table of names
            from chargepoint.runtime.link.tls_clock import TlsClock

            if not self._roots:
                self.log(_ERROR, "setup", "wss:// without root certificates: provision roots.der, the link cannot check the server")
            self._tls_clock = TlsClock(self.hardware.rtc, self.store, self.hardware.network.resolve, time_server, self.log, now)
        self.link.poll(now)  # tells it the time
        self._configure_link()

    def _configure_link(self) -> None:
        """Give the link the configuration that concerns it."""
        key = self.core.config.text("AuthorizationKey") or self._key
        try:
            ping_s = int(self.core.config.text("WebSocketPingInterval") or 50)
            self.link.configure(self._url, self._identity, key.encode() if key else None, ping_s, tls_roots=self._roots)
        except ValueError as error:
            self.log(_ERROR, "link", "cannot dial %s: %s" % (self._url, error))

    def _clock_is_set(self) -> bool:
        """Whether certificates can be checked."""
        return self._tls_clock is not None and self._tls_clock.ready

    def contactor_closed(self) -> bool:
        """Whether a contactor is closed or about to be: no flash writes then. Allocates: none."""
        if self._closing:
            return True
        for io in self.connectors:
            if io.parts.contactor.closed or io.parts.contactor.driving:
                return True
        return False

    def run(self) -> None:
        """Run for ever; what escapes is a defect of the loop itself and main.py's business."""
        clock = self.hardware.clock
        while True:
            wait_ms = self.step(clock.ticks_ms())
            clock.wait(self.poller, wait_ms)

    def step(self, now: int) -> int:
        """One pass; return the ms to wait before the next. Allocates: none when nothing happens."""
        exceptions = self.exceptions
        progress = self._progress
        serviced = self._serviced
        for n in range(len(serviced)):
            try:
                serviced[n].service(self.core, now)
                self._drain(now)
                progress[n] += 1
            except Exception as error:
                self._contain(serviced[n], error)
        polled = self._polled
        for n in range(len(polled)):
            try:
                polled[n].poll(now)
                self._drain(now)
                if n < 2:
                    progress[len(serviced) + n] += 1
            except Exception as error:
                self._contain(polled[n], error)
        wait_ms = _LONGEST_WAIT_MS
        for part in serviced:
            wait_ms = min(wait_ms, part.next_due(now))
        for part in polled:
            wait_ms = min(wait_ms, part.next_due(now))
        if self.exceptions != exceptions:
            wait_ms = max(wait_ms, _AFTER_EXCEPTION_MS)
        return wait_ms if wait_ms > 0 else 0

    def _contain(self, part: "Any", error: Exception) -> None:
        """An exception ended a part's turn: count it, say it (the 1st, 2nd, 4th, 8th ... time), go on."""
        self.exceptions += 1
        name = type(part).__name__
        if isinstance(error, MemoryError):
            gc.collect()
        if self.exceptions & (self.exceptions - 1):
            return
        from chargepoint.runtime.traceback_text import last_lines

        self.events.add(_EV_EXCEPTION, 0, self.exceptions)
        self.log(_ERROR, "app", "exception %d, in %s: %s" % (self.exceptions, name, last_lines(error)))

    def _drain(self, now: int) -> None:
        """Carry out the core's commands. Allocates: none when there are none."""
        core = self.core
        while core.next_command():
            op = core.command_op
            connector = core.command_connector
            if op == CMD_RECONNECT:
                self.link.reconnect(now, "asked by the core")
            elif op == CMD_LINK_CONFIG:
                self._configure_link()
            elif op == CMD_RESET:
                self._begin_reset(core.command_arg, now)
            else:
                if op == CMD_CLOSE:
                    self._closing |= 1 << connector
                    self.store.contactor_closed(True)
                elif op == CMD_OPEN:
                    self._closing &= ~(1 << connector)
                for io in self.connectors:
                    if io.connector == connector or not connector:
                        io.execute(op, core.command_arg, now)

    def _begin_reset(self, hard: int, now: int) -> None:
        """Close the link properly, then reset; core has opened the contactors."""
        if self._reset_hard < 0:
            self.events.add(_EV_RESET, 0, hard)
            self.log(_WARNING, "app", "reset asked for: " + ("hard" if hard else "soft"))
            self.store.save("cause", b"\1")
            self._reset_hard = hard
            self._reset_due = ticks_add(now, _RESET_MS)
            self.link.close()

    def poll(self, now: int) -> None:
        """Housekeeping: contactor state to the store, watchdog, event log, and once a second the slow things. Allocates: none when idle."""
        self._progress[-1] = self.connectors[-1].safety.ticks
        closed = self.contactor_closed()
        self.store.contactor_closed(closed)
        if closed != self._closed:
            self._closed = closed
            self.events.add(_EV_CLOSED if closed else _EV_OPENED)
        self.events.poll(now, self.up_s, closed)
        self.watchdog.poll(now)
        if self._tls_clock is not None:
            self._tls_clock.poll(now)
        if self._reset_hard >= 0 and (self.link.closed or ticks_due(self._reset_due, now)):
            self.events.flush()
            self.hardware.reset()
        while ticks_diff(now, self._second) >= 1000:
            self._second = ticks_add(self._second, 1000)
            self.up_s += 1
            self.log.up_s = self.up_s
            self._each_second(now)

    def next_due(self, now: int) -> int:
        """Return the ms until `poll` has something to do."""
        return min(1000 - ticks_diff(now, self._second), self.events.next_due(now))

    def _each_second(self, now: int) -> None:
        """What needs no haste."""
        if self.store.failed and not self.up_s % _PROBE_S and not self._closed:
            self.store.save("probe", bytes((self.up_s & 255,)))  # nothing else would write as long as nothing may start
        if self.store.blind and self._reset_hard < 0 and self.store.answers():
            self.log(_WARNING, "app", "the FRAM answers now: restarting to read it")
            self._begin_reset(0, now)
        self._tell_storage(now)
        if self.watchdog.stuck >= 0:
            self.events.add(_EV_STARVED, 0, self.watchdog.stuck)
            self.log(_ERROR, "app", "part %d does not move: the watchdog will reset" % self.watchdog.stuck)
        welds = 0
        for io in self.connectors:
            welds |= io.welded << io.connector
        if welds != self._welds and self.store.save("weld", bytes((welds,))):
            self._welds = welds
        reason = self.link.reason
        if reason and reason != self._reason:
            self._reason = reason
            self.events.add(_EV_NO_CLOCK if reason[:9] == "TLS waits" else _EV_DIAL_FAILED, 0, self.link.status)
            self.log(_WARNING, "link", reason)
        if self._tls_clock is not None and self.core.clock.utc(now):
            self._tls_clock.learned(self.core.clock.s, now)
        if self._bench and self.up_s % _BENCH_S == 1:
            self.log(_ERROR, "bench", "NOT CALIBRATED, and charging is allowed for the bench only: this unit must not sell energy")
        if self.up_s == _SOUND_S:
            self.volume.remove("crash")
        if ticks_diff(now, self._second) >= 1000:
            return  # late: the heap is looked at once, not for each second
        self._report_heap()
        if self.up_s % _COLLECT_S == 0:
            gc.collect()
            self._report_heap()

    def _tell_storage(self, now: int) -> None:
        """Tell core whether what must be durable is."""
        failed = self.store.failed
        if failed != self._storage_failed:
            self._storage_failed = failed
            if failed:
                self.events.add(_EV_WRITE_FAILED)
            self.core.on_fault(0, FAULT_STORAGE, failed, now)

    def _report_heap(self) -> None:
        """Tell a board that wants to know (the virtual one) how the heap is. Allocates: none."""
        if self._heap_sink is not None:
            self._heap_sink(gc.mem_free(), gc.mem_alloc())  # type: ignore[attr-defined, unused-ignore]
