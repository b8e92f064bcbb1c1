"""The app: builds the parts of a charger on its hardware and runs them in one cooperative loop.

A pass of the loop (`step`) gives every part its turn, in the order of `turns` (runtime/parts.py): connectors (what the safety tick saw becomes
events), card reader, core's timers, link, our messages, store, console, housekeeping; after each turn the core's commands are carried out,
opening first. Between passes the board's clock waits until the next timer is due or a socket is readable. Nothing else waits.

An exception in one part ends that part's turn, is logged and counted, and the loop goes on: the safety tick and the interlock do not depend on any
of it, and a critical part that raises in every pass starves the watchdog, which resets the board.
"""

import gc
import os
import select

from micropython import const

from chargepoint.core.charge_point import ChargePoint
from chargepoint.core.commands import CMD_CLOSE, CMD_LINK_CONFIG, CMD_RESET
from chargepoint.core.events import EV_BOOT, EV_CLOCK_SET, EV_EXCEPTION, EV_UNSOUND
from chargepoint.runtime.build_id import BUILD_ID
from chargepoint.runtime.hardware.connector_io import ConnectorIo
from chargepoint.runtime.hardware.latches import Latches
from chargepoint.runtime.hardware.watchdog import Watchdog
from chargepoint.runtime.housekeeping import ASKED, Housekeeping
from chargepoint.runtime.link.calls import Calls
from chargepoint.runtime.link.link import Link
from chargepoint.runtime.link.link_setup import LinkSetup
from chargepoint.runtime.log import LOG_ERROR, LOG_INFO, Log
from chargepoint.runtime.parts import PART_CONSOLE, PART_HOUSEKEEPING, PART_TRANSFERS, TickTurn, Turn, turns_of
from chargepoint.runtime.store.event_log import EventLog
from chargepoint.runtime.store.store import Store
from chargepoint.runtime.store.volume import Volume
from chargepoint.runtime.unload import unload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_WAIT_MS = const(500)  # the watchdog wants its turn
_AFTER_EXCEPTION_MS = const(50)  # a part that raises and wants its turn at once must not keep the loop busy
_BUFFER_BYTES = const(4096)




class App:
    """One charger. For the REPL and tests: hardware, product, log, events, store, core, connectors, link, turns, watchdog, up_s, exceptions.

    It has more than 20 attributes as it holds every part of the firmware once.
    """

    def __init__(self, hardware: "Any", product: "Any") -> None:
        """Build everything and start it; after this, only `step` makes time pass.

        Args: what `board.build` returned; the product module. Allocates: everything that stays. Blocks: reads the flash.
        """
        received = bytearray(getattr(product, "RX_BYTES", _BUFFER_BYTES))  # the large blocks first, while the heap is in one piece
        to_send = bytearray(getattr(product, "TX_BYTES", _BUFFER_BYTES))
        now = hardware.clock.ticks_ms()
        self.hardware = hardware
        self.product = product
        self.exceptions = 0
        self.log = Log(getattr(hardware, "log_sink", None))
        self._build_store()
        setup = self._read_setup()
        self.core = core = self._build_core(setup.factory, now)
        core.note = self._note
        self.connectors: "list[ConnectorIo]" = []
        self.housekeeping = Housekeeping(self, self._build_connectors(now), now)
        self.link_setup = LinkSetup(setup, self.log, self.events)
        self._build_link(received, to_send)
        self._build_turns(now)
        self.link_setup.start(self.link, core.config, hardware, self.store, now)
        core.switching.keep(self._switching_left)
        core.start(now)
        if self.store.unsound:
            self.events.add(EV_UNSOUND, 0, self.store.unsound)
        self.housekeeping.tell_storage(now)
        self._drain(now)
        hardware.start_tick(self.connectors[-1].safety.tick)
        for io in self.connectors:
            if io.parts.pilot.trouble:
                self.log(LOG_ERROR, "setup", "connector %d does not charge: %s" % (io.connector, io.parts.pilot.trouble))
        self.log(LOG_INFO, "boot", "boot %d of %s, build %s, cause %d" % (self.store.boot_number, product.NAME, BUILD_ID, self.reset_cause))

    def _build_store(self) -> None:
        """What lies on the flash and in the FRAM, and why this boot happened."""
        hardware = self.hardware
        volume = hardware.volume
        self.volume = volume = Volume(volume) if isinstance(volume, str) else volume
        fram = getattr(hardware, "fram", None)
        budget_bytes = getattr(hardware, "limits", {}).get("queue_bytes", 262144)  # a small file system has less
        self.store = Store(volume, self.log, fram, budget_bytes)
        self.events = EventLog(volume, self.store.boot_number, fram=fram)
        if getattr(hardware, "warning", ""):
            self.log(LOG_ERROR, "board", hardware.warning)
        self._switching_left = 255
        self.reset_cause = self._find_cause()
        self.events.add(EV_BOOT, 0, self.reset_cause)

    def _build_core(self, factory: "list[tuple[str, str]]", now: int) -> ChargePoint:
        """Build the core; a factory setting that it refuses is named in the log and all of them are left out."""
        boot_number = self.store.boot_number
        try:
            return ChargePoint(self.product, self.store, boot_number, now, factory, self.reset_cause)
        except ValueError as error:
            self.log(LOG_ERROR, "setup", "%s: no factory setting is used, correct it" % error)
            return ChargePoint(self.product, self.store, boot_number, now, (), self.reset_cause)

    def _build_connectors(self, now: int) -> Latches:
        """The connectors' hardware, and what was latched there before this boot."""
        for parts in self.hardware.connectors:
            io = ConnectorIo(len(self.connectors) + 1, parts, self.connectors[-1].safety if self.connectors else None)
            io.start(self.store, now)
            self.connectors.append(io)
        return Latches(self.store, self.connectors)

    def _build_link(self, received: bytearray, to_send: bytearray) -> None:
        """The link to the central system, and who speaks over it."""
        hardware = self.hardware
        self._messages = messages = Calls(self.core, self.link_setup.on_link)
        random_bytes = getattr(hardware, "random_bytes", None) or os.urandom
        trace = getattr(hardware, "trace", None)
        self.link = link = Link(hardware.network, messages, received, to_send, random_bytes, trace, self.link_setup.clock_is_set)
        messages.link = link
        self.poller = select.poll()
        link.register(self.poller)

    def _build_turns(self, now: int) -> None:
        """Who gets a turn, and the watchdog over those that must not stand still."""
        hardware = self.hardware
        self.turns = turns = turns_of(self.connectors, getattr(hardware, "reader", None), self.core, self.link, self._messages, self.store)
        start_wdt = getattr(hardware, "start_wdt", None)
        self.wdt = start_wdt() if start_wdt is not None else None
        watched: "list[Any]" = [turn for turn in turns if turn.critical]
        watched.append(TickTurn(self.connectors[-1].safety))
        self.watchdog = Watchdog(self.wdt, watched, now)
        if getattr(hardware, "console", None):
            from chargepoint.runtime.console.console import Console
            from chargepoint.runtime.console.repl_server import ReplServer

            turns.append(Turn(PART_CONSOLE, ReplServer(Console(), self, self.contactor_closed)))
        for feature in self.core.features:
            if hasattr(feature, "HANDS"):  # it has a half that touches what core must not: runtime/features
                room = __import__("chargepoint.runtime.features." + feature.HANDS, None, None, ("Hands",))
                turns.append(Turn(PART_TRANSFERS, room.Hands(self, feature, now)))
        turns.append(Turn(PART_HOUSEKEEPING, self.housekeeping))

    @property
    def up_s(self) -> int:
        """Seconds since the start."""
        return self.housekeeping.up_s

    def _note(self, code: int, connector: int, arg: int) -> None:
        """The core's events go to the event log; the first time it is told sets the log's clock."""
        if code == EV_CLOCK_SET:
            self.events.set_utc(arg, self.up_s)
        else:
            self.events.add(code, connector, arg)

    def _find_cause(self) -> int:
        """Return why this boot happened: 0 power, 1 a reset that was asked for, 2 watchdog or crash."""
        cause = self.store.load("cause")
        if cause is not None and cause[0]:
            if len(cause) == 3:  # a reset does not give back what the hour has used up
                self.store.writes.keep(cause[1])
                self._switching_left = cause[2]
            self.store.save("cause", b"\0")
            return ASKED
        if "crash" in self.volume.names():
            return 2
        hardware_cause = getattr(self.hardware, "reset_cause", None)
        return hardware_cause() if hardware_cause is not None else 0

    def _read_setup(self) -> "Any":
        """Read the provisioning; the module that does it is dropped again, it is needed once a boot."""
        from chargepoint.runtime import provision

        setup = provision.Provision(provision.read_text(self.hardware, self.volume, self.log), self.log, self.product.CONFIGURATION)
        self.is_bench_only: bool = setup.rate(self.hardware, self.log)
        setup.roots = provision.read_roots(self.hardware, self.volume, self.log) if setup.url[:3] == "wss" else None
        del provision
        unload("chargepoint.runtime.provision", "chargepoint.drivers.calibration", "chargepoint.drivers.pilot_burst")
        return setup

    def contactor_closed(self) -> bool:
        """Whether a contactor is closed or about to be: no flash writes then. Allocates: none."""
        for c in self.core.connectors:
            if c.interlock.closing or c.interlock.closed:
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
        for turn in self.turns:
            try:
                turn.run(now)
                self._drain(now)
                turn.moved()
            except Exception as error:
                self._contain(turn, error)
        wait_ms = _LONGEST_WAIT_MS
        for turn in self.turns:
            wait_ms = min(wait_ms, turn.part.next_due(now))
        if self.exceptions != exceptions:
            wait_ms = max(wait_ms, _AFTER_EXCEPTION_MS)
        return wait_ms if wait_ms > 0 else 0

    def _contain(self, turn: Turn, error: Exception) -> None:
        """An exception ended a part's turn: count it, say it (the 1st, 2nd, 4th, 8th ... time), go on."""
        self.exceptions += 1
        if isinstance(error, MemoryError):
            gc.collect()
        if self.exceptions & (self.exceptions - 1):
            return
        from chargepoint.runtime.traceback_text import last_lines

        self.events.add(EV_EXCEPTION, 0, self.exceptions)
        self.log(LOG_ERROR, "app", "exception %d, in %s: %s" % (self.exceptions, turn.name, last_lines(error)))

    def _drain(self, now: int) -> None:
        """Carry out the core's commands. Allocates: none when there are none."""
        commands = self.core.commands
        while commands.take():
            op = commands.op
            connector = commands.connector
            arg = commands.arg
            if op == CMD_LINK_CONFIG:
                self.link_setup.configure()
            elif op == CMD_RESET:
                self.housekeeping.begin_reset(arg, now)
            else:
                if op == CMD_CLOSE:
                    self.store.contactor_closed(True)
                for io in self.connectors:
                    if io.connector == connector or not connector:
                        io.execute(op, arg, now)
