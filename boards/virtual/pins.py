"""Pin numbers of the virtual board: data for board.py, and for the world at the other end of the wires."""

from micropython import const

READER_UART = const(1)
READER_TX = const(0)
READER_RX = const(1)
METER_SPI = const(1)
METER_SCK = const(2)
METER_MOSI = const(3)
METER_MISO = const(4)
I2C_BUS = const(0)
I2C_SDA = const(5)
I2C_SCL = const(6)
EMERGENCY_STOP = const(7)  # in: 1 = pressed, or the wire is cut
LED_RED = const(9)  # of connector 1; those of connector 2 are LEDS_A_CONNECTOR further on
LED_GREEN = const(10)
LED_BLUE = const(11)
LEDS_A_CONNECTOR = const(3)

# Connector n (1 or 2) has its pins from 16 * n on:
PILOT_PWM = const(0)
COIL = const(1)  # out: edges hold the coil, levels do not
MIRROR = const(2)  # in: 0 = mirror contact closed = mains contacts proven open
RCD_TRIP = const(3)  # in: 1 = tripped, or the wire is cut
RCD_TEST = const(4)
METER_CS = const(5)
LOCK_MOTOR = const(6)
UNLOCK_MOTOR = const(7)
LOCK_SWITCH = const(8)  # in: 0 = proven locked
COIL_CLEAR = const(9)  # out: 0 = the coil's one-shot is cleared and held so, 1 = edges hold the coil
PINS_A_CONNECTOR = const(16)

# FRAM of each connector: its energy register at the beginning, then its calibration.
FRAM_A_CONNECTOR = const(256)
FRAM_CALIBRATION = const(112)

# Analogue inputs; connector n has the n-th of each pair:
PILOT_ADC = const(48)
PROXIMITY_ADC = const(50)
TEMPERATURE_ADC = const(52)

# The flash, in blocks: the file system, then the image slots (runtime/update/image_slots.py).
FLASH_BLOCK_BYTES = const(4096)
FILE_SYSTEM_BLOCKS = const(352)  # 1408 KiB, the file system of a W5500_EVB_PICO
SLOT_BLOCKS = const(96)
