"""The interlock by itself: the rules of docs/hardware.md 4.3 and 4.5."""

from chargepoint.core.charging.interlock import Interlock
from chargepoint.core.commands import CMD_CLOSE, CMD_LED, CMD_OFFER, CMD_OPEN, CMD_RESET, Commands
from chargepoint.util import signals
from host_tests.portable import without_heap

A, B, C, D, E, F = range(6)


class Rig:
    """An interlock with its command ring and a clock."""

    def __init__(self, needs_lock: bool = False, ventilated: bool = False) -> None:
        self.commands = Commands()
        self.now = 0
        self.lock = Interlock(self.commands, 1, 32000, needs_lock, ventilated, 0)
        self.lock.update(0)

    def at(self, now: int) -> "list[tuple[int, int]]":
        """Let time pass and return the commands."""
        self.now = now
        self.lock.update(now)
        commands = []
        while self.commands.take():
            commands.append((self.commands.op, self.commands.arg))
        return commands

    def pilot(self, *states: int) -> None:
        for state in states:
            self.lock.on_pilot(state)

    def charge(self) -> None:
        """Permit, plug, close."""
        self.lock.permit = True
        self.pilot(A, B)
        assert self.at(10000) == [(CMD_OFFER, 32000)]
        self.pilot(C)
        assert self.at(10100) == [(CMD_CLOSE, 0)]
        self.lock.on_contactor(True, 10140)
        assert self.at(10140) == []


def test_closing_needs_every_condition() -> None:
    for spoil in ("permit", "blocked", "limit", "pilot", "ready", "lock", "off-time"):
        rig = Rig(needs_lock=True)
        rig.lock.permit = spoil != "permit"
        rig.lock.blocked = spoil == "blocked"
        rig.lock.locked = spoil != "lock"
        rig.lock.limit_ma = 5999 if spoil == "limit" else 6000
        rig.pilot(A, *([C] if spoil == "ready" else [B] if spoil == "pilot" else [B, C]))
        commands = rig.at(4900 if spoil == "off-time" else 10000)
        assert (CMD_CLOSE, 0) not in commands, spoil
    rig = Rig(needs_lock=True)
    rig.lock.permit = rig.lock.locked = True
    rig.pilot(A, B, C)
    assert rig.at(5000) == [(CMD_OFFER, 32000), (CMD_CLOSE, 0)]


def test_opens_at_once_when_the_vehicle_leaves_state_c() -> None:
    for state in (A, B, D, E, F, 6):
        rig = Rig()
        rig.charge()
        rig.pilot(state)
        assert rig.at(20000)[0] == (CMD_OPEN, 0), state
        assert rig.at(20010) == [], "once"


def test_state_d_charges_where_there_is_ventilation() -> None:
    rig = Rig(ventilated=True)
    rig.charge()
    rig.pilot(D)
    assert rig.at(20000) == []


def test_opens_at_once_on_a_fault_before_anything_else() -> None:
    rig = Rig()
    rig.charge()
    rig.lock.blocked = True
    assert rig.at(20000) == [(CMD_OPEN, 0), (CMD_OFFER, 0)]


def test_a_withdrawn_permit_opens_without_load() -> None:
    rig = Rig()
    rig.charge()
    rig.lock.permit = False
    assert rig.at(20000) == [(CMD_OFFER, 0)]
    assert rig.at(25990) == []
    rig.pilot(B)
    assert rig.at(25995) == [(CMD_OPEN, 0)]
    rig = Rig()
    rig.charge()
    rig.lock.permit = False
    rig.at(20000)
    assert rig.lock.next_due(20000) == 6000
    assert rig.at(26000) == [(CMD_OPEN, 0)]


def test_the_permit_may_come_back_while_the_vehicle_lets_go() -> None:
    rig = Rig()
    rig.charge()
    rig.lock.permit = False
    rig.at(20000)
    rig.lock.permit = True
    assert rig.at(21000) == [(CMD_OFFER, 32000)]
    assert rig.at(40000) == []


def test_five_seconds_between_opening_and_closing() -> None:
    rig = Rig()
    rig.charge()
    rig.pilot(B)
    rig.at(20000)
    rig.lock.on_contactor(False, 20040)
    rig.pilot(C)
    assert rig.at(25030) == []
    assert rig.lock.next_due(25030) == 10
    assert rig.at(25040) == [(CMD_CLOSE, 0)]


def test_a_contactor_that_does_not_close_is_given_up_after_three_tries() -> None:
    rig = Rig()
    rig.lock.permit = True
    rig.pilot(A, B, C)
    now = 10000
    closes = 0
    for _ in range(600):
        closes += rig.at(now).count((CMD_CLOSE, 0))
        now += 100
    assert closes == 3 and rig.lock.stuck
    rig.pilot(A)
    assert not rig.lock.stuck


def test_a_request_that_is_held_back_is_no_failed_contactor() -> None:
    rig = Rig()
    rig.lock.permit = True
    rig.pilot(A, B, C)
    assert (CMD_CLOSE, 0) in rig.at(10000)
    rig.lock.on_hold(signals.HOLD_RCD_TEST, 10050)
    for now in range(10100, 100000, 100):
        assert rig.at(now) == []
        assert rig.lock.hold == signals.HOLD_RCD_TEST and not rig.lock.stuck
    rig.lock.on_hold(signals.HOLD_NOTHING, 100000)
    assert rig.at(100100) == []
    rig.lock.on_contactor(True, 100140)
    assert rig.at(100140) == [] and rig.lock.closed and rig.lock.hold == signals.HOLD_NOTHING


def test_a_request_that_was_held_back_is_withdrawn_with_the_permit() -> None:
    rig = Rig()
    rig.lock.permit = True
    rig.pilot(A, B, C)
    rig.at(10000)
    rig.lock.on_hold(signals.HOLD_METER, 10050)
    rig.lock.permit = False
    assert (CMD_OPEN, 0) in rig.at(10100) and rig.lock.hold == signals.HOLD_NO_PERMIT


def test_once_it_is_no_longer_held_back_the_contactor_has_its_time_to_close() -> None:
    rig = Rig()
    rig.lock.permit = True
    rig.pilot(A, B, C)
    rig.at(10000)
    rig.lock.on_hold(signals.HOLD_RCD_TEST, 10050)
    rig.lock.on_hold(signals.HOLD_NOTHING, 30000)
    assert rig.at(30490) == []
    assert (CMD_OPEN, 0) in rig.at(30500)  # the coil was driven, and nothing closed: that is a failure


def test_every_reason_to_stay_open_has_its_code() -> None:
    for spoil, hold in (
        ("blocked", signals.HOLD_FAULT),
        ("permit", signals.HOLD_NO_PERMIT),
        ("stuck", signals.HOLD_GIVEN_UP),
        ("locked", signals.HOLD_LOCK),
        ("limit_ma", signals.HOLD_LIMIT),
        ("B", signals.HOLD_VEHICLE),
        ("C", signals.HOLD_NOT_READY),
        ("rest", signals.HOLD_REST),
    ):
        rig = Rig()
        rig.lock.permit = True
        rig.pilot(A, *([C] if spoil == "C" else [B] if spoil == "B" else [B, C]))
        if spoil in ("permit", "locked", "limit_ma"):
            setattr(rig.lock, spoil, 0)
        elif spoil in ("blocked", "stuck"):
            setattr(rig.lock, spoil, True)
        rig.at(4000 if spoil == "rest" else 10000)
        assert rig.lock.hold == hold, spoil


def test_a_contactor_that_falls_off_again_and_again_is_given_up() -> None:
    rig = Rig()
    rig.charge()
    now = 11000
    for _ in range(3):
        rig.lock.on_contactor(False, now)
        rig.at(now)
        now += 5000
        rig.at(now)
        rig.lock.on_contactor(True, now + 40)
        now += 1000
    assert rig.lock.stuck


def test_a_lower_limit_is_offered_and_one_under_six_amperes_pauses() -> None:
    rig = Rig()
    rig.charge()
    rig.lock.limit_ma = 10000
    assert rig.at(20000) == [(CMD_OFFER, 10000)]
    rig.lock.limit_ma = 5000
    assert rig.at(30000) == [(CMD_OFFER, 0)]
    assert rig.at(36000) == [(CMD_OPEN, 0)]


def test_a_closed_contactor_that_nobody_asked_for_is_opened() -> None:
    rig = Rig()
    rig.pilot(A)
    rig.lock.on_contactor(True, 100)
    assert rig.at(100) == [(CMD_OPEN, 0)]


def test_dropping_opens_whatever_the_load() -> None:
    rig = Rig()
    rig.charge()
    rig.lock.drop(20000)
    assert rig.at(20000)[0] == (CMD_OPEN, 0)


def test_opening_overtakes_and_cancels_a_waiting_close() -> None:
    commands = Commands()
    commands.put(CMD_LED, 1, 2)
    commands.put(CMD_CLOSE, 1)
    commands.put(CMD_CLOSE, 2)
    commands.put(CMD_OPEN, 1)
    taken = []
    while commands.take():
        taken.append((commands.op, commands.connector))
    assert taken == [(CMD_OPEN, 1), (CMD_LED, 1), (CMD_CLOSE, 2)]


def test_a_full_ring_never_loses_an_opening_or_a_reset() -> None:
    commands = Commands()
    commands.put(CMD_RESET, 0, 1)
    for i in range(100):
        commands.put(CMD_LED, 1, i)
    commands.put(CMD_OPEN, 1)
    taken = []
    while commands.take():
        taken.append(commands.op)
    assert taken[:2] == [CMD_OPEN, CMD_RESET] and len(taken) <= 32


def test_deciding_allocates_nothing() -> None:
    rig = Rig()
    rig.lock.permit = True
    rig.pilot(A, B, C)

    def decide() -> None:
        rig.lock.update(10000)
        rig.commands.take()

    decide()
    without_heap(decide)
