"""Smart Charging: what charging profiles allow each connector, told to its limits; the answers to the profile's requests.

The present limit and the moment of its next change are worked out when something happens (a profile, a transaction that begins or ends, a clock that is set,
volts that change) and when that moment comes, at most once a second; in between a pass compares a few numbers. A lower limit reaches the pilot at once,
a higher one after 5 s (runtime/hardware/connector_io.py); below 6 A the vehicle is paused.

Volts are measured, for watts; 230 until a meter says otherwise, and in steps, so that a limit in watts does not follow every flicker. Without a clock, a
profile that needs one counts with its least limit. A TxProfile that comes with RemoteStartTransaction waits for the transaction of that idTag.
Spec: OCPP 1.6 edition 2, 3.13, 5.4, 5.7, 5.11, 5.16.
"""

from micropython import const

from chargepoint.core.events import EV_PROFILE, EV_PROFILE_REFUSED, EV_PROFILES_CLEARED
from chargepoint.core.features.charging_profile import connector_of, id_of, made_of, purpose_of, stack_of, unit_of
from chargepoint.core.features.composite import most_ma, pieces
from chargepoint.core.features.profile_set import ProfileSet
from chargepoint.core.features.schedule import NEVER_S
from chargepoint.core.features.shares import Shares
from chargepoint.ocpp16.codes import (
    ACT_CLEAR_CHARGING_PROFILE,
    ACT_GET_COMPOSITE_SCHEDULE,
    ACT_REMOTE_START_TRANSACTION,
    ACT_SET_CHARGING_PROFILE,
)
from chargepoint.ocpp16.features.smart_charging import (
    CHP_ACCEPTED,
    CHP_REJECTED,
    CLEAR_ACCEPTED,
    CLEAR_UNKNOWN,
    PURPOSE_MAX,
    PURPOSE_TX,
    UNIT_A,
    UNIT_W,
    WIRE,
)
from chargepoint.util.signals import LIMIT_CABLE, LIMIT_HARDWARE, LIMIT_PRODUCT, LIMIT_PROFILE, LIMIT_TEMPERATURE
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OTHER_CAUSES = bytes((LIMIT_HARDWARE, LIMIT_CABLE, LIMIT_TEMPERATURE))
_NOMINAL_V = const(230)
_STEP_V = const(3)  # a smaller difference is none
_LEAST_V = const(100)  # a phase with less is not there
_AGAIN_MS = const(1000)  # from one change of the limits to the next
_VOLTS_MS = const(10000)  # how often volts are looked at while a limit is in watts
_MOST_WAIT_MS = const(3600000)
_RETRY_MS = const(60000)


class Feature:
    """See the module. For reading: `profiles`, `refused` (why the last profile was not taken), `until_s` (UTC of the next change of the limits).

    It has more than 20 attributes as those of the answers are among them.
    """

    PROFILE = "SmartCharging"
    KEYS = """\
ChargeProfileMaxStackLevel=10
ChargingScheduleAllowedChargingRateUnit=Current,Power
ChargingScheduleMaxPeriods=24
ConnectorSwitch3to1PhaseSupported=false
MaxChargingProfilesInstalled=10"""
    ACTIONS = bytes((ACT_CLEAR_CHARGING_PROFILE, ACT_GET_COMPOSITE_SCHEDULE, ACT_REMOTE_START_TRANSACTION, ACT_SET_CHARGING_PROFILE))
    SENDS = b""
    WIRE = WIRE

    def __init__(self, core: "Any") -> None:
        """Take what the store holds. Allocates: at construction, 200 bytes a profile."""
        self._core = core
        count = core.product.CONNECTORS
        self.profiles = ProfileSet(core.store, count)
        self.refused = ""
        self.until_s = NEVER_S
        self.status = CHP_ACCEPTED
        self.cleared = CLEAR_ACCEPTED
        self.connector_id: "int | None" = None
        self.start: "tuple[int, int] | None" = None
        self.schedule: "list[Any] | None" = None
        self._transactions: "list[Any]" = [None] * count
        self._began_s = [0] * count  # uptime
        self._coming: "list[Any]" = [None] * count  # (idTag, profile) of a remote start
        self._volts = _NOMINAL_V
        self._caps_ma = [0] * count  # what each may have by its own profiles
        self._useful_ma = [0] * count  # and could use by its cable and its parts
        self._total_ma = -1  # of the charge point, -1 for no limit
        self._shares: "Shares | None" = None
        self._offset_s = 0
        self._is_new = True
        self._in_watts = False
        self._due = self._done = -1

    # --- what the central system asks

    def on_call(self, action: int, request: "Any", reply: "Any", now: int) -> None:
        """Answer a request of the profile."""
        reply.source = self
        if action == ACT_SET_CHARGING_PROFILE:
            self.refused = self._set(request, now)
            self.status = CHP_REJECTED if self.refused else CHP_ACCEPTED
            self._core.note(EV_PROFILE_REFUSED if self.refused else EV_PROFILE, 0, request.purpose)
        elif action == ACT_CLEAR_CHARGING_PROFILE:
            found = self.profiles.clear(lambda profile: _is_meant(profile, request))
            self.cleared = CLEAR_ACCEPTED if found else CLEAR_UNKNOWN
            self._is_new = self._is_new or found
            if found:
                self._core.note(EV_PROFILES_CLEARED, 0, len(self.profiles.installed))
        else:
            self.connector_id = self.start = self.schedule = None
            self.status = CHP_ACCEPTED if self._compose(request, now) else CHP_REJECTED

    def _set(self, request: "Any", now: int) -> str:
        """Install a profile; nothing, or why not."""
        core = self._core
        number = request.connector_id
        if not 0 <= number <= len(core.connectors):
            return "there is no connector %d" % number
        if request.purpose == PURPOSE_MAX and number:
            return "ChargePointMaxProfile is for connector 0"
        if request.purpose == PURPOSE_TX:
            tx = core.connectors[number - 1].transaction if number else None
            if tx is None or tx.stopping:
                return "TxProfile without a transaction"
            if request.transaction_id is not None and request.transaction_id != tx.transaction_id:
                return "TxProfile of another transaction"
            if tx is not self._transactions[number - 1]:
                self._on_transaction(number - 1, core.connectors[number - 1], now)  # begun since the last pass
        core.clock.utc(now)
        made = made_of(request, number, core.clock.s)
        if isinstance(made, str):
            return made
        self._is_new = True
        return self.profiles.put(made)

    def _compose(self, request: "Any", now: int) -> bool:
        """Make the composite schedule, where there can be one."""
        core = self._core
        number = request.connector_id
        if not 0 <= number <= len(core.connectors) or not core.clock.utc(now) or request.seconds < 0:
            return False
        start_s = core.clock.s
        unit = UNIT_A if request.unit is None else request.unit
        tenths = 0
        for c in core.connectors:
            if not number or c.id == number:
                tenths += min(c.limits.of(LIMIT_PRODUCT), c.limits.of(LIMIT_HARDWARE)) // 100
        if unit == UNIT_W:
            tenths *= self._volts * core.product.PHASES
        began_s = start_s
        if number and self._transactions[number - 1] is not None:
            began_s = self._began_s[number - 1] + core.clock.offset_s
        seconds = request.seconds
        made = pieces(self.profiles, number, unit, tenths, self._volts, start_s, seconds, began_s)
        if made[-1][1] is None:
            seconds = made.pop()[0]
        self.start = (start_s, 0)
        self.connector_id = number
        self.schedule = [seconds, self.start, unit, made]
        return True

    def on_remote_start(self, c: "Any", request: "Any", now: int) -> bool:
        """Take the profile of a remote start, if it has one. Returns: False when the start is to be refused for it."""
        self._coming[c.id - 1] = None
        if request.profile_id is None:
            return True
        self.refused = "" if request.purpose == PURPOSE_TX else "a remote start takes a TxProfile only"
        if not self.refused:
            self._core.clock.utc(now)
            made = made_of(request, c.id, self._core.clock.s)
            if isinstance(made, str):
                self.refused = made
            else:
                self._coming[c.id - 1] = (request.id_tag, made)
                self._work_out(now)  # the first offer is within it already
                return True
        self._core.note(EV_PROFILE_REFUSED, c.id, request.purpose)
        return False

    # --- what follows from it

    def poll(self, now: int) -> None:
        """Tell the limits what the profiles allow, when that may have changed. Allocates: none when nothing has."""
        core = self._core
        for n in range(len(core.connectors)):  # enumerate would allocate
            c = core.connectors[n]
            if c.transaction is not self._transactions[n]:
                self._on_transaction(n, c, now)
            elif self._coming[n] is not None and c.transaction is None and c.authorized is None and not core.questions.waits(c):
                self._coming[n] = None
                self._is_new = True
        if self._done >= 0:
            self._done = ticks_aged(self._done, now)
        is_due = self._due >= 0 and ticks_diff(now, self._due) >= 0
        if is_due or self._is_new or core.clock.offset_s != self._offset_s:
            if self._done < 0 or ticks_diff(now, self._done) >= _AGAIN_MS:
                self._work_out(now)
        if self._shares is not None:
            self._shares.look(core.connectors, now)
            self._tell(now)

    def wait_ms(self, now: int) -> int:
        """Milliseconds until `poll` has something to do. Allocates: none."""
        if self._due < 0 or self._is_new:
            return 0 if self._done < 0 else max(0, _AGAIN_MS - ticks_diff(now, self._done))
        left_ms = min(ticks_diff(self._due, now), _MOST_WAIT_MS if self._shares is None else _AGAIN_MS)
        return left_ms if left_ms > 0 else 0

    def _on_transaction(self, n: int, c: "Any", now: int) -> None:
        """A transaction has begun or ended: its TxProfile comes, or goes with it."""
        core = self._core
        self._transactions[n] = c.transaction
        self.profiles.clear(lambda profile: purpose_of(profile) == PURPOSE_TX and connector_of(profile) == c.id)
        if c.transaction is not None:
            core.clock.utc(now)
            self._began_s[n] = core.clock.s - core.clock.offset_s
            coming, self._coming[n] = self._coming[n], None
            if coming is not None and c.last_tag == coming[0]:
                self.profiles.put(coming[1])
        self._done = -1
        self._is_new = True

    def _work_out(self, now: int) -> None:
        """What each connector may have now, and until when."""
        core = self._core
        profiles = self.profiles
        knows_utc = core.clock.utc(now)
        now_s = core.clock.s
        ms = core.clock.ms
        self._offset_s = core.clock.offset_s
        self._measure()
        profiles.choose(0, True, now_s, now_s, knows_utc)
        until_s = profiles.until_s
        self._in_watts = profiles.profile is not None and unit_of(profiles.profile) == UNIT_W
        self._total_ma = -1 if profiles.profile is None else most_ma(profiles.profile, profiles.at, self._volts)
        for n, c in enumerate(core.connectors):
            began_s = now_s if self._transactions[n] is None else self._began_s[n] + self._offset_s
            if self._coming[n] is not None:
                profiles.begin_of(self._coming[n][1])
            else:
                profiles.choose(c.id, False, now_s, began_s, knows_utc)
            until_s = min(until_s, profiles.until_s)
            self._caps_ma[n] = c.limits.of(LIMIT_PRODUCT)
            if profiles.profile is not None:
                self._caps_ma[n] = min(self._caps_ma[n], most_ma(profiles.profile, profiles.at, self._volts))
                self._in_watts = self._in_watts or unit_of(profiles.profile) == UNIT_W
        self.until_s = until_s
        if self._total_ma < 0 or len(core.connectors) == 1:
            self._shares = None
        elif self._shares is None:
            self._shares = Shares(len(core.connectors), now)
            self._shares.look(core.connectors, now)
        self._is_new = False
        self._done = now
        self._plan(until_s - now_s, ms, now)
        self._tell(now)

    def _plan(self, left_s: int, ms: int, now: int) -> None:
        """When to work it out again."""
        left_ms = _MOST_WAIT_MS if left_s > 3600 else left_s * 1000 - ms
        if self._in_watts:
            left_ms = min(left_ms, _VOLTS_MS)
        if not self.profiles.is_saved:
            left_ms = min(left_ms, _RETRY_MS)
            self.profiles.save()
        self._due = ticks_add(now, max(1, left_ms))

    def _measure(self) -> None:
        """Volts of the mains, the mean of the phases that there are."""
        total_mv = count = 0
        for c in self._core.connectors:
            if c.reading is not None:
                for mv in c.reading.voltage_mv:
                    if mv >= _LEAST_V * 1000:
                        total_mv += mv
                        count += 1
        if count and abs(total_mv // count // 1000 - self._volts) >= _STEP_V:
            self._volts = total_mv // count // 1000

    def _tell(self, now: int) -> None:
        """Tell the limits of each connector. Allocates: none when nothing is new."""
        connectors = self._core.connectors
        shares = self._shares
        if shares is not None:
            for n in range(len(connectors)):
                useful_ma = self._caps_ma[n]
                for cause in _OTHER_CAUSES:
                    useful_ma = min(useful_ma, connectors[n].limits.of(cause))
                self._useful_ma[n] = useful_ma
            shares.divide(connectors, self._useful_ma, self._total_ma)
        for n in range(len(connectors)):
            c = connectors[n]
            limit_ma = self._caps_ma[n]
            if self._total_ma >= 0:
                limit_ma = min(limit_ma, self._total_ma if shares is None else shares.each_ma[n])
            if limit_ma != c.limits.of(LIMIT_PROFILE):
                c.on_limit(LIMIT_PROFILE, limit_ma, now)


def _is_meant(profile: bytes, request: "Any") -> bool:
    """Whether ClearChargingProfile means a profile: everything that the request names has to be so."""
    if request.profile_id is not None and request.profile_id != id_of(profile):
        return False
    if request.connector_id is not None and request.connector_id != connector_of(profile):
        return False
    if request.purpose is not None and request.purpose != purpose_of(profile):
        return False
    return request.stack_level is None or request.stack_level == stack_of(profile)
