"""What charging profiles do to a connector: its offer, its status, its meter values; and how two connectors share one limit."""

from boards.products import duo
from chargepoint.util.signals import LIMIT_CABLE, LIMIT_PROFILE
from host_tests.core_bench import OFFER, OPEN, Bench
from host_tests.portable import without_heap
from host_tests.unit.core.features.charging_bench import clear, install, profile, quiet, utc

TX = {"chargingProfilePurpose": "TxProfile"}
MAX = {"chargingProfilePurpose": "ChargePointMaxProfile"}


def _offers(b: Bench) -> "list[int]":
    return [arg for op, _, arg in b.commands if op == OFFER]


# --- the offer


def test_the_offer_follows_the_schedule_at_its_seconds() -> None:
    b = quiet()
    b.charge()
    b.run(1000 - b.elapsed_ms % 1000)
    start = utc(b, -30)
    b.commands = []
    install(b, profile((0, 16), (60, 10), (90, 0), (120, 20), duration=180, startSchedule=start))
    b.run(500)
    assert b.offer == [16000] and b.core.connectors[0].limits.cause == LIMIT_PROFILE
    b.run(29000)
    assert b.offer == [16000]
    b.run(1000)
    assert b.offer == [10000]
    b.run(30000)
    assert b.offer == [0]
    b.run(30000)
    assert b.offer == [20000]
    b.run(60000)
    assert b.offer == [32000]
    assert _offers(b) == [16000, 10000, 0, 20000, 32000], "nothing in between"


def test_less_than_6_a_pauses_the_vehicle() -> None:
    b = quiet()
    b.charge()
    install(b, profile((0, 5.9)))
    b.run(8000)
    assert b.offer == [0] and not b.closed[0]
    assert b.words() == ["1:SuspendedEVSE"]
    clear(b)
    b.run(8000)
    assert b.offer == [32000] and b.closed[0]
    assert "1:Charging" in b.words()


def test_meter_values_say_what_is_offered() -> None:
    b = quiet(MeterValuesSampledData="Current.Offered,Power.Offered", MeterValueSampleInterval="10")
    b.charge()
    install(b, profile((0, 10.5)))
    b.run(11000)
    (sample,) = [payload for action, payload in b.take() if action == "MeterValues"]
    values = {value["measurand"]: value["value"] for value in sample["meterValue"][0]["sampledValue"]}
    assert float(values["Current.Offered"]) == 10.5
    assert abs(float(values["Power.Offered"]) - 10.5 * 230) < 10  # the bench's meter has one phase


def test_watts_follow_the_mains_in_steps() -> None:
    b = quiet()
    b.charge()
    install(b, profile((0, 6900), chargingRateUnit="W"))
    b.run(2000)
    assert b.offer == [10000]
    b.readings[0].voltage_mv[0] = 231900
    b.run(21000)
    assert b.offer == [10000], "a flicker is none"
    b.readings[0].voltage_mv[0] = 250000
    b.run(21000)
    assert b.offer == [9200]
    b.readings[0].voltage_mv[0] = 0
    b.run(21000)
    assert b.offer == [9200], "a phase that is gone says nothing about volts"


def test_a_profile_a_second_neither_opens_nor_flutters() -> None:
    b = quiet()
    b.charge()
    b.commands = []
    for n in range(120):
        assert install(b, profile((0, 6 + n % 10))) == "Accepted"
        b.run(500)
    assert OPEN not in [op for op, _, _ in b.commands]
    assert len(_offers(b)) <= 61


def test_a_profile_with_a_remote_start_holds_from_the_first_offer_to_the_end() -> None:
    b = quiet()
    b.plug()
    request = {"connectorId": 1, "idTag": "CARD1", "chargingProfile": profile((0, 8), chargingProfileKind="Relative", **TX)}
    assert b.call("RemoteStartTransaction", request) == {"status": "Accepted"}
    b.run(6000)
    assert b.closed[0] and set(_offers(b)) <= {0, 8000}
    b.call("RemoteStopTransaction", {"transactionId": b.next_transaction_id})
    b.run(9000)
    b.unplug()
    b.commands = []
    b.charge("CARD2")
    assert b.offer == [32000]


def test_a_remote_start_with_another_purpose_or_a_senseless_profile_is_rejected() -> None:
    b = quiet()
    b.plug()
    for made in (profile((0, 8)), profile((0, 8), **MAX), profile((5, 8), **TX)):
        assert b.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1", "chargingProfile": made}) == {"status": "Rejected"}
    b.run(3000)
    assert not b.closed[0]


def test_a_remote_start_that_comes_to_nothing_leaves_its_profile_to_nobody() -> None:
    b = quiet(ConnectionTimeOut="30")
    request = {"connectorId": 1, "idTag": "CARD1", "chargingProfile": profile((0, 8), **TX)}
    assert b.call("RemoteStartTransaction", request) == {"status": "Accepted"}
    b.run(31000)
    b.charge("CARD1")
    assert b.offer == [32000]


def test_a_pass_allocates_nothing() -> None:
    b = quiet()
    b.charge()
    for number in range(10):
        periods = [(n * 60, 10 + n) for n in range(24)]
        install(b, profile(*periods, chargingProfileId=number, stackLevel=number, startSchedule=utc(b)))
    b.run(3000)
    feature = b.core.site.charging
    now = b.now

    def a_pass() -> None:
        feature.poll(now)
        feature.wait_ms(now)

    without_heap(a_pass)


def test_a_pass_with_two_connectors_that_share_allocates_nothing() -> None:
    b = quiet(duo)
    install(b, profile((0, 24), **MAX), 0)
    b.charge("CARD1", 1)
    b.run(7000)
    feature = b.core.site.charging
    now = b.now
    without_heap(lambda: feature.poll(now))


# --- two connectors


def _sum_ok(b: Bench, total_ma: int, ms: int) -> None:
    for _ in range(ms // 100):
        b.run(100)
        assert sum(offer for offer in b.offer if offer > 0) <= total_ma, b.offer


def test_two_vehicles_share_and_one_goes_down_before_the_other_goes_up() -> None:
    b = quiet(duo)
    b.release_ms = 0
    install(b, profile((0, 24), **MAX), 0)
    b.run(1500)
    b.charge("CARD1", 1)
    _sum_ok(b, 24000, 7000)
    assert b.offer == [24000, 0]
    b.plug(2)
    b.call("RemoteStartTransaction", {"connectorId": 2, "idTag": "CARD2"})
    lowered = b.elapsed_ms
    while b.offer[1] <= 0:
        _sum_ok(b, 24000, 100)
        if b.offer[0] > 12000:
            lowered = b.elapsed_ms
    assert b.elapsed_ms - lowered >= 4900, "the first vehicle has had its time to follow"
    _sum_ok(b, 24000, 6000)
    assert b.offer == [12000, 12000]
    b.call("RemoteStopTransaction", {"transactionId": b.next_transaction_id})
    _sum_ok(b, 24000, 15000)
    assert b.offer == [24000, 0]


def test_with_too_little_for_two_who_came_first_charges() -> None:
    b = quiet(duo)
    install(b, profile((0, 24), **MAX), 0)
    b.charge("CARD1", 1)
    b.plug(2)
    b.call("RemoteStartTransaction", {"connectorId": 2, "idTag": "CARD2"})
    b.run(15000)
    assert b.offer == [12000, 12000]
    install(b, profile((0, 11), **MAX), 0)
    _sum_ok(b, 24000, 1500)
    assert b.offer == [11000, 0]
    install(b, profile((0, 5), **MAX), 0)
    b.run(3000)
    assert b.offer == [0, 0]


def test_what_one_cannot_use_goes_to_the_other() -> None:
    b = quiet(duo)
    install(b, profile((0, 40), **MAX), 0)
    install(b, profile((0, 10), chargingProfileId=2), 2)
    b.charge("CARD1", 1)
    b.plug(2)
    b.call("RemoteStartTransaction", {"connectorId": 2, "idTag": "CARD2"})
    _sum_ok(b, 40000, 20000)
    assert b.offer == [30000, 10000]
    b.core.on_limit(1, LIMIT_CABLE, 13000, b.now)
    clear(b, id=2)
    _sum_ok(b, 40000, 15000)
    assert b.offer == [13000, 27000]
