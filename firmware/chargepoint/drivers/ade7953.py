"""ADE7953 on SPI, behind the interface of every meter: start-up, interface lock, sanity, energy that survives a bus glitch."""

from chargepoint.drivers import ade7953_map as chip
from chargepoint.drivers.meter import Meter
from chargepoint.drivers.meter_map import believable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.drivers.bus import PinOut, Spi


class Ade7953(Meter):
    """The chip behind its chip-select; one phase.

    Args: spi: mode 0 or 3, MSB first, up to 5 MHz. full_scale_mv, full_scale_ma: RMS values at which the inputs are at full scale,
    from the board's divider and current sensor, corrected in production. The chip measures no temperature: the board needs a sensor.
    With those of Meter it has more than 20 attributes as each check of plausibility remembers its own last value.
    """

    def __init__(self, spi: "Spi", cs: "PinOut", full_scale_mv: int, full_scale_ma: int) -> None:
        Meter.__init__(self, 1)
        self._spi = spi
        self._cs = cs
        self._full_mv = full_scale_mv
        self._full_ma = full_scale_ma
        self._full_w = full_scale_mv * full_scale_ma // 1000000
        tx = memoryview(bytearray(7))
        rx = memoryview(bytearray(7))
        self._tx = (tx[:4], tx[:5], tx[:6], tx)
        self._rx = (rx[:4], rx[:5], rx[:6], rx)
        self._version = -1
        self._crc = -1
        self._rest_uwh = 0

    def _transfer(self, register: int, write: int) -> int:
        """Read a register (write = -1) or write it."""
        size = chip.width(register)
        tx = self._tx[size - 1]
        rx = self._rx[size - 1]
        tx[0] = register >> 8
        tx[1] = register & 0xFF
        tx[2] = 0x80 if write < 0 else 0
        for n in range(size):
            tx[3 + n] = 0 if write < 0 else write >> 8 * (size - 1 - n) & 0xFF
        self._cs.value(0)
        self._spi.write_readinto(tx, rx)  # type: ignore[arg-type]
        self._cs.value(1)
        value = 0
        for n in range(size):
            value = value << 8 | rx[3 + n]
        return value

    def _read(self, register: int) -> int:
        return self._transfer(register, -1)

    def _start(self, step: int) -> int:
        if step == 0:
            return 100  # reset and start of the interface
        if step == 1:
            self._version = self._read(chip.VERSION)  # the first access selects SPI
            if self._version == 0 or self._version == 0xFF:
                return -1
            self._transfer(chip.COMM_UNLOCK, 0xAD)
            self._transfer(chip.OPTIMUM, 0x30)
            self._transfer(chip.CONFIG, 0x0104)  # interface locked to SPI, high-pass on, CRC on
            if self._read(chip.CONFIG) != 0x0104 or self._read(chip.OPTIMUM) != 0x30:
                return -1
            return 20
        self._crc = self._read(chip.CRC)
        if self._crc == 0xFFFFFFFF:
            return -1  # disabled: the configuration did not hold
        self._read_energy()  # counts from before are not ours
        return 0

    def _read_energy(self) -> int:
        """The read-with-reset register; what a glitch spoils is still in the chip's last-data register."""
        value = self._read(chip.AENERGYA)
        last = self._read(chip.LAST_RWDATA)
        for _ in range(3):
            if last == value:
                break
            value = last
            last = self._read(chip.LAST_RWDATA)
        return chip.signed(value, 4)

    def _measure(self) -> int:
        if self._read(chip.VERSION) != self._version or self._read(chip.CRC) != self._crc:
            return -1
        reading = self.reading
        voltage_mv = chip.scaled(self._read(chip.VRMS), self._full_mv)
        current_ma = chip.scaled(self._read(chip.IRMSA), self._full_ma)
        power_w = chip.power_to_w(chip.signed(self._read(chip.AWATT), 4), self._full_w)
        frequency_mhz = chip.frequency_mhz(self._read(chip.PERIOD)) if voltage_mv > 20000 else 0
        reading.voltage_mv[0] = voltage_mv
        reading.current_ma[0] = current_ma
        if not believable(1, reading.voltage_mv, reading.current_ma, power_w, frequency_mhz, self.live):
            return -1
        reading.power_w = max(0, power_w)
        self._watch(0, power_w)
        reading.frequency_mhz = frequency_mhz
        reading.power_factor = chip.signed(self._read(chip.PFA), 2) * 1000 // 0x7FFF
        counts = self._read_energy()
        if counts < 0:
            self.reverse_uwh += chip.energy_uwh(-counts, self._full_w)
            return 0
        return chip.energy_uwh(counts, self._full_w)
