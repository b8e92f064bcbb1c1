"""Sessions: TC_003, 004_1, 004_2, 010, 011_1, 011_2, 012, 023, 026 to 028, 068, 069."""

from boards.products import full, lecs007
from host_tests.core_bench import A, B, Bench, C


def test_plug_in_first() -> None:
    b = Bench(lecs007)
    b.take()
    b.plug()
    assert b.words() == ["1:Preparing"]
    b.run(3000)
    b.tap("CARD1")
    assert b.words() == ["Authorize", "Start"]
    b.run(5000)
    assert b.words() == ["1:Charging"]


def test_a_bouncing_plug_is_one_plug() -> None:
    b = Bench(lecs007)
    b.take()
    for _ in range(5):
        b.pilot(1, B)
        b.run(100)
        b.pilot(1, A)
        b.run(30)
    b.pilot(1, B)
    b.run(450)
    assert b.words() == []
    b.run(100)
    assert b.words() == ["1:Preparing"]
    b.pilot(1, A)
    assert b.words() == ["1:Available"]


def test_no_charging_before_the_mirror_contact_confirms() -> None:
    b = Bench(lecs007)
    b.run(5000)
    b.contactor_works = False
    b.plug()
    b.tap("CARD1")
    assert b.words()[-2:] == ["Authorize", "Start"]
    b.contactor_works = True
    b.run(6000)
    assert b.words() == ["1:Charging"]


def test_card_first() -> None:
    b = Bench(lecs007)
    b.run(6000)
    b.take()
    b.tap("CARD1")
    assert b.words() == ["Authorize", "1:Preparing"]
    b.run(20000)
    b.plug()
    assert b.words() == ["Start", "1:Charging"]


def test_card_first_and_no_plug() -> None:
    b = Bench(lecs007)
    b.take()
    b.tap("CARD1")
    b.run(29800)
    assert b.words() == ["Authorize", "1:Preparing"]
    b.run(300)
    assert b.words() == ["1:Available"]
    b.plug()
    b.run(10000)
    assert b.words() == ["1:Preparing"]


def test_the_same_card_again_takes_the_authorization_back() -> None:
    b = Bench(lecs007)
    b.tap("CARD1")
    b.take()
    b.tap("card1")
    assert b.words() == ["1:Available"]


def test_remote_start_with_the_cable_in() -> None:
    for remote, words in (("false", ["Start", "1:Charging"]), ("true", ["Authorize", "Start", "1:Charging"])):
        b = Bench(lecs007, AuthorizeRemoteTxRequests=remote)
        b.run(6000)
        b.plug()
        b.take()
        assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"}) == {"status": "Accepted"}
        start = [payload for action, payload in b.log if action == "StartTransaction"][0]
        assert start["idTag"] == "CARD1" and start["connectorId"] == 1 and start["meterStart"] == 1000
        assert b.words() == words


def test_remote_start_before_the_cable() -> None:
    b = Bench(lecs007)
    b.run(6000)
    b.take()
    assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"}) == {"status": "Accepted"}
    assert b.words() == ["1:Preparing"]
    b.run(10000)
    b.plug()
    assert b.words() == ["Start", "1:Charging"]


def test_remote_start_times_out() -> None:
    b = Bench(lecs007)
    b.configure("ConnectionTimeOut", "10")
    b.take()
    b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
    b.run(9900)
    assert b.words() == ["1:Preparing"]
    b.run(200)
    assert b.words() == ["1:Available"]


def test_remote_start_without_a_connector_takes_the_free_one() -> None:
    b = Bench(lecs007)
    assert b.call("RemoteStartTransaction", {"idTag": "CARD1"}) == {"status": "Accepted"}


def test_remote_starts_that_are_rejected() -> None:
    b = Bench(lecs007)
    for number in (0, 2, -1):
        assert b.call("RemoteStartTransaction", {"connectorId": number, "idTag": "X"}) == {"status": "Rejected"}, number
    b.charge()
    assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "X"}) == {"status": "Rejected"}
    assert b.take() == []
    assert b.closed[0]


def test_remote_stop() -> None:
    b = Bench(lecs007)
    transaction_id = b.charge()
    assert b.call("RemoteStopTransaction", {"transactionId": transaction_id + 1}) == {"status": "Rejected"}
    assert b.closed[0] and b.take() == []
    assert b.call("RemoteStopTransaction", {"transactionId": transaction_id}) == {"status": "Accepted"}
    assert b.closed[0], "the vehicle gets time to stop drawing"
    b.run(2000)
    assert not b.closed[0]
    assert b.words() == ["1:Finishing", "Stop:Remote"]
    b.unplug()
    assert b.words() == ["1:Available"]


def test_a_vehicle_that_does_not_let_go_is_cut_off_after_six_seconds() -> None:
    b = Bench(lecs007)
    b.release_ms = 60000
    transaction_id = b.charge()
    b.call("RemoteStopTransaction", {"transactionId": transaction_id})
    b.run(5900)
    assert b.closed[0]
    b.run(200)
    assert not b.closed[0]
    assert b.words() == ["1:Finishing", "Stop:Remote"]


def test_an_invalid_card_moves_nothing() -> None:
    for status in ("Invalid", "Blocked", "Expired", "ConcurrentTx"):
        b = Bench(lecs007)
        b.configure("MinimumStatusDuration", "10")
        b.configure("LocalPreAuthorize", "true")
        b.answers["Authorize"] = {"idTagInfo": {"status": status}}
        b.take()
        b.tap("BAD")
        assert b.words() == ["Authorize"]
        b.run(15000)
        b.plug()
        b.run(9800)
        assert b.words() == []
        b.run(20000)
        assert b.words() == ["1:Preparing"]


def test_remote_start_with_an_invalid_id_when_it_is_to_be_authorized() -> None:
    b = Bench(lecs007)
    b.configure("AuthorizeRemoteTxRequests", "true")
    b.answers["Authorize"] = {"idTagInfo": {"status": "Invalid"}}
    b.take()
    assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "BAD"}) == {"status": "Accepted"}
    b.plug()
    b.run(20000)
    assert b.words() == ["Authorize", "1:Preparing"]


def test_only_the_card_that_started_stops() -> None:
    b = Bench(lecs007)
    transaction_id = b.charge("Card1")
    b.tap("CARD2")
    b.run(3000)
    assert b.take() == []
    b.tap("CARD1")
    b.run(2000)
    stop = [payload for action, payload in b.log if action == "StopTransaction"][0]
    assert stop["idTag"] == "Card1" and stop["transactionId"] == transaction_id and stop["reason"] == "Local"
    assert b.words() == ["1:Finishing", "Stop:Local"]


def test_another_card_of_the_group_stops() -> None:
    b = Bench(lecs007)
    b.answers["StartTransaction"] = {"transactionId": 7, "idTagInfo": {"status": "Accepted", "parentIdTag": "Group"}}
    b.charge("CARD1")
    b.answers["Authorize"] = [{"idTagInfo": {"status": "Accepted", "parentIdTag": "other"}}, {"idTagInfo": {"status": "Accepted", "parentIdTag": "GROUP"}}]
    b.tap("CARD3")
    b.run(2000)
    assert b.words() == ["Authorize"]
    b.tap("CARD2")
    b.run(2000)
    assert [payload["idTag"] for action, payload in b.log if action == "StopTransaction"] == ["CARD2"]
    assert b.words() == ["Authorize", "1:Finishing", "Stop:Local"]


def test_a_new_session_without_unplugging() -> None:
    b = Bench(lecs007)
    b.charge("CARD1")
    b.tap("CARD1")
    b.run(2000)
    b.take()
    b.tap("CARD2")
    b.run(6000)
    assert b.words() == ["Authorize", "1:Preparing", "Start", "1:Charging"] and b.closed[0]


def test_a_vehicle_that_wants_nothing_is_suspended_after_the_start() -> None:
    b = Bench(lecs007)
    b.plug(wants=False)
    b.take()
    b.tap("CARD1")
    assert b.words() == ["Authorize", "Start"]
    b.run(6000)
    assert b.words() == ["1:SuspendedEV"]
    b.pilot(1, C)
    assert b.words() == ["1:Charging"]
    b.pilot(1, B)
    assert b.words() == ["1:SuspendedEV"] and not b.closed[0]


def test_transaction_ids_of_all_kinds_are_used_as_they_are() -> None:
    for number in (0, -1, 2147483647, 1795401600):
        b = Bench(lecs007)
        b.answers["StartTransaction"] = {"transactionId": number, "idTagInfo": {"status": "Accepted"}}
        b.charge()
        b.run(16000)
        assert b.take()[0][1]["transactionId"] == number
        assert b.call("RemoteStopTransaction", {"transactionId": number}) == {"status": "Accepted"}
        b.run(2000)
        assert [payload["transactionId"] for action, payload in b.log if action == "StopTransaction"] == [number]


def test_unplugging_ends_the_session_at_once() -> None:
    b = Bench(lecs007)
    b.charge()
    b.unplug()
    assert not b.closed[0]
    assert b.words() == ["1:Available", "Stop:EVDisconnected"]


def test_unplugging_with_a_socket_ends_in_finishing_until_the_cable_is_gone() -> None:
    for unlock in ("true", "false"):
        b = Bench(full)
        b.configure("UnlockConnectorOnEVSideDisconnect", unlock)
        b.charge()
        assert b.locks == [True]
        b.unplug(both_ends=False)
        assert b.words() == ["1:Finishing", "Stop:EVDisconnected"]
        assert b.locks == [unlock == "false"]
        if unlock == "false":
            assert b.call("UnlockConnector", {"connectorId": 1}) is None
            b.run(100)
            assert b.waiting == {"status": "Unlocked"}
        b.unplug()
        assert b.words() == ["1:Available"]


def test_the_vehicle_leaves_and_the_transaction_goes_on() -> None:
    b = Bench(lecs007)
    b.configure("StopTransactionOnEVSideDisconnect", "false")
    transaction_id = b.charge()
    b.unplug()
    assert not b.closed[0]
    assert [(p["status"], p.get("info")) for _, p in b.take()] == [("SuspendedEV", "EV side disconnected")]
    b.run(5000)
    assert b.take() == []
    assert b.call("RemoteStopTransaction", {"transactionId": transaction_id}) == {"status": "Accepted"}
    assert b.words() == ["1:Available", "Stop:Remote"]


def test_the_vehicle_comes_back_to_its_transaction() -> None:
    b = Bench(lecs007)
    b.configure("StopTransactionOnEVSideDisconnect", "false")
    b.charge()
    b.unplug()
    b.take()
    b.run(6000)
    b.plug()
    assert b.words()[-1] == "1:Charging"
    assert b.pilots == [C] and A == 0
