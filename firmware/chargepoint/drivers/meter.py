"""What every energy meter chip has in common: the reading, start-up in steps, health, and the plausibility of energy."""

from micropython import const

from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

_RUNNING = const(-1)
_POLL_MS = const(1000)
_BAD_POLLS = const(3)
_SILENT_MS = const(5000)
_BACKOFF_MS = const(1000)  # doubled up to 32 s
_MINUTE_POLLS = const(60)
_INTEGRAL_UWH = const(1000000)  # below 1 Wh a minute the comparison of energy and power says nothing
_NOISE_W = const(20)  # negative power of a phase up to here is noise
_REVERSED_POLLS = const(3)
_JUDGED_MVA = const(700000)  # below 3 A a car at rest may be anything but ohmic
_SWAPPED_POLLS = const(10)
_REVERSED_TRIES = const(3)  # after so many plugs with a reversed phase only an operator clears it


class MeterReading:
    """The last good reading. One object, overwritten by each poll.

    Units: mWh (the never-decreasing register, filled in by its owner), W, mA and mV for each phase, mHz, degrees C, power factor
    in 1/1000 (signed), state of charge in percent (None: plain IEC 61851 knows none).
    """

    def __init__(self, phases: int) -> None:
        self.energy_mwh = 0
        self.power_w = 0
        self.current_ma = [0] * phases
        self.voltage_mv = [0] * phases
        self.frequency_mhz = 0
        self.temperature_c = 0
        self.power_factor = 1000
        self.soc_percent: "Optional[int]" = None


class Meter:
    """Polls a chip once a second; a chip's class supplies `_start` and `_measure`.

    `failed` is what PowerMeterFailure is reported from; `ready` = at least one good reading since the last (re)start;
    `delta_uwh` = energy since the poll before, to be added to the register; `live` is set by the owner while the contactor is
    closed; `estimated` counts energy readings that were replaced by power times time, `reverse_uwh` is energy counted backwards
    (never subtracted). `reversed` = a current transformer is the wrong way round or on another phase: a car never feeds back, and
    above 3 A it is nearly ohmic. It is part of `failed` and stays so until `forgive`. `phase_w` = the signed power of each phase.
    It has more than 20 attributes as each check of plausibility remembers its own last value.
    """

    def __init__(self, phases: int, rated_w: int = 0) -> None:
        self.reading = MeterReading(phases)
        self.phases = phases
        self.failed = self.ready = self.live = self.reversed = False
        self.delta_uwh = 0
        self.estimated = 0
        self.reverse_uwh = 0
        self.phase_w = [0] * phases
        self._rated_w = rated_w or phases * 7400
        self._step = 0  # of starting the chip, _RUNNING when that is done
        self._due = -1  # not started
        self._bad = 0
        self._last_good = 0  # ticks
        self._backoff_ms = _BACKOFF_MS
        self._minute = bytearray(2)  # polls in this minute, inconsistent minutes in a row
        self._wrong = 0  # of this poll: 1 a phase was negative, 2 one was far from ohmic
        self._wrong_polls = bytearray(2)  # in a row, of each
        self._forgiven = 0
        self._counted_uwh = self._integral_uwh = self._steps_uwh = self._power_w = 0

    def _start(self, step: int) -> int:
        """One step of the start-up. Returns ms to the next step, 0 = started, -1 = the chip does not answer as it must."""
        raise NotImplementedError

    def _measure(self) -> int:
        """Fill `reading`. Returns the energy in uWh since the last call, -1 = a bad poll (energy then stays in the chip).

        A good poll gives each phase's signed power to `_watch`.
        """
        raise NotImplementedError

    def _watch(self, phase: int, power_w: int) -> None:
        """Look at the signed power of a phase whose voltage and current are in `reading`. Allocates: none."""
        self.phase_w[phase] = power_w
        if power_w < -_NOISE_W:
            self._wrong |= 1
        reading = self.reading
        apparent_mva = reading.voltage_mv[phase] // 100 * reading.current_ma[phase] // 10
        if apparent_mva > _JUDGED_MVA and power_w * 10 < apparent_mva // 100 * 7 // 10:
            self._wrong |= 2

    def _judge_phases(self) -> None:
        polls = self._wrong_polls
        for n in range(2):
            polls[n] = min(_SWAPPED_POLLS, polls[n] + 1) if self._wrong >> n & 1 else 0
        self._wrong = 0
        if polls[0] >= _REVERSED_POLLS or polls[1] >= _SWAPPED_POLLS:
            self.reversed = True

    def forgive(self, operator: bool) -> None:
        """Let go of `reversed`: the car has left (three times only, then it is the installation's fault), or an operator says so."""
        if operator or self.reversed and self._forgiven < _REVERSED_TRIES:
            self._forgiven = 0 if operator else self._forgiven + 1
            self.reversed = False

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` has something to do."""
        return 0 if self._due < 0 else max(0, ticks_diff(self._due, now))

    def poll(self, now: int, at_once: bool = False) -> bool:
        """Do what is due, or read a chip that is running at once. Returns True when `reading` and `delta_uwh` are new and good.

        Allocates: none. Blocks: at most 4 ms (about 40 SPI transactions with three phases).
        """
        if self._due < 0:
            self._due = self._last_good = now
        self._last_good = ticks_aged(self._last_good, now)
        if at_once and self._step == _RUNNING:
            self._due = now
        if not ticks_due(self._due, now):
            return False
        if self._step != _RUNNING:
            self._starting(now)
            return False
        self._due = ticks_add(self._due, _POLL_MS)
        if ticks_due(self._due, now):
            self._due = ticks_add(now, _POLL_MS)
        uwh = self._measure()
        since_ms = ticks_diff(now, self._last_good)
        if uwh < 0:
            self._bad += 1
            if self._bad >= _BAD_POLLS or since_ms >= _SILENT_MS:
                self.failed = True
                self.ready = False
                self._step = 0
                self._due = now
            return False
        self._bad = 0
        self._last_good = now
        self._backoff_ms = _BACKOFF_MS
        self.delta_uwh = self._plausible(uwh, since_ms)
        self.ready = True
        self._judge_phases()
        self.failed = self.reversed or self._minute[1] > 1
        return True

    def _starting(self, now: int) -> None:
        wait_ms = self._start(self._step)
        self._step += 1
        if wait_ms == 0:
            self._step = _RUNNING
            self._minute[0] = self._counted_uwh = self._integral_uwh = self._steps_uwh = 0
        elif wait_ms < 0:
            self._step = 0
            self._bad += 1
            if self._bad >= _BAD_POLLS or ticks_diff(now, self._last_good) >= _SILENT_MS:
                self.failed = True
            wait_ms = self._backoff_ms
            if wait_ms < 32000:
                self._backoff_ms = wait_ms * 2
        self._due = ticks_add(now, wait_ms)

    def _plausible(self, uwh: int, since_ms: int) -> int:
        """The energy to believe: what was counted, or power times time when it cannot be true (docs/hardware.md 2.3)."""
        power_w = max(0, self.reading.power_w)
        integral_uwh = power_w * since_ms * 10 // 36
        step_uwh = abs(power_w - self._power_w) * since_ms * 10 // 36  # the power changed somewhere in this second
        self._power_w = power_w
        if uwh > self._rated_w * since_ms // 36 * 15 + 10000:
            self.estimated += 1
            return integral_uwh
        minute = self._minute
        self._counted_uwh += uwh
        self._integral_uwh += integral_uwh
        self._steps_uwh += step_uwh
        minute[0] += 1
        if minute[0] >= _MINUTE_POLLS:
            off = (abs(self._counted_uwh - self._integral_uwh) - self._steps_uwh) * 20 > self._integral_uwh
            minute[1] = min(2, minute[1] + 1) if off and self._integral_uwh + self._counted_uwh > _INTEGRAL_UWH else 0
            minute[0] = self._counted_uwh = self._integral_uwh = self._steps_uwh = 0
        return uwh
