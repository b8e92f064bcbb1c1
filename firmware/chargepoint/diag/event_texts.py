"""What the numbers of the event log mean (runtime/store/event_log.py). Loaded when the log is read.

A line is the code, a letter for the argument, and the text:

    - none   n a number, put where % stands   f a fault   s a status   r the reason of a stop   b the cause of a boot   g a registration state
    a one of our messages   l why the link went down   t a time, not shown: the line itself shows it   z 0 soft, 1 hard   p a part of the firmware
    h what holds a contactor open   v why a reservation is over
"""

from chargepoint.diag.words import HOLD, REASON, REGISTRATION, STATUS

_TEXTS = b"""\
100 b started after %
101 t the clock was set
102 - connected to the central system
103 n accepted by the central system
104 g central system answers: %
105 n session started
106 r session ended: %
107 f fault over: %
108 n configuration changed (key %)
109 z % reset asked for
110 - somebody used the console
111 s status %
112 n card refused
113 - provisioned
114 - contactor closed
115 - contactor opened
116 u firmware update: %
117 - availability changed
118 n reserved, reservation %
119 v reservation over: %
124 c charging profile: %
125 c charging profile refused: % (diag.status())
126 n charging profiles cleared, % are left
127 n local list updated, version %
128 n local list not updated (%: 1 failed, 2 switched off, 3 version)
129 n the central system contradicts the local list (%)
130 d diagnostics: %
200 l connection to the central system lost%
201 n dialling failed (%)
202 a the central system answered % with an error
203 a the central system did not answer %
204 n queue full: % samples given up since the start
205 n current reduced to % mA
206 - card reader lost
207 - the clock is not set: certificates cannot be checked
208 n heap low: % bytes free
209 n % events found no room in this log
210 h contactor held open: %
211 - the central system starts or unlocks too often: refused, to spare contactor and lock
300 f FAULT: %
301 n a stored record was damaged (%)
302 n WRITING TO THE FLASH FAILED
303 n message % was given up (diag.dead_letters())
304 n EXCEPTION in the firmware, number % since the start (diag.lines())
305 p THE FIRMWARE'S % DID NOT MOVE: watchdog
306 n power lost in a session
307 - THE QUEUE IS FULL: no session can start
308 - the configuration was set back to factory values
"""
_CAUSES = ("power on", "a reset that was asked for", "the watchdog or a crash")
_LINK = (
    "",
    ", closed by it",
    ", it fell silent",
    ", an error on the line",
    ", no connection",
    ", it refused us",
    ", name not found",
    ", TLS failed",
    ", cable unplugged",
)
_OVER = ("its time has passed", "cancelled", "used", "out of service")
_PURPOSES = ("ChargePointMaxProfile", "TxDefaultProfile", "TxProfile")
_FIRMWARE = ("downloaded", "download failed", "downloading", "idle", "installation failed", "installing", "installed")
_DIAGNOSTICS = ("idle", "sent", "could not be sent", "being sent")
_SEVERITY = ("", "", "warning ", "ERROR ")


def severity(code: int) -> str:
    """The severity of an event, in words; nothing for information."""
    return _SEVERITY[min(3, code // 100)]


def describe(code: int, arg: int) -> str:
    """An event in words; an unknown code as its number."""
    at = (b"\n" + _TEXTS).find(b"\n%d " % code)
    if at < 0:
        return "event %d, %d" % (code, arg)
    line = str(_TEXTS[at : _TEXTS.find(b"\n", at)], "utf-8")
    return line[6:].replace("%", words(line[4], arg))


def words(kind: str, arg: int) -> str:
    """The argument of an event in words."""
    if kind == "f":
        from chargepoint.core.charging.faults import info

        return info(arg) or "none"
    if kind == "a":
        from chargepoint.ocpp16.encode import ACTION_NAMES

        return _pick(ACTION_NAMES, arg)
    if kind == "u":
        return _pick(_FIRMWARE, arg)
    if kind == "d":
        return _pick(_DIAGNOSTICS, arg)
    if kind == "p":
        from chargepoint.runtime.parts import part_name

        return part_name(arg)
    if kind == "z":
        return "a hard" if arg else "a soft"
    table = {"s": STATUS, "r": REASON, "b": _CAUSES, "g": REGISTRATION, "h": HOLD, "l": _LINK, "v": _OVER, "c": _PURPOSES}.get(kind)
    return str(arg) if table is None else _pick(table, arg)


def _pick(table: "tuple[str, ...]", index: int) -> str:
    return table[index] if 0 <= index < len(table) else str(index)
