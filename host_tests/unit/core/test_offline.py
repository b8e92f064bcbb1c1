"""Nothing is lost: link loss, refusals, power cuts, a full store (TC_032, 034, 036 to 039)."""

from boards.products import full, lecs007
from chargepoint.core.messages.records import METER, START, STOP, put_edge
from host_tests.core_bench import TOO_LONG, Bench
from host_tests.portable import raises


def test_samples_taken_offline_come_first_and_complete() -> None:
    b = Bench(lecs007)
    b.charge()
    b.disconnect()
    b.run(50000)
    b.connect()
    b.run(16000)
    assert b.words() == ["MeterValues"] * 4
    assert b.closed[0]


def test_stop_offline_with_the_card() -> None:
    b = Bench(lecs007)
    transaction_id = b.charge()
    b.disconnect()
    b.run(3000)
    moment = b.utc()
    b.tap("CARD1")
    b.run(5000)
    assert not b.closed[0]
    b.connect()
    b.run(100)
    stop = [p for a, p in b.log if a == "StopTransaction"][0]
    assert stop["timestamp"] == moment and stop["transactionId"] == transaction_id
    assert b.words() == ["1:Finishing", "Stop:Local"]


def test_whole_sessions_offline_get_the_transaction_id_that_comes_late() -> None:
    b = Bench(full, AllowOfflineTxForUnknownId="true")
    b.take()
    b.disconnect()
    for i in range(3):
        b.plug()
        b.tap("CARD%d" % i)
        b.run(70000)
        b.tap("CARD%d" % i)
        b.run(3000)
        b.unplug()
        b.run(1000)
    assert b.take() == []
    b.connect()
    b.run(100)
    told = [(a, p.get("transactionId")) for a, p in b.log]
    assert told == [
        ("StartTransaction", None), ("MeterValues", 101), ("StopTransaction", 101),
        ("StartTransaction", None), ("MeterValues", 102), ("StopTransaction", 102),
        ("StartTransaction", None), ("MeterValues", 103), ("StopTransaction", 103),
    ]
    starts = [p for a, p in b.log if a == "StartTransaction"]
    assert starts[0]["timestamp"] == "2026-11-23T08:00:00.650Z" and starts[1]["timestamp"] > starts[0]["timestamp"]


def test_statuses_offline_are_told_once_and_only_when_they_differ() -> None:
    b = Bench(lecs007)
    b.take()
    b.disconnect()
    for _ in range(20):
        b.plug()
        b.unplug()
    b.connect()
    b.run(100)
    assert b.words() == []
    b.disconnect()
    b.plug()
    b.fault(4, True)
    b.fault(4, False)
    b.connect()
    b.run(100)
    assert b.words() == ["1:Preparing"]


def test_silence_resends_the_same_message_under_the_same_id() -> None:
    b = Bench(lecs007)
    b.answers["StartTransaction"] = [None, None, {"transactionId": 9, "idTagInfo": {"status": "Accepted"}}]
    b.plug()
    b.take()
    b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
    b.run(6000)
    starts = [i for i in range(len(b.log)) if b.log[i][0] == "StartTransaction"]
    assert len(starts) == 3
    assert len(set(str(b.log[i][1]) for i in starts)) == 1
    assert len(set(b.ids[i] for i in starts)) == 1 and b.ids[starts[0]] is not None


def test_silence_is_never_counted_as_an_attempt() -> None:
    b = Bench(full, TransactionMessageAttempts="1")
    b.charge()
    b.answers["MeterValues"] = [None] * 30 + [{}]
    b.run(61000)
    assert b.store.dead == [] and b.store.queue.count == 0


def test_refusals_are_retried_at_growing_distance_and_then_buried() -> None:
    b = Bench(full, TransactionMessageAttempts="3", TransactionMessageRetryInterval="10", MeterValueSampleInterval="0")
    transaction_id = b.charge()
    b.answers["StopTransaction"] = "InternalError"
    b.take()
    b.call("RemoteStopTransaction", {"transactionId": transaction_id})
    b.run(1500)
    times = []
    ids = []
    for _ in range(60):
        times += [b.elapsed_ms // 1000] * len([a for a, _ in b.log if a == "StopTransaction"])
        ids += [b.ids[i] for i in range(len(b.log)) if b.log[i][0] == "StopTransaction"]
        b.take()
        b.run(1000)
    assert [t - times[0] for t in times] == [0, 10, 30] or [t - times[0] for t in times] == [0, 9, 29]
    assert len(set(ids)) == 3
    assert len(b.store.dead) == 1 and b.store.dead[0][1] == "refused: InternalError"
    assert b.store.queue.count == 0


def test_no_attempts_still_means_one() -> None:
    b = Bench(lecs007)
    b.answers["StartTransaction"] = "InternalError"
    b.plug()
    b.take()
    b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
    b.run(20000)
    assert b.words()[:1] == ["Start"]
    assert len(b.store.dead) == 1
    b.unplug()
    assert len(b.store.dead) == 2, "a stop without its start cannot be told, but it is kept"
    assert b.closed == [False]


def test_samples_of_a_refused_start_go_without_a_transaction() -> None:
    b = Bench(lecs007)
    b.answers["StartTransaction"] = "InternalError"
    b.plug()
    b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
    b.take()
    b.run(16000)
    values = [p for a, p in b.log if a == "MeterValues"]
    assert len(values) == 1 and "transactionId" not in values[0]


def test_a_refused_message_does_not_hold_back_the_live_ones() -> None:
    b = Bench(full, TransactionMessageAttempts="9", TransactionMessageRetryInterval="600")
    b.answers["StartTransaction"] = "InternalError"
    b.charge()
    b.unplug()
    b.run(1000)
    assert b.words() == ["1:Finishing", "1:Available"]


def test_a_stop_that_does_not_fit_goes_without_its_data() -> None:
    b = Bench(lecs007)
    transaction_id = b.charge()
    b.answers["StopTransaction"] = [TOO_LONG, {}]
    b.take()
    b.call("RemoteStopTransaction", {"transactionId": transaction_id})
    b.run(2000)
    stops = [p for a, p in b.log if a == "StopTransaction"]
    assert "transactionData" in stops[0] and "transactionData" not in stops[1]
    assert b.store.dead == []


def test_unanswered_statuses_do_not_block() -> None:
    b = Bench(lecs007)
    b.answers["StatusNotification"] = None
    b.take()
    b.plug()
    b.tap("CARD1")
    b.run(6000)
    assert b.closed[0]
    assert b.words() == ["1:Preparing", "1:Preparing", "Authorize", "Start", "1:Charging", "1:Charging"]


def test_power_cut_in_a_session() -> None:
    b = Bench(lecs007)
    transaction_id = b.charge()
    b.run(40000)
    b.take()
    b.power_cut()
    b.connect()
    b.run(2000)
    stop = [p for a, p in b.log if a == "StopTransaction"][0]
    assert stop["transactionId"] == transaction_id and stop["meterStop"] == b.readings[0].energy_mwh // 1000
    assert b.words() == ["Boot", "0:Available", "1:Finishing", "Stop:PowerLoss"]
    assert not b.closed[0] and b.store.saved["tx1"] == b""


def test_power_cut_in_an_offline_session_before_any_clock() -> None:
    b = Bench(full, accept=False, AllowOfflineTxForUnknownId="true")
    b.plug()
    b.run(60000)
    b.tap("CARD1")
    b.run(6000)
    assert b.closed[0]
    b.power_cut()
    b.run(30000)
    b.connect()
    b.run(1000)
    told = [(a, p) for a, p in b.log if a in ("StartTransaction", "StopTransaction")]
    assert [a for a, _ in told] == ["StartTransaction", "StopTransaction"]
    assert told[1][1]["reason"] == "PowerLoss" and told[1][1]["transactionId"] == 101
    assert told[0][1]["timestamp"] <= told[1][1]["timestamp"] <= b.utc()


def test_events_before_the_first_clock_get_their_time_when_it_is_known() -> None:
    b = Bench(full, accept=False, AllowOfflineTxForUnknownId="true")
    b.run(10000)
    b.plug()
    b.tap("CARD1")
    b.run(90000)
    b.connect()
    b.run(100)
    start = [p for a, p in b.log if a == "StartTransaction"][0]
    assert start["timestamp"] == "2026-11-23T08:00:10.550Z"
    values = [p for a, p in b.log if a == "MeterValues"][0]
    assert values["meterValue"][0]["timestamp"] == "2026-11-23T08:01:10.550Z"


class _PowerIsGone(Exception):
    """What a write raises when the power fails in it."""


def test_a_start_that_was_answered_is_not_sent_again_after_a_cut() -> None:
    b = Bench(lecs007)
    pop = b.store.queue.pop

    def cut() -> None:
        raise _PowerIsGone

    b.store.queue.pop = cut  # type: ignore[method-assign]  # between storing the transactionId and removing the START
    b.answers["StartTransaction"] = {"transactionId": 55, "idTagInfo": {"status": "Accepted"}}
    b.plug()
    raises(_PowerIsGone, b.call, "RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
    b.store.queue.pop = pop  # type: ignore[method-assign]
    b.take()
    b.power_cut()
    b.connect()
    b.run(2000)
    assert [(a, p.get("transactionId")) for a, p in b.log if "Transaction" in a] == [("StopTransaction", 55)]


def _cut_session(cut_after: int) -> Bench:
    """A whole session in which power fails with write number `cut_after`, and what follows."""
    b = Bench(full, AllowOfflineTxForUnknownId="true")
    left = [cut_after]
    queue = b.store.queue
    save, append, pop = b.store.save, queue.append, queue.pop

    def spend() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise _PowerIsGone

    def save_or_cut(name: str, data: "bytes | bytearray") -> bool:
        spend()
        return save(name, data)

    def append_or_cut(record: "bytes | bytearray | memoryview", sample: bool = False) -> int:
        spend()
        return append(record, sample)

    def pop_or_cut() -> None:
        spend()
        pop()

    b.store.save, queue.append, queue.pop = save_or_cut, append_or_cut, pop_or_cut  # type: ignore[method-assign]
    try:
        b.plug()
        b.tap("CARD1")
        b.run(70000)
        b.tap("CARD1")
        b.run(3000)
        b.unplug()
    except _PowerIsGone:
        pass
    b.store.save, queue.append, queue.pop = save, append, pop  # type: ignore[method-assign]
    b.power_cut()
    b.connect()
    b.run(15000)
    return b


def test_cuts_between_the_writes_of_a_session() -> None:
    """In the end every start has exactly one stop; a message that comes twice comes under the same id."""
    began = 0
    for cut_after in range(16):
        b = _cut_session(cut_after)
        starts = set(b.ids[i] for i in range(len(b.log)) if b.log[i][0] == "StartTransaction")
        stops = set(b.ids[i] for i in range(len(b.log)) if b.log[i][0] == "StopTransaction")
        assert len(starts) == len(stops) <= 1, (cut_after, b.words())
        assert b.store.saved.get("tx1", b"") == b"" and b.store.dead == [] and b.store.queue.count == 0, cut_after
        began += len(starts)
    assert 10 <= began < 16


def test_no_session_without_room_for_its_records() -> None:
    b = Bench(lecs007)
    b.store.queue.room = 0
    b.plug()
    b.tap("CARD1")
    b.run(6000)
    assert not b.closed[0] and b.core.connectors[0].transaction is None
    assert b.store.saved["tx1"] == b""


def test_a_full_queue_thins_the_samples_and_never_the_edges() -> None:
    b = Bench(full, AllowOfflineTxForUnknownId="true", MeterValueSampleInterval="10")
    b.disconnect()
    b.store.queue.room = 20
    b.store.queue.sample_reserve = 4
    b.plug()
    b.tap("CARD1")
    b.run(600000)
    b.tap("CARD1")
    b.run(3000)
    kinds = [record[0] for _, record in b.store.queue.records]
    assert kinds[0] == 1 and kinds[-1] == 3 and kinds.count(METER) == len(kinds) - 2 > 4
    assert b.core.deliveries.thinned > 30
    b.connect()
    b.run(100)
    times = [p["meterValue"][0]["timestamp"] for a, p in b.log if a == "MeterValues"]
    assert times == sorted(times)


def test_a_stop_that_cannot_be_stored_is_tried_again() -> None:
    b = Bench(lecs007)
    b.charge()
    b.store.queue.room = 0
    b.unplug()
    assert b.core.connectors[0].transaction is not None and not b.closed[0]
    b.store.queue.room = 100
    b.run(2000)
    assert b.core.connectors[0].transaction is None
    assert b.words()[-1] == "Stop:EVDisconnected"


def test_power_loss_while_unavailable() -> None:
    b = Bench(lecs007)
    b.call("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
    b.take()
    b.power_cut()
    b.connect()
    assert b.words() == ["Boot", "0:Unavailable", "1:Unavailable"]


def test_a_watchdog_reset_is_told_as_a_reboot() -> None:
    b = Bench(lecs007)
    b.charge()
    b.cause = 2
    b.power_cut(1000)
    b.connect()
    b.run(2000)
    assert b.words()[-1] == "Stop:Reboot"


def test_what_another_firmware_left_in_the_queue_holds_up_nothing() -> None:
    """A kind from the future, and a start of a connector that this product does not have: kept as dead letters, the next session goes out."""
    b = Bench(full, accept=False)
    for kind, connector in ((9, 1), (START, 2), (STOP, 0)):
        record = bytearray(40)
        b.store.queue.append(record[: put_edge(record, kind, connector, 7, 5, 0, "CARD")])
    b.connect()
    b.charge()
    assert [(dead[0], dead[1]) for dead, _ in b.store.dead] == [(9, 1), (START, 2), (STOP, 0)]
    assert b.store.queue.count == 0
