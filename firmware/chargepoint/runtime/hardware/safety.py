"""The safety tick: looks every 10 ms, opens when anything is wrong, never closes by itself. docs/hardware.md 3, 4.3, 6.5.

It runs in a hard interrupt where the port has one, so it allocates nothing and uses small integers only. What it decides is
final: a fault bit set here keeps the contactor open until the loop asks for it to be cleared and its cause is gone. The loop may
ask it to close; the request is good for 200 ms and is granted only if every condition holds at that moment.

From a wrong input to open contacts: the opening is latched with the third equal sample (inputs: the fourth, the residual current the fifth)
and clears the coil's one-shot at once, so the contacts are on their way after 30, 40 or 50 ms, and open at most 40 ms later. The coil
gets no more edges from the first bad sample on besides: its one-shot runs out 60 ms after the last edge even when the clear line is dead, and when
the tick stands still. A single bad sample costs one edge and nothing else.
"""

from micropython import const

from chargepoint.util.signals import (
    FAULT_EMERGENCY_STOP,
    FAULT_INTERNAL,
    FAULT_NO_DIODE,
    FAULT_PE,
    FAULT_PILOT_JUMP,
    FAULT_PILOT_SHORT,
    FAULT_RCD,
    HOLD_CONTACTS,
    HOLD_FAULT,
    HOLD_INPUT,
    HOLD_NOT_READY,
    HOLD_NOTHING,
    HOLD_RCD_TEST,
    HOLD_REST,
    HOLD_VEHICLE,
    PILOT_A,
    PILOT_B,
    PILOT_C,
    PILOT_D,
    PILOT_E,
    PILOT_F,
    PILOT_UNKNOWN,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from chargepoint.drivers.bus import PinIn
    from chargepoint.drivers.parts import ConnectorParts

_EQUAL = const(3)
_TOKEN_TICKS = const(20)  # 200 ms
_OFF_TICKS = const(525)  # 5 s between opening and the next closing, counted from the coil: the contacts take up to 250 ms longer
_ERROR_TICKS = const(3000)  # 30 s when a fault has opened, unless the car is unplugged meanwhile
_B_TICKS = const(50)  # state B for 500 ms without a break makes a car that may ask for energy
_JUMP_TICKS = const(300)  # C or D without B before it
_LOOP_TICKS = const(1000)  # the loop has been silent for 10 s: let go
_DIODE_MV = const(-10000)
_FULL = const(65535)
_TICKS = const(1 << 24)  # the counter begins again: a small integer on every port, and so is every difference


class Safety:
    """Watches one connector. `tick` is what the board's timer calls every 10 ms.

    Read by the loop: `pilot_state` (debounced), `seen_b` (500 ms of state B since state A), `tripped` (fault bits, 1 << code, latched),
    `asserted` (inputs that are bad now), `ticks` (modulo 2**24), `hold` (why the last request to close was not granted, HOLD_*).
    Written by the loop: `blocked` (fault bits of its own; any keeps the contactor open), `alive` (set to `ticks` in each pass), `clear` (bits
    to take out of `tripped`), `testing` (the RCD is tripped on purpose; blocks closing). It has more than 20 attributes as the tick, which may
    not allocate, remembers here what each of its checks saw last.

    Args: parts: the connector's. chain: the Safety of another connector, ticked in the same interrupt.
    """

    def __init__(self, parts: "ConnectorParts", chain: "Optional[Safety]" = None) -> None:
        self.pilot_state = PILOT_UNKNOWN
        self.tripped = self.asserted = self.blocked = self.clear = 0
        self.ticks = self.alive = 0
        self.testing = False
        self.hold = HOLD_NOTHING
        self._pilot = parts.pilot
        self._contactor = parts.contactor
        self._chain = chain
        self._sampled = parts.sampled
        self._turn = 0
        self._charging = PILOT_D if parts.ventilated else PILOT_C  # the highest state that may charge
        self._pins: "List[PinIn]" = []
        self._bits: "List[int]" = []
        self._limits: "List[int]" = []
        self._counts: "List[int]" = []
        self._watch(parts.emergency_stop, 1 << FAULT_EMERGENCY_STOP, _EQUAL)
        self._watch(parts.rcd.trip if parts.rcd is not None else None, 1 << FAULT_RCD, 4)
        self._watch(parts.pe, 1 << FAULT_PE, _EQUAL)
        self._token = 0  # ticks left to close
        self._stop = False
        self._candidate = PILOT_UNKNOWN
        self._equal = 0
        self._diode = 0  # consecutive samples: positive good, negative bad
        self.seen_b = False
        self._jump = 0  # ticks: in state B before `seen_b`, or in C and D without it
        self._off_ticks = _OFF_TICKS

    def _watch(self, pin: "Optional[PinIn]", bit: int, limit: int) -> None:
        if pin is not None:
            self._pins.append(pin)
            self._bits.append(bit)
            self._limits.append(limit)
            self._counts.append(0)

    def request_close(self) -> None:
        """Ask for the contactor to close within 200 ms, if all is well by then."""
        self._token = _TOKEN_TICKS

    def open(self) -> None:
        """Let the contactor go with the next tick, and forget a request made before."""
        self._token = 0
        self._stop = True

    def tick(self, timer: object = None) -> None:
        """One step. Context: ISR-safe. Allocates: none. Blocks: as long as the pilot's readings take.

        It alone reads the ADC: the pilot, and one slow input each time. Ticks that a port makes up for after a stall come back to back: three
        equal samples are then less than 30 ms. The stall has let the coil go by then, and a close needs a request of the loop, so that can only open.
        """
        try:
            pilot = self._pilot
            raw = pilot.sample(self.pilot_state)
            if raw == self.pilot_state != PILOT_UNKNOWN:
                self._equal = 0
            else:
                self._equal = self._equal + 1 if raw == self._candidate else 1
                self._candidate = raw
                if self._equal >= _EQUAL:
                    self._enter(raw)
            if self._sampled:
                turn = self._turn
                self._sampled[turn].sample()
                turn += 1
                self._turn = turn if turn < len(self._sampled) else 0
            self._check_car(pilot.low_mv, pilot.duty)
            self._check_inputs()
            contactor = self._contactor
            fault = contactor.sample()
            if fault:
                self.tripped |= 1 << fault
            if self.clear:
                self.tripped &= ~self.clear
                self.clear = 0
            self._switch(PILOT_B < raw <= self._charging)
            if self._chain is not None:
                self._chain.tick()
            ticks = self.ticks + 1
            self.ticks = ticks if ticks < _TICKS else 0
        except RuntimeError:
            # What this interrupted had used up the stack. The port would stop its timer for good; as it is one tick is lost, with its edge, and
            # if that goes on the one-shot lets go and the watchdog sees no ticks.
            pass

    def _enter(self, state: int) -> None:
        """A new pilot state, three times seen."""
        self.pilot_state = state
        self._equal = self._jump = 0
        if state == PILOT_UNKNOWN:
            self.tripped |= 1 << FAULT_INTERNAL
        elif state == PILOT_E or state == PILOT_F and self._pilot.duty:
            self.tripped |= 1 << FAULT_PILOT_SHORT
        elif state == PILOT_A:
            self.seen_b = False
            self._off_ticks = _OFF_TICKS

    def _check_car(self, low_mv: int, duty: int) -> None:
        """The diode while the PWM runs and a car loads it; no C without B."""
        state = self.pilot_state
        if not 0 < duty < _FULL or not PILOT_A < state < PILOT_E:
            self._diode = 0
        elif low_mv <= _DIODE_MV:
            self._diode = 1 if self._diode < 0 else min(_EQUAL, self._diode + 1)
        else:
            self._diode = -1 if self._diode > 0 else self._diode - 1
            if self._diode <= -_EQUAL:
                self._diode = -_EQUAL
                self.tripped |= 1 << FAULT_NO_DIODE
        if PILOT_A < state < PILOT_E and not self.seen_b:
            self._jump += 1
            if state == PILOT_B:
                self.seen_b = self._jump >= _B_TICKS
            elif self._jump >= _JUMP_TICKS:
                self._jump = _JUMP_TICKS
                self.tripped |= 1 << FAULT_PILOT_JUMP

    def _check_inputs(self) -> None:
        counts = self._counts
        asserted = 0
        for n in range(len(counts)):
            bit = self._bits[n]
            if self._pins[n].value() and not (self.testing and bit == 1 << FAULT_RCD):
                asserted |= bit
                if counts[n] < self._limits[n]:
                    counts[n] += 1
                else:
                    self.tripped |= bit
            else:
                counts[n] = 0
        self.asserted = asserted

    def _switch(self, car_ready: bool) -> None:
        """Hold, let go, or grant a request. `car_ready` is this sample's; the latch needs the debounced state too."""
        contactor = self._contactor
        token = self._token
        fit = not (self.tripped | self.blocked) and PILOT_B < self.pilot_state <= self._charging
        if contactor.driving:
            self._token = 0
            if (self.ticks - self.alive) & (_TICKS - 1) > _LOOP_TICKS:
                self.tripped |= 1 << FAULT_INTERNAL
                fit = False
            if self._stop or not fit:
                contactor.drive(False)
                self._off_ticks = _ERROR_TICKS if self.tripped | self.blocked else _OFF_TICKS
            elif car_ready and self._diode >= 0 and not self.asserted and not contactor.dropped:
                contactor.edge()
        elif token > 0:
            token -= 1
            self.hold = self._holds(car_ready)
            if not self.hold:
                contactor.drive(True)
                contactor.edge()
                token = 0
            self._token = token
        self._stop = False

    def _holds(self, car_ready: bool) -> int:
        """What keeps a contactor from closing at this moment, HOLD_NOTHING when nothing does: every condition of closing, in one place."""
        contactor = self._contactor
        if self.tripped | self.blocked:
            return HOLD_FAULT
        if not car_ready or not PILOT_B < self.pilot_state <= self._charging:
            return HOLD_VEHICLE
        if self.asserted:
            return HOLD_INPUT
        if self.testing:
            return HOLD_RCD_TEST
        if not self.seen_b or self._diode < _EQUAL:
            return HOLD_NOT_READY
        if contactor.closed:
            return HOLD_CONTACTS
        return HOLD_REST if contactor.off_ticks < self._off_ticks else HOLD_NOTHING
