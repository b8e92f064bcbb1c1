"""A chip that was in the middle of a byte when the microcontroller was reset: SDA low until it has had its clocks."""

from chargepoint.drivers.i2c_bus import free_bus


class Bus:
    """Two wires and a slave that holds SDA low for so many falling edges of SCL."""

    def __init__(self, held: int) -> None:
        self.held = held
        self.clocks = self.stops = 0
        self.master = [1, 1]  # SCL, SDA: 0 = pulled low by us

    def sda_level(self) -> int:
        return 0 if self.held or not self.master[1] else 1


class Wire:
    """One of them as an open drain."""

    def __init__(self, bus: Bus, which: int) -> None:
        self._bus = bus
        self._which = which

    def value(self, level: int = -1) -> "int | None":
        bus = self._bus
        if level < 0:
            return bus.sda_level() if self._which else bus.master[0]
        before = bus.sda_level()
        if not self._which and not level and bus.master[0]:
            bus.clocks += 1
            bus.held = max(0, bus.held - 1)
        bus.master[self._which] = level
        if self._which and bus.master[0] and not before and bus.sda_level():
            bus.stops += 1
        return None


def freed(held: int) -> "tuple[Bus, bool]":
    bus = Bus(held)
    return bus, free_bus(Wire(bus, 0), Wire(bus, 1), lambda us: None)


def test_a_held_bus_is_clocked_free_at_any_bit() -> None:
    for held in range(1, 10):
        bus, free = freed(held)
        assert free and bus.clocks == held and bus.stops == 1, held


def test_an_idle_bus_gets_no_clock() -> None:
    bus, free = freed(0)
    assert free and bus.clocks == 0


def test_a_wire_that_stays_low_is_said() -> None:
    bus, free = freed(1000)
    assert not free and bus.clocks == 9
