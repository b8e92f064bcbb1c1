"""Control pilot tables of docs/hardware.md 4.1, 4.2 and 4.4."""

from chargepoint.drivers.pilot_levels import classify, duty_for

FULL = 65535
UNKNOWN = 6


def test_duty_of_the_table_and_never_above_it() -> None:
    for ampere, percent in ((6, 10.0), (10, 16.67), (13, 21.67), (16, 26.67), (20, 33.33), (25, 41.67), (32, 53.33), (40, 66.67), (51, 85.0),
                            (63, 89.2), (80, 96.0)):
        duty = duty_for(ampere * 1000)
        exact = ampere / 0.6 if ampere <= 51 else ampere / 2.5 + 64
        assert abs(exact - percent) < 0.01
        assert duty * 100 / FULL <= exact + 1e-9, ampere
        assert exact - duty * 100 / FULL < 0.005, ampere  # 5 us in 1 ms is 0.5 %


def test_what_cannot_be_offered() -> None:
    assert duty_for(0) == FULL and duty_for(5999) == FULL  # no current: steady +12 V
    assert duty_for(-1) == 0  # state F
    assert duty_for(51500) == duty_for(52400) == duty_for(51000)  # the gap: down
    assert duty_for(100000) == duty_for(80000)


def test_every_milliampere_rounds_down() -> None:
    for limit_ma in range(6000, 80001, 137):
        duty = duty_for(limit_ma)
        read_ma = duty * 60000 // FULL if duty * 100 <= 85 * FULL else (duty * 100 - 64 * FULL) * 2500 // FULL
        assert read_ma <= limit_ma, limit_ma


def test_nominal_levels() -> None:
    for mv, state in ((12000, 0), (9000, 1), (6000, 2), (3000, 3), (0, 4), (-12000, 5)):
        for before in range(7):
            assert classify(mv, before) == state, (mv, before)


def test_bands_of_other_implementations_fall_into_the_same_state() -> None:
    for low, high, state in ((11400, 12600, 0), (8360, 9560, 1), (5480, 6490, 2), (2620, 3250, 3), (-1000, 1000, 4), (-13000, -11000, 5)):
        for before in range(7):
            assert classify(low, before) == classify(high, before) == state, (low, high, before)


def test_hysteresis_is_300_mv_around_each_middle() -> None:
    for upper, middle in ((0, 10500), (1, 7500), (2, 4500), (3, 1500)):
        assert classify(middle - 290, upper) == upper
        assert classify(middle - 310, upper) == upper + 1
        assert classify(middle + 290, upper + 1) == upper + 1
        assert classify(middle + 310, upper + 1) == upper


def test_voltages_that_no_pilot_has() -> None:
    assert classify(14100, 0) == UNKNOWN and classify(-14100, 2) == UNKNOWN
