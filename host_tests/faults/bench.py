"""A bench for driver tests on CPython: the `machine` API on top of the chip models, one clock for all of them."""

from __future__ import annotations

from typing import Any, Optional

from chargepoint.drivers.contactor import Contactor
from chargepoint.drivers.energy_register import EnergyRegister
from chargepoint.drivers.fram import Fram
from chargepoint.drivers.meter_spi import Atm90e32
from chargepoint.drivers.parts import ConnectorParts
from chargepoint.drivers.pilot import Pilot
from chargepoint.runtime.hardware.connector_io import ConnectorIo
from tools.sim.chips import atm90e32, fram

START_MS = 2**30 - 5000  # five seconds before the ticks wrap


class Clock:
    """Milliseconds since the start, and the ticks that firmware sees."""

    def __init__(self) -> None:
        self.ms = 0

    @property
    def now(self) -> int:
        return (START_MS + self.ms) % 2**30

    @property
    def us(self) -> int:
        return self.ms * 1000


class ModelUart:
    """machine.UART whose far end is a reader model; the input buffer overflows as on a board."""

    def __init__(self, clock: Clock, model: Any, capacity: int = 256) -> None:
        self.clock = clock
        self.model = model
        self.capacity = capacity
        self.buffer = bytearray()
        self.written: list[bytes] = []

    def any(self) -> int:
        self.buffer += self.model.read(self.clock.us)
        del self.buffer[self.capacity :]
        return len(self.buffer)

    def readinto(self, buf: bytearray, count: int) -> Optional[int]:
        data = self.buffer[:count]
        buf[: len(data)] = data
        del self.buffer[:count]
        return len(data) or None

    def write(self, data: bytes) -> int:
        self.written.append(bytes(data))
        self.model.write(bytes(data), self.clock.us)
        return len(data)


class ModelSpi:
    """machine.SPI and the chip-select pin in one: every write_readinto must lie inside one CS-low."""

    def __init__(self, clock: Clock, model: Any) -> None:
        self.clock = clock
        self.model = model
        self.selected = False
        self.transfers = 0

    def value(self, level: int) -> None:
        if level == 0:
            self.model.select(self.clock.us)
        elif self.selected:
            self.model.deselect(self.clock.us)
        self.selected = level == 0

    def write_readinto(self, out: bytearray, into: bytearray) -> None:
        assert self.selected, "SPI transfer without chip-select"
        self.transfers += 1
        into[:] = self.model.clock(bytes(out))


class ModelI2c:
    """machine.I2C with one FRAM."""

    def __init__(self, model: fram.Fram, address: int = 0x50) -> None:
        self.model = model
        self.address = address

    def readfrom_mem_into(self, address: int, memory: int, buf: Any, *, addrsize: int = 8) -> None:
        if address == 0x7C:
            buf[:] = self.model.device_id(memory >> 1)
            return
        assert address == self.address and addrsize == 16
        buf[:] = self.model.read(memory, len(buf))

    def writeto_mem(self, address: int, memory: int, buf: Any, *, addrsize: int = 8) -> None:
        assert address == self.address and addrsize == 16
        self.model.write(memory, bytes(buf))


class Line:
    """A pin that somebody sets and somebody reads; counts edges."""

    def __init__(self, level: int = 0) -> None:
        self.level = level
        self.edges = 0

    def value(self, level: Optional[int] = None) -> int:
        if level is not None:
            self.edges += level != self.level
            self.level = level
        return self.level


class Car:
    """Pilot source, car and contactor as physics: resistor, diode, one-shot, operate and release times, mirror."""

    RESISTORS = {"A": None, "B": 2740.0, "C": 882.0, "D": 246.0}

    def __init__(self, clock: Clock, samples: int = 32) -> None:
        self.clock = clock
        self.state = "A"
        self.diode = True
        self.shorted = False
        self.duty = 65535
        self.samples = samples
        self._sample = 0
        self.level = 0
        self.edge_ms = -1000
        self.clear_level: Optional[int] = None  # None: the line is not fitted
        self.one_shot_ms = 60
        self.operate_ms = 20
        self.release_ms = 25
        self.edges = 0
        self.closed = False
        self.moving_ms: Optional[int] = None
        self.welded = False
        self.stuck_open = False
        self.mirror_cut = False
        self.adc_dead = False
        self.opened_ms = 0

    # PWM and ADC
    def duty_u16(self, duty: Optional[int] = None) -> int:
        if duty is not None:
            self.duty = duty
        return self.duty

    def plateau_mv(self, high: bool) -> int:
        if self.shorted:
            return 0
        source = 12000 if high else -12000
        resistor = self.RESISTORS[self.state]
        if resistor is None or not high and self.diode:
            return source
        drop = 700 if self.diode else 0
        return round(drop + (source - drop) * resistor / (resistor + 1000)) if high else round(source * resistor / (resistor + 1000))

    def read_u16(self) -> int:
        if self.adc_dead:
            return 0
        high = self._sample * 65536 // self.samples < self.duty
        self._sample = (self._sample + 1) % self.samples
        return (self.plateau_mv(high) + 15464) * 1024 // 496

    # coil pin and mirror pin
    class _Coil:
        def __init__(self, car: "Car") -> None:
            self.car = car

        def value(self, level: int) -> None:
            if level != self.car.level:
                self.car.level = level
                self.car.edge_ms = self.car.clock.ms
                self.car.edges += 1

    class _Clear:
        def __init__(self, car: "Car") -> None:
            self.car = car

        def value(self, level: int) -> None:
            self.car.clear_level = int(level)
            if not level:
                self.car.edge_ms = -1000  # the pulse is over

    class _Mirror:
        def __init__(self, car: "Car") -> None:
            self.car = car

        def value(self) -> int:
            return int(self.car.closed or self.car.mirror_cut)

    @property
    def coil(self) -> "Car._Coil":
        return Car._Coil(self)

    @property
    def clear(self) -> "Car._Clear":
        return Car._Clear(self)

    @property
    def mirror(self) -> "Car._Mirror":
        return Car._Mirror(self)

    def step(self) -> None:
        """One millisecond of contactor."""
        energised = self.clock.ms - self.edge_ms < self.one_shot_ms and self.clear_level != 0
        target = self.welded or energised and not self.stuck_open
        if self.welded:
            self.closed = True
            return
        if target == self.closed:
            self.moving_ms = None
            return
        if self.moving_ms is None:
            self.moving_ms = self.clock.ms
        if self.clock.ms - self.moving_ms >= (self.operate_ms if target else self.release_ms):
            self.closed = target
            self.moving_ms = None
            if not target:
                self.opened_ms = self.clock.ms


class Core:
    """Records the events that core would get."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []
        self.faults: set[int] = set()
        self.energies: list[int] = []
        self.readings = 0

    def on_pilot(self, connector: int, state: int, now: int) -> None:
        self.events.append(("pilot", connector, state))

    def on_contactor(self, connector: int, closed: bool, now: int) -> None:
        self.events.append(("contactor", connector, closed))

    def on_fault(self, connector: int, code: int, active: bool, now: int) -> None:
        self.events.append(("fault", connector, code, active))
        if active:
            self.faults.add(code)
        else:
            self.faults.discard(code)

    def on_meter(self, connector: int, reading: Any, now: int) -> None:
        self.readings += 1
        self.energies.append(reading.energy_mwh)

    def on_card(self, id_tag: str, now: int) -> None:
        self.events.append(("card", id_tag))

    def on_lock(self, connector: int, locked: bool, now: int) -> None:
        self.events.append(("lock", connector, locked))

    def on_limit(self, connector: int, cause: int, max_ma: int, now: int) -> None:
        self.events.append(("limit", connector, cause, max_ma))

    def on_hold(self, connector: int, cause: int, now: int) -> None:
        self.events.append(("hold", connector, cause))

    def named(self, what: str) -> list[tuple[Any, ...]]:
        """The events of one kind, in order."""
        return [event for event in self.events if event[0] == what]


class Charger:
    """One connector on models: mains, car, meter, FRAM; `run` lets time pass in steps of a millisecond."""

    def __init__(self, data: Optional[bytearray] = None, **parts: Any) -> None:
        self.clock = Clock()
        self.car = Car(self.clock)
        self.chip = atm90e32.Atm90e32()
        self.fram = fram.Fram(data)
        self.core = Core()
        self.voltage = 230.0
        self.draw = 16.0  # what the car takes while the contacts are closed and it asks
        self.leak = 0.0  # what flows past the contacts
        self.temperature = 25
        self.stop_line = Line()
        spi = ModelSpi(self.clock, self.chip)
        self.parts = ConnectorParts(
            Pilot(self.car, self.car, samples=self.car.samples),
            Contactor(self.car.coil, self.car.mirror, self.car.clear),
            Atm90e32(spi, spi),
            EnergyRegister(Fram(ModelI2c(self.fram))),
            emergency_stop=self.stop_line,
            **{"rated_ma": 32000, "calibrated": True, **parts},
        )
        self.io = ConnectorIo(1, self.parts)
        self.io.start(None, self.clock.now)
        self.loop_stopped = False
        self.tick_stopped = False
        self.chip_ws = 0.0  # watt seconds that flowed

    def amperes(self) -> float:
        return self.leak + (self.draw if self.car.closed and self.car.state == "C" else 0.0)

    def run(self, ms: int) -> None:
        """Let simulated time pass: physics each ms, the tick each 10 ms, the loop each 50 ms."""
        for _ in range(ms):
            self.clock.ms += 1
            self.car.step()
            if self.clock.ms % 10 == 0:
                current = self.amperes()
                self.chip.set_physical([self.voltage], [current], [self.voltage * current], 50.0, self.temperature)
                self.chip.advance(0.01)
                self.chip_ws += self.voltage * current * 0.01
                if not self.tick_stopped:
                    self.io.safety.tick()
            if self.clock.ms % 50 == 0 and not self.loop_stopped:
                self.io.service(self.core, self.clock.now)  # type: ignore[arg-type]

    def idle(self, days: float) -> None:
        """Let days pass with a pass of the loop each hour, and the ticks that debounce what it sees."""
        for _ in range(int(days * 24)):
            self.clock.ms += 3_600_000
            for _ in range(6):
                self.io.safety.tick()
            self.io.service(self.core, self.clock.now)  # type: ignore[arg-type]
        self.run(2000)

    def charge(self) -> None:
        """Plug in, offer 16 A, close, and check that it charges."""
        self.run(6000)
        self.car.state = "B"
        self.run(600)
        self.io.execute(3, 16000, self.clock.now)
        self.run(100)
        self.car.state = "C"
        self.io.execute(2, 0, self.clock.now)
        self.run(400)
        assert self.car.closed, "did not close"
        assert ("contactor", 1, True) in self.core.events


def open_time(charger: Charger, limit_ms: int = 200) -> int:
    """Milliseconds from now until the contacts are open."""
    for ms in range(limit_ms):
        if not charger.car.closed:
            return ms
        charger.run(1)
    raise AssertionError("still closed after %d ms" % limit_ms)
