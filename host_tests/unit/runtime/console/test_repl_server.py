"""The REPL in the running app: what a host gets, what commands may do, and that the app always goes on."""

import sys

from chargepoint.runtime.console import repl_server
from chargepoint.runtime.console.repl_server import ReplServer
from host_tests.portable import without_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Generator

    from chargepoint.runtime.console.repl_session import ReplSession

    Lines = Generator[str | None, None, None]

START = (1 << 30) - 5000
RAW = b"\r\x03\r\x01"
RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


class FakeConsole:
    """A console with what the host has sent, and room for a number of bytes of answer."""

    def __init__(self) -> None:
        self.closed = False
        self.incoming = b""
        self.got = b""
        self.room = 1_000_000
        self.waited = 0
        self.interrupts = False

    def interruptible(self, on: bool) -> None:
        self.interrupts = on

    def read(self, byte: bytearray) -> bool:
        if not self.incoming:
            return False
        byte[0] = self.incoming[0]
        self.incoming = self.incoming[1:]
        return True

    def writable(self, wait_ms: int) -> bool:
        self.waited += wait_ms
        return self.room > 0

    def write(self, data: bytearray, start: int, end: int) -> int:
        count = min(64, end - start, self.room)
        self.got += bytes(data[start : start + count])
        self.room -= count
        return count


class App:
    def __init__(self) -> None:
        self.closed = False
        self.passes = 0


class Bench:
    def __init__(self) -> None:
        self.console = FakeConsole()
        self.app = App()
        self.server = ReplServer(self.console, self.app, lambda: self.app.closed)  # type: ignore[arg-type]
        self.now = START

    def step(self) -> int:
        """One pass of the app; return how long it would sleep."""
        self.server.poll(self.now)
        self.app.passes += 1
        wait_ms = self.server.next_due(self.now)
        self.now = (self.now + wait_ms) % (1 << 30)
        return wait_ms

    def send(self, data: bytes, passes: int = 300) -> bytes:
        """Return what the host gets within that many passes."""
        self.console.incoming += data
        self.console.got = b""
        for _ in range(passes):
            self.step()
        return self.console.got

    @property
    def session(self) -> "ReplSession":
        session = self.server.session
        assert session is not None
        return session

    def text(self, lines: "Callable[[], Lines]") -> None:
        """Give commands a function `many` that shows a long text, as the functions of diag do."""
        self.session._names = {"many": lambda: self.session.shows.append(lines())}

    def raw(self) -> "Bench":
        assert self.send(RAW)[-len(RAW_BANNER) :] == RAW_BANNER
        return self


def paste(code: bytes) -> bytes:
    return b"\x05A\x01" + code + b"\x04"


def test_output_and_end_marks_come_as_mpremote_wants_them() -> None:
    bench = Bench().raw()
    assert bench.send(b"print('one')\nprint('two', end='')\x04") == b"OKone\r\ntwo\x04\x04>"


def test_raw_paste_runs_too() -> None:
    bench = Bench().raw()
    assert bench.send(paste(b"print(6 * 7)")) == b"R\x01\x80\x00\x01\x0442\r\n\x04\x04>"


def test_a_traceback_comes_in_the_second_part() -> None:
    bench = Bench().raw()
    answer = bench.send(b"print('before')\n1 / 0\x04")
    assert answer[:11] == b"OKbefore\r\n\x04"
    error = answer[11:]
    assert error[:9] == b"Traceback" and b"ZeroDivisionError" in error
    assert error[-4:] == b"\r\n\x04>"
    assert bench.send(b"print(1)\x04") == b"OK1\r\n\x04\x04>"


def test_a_syntax_error_is_reported_not_raised() -> None:
    answer = Bench().raw().send(b"for\x04")
    assert answer[:3] == b"OK\x04" and b"SyntaxError" in answer


def test_no_command_can_end_the_app() -> None:
    for code in (b"raise SystemExit", b"import sys; sys.exit(1)", b"raise KeyboardInterrupt", b"raise MemoryError", b"x = 1 +", b"\xff\xfe"):
        bench = Bench().raw()
        assert bench.send(code + b"\x04")[-2:] == b"\x04>", code
        assert bench.send(b"print('alive')\x04") == b"OKalive\r\n\x04\x04>", code


def test_ctrl_c_and_ctrl_d_do_not_stop_the_app() -> None:
    bench = Bench()
    before = bench.app.passes
    answer = bench.send(b"\x03\x03\x04\x03")
    assert bench.app.passes == before + 300
    assert answer.count(b"MPY: soft reboot\r\n") == 1


def test_a_plain_mpremote_gets_the_answer_to_its_soft_reset_and_fresh_names() -> None:
    bench = Bench().raw()
    bench.send(b"x = 1\x04")
    answer = bench.send(b"\x04")
    assert answer[:22] == b"OK\r\nMPY: soft reboot\r\n"
    assert answer[-len(RAW_BANNER) :] == RAW_BANNER
    assert answer.count(b"soft reboot\r\n") == 1
    assert b"NameError" in bench.send(b"print(x)\x04")


def test_names_stay_from_command_to_command() -> None:
    bench = Bench().raw()
    bench.send(b"f = 20\x04")
    bench.send(b"def g(): return f + 22\x04")
    assert bench.send(b"print(g())\x04") == b"OK42\r\n\x04\x04>"


def test_commands_see_the_app() -> None:
    bench = Bench().raw()
    bench.send(b"app.passes = -1000000\x04")
    assert bench.app.passes < 0


def test_a_typed_line_shows_its_value() -> None:
    bench = Bench()
    assert bench.send(b"6 * 7\r") == b"6 * 7\r\n42\r\n>>> "
    assert bench.send(b"_ + 1\r") == b"_ + 1\r\n43\r\n>>> "
    assert bench.send(b"y = 5\r") == b"y = 5\r\n>>> "
    assert b"ZeroDivisionError" in bench.send(b"1 / 0\r")


def test_a_million_bytes_cannot_block_the_app_when_nobody_reads() -> None:
    bench = Bench().raw()
    bench.console.room = 0
    bench.send(b"for i in range(1000): print('a line of forty characters or so, number', i)\x04", passes=3)
    # Two seconds in all, then it drops what the command prints.
    assert bench.console.waited <= 2000
    bench.console.room = 1_000_000
    assert b"the rest of the output was dropped" in bench.send(b"")
    assert bench.send(b"\r\x03\r\x01")[-len(RAW_BANNER) :] == RAW_BANNER
    assert bench.send(b"print(1)\x04") == b"OK1\r\n\x04\x04>"


def test_a_slow_console_gets_the_beginning_once_and_in_order() -> None:
    bench = Bench().raw()
    bench.console.room = 1000
    bench.send(b"for i in range(1000): print('line', i)\x04", passes=3)
    bench.console.room = 1_000_000
    answer = bench.console.got + bench.send(b"")
    output, error, _ = answer[2:].split(b"\x04")
    lines = output.split(b"\r\n")
    assert 50 < len(lines) < 1000
    assert lines[:-1] == [b"line %d" % i for i in range(len(lines) - 1)]
    assert b"dropped" in error


def test_long_output_of_a_command_arrives_whole() -> None:
    bench = Bench().raw()
    answer = bench.send(b"for i in range(500): print('line', i)\x04")
    lines = answer[2:-3].split(b"\r\n")
    assert lines[:-1] == [b"line %d" % i for i in range(500)]
    assert bench.console.waited == 0


def test_a_long_text_is_written_between_polls() -> None:
    bench = Bench().raw()
    bench.console.incoming = b"many()\x04"
    bench.text(lambda: numbered(200))
    bench.console.got = b""
    bench.step()
    # The command is over, the app has the word again, most of the text is still to come.
    assert len(bench.console.got) < 400
    answer = bench.console.got + bench.send(b"")
    assert answer[2:-3].split(b"\r\n")[:-1] == [b"number %d" % i for i in range(200)]


def test_what_is_printed_after_a_long_text_comes_after_it() -> None:
    bench = Bench().raw()
    bench.text(lambda: numbered(3))
    assert bench.send(b"print('a')\nmany()\nprint('z')\x04") == b"OKa\r\nnumber 0\r\nnumber 1\r\nnumber 2\r\nz\r\n\x04\x04>"


def test_ctrl_c_ends_a_long_text() -> None:
    bench = Bench().raw()
    bench.text(lambda: numbered(10000))
    bench.send(b"many()\x04", passes=5)
    answer = bench.send(b"\r\x03")
    assert b"KeyboardInterrupt" in answer and answer[-2:] == b"\x04>"
    assert len(answer) < 2000


def test_a_text_that_fails_half_way_is_reported() -> None:
    bench = Bench().raw()
    bench.text(lambda: failing())
    answer = bench.send(b"many()\x04")
    assert answer[:10] == b"OKfirst\r\n\x04" and b"ValueError" in answer and answer[-2:] == b"\x04>"


def test_a_text_may_pause_while_the_app_runs() -> None:
    bench = Bench().raw()

    def waits() -> "Lines":
        while bench.app.passes < 5000:
            yield None
        yield "five thousand passes later"

    bench.text(waits)
    bench.app.passes = 0
    assert bench.send(b"many()\x04", passes=4990) == b"OK"
    assert bench.send(b"", passes=20) == b"five thousand passes later\r\n\x04\x04>"


def test_a_text_that_is_cut_short_tidies_up() -> None:
    bench = Bench().raw()
    done = []

    def moves() -> "Lines":
        try:
            while True:
                yield None
        finally:
            done.append(True)

    bench.text(moves)
    bench.send(b"many()\x04", passes=5)
    assert not done
    bench.send(b"\x03")
    assert done == [True]


def test_a_host_that_leaves_in_a_long_text_does_not_keep_the_app_awake() -> None:
    bench = Bench().raw()
    bench.text(lambda: numbered(100000))
    bench.send(b"many()\x04", passes=5)
    bench.console.room = 0
    for _ in range(5000):
        bench.step()
    assert bench.step() >= 100
    bench.console.room = 1_000_000
    assert bench.send(RAW)[-len(RAW_BANNER) :] == RAW_BANNER


def test_the_next_command_waits_for_the_end_of_the_last_text() -> None:
    bench = Bench().raw()
    bench.text(lambda: numbered(50))
    answer = bench.send(b"many()\x04print('next')\x04")
    assert answer[-11:] == b"OKnext\r\n\x04\x04>"
    assert answer.count(b"\x04\x04>") == 2


def test_code_over_the_limit_is_refused_in_words() -> None:
    bench = Bench().raw()
    answer = bench.send(paste(b"#" * 9000), passes=600)
    assert b"MemoryError" in answer and b"8192" in answer and answer[-2:] == b"\x04>"


def test_files_cannot_be_written_while_a_contactor_is_closed() -> None:
    bench = Bench().raw()
    bench.app.closed = True
    for mode in (b"wb", b"w", b"a", b"r+"):
        answer = bench.send(b"open('/nonexistent/x', '" + mode + b"')\x04")
        assert b"contactor is closed" in answer, answer
    assert b"contactor is closed" not in bench.send(b"open('/nonexistent/x', 'rb')\x04")
    bench.app.closed = False
    assert b"contactor is closed" not in bench.send(b"open('/nonexistent/x', 'wb')\x04")


def test_ctrl_c_can_stop_a_running_command_where_the_port_supports_it() -> None:
    bench = Bench().raw()
    bench.app.console = bench.console  # type: ignore[attr-defined]
    assert bench.send(b"print(app.console.interrupts)\x04") == b"OKTrue\r\n\x04\x04>"
    assert not bench.console.interrupts


def test_print_is_the_interpreters_own_again_after_a_command() -> None:
    import builtins

    before = print
    bench = Bench().raw()
    bench.send(b"print(1)\n1 / 0\x04")
    assert builtins.print is before


def test_it_polls_rarely_when_nobody_is_there_and_often_when_somebody_is() -> None:
    bench = Bench()
    assert bench.step() >= 100
    bench.send(b"\r", passes=1)
    assert bench.step() <= 5
    for _ in range(5000):
        bench.step()
    assert bench.step() >= 100


def test_the_session_and_its_names_are_dropped_after_five_minutes() -> None:
    bench = Bench().raw()
    bench.send(b"x = 1\x04")
    sys.modules["diag"] = sys.modules[__name__]
    for _ in range(2600):
        bench.step()
    assert "x" in bench.session._names
    for _ in range(1300):
        bench.step()
    assert bench.server.session is None
    assert "diag" not in sys.modules and "chargepoint.runtime.console.repl_session" not in sys.modules
    assert b"NameError" in bench.raw().send(b"x\x04")


def test_a_session_without_heap_is_declined_in_words() -> None:
    bench = Bench()
    bench.server._closed = None  # type: ignore[assignment]
    original = sys.modules.pop("chargepoint.runtime.console.repl_session", None)
    sys.modules["chargepoint.runtime.console.repl_session"] = NoHeap()  # type: ignore[assignment]
    try:
        assert b"no heap left" in bench.send(b"\r", passes=2)
        assert bench.server.session is None
    finally:
        sys.modules.pop("chargepoint.runtime.console.repl_session", None)
        if original is not None:
            sys.modules["chargepoint.runtime.console.repl_session"] = original
    assert bench.send(RAW)[-len(RAW_BANNER) :] == RAW_BANNER


def test_a_console_that_has_ended_is_left_alone() -> None:
    bench = Bench()
    bench.console.closed = True
    assert bench.step() >= 10_000


def test_the_idle_poll_allocates_nothing() -> None:
    bench = Bench()
    bench.step()
    without_heap(lambda: bench.server.poll(START))


def test_diag_finds_the_server() -> None:
    bench = Bench()
    assert repl_server.served() is bench.server
    assert bench.server.app is bench.app


class NoHeap:
    """A module that cannot be loaded because the heap is full."""

    def ReplSession(self, *_args: object) -> None:
        raise MemoryError


def numbered(count: int) -> "Lines":
    for i in range(count):
        yield "number %d" % i


def failing() -> "Lines":
    yield "first"
    raise ValueError("no more")
