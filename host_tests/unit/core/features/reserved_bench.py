"""A charge point with a reservation, for the tests of that feature."""

from boards.products import full
from host_tests.core_bench import Bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HIS = "04HIS"
OTHER = "04OTHER"


def at(b: Bench, seconds: int) -> str:
    """The UTC of the bench in so many seconds."""
    b.elapsed_ms += seconds * 1000
    text = b.utc()
    b.elapsed_ms -= seconds * 1000
    return text


def reserve(b: Bench, connector: int = 1, number: int = 7, seconds: int = 3600, id_tag: str = HIS, **more: "Any") -> str:
    """Send ReserveNow. Returns: the status of the answer, or the code of a CALLERROR."""
    request = {"connectorId": connector, "expiryDate": at(b, seconds), "idTag": id_tag, "reservationId": number}
    request.update(more)
    answer = b.call("ReserveNow", request)
    return answer["status"] if isinstance(answer, dict) else str(answer)


def cancel(b: Bench, number: int = 7) -> str:
    """Send CancelReservation. Returns: as `reserve`."""
    answer = b.call("CancelReservation", {"reservationId": number})
    return answer["status"] if isinstance(answer, dict) else str(answer)


def idle(**settings: str) -> Bench:
    """Accepted, quiet, nothing said."""
    b = Bench(full, **settings)  # type: ignore[arg-type]
    b.run(1000)
    b.take()
    return b


def reserved(seconds: int = 3600, **more: "Any") -> Bench:
    """The reusable state Reserved."""
    b = idle()
    assert reserve(b, seconds=seconds, **more) == "Accepted"
    b.run(100)
    assert b.words() == ["1:Reserved"]
    return b


def remote(b: Bench, id_tag: str) -> object:
    """Send RemoteStartTransaction for connector 1. Returns: the answer."""
    return b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": id_tag})


def started(b: Bench) -> "dict[str, Any]":
    """The one StartTransaction among what was sent."""
    (start,) = [payload for action, payload in b.take() if action == "StartTransaction"]
    return start
