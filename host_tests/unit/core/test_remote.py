"""Requests of the central system: configuration, availability, reset, unlock, data transfer, absent profiles."""

from boards.products import duo, full, lecs007
from host_tests.core_bench import CLOSE, LINK_CONFIG, OPEN, UNLOCK, B, Bench


def test_change_configuration() -> None:
    b = Bench(lecs007)
    for key, value, status in (
        ("MeterValueSampleInterval", "30", "Accepted"),
        ("metervaluesampleinterval", "30", "Accepted"),
        ("MeterValueSampleInterval", "-1", "Rejected"),
        ("MeterValueSampleInterval", "1.5", "Rejected"),
        ("MeterValueSampleInterval", "", "Rejected"),
        ("MeterValueSampleInterval", "99999999999", "Rejected"),
        ("HeartbeatInterval", "0", "Rejected"),
        ("Testing", "true", "NotSupported"),
        ("AuthorizationCacheEnabled", "true", "NotSupported"),
        ("NumberOfConnectors", "1", "Rejected"),
        ("SupportedFeatureProfiles", "Core", "Rejected"),
        ("LocalPreAuthorize", "TRUE", "Accepted"),
        ("LocalPreAuthorize", "yes", "Rejected"),
        ("MeterValuesSampledData", "Voltage, Power.Active.Import", "Accepted"),
        ("MeterValuesSampledData", "", "Accepted"),
        ("MeterValuesSampledData", "Voltage,Voltage", "Rejected"),
        ("MeterValuesSampledData", "Voltage,", "Rejected"),
        ("MeterValuesSampledData", "RPM", "Rejected"),
        ("MeterValuesSampledData", "voltage", "Rejected"),
        ("StopTxnAlignedData", "", "Accepted"),
        ("ConnectorPhaseRotation", "NotApplicable", "Accepted"),
        ("ConnectorPhaseRotation", "0.RST,1.RTS", "Accepted"),
        ("ConnectorPhaseRotation", "ABC", "Rejected"),
        ("ConnectorPhaseRotation", " 1.SRT , 0.Unknown", "Accepted"),
        ("ConnectorPhaseRotation", "2.RST", "Rejected"),
        ("ConnectorPhaseRotation", "9.RST", "Rejected"),
        ("ConnectorPhaseRotation", "1.RST,1.RTS", "Rejected"),
        ("ConnectorPhaseRotation", "1.RST,01.RST", "Rejected"),
        ("ConnectorPhaseRotation", "RST,1.RTS", "Rejected"),
        ("ConnectorPhaseRotation", "RST,RTS", "Rejected"),
        ("ConnectorPhaseRotation", "-1.RST", "Rejected"),
        ("ConnectorPhaseRotation", ".RST", "Rejected"),
        ("ConnectorPhaseRotation", "1.", "Rejected"),
        ("ConnectorPhaseRotation", "1.1.RST", "Rejected"),
        ("ConnectorPhaseRotation", "", "Rejected"),
    ):
        assert b.call("ChangeConfiguration", {"key": key, "value": value}) == {"status": status}, (key, value)
    assert b.call("GetConfiguration", {"key": ["MeterValueSampleInterval"]}) == {
        "configurationKey": [{"key": "MeterValueSampleInterval", "readonly": False, "value": "30"}]
    }


def test_every_value_accepted_survives_a_power_cut_and_others_stay_factory() -> None:
    b = Bench(lecs007)
    b.configure("MeterValueSampleInterval", "33")
    b.configure("LocalPreAuthorize", "true")
    b.configure("StopTxnAlignedData", "Voltage")
    before = b.call("GetConfiguration")
    b.power_cut()
    b.connect()
    assert b.call("GetConfiguration") == before


def test_a_value_that_cannot_be_stored_is_rejected_and_not_used() -> None:
    b = Bench(lecs007)
    b.store.fails = True
    assert b.call("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "99"}) == {"status": "Rejected"}
    assert b.core.config.text("ConnectionTimeOut") == "30"


def test_factory_settings_only_on_a_fresh_store() -> None:
    b = Bench(full, HeartbeatInterval="77", AuthorizationKey="0123456789abcdef")
    assert b.core.config.text("AuthorizationKey") == "0123456789abcdef"
    b.configure("ConnectionTimeOut", "44")
    b.settings = {"ConnectionTimeOut": "11"}
    b.power_cut()
    assert b.core.config.text("ConnectionTimeOut") == "44"
    assert b.core.config.text("AuthorizationKey") == "0123456789abcdef"


def test_a_stored_line_that_this_firmware_does_not_know_is_left_out() -> None:
    b = Bench(lecs007)
    b.store.saved["config"] = b"Gone=1\nConnectionTimeOut=nonsense\nHeartbeatInterval=50\nAuthorizationCacheEnabled=true"
    b.power_cut()
    assert b.core.config.text("ConnectionTimeOut") == "30"
    assert b.core.config.text("HeartbeatInterval") == "50"
    assert b.core.config.text("AuthorizationCacheEnabled") is None


def test_the_authorization_key_can_be_written_but_never_read() -> None:
    b = Bench(full)
    b.commands = []
    for value, status in (
        ("4F43415F4F4354545F61646D696E5F74657374", "Accepted"),
        ("0123456789abcdef", "Accepted"),
        ("short", "Rejected"),
        ("x" * 32, "Rejected"),
        ("", "Rejected"),
    ):
        assert b.call("ChangeConfiguration", {"key": "AuthorizationKey", "value": value}) == {"status": status}, value
    assert [c for c in b.commands if c[0] == LINK_CONFIG] == [(LINK_CONFIG, 0, 0)] * 2
    answer = b.call("GetConfiguration", {"key": ["AuthorizationKey"]})
    assert answer == {"configurationKey": [], "unknownKey": ["AuthorizationKey"]}
    for entry in b.call("GetConfiguration")["configurationKey"]:  # type: ignore[index]
        assert entry["key"] != "AuthorizationKey"


def test_get_configuration_of_named_keys() -> None:
    b = Bench(lecs007)
    assert b.call("GetConfiguration", {"key": []}) == b.call("GetConfiguration")
    names = [entry["key"] for entry in b.call("GetConfiguration")["configurationKey"]]  # type: ignore[index]
    some = b.call("GetConfiguration", {"key": names[:20]})
    assert [entry["key"] for entry in some["configurationKey"]] == names[:20] and "unknownKey" not in some  # type: ignore[index, operator]
    assert b.call("GetConfiguration", {"key": ["Nonsense"]}) == {"configurationKey": [], "unknownKey": ["Nonsense"]}


def test_change_availability_idle_and_persistent() -> None:
    b = Bench(duo)
    b.take()
    assert b.call("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}) == {"status": "Accepted"}
    assert b.words() == ["2:Unavailable"]
    b.power_cut()
    b.connect()
    assert b.words() == ["Boot", "0:Available", "1:Available", "2:Unavailable"]
    assert b.call("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}) == {"status": "Accepted"}
    assert sorted(b.words()) == ["0:Unavailable", "1:Unavailable"]
    b.power_cut()
    b.connect()
    assert b.words() == ["Boot", "0:Unavailable", "1:Unavailable", "2:Unavailable"]
    b.plug()
    b.tap("CARD1")
    assert b.words() == []
    b.unplug()
    assert b.call("ChangeAvailability", {"connectorId": 0, "type": "Operative"}) == {"status": "Accepted"}
    assert sorted(b.words()) == ["0:Available", "1:Available", "2:Available"]
    assert b.call("ChangeAvailability", {"connectorId": 3, "type": "Operative"}) == {"status": "Rejected"}


def test_change_availability_waits_for_the_transaction() -> None:
    b = Bench(lecs007)
    b.charge()
    assert b.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}) == {"status": "Scheduled"}
    assert b.words() == [] and b.closed[0]
    b.tap("CARD1")
    b.run(2000)
    assert b.words() == ["1:Unavailable", "Stop:Local"]
    b.unplug()
    assert b.words() == []


def test_availability_that_cannot_be_stored_is_rejected() -> None:
    b = Bench(lecs007)
    b.take()
    b.store.fails = True
    assert b.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}) == {"status": "Rejected"}
    assert b.words() == []


def test_hard_reset_without_a_transaction() -> None:
    b = Bench(lecs007)
    assert b.call("Reset", {"type": "Hard"}) == {"status": "Accepted"}
    assert b.resets == [1]


def test_hard_reset_in_a_transaction() -> None:
    b = Bench(lecs007)
    b.charge()
    b.commands = []
    assert b.call("Reset", {"type": "Hard"}) == {"status": "Accepted"}
    assert b.resets == [1] and not b.closed[0]
    assert b.commands[0] == (OPEN, 1, 0)
    b.power_cut(3000)
    b.connect()
    b.run(2000)
    words = [w for w in b.words() if w != "1:Charging"]
    assert words.count("Stop:HardReset") == 1 and "1:Finishing" in words and "Stop:PowerLoss" not in words


def test_soft_reset_waits_for_the_stop_to_be_delivered() -> None:
    b = Bench(lecs007)
    b.charge()
    assert b.call("Reset", {"type": "Soft"}) == {"status": "Accepted"}
    assert b.resets == []
    b.tap("CARD2")
    b.run(2000)
    assert b.words() == ["1:Finishing", "Stop:SoftReset"]
    assert b.resets == [0]


def test_soft_reset_does_not_wait_for_ever() -> None:
    b = Bench(lecs007)
    b.charge()
    b.answers["StopTransaction"] = "InternalError"
    b.configure("TransactionMessageAttempts", "5")
    b.call("Reset", {"type": "Soft"})
    b.run(29000)
    assert b.resets == []
    b.run(2000)
    assert b.resets == [0]


def test_a_soft_reset_happens_however_much_is_asked_meanwhile() -> None:
    for meanwhile in ("GetConfiguration", "Reset"):
        b = Bench(lecs007)
        b.charge()
        b.answers["StopTransaction"] = "InternalError"
        b.configure("TransactionMessageAttempts", "5")
        b.call("Reset", {"type": "Soft"})
        for _ in range(29):
            b.run(1000)
            b.call(meanwhile, {"type": "Soft"} if meanwhile == "Reset" else {"key": ["HeartbeatInterval"]})
        assert b.resets == [], meanwhile
        b.run(2000)
        assert b.resets == [0], meanwhile


def test_a_hard_reset_overtakes_a_soft_one() -> None:
    b = Bench(lecs007)
    b.charge()
    b.answers["StopTransaction"] = "InternalError"
    b.configure("TransactionMessageAttempts", "5")
    b.call("Reset", {"type": "Soft"})
    b.run(5000)
    b.call("Reset", {"type": "Hard"})
    assert b.resets == [1]


def test_a_connector_is_in_service_only_with_its_charge_point() -> None:
    b = Bench(duo)
    b.call("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
    b.take()
    assert b.call("ChangeAvailability", {"connectorId": 1, "type": "Operative"}) == {"status": "Rejected"}
    assert b.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}) == {"status": "Accepted"}
    b.plug()
    b.tap("CARD1")
    b.run(6000)
    assert b.words() == [] and not b.closed[0]
    assert b.call("ChangeAvailability", {"connectorId": 0, "type": "Operative"}) == {"status": "Accepted"}
    assert sorted(b.words()) == ["0:Available", "1:Preparing", "2:Available"]


def test_unlock_with_a_fixed_cable() -> None:
    b = Bench(lecs007)
    for number in (0, 1, 2):
        assert b.call("UnlockConnector", {"connectorId": number}) == {"status": "NotSupported"}
    b.charge()
    assert b.call("UnlockConnector", {"connectorId": 1}) == {"status": "NotSupported"}
    b.run(3000)
    assert b.closed[0] and b.take() == []


def test_unlock_a_socket() -> None:
    b = Bench(full)
    assert b.call("UnlockConnector", {"connectorId": 9}) == {"status": "NotSupported"}
    b.call("UnlockConnector", {"connectorId": 1})
    b.run(100)
    assert b.waiting == {"status": "Unlocked"}
    b.charge()
    b.waiting = None
    assert b.call("UnlockConnector", {"connectorId": 1}) is None
    assert b.waiting is None and b.locks == [True]
    b.run(3000)
    assert b.waiting == {"status": "Unlocked"} and b.locks == [False]
    assert b.words() == ["1:Finishing", "Stop:UnlockCommand"]


def test_unlock_fails_when_the_lock_does_not_move() -> None:
    b = Bench(full)
    b.charge()
    b.lock_works = False
    assert b.call("UnlockConnector", {"connectorId": 1}) is None
    b.run(9500)
    assert b.waiting == {"status": "UnlockFailed"}
    assert (UNLOCK, 1, 0) in b.commands


def test_no_power_without_the_lock() -> None:
    b = Bench(full)
    b.lock_works = False
    b.plug()
    b.tap("CARD1")
    b.run(6000)
    assert b.core.connectors[0].transaction is None
    b.fault(11, True)
    assert (CLOSE, 1, 0) not in b.commands
    statuses = [(p["status"], p["errorCode"]) for a, p in b.log if a == "StatusNotification"]
    assert statuses[-1] == ("Faulted", "ConnectorLockFailure")
    assert b.pilots[0] == B


def test_data_transfer() -> None:
    b = Bench(lecs007)
    assert b.call("DataTransfer", {"vendorId": "who", "data": "x"}) == {"status": "UnknownVendorId"}
    assert b.call("DataTransfer", {"vendorId": lecs007.VENDOR_ID, "messageId": "m"}) == {"status": "UnknownMessageId"}
    assert b.call("DataTransfer", {"vendorId": lecs007.VENDOR_ID.upper(), "messageId": "m"}) == {"status": "UnknownMessageId"}, "CiString255"


def test_profiles_that_are_not_there_are_refused_in_the_answer() -> None:
    b = Bench(lecs007)
    b.take()
    for action, required, answer in (
        ("ReserveNow", {"connectorId": 1, "expiryDate": "2026-11-23T09:00:00Z", "idTag": "A", "reservationId": 1}, {"status": "Rejected"}),
        ("CancelReservation", {"reservationId": 1}, {"status": "Rejected"}),
        ("GetLocalListVersion", {}, {"listVersion": -1}),
        ("SendLocalList", {"listVersion": 1, "updateType": "Full"}, {"status": "NotSupported"}),
        ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": {"a": [{"b": 1}]}}, {"status": "NotSupported"}),
        ("ClearChargingProfile", {}, {"status": "Unknown"}),
        ("GetCompositeSchedule", {"connectorId": 1, "duration": 300}, {"status": "Rejected"}),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}, {"status": "NotImplemented"}),
        ("GetDiagnostics", {}, "NotSupported"),
        ("UpdateFirmware", {}, "NotSupported"),
    ):
        assert b.call(action, dict(required, anything=[1, {"a": None}])) == answer, action
        for field in required:
            assert b.call(action, {k: v for k, v in required.items() if k != field}) == "OccurenceConstraintViolation", (action, field)
    assert b.take() == []


def test_starts_and_unlocks_in_turn_are_bounded_by_the_hour() -> None:
    b = Bench(full)
    b.plug()
    cycles = refused = 0
    for _ in range(240):  # an attempt each half minute for two hours
        before = len(b.commands)
        if b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"}) == {"status": "Accepted"}:
            b.run(7000)
            cycles += b.closed[0]
            b.call("RemoteStopTransaction", {"transactionId": b.next_transaction_id})
            b.run(23000)
        else:
            refused += 1
            assert len(b.commands) == before
            b.run(30000)
        b.forget()
    assert 100 < cycles <= 60 + 120 + 1 and refused > 40
    b.core.switching.keep(0)
    before = len(b.commands)
    assert b.call("UnlockConnector", {"connectorId": 1}) == {"status": "UnlockFailed"} and len(b.commands) == before
    b.run(3600000)
    assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"}) == {"status": "Accepted"}
