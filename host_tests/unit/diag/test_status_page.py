"""`diag.status()` names the first true reason why no energy flows."""

from chargepoint.diag.status_page import why_not

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
        self.authorized: "str | None" = None
        self.reading = Thing()
        self.faults = Faults()
        self.interlock: "Any" = Thing(permit=True, limit_ma=16000, locked=True, stuck=False, closed=True)
        self.transaction: "Any" = Thing(stopping=False, suspended=False, reason=4)

    def is_plugged(self) -> bool:
        return 1 <= self.pilot <= 3


class Scene:
    def __init__(self) -> None:
        self.c = Connector()
        self.core: "Any" = Thing(
            online=True,
            store=Thing(failed=False),
            site=Thing(faults=Faults(), operative=True, resetting=False),
            questions=Thing(waits=lambda c: False),
        )
        rcd = Thing(fresh=True)
        self.io: "Any" = Thing(parts=Thing(contactor=Thing(closed=True), rcd=rcd, meter=Thing(ready=True)), safety=Thing(tripped=0, blocked=0))

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


def test_the_vehicle_does_not_ask() -> None:
    scene = Scene().opened()
    scene.c.pilot = B
    assert "does not ask" in scene.reason()


def test_the_limit_is_too_low() -> None:
    scene = Scene().opened()
    scene.c.interlock.limit_ma = 5900
    assert scene.reason() == "the limit is 5.9 A, and a vehicle needs 6 A (cable, temperature or supply)"


def test_what_else_keeps_the_contactor_open() -> None:
    cases = (
        ("locked", False, "not locked"),
        ("stuck", True, "three times"),
    )
    for name, value, words in cases:
        scene = Scene().opened()
        setattr(scene.c.interlock, name, value)
        assert words in scene.reason(), name
    scene = Scene().opened()
    scene.io.parts.rcd.fresh = False
    assert "residual-current" in scene.reason()
    scene = Scene().opened()
    scene.io.safety.tripped = 8
    assert "safety tick" in scene.reason()
    assert "5 s" in Scene().opened().reason()


def test_a_session_that_ends_says_why() -> None:
    scene = Scene()
    scene.c.transaction.stopping = True
    assert scene.reason() == "the session is ending: card"
    scene = Scene().opened()
    scene.c.transaction.suspended = True
    assert "refused" in scene.reason()
