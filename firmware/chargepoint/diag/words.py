"""Words for the screens of `diag`: small numbers to text. Loaded when a screen is asked for."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

PILOT = (
    "A, no vehicle",
    "B, vehicle plugged in, does not ask",
    "C, vehicle asks for energy",
    "D, vehicle asks and needs ventilation",
    "E, pilot shorted",
    "F, not available",
    "not known",
)
STATUS = ("Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable", "Faulted")
REASON = (
    "idTag refused",
    "emergency stop",
    "vehicle disconnected",
    "hard reset",
    "card",
    "other (a fault)",
    "power loss",
    "reboot",
    "remote stop",
    "soft reset",
    "unlock command",
)
HOLD = (  # by util/signals.HOLD_*
    "the contactor is about to close",
    "a fault keeps the contactor open: diag.contactor()",
    "there is no permit",
    "the contactor failed three times: pull the plug to try again",
    "the plug is not locked",
    "less than 6 A may be offered",
    "the vehicle does not ask for any: it is full, has a timer, or waits",
    "the vehicle has not shown state B or its diode: pull the plug and plug in again",
    "the contactor closes 5 s after it last opened, 30 s after a fault",
    "the energy meter has no reading",
    "the residual-current test is not done yet",
    "an input (emergency stop, residual current, protective earth) is bad at the moment",
    "the contactor's feedback does not say open",
    "the safety tick does not answer",
)
LIMIT = ("the product", "the hardware", "the cable", "the temperature", "a charging profile")  # by util/signals.LIMIT_*
REGISTRATION = ("not answered yet", "Pending", "Rejected", "Accepted")

_HELP = """\
status()            what the charger is doing, and why it does not charge
faults()            what is wrong, and what to do about it
log(40)             the last events, across restarts      log(40, boot=7) those of one boot
lines()             the last lines of the log in words
meter() pilot() contactor() rfid()     one part each; meter(2) is connector 2's
network()           the way to the central system
queue() dead_letters()                 messages that wait, messages that were given up
config()            the configuration     config("HeartbeatInterval", "300") changes a key
versions() heap()
selftest()          checks every part, moves none
exercise()          moves a part; refused while a session runs
app                 the running charger itself"""


def helping(app: "Any", now: int) -> "Iterator[str]":
    """What `diag.help()` prints."""
    for line in _HELP.split("\n"):
        yield line


def duration(s: int) -> str:
    """Seconds as days, hours, minutes and seconds."""
    text = "%d:%02d:%02d" % (s // 3600 % 24, s // 60 % 60, s % 60)
    return "%d d %s" % (s // 86400, text) if s >= 86400 else text


def thousandths(value: int, unit: str, digits: int = 1) -> str:
    """A number of thousandths with 1 to 3 decimals and its unit: 230100, "V" -> "230.1 V"."""
    sign = "-" if value < 0 else ""
    value = abs(value)
    step = 10 ** (3 - digits)
    value = (value + step // 2) // step
    whole = 10**digits
    decimals = str(value % whole)
    return "%s%d.%s %s" % (sign, value // whole, "0" * (digits - len(decimals)) + decimals, unit)


def each(values: "list[int]", unit: str) -> str:
    """A number of thousandths for each phase."""
    return "  ".join([thousandths(value, unit) for value in values])


def utc_text(s: int) -> str:
    """Seconds since 2020 as UTC text without milliseconds."""
    from chargepoint.util.utc import format_utc

    text = bytearray(24)
    format_utc(text, 0, s, 0)
    return str(text[:19], "utf-8") + "Z"


def masked(id_tag: "str | None") -> str:
    """An idTag without the part that would let somebody copy it."""
    if not id_tag:
        return "none"
    return id_tag[:4] + "*" * (len(id_tag) - 4)


def chosen(app: "Any", connector: int) -> "list[Any]":
    """The connectors' hardware halves: one, or with 0 all. An unknown number gives none."""
    return [io for io in app.connectors if connector in (0, io.connector)]
