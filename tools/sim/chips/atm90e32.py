"""ATM90E32AS energy meter at register level: a 32-bit shift engine for each CS-low, and what the registers do.

The world gives it the physics (`set_physical`, `advance`), the firmware sees it through `transfer` (one CS-low), or
through `select`, `clock`, `deselect` when the bytes come one at a time. Times are microseconds and never go back.
"""

from __future__ import annotations

import math
import random
from typing import Optional, Sequence

DEFAULTS = {
    0x00: 0x0000, 0x01: 0x0210, 0x02: 0x0654, 0x05: 0x143F, 0x06: 0xC000, 0x07: 0x0001, 0x08: 0x1000, 0x09: 0x0400,
    0x0A: 0xFFFF, 0x0B: 0xC000, 0x0C: 0x1324, 0x0D: 0x13EC, 0x0E: 0x010F, 0x22: 0x5000, 0x23: 25, 0x31: 0x0861,
    0x32: 0xC468, 0x33: 0x0087, 0x61: 0x8000, 0x62: 0x8000, 0x65: 0x8000, 0x66: 0x8000, 0x69: 0x8000, 0x6A: 0x8000,
}  # every other register is 0000 after reset

CRC_PASS_US = 14_000  # 112 words of 125 us
SOFT_RESET_US = 5_000
POWER_ON_US = 40_000
POWER_LSB_W = 0.00032

FAULTS = ("stuck_0", "stuck_1", "pm_low", "bit_flip", "lost_read", "garbage", "crc_error")


def crc16(data: bytes, crc: int = 0) -> int:
    """x16 + x12 + x5 + 1 over the bytes, most significant bit first."""
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc


class Atm90e32:
    """The chip. `faults` hold until taken out; `lost_read` and `bit_flip` in `next_faults` hit one transfer each."""

    def __init__(self) -> None:
        self.faults: set[str] = set()
        self.next_faults: list[str] = []
        self.saturate = True  # energy registers stop at FFFF; False: they wrap
        self.u_scale = [1.0, 1.0, 1.0]  # analogue errors that calibration has to take out
        self.i_scale = [1.0, 1.0, 1.0]
        self.phase_error = [0.0, 0.0, 0.0]  # relative power error
        self.transfers = 0
        self._voltages = [0.0, 0.0, 0.0]
        self._currents = [0.0, 0.0, 0.0]
        self._powers = [0.0, 0.0, 0.0]
        self._frequency = 50.0
        self._temperature = 25
        self._random = random.Random(90)
        self._ready_us = 0
        self.reset(0)

    # supply and configuration

    def reset(self, ready_us: int) -> None:
        """Registers back to their defaults, metering off, unread energy gone."""
        self.registers = dict(DEFAULTS)
        self._open = False
        self._last = 0
        self._energy = {0x80 + n: 0.0 for n in range(8)}
        self._closed_us: Optional[int] = None
        self._golden: Optional[int] = None
        self._ready_us = ready_us
        self._shift: Optional[bytearray] = None
        self._out = b""

    def power_cycle(self, t_us: int) -> None:
        """Brown-out or idle mode: as after switching on."""
        self.reset(t_us + POWER_ON_US)

    def flip_config(self, address: int = 0x61, bit: int = 3) -> None:
        """A configuration bit falls over without being written."""
        self.registers[address] = self.registers.get(address, 0) ^ 1 << bit

    def _digest(self) -> int:
        return crc16(b"".join(self.registers.get(n, 0).to_bytes(2, "big") for n in range(0x70)))

    # physics

    def set_physical(self, voltages: Sequence[float], currents: Sequence[float], powers: Sequence[float],
                     frequency: float = 50.0, temperature: int = 25) -> None:
        """Volts, amperes and watts (signed) for each phase; phases left out are dead."""
        self._voltages = (list(voltages) + [0.0] * 3)[:3]
        self._currents = (list(currents) + [0.0] * 3)[:3]
        self._powers = (list(powers) + [0.0] * 3)[:3]
        self._frequency = frequency
        self._temperature = temperature

    def _counted(self, phase: int) -> bool:
        return bool(self.registers.get(0x33, 0) & 4 >> phase)

    def _power(self, phase: int) -> float:
        gain = self.registers.get((0x47, 0x49, 0x4B)[phase], 0)
        gain -= gain << 1 & 0x10000
        scale = self._u_gain(phase) * self._i_gain(phase) * (1 + gain / 32768)
        return self._powers[phase] * scale * (1 + self.phase_error[phase])

    def _u_gain(self, phase: int) -> float:
        return self.u_scale[phase] * self.registers[(0x61, 0x65, 0x69)[phase]] / 0x8000

    def _i_gain(self, phase: int) -> float:
        return self.i_scale[phase] * self.registers[(0x62, 0x66, 0x6A)[phase]] / 0x8000

    def advance(self, dt_s: float) -> None:
        """Count the energy of the last `dt_s` seconds, at the present power."""
        if not self.registers[0x00]:
            return
        powers = [self._power(n) if self._counted(n) else 0.0 for n in range(3)]
        if abs(sum(powers)) < self.registers.get(0x35, 0) * POWER_LSB_W:
            return
        total = sum(abs(p) for p in powers) if self.registers.get(0x33, 0) & 0x08 else sum(powers)
        constant = 450e9 / (self.registers[0x31] << 16 | self.registers[0x32])
        for n, power in enumerate([total] + powers):
            address = (0x80 if power >= 0 else 0x84) + n
            value = self._energy[address] + abs(power) * dt_s / 3600 * constant / 10
            if value >= 65536:
                value = 65535.0 if self.saturate else value % 65536
            self._energy[address] = value

    # SPI

    def transfer(self, mosi: bytes, t_us: int) -> bytes:
        """One whole CS-low: the bytes clocked in, the bytes clocked out at the same time."""
        self.select(t_us)
        miso = self.clock(mosi)
        self.deselect(t_us)
        return miso

    def select(self, t_us: int) -> None:
        """CS falls."""
        self._t_us = t_us
        self._shift = bytearray()
        self._out = b""
        self.transfers += 1

    def clock(self, mosi: bytes) -> bytes:
        """Clocks while CS is low; returns what came out of SDO."""
        miso = bytearray()
        for byte in mosi:
            if self._shift is None:
                miso.append(0xFF)
                continue
            miso.append(self._out[0] if self._out else 0xFF)
            self._out = self._out[1:]
            self._shift.append(byte)
            if len(self._shift) == 2 and self._shift[0] & 0x80:
                self._out = self._read((self._shift[0] << 8 | byte) & 0x3FF).to_bytes(2, "big")
        if "stuck_0" in self.faults:
            return bytes(len(mosi))
        if self._dead():
            return b"\xFF" * len(mosi)
        if "garbage" in self.faults:
            return bytes(self._random.randrange(256) for _ in mosi)
        if "bit_flip" in self.faults or self._take("bit_flip"):
            miso[-1] ^= 0x10
        return bytes(miso)

    def deselect(self, t_us: int) -> None:
        """CS rises: a write counts only after exactly 32 clocks."""
        shift, self._shift = self._shift, None
        if shift is None or len(shift) != 4 or shift[0] & 0x80 or self._dead():
            return
        self._write((shift[0] << 8 | shift[1]) & 0x3FF, shift[2] << 8 | shift[3])

    def _dead(self) -> bool:
        return bool(self.faults & {"stuck_1", "pm_low", "stuck_0"}) or self._t_us < self._ready_us

    def _take(self, name: str) -> bool:
        if self.next_faults and self.next_faults[0] == name:
            self.next_faults.pop(0)
            return True
        return False

    def _write(self, address: int, value: int) -> None:
        self._last = value
        if address == 0x70:
            if value == 0x789A:
                self.reset(self._t_us + SOFT_RESET_US)
        elif address == 0x7F:
            self._open = value == 0x55AA
            self._closed_us = None if self._open else self._t_us
            self._golden = None
        elif address < 0x70:
            if self._open:
                self.registers[address] = value
        elif address in (0x73, 0x74):
            self.registers[address] = self.registers.get(address, 0) & ~value
        elif address in (0x75, 0x76):
            self.registers[address] = value

    def _read(self, address: int) -> int:
        if self._dead():
            return 0xFFFF
        if address == 0x78:
            return self._last
        value = self._value(address) & 0xFFFF
        self._last = value
        if 0x80 <= address <= 0x87:
            self._energy[address] -= value  # the fraction of a count stays
            if self._take("lost_read") or "lost_read" in self.faults:
                return value ^ 0x0155
        return value

    def _value(self, address: int) -> int:
        if address in self._energy:
            return int(self._energy[address])
        if address == 0x70:
            return 0
        if address in (0x79, 0x7A):
            return self._crc_register(address)
        if address == 0x7F:
            return 0x55AA if self._open else 0
        if address in (0x71, 0x72):
            return self._state(address)
        if address >= 0xB0:
            return self._measured(address)
        return self.registers.get(address, 0)

    def _crc_register(self, address: int) -> int:
        if self._closed_us is None or self._t_us < self._closed_us + CRC_PASS_US:
            return 0
        digest = self._digest()
        if self._golden is None:
            self._golden = digest
        if address == 0x7A:
            return digest
        return int(digest != self._golden or "crc_error" in self.faults)

    def _measured(self, address: int) -> int:
        """Total and phases sit side by side: T, A, B, C."""
        group, n = address & 0xFC, address & 3
        if group in (0xB0, 0xC0):
            phases = [p for p in range(3) if self._counted(p)] if n == 0 else [n - 1]
            raw = round(sum(self._power(p) for p in phases) / POWER_LSB_W)
            return raw >> 16 if group == 0xB0 else raw
        if group == 0xBC:
            phases = [p for p in range(3) if self._counted(p)] if n == 0 else [n - 1]
            apparent = sum(self._voltages[p] * self._currents[p] for p in phases)
            return round(1000 * sum(self._powers[p] for p in phases) / apparent) if apparent > 1e-6 else 1000
        if 0xD9 <= address <= 0xDB:
            return min(65535, round(100 * self._voltages[address - 0xD9] * self._u_gain(address - 0xD9)))
        if 0xDD <= address <= 0xDF:
            return min(65535, round(1000 * self._currents[address - 0xDD] * self._i_gain(address - 0xDD)))
        if address == 0xF8:
            return round(100 * self._frequency) if max(self._voltages) > 20 else 0
        if address == 0xFC:
            return self._temperature
        return 0

    def _state(self, address: int) -> int:
        """Live status bits (peak thresholds against RMS values, as the application note scales them)."""
        bits = 0
        for n in range(3):
            if not self._counted(n):
                continue
            peak_u = self._voltages[n] * self._u_gain(n) * 100 * math.sqrt(2) * 16384 / self.registers[0x61 + 4 * n]
            peak_i = self._currents[n] * self._i_gain(n) * 1000 * math.sqrt(2) * 16384 / self.registers[0x62 + 4 * n]
            if address == 0x71:
                bits |= (peak_i > self.registers[0x0B]) << 15 - n | (peak_u > self.registers[0x06]) << 12 - n
            else:
                bits |= (peak_u < self.registers[0x08]) << 14 - n | (peak_u < self.registers[0x09]) << 10 - n
        if address == 0x71:
            return bits
        frequency = self._measured(0xF8)
        return bits | (frequency > self.registers[0x0D]) << 15 | (frequency < self.registers[0x0C]) << 11
