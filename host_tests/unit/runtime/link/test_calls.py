"""Between link and core: each of our messages gets exactly one outcome."""

from chargepoint.core.messages.outbox import Message
from chargepoint.runtime.link.calls import Calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HEARTBEAT = 2


class _Writer:
    def begin_object(self) -> None:
        pass

    def end_object(self) -> None:
        pass


class _Link:
    """A link whose buffer is too small for everything."""

    ready = True
    reason = ""

    def begin_call(self, action: "Any", unique_id: "Any") -> "Any":
        return _Writer()

    def end_call(self, now: int) -> bool:
        return False


class _Core:
    def __init__(self) -> None:
        self.deferred = None
        self.outcomes: "list[str]" = []
        self.message: "Any" = Message()
        self.message.action = HEARTBEAT

    def next_call(self, now: int) -> "Any":
        message, self.message = self.message, None
        return message

    def on_call_error(self, code: str, now: int) -> None:
        self.outcomes.append(code)

    def on_no_answer(self, now: int) -> None:
        self.outcomes.append("no answer")


def test_a_message_that_does_not_fit_has_one_outcome() -> None:
    core: "Any" = _Core()
    link: "Any" = _Link()
    calls = Calls(core, lambda up: None)
    calls.link = link
    calls.poll(0)
    calls.on_no_answer(1)
    assert core.outcomes == ["TooLong"]
