"""The whole virtual charger: one loop over time, the firmware, its network, the control socket and the console."""

from __future__ import annotations

import json
import os
import selectors
import sys
import time
from typing import Callable, Sequence

from tools.sim import bootloader, wire
from tools.sim.control import ControlServer
from tools.sim.firmware_port import FirmwarePort, FlashTiming
from tools.sim.flash import Memory, PowerFailed
from tools.sim.invariants import Invariants
from tools.sim.network import Network
from tools.sim.pacer import Pacer
from tools.sim.process import Console, Process
from tools.sim.provisioning import ProductionData
from tools.sim.record import Record
from tools.sim.skip import Skip
from tools.sim.world import World

RESET_MS = 300  # from reset to the start of the program
HANG_CHECK_S = 0.1
IDLE_STEP_S = 0.05


class Simulation:
    """Owns the parts. `status` is what the control socket calls `firmware`: running, off, resetting or crashed."""

    def __init__(self, world: World, memory: Memory, speed: float, launch: Sequence[str], production: ProductionData, record: Record,
                 control: tuple[str, int]) -> None:
        """Open the control socket. Raises OSError."""
        self.world = world
        self.memory = memory
        self.pacer = Pacer(speed)
        self.record = record
        self.timing = FlashTiming()
        self.status = "off"
        self.crashed = False
        self.ended = False
        self._launch = launch
        self._production = production
        self._selector = selectors.DefaultSelector()
        self.network = Network(self._selector, self._received, self._sent)
        self.console = Console(self._wake, self.log)
        self.control = ControlServer(self._selector, control, self)
        self.invariants = Invariants(world, self.say)
        self._process: Process | None = None
        self._port: FirmwarePort | None = None
        self._woken = False
        self._hold_until_s = 0.0
        self._reset_wanted: str | None = None
        self._hung = False
        self._on_trial = False  # the slot that runs
        self._skip: Skip | None = None
        world.hang_firmware = self._hang
        world.reset_firmware = self._want_reset
        for descriptor in self.console.descriptors:
            self._selector.register(descriptor, selectors.EVENT_READ, self.console.pump)

    # output

    def say(self, event: dict[str, object]) -> None:
        """One JSON object on standard output."""
        try:
            sys.stdout.write(json.dumps(event) + "\n")
            sys.stdout.flush()
        except OSError:
            pass  # nobody reads any more: the control socket still says everything

    def log(self, text: str) -> None:
        """A line of the log, on standard error, with the simulated time."""
        try:
            for line in text.splitlines():
                sys.stderr.write("%10.3f %s\n" % (self.time_s, line))
            sys.stderr.flush()
        except OSError:
            pass  # nobody reads the log

    @property
    def time_s(self) -> float:
        """Simulated seconds since the world began."""
        return self.world.schedule.now_ms / 1000

    @property
    def firmware_pid(self) -> int | None:
        """Process id of the firmware, None while it is off."""
        return self._process.pid if self._process is not None else None

    # the firmware's life

    def start_firmware(self, cause: str) -> None:
        """Let the board start. Raises OSError."""
        self.world.boot(cause)
        self.network.board_started()
        try:
            start = bootloader.choose(self.memory, self._launch, self.log)
        except PowerFailed:
            self.power(False)
            return
        self._on_trial = start.on_trial
        self._process = Process(start.arguments, self.console)
        self._port = FirmwarePort(self._process, self.world, self.memory, self.network, self._production, self.timing, self.log,
                                  self.record.add, lambda: self.power(False))
        self._selector.register(self._process.channel, selectors.EVENT_READ, self._channel_ready)
        self._selector.register(self._process.log, selectors.EVENT_READ, self._log_ready)
        self.status = "running"
        self._hung = False
        self._reset_wanted = None

    def _stop_process(self) -> None:
        process, port, self._process, self._port = self._process, self._port, None, None
        if process is None or port is None:
            return
        port.end()
        self._selector.unregister(process.channel)
        self._selector.unregister(process.log)
        process.kill()
        self._drain_log(process)
        process.close()
        self.network.board_lost()
        self.world.mark_fault("firmware_hang", False, None)

    def power(self, on: bool) -> None:
        """Mains off or on."""
        if on == self.world.mains.on:
            return
        if not on:
            self._stop_process()
            self.world.power(False)
            self.status = "off"
        else:
            self.world.power(True)
            self.start_firmware("power")

    def set_link(self, up: bool) -> None:
        """Pull the Ethernet cable out or put it back."""
        self.world.set_link(up)
        self.network.cable(up)
        self._woken = True

    def _want_reset(self, cause: str) -> None:
        if self._reset_wanted is None:
            self._reset_wanted = cause

    def _reset(self) -> None:
        cause, self._reset_wanted = self._reset_wanted, None
        assert cause is not None
        self.log("board reset: %s" % cause)
        self._stop_process()
        self.world.stop()
        self.status = "resetting"
        self.world.schedule.after(RESET_MS, lambda: self._start_after_reset(str(cause)))

    def _start_after_reset(self, cause: str) -> None:
        if self.status == "resetting":
            self.start_firmware(cause)

    def _hang(self, on: bool) -> None:
        if self._process is not None:
            self._process.freeze(on)

    def _process_ended(self) -> None:
        assert self._process is not None
        code = self._process.wait_exit()
        self._stop_process()
        if self._reset_wanted is None and self._on_trial:
            self.log("the firmware on trial has ended: the bootloader's watchdog resets")
            self._want_reset("watchdog")
        elif self._reset_wanted is None:
            self.status = "crashed"
            self.crashed = True
            self.say({"event": "crashed", "time_s": self.time_s, "exit": code})

    def _channel_ready(self) -> None:
        if self._process is None or self._port is None:
            return
        try:
            data = self._process.channel.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._port.receive(data)
        else:
            self._process_ended()

    def _log_ready(self) -> None:
        if self._process is not None:
            self._drain_log(self._process)

    def _drain_log(self, process: Process) -> None:
        data = process.log.read()
        if data:
            self.log(data.decode("utf-8", "replace"))

    # what ends a wait early

    def _wake(self) -> None:
        self._woken = True

    def _received(self) -> None:
        self._woken = True
        self._hold_until_s = 0.0
        if self._skip is not None:
            self._skip.stir()

    def _sent(self, answer_due_s: float) -> None:
        if (self.pacer.speed > 1 or self._skip is not None) and answer_due_s:
            self._hold_until_s = time.monotonic() + answer_due_s

    # time

    def _target_ms(self) -> int:
        now_ms = self.world.schedule.now_ms
        if self._hold_until_s:
            if time.monotonic() < self._hold_until_s:
                self.pacer.hold(now_ms)
                return now_ms
            self._hold_until_s = 0.0
        if self._skip is not None:
            self.pacer.hold(now_ms)
            alone = self.status in ("off", "crashed")  # nobody who could answer
            return self._skip.end_ms if alone else min(self._skip.end_ms, now_ms + wire.WINDOW_MS_MAX)
        return self.pacer.target_ms(now_ms)

    def skip(self, seconds: float) -> None:
        """Let time pass quickly until `skipping` is False."""
        self._skip = Skip(self.world, seconds)

    @property
    def skipping(self) -> bool:
        """A skip is under way."""
        return self._skip is not None

    def _stride(self, port: FirmwarePort) -> bool:
        """A stride of a skip, if there is one under way and all is quiet; says whether it was made."""
        if self._skip is None or not port.waits or port.until_ms is None or self._woken or self._hold_until_s:
            return False
        return self._skip.stride(port.until_ms)

    def step(self) -> float:
        """Let time pass as far as it may; returns the real seconds until there is more to do."""
        world = self.world
        if self._reset_wanted is not None:
            self._reset()
        if self._skip is not None and self._skip.over:
            self._skip = None
            self.pacer.hold(world.schedule.now_ms)
        port = self._port
        if self._process is not None and self._process.stopped:
            world.advance(self._target_ms())  # no answer now: when it goes on, it must find its inputs as they are then
            return IDLE_STEP_S / max(1.0, self.pacer.speed / 10)
        if port is not None and port.until_ms is None:
            assert self._process is not None
            if not self._process.hung():
                if world.schedule.now_ms > 0:
                    self._target_ms()
                return HANG_CHECK_S
            if not self._hung:
                self._hung = True
                self.log("the firmware does not run: the world goes on without it")
        elif port is not None:
            self._hung = False
        target_ms = self._target_ms()
        if port is None or port.until_ms is None:
            world.advance(target_ms)
            return 0.0 if self.skipping else IDLE_STEP_S / max(1.0, self.pacer.speed / 10)
        until_ms = port.until_ms
        if not self._stride(port):
            world.advance(min(until_ms, max(target_ms, world.schedule.now_ms)))
        if self._reset_wanted is not None or self._port is not port:
            return 0.0
        if world.schedule.now_ms >= until_ms or self._woken:
            self._woken = False
            port.reply_inputs(wire.WINDOW_MS_MAX if self.skipping else self.pacer.window_ms(wire.WINDOW_MS_MAX))
            return HANG_CHECK_S
        if self._hold_until_s:
            return max(0.0, self._hold_until_s - time.monotonic())
        return 0.0 if self.skipping else self.pacer.seconds_until(until_ms)

    def begin(self) -> None:
        """Switch the charger on and say where it is to be found. Raises OSError."""
        self.start_firmware("power")
        self.say({"event": "ready", "control": self.control.address, "pid": os.getpid(), "firmware_pid": self.firmware_pid,
                  "repl": self.console.path})

    def run(self) -> None:
        """Go on until `ended`."""
        while not self.ended:
            if self.control.pending and self.quiet():
                self.control.process()
            timeout = 0.0 if self.control.pending and self.quiet() else self.step()
            for key, _ in self._selector.select(timeout):
                action: Callable[[], None] = key.data
                action()

    def quiet(self) -> bool:
        """Commands may act now: the firmware waits, or there is none that could run ahead of the world."""
        if self._port is None or self._process is None or not self._process.spoke:
            return True
        return self._port.until_ms is not None or self._hung

    def close(self) -> None:
        """End the firmware and let go of everything."""
        self._stop_process()
        self.network.close()
        self.control.close()
        self.console.close()
        self.record.close()
        self._selector.close()
