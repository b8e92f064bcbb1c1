"""Olimex ESP32-POE with a WROOM module and the official MicroPython for OLIMEX_ESP32_POE. The weakest in real time: read the README."""

import network
from charger import Hardware as Charger, I2cBus, check_product, make_pilot, make_register
from ethernet import Network
from machine import ADC, I2C, PWM, SPI, UART, Pin, Timer
from micropython import const

from chargepoint.drivers.contactor import Contactor
from chargepoint.drivers.expander import Expander
from chargepoint.drivers.fram import CALIBRATION_AT
from chargepoint.drivers.led import RgbLed
from chargepoint.drivers.meter_spi import Atm90e32
from chargepoint.drivers.parts import ConnectorParts
from chargepoint.drivers.rcd import Rcd
from chargepoint.drivers.rfid_uart import Pn532
from chargepoint.drivers.temperature import Mcp9808

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# The wires, by GPIO number (README.md). 17 to 19, 21 to 23, 25 to 27 and 12 belong to the Ethernet, 0, 1 and 3 to the console.
_READER_TX = const(4)
_READER_RX = const(36)
_METER_SCK = const(14)
_METER_MOSI = const(2)
_METER_MISO = const(15)
_METER_CS = const(5)
_SDA = const(13)  # FRAM 0x50, MCP23017 0x20, MCP9808 0x18
_SCL = const(16)
_COIL = const(32)
_PILOT_PWM = const(33)
_MIRROR = const(34)  # inputs only, without pull-ups inside, as 35, 36 and 39
_PILOT_ADC = const(35)
_RCD_TRIP = const(39)
_ETHERNET_MDC = const(23)
_ETHERNET_MDIO = const(18)
_ETHERNET_POWER = const(12)
_ETHERNET_CLOCK = const(17)
_EMERGENCY_STOP = const(0)  # pins of the MCP23017
_RCD_TEST = const(1)
_LIGHT_RED = const(2)
_LIGHT_GREEN = const(3)
_LIGHT_BLUE = const(4)
_COIL_CLEAR = const(5)

NAME = "OLIMEX_ESP32_POE"
LIMITS = {"most_ma": 32000, "flash_bytes": 2048 * 1024, "queue_bytes": 256 * 1024, "fram_bytes": 32768, "tick_ms": 10, "wdt_ms": 8000}


class MillivoltAdc:
    """The ADC through its factory calibration, as codes of 3.3 V full scale: the raw codes are not linear enough for the pilot."""

    def __init__(self, adc: "ADC") -> None:
        """Keep the ADC."""
        self._read = adc.read_uv

    def read_u16(self) -> int:
        """Return one sample. Allocates: none."""
        return self._read() // 1000 * 19859 // 1000


class Hardware(Charger):
    """What the application gets from this board."""

    def __init__(self, product: "Any") -> None:
        """Build every part the product has. Raises ValueError: a product that this board has not the parts for."""
        check_product(NAME, product, False)
        i2c = I2cBus(_SCL, _SDA, lambda: I2C(0, scl=Pin(_SCL), sda=Pin(_SDA), freq=400000))
        chip = Expander(i2c.bus, wide=True)
        emergency_stop = chip.input(_EMERGENCY_STOP)
        rcd_test = chip.output(_RCD_TEST)
        lights = (chip.output(_LIGHT_RED), chip.output(_LIGHT_GREEN), chip.output(_LIGHT_BLUE))
        coil_clear = chip.output(_COIL_CLEAR)
        chip.start()
        Charger.__init__(self, LIMITS, Network(_interface()), i2c)
        self.reader = Pn532(UART(1, baudrate=115200, tx=Pin(_READER_TX), rx=Pin(_READER_RX), timeout=0, rxbuf=256))
        meter_spi = SPI(2, baudrate=500000, polarity=1, phase=1, sck=Pin(_METER_SCK), mosi=Pin(_METER_MOSI), miso=Pin(_METER_MISO))
        pwm = PWM(Pin(_PILOT_PWM), freq=1000, duty_u16=65535)
        adc = ADC(Pin(_PILOT_ADC), atten=ADC.ATTN_11DB)
        self.connectors = [
            ConnectorParts(
                make_pilot(pwm, MillivoltAdc(adc), self.pilot_scale),
                Contactor(Pin(_COIL, Pin.OUT, value=0), Pin(_MIRROR, Pin.IN), coil_clear),
                Atm90e32(meter_spi, Pin(_METER_CS, Pin.OUT, value=1), phases=product.PHASES, calibration=self.meter_registers),
                make_register(self.fram),
                emergency_stop=emergency_stop,
                rcd=Rcd(Pin(_RCD_TRIP, Pin.IN), rcd_test),
                temperature=Mcp9808(i2c.bus),
                led=RgbLed(*lights),
                calibrated=self.calibrated,
                calibration_at=CALIBRATION_AT,
            )
        ]

    def start_tick(self, callback: "Callable[[Any], None]") -> None:
        """Call `callback` every 10 ms from a soft timer: this port has no other. The hardware comparator is required (README.md)."""
        self._timer = Timer(0, mode=Timer.PERIODIC, period=LIMITS["tick_ms"], callback=callback)


def _interface() -> "network.LAN | None":
    """The Ethernet, switched on, or None: one that failed cannot be tried again before a reset, and local charging goes on without."""
    try:
        interface = network.LAN(
            mdc=Pin(_ETHERNET_MDC),
            mdio=Pin(_ETHERNET_MDIO),
            power=Pin(_ETHERNET_POWER),
            phy_type=network.PHY_LAN8720,
            phy_addr=0,
            ref_clk=Pin(_ETHERNET_CLOCK),
            ref_clk_mode=Pin.OUT,
        )
        interface.active(True)
        return interface
    except OSError:
        return None


def build(product: "Any") -> "Hardware":
    """Build the hardware of this board for a product."""
    return Hardware(product)
