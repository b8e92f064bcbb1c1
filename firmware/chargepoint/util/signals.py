"""Codes that drivers and core share: pilot states of IEC 61851-1 and faults. All are small integers."""

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
