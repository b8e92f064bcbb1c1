"""`diag.meter()`, `pilot()`, `contactor()` and `rfid()`: what the parts say, next to what is expected of them."""

from chargepoint.core.charging import faults as fault_table
from chargepoint.diag.words import PILOT, chosen, each, thousandths
from chargepoint.util.signals import FAULT_CODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_UNKNOWN = 6
_FULL = 65535


def meter(app: "Any", now: int, connector: int) -> "Iterator[str]":
    """The lines of `diag.meter()`."""
    for io in chosen(app, connector):
        chip = io.parts.meter
        r = chip.reading
        register = io.parts.register
        state = "FAILED" if chip.failed else "good" if chip.ready else "starting"
        yield "connector %d: %s, %s" % (io.connector, type(chip).__name__, state)
        yield "  register  %s, kept in %s%s" % (
            thousandths(r.energy_mwh // 1000, "kWh", 3),
            "flash, every 5 min in a session" if register.volatile else "FRAM, every second",
            "; WRITING IT FAILS" if register.failed else "",
        )
        yield "  power     %d W, power factor %s" % (r.power_w, thousandths(r.power_factor, "", 2))
        yield "  current   " + each(r.current_ma, "A")
        yield "  voltage   " + each(r.voltage_mv, "V")
        yield "  mains     %s, chip at %d C" % (thousandths(r.frequency_mhz, "Hz", 2), r.temperature_c)
        if chip.estimated:
            yield "  %d energy readings could not be true and were replaced by power times time" % chip.estimated
        if chip.reversed or chip.reverse_uwh:
            yield "  power flowed backwards: a current transformer is the wrong way round or on another phase"


def pilot(app: "Any", now: int, connector: int) -> "Iterator[str]":
    """The lines of `diag.pilot()`."""
    for io in chosen(app, connector):
        part = io.parts.pilot
        safety = io.safety
        yield "connector %d: state %s" % (io.connector, PILOT[safety.pilot_state])
        yield "  plateaus  %s high, %s low" % (thousandths(part.high_mv, "V", 2), thousandths(part.low_mv, "V", 2))
        if 0 < part.duty < _FULL:
            yield "  PWM       %s %% duty, %s offered" % (thousandths(part.duty * 100000 // _FULL, "").rstrip(), thousandths(io.offered_ma, "A"))
            if part.low_mv > -10000:
                yield "  the low plateau should be near -12 V: no diode in the vehicle, or a fault of the pilot's output"
        else:
            yield "  PWM       off: steady %s" % ("+12 V, no current offered" if part.duty else "-12 V, state F")
        if part.trouble:
            yield "  %s: no charging until the ADC reads at its pace" % part.trouble
        elif part.duty_wrong():
            yield "  the generator does not hold its duty: PWM output or its pin is defective"
        if safety.pilot_state == _UNKNOWN:
            yield "  no level fits: check the pilot's wiring and the ADC divider"


def contactor(app: "Any", now: int, connector: int) -> "Iterator[str]":
    """The lines of `diag.contactor()`."""
    for io in chosen(app, connector):
        part = io.parts.contactor
        c = app.core.connectors[io.connector - 1]
        safety = io.safety
        yield "connector %d: coil %s, mirror contact says %s" % (
            io.connector,
            "driven" if part.driving else "not driven",
            "closed" if part.closed else "open",
        )
        if part.closed != part.driving:
            yield "  THEY DISAGREE: welded, not closing, or the mirror contact's wire is cut"
        if not part.driving:
            yield "  let go %s ago" % ("5 min or more" if part.off_ticks >= 30000 else thousandths(part.off_ticks * 10, "s"))
        yield "  wanted    " + ("yes" if c.interlock.permit else "no: there is no session that may have energy")
        for bits, who in ((safety.tripped, "safety tick"), (safety.blocked, "loop")):
            for code in range(1, FAULT_CODES):
                if bits >> code & 1:
                    yield "  held open by the %s: %s" % (who, fault_table.info(code))
        rcd = io.parts.rcd
        if rcd is not None:
            yield "  residual current: %s, test %s" % (
                "TRIPPED" if rcd.trip.value() else "not tripped",
                "FAILED" if rcd.failed else "passed" if rcd.fresh else "due or under way",
            )
        stop = io.parts.emergency_stop
        if stop is not None:
            yield "  emergency stop: " + ("PRESSED, or its loop is open" if stop.value() else "closed loop")
        yield "  safety tick %d" % safety.ticks


def rfid(app: "Any", now: int) -> "Iterator[str]":
    """The lines of `diag.rfid()`. The UID is shown in full: whoever stands here holds the card."""
    reader = getattr(app.hardware, "reader", None)
    if reader is None:
        yield "no card reader is fitted"
        return
    yield "%s: %s" % (type(reader).__name__, "DOES NOT ANSWER: check its plug and supply" if reader.failed else "answers")
    length = reader.uid_length
    uid = "".join(["%02X" % byte for byte in bytes(reader.uid[:length])])
    yield "last card since boot: " + (uid or "none")
    if getattr(reader, "rejected", 0):
        yield "%d cards had a UID that cannot be used (truncated, or of an unknown length)" % reader.rejected
    if uid[:2] == "08" and length == 4:
        yield "a UID that begins with 08 is made up anew by the phone each time: it cannot be authorised"
