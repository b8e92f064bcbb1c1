"""A charge point with a local list, for the tests of that feature."""

from boards.products import full
from host_tests.core_bench import Bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def entry(id_tag: str, status: "str | None" = "Accepted", **more: str) -> "dict[str, Any]":
    """One entry of the message; without a status it is to be removed."""
    made: "dict[str, Any]" = {"idTag": id_tag}
    if status is not None:
        made["idTagInfo"] = dict(more, status=status)
    return made


def send(b: Bench, version: int, *entries: "dict[str, Any]", update: str = "Full") -> str:
    """Send SendLocalList. Returns: the status of the answer, or the code of a CALLERROR."""
    answer = b.call("SendLocalList", {"listVersion": version, "localAuthorizationList": list(entries), "updateType": update})
    return str(answer["status"]) if isinstance(answer, dict) else str(answer)


def change(b: Bench, version: int, *entries: "dict[str, Any]") -> str:
    """A differential update."""
    return send(b, version, *entries, update="Differential")


def version(b: Bench) -> int:
    """What GetLocalListVersion says."""
    answer: "Any" = b.call("GetLocalListVersion")
    return int(answer["listVersion"])


def listed(**settings: str) -> Bench:
    """Accepted, nothing said, no cache."""
    settings.setdefault("AuthorizationCacheEnabled", "false")
    b = Bench(full, **settings)  # type: ignore[arg-type]
    b.run(1000)
    b.take()
    return b
