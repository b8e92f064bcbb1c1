"""What a fault of the hardware means to OCPP: errorCode, status, latch and how it clears.  Spec: docs/hardware.md 4.8.

The drivers debounce and report each fault once when it begins and once when it ends; the rules here decide what the charger does with it.
The highest level wins, among equals the one that stands first in the table; the others wait behind it and show when it is gone.

Levels: 1 note (told to the central system, charging goes on), 2 no power but not Faulted, 3 Faulted: opens at once and ends a transaction.
Kinds and the level they lead to:

    n  note: always 1
    m  meter: 3 when it begins in a transaction, else 1 (and no transaction starts on 1)
    s  signalling: 2; 3 after 60 s (EVCommunicationError alone is no reason to fault)
    v  supply: 2 in a transaction, 3 after 60 s or without one
    f  fault: 3

Clearing: a as soon as the driver says that it is over, g after 30 s without it, u when it is over and the plug has been pulled,
o only by an operator (`ChargePoint.clear_faults`). A contactor that has welded stays so over a reboot: the driver remembers it.
"""

from micropython import const

from chargepoint.util.signals import FAULT_CODES, FAULT_INTERNAL
from chargepoint.util.ticks import ticks_aged, ticks_diff

# One line a fault code from 1: kind, clearing, ChargePointErrorCode (two digits), vendorErrorCode or -, info.
_TABLE = b"""
fo11CX017 contactor welded
fu11CX017 contactor does not close
fu03CX002 residual current
fa07CX008 emergency stop
fa04CX003 over-temperature
vg09CX005 over-voltage
vg14CX006 under-voltage
fu08CX004 over-current
ma10----- energy meter silent or implausible
na12----- card reader silent
fa01CX001 connector lock jammed
su02CX014 pilot shorted or negative
su02CX014 no diode in the vehicle
fa05----- residual current self-test failed
fa05----- internal fault
na04CX018 current reduced for temperature
fu03CX002 protective earth lost
su02CX014 vehicle asked for power before it was ready
fu11CX017 contactor feedback does not match
fa05----- storage failing
fa05----- not calibrated
fa05----- rated current not provisioned
"""
_KIND = const(0)  # columns of the table
_CLEARING = const(1)
_ERROR_CODE = const(2)
_VENDOR_CODE = const(4)
_VENDOR_CODE_CHARS = const(5)
_INFO = const(10)

_KIND_FAULT = const(0x66)  # f
_KIND_METER = const(0x6D)  # m
_KIND_SIGNALLING = const(0x73)  # s
_KIND_SUPPLY = const(0x76)  # v
_BY_ITSELF = const(0x61)  # a
_GOOD_FOR_A_WHILE = const(0x67)  # g
_BY_OPERATOR = const(0x6F)  # o
_UNPLUGGED = const(0x75)  # u

_ACTIVE = const(1)
_LATCHED = const(2)
_RAISED = const(4)  # has reached level 3, and stays there until it clears
_PERSISTS_MS = const(60000)
_GOOD_MS = const(30000)


def outlives_reset(code: int) -> bool:
    """Whether this is a fault that a person, or the pulled plug, has to clear: only such a one can have been latched before a boot."""
    return 1 <= code < FAULT_CODES and _rule(code, _CLEARING) in (_UNPLUGGED, _BY_OPERATOR)


class Faults:
    """The faults of one connector, or (with connector 0) of the charge point. `level` and `code` are what `poll` decided last."""

    def __init__(self) -> None:
        """Allocates: at construction only."""
        self._state = bytearray(FAULT_CODES)
        self._since = [0] * FAULT_CODES
        self.level = self.code = 0
        self.present = 0  # how many codes are active or latched
        self.lasting = 0  # bits of those that a person has to clear: they outlive a reset

    def report(self, code: int, active: bool, now: int) -> None:
        """Take the beginning or the end of a fault. An unknown code counts as an internal fault. Allocates: none."""
        if code < 1 or code >= FAULT_CODES:
            code = FAULT_INTERNAL
        state = self._state
        if active:
            if not state[code]:
                self.present += 1
                self._since[code] = now
                if outlives_reset(code):
                    self.lasting |= 1 << code
            state[code] |= _ACTIVE
        elif state[code] & _ACTIVE:
            state[code] &= ~_ACTIVE
            if _rule(code, _CLEARING) == _BY_ITSELF:
                self._forget(code)
            else:
                state[code] |= _LATCHED
                if _rule(code, _CLEARING) == _GOOD_FOR_A_WHILE:
                    self._since[code] = now

    def _forget(self, code: int) -> None:
        self._state[code] = 0
        self.present -= 1
        self.lasting &= ~(1 << code)

    def release(self, everything: bool) -> int:
        """Take back the latches that the pulled plug releases, or all (operator), of faults that are over.

        Returns: the code of one that was taken back, 0 for none; ask again until 0. With `everything` an active fault that waits for the
        operator is taken back as well: the driver reports it again if it is still there.
        """
        for code in range(1, FAULT_CODES):
            clearing = _rule(code, _CLEARING)
            state = self._state[code]
            if state == 0 or clearing == _BY_ITSELF or (not everything and clearing != _UNPLUGGED):
                continue
            if not state & _ACTIVE or (everything and clearing == _BY_OPERATOR):
                self._forget(code)
                return code
        return 0

    def poll(self, charging: bool, now: int) -> None:
        """Work out level and code. `charging`: a transaction runs. Allocates: none."""
        self.level = self.code = 0
        if not self.present:
            return
        for code in range(1, FAULT_CODES):
            state = self._state[code]
            if not state:
                continue
            kind = _rule(code, _KIND)
            self._since[code] = ticks_aged(self._since[code], now)
            age_ms = ticks_diff(now, self._since[code])
            if state == _LATCHED | (state & _RAISED) and _rule(code, _CLEARING) == _GOOD_FOR_A_WHILE and age_ms >= _GOOD_MS:
                self._forget(code)
                continue
            level = 1
            if kind == _KIND_FAULT or state & _RAISED:
                level = 3
            elif kind == _KIND_SIGNALLING or kind == _KIND_SUPPLY:
                level = 2
                if (state & _ACTIVE and age_ms >= _PERSISTS_MS) or (kind == _KIND_SUPPLY and not charging):
                    level = 3
            elif kind == _KIND_METER and charging:
                level = 3
            if level == 3:
                self._state[code] |= _RAISED
            if level > self.level:
                self.level = level
                self.code = code

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` may decide otherwise by time alone. Allocates: none."""
        return 250 if self.present else 60000

    def has(self, code: int) -> bool:
        """Whether a fault is active or latched."""
        return self._state[code] != 0


def _rule(code: int, column: int) -> int:
    """A letter of the table. Allocates: none."""
    return _TABLE[_line(code) + column]


def _line(code: int) -> int:
    at = 0
    for _ in range(code):
        at = _TABLE.find(b"\n", at) + 1
    return at


def error_code(code: int) -> int:
    """The ChargePointErrorCode of a fault, 0 (NoError) for none."""
    if not code:
        return 0
    return (_rule(code, _ERROR_CODE) - 48) * 10 + _rule(code, _ERROR_CODE + 1) - 48  # 48: the digit 0


def vendor_code(code: int) -> "str | None":
    """The vendorErrorCode of a fault, None when it has none."""
    if not code or _rule(code, _VENDOR_CODE) == 0x2D:
        return None
    at = _line(code)
    return str(_TABLE[at + _VENDOR_CODE : at + _VENDOR_CODE + _VENDOR_CODE_CHARS], "utf-8")


def info(code: int) -> "str | None":
    """The info text of a fault in words, None for none."""
    if not code:
        return None
    at = _line(code)
    return str(_TABLE[at + _INFO : _TABLE.find(b"\n", at)], "utf-8")
