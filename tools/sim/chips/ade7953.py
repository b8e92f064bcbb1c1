"""ADE7953 energy meter at register level: address blocks of different width, read-with-reset energy, last-operation registers."""

from __future__ import annotations

import zlib
from typing import Optional, Sequence

VRMS_FULL = 9_032_007
AWATT_FULL = 4_862_401
SAMPLES_A_SECOND = 206_900
CRC_RESET_STATE = 0x48739163
START_US = 100_000

FAULTS = ("stuck_0", "stuck_1", "lost_read")


def width(address: int) -> int:
    """Bytes of a register: 0xx and 7xx one, 1xx two, 2xx three, 3xx four."""
    return {1: 2, 2: 3, 3: 4}.get(address >> 8, 1)


class Ade7953:
    """The chip, with the full scale of the board around it. Times are microseconds and never go back."""

    def __init__(self, full_scale_v: float = 400.0, full_scale_a: float = 60.0) -> None:
        self.faults: set[str] = set()
        self.next_faults: list[str] = []
        self.full_scale_v = full_scale_v
        self.full_scale_a = full_scale_a
        self.transfers = 0
        self._voltage = self._current = self._power = 0.0
        self._frequency = 50.0
        self._t_us = 0
        self.power_cycle(0)

    def power_cycle(self, t_us: int) -> None:
        """As after switching on: configuration and unread energy are gone."""
        self.registers = {0x702: 0x03, 0x102: 0x8004, 0x120: 0x00, 0x004: 0x40, 0x301: 0, 0x040: 0}
        self._ready_us = t_us + START_US
        self._energy = 0.0
        self._unlocked = False
        self._last = (0, 0, 0)
        self._shift: Optional[bytearray] = None
        self._out = b""

    def set_physical(self, voltages: Sequence[float], currents: Sequence[float], powers: Sequence[float],
                     frequency: float = 50.0, temperature: int = 25) -> None:
        """Volts, amperes and watts of the one phase; the chip has no thermometer."""
        self._voltage, self._current, self._power = voltages[0], currents[0], powers[0]
        self._frequency = frequency

    def advance(self, dt_s: float) -> None:
        """Count the energy of the last `dt_s` seconds, at the present power."""
        full_w = self.full_scale_v * self.full_scale_a
        power = max(0.0, self._power) if self.registers[0x301] & 3 == 1 else self._power
        self._energy += power / full_w * SAMPLES_A_SECOND * dt_s
        if not -0x800000 <= self._energy <= 0x7FFFFF:
            self._energy = (self._energy + 0x800000) % 0x1000000 - 0x800000

    # SPI

    def transfer(self, mosi: bytes, t_us: int) -> bytes:
        """One whole CS-low."""
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
        """Clocks while CS is low; returns what came out."""
        miso = bytearray()
        for byte in mosi:
            if self._shift is None or self._dead():
                miso.append(0xFF)
                continue
            miso.append(self._out[0] if self._out else 0)
            self._out = self._out[1:]
            self._shift.append(byte)
            if len(self._shift) == 3 and byte == 0x80:
                address = self._shift[0] << 8 | self._shift[1]
                self._out = self._read(address).to_bytes(width(address), "big")
        return bytes(len(mosi)) if "stuck_0" in self.faults else bytes(miso)

    def deselect(self, t_us: int) -> None:
        """CS rises: a write of the right length takes effect."""
        shift, self._shift = self._shift, None
        if shift is None or self._dead() or len(shift) < 4 or shift[2] != 0:
            return
        address = shift[0] << 8 | shift[1]
        if len(shift) - 3 == width(address):
            self._write(address, int.from_bytes(shift[3:], "big"))

    def _dead(self) -> bool:
        return bool(self.faults & {"stuck_0", "stuck_1"}) or self._t_us < self._ready_us

    def _write(self, address: int, value: int) -> None:
        self._last = (0xCA, address, value)
        if address == 0xFE:
            self._unlocked = value == 0xAD
            return
        unlocked, self._unlocked = self._unlocked, False
        if address == 0x120 and not unlocked:
            return
        if address & 0xFF != 0xFF and address not in (0xFD, 0x1FE, 0x702):
            self.registers[address] = value

    def _read(self, address: int) -> int:
        size = width(address)
        mask = (1 << 8 * size) - 1
        self._unlocked = False
        if address == 0xFD:
            return self._last[0]
        if address == 0x1FE:
            return self._last[1]
        if address & 0xFF == 0xFF:
            return self._last[2] & mask
        value = self._value(address) & mask
        self._last = (0x35, address, value)
        if address in (0x21E, 0x31E):
            if self.registers[0x004] & 0x40:
                self._energy -= int(self._energy)
            if "lost_read" in self.faults or self.next_faults and self.next_faults[0] == "lost_read":
                if self.next_faults:
                    self.next_faults.pop(0)
                return value ^ 0x0155
        return value

    def _value(self, address: int) -> int:
        if address == 0x37F:
            if not self.registers[0x102] & 0x100:
                return 0xFFFFFFFF
            config = b"".join(n.to_bytes(2, "big") + self.registers[n].to_bytes(4, "big") for n in sorted(self.registers))
            return zlib.crc32(config, CRC_RESET_STATE)
        low = address & 0xFF
        if address >> 8 in (2, 3):
            if low == 0x1C:
                return round(self._voltage / self.full_scale_v * VRMS_FULL)
            if low == 0x1A:
                return round(self._current / self.full_scale_a * VRMS_FULL)
            if low == 0x12:
                return round(self._power / (self.full_scale_v * self.full_scale_a) * AWATT_FULL)
            if low == 0x1E:
                return int(self._energy)
        if address == 0x10A:
            apparent = self._voltage * self._current
            return round(0x7FFF * self._power / apparent) if apparent > 1e-6 else 0x7FFF
        if address == 0x10E:
            return round(223_750 / self._frequency - 1) if self._voltage > 20 else 0xFFFF
        return self.registers.get(address, 0)
