"""The wires between the firmware's pins and the parts of the world, by the pin numbers of boards/virtual/pins.py."""

from __future__ import annotations

from typing import Callable, Sequence

from boards.virtual import pins
from tools.sim import pilot, wire
from tools.sim.connector import Connector
from tools.sim.reader import Reader
from tools.sim.schedule import Schedule

LED_NAMES = {(0, 0, 0): "off", (1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 0): "yellow", (0, 1, 1): "cyan",
             (1, 0, 1): "magenta", (1, 1, 1): "white"}
STEADY_HIGH = 65535


def _inside(sample_u16: int) -> int:
    return min(65535 - 63, sample_u16)


class BoardIo:
    """Levels of all pins, and what they mean."""

    def __init__(self, schedule: Schedule, connectors: Sequence[Connector], reader: Reader, led_changed: Callable[[int], None]) -> None:
        self._schedule = schedule
        self._connectors = connectors
        self._reader = reader
        self._led_changed = led_changed
        self.emergency_stop = False
        self._levels = [0] * 64
        self._uart_out = bytearray()
        self._spi_select: Connector | None = None
        self.mode_seen: set[int] = set()

    def release(self) -> None:
        """All pins float, as in reset: pulled low, the pilot at +12 V by its own pull-up."""
        self._uart_out.clear()
        self.mode_seen.clear()
        for number, level in enumerate(self._levels):
            if level:
                self.write_pin(number, 0)
        for connector in self._connectors:
            connector.pilot_duty(1000)

    # outputs of the firmware

    def write_pin(self, number: int, level: int) -> None:
        """An output pin changes its level."""
        self._levels[number] = level
        led = (number - pins.LED_RED) // pins.LEDS_A_CONNECTOR
        if 0 <= led < len(self._connectors):
            self._led_changed(led + 1)
            return
        index, role = divmod(number, pins.PINS_A_CONNECTOR)
        if not 1 <= index <= len(self._connectors):
            return
        connector = self._connectors[index - 1]
        if role == pins.COIL:
            connector.contactor.drive(level)
        elif role == pins.COIL_CLEAR:
            connector.contactor.clear(level)
        elif role == pins.RCD_TEST:
            connector.rcd.test(bool(level))
        elif role == pins.METER_CS:
            self._select(connector, not level)
        elif role in (pins.LOCK_MOTOR, pins.UNLOCK_MOTOR) and connector.lock is not None:
            connector.lock.drive(role - pins.LOCK_MOTOR, level)

    def _select(self, connector: Connector, on: bool) -> None:
        if on:
            self._spi_select = connector
            connector.meter.select(self._schedule.now_ms * 1000)
        elif self._spi_select is connector:
            self._spi_select = None
            connector.meter.deselect(self._schedule.now_ms * 1000)

    def write_pwm(self, number: int, duty_u16: int) -> None:
        """A PWM output changes its duty."""
        index, role = divmod(number, pins.PINS_A_CONNECTOR)
        if role != pins.PILOT_PWM or not 1 <= index <= len(self._connectors):
            return
        permille = 1000 if duty_u16 == STEADY_HIGH else round(duty_u16 * 1000 / 65535)
        self._connectors[index - 1].pilot_duty(permille or None)

    def write_uart(self, byte: int) -> None:
        """A byte for the reader; a run of them is handed over by `flush_uart`."""
        self._uart_out.append(byte)

    def flush_uart(self) -> None:
        """Hand over what was sent."""
        if self._uart_out:
            self._reader.write(bytes(self._uart_out))
            self._uart_out.clear()

    def spi(self, data: bytes) -> bytes:
        """Clock bytes through the bus; nobody selected reads FF."""
        if self._spi_select is None:
            return b"\xFF" * len(data)
        return self._spi_select.meter.clock(data)

    def led(self, connector: int) -> str:
        """Colour of a connector's status light."""
        first = pins.LED_RED + pins.LEDS_A_CONNECTOR * (connector - 1)
        red, green, blue = self._levels[first : first + 3]
        return LED_NAMES[red, green, blue]

    # inputs of the firmware

    def inputs(self) -> int:
        """Levels of the digital inputs, bit n = pin n. 1 is the unsafe meaning of a line."""
        bits = self.emergency_stop << pins.EMERGENCY_STOP
        for connector in self._connectors:
            base = pins.PINS_A_CONNECTOR * connector.number
            unlocked = connector.lock is None or connector.lock.state != "locked"
            bits |= (not connector.contactor.mirror) << base + pins.MIRROR
            bits |= connector.rcd.tripped << base + pins.RCD_TRIP
            bits |= unlocked << base + pins.LOCK_SWITCH
        return bits

    def quiet_pins(self) -> int:
        """Pins whose writes change no input of the firmware before the horizon: coils that are held, lamps."""
        bits = ((1 << pins.LEDS_A_CONNECTOR * len(self._connectors)) - 1) << pins.LED_RED
        for connector in self._connectors:
            base = pins.PINS_A_CONNECTOR * connector.number
            bits |= 1 << base + pins.METER_CS
            if connector.contactor.coil:
                bits |= 1 << base + pins.COIL
        return bits

    def channels(self) -> list[tuple[int, int]]:
        """High and low plateau of each ADC channel."""
        values = [(0, 0)] * wire.ADC_CHANNELS
        # The samples get noise of up to 63 added, so the plateaus stay away from the ends of the range.
        for connector in self._connectors:
            high, low = connector.pilot_volts
            n = connector.number - 1
            values[pins.PILOT_ADC - 48 + n] = (pilot.adc_u16(high), pilot.adc_u16(low))
            values[pins.PROXIMITY_ADC - 48 + n] = (_inside(connector.proximity_u16),) * 2
            values[pins.TEMPERATURE_ADC - 48 + n] = (_inside(connector.thermometer.adc_u16()),) * 2
        return values

    def duties(self) -> list[int]:
        """Share of the period for which each pilot is high."""
        return ([connector.duty_permille for connector in self._connectors] + [0, 0])[:2]
