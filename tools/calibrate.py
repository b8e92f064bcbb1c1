"""Calibrates a charger against reference instruments: `make calibrate PORT=...` asks for what they show, computes, writes the FRAM record, reads it back.

Two parts, each for every connector. The pilot: no car plugged in, a voltmeter between pilot and protective earth, at +12 V and at -12 V. The meter:
current flows through a resistive load (power factor 1), a reference meter shows voltage, current and power of each phase. A unit
without calibration closes nothing; on the bench it does with `BenchWithoutCalibration=true` in its provisioning, which is to be taken out
afterwards. The unit measures by the new record from its next start on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")]

from chargepoint.core.commands import CMD_OFFER  # noqa: E402
from chargepoint.drivers.calibration import PILOT_DEFAULTS, pilot_of, pilot_triples, registers_of  # noqa: E402
from chargepoint.drivers.calibration_arithmetic import gain, pilot_scale, power_gain  # noqa: E402
from tools.device import Device, DeviceError  # noqa: E402

VOLTAGE_GAINS = (0x61, 0x65, 0x69)  # of phases A, B, C
CURRENT_GAINS = (0x62, 0x66, 0x6A)
POWER_GAINS = (0x47, 0x49, 0x4B)
GAIN_DEFAULT = 0x8000
LEAST_MA = 1000  # less current says too little about a transformer
READINGS = 5
STATE_F = -1
_LOAD = "from chargepoint.drivers import calibration as _c\n"


class CalibrationError(Exception):
    """What cannot be, and what is wanted."""


@dataclass
class Bench:
    """The one who holds the instruments: `read` is asked with a prompt, `say` is told."""

    read: Callable[[str], str]
    say: Callable[[str], None]
    pause_s: float = 1.0

    def number(self, prompt: str, low: float, high: float) -> float:
        """Ask until the answer is a number in a range."""
        while True:
            text = self.read(prompt).strip().replace(",", ".")
            try:
                value = float(text)
            except ValueError:
                value = float("nan")
            if low <= value <= high:
                return value
            self.say(f"  a number from {low:g} to {high:g} is wanted")


class Unit:
    """One connector of the charger at the other end of the cable."""

    def __init__(self, device: Device, connector: int) -> None:
        """Read what is known of it. Raises DeviceError."""
        self._device = device
        self._io = f"app.connectors[{connector - 1}]"
        self.connector = connector
        self.phases = int(device.value(f"{self._io}.parts.meter.phases"))
        device.run(_LOAD)
        self.triples = bytes(device.value(self._stored()) or b"")

    def _stored(self) -> str:
        return f"_c.load(app.hardware.fram, {self._io}.parts.calibration_at, app.hardware.unique_id)"

    def pilot(self) -> tuple[int, int, int]:
        """The pilot's state, and its plateaus in mV."""
        state, high_mv, low_mv = self._device.value(f"({self._io}.safety.pilot_state, {self._io}.parts.pilot.high_mv, {self._io}.parts.pilot.low_mv)")
        return state, high_mv, low_mv

    def offer(self, limit_ma: int) -> None:
        """Put an offer on the pilot."""
        self._device.run(f"{self._io}.execute({CMD_OFFER}, {limit_ma}, app.hardware.clock.ticks_ms())")

    def readings(self, pause_s: float) -> list[tuple[float, float, float]]:
        """Voltage (mV), current (mA) and power (W) of each phase, the mean of some seconds."""
        sums = [[0.0, 0.0, 0.0] for _ in range(self.phases)]
        for _ in range(READINGS):
            time.sleep(pause_s)
            volts, amperes, watts = self._device.value(f"(lambda m: (m.reading.voltage_mv, m.reading.current_ma, m.phase_w))({self._io}.parts.meter)")
            for n in range(self.phases):
                for k, value in enumerate((volts[n], amperes[n], watts[n])):
                    sums[n][k] += value / READINGS
        return [(entry[0], entry[1], entry[2]) for entry in sums]

    def save(self, triples: bytes) -> None:
        """Write the record and read it back. Raises DeviceError, CalibrationError."""
        self._device.run(_LOAD)
        written = self._device.value(f"_c.save(app.hardware.fram, {self._io}.parts.calibration_at, app.hardware.unique_id, {triples!r})")
        if not written or self._device.value(self._stored()) != triples:
            raise CalibrationError("the record does not read back as written: check the FRAM (diag.selftest())")
        self.triples = triples


def calibrate_pilot(unit: Unit, bench: Bench) -> tuple[int, int]:
    """Lead through +12 V and -12 V; return scale_q10 and offset_mv. Raises CalibrationError, DeviceError."""
    while unit.pilot()[0] != 0:
        bench.read(f"connector {unit.connector}: unplug the car, then press Enter ")
    present = pilot_of(unit.triples) or PILOT_DEFAULTS
    true_high_mv = round(1000 * bench.number("pilot to protective earth now (about +12), in V: ", 10, 14))
    high_mv = unit.pilot()[1]
    unit.offer(STATE_F)
    try:
        time.sleep(bench.pause_s)
        true_low_mv = round(1000 * bench.number("and now (about -12), in V: ", -14, -10))
        low_mv = unit.pilot()[2]
    finally:
        unit.offer(0)
    try:
        return pilot_scale(present, high_mv, low_mv, true_high_mv, true_low_mv)
    except ValueError as error:
        raise CalibrationError(f"the pilot of connector {unit.connector}: {error}") from error


def calibrate_meter(unit: Unit, bench: Bench) -> bytes:
    """Lead through the phases; return the registers' triples. Raises CalibrationError, DeviceError."""
    registers = {unit.triples[n]: unit.triples[n + 1] << 8 | unit.triples[n + 2] for n in range(0, len(registers_of(unit.triples)), 3)}
    bench.read(f"connector {unit.connector}: let at least 1 A flow through a resistive load in every phase, wait until it is steady, then press Enter ")
    for n in range(unit.phases):
        name = "ABC"[n]
        reference_mv = 1000 * bench.number(f"phase {name}, reference voltage in V: ", 100, 300)
        reference_ma = 1000 * bench.number(f"phase {name}, reference current in A: ", 1, 100)
        reference_w = bench.number(f"phase {name}, reference power in W: ", 100, 30000)
        measured_mv, measured_ma, measured_w = unit.readings(bench.pause_s)[n]
        if measured_ma < LEAST_MA or measured_mv < 50000:
            raise CalibrationError(f"phase {name} shows {measured_mv / 1000:.1f} V and {measured_ma / 1000:.3f} A: check its wiring and the load")
        if measured_w <= 0:
            raise CalibrationError(f"phase {name} shows {measured_w:.0f} W: its current transformer is the wrong way round")
        for register, reference, measured in ((VOLTAGE_GAINS[n], reference_mv, measured_mv), (CURRENT_GAINS[n], reference_ma, measured_ma)):
            registers[register] = _gain(registers.get(register, GAIN_DEFAULT), reference, measured, name)
        # The chip multiplies power by both gains; what is left over is the power gain's, which starts from zero.
        former = registers.pop(POWER_GAINS[n], 0)
        former -= former << 1 & 0x10000
        expected_w = measured_w / (1 + former / 32768) * (reference_mv / measured_mv) * (reference_ma / measured_ma)
        error_ppm = round((expected_w / reference_w - 1) * 1e6)
        if abs(error_ppm) > 50000:
            raise CalibrationError(f"phase {name}: voltage, current and power of the reference do not belong together (power factor 1 is wanted)")
        registers[POWER_GAINS[n]] = power_gain(error_ppm)
    return b"".join(bytes((register, value >> 8, value & 0xFF)) for register, value in sorted(registers.items()))


def _gain(present: int, reference: float, measured: float, phase: str) -> int:
    value = gain(present, round(reference), round(measured))
    if not GAIN_DEFAULT // 4 <= value <= 0xFFFF:
        raise CalibrationError(f"phase {phase} is off by {100 * (measured / reference - 1):.0f} %: not the transformer or the divider that the gain can reach")
    return value


def calibrate(device: Device, bench: Bench, pilot: bool = True, meter: bool = True) -> None:
    """Lead through everything. What was finished is stored, also when something later fails. Raises CalibrationError, DeviceError."""
    if not device.value("'app' in globals()"):
        raise CalibrationError("no charger runs on this board: make flash first")
    if device.value("app.hardware.fram is None or not app.hardware.fram.present()"):
        raise CalibrationError("the FRAM does not answer, and the calibration is kept there: check I2C")
    units = [Unit(device, n + 1) for n in range(int(device.value("len(app.connectors)")))]
    for unit in units:
        if pilot:
            scale = calibrate_pilot(unit, bench)
            unit.save(registers_of(unit.triples) + pilot_triples(*scale))
            bench.say(f"connector {unit.connector}: the pilot is calibrated")
    for unit in units:
        if meter:
            present = pilot_of(unit.triples)
            unit.save(calibrate_meter(unit, bench) + (pilot_triples(*present) if present is not None else b""))
            bench.say(f"connector {unit.connector}: the meter is calibrated")
        if not pilot_of(unit.triples):
            bench.say(f"connector {unit.connector}: its pilot is not calibrated yet, so nothing will close")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description="Calibrate a charger against reference instruments.")
    parser.add_argument("--port", required=True, help="serial port of the board, such as /dev/ttyACM0 or COM5")
    parser.add_argument("--only", choices=("pilot", "meter"), help="calibrate one part, the other one stays as it is")
    parser.add_argument("--no-reset", action="store_true", help="do not restart the charger; the record counts from its next start on")
    options = parser.parse_args(arguments)
    try:
        with Device(options.port) as device:
            calibrate(device, Bench(input, print), pilot=options.only != "meter", meter=options.only != "pilot")
            if not options.no_reset:
                device.reset()
                print("the board restarts now and measures by its calibration; take BenchWithoutCalibration out of its provisioning")
    except (CalibrationError, DeviceError, OSError) as error:
        print(f"calibrate: {error}", file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print("calibrate: ended; what was said to be calibrated is stored", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
