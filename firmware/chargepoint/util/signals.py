"""Codes that layers share: pilot states of IEC 61851-1, faults, limits, holds. All are small integers."""

from micropython import const

PILOT_A = const(0)
PILOT_B = const(1)
PILOT_C = const(2)
PILOT_D = const(3)
PILOT_E = const(4)
PILOT_F = const(5)
PILOT_UNKNOWN = const(6)

FAULT_WELDED = const(1)
FAULT_NO_CLOSE = const(2)
FAULT_RCD = const(3)
FAULT_EMERGENCY_STOP = const(4)
FAULT_OVER_TEMPERATURE = const(5)
FAULT_OVER_VOLTAGE = const(6)
FAULT_UNDER_VOLTAGE = const(7)
FAULT_OVER_CURRENT = const(8)
FAULT_METER = const(9)
FAULT_READER = const(10)
FAULT_LOCK = const(11)
FAULT_PILOT_SHORT = const(12)  # state E, or F that nobody commanded
FAULT_NO_DIODE = const(13)
FAULT_RCD_TEST = const(14)
FAULT_INTERNAL = const(15)
FAULT_DERATE = const(16)  # a warning: the offered current is reduced for temperature
FAULT_PE = const(17)
FAULT_PILOT_JUMP = const(18)  # state A to C without B
FAULT_MIRROR = const(19)
FAULT_STORAGE = const(20)
FAULT_CALIBRATION = const(21)  # production has not calibrated this unit
FAULT_RATING = const(22)  # nobody has told what the hardware stands
FAULT_CODES = const(23)  # one more than the last

# What a card reader's poll answers.
READER_NOTHING = const(0)  # nothing new
READER_CARD = const(1)  # a card is in the field
READER_EMPTY = const(2)  # there is none

# What limits the current of a connector (core/charging/limits.py).
LIMIT_PRODUCT = const(0)
LIMIT_HARDWARE = const(1)  # what the parts stand, or the installation
LIMIT_CABLE = const(2)
LIMIT_TEMPERATURE = const(3)
LIMIT_PROFILE = const(4)  # a charging profile

# Why a contactor that should close is open: the one answer, from the interlock, from the parts or from the safety tick.
HOLD_NOTHING = const(0)
HOLD_FAULT = const(1)
HOLD_NO_PERMIT = const(2)  # no transaction, or it may not have energy any more
HOLD_GIVEN_UP = const(3)  # the contactor failed three times
HOLD_LOCK = const(4)
HOLD_LIMIT = const(5)  # less than 6 A
HOLD_VEHICLE = const(6)  # it does not ask
HOLD_NOT_READY = const(7)  # it asks, but has not shown state B, or its diode
HOLD_REST = const(8)  # opened only just now
HOLD_METER = const(9)  # no reading
HOLD_RCD_TEST = const(10)  # the residual-current test is not done
HOLD_INPUT = const(11)  # emergency stop, residual current or protective earth, not latched yet
HOLD_CONTACTS = const(12)  # the mirror contact does not say open
HOLD_TICK = const(13)  # the safety tick does not answer
