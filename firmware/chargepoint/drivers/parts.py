"""What a board hands over for one connector."""

from chargepoint.drivers.slow_adc import SlowAdc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from chargepoint.drivers.bus import PinIn
    from chargepoint.drivers.contactor import Contactor
    from chargepoint.drivers.energy_register import EnergyRegister
    from chargepoint.drivers.led import Led
    from chargepoint.drivers.lock import Lock
    from chargepoint.drivers.meter import Meter
    from chargepoint.drivers.pilot import Pilot
    from chargepoint.drivers.proximity import Proximity
    from chargepoint.drivers.rcd import Rcd
    from chargepoint.drivers.temperature import Temperature


class ConnectorParts:
    """The parts of one connector; None = not fitted.

    emergency_stop, pe: inputs that read 1 when tripped or lost, and when their wire is cut. rated_ma: what contactor, cable and
    installation stand for each phase, 0 = nobody has told. calibrated: production has measured meter and pilot of this unit, or somebody
    on a bench takes it upon himself. Without either nothing closes. calibration_at: place of that record in the FRAM. ventilated:
    a fan exists, so state D may charge. `sampled`: the analogue inputs among the parts, which the tick reads.
    """

    def __init__(
        self,
        pilot: "Pilot",
        contactor: "Contactor",
        meter: "Meter",
        register: "EnergyRegister",
        emergency_stop: "Optional[PinIn]" = None,
        rcd: "Optional[Rcd]" = None,
        pe: "Optional[PinIn]" = None,
        lock: "Optional[Lock]" = None,
        proximity: "Optional[Proximity]" = None,
        temperature: "Optional[Temperature]" = None,
        led: "Optional[Led]" = None,
        rated_ma: int = 0,
        calibrated: bool = False,
        calibration_at: int = 0,
        ventilated: bool = False,
    ) -> None:
        self.pilot = pilot
        self.contactor = contactor
        self.meter = meter
        self.register = register
        self.emergency_stop = emergency_stop
        self.rcd = rcd
        self.pe = pe
        self.lock = lock
        self.proximity = proximity
        self.temperature = temperature
        self.led = led
        self.rated_ma = rated_ma
        self.calibrated = calibrated
        self.calibration_at = calibration_at
        self.ventilated = ventilated
        self.sampled = [part for part in (proximity, temperature) if isinstance(part, SlowAdc)]
