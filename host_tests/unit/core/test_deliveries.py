"""The durable queue of transaction messages: what nobody can use, what is refused, and what a person finds of it afterwards."""

from boards.products import full, lecs007
from chargepoint.core.messages.records import STOP, put_edge
from host_tests.core_bench import Bench


def test_a_hundred_records_that_nobody_can_use_never_go_out_in_anothers_place() -> None:
    """More than are passed over in one turn: no turn hands out a message that is none, each is noted, and what follows is delivered."""
    b = Bench(full, accept=False)
    notes: "list[tuple[int, int, int]]" = []
    b.core.note = lambda code, connector, arg: notes.append((code, connector, arg))
    record = bytearray(60)
    for number in range(100):
        b.store.queue.append(record[: put_edge(record, STOP, 1, number + 1, 5, 0, "CARD")])  # whose starts nobody knows
    b.take()
    b.connect()
    for turn in range(99 // 8 + 2):
        b.run(1000)
        assert "StopTransaction" not in [a for a, _ in b.log], turn
    b.charge()
    assert len(b.store.dead) == 100 and b.store.queue.count == 0
    assert [note[0] for note in notes].count(303) == 100, "the event log has each"
    assert b.core.connectors[0].transaction.transaction_id is not None  # type: ignore[union-attr]


def test_a_dead_letter_is_noted_with_its_connector_and_number() -> None:
    b = Bench(lecs007)
    b.charge()
    notes: "list[tuple[int, int, int]]" = []
    b.core.note = lambda code, connector, arg: notes.append((code, connector, arg))
    b.answers["MeterValues"] = "InternalError"
    head = b.store.queue.next_seq
    b.run(15000)
    assert (303, 1, head) in notes and len(b.store.dead) == 1


def test_an_error_code_of_the_central_system_is_only_text() -> None:
    """A CALLERROR may carry any code: none makes us leave out data or give up early."""
    for code in ("TooLong", "", "None", "GenericError", "formationviolation"):
        b = Bench(full, TransactionMessageAttempts="3", TransactionMessageRetryInterval="1", MeterValueSampleInterval="0")
        transaction_id = b.charge()
        b.answers["StopTransaction"] = [code, code, {}]
        b.call("RemoteStopTransaction", {"transactionId": transaction_id})
        b.run(10000)
        stops = [p for a, p in b.log if a == "StopTransaction"]
        assert len(stops) == 3 and stops[0] == stops[1] == stops[2], code
        assert b.store.dead == [], code
