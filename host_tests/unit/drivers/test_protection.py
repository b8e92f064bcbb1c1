"""Cable lock, proximity, temperature and status light. docs/hardware.md 4.6 and 4.7."""

from chargepoint.drivers.led import RgbLed, Ws2812
from chargepoint.drivers.lock import Lock
from chargepoint.drivers.proximity import Proximity, cable_limit_ma
from chargepoint.drivers.temperature import Mcp9808, Ntc, ntc_celsius

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

START = 2**30 - 2000


class Line:
    """A pin."""

    def __init__(self, level: int = 0) -> None:
        self.level = level

    def value(self, level: "Optional[int]" = None) -> int:
        if level is not None:
            self.level = level
        return self.level


class Bolt:
    """The lock's mechanics: moves in 200 ms unless jammed."""

    def __init__(self) -> None:
        self.close = Line()
        self.open = Line()
        self.switch = Line(1)
        self.jammed = False
        self.pulses = 0
        self.lock = Lock(self.close, self.open, self.switch)
        self.ms = 0
        self._moving = 0

    def run(self, ms: int) -> None:
        for _ in range(ms // 10):
            self.ms += 10
            assert not (self.close.level and self.open.level)
            if self.close.level or self.open.level:
                self._moving += 10
                self.pulses += self._moving == 10
                if self._moving >= 200 and not self.jammed:
                    self.switch.level = self.open.level
            else:
                self._moving = 0
            if self.ms % 50 == 0:
                self.lock.poll((START + self.ms) % 2**30)

    def now(self) -> int:
        return (START + self.ms) % 2**30


def test_the_lock_moves_both_ways_and_stops_its_motor() -> None:
    bolt = Bolt()
    bolt.run(100)
    assert not bolt.lock.locked and bolt.pulses == 0  # nobody has asked
    bolt.lock.lock(bolt.now())
    bolt.run(400)
    assert bolt.lock.locked and bolt.close.level == 0 and bolt.pulses == 1
    bolt.lock.unlock(bolt.now())
    bolt.run(400)
    assert not bolt.lock.locked and bolt.open.level == 0 and not bolt.lock.failed


def test_a_jammed_lock_is_tried_five_times() -> None:
    bolt = Bolt()
    bolt.jammed = True
    bolt.lock.lock(bolt.now())
    bolt.run(20_000)
    assert bolt.lock.failed and bolt.pulses == 5 and bolt.close.level == 0
    bolt.jammed = False
    bolt.lock.lock(bolt.now())
    bolt.run(1000)
    assert bolt.lock.locked and not bolt.lock.failed


def test_a_lock_that_springs_open_is_driven_back() -> None:
    bolt = Bolt()
    bolt.lock.lock(bolt.now())
    bolt.run(2000)
    bolt.switch.level = 1
    bolt.run(3000)
    assert bolt.lock.locked and bolt.pulses == 2


def test_a_lock_that_springs_open_after_days_is_driven_back_too() -> None:
    for days in (1, 6, 6.3, 7, 9, 12, 13):
        bolt = Bolt()
        bolt.lock.lock(bolt.now())
        bolt.run(2000)
        for _ in range(int(days * 24)):
            bolt.ms += 3600000
            bolt.lock.poll(bolt.now())
        bolt.switch.level = 1
        bolt.run(3000)
        assert bolt.lock.locked and bolt.pulses == 2, days


def test_one_wrong_reading_of_the_switch_is_nothing() -> None:
    bolt = Bolt()
    bolt.lock.lock(bolt.now())
    bolt.run(2000)
    for _ in range(2):
        bolt.switch.level = 1
        bolt.run(100)  # two polls
        bolt.switch.level = 0
        bolt.run(100)
        assert bolt.lock.locked and bolt.pulses == 1


def test_a_cut_wire_of_the_switch_reads_unlocked() -> None:
    bolt = Bolt()
    bolt.switch.level = 1
    bolt.run(100)
    assert not bolt.lock.locked


def test_cable_resistors_and_nothing_between() -> None:
    for ohm, limit_ma in ((1500, 13000), (680, 20000), (220, 32000), (100, 63000), (1000, 13000), (330, 20000), (150, 32000), (75, 63000),
                          (2200, 0), (10000, 0), (74, 0), (0, 0)):
        assert cable_limit_ma(ohm) == limit_ma, ohm


class Adc:
    """A steady code."""

    def __init__(self, code: int = 0) -> None:
        self.code = code

    def read_u16(self) -> int:
        return self.code


def polled(proximity: Proximity, count: int) -> "list[int]":
    """What the loop finds; the tick takes a reading before each look."""
    found = []
    for _ in range(count):
        proximity.sample()
        found.append(proximity.poll())
    return found


def test_a_cable_counts_when_it_is_seen_three_times() -> None:
    adc = Adc(65535)
    proximity = Proximity(adc, 330)
    assert polled(proximity, 5) == [0, 0, 0, 0, 0]
    adc.code = 65536 * 220 // (220 + 330)
    assert polled(proximity, 4) == [0, 0, 0, 32000]
    adc.code = 65536 * 100 // (100 + 330)
    assert polled(proximity, 1) == [32000]
    adc.code = 0  # short circuit: no cable we know
    assert polled(proximity, 4) == [32000, 32000, 32000, 0]


def test_only_the_tick_reads_a_slow_input() -> None:
    adc = Adc(32768)
    ntc = Ntc(adc)
    proximity = Proximity(adc, 220)
    adc.code = 7151  # a reading of the loop would find this
    assert [ntc.read() for _ in range(4)] == [25] * 4
    assert [proximity.poll() for _ in range(4)] == [0, 0, 32000, 32000]


def test_a_single_reading_of_a_slow_input_is_never_seen() -> None:
    # 7151 is the pilot at -12 V in the NTC's eyes, 81 degrees; the others are a short and an open line.
    for wrong in (7151, 0, 65535):
        adc = Adc(32768)
        ntc = Ntc(adc)
        found = set()
        for n in range(20):
            adc.code = wrong if n % 5 == 4 else 32768
            ntc.sample()
            if n >= 2:
                found.add(ntc.read())
        assert found == {25}, wrong


def test_ntc_codes() -> None:
    # 10 kohm at 25 degrees under 10 kohm is half of the range; B = 3950 K elsewhere
    for code, celsius in ((32768, 25), (63944, -40), (43816, 10), (22706, 40), (13049, 60), (9807, 70), (2015, 130)):
        found = ntc_celsius(code)
        assert found is not None and abs(found - celsius) <= 1, (code, found)
    last = -40
    for code in range(63944, 2015, -251):
        found = ntc_celsius(code)
        assert found is not None and found >= last
        last = found


def test_broken_sensors_are_not_believed() -> None:
    assert Ntc(Adc(0)).read() is None and Ntc(Adc(65535)).read() is None
    assert Ntc(Adc(32768)).read() == 25


class I2c:
    """An MCP9808 register 5."""

    def __init__(self, value: int) -> None:
        self.value = value

    def readfrom_mem_into(self, address: int, memory: int, buf: "Any", *, addrsize: int = 8) -> None:
        if self.value < 0:
            raise OSError(5)
        assert (address, memory) == (0x18, 5)
        buf[0] = self.value >> 8
        buf[1] = self.value & 255

    def writeto_mem(self, address: int, memory: int, buf: "Any", *, addrsize: int = 8) -> None:
        raise AssertionError("nothing to write")


def test_i2c_sensor() -> None:
    assert Mcp9808(I2c(0xC194)).read() == 25  # 25.25 degrees, alert bits set
    assert Mcp9808(I2c(0x1FF0)).read() == -1
    assert Mcp9808(I2c(-1)).read() is None


def test_an_i2c_sensor_may_fail_twice_running() -> None:
    # No answer, or one that is beyond what the chip can measure.
    for wrong in (-1, 0x0FF0):
        i2c = I2c(0xC194)
        sensor = Mcp9808(i2c)
        assert sensor.read() == 25
        i2c.value = wrong
        assert [sensor.read(), sensor.read()] == [25, 25]
        i2c.value = 0xC1A4
        assert sensor.read() == 26
        i2c.value = wrong
        assert [sensor.read() for _ in range(4)] == [26, 26, None, None]
        i2c.value = 0xC194
        assert sensor.read() == 25


def test_status_light() -> None:
    red, green, blue = Line(), Line(), Line()
    led = RgbLed(red, green, blue)
    for status, levels in ((0, (0, 1, 0)), (1, (1, 1, 0)), (2, (0, 0, 1)), (8, (1, 0, 0)), (99, (1, 0, 0))):
        led.show(status)
        assert (red.level, green.level, blue.level) == levels, status
    sent: "list[bytes]" = []
    Ws2812(lambda buf: sent.append(bytes(buf)), 2, 10).show(8)
    assert sent == [b"\x00\x0a\x00\x00\x0a\x00"]
