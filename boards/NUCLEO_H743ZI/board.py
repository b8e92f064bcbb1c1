"""ST NUCLEO-H743ZI2 (and ZI: the README has the differences) with the official MicroPython for NUCLEO_H743ZI."""

import time

import network
import pyb
from charger import Hardware as Charger, I2cBus, check_product, make_pilot, make_register
from ethernet import Network
from machine import ADC, I2C, PWM, SPI, UART, Pin
from micropython import const
from nor_volume import mount_store

from chargepoint.drivers.contactor import Contactor
from chargepoint.drivers.fram import CALIBRATION_AT
from chargepoint.drivers.led import RgbLed
from chargepoint.drivers.meter_spi import Atm90e32
from chargepoint.drivers.parts import ConnectorParts
from chargepoint.drivers.rcd import Rcd
from chargepoint.drivers.rfid_uart import Pn532
from chargepoint.drivers.spi_nor import SpiNor
from chargepoint.drivers.temperature import Ntc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# The wires, by pin (README.md). The pins of a bus are the port's: UART 2 on PD5 and PD6, I2C 1 on PB8 and PB9, SPI 3 on PB3 to PB5.
_READER_UART = const(2)
_I2C = const(1)  # FRAM 0x50
_SCL = const("PB8")
_SDA = const("PB9")
_METER_SPI = const(3)
_METER_CS = const("PA4")
_STORE_CS = const("PD11")  # W25Q flash on the meter's bus, the only one that the port has
_METER_HZ = const(500000)
_STORE_HZ = const(12000000)
_PILOT_PWM = const("PE9")  # TIM1 channel 1
_PILOT_ADC = const("PA3")
_COIL = const("PE13")
_COIL_CLEAR = const("PE11")
_MIRROR = const("PE14")
_RCD_TRIP = const("PF3")
_RCD_TEST = const("PD15")
_EMERGENCY_STOP = const("PD14")
_PE_MONITOR = const("PB1")
_TEMPERATURE_ADC = const("PC0")
_PROXIMITY_ADC = const("PF10")  # products with a socket, as the lock
_LOCK_MOTOR = const("PE10")
_UNLOCK_MOTOR = const("PE12")
_LOCK_SWITCH = const("PE7")
_LIGHT_RED = const("PB14")
_LIGHT_GREEN = const("PB0")
_LIGHT_BLUE = const("PE1")  # yellow on a ZI2
_TICK_TIMER = const(7)  # a timer without pins
_TICK_HZ = const(100)

NAME = "NUCLEO_H743ZI"
# The internal file system has 512 KiB for two firmware slots, and for the data when no SPI flash is fitted: the queue is smaller than elsewhere.
# The watchdog waits for commits on it too: an erase of its sectors takes 2.2 s at worst, a start makes up to four.
LIMITS = {"most_ma": 32000, "flash_bytes": 512 * 1024, "queue_bytes": 56 * 1024, "fram_bytes": 32768, "tick_ms": 10, "wdt_ms": 30000}


class LanNetwork(Network):
    """The network of network.LAN; MicroPython 1.29 watches its cable and restarts DHCP by itself."""

    def cable(self) -> bool:
        """Say whether the PHY has a link and the interface an address; an interface that could not start is started again."""
        interface = self.interface
        if interface is None:
            return False
        if not interface.active():
            _activate(interface)
        return interface.isconnected()


class Hardware(Charger):
    """What the application gets from this board."""

    def __init__(self, product: "Any") -> None:
        """Build every part the product has. Raises ValueError: a product that this board has not the parts for."""
        check_product(NAME, product, True)
        interface = network.LAN()
        _activate(interface)
        Charger.__init__(self, LIMITS, LanNetwork(interface), I2cBus(_SCL, _SDA, lambda: I2C(_I2C, freq=400000)))
        self.reader = Pn532(UART(_READER_UART, 115200, timeout=0, rxbuf=256))
        lock = proximity = None
        if product.SOCKET:
            from chargepoint.drivers.lock import Lock
            from chargepoint.drivers.proximity import Proximity

            lock = Lock(_out(_LOCK_MOTOR), _out(_UNLOCK_MOTOR), _in(_LOCK_SWITCH))
            proximity = Proximity(ADC(Pin(_PROXIMITY_ADC)))
        meter_spi = SPI(_METER_SPI, baudrate=_METER_HZ, polarity=1, phase=1)
        store = SpiNor(
            meter_spi,
            Pin(_STORE_CS, Pin.OUT, value=1),
            time.sleep_us,
            lambda: meter_spi.init(baudrate=_STORE_HZ, polarity=1, phase=1),
            lambda: meter_spi.init(baudrate=_METER_HZ, polarity=1, phase=1),
        )
        folder, self.warning = mount_store(store)
        if folder:
            self.volume = folder
        pwm = PWM(Pin(_PILOT_PWM), freq=1000, duty_u16=65535)
        self.connectors = [
            ConnectorParts(
                make_pilot(pwm, ADC(Pin(_PILOT_ADC)), self.pilot_scale),
                Contactor(_out(_COIL), _in(_MIRROR), _out(_COIL_CLEAR)),
                Atm90e32(meter_spi, Pin(_METER_CS, Pin.OUT, value=1), phases=product.PHASES, calibration=self.meter_registers),
                make_register(self.fram),
                emergency_stop=_in(_EMERGENCY_STOP),
                rcd=Rcd(_in(_RCD_TRIP), _out(_RCD_TEST)),
                pe=_in(_PE_MONITOR),
                lock=lock,
                proximity=proximity,
                temperature=Ntc(ADC(Pin(_TEMPERATURE_ADC))),
                led=RgbLed(_out(_LIGHT_RED), _out(_LIGHT_GREEN), _out(_LIGHT_BLUE)),
                calibrated=self.calibrated,
                calibration_at=CALIBRATION_AT,
            )
        ]

    def start_tick(self, callback: "Callable[[Any], None]") -> None:
        """Call `callback` every 10 ms from a hardware timer, which interrupts the network too (machine.Timer would wait for it)."""
        self._timer = pyb.Timer(_TICK_TIMER, freq=_TICK_HZ, callback=callback)


def _activate(interface: "Any") -> None:
    try:
        interface.active(True)
    except OSError:
        pass  # the PHY does not answer: tried again later, the charger works offline


def _out(name: str) -> "Pin":
    return Pin(name, Pin.OUT, value=0)


def _in(name: str) -> "Pin":
    return Pin(name, Pin.IN, Pin.PULL_UP)


def build(product: "Any") -> "Hardware":
    """Build the hardware of this board for a product."""
    return Hardware(product)
