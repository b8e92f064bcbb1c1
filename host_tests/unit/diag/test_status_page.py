"""`diag.status()` names the first true reason why no energy flows."""

from chargepoint.core.features.reserved import Reserved
from chargepoint.diag import words
from chargepoint.diag.status_page import feature_lines, why_not
from chargepoint.util import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WELDED = 1
METER = 9
B = 1
C = 2


class Thing:
    """Anything with attributes."""

    def __init__(self, **values: "Any") -> None:
        for name in values:
            setattr(self, name, values[name])


class Faults:
    def __init__(self) -> None:
        self.level = self.code = 0

    def has(self, code: int) -> bool:
        return code == self.code


class Connector:
    """A connector that charges; a test takes something away."""

    def __init__(self) -> None:
        self.id = 1
        self.pilot = C
        self.operative = True
        self.status = 1  # Preparing
        self.authorized: "str | None" = None
        self.reading = Thing()
        self.faults = Faults()
        self.interlock: "Any" = Thing(permit=True, hold=signals.HOLD_NOTHING, locked=True)
        self.limits: "Any" = Thing(least_ma=16000, cause=signals.LIMIT_PRODUCT)
        self.transaction: "Any" = Thing(stopping=False, suspended=False, reason=4)

    def is_plugged(self) -> bool:
        return 1 <= self.pilot <= 3


class Scene:
    def __init__(self) -> None:
        self.c = Connector()
        self.core: "Any" = Thing(
            online=True,
            store=Thing(failed=False),
            site=Thing(faults=Faults(), operative=True, resetting=False, reservations=None),
            questions=Thing(waits=lambda c: False),
        )
        self.io: "Any" = Thing(parts=Thing(contactor=Thing(closed=True)))

    def reason(self) -> str:
        return why_not(self.core, self.io, self.c)

    def opened(self) -> "Scene":
        self.io.parts.contactor.closed = False
        return self

    def without_session(self) -> "Scene":
        self.opened()
        self.c.transaction = None
        self.c.interlock.permit = False
        return self


def test_a_charging_connector_has_no_reason() -> None:
    assert Scene().reason() == ""


def test_no_vehicle() -> None:
    scene = Scene().without_session()
    scene.c.pilot = 0
    assert scene.reason() == "no vehicle is plugged in"
    scene.c.authorized = "04A1"
    assert "card waits" in scene.reason()


def test_nobody_authorised() -> None:
    scene = Scene().without_session()
    assert "nobody is authorised" in scene.reason() and "offline" not in scene.reason()
    scene.core.online = False
    assert "offline rules" in scene.reason()
    scene.core.questions.waits = lambda c: True
    assert "has not answered about the card" in scene.reason()


def test_out_of_service_comes_before_the_card() -> None:
    scene = Scene().without_session()
    scene.c.operative = False
    assert "ChangeAvailability" in scene.reason()


def test_a_fault_comes_before_everything() -> None:
    scene = Scene().opened()
    scene.c.faults.level = 3
    scene.c.faults.code = WELDED
    assert scene.reason() == "of a fault: contactor welded"
    scene = Scene().without_session()
    scene.core.site.faults.level = 3
    scene.core.site.faults.code = 20
    assert scene.reason() == "of a fault: storage failing"


def test_no_meter() -> None:
    scene = Scene().without_session()
    scene.c.faults.code = METER
    assert "meter" in scene.reason()


def test_what_the_interlock_says_is_the_reason() -> None:
    for hold, said in (
        (signals.HOLD_VEHICLE, "does not ask"),
        (signals.HOLD_LOCK, "not locked"),
        (signals.HOLD_GIVEN_UP, "three times"),
        (signals.HOLD_RCD_TEST, "residual-current"),
        (signals.HOLD_METER, "no reading"),
        (signals.HOLD_FAULT, "fault"),
        (signals.HOLD_REST, "5 s"),
        (signals.HOLD_TICK, "safety tick"),
    ):
        scene = Scene().opened()
        scene.c.interlock.hold = hold
        assert said in scene.reason(), hold
    assert len(words.HOLD) == signals.HOLD_TICK + 1


def test_a_limit_that_is_too_low_says_whose() -> None:
    scene = Scene().opened()
    scene.c.interlock.hold = signals.HOLD_LIMIT
    scene.c.limits = Thing(least_ma=5900, cause=signals.LIMIT_TEMPERATURE)
    assert scene.reason() == "the temperature allows 5.9 A, and a vehicle needs 6 A"


def test_a_session_that_ends_says_why() -> None:
    scene = Scene()
    scene.c.transaction.stopping = True
    assert scene.reason() == "the session is ending: card"
    scene = Scene().opened()
    scene.c.transaction.suspended = True
    assert "refused" in scene.reason()


def test_a_reserved_connector() -> None:
    s = Scene().without_session()
    s.c.status = 6
    assert "reserved" in s.reason()


def test_for_whom_what_is_reserved() -> None:
    s = Scene()
    s.core.product = Thing(FEATURES=("remote_trigger", "reservation"))
    s.core.site.reservations = Thing(entries=[])
    assert list(feature_lines(s.core, 1, 0)) == []
    s.core.site.reservations = Thing(entries=[Reserved(7, 1, "04A1B2C3D4", "", 217584000, 60), Reserved(8, 0, "04FFFFFFFF", "FAMILY", 217584060, 60)])
    (line,) = feature_lines(s.core, 1, 0)
    assert "2026-11-23" in line and "reservation 7" in line and "04A1B2C3D4" not in line and "group" not in line
    (line,) = feature_lines(s.core, 0, 0)
    assert "reservation 8" in line and "group" in line and "FAMILY" not in line
