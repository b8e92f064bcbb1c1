"""The portable helpers themselves, on both interpreters."""

from host_tests.portable import MICROPYTHON, allocated, raises, sent, sent_frame, without_heap


def _nothing() -> int:
    return abs(3)


def _one_kilobyte() -> bytearray:
    return bytearray(1000)


def test_raises_returns_the_exception() -> None:
    assert raises(ValueError, int, "x").args


def test_raises_fails_when_nothing_is_raised() -> None:
    raises(AssertionError, raises, ValueError, int, "1")


def test_allocated_counts_the_heap() -> None:
    assert allocated(_one_kilobyte) >= (1000 if MICROPYTHON else 0)
    assert allocated(_nothing) == 0


def test_without_heap_refuses_an_allocation() -> None:
    without_heap(_nothing)
    if MICROPYTHON:
        raises(AssertionError, without_heap, _one_kilobyte)


def test_sent_takes_what_the_schema_allows() -> None:
    sent("Heartbeat", "{}")
    sent("ResetResponse", b'{"status":"Accepted"}')
    sent_frame('[2,"1","Authorize",{"idTag":"0411223344"}]')
    sent_frame('[3,"1",{"status":"Accepted"}]', "Reset")
