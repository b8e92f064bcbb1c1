"""The log in RAM: bounded, in order, never in the way."""

from chargepoint.runtime.log import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def test_lines_come_back_in_order_with_time_level_and_code() -> None:
    log = Log()
    log(2, "boot", "first")
    log.up_s = 61
    log(4, "link", "second")
    assert log.lines() == [b"0 2 boot first", b"61 4 link second"] and log.errors == 1


def test_the_oldest_lines_go_and_no_line_is_torn() -> None:
    log = Log()
    for i in range(500):
        log(2, "x", "line number %d" % i)
    lines = log.lines()
    assert lines[-1] == b"0 2 x line number 499"
    numbers = [int(line.split(b" ")[-1]) for line in lines]
    assert numbers == list(range(numbers[0], 500)) and len(numbers) > 30


def test_a_long_line_is_cut_and_a_broken_sink_is_dropped() -> None:
    def sink(line: "Any") -> None:
        raise OSError(5)

    log = Log(sink)
    log(3, "x", "y" * 1000)
    log(3, "x", "still here")
    assert len(log.lines()[0]) == 159 and log.lines()[1] == b"0 3 x still here"
