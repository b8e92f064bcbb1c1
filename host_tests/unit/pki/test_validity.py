"""Dates of certificates: both spellings, their ranges, and what is no date."""

from chargepoint.pki.der import Reader
from chargepoint.pki.refusals import MALFORMED, Refused
from chargepoint.pki.validity import read_time
from host_tests.pki_bench import time
from host_tests.portable import raises

DAY_S = 86400


def _read(text: str) -> int:
    return read_time(Reader(time(text)))


def test_the_house_counts_from_2020() -> None:
    assert _read("200101000000Z") == _read("20200101000000Z") == 0
    assert _read("200102000001Z") == DAY_S + 1
    assert _read("200229235959Z") == 60 * DAY_S - 1


def test_two_digits_of_a_year_mean_1950_to_2049() -> None:
    assert _read("500101000000Z") == _read("19500101000000Z") < 0
    assert _read("491231235959Z") == _read("20491231235959Z") > 0


def test_before_and_behind_what_a_clock_can_show() -> None:
    assert _read("19700101000000Z") == -18262 * DAY_S
    assert _read("99991231235959Z") == (3652059 - 737425 + 1) * DAY_S - 1  # days from year 1, as the standard library counts them
    assert _read("00000101000000Z") == -(2020 * 365 + 490) * DAY_S  # 490 leap days from year 0 to 2019


def test_leap_days() -> None:
    assert _read("20240229000000Z") - _read("20240228000000Z") == DAY_S
    for wrong in ("20230229000000Z", "21000229000000Z", "20200230000000Z", "20210431000000Z"):
        assert raises(Refused, _read, wrong).code == MALFORMED


def test_what_is_no_date() -> None:
    for wrong in ("2001010000Z", "200101000000", "200101000000+", "20200101000000.5Z", "2001010000000", "200001000000Z", "201301000000Z", "200100000000Z",
                  "200132000000Z", "200101240000Z", "200101006000Z", "200101000060Z", "2o0101000000Z", " 00101000000Z", ""):  # fmt: skip
        assert raises(Refused, _read, wrong).code == MALFORMED, wrong
    assert raises(Refused, read_time, Reader(b"\x17\x0f20200101000000Z")).code == MALFORMED
    assert raises(Refused, read_time, Reader(b"\x18\x0d200101000000Z")).code == MALFORMED
    assert raises(Refused, read_time, Reader(b"\x04\x0d200101000000Z")).code == MALFORMED
    assert raises(Refused, read_time, Reader(b"")).code == MALFORMED
