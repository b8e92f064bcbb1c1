"""The physical world around the firmware: all parts, what time does to them, and what of it the firmware sees."""

from __future__ import annotations

from typing import Callable

from tools.sim import wire
from tools.sim.board_io import BoardIo
from tools.sim.connector import Connector, ConnectorKind
from tools.sim.flash import Memory
from tools.sim.history import History
from tools.sim.mains import Mains
from tools.sim.reader import Reader
from tools.sim.schedule import Entry, Schedule
from tools.sim.tolerances import NOMINAL, Tolerances

I2C_NACK = 5  # EIO, as machine.I2C raises
FRAM_ADDRESS = 0x50
FRAM_ID_ADDRESS = 0x7C
FRAM_ID = b"\x00\xA5\x10"

CAUSES = {"power": 1, "reset": 2, "watchdog": 3, "soft": 5}


class World:
    """All parts. Time advances only through `advance`; operations of the firmware arrive through `operate`."""

    def __init__(self, kinds: list[ConnectorKind], memory: Memory, tolerances: Tolerances = NOMINAL) -> None:
        self.tolerances = tolerances
        self.schedule = Schedule()
        self.history = History(self.schedule)
        self.mains = Mains()
        self.memory = memory
        self.connectors = [Connector(n + 1, kind, self.schedule, self.history, self.mains, tolerances) for n, kind in enumerate(kinds)]
        self.reader = Reader(self.schedule, self.history)
        self.io = BoardIo(self.schedule, self.connectors, self.reader, self._led_changed)
        self.link = True
        self.leds = {connector.number: "off" for connector in self.connectors}
        self.fram_dead = False
        self.faults: set[str] = set()
        self.block_ms = 0  # a blocking call that the firmware is to model next
        self.block_interrupts = True
        self.skipped_s = 0.0  # simulated time that took no real time
        self.tick_stands_until_ms = -1  # interrupts are off until then: a flash operation, a blocking call
        self.heap: dict[str, int] | None = None
        self.boot_ms = 0
        self.boot_cause = "power"
        self.boots = 0
        self.hang_firmware: Callable[[bool], None] = lambda on: None
        self.reset_firmware: Callable[[str], None] = lambda cause: None
        self._watchdog_ms = 0
        self._watchdog: Entry | None = None
        self._fed_ms = 0

    # time

    def advance(self, to_ms: int) -> None:
        """Let time pass until `to_ms`: power flows, and what is due happens."""
        schedule = self.schedule
        while schedule.now_ms < to_ms:
            due = schedule.next_ms()
            step_ms = to_ms if due is None or due > to_ms else due
            if step_ms > schedule.now_ms:
                for connector in self.connectors:
                    connector.flow(step_ms - schedule.now_ms)
                schedule.now_ms = step_ms
            schedule.run_due()
        schedule.run_due()

    def horizon_ms(self, window_ms: int) -> int:
        """Until when no input of the firmware changes by itself, at most `window_ms` from now."""
        limit = self.schedule.visible_ms(self.schedule.now_ms + window_ms)
        reader = self.reader.next_ms()
        return limit if reader is None else max(self.schedule.now_ms, min(limit, reader))

    def calm_until_ms(self, limit_ms: int) -> int:
        """Until when nothing happens that the firmware could see, at most `limit_ms`, if it goes on as it does."""
        limit_ms = self.schedule.visible_ms(limit_ms, kept_away=True)
        reader = self.reader.next_ms()
        return limit_ms if reader is None else min(limit_ms, reader)

    def keep_up(self, to_ms: int) -> None:
        """Until then the firmware goes on with what holds off its watchdog and holds its coils."""
        self._fed_ms = to_ms
        for connector in self.connectors:
            connector.contactor.keep_up(to_ms)

    # the board's life

    def boot(self, cause: str) -> None:
        """The board starts from reset."""
        self.boot_ms = self.schedule.now_ms
        self.boot_cause = cause
        self.boots += 1
        self.heap = None
        self.history.add(0, "boot", self.boots - 1, self.boots, cause=cause)

    def stop(self) -> None:
        """The controller no longer drives anything: reset or no supply."""
        self.io.release()
        self._watchdog_ms = 0
        if self._watchdog is not None:
            self._watchdog.cancel()

    def power(self, on: bool) -> None:
        """The mains, and with it the supply of every part of the charger."""
        if on == self.mains.on:
            return
        self.history.add(0, "power", self.mains.on, on)
        self.mains.on = on
        if not on:
            self.stop()
            self.reader.power_cycle()
        for connector in self.connectors:
            connector.contactor.supply(on and not self.io.emergency_stop)
            if on:
                connector.meter.power_cycle(self.schedule.now_ms * 1000)
            connector.refresh()

    def set_link(self, up: bool) -> None:
        """The Ethernet cable."""
        if up != self.link:
            self.history.add(0, "link", self.link, up)
            self.link = up

    def emergency_stop(self, on: bool) -> None:
        """The button is pressed or pulled out again; its loop takes the supply from the coils by itself."""
        self.io.emergency_stop = on
        for connector in self.connectors:
            connector.contactor.supply(self.mains.on and not on)

    def mark_fault(self, name: str, on: bool, connector: Connector | None) -> None:
        """Keep the list of faults that are in."""
        active = self.faults if connector is None else connector.faults
        changed = (name in active) != on
        if on:
            active.add(name)
        else:
            active.discard(name)
        if changed:
            self.history.add(connector.number if connector else 0, "fault", None if on else name, name if on else None)

    def _led_changed(self, number: int) -> None:
        """Three pins make a colour: look at it when all writes of this moment are done."""
        self.schedule.after(0, lambda: self._see_led(number), 1000)

    def _see_led(self, number: int) -> None:
        colour = self.io.led(number)
        if colour != self.leds[number]:
            self.history.add(number, "led", self.leds[number], colour)
            self.leds[number] = colour

    def interrupts_off(self, duration_ms: int) -> None:
        """The safety tick cannot run for so long from now on."""
        self.tick_stands_until_ms = max(self.tick_stands_until_ms, self.schedule.now_ms + duration_ms)

    # the firmware's side

    def operate(self, code: int, a: int, b: int) -> None:
        """Carry out one operation of the firmware, now."""
        if code == wire.OP_UART:
            self.io.write_uart(b)
            return
        self.io.flush_uart()
        if code == wire.OP_PIN:
            self.io.write_pin(a, b)
        elif code == wire.OP_PWM:
            self.io.write_pwm(a, b)
        elif code == wire.OP_MODE:
            self.io.mode_seen.add(a)
        elif code == wire.OP_UART_INIT:
            self.reader.configure(b * 100)
        elif code == wire.OP_WDT:
            self._watchdog_ms = b
            self._feed()
        elif code == wire.OP_FEED:
            self._feed()
        elif code == wire.OP_RESET:
            self.reset_firmware("soft" if a else "reset")
        elif code == wire.OP_HEAP:
            self._heap(a, b * 32)

    def _heap(self, which: int, size: int) -> None:
        if self.heap is None:
            self.heap = {"free": 0, "used": 0, "peak": 0}
        self.heap[("free", "used", "peak")[which]] = size
        self.heap["peak"] = max(self.heap["peak"], self.heap["used"])

    def _feed(self) -> None:
        self._fed_ms = self.schedule.now_ms
        if self._watchdog_ms and (self._watchdog is None or self._watchdog.action is None):
            self._watchdog = self.schedule.after(self._watchdog_ms, self._watch, kept=True)

    def _watch(self) -> None:
        self._watchdog = None
        end_ms = self._fed_ms + self._watchdog_ms
        if self.schedule.now_ms < end_ms:
            self._watchdog = self.schedule.at(end_ms, self._watch, kept=True)
        else:
            self.reset_firmware("watchdog")

    def i2c(self, address: int, arguments: list[int], data: bytes) -> tuple[int, bytes]:
        """A transfer on the I2C bus; returns the status and the bytes read."""
        memory, _, size = (arguments + [0, 0, 0])[:3]
        if self.fram_dead or address not in (FRAM_ADDRESS, FRAM_ID_ADDRESS):
            return I2C_NACK, bytes(size)
        if address == FRAM_ID_ADDRESS:
            return 0, FRAM_ID[:size].ljust(size, b"\0")
        if data:
            self.memory.fram_write(memory, data)
            return 0, b""
        fram = self.memory.fram
        return 0, bytes(fram[(memory + n) % len(fram)] for n in range(size))

    def inputs_reply(self, window_ms: int) -> bytes:
        """The answer to a SYNC as the inputs are now."""
        self.io.flush_uart()
        uart = self.reader.read(wire.UART_BYTES_A_REPLY)
        now = self.schedule.now_ms - self.boot_ms
        horizon = self.horizon_ms(window_ms) - self.boot_ms
        flags = (wire.FLAG_LINK if self.link else 0) | CAUSES[self.boot_cause] << 4
        if self.block_ms:
            flags |= self.block_ms << 16 | (wire.FLAG_INTERRUPTS if self.block_interrupts else 0)
            if not self.block_interrupts:
                self.interrupts_off(self.block_ms + wire.WINDOW_MS_MAX)  # it begins when the firmware has come to it
            self.block_ms = 0
        channels = self.io.channels()
        channels[wire.PHASE_CHANNEL], channels[wire.LOADS_CHANNEL] = self._pace()
        return wire.inputs_reply(now, horizon, flags, self.io.inputs(), self.io.quiet_pins(), self.io.duties(), channels, uart)

    def _pace(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Where in its period the pilot is now, and what the controller needs time for, as two words of the reply."""
        parts = self.tolerances
        phase_us = int(parts.pwm_phase_us + self.schedule.now_ms * parts.pwm_drift_ppm / 1000) % 1000
        return (phase_us, 0), (parts.pass_ms | parts.tick_ms << 8, parts.reading_us | parts.preempted << 8)
