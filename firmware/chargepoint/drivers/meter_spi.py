"""ATM90E32AS on SPI: start-up with every write proven, sanity of every poll, energy that survives a glitch on the bus."""

from chargepoint.drivers.meter import Meter
from chargepoint.drivers.meter_map import CONFIGURATION, FINGERPRINT, believable, counts_to_uwh, metering_mode, power_to_w, signed16

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import PinOut, Spi


class Atm90e32(Meter):
    """The chip behind its chip-select.

    Args: spi: mode 3, MSB first, 200 kHz to 1 MHz. cs: high = not selected. calibration: triples (register, high, low) from
    production, written after the standard configuration. Allocates: at construction; `poll` none.
    With those of Meter it has more than 20 attributes as each check of plausibility remembers its own last value.
    """

    def __init__(self, spi: "Spi", cs: "PinOut", phases: int = 1, mains_hz: int = 50, calibration: "bytes | None" = None) -> None:
        Meter.__init__(self, phases)
        self._spi = spi
        self._cs = cs
        self._tx = bytearray(4)
        self._rx = bytearray(4)
        mode = metering_mode(phases, mains_hz)
        self._table = CONFIGURATION + bytes((0x33, mode >> 8, mode & 0xFF)) + (calibration or b"")
        self._digest = -1

    def _transfer(self, high: int, register: int, value: int) -> int:
        """One CS-low of exactly 32 clocks; one register only, the chip answers wrongly otherwise."""
        tx = self._tx
        tx[0] = high
        tx[1] = register
        tx[2] = value >> 8
        tx[3] = value & 0xFF
        self._cs.value(0)
        self._spi.write_readinto(tx, self._rx)
        self._cs.value(1)
        return self._rx[2] << 8 | self._rx[3]

    def _read(self, register: int) -> int:
        return self._transfer(0x80, register, 0xFFFF)

    def _write(self, register: int, value: int) -> bool:
        """Write a register; True when LastSPIData and the register itself confirm it."""
        self._transfer(0, register, value)
        return self._read(0x78) == value and self._read(register) == value

    def _matches(self, table: bytes, write: bool) -> bool:
        for n in range(0, len(table), 3):
            value = table[n + 1] << 8 | table[n + 2]
            if not (self._write(table[n], value) if write else self._read(table[n]) == value):
                return False
        return True

    def _start(self, step: int) -> int:
        if step == 0:
            return 50  # after power-on or idle mode
        if step == 1:
            self._transfer(0, 0x70, 0x789A)
            return 6
        if step == 2:
            if not (self._matches(FINGERPRINT, False) and self._write(0x7F, 0x55AA) and self._matches(self._table, True) and self._write(0, 1)):
                return -1
            self._transfer(0, 0x7F, 0)
            return 20  # the first CRC pass: 112 words of 125 us
        self._digest = self._read(0x7A)
        if self._read(0x79) or self._read(0) != 1:
            return -1
        self._read_energy(0x80)  # counts from before are not ours
        return 0

    def _read_energy(self, register: int) -> int:
        """A read-clear register. Reading it twice would lose energy; when the bus glitched, LastSPIData still has the value."""
        value = self._read(register)
        last = self._read(0x78)
        for _ in range(3):
            if last == value:
                break
            value = last
            last = self._read(0x78)
        return counts_to_uwh(value)

    def _measure(self) -> int:
        if self._read(0) != 1 or self._read(0x79) or self._read(0x7A) != self._digest:
            return -1
        reading = self.reading
        for n in range(self.phases):
            reading.voltage_mv[n] = self._read(0xD9 + n) * 10
            reading.current_ma[n] = self._read(0xDD + n)
        power_w = self._read_power(0)
        frequency_mhz = self._read(0xF8) * 10
        if not believable(self.phases, reading.voltage_mv, reading.current_ma, power_w, frequency_mhz, self.live):
            return -1
        reading.power_w = max(0, power_w)
        reading.frequency_mhz = frequency_mhz
        reading.power_factor = signed16(self._read(0xBC))
        reading.temperature_c = signed16(self._read(0xFC))
        if self.phases == 1:
            self._watch(0, power_w)
            self.reverse_uwh += self._read_energy(0x84)
        else:  # one reversed phase of three hides in the total
            for n in range(self.phases):
                self._watch(n, self._read_power(n + 1))
                self.reverse_uwh += self._read_energy(0x85 + n)
        return self._read_energy(0x80)

    def _read_power(self, which: int) -> int:
        """Mean active power: 0 the total, 1 to 3 a phase; both words of one measurement."""
        high = self._read(0xB0 + which)
        low = 0
        for _ in range(3):
            low = self._read(0xC0 + which)
            again = self._read(0xB0 + which)
            if again == high:
                break
            high = again
        return power_to_w(high, low)
