"""Who sends what, and when: the order of priority, what a source hears, and that a durable source of another kind fits in."""

from boards.products import lecs007
from chargepoint.core.messages.sources import IDLE_MS, LOST, TOO_LONG, UNREADABLE, Message, Sources
from chargepoint.ocpp16.codes import ACT_DATA_TRANSFER
from host_tests.core_bench import Bench
from host_tests.core_store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Source:
    """One that has something to say when the test says so."""

    def __init__(self, due_ms: int = IDLE_MS) -> None:
        self.has = False
        self.heard: "list[Any]" = []
        self._due_ms = due_ms

    def fill(self, m: Message, now: int) -> bool:
        m.id_tag = str(id(self)) if self.has else m.id_tag
        return self.has

    def on_answer(self, m: Message, fields: "Any", code: "Any", now: int) -> None:
        assert m.id_tag == str(id(self)), "the message is as its source left it"
        self.heard.append(fields or code)

    def next_due(self, now: int) -> int:
        return self._due_ms


class SecurityEvents:
    """Events that survive a reboot and are no transaction messages: a record of the store holds them until the central system has answered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events = [text for text in str(store.load("security") or b"", "utf-8").split("\n") if text]

    def add(self, text: str) -> None:
        self._events.append(text)
        self._store.save("security", "\n".join(self._events).encode())

    def fill(self, m: Message, now: int) -> bool:
        if not self._events:
            return False
        m.action = ACT_DATA_TRANSFER
        m.vendor_id = "security"
        m.message_id = None
        m.data = self._events[0]
        return True

    def on_answer(self, m: Message, fields: "Any", code: "Any", now: int) -> None:
        if code is None and fields is None or code == LOST:
            return
        self._events.pop(0)
        self._store.save("security", "\n".join(self._events).encode())

    def next_due(self, now: int) -> int:
        return IDLE_MS


def test_the_first_that_has_something_speaks_and_only_it_hears_what_became_of_it() -> None:
    first, second, third = _Source(), _Source(5000), _Source(7000)
    sources = Sources((first, second, third))
    assert sources.next_call(True, 0) is None and sources.next_due(0) == 5000
    second.has = third.has = True
    for outcome in ("fields", None, TOO_LONG, UNREADABLE, LOST):
        assert sources.next_call(True, 0) is sources.message
        assert sources.sending is second and sources.next_call(True, 0) is None, "one CALL at a time"
        assert sources.next_due(0) == IDLE_MS, "nothing is due while one waits"
        sources.on_answer(None, outcome, 0) if outcome != "fields" else sources.on_answer("fields", None, 0)
    sources.on_answer(None, LOST, 0)
    assert second.heard == ["fields", None, TOO_LONG, UNREADABLE, LOST] and first.heard == third.heard == []


def test_before_we_are_accepted_only_the_registration_speaks() -> None:
    first, second = _Source(), _Source()
    second.has = True
    sources = Sources((first, second))
    assert sources.next_call(False, 0) is None
    first.has = True
    assert sources.next_call(False, 0) is not None
    sources.on_answer(None, None, 0)
    assert first.heard == [None]


def test_a_durable_source_of_another_kind_fits_in() -> None:
    b = Bench(lecs007)
    b.core.sources = Sources((b.core.registration, SecurityEvents(b.store), b.core.statuses, b.core.deliveries))
    events = b.core.sources._order[1]
    b.disconnect()
    events.add("door opened")
    events.add("door closed")
    b.power_cut()
    b.core.sources = Sources((b.core.registration, SecurityEvents(b.store), b.core.statuses, b.core.deliveries))
    b.answers["DataTransfer"] = [None, {"status": "Accepted"}]
    b.take()
    b.connect()
    b.run(100)
    assert [p["data"] for a, p in b.log if a == "DataTransfer"] == ["door opened", "door opened", "door closed"]
    assert b.store.saved["security"] == b""
    assert [word for word in b.words() if word[1] == ":"] == ["0:Available", "1:Available"]
