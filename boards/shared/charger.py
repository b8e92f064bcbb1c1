"""What the boards with a microcontroller have in common: clocks, watchdog, reset, the folder for the data, the connector's parts.

A board's module has the pins and the peculiarities; its Hardware derives from the one here.
"""

import os
import time

import machine
from micropython import const

from chargepoint.drivers.energy_register import EnergyRegister
from chargepoint.drivers.fram import CALIBRATION_AT, ENERGY_AT, Fram
from chargepoint.drivers.i2c_bus import free_bus
from chargepoint.drivers.parts import ConnectorParts
from chargepoint.drivers.pilot import Pilot
from chargepoint.drivers.pilot_burst import fit_burst

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ethernet import Network

    from chargepoint.drivers.bus import Adc, I2c, Pwm

_DATA = "data"
_UNIX_TO_2020_S = const(1577836800)
_EPOCH_2000_TO_2020_S = const(631152000)
_OLDEST_S = const(215913600)  # 2026-11-04: before this firmware; a clock that says less has lost its time


class Clock:
    """The port's milliseconds, which wrap at 2**30."""

    def ticks_ms(self) -> int:
        """Return milliseconds modulo 2**30. Allocates: none."""
        ticks: "Any" = time.ticks_ms()  # an opaque type to the stubs
        return int(ticks & 0x3FFFFFFF)

    def wait(self, poller: "Any", ms: int) -> None:
        """Wait `ms`, less when a stream of `poller` is ready; interrupts run meanwhile. Allocates: none."""
        if poller is None:
            time.sleep_ms(ms)
        else:
            for _ in poller.ipoll(ms):
                return


class Rtc:
    """The clock that the port checks certificates with. Without a battery it starts in the past and says so until it is set."""

    def __init__(self) -> None:
        """Find out when this port's time begins: 1970 or 2000."""
        self._offset_s = _UNIX_TO_2020_S if time.gmtime(0)[0] == 1970 else _EPOCH_2000_TO_2020_S

    def utc_s(self) -> "int | None":
        """Return seconds since 2020, None when the clock is not set."""
        utc_s = int(time.time()) - self._offset_s
        return utc_s if utc_s > _OLDEST_S else None

    def set_utc(self, utc_s: int) -> None:
        """Set the clock."""
        year, month, day, hour, minute, second, weekday = time.gmtime(utc_s + self._offset_s)[:7]
        machine.RTC().datetime((year, month, day, weekday + 1, hour, minute, second, 0))


class I2cBus:
    """The board's I2C, freed from a chip that holds it before it starts and whenever somebody asks.

    Args: scl, sda: pins. start: makes the port's I2C; a port has one object a bus, so whoever holds it goes on with the new start.
    """

    def __init__(self, scl: "int | str", sda: "int | str", start: "Callable[[], I2c]") -> None:
        """Free and start it."""
        self._pins = (scl, sda)
        self._start = start
        self.free()

    def free(self) -> None:
        """Clock the bus free and start it again. Blocks: 0.2 ms."""
        scl, sda = [machine.Pin(pin, machine.Pin.OPEN_DRAIN, machine.Pin.PULL_UP, value=1) for pin in self._pins]
        free_bus(scl, sda, time.sleep_us)
        self.bus = self._start()


class Hardware:
    """What the application gets from a board. A board adds `connectors`, `start_tick` and what it does differently."""

    console = True  # the REPL server runs on standard input and output
    # What only the virtual board has; the application looks for these.
    warning = ""  # what people have to know about this unit at each start
    provision = roots = random_bytes = trace = log_sink = report_heap = None
    reader: "Any" = None
    connectors: "list[ConnectorParts]"

    def __init__(self, limits: "dict[str, int]", network: "Network", i2c: "I2cBus") -> None:
        """Build what every board has. A FRAM that does not answer now is asked again later: see Store and EnergyRegister."""
        self.limits = limits
        self.clock = Clock()
        self.rtc = Rtc()
        self.network = network
        self.unique_id = machine.unique_id()
        self.fram = Fram(i2c.bus, free_bus=i2c.free) if limits["fram_bytes"] else None
        self.volume = _volume()
        from chargepoint.drivers import calibration

        self.calibrated, self.meter_registers, self.pilot_scale = calibration.read(self.fram, CALIBRATION_AT, self.unique_id)
        self._timer: "Any" = None

    def start_wdt(self) -> "machine.WDT":
        """Start the watchdog; from now on it has to be fed, nothing stops it."""
        return machine.WDT(timeout=self.limits["wdt_ms"])

    def reset(self) -> None:
        """Restart the board; does not return."""
        machine.reset()

    def reset_cause(self) -> int:
        """Return why this boot happened: 0 power, 1 a reset that was asked for, 2 the watchdog."""
        cause = machine.reset_cause()
        return 0 if cause == machine.PWRON_RESET else 2 if cause == machine.WDT_RESET else 1


def check_product(name: str, product: "Any", socket: bool) -> None:
    """Raise ValueError when the board has not the parts for a product.

    Args: socket: the board has inputs and outputs for a cable lock and the proximity contact.
    """
    if product.CONNECTORS != 1:
        raise ValueError("%s has the parts of one connector, %s has %d: use another product" % (name, product.NAME, product.CONNECTORS))
    if product.SOCKET and not socket:
        raise ValueError("%s has no input for the proximity contact of a socket: use a product with a fixed cable, such as lecs007" % name)


def make_pilot(pwm: "Pwm", adc: "Adc", scale: "tuple[int, int]") -> "Pilot":
    """Return the pilot, its burst measured here: no two ports read alike."""
    pilot = Pilot(pwm, adc, scale[0], scale[1])
    fit_burst(pilot, time.ticks_us)
    return pilot


def make_register(fram: "Fram | None") -> "EnergyRegister":
    """Return the energy register of the only connector."""
    return EnergyRegister(fram, ENERGY_AT)


def _volume() -> str:
    """The charger's own folder on the board's file system: beside the firmware's slots, out of the reach of `make flash`."""
    root: str = os.getcwd()
    if not root.endswith("/"):
        root += "/"
    if _DATA not in os.listdir(root):
        os.mkdir(root + _DATA)
    return root + _DATA
