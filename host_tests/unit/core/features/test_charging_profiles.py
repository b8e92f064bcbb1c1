"""Charging profiles: which are taken, which counts, what is cleared, what is kept."""

from boards.products import duo, full
from host_tests.core_bench import Bench
from host_tests.unit.core.features.charging_bench import clear, composite, install, profile, quiet, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TX = {"chargingProfilePurpose": "TxProfile"}
MAX = {"chargingProfilePurpose": "ChargePointMaxProfile"}


def _charging() -> "tuple[Bench, int]":
    b = quiet()
    return b, b.charge()


# --- which are taken


def test_what_makes_no_sense_is_rejected_and_leaves_nothing() -> None:
    wrong: "list[tuple[dict[str, Any], int]]" = [
        (profile((0, 10)), 2),
        (profile((0, 10)), -1),
        (profile((0, 10), **MAX), 1),
        (profile((1, 10)), 1),
        (profile((0, 10), (60, 8), (60, 6)), 1),
        (profile((0, 10), (60, 8), (30, 6)), 1),
        (profile((0, -1)), 1),
        (profile(), 1),
        (profile(*[(n, 10) for n in range(25)]), 1),
        (profile((0, 10, 0)), 1),
        (profile((0, 10, 4)), 1),
        (profile((0, 10), stackLevel=11), 1),
        (profile((0, 10), stackLevel=-1), 1),
        (profile((0, 10), chargingProfileKind="Recurring"), 1),
        (profile((0, 10), duration=-5), 1),
        (profile((0, 10), validFrom="2026-11-24T00:00:00Z", validTo="2026-11-23T00:00:00Z"), 1),
        (profile((0, 10), **TX), 1),
    ]
    b = quiet()
    for made, connector in wrong:
        assert install(b, made, connector) == "Rejected", made
        assert b.core.site.charging.refused
    assert composite(b, 60) == [(0, 32.0)]
    assert "profiles" not in b.store.saved
    assert clear(b) == "Unknown"


def test_a_word_or_a_number_that_is_none_is_a_callerror_that_names_it() -> None:
    b = quiet()
    assert install(b, profile((0, 10), chargingRateUnit="kW")) == "PropertyConstraintViolation"
    assert install(b, profile((0, "10"))) == "TypeConstraintViolation"
    assert install(b, profile((0, 10), chargingProfilePurpose=None)) == "OccurenceConstraintViolation"
    made = profile((0, 10))
    del made["chargingSchedule"]["chargingSchedulePeriod"]
    assert install(b, made) == "OccurenceConstraintViolation"


def test_a_tx_profile_is_for_the_transaction_that_runs() -> None:
    b, number = _charging()
    assert install(b, profile((0, 10), transactionId=number + 1, **TX)) == "Rejected"
    assert install(b, profile((0, 10), transactionId=number, **TX), 0) == "Rejected"
    assert install(b, profile((0, 10), transactionId=number, **TX)) == "Accepted"
    assert composite(b, 60) == [(0, 10.0)]
    assert install(b, profile((0, 12), **TX)) == "Accepted", "the meaning is plain without a transactionId"
    assert composite(b, 60) == [(0, 12.0)]


def test_a_tx_profile_that_comes_in_the_pass_of_the_start_is_not_lost() -> None:
    b = quiet()
    b.plug()
    b.core.connectors[0].authorize("CARD1", None, False, b.now)  # starts at once; no pass comes in between
    assert b.core.connectors[0].transaction is not None
    assert install(b, profile((0, 9), **TX)) == "Accepted"
    b.run(3000)
    assert composite(b, 60) == [(0, 9.0)] and b.offer == [9000]


def test_a_tx_profile_ends_with_its_transaction_and_is_never_stored() -> None:
    b, number = _charging()
    assert install(b, profile((0, 10), transactionId=number, **TX)) == "Accepted"
    assert b.store.saved.get("profiles", b"") == b""
    b.call("RemoteStopTransaction", {"transactionId": number})
    b.run(9000)
    assert composite(b, 60) == [(0, 32.0)]
    assert clear(b) == "Unknown"


def test_no_more_than_the_key_says_and_a_replacement_is_none_more() -> None:
    b = quiet()
    for number in range(10):
        assert install(b, profile((0, 10 + number), chargingProfileId=number, stackLevel=number)) == "Accepted"
    assert install(b, profile((0, 6), chargingProfileId=77, stackLevel=10)) == "Rejected"
    assert composite(b, 60) == [(0, 19.0)]
    assert install(b, profile((0, 7), chargingProfileId=9, stackLevel=10)) == "Accepted", "the same id"
    assert install(b, profile((0, 8), chargingProfileId=78, stackLevel=10)) == "Accepted", "the same connector, purpose and stackLevel"
    assert composite(b, 60) == [(0, 8.0)]


# --- which counts


def test_the_highest_stack_level_counts_as_long_as_it_says_something() -> None:
    b = quiet()
    start = utc(b)
    assert install(b, profile((0, 6), (100, 8), (200, 10), duration=400, startSchedule=start)) == "Accepted"
    assert install(b, profile((0, 7), (100, 9), duration=150, startSchedule=start, chargingProfileId=2, stackLevel=1)) == "Accepted"
    assert composite(b, 350) == [(0, 7.0), (100, 9.0), (150, 8.0), (200, 10.0)]


def test_three_purposes_and_no_default_after_the_tx_profile_has_run_out() -> None:
    b, number = _charging()
    start = utc(b)
    assert install(b, profile((0, 10), chargingProfileId=1, duration=86400, startSchedule=start, **MAX), 0) == "Accepted"
    periods = ((0, 6), (60, 10), (120, 8), (180, 15), (260, 8))
    assert install(b, profile(*periods, chargingProfileId=2, duration=300, startSchedule=start)) == "Accepted"
    periods = ((0, 8), (50, 11), (140, 16), (200, 6), (240, 12))
    made = profile(*periods, chargingProfileId=3, duration=260, startSchedule=start, transactionId=number, **TX)
    assert install(b, made) == "Accepted"
    assert composite(b, 400) == [(0, 8.0), (50, 10.0), (200, 6.0), (240, 10.0)]


def test_a_connectors_own_default_goes_before_that_of_all() -> None:
    b = quiet(duo)
    assert install(b, profile((0, 8), chargingProfileId=1, stackLevel=5), 0) == "Accepted"
    assert install(b, profile((0, 12), chargingProfileId=2), 2) == "Accepted"
    assert composite(b, 60) == [(0, 8.0)]
    assert composite(b, 60, 2) == [(0, 12.0)]


def test_units_come_back_as_they_were_set() -> None:
    b = quiet()
    assert install(b, profile((0, 16.1))) == "Accepted"
    assert composite(b, 60) == [(0, 16.1)]
    assert composite(b, 60, chargingRateUnit="W") == [(0, 11109.0)]  # 16.1 A x 230 V x 3
    assert install(b, profile((0, 6000), chargingRateUnit="W")) == "Accepted"
    assert composite(b, 60, chargingRateUnit="W") == [(0, 6000.0)]
    assert composite(b, 60) == [(0, 8.6)]  # 6000 W / 690 V = 8.69 A, never more than was set
    assert install(b, profile((0, 1380, 1), chargingRateUnit="W")) == "Accepted"
    assert composite(b, 60) == [(0, 6.0)]
    assert install(b, profile((0, 0), minChargingRate=6)) == "Accepted"
    assert composite(b, 60) == [(0, 0.0)]


def test_connector_0_is_the_charge_point_as_a_whole() -> None:
    b = quiet(duo)
    assert composite(b, 60, 0) == [(0, 64.0)]
    assert install(b, profile((0, 20), **MAX), 0) == "Accepted"
    assert composite(b, 60, 0) == [(0, 20.0)]
    assert composite(b, 60, 1) == [(0, 20.0)]


def test_a_recurring_profile_comes_again_each_day_and_each_week() -> None:
    b = quiet()  # Monday, 08:00
    made = profile((0, 6), (3600, 32), duration=7200, startSchedule="2026-11-01T09:00:00Z", chargingProfileKind="Recurring", recurrencyKind="Daily")
    assert install(b, made) == "Accepted"
    first = 3600 - 2  # two seconds have passed
    assert composite(b, 2 * 86400) == [(0, 32.0), (first, 6.0), (first + 3600, 32.0), (first + 86400, 6.0), (first + 90000, 32.0)]
    made = profile((0, 10), (86400, 32), chargingProfileKind="Recurring", recurrencyKind="Weekly")
    assert install(b, made) == "Accepted"
    midnight = 16 * 3600 - 2  # of Tuesday: the Monday of a profile without startSchedule is over
    assert composite(b, 8 * 86400) == [(0, 10.0), (midnight, 32.0), (midnight + 6 * 86400, 10.0), (midnight + 7 * 86400, 32.0)]


def test_a_recurring_profile_that_began_before_2020_keeps_its_time_of_the_day_and_its_day_of_the_week() -> None:
    b = quiet()  # Monday, 08:00
    made = profile((0, 6), duration=7200, startSchedule="2019-06-01T09:00:00Z", chargingProfileKind="Recurring", recurrencyKind="Daily")
    assert install(b, made) == "Accepted"
    first = 3600 - 2  # two seconds have passed
    assert composite(b, 86400) == [(0, 32.0), (first, 6.0), (first + 7200, 32.0)]
    made = profile((0, 10), duration=7200, startSchedule="2018-01-02T09:00:00Z", chargingProfileKind="Recurring", recurrencyKind="Weekly")  # a Tuesday
    assert install(b, made) == "Accepted"
    assert composite(b, 7 * 86400) == [(0, 32.0), (first + 86400, 10.0), (first + 86400 + 7200, 32.0)]


def test_a_profile_that_is_valid_until_the_end_of_time_counts() -> None:
    b = quiet()
    assert install(b, profile((0, 6), validFrom="0001-01-01T00:00:00Z", validTo="9999-12-31T23:59:59Z")) == "Accepted"
    assert composite(b, 86400) == [(0, 6.0)]
    assert install(b, profile((0, 6), startSchedule="9999-12-31T23:59:59Z")) == "Accepted"
    assert composite(b, 86400) == [(0, 32.0)]


def test_a_schedule_with_more_pieces_than_an_answer_can_have_is_answered_as_far_as_it_goes() -> None:
    b = quiet()
    made = profile(*[(n * 1800, 6 + n) for n in range(24)], startSchedule="2026-11-01T00:00:00Z", chargingProfileKind="Recurring", recurrencyKind="Daily")
    assert install(b, made) == "Accepted"
    answer: "Any" = b.call("GetCompositeSchedule", {"connectorId": 1, "duration": 86400 * 9})
    schedule = answer["chargingSchedule"]
    periods = schedule["chargingSchedulePeriod"]
    assert len(periods) == 48 and periods[-1]["startPeriod"] < schedule["duration"] < 86400 * 9


# --- clearing


def test_clearing_means_what_fits_everything_that_is_named() -> None:
    b = quiet()
    install(b, profile((0, 6), chargingProfileId=1, stackLevel=1))
    install(b, profile((0, 7), chargingProfileId=2))
    install(b, profile((0, 11), chargingProfileId=3, **MAX), 0)
    assert clear(b, id=9) == "Unknown"
    assert clear(b, chargingProfilePurpose="TxDefaultProfile", stackLevel=3) == "Unknown"
    assert clear(b, id=1) == "Accepted"
    assert composite(b, 60) == [(0, 7.0)]
    assert clear(b, chargingProfilePurpose="TxDefaultProfile", stackLevel=0) == "Accepted"
    assert composite(b, 60) == [(0, 11.0)]
    assert clear(b, connectorId=1) == "Unknown"
    assert clear(b) == "Accepted"
    assert composite(b, 60) == [(0, 32.0)]


# --- what is kept


def test_profiles_outlive_a_power_cut_and_a_damaged_record_is_none() -> None:
    b = quiet()
    install(b, profile((0, 6), chargingProfileId=-5, stackLevel=1, numberPhases=3))
    install(b, profile((0, 11), chargingProfileId=3, **MAX), 0)
    b.power_cut()
    b.connect()
    b.run(2000)
    assert composite(b, 60) == [(0, 6.0)]
    assert clear(b, id=-5) == "Accepted"
    assert composite(b, 60) == [(0, 11.0)]
    whole = b.store.saved["profiles"]
    for damaged in (whole[:-1], whole + b"\x00", b"\xff" * len(whole), whole[:11] + b"\x63" + whole[12:], whole[:4] + b"\x09" + whole[5:]):
        b.store.saved["profiles"] = damaged
        b.power_cut()
        b.connect()
        b.run(2000)
        assert composite(b, 60) == [(0, 32.0)], damaged
        assert b.store.unsound.pop() == "profiles"


def test_a_store_that_takes_nothing_is_tried_again_each_minute() -> None:
    b = quiet()
    b.store.fails = True
    assert install(b, profile((0, 9))) == "Accepted"
    assert composite(b, 60) == [(0, 9.0)]
    b.run(5000)
    b.store.fails = False
    b.run(61000)
    b.power_cut()
    b.connect()
    b.run(2000)
    assert composite(b, 60) == [(0, 9.0)]


def test_the_same_profile_once_more_writes_nothing() -> None:
    b = quiet()
    start = utc(b)
    install(b, profile((0, 9), startSchedule=start))
    writes = len(b.store.writes)
    install(b, profile((0, 9), startSchedule=start))
    assert len(b.store.writes) == writes


def test_without_a_clock_there_is_no_composite_and_the_least_limit_counts() -> None:
    b = Bench(full, accept=False)
    b.answers["BootNotification"] = {"status": "Accepted", "currentTime": "", "interval": 300}
    b.answers["Heartbeat"] = {}
    b.store.saved["profiles"] = b""
    b.connect()
    b.run(1000)
    assert install(b, profile((0, 20), (600, 8), startSchedule="2026-11-23T08:00:00Z")) == "Accepted"
    assert b.call("GetCompositeSchedule", {"connectorId": 1, "duration": 60}) == {"status": "Rejected"}
    b.charge()
    assert b.offer == [8000]
    b.core.set_clock(217584000, 0, b.now)
    b.run(1500)
    assert b.offer == [20000]
