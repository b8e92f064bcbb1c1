"""WIZnet W5500-EVB-Pico (RP2040, official MicroPython) and, with the same pins, W5500-EVB-Pico2 (RP2350, own build: see the README)."""

import sys
import time

import network
from charger import Hardware as Charger, I2cBus, check_product, make_register
from machine import ADC, I2C, PWM, SPI, UART, Pin, Timer, bitstream, mem32
from micropython import const
from rp2 import DMA
from rp2_adc import AdcRing, RingInput, RingPilot
from wiznet import WiznetNetwork

from chargepoint.drivers.contactor import Contactor
from chargepoint.drivers.fram import CALIBRATION_AT
from chargepoint.drivers.led import Ws2812
from chargepoint.drivers.meter_spi import Atm90e32
from chargepoint.drivers.parts import ConnectorParts
from chargepoint.drivers.rcd import Rcd
from chargepoint.drivers.rfid_uart import Pn532
from chargepoint.drivers.temperature import Ntc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# The wires, by GPIO number (README.md). 16 to 21 belong to the W5500, 23 to 25 and 29 to the board.
_READER_TX = const(0)
_READER_RX = const(1)
_SDA = const(2)  # I2C1: FRAM 0x50, MCP23008 0x20
_SCL = const(3)
_PILOT_PWM = const(4)
_RCD_TEST = const(5)
_COIL = const(6)
_RCD_TRIP = const(7)
_METER_MISO = const(8)
_METER_CS = const(9)
_METER_SCK = const(10)
_METER_MOSI = const(11)
_MIRROR = const(13)
_COIL_CLEAR = const(14)
_LIGHT = const(15)
_ETHERNET_MISO = const(16)
_ETHERNET_CS = const(17)
_ETHERNET_SCK = const(18)
_ETHERNET_MOSI = const(19)
_ETHERNET_RESET = const(20)
_ETHERNET_INT = const(21)
_EMERGENCY_STOP = const(22)
_ADC_FIRST = const(26)  # input 0
_PILOT_ADC = const(26)
_PROXIMITY_ADC = const(27)  # products with a socket
_PE_MONITOR = const(27)  # products with a fixed cable
_TEMPERATURE_ADC = const(28)
_LOCK_MOTOR = const(0)  # pins of the MCP23008, products with a socket
_UNLOCK_MOTOR = const(1)
_LOCK_SWITCH = const(2)

NAME = "W5500_EVB_PICO"
# The watchdog of the RP2040 cannot wait for more than 8388 ms, that of the RP2350 for 16777.
_WDT_MS = 16000 if "RP2350" in getattr(sys.implementation, "_machine", "") else 8000
LIMITS = {"most_ma": 32000, "flash_bytes": 1408 * 1024, "queue_bytes": 256 * 1024, "fram_bytes": 32768, "tick_ms": 10, "wdt_ms": _WDT_MS}

_WS2812_NS = (400, 850, 800, 450)  # a zero: high, low; a one: high, low


class Hardware(Charger):
    """What the application gets from this board."""

    def __init__(self, product: "Any") -> None:
        """Build every part the product has. Raises ValueError: a product that this board has not the parts for."""
        check_product(NAME, product, True)
        i2c = I2cBus(_SCL, _SDA, lambda: I2C(1, scl=Pin(_SCL), sda=Pin(_SDA), freq=400000))
        Charger.__init__(self, LIMITS, WiznetNetwork(_interface()), i2c)
        self.reader = Pn532(UART(0, baudrate=115200, tx=Pin(_READER_TX), rx=Pin(_READER_RX), timeout=0, rxbuf=256))
        meter_spi = SPI(1, baudrate=500000, polarity=1, phase=1, sck=Pin(_METER_SCK), mosi=Pin(_METER_MOSI), miso=Pin(_METER_MISO))
        light = Pin(_LIGHT, Pin.OUT, value=0)
        analog = (_PILOT_ADC, _PROXIMITY_ADC, _TEMPERATURE_ADC) if product.SOCKET else (_PILOT_ADC, _TEMPERATURE_ADC)
        for number in analog:
            ADC(Pin(number))  # the pad is the ADC's; from here on the ring has it
        ring = AdcRing(tuple([number - _ADC_FIRST for number in analog]), DMA, mem32)
        lock = proximity = pe = None
        if product.SOCKET:
            from chargepoint.drivers.expander import Expander
            from chargepoint.drivers.lock import Lock
            from chargepoint.drivers.proximity import Proximity

            chip = Expander(i2c.bus)
            pins = (chip.output(_LOCK_MOTOR), chip.output(_UNLOCK_MOTOR), chip.input(_LOCK_SWITCH))
            chip.start()
            lock = Lock(*pins)
            proximity = Proximity(RingInput(ring, 1))
        else:
            pe = _in(_PE_MONITOR)
        pwm = PWM(Pin(_PILOT_PWM), freq=1000, duty_u16=65535)
        self.connectors = [
            ConnectorParts(
                RingPilot(pwm, ring, time.ticks_us, *self.pilot_scale),
                Contactor(_out(_COIL), _in(_MIRROR), _out(_COIL_CLEAR)),
                Atm90e32(meter_spi, Pin(_METER_CS, Pin.OUT, value=1), phases=product.PHASES, calibration=self.meter_registers),
                make_register(self.fram),
                emergency_stop=_in(_EMERGENCY_STOP),
                rcd=Rcd(_in(_RCD_TRIP), _out(_RCD_TEST)),
                pe=pe,
                lock=lock,
                proximity=proximity,
                temperature=Ntc(RingInput(ring, len(analog) - 1)),
                led=Ws2812(lambda data: bitstream(light, 0, _WS2812_NS, data)),
                calibrated=self.calibrated,
                calibration_at=CALIBRATION_AT,
            )
        ]

    def start_tick(self, callback: "Callable[[Any], None]") -> None:
        """Call `callback` every 10 ms from a hard timer."""
        self._timer = Timer(-1, mode=Timer.PERIODIC, period=LIMITS["tick_ms"], callback=callback, hard=True)


def _interface() -> "network.WIZNET5K":
    """The W5500, switched on; its address comes when there is a cable. Blocks: 0.4 s."""
    spi = SPI(0, baudrate=20000000, sck=Pin(_ETHERNET_SCK), mosi=Pin(_ETHERNET_MOSI), miso=Pin(_ETHERNET_MISO))
    interface = network.WIZNET5K(spi, Pin(_ETHERNET_CS), Pin(_ETHERNET_RESET), Pin(_ETHERNET_INT))
    interface.active(True)
    return interface


def _out(number: int) -> "Pin":
    return Pin(number, Pin.OUT, value=0)


def _in(number: int) -> "Pin":
    return Pin(number, Pin.IN, Pin.PULL_UP)


def build(product: "Any") -> "Hardware":
    """Build the hardware of this board for a product."""
    return Hardware(product)
