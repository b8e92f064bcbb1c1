"""The REPL's bytes, as MicroPython's pyexec.c speaks them and mpremote expects them."""

from chargepoint.runtime.console.repl_protocol import ReplProtocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

RUN = 1
RESET = 2
TOO_LONG = 3
INTERRUPTED = 4

RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


class Host:
    """Feeds bytes, keeps what came back and what was to be done."""

    def __init__(self, limit: int = 1000) -> None:
        self.got = b""
        self.actions: "List[int]" = []
        self.protocol = ReplProtocol(self._send, limit)

    def _send(self, data: bytes) -> None:
        self.got += bytes(data)

    def type(self, data: bytes) -> bytes:
        """Return what the bytes were answered with; the actions are kept."""
        self.got = b""
        for byte in data:
            action = self.protocol.feed(byte)
            if action:
                self.actions.append(action)
        return self.got


def raw_host(limit: int = 1000) -> Host:
    host = Host(limit)
    host.type(b"\r\x03\r\x01")
    return host


def test_it_is_silent_until_a_byte_arrives() -> None:
    host = Host()
    assert host.got == b"" and not host.protocol.raw


def test_what_mpremote_sends_first_leads_to_the_raw_prompt() -> None:
    host = Host()
    assert host.type(b"\r\x03\r\x01")[-len(RAW_BANNER) :] == RAW_BANNER
    assert host.protocol.raw
    assert host.actions == []


def test_raw_code_is_run_at_ctrl_d_and_acknowledged_with_ok() -> None:
    host = raw_host()
    assert host.type(b"print(1)\nprint(2)\x04") == b"OK"
    assert host.actions == [RUN]
    assert host.protocol.code == b"print(1)\nprint(2)"
    assert not host.protocol.line
    host.got = b""
    host.protocol.prompt()
    assert host.got == b">"
    assert host.protocol.code == b""


def test_raw_code_may_hold_any_byte_but_the_control_ones() -> None:
    host = raw_host()
    host.type(b"a\r\x05\t\xc3\xa9\x04")
    assert host.protocol.code == b"a\r\x05\t\xc3\xa9"


def test_ctrl_d_on_an_empty_raw_line_asks_for_the_soft_reset() -> None:
    host = raw_host()
    assert host.type(b"\x04") == b"OK\r\n"
    assert host.actions == [RESET]
    host.got = b""
    host.protocol.banner()
    assert host.got == RAW_BANNER


def test_ctrl_c_clears_raw_code_and_nothing_else() -> None:
    host = raw_host()
    assert host.type(b"while True: pass\x03x=1\x04") == b"OK"
    assert host.protocol.code == b"x=1"
    assert host.actions == [RUN]


def test_ctrl_a_again_gives_the_banner_again() -> None:
    host = raw_host()
    assert host.type(b"rubbish\x01") == RAW_BANNER
    assert host.protocol.code == b""


def test_ctrl_b_goes_back_to_friendly() -> None:
    host = raw_host()
    answer = host.type(b"\r\x02")
    assert answer[:2] == b"\r\n" and answer[-4:] == b">>> "
    assert not host.protocol.raw


def test_raw_paste_announces_its_window_and_runs_at_ctrl_d() -> None:
    host = raw_host()
    assert host.type(b"\x05A\x01") == b"R\x01\x80\x00\x01"
    assert host.type(b"print(1)") == b""
    assert host.type(b"\x04") == b"\x04"
    assert host.actions == [RUN]
    assert host.protocol.code == b"print(1)"
    host.got = b""
    host.protocol.prompt()
    assert host.got == b">"


def test_raw_paste_grants_a_window_for_each_window_received() -> None:
    host = raw_host()
    host.type(b"\x05A\x01")
    assert host.type(b"#" * 127) == b""
    assert host.type(b"#") == b"\x01"
    assert host.type(b"#" * 256) == b"\x01\x01"
    host.type(b"\x04")
    assert len(host.protocol.code) == 384


def test_the_code_of_a_raw_paste_may_hold_ctrl_a_b_and_e() -> None:
    host = raw_host()
    host.type(b"\x05A\x01a\x01b\x02c\x05d\x04")
    assert host.protocol.code == b"a\x01b\x02c\x05d"


def test_an_unknown_kind_of_raw_paste_is_declined() -> None:
    host = raw_host()
    assert host.type(b"\x05B\x01") == b"R\x00>"
    host.type(b"x\x04")
    assert host.protocol.code == b"x"


def test_a_raw_paste_that_is_too_long_ends_early_and_is_not_run() -> None:
    host = raw_host(limit=200)
    host.type(b"\x05A\x01")
    # The end mark comes at the first byte over the limit; what the host has under way is swallowed up to its own Ctrl-D.
    assert host.type(b"#" * 201) == b"\x01\x04"
    assert host.type(b"#" * 500 + b"\x04") == b""
    assert host.actions == [TOO_LONG]
    host.protocol.prompt()
    host.type(b"y\x04")
    assert host.actions == [TOO_LONG, RUN]


def test_code_of_exactly_the_limit_is_run() -> None:
    host = raw_host(limit=200)
    host.type(b"\x05A\x01" + b"#" * 200 + b"\x04")
    assert host.actions == [RUN]


def test_raw_code_that_is_too_long_is_not_run() -> None:
    host = raw_host(limit=200)
    assert host.type(b"#" * 300 + b"\x04") == b"OK"
    assert host.actions == [TOO_LONG]
    assert host.protocol.code == b"", "what cannot be used keeps no heap"


def test_a_host_that_went_away_in_a_raw_paste_leaves_no_trap() -> None:
    host = raw_host()
    host.type(b"\x05A\x01print(")
    # The next mpremote: carriage return, Ctrl-C, carriage return, Ctrl-A.
    assert host.type(b"\r\x03")[-1:] == b"\x04"
    assert host.actions == [INTERRUPTED]
    host.protocol.prompt()
    assert host.type(b"\r\x01") == RAW_BANNER


def test_a_typed_line_is_echoed_and_run_at_return() -> None:
    host = Host()
    assert host.type(b"diag.status()\r") == b"diag.status()\r\n"
    assert host.actions == [RUN]
    assert host.protocol.line
    assert host.protocol.code == b"diag.status()"
    host.got = b""
    host.protocol.prompt()
    assert host.got == b">>> "


def test_an_empty_line_gives_a_prompt() -> None:
    assert Host().type(b"\r") == b"\r\n>>> "


def test_backspace_takes_the_last_character_back() -> None:
    host = Host()
    assert host.type(b"ab\x7f\x08\x08c") == b"ab\x08 \x08\x08 \x08c"
    assert host.protocol.code == b"c"


def test_cursor_keys_are_swallowed() -> None:
    host = Host()
    assert host.type(b"a\x1b[A\x1b[Db\x1bOc") == b"abc"
    assert host.protocol.code == b"abc"


def test_ctrl_c_forgets_a_typed_line() -> None:
    host = Host()
    host.type(b"while 1:")
    assert host.type(b"\x03") == b"\r\n>>> "
    assert host.protocol.code == b""


def test_a_typed_line_that_is_too_long_stops_growing() -> None:
    host = Host(limit=10)
    assert host.type(b"0123456789ab\r") == b"0123456789\x07\x07\r\n"
    assert host.protocol.code == b"0123456789"


def test_friendly_paste_mode_takes_several_lines() -> None:
    host = Host()
    assert host.type(b"\x05")[-4:] == b"=== "
    assert host.type(b"for i in range(2):\r") == b"for i in range(2):\r\n=== "
    assert host.type(b" print(i)\x04")[-2:] == b"\r\n"
    assert host.actions == [RUN]
    assert host.protocol.code == b"for i in range(2):\n print(i)"
    assert not host.protocol.line
    host.got = b""
    host.protocol.prompt()
    assert host.got == b">>> "


def test_ctrl_c_cancels_a_friendly_paste() -> None:
    host = Host()
    host.type(b"\x05a\rb")
    assert host.type(b"\x03") == b"\r\n>>> "
    assert host.type(b"c\r") == b"c\r\n"
    assert host.protocol.code == b"c"


def test_ctrl_d_on_an_empty_friendly_line_asks_for_the_soft_reset() -> None:
    host = Host()
    host.type(b"\x04")
    assert host.actions == [RESET]


def test_ctrl_d_in_a_typed_line_means_nothing() -> None:
    host = Host()
    host.type(b"ab\x04")
    assert host.actions == []
    assert host.protocol.code == b"ab"


def test_every_single_byte_is_taken_in_every_mode() -> None:
    for start in (b"", b"\x01", b"\x01\x05A\x01", b"\x05"):
        for byte in range(256):
            host = Host()
            host.type(start)
            host.type(bytes((byte,)))
            if host.actions:
                host.protocol.prompt()
            host.type(b"\r\x03")
            if host.actions:
                host.protocol.prompt()
            assert host.type(b"\r\x01")[-len(RAW_BANNER) :] == RAW_BANNER, (start, byte)
