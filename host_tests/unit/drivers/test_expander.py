"""MCP23008 and MCP23017: registers, safe order, a chip that is gone."""

from chargepoint.drivers.expander import Expander


class Bus:
    """A chip's registers behind I2C; `dead` makes it not acknowledge."""

    def __init__(self) -> None:
        self.memory = bytearray(b"\xff\xff" + bytes(30))
        self.writes: "list[tuple[int, int, bytes]]" = []
        self.dead = False
        self.reads = 0

    def readfrom_mem_into(self, address: int, memory: int, buf: "bytearray | memoryview", *, addrsize: int = 8) -> None:
        self.reads += 1
        if self.dead:
            raise OSError(5)
        buf[:] = self.memory[memory : memory + len(buf)]

    def writeto_mem(self, address: int, memory: int, buf: "bytes | bytearray | memoryview", *, addrsize: int = 8) -> None:
        if self.dead:
            raise OSError(5)
        self.writes.append((address, memory, bytes(buf)))
        self.memory[memory : memory + len(buf)] = buf


def test_the_small_chip_is_set_up_low_before_it_drives() -> None:
    bus = Bus()
    chip = Expander(bus)
    lock = chip.output(0)
    switch = chip.input(2)
    chip.start()
    # GPPU 06h, OLAT 0Ah, then IODIR 00h (DS21919, table 1-2)
    assert bus.writes == [(0x20, 6, b"\xfe"), (0x20, 10, b"\x00"), (0x20, 0, b"\xfe")]
    lock.value(1)
    assert bus.memory[10] == 1
    lock.value(0)
    assert bus.memory[10] == 0
    bus.memory[9] = 0b100
    assert switch.value() == 1
    bus.memory[9] = 0
    assert switch.value() == 0


def test_the_large_chip_has_its_registers_in_pairs() -> None:
    bus = Bus()
    chip = Expander(bus, 0x21, wide=True)
    chip.output(1)
    far = chip.output(8)
    chip.start()
    # GPPUA 0Ch, OLATA 14h, IODIRA 00h with the bank bit clear (DS20001952, table 3-1)
    assert bus.writes == [(0x21, 0x0C, b"\xfd\xfe"), (0x21, 0x14, b"\x00\x00"), (0x21, 0, b"\xfd\xfe")]
    far.value(1)
    assert bus.memory[0x14:0x16] == b"\x00\x01"
    bus.memory[0x12:0x14] = b"\x01\x80"
    assert chip.input(0).value() == 1 and chip.input(15).value() == 1 and chip.input(9).value() == 0


def test_outputs_come_back_after_the_chip_was_reset() -> None:
    bus = Bus()
    chip = Expander(bus)
    light = chip.output(3)
    chip.start()
    bus.memory[0] = 0xFF  # all inputs: a glitch reset it
    light.value(1)
    assert bus.memory[0] == 0xF7 and bus.memory[10] == 8


def test_one_lost_reading_changes_nothing_three_read_as_unsafe() -> None:
    bus = Bus()
    chip = Expander(bus)
    stop = chip.input(0)
    chip.start()
    assert stop.value() == 0
    bus.dead = True
    assert [stop.value(), stop.value()] == [0, 0] and not chip.failed
    assert stop.value() == 1 and chip.failed
    tried = bus.reads
    assert [stop.value() for _ in range(50)] == [1] * 50
    assert bus.reads == tried, "a dead bus is left alone for a while"
    bus.dead = False
    assert stop.value() == 0 and not chip.failed


def test_an_output_on_a_dead_bus_does_not_raise() -> None:
    bus = Bus()
    chip = Expander(bus)
    pin = chip.output(0)
    bus.dead = True
    chip.start()
    assert pin.value(1) == 1 and chip.failed


def test_a_write_that_was_not_acknowledged_is_repeated_with_the_readings() -> None:
    for resting in (False, True):
        bus = Bus()
        chip = Expander(bus)
        motor = chip.output(0)
        switch = chip.input(2)
        chip.start()
        motor.value(1)
        bus.dead = True
        for _ in range(5 if resting else 0):
            switch.value()
        motor.value(0)
        assert bus.memory[10] == 1  # the motor still runs
        switch.value()
        bus.dead = False
        for _ in range(9):
            switch.value()
        assert bus.memory[10] == 0 and bus.memory[0] == 0xFE, resting
        writes = len(bus.writes)
        for _ in range(60):
            switch.value()
        assert len(bus.writes) == writes, "once it is acknowledged nothing is repeated"


def test_a_chip_that_wakes_late_is_set_up_whole() -> None:
    bus = Bus()
    chip = Expander(bus)
    light = chip.output(3)
    switch = chip.input(2)
    bus.dead = True
    chip.start()
    bus.dead = False
    light.value(1)
    switch.value()
    assert (bus.memory[6], bus.memory[10], bus.memory[0]) == (0xF7, 8, 0xF7)
