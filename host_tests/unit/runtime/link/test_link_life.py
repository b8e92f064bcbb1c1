"""The life of an open link: pings, silence, cuts, goodbyes, the cable, and weeks."""

from chargepoint.util.ticks import ticks_add
from host_tests.unit.runtime.link.link_world import World


def test_own_pings() -> None:
    """One per interval, without drift; a pong keeps the link."""
    w = World()
    w.open(ping_interval_s=50)
    for _ in range(5):
        w.run(50000)
        assert w.frames() == [(9, b"")]
        w.send(b"", opcode=10)
    w.run(1000)
    assert w.link.online and w.heard() == []


def test_no_pings_when_switched_off() -> None:
    """WebSocketPingInterval 0."""
    w = World()
    w.open(ping_interval_s=0)
    w.run(600000)
    assert w.frames() == [] and w.link.online
    w.configure(ping_interval_s=10)
    w.run(10000)
    assert w.frames() == [(9, b"")]


def test_a_peer_without_pongs_is_tolerated_while_messages_flow() -> None:
    """Any byte is a sign of life."""
    w = World()
    w.open(ping_interval_s=20)
    for _ in range(20):
        w.run(9000)
        w.send(b'[2,"a","Reset",{}]')
    w.run(10)
    assert w.link.online and len(w.streams) == 1


def test_a_central_system_that_never_sent_a_pong_is_judged_by_its_answers_after_one_redial() -> None:
    """Its silence after a ping ends one connection; the next is judged by CALLs, until a pong shows that they come after all."""
    w = World()
    w.open(ping_interval_s=20)
    w.run(20000 + 10000)
    assert w.heard() == ["down"]
    w.run(4000)
    assert len(w.streams) == 2
    w.accept()
    w.frames()
    w.run(200000)
    assert w.link.online and w.frames() == [(9, b"")] * 10
    w.send(b"", opcode=10)
    w.run(30000)
    assert not w.link.online and "silent" in w.link.reason


def test_silence_after_a_ping_is_the_end() -> None:
    """A connection that is open and silent is given up and dialled again."""
    w = World()
    w.open(ping_interval_s=50)
    w.run(50000 + 10000)
    assert w.heard() == ["down"] and "silent" in w.link.reason
    w.run(4000)
    assert len(w.streams) == 2 and w.streams[0].is_closed


def test_an_unanswered_call_does_not_block_the_queue() -> None:
    """The listener is told, the link is judged with a ping, and goes on when it lives."""
    w = World()
    w.open(ping_interval_s=0, call_timeout_s=30)
    assert w.call()
    w.frames()
    w.run(29900)
    assert w.heard() == []
    w.run(200)
    assert w.heard() == ["no answer"] and w.link.ready
    assert w.frames() == [(9, b"")]
    w.send(b"", opcode=10)
    w.run(20000)
    assert w.link.online
    w.send(b'[3,"u1",{}]')
    w.run(10)
    assert w.heard() == [] and w.link.late_answers == 1


def test_silence_after_a_call_is_the_end() -> None:
    """No answer and no pong: redial."""
    w = World()
    w.open(ping_interval_s=0, call_timeout_s=30)
    assert w.call()
    w.run(30000 + 10000 + 100)
    assert w.heard() == ["no answer", "down"]
    w.run(4000)
    assert len(w.streams) == 2


def test_pongs_alone_do_not_keep_a_dead_central_system() -> None:
    """Field lessons, row 1: sockets and pongs fine, no OCPP traffic. Three CALLs in a row are enough."""
    w = World()
    w.open(ping_interval_s=0, call_timeout_s=10)
    for n in range(3):
        assert w.call("u%d" % n)
        w.send(b"", opcode=10)
        w.run(10100)
    assert w.heard() == ["no answer", "no answer", "down", "no answer"]
    assert "no CALL" in w.link.reason
    w.run(10000)
    assert len(w.streams) == 2


def test_a_cut_connection_gives_the_call_its_outcome() -> None:
    """A CALL in flight gets exactly one outcome, after the link is known to be down."""
    w = World()
    w.open()
    assert w.call()
    w.stream.read_error = OSError(104)
    w.run(10)
    assert w.heard() == ["down", "no answer"] and not w.link.online
    assert w.stream.is_closed and "104" in w.link.reason


def test_any_error_of_the_stream_is_survived() -> None:
    """Odd numbers, text as errno, TLS's ValueError, EOFError: in reading and in writing."""
    for error in (OSError(104), OSError(-29440), OSError("[addrinfo error -2]"), OSError(), ValueError("invalid cert"), EOFError(), MemoryError()):
        for writing in (False, True):
            w = World()
            w.open()
            if writing:
                w.stream.write_error = error
                assert w.call()
                assert w.heard() == []  # never inside a call of the application
                w.run(10)
                assert w.heard() == ["down", "no answer"]
            else:
                w.stream.read_error = error
                w.run(10)
                assert w.heard() == ["down"]
            assert type(error).__name__ in w.link.reason
            w.run(4000)
            assert len(w.streams) == 2


def test_the_peer_closes() -> None:
    """A close frame is answered with its code, then the connection ends when the peer closes it, or soon anyway."""
    for code, answer in ((1000, 1000), (1001, 1001), (1008, 1008), (1011, 1011), (None, 1000)):
        for peer_hangs_up in (True, False, None):
            w = World()
            w.open()
            w.send(b"" if code is None else bytes([code >> 8, code & 0xFF]) + b"why", opcode=8)
            w.run(10)
            assert w.heard() == ["down"] and not w.link.ready
            assert w.frames() == [(8, bytes([answer >> 8, answer & 0xFF]))]
            assert str(code or 1005) in w.link.reason
            assert not w.stream.is_closed
            if peer_hangs_up is None:  # by a reset, which is no failure any more
                w.stream.read_error = OSError(104)
                w.run(10)
                assert "failed" not in w.link.reason
            elif peer_hangs_up:
                w.stream.ended = True
                w.run(10)
            else:
                w.run(2100)
            assert w.streams[0].is_closed
            assert "central system closed" in w.link.reason
            w.run(4000)
            assert len(w.streams) == 2


def test_the_peer_hangs_up() -> None:
    """The end of the stream without a close frame."""
    w = World()
    w.open()
    w.stream.ended = True
    w.run(10)
    assert w.heard() == ["down"] and "without a close frame" in w.link.reason


def test_half_a_message_then_silence() -> None:
    """A message that does not go on ends the connection, also with pings switched off."""
    for data in (b"\x81", b"\x81\x7e\x01\x00{", b"\x01\x01["):
        w = World()
        w.open(ping_interval_s=0)
        w.stream.to_charger += data
        w.run(19000)
        assert w.link.online
        w.run(1500)
        assert w.heard() == ["down"] and "half a message" in w.link.reason


def test_a_slow_message_is_not_half_a_message() -> None:
    """As long as bytes come, the message may take its time."""
    w = World()
    w.open(ping_interval_s=0)
    w.send(b'[2,"a","Reset",{}]')
    w.stream.gives = 1
    data = w.stream.to_charger
    for i in range(len(data)):
        w.stream.to_charger = data[i : i + 1]
        w.run(15000)
    assert w.heard() == ["call Reset"]


def test_a_peer_that_takes_nothing() -> None:
    """A stalled send ends the connection."""
    w = World()
    w.open(ping_interval_s=0, call_timeout_s=60)
    w.stream.takes = 3
    assert w.call()
    w.run(29000)
    assert w.link.online
    w.run(2000)
    assert w.heard() == ["down", "no answer"] and "takes nothing" in w.link.reason


def test_cable_out_and_back() -> None:
    """Offline at once without closing; online again when the old connection is heard, given up when not."""
    for lives in (True, False):
        w = World()
        w.open(ping_interval_s=50)
        w.cable_state = False
        w.run(300)
        assert w.heard() == ["down"] and not w.link.online and not w.link.ready
        assert not w.stream.is_closed and "cable" in w.link.reason
        w.run(120000)
        assert w.frames() == [] and len(w.streams) == 1
        w.cable_state = True
        w.run(300)
        assert w.frames() == [(9, b"")] and not w.link.online
        if lives:
            w.send(b"", opcode=10)
            w.run(10)
            assert w.link.online and w.heard() == ["up"] and w.link.ready
        else:
            w.run(14000)
            assert w.streams[0].is_closed and len(w.streams) == 2


def test_cable_that_cannot_be_read() -> None:
    """A PHY that does not answer does not stop the link."""
    w = World()

    def broken() -> "bool | None":
        raise OSError(5)

    w.cable = broken  # type: ignore[method-assign]
    w.open()


def test_close_and_reconnect() -> None:
    """Close says goodbye and stays closed; reconnect dials again at once."""
    w = World()
    w.open()
    w.link.reconnect(w.now, "new AuthorizationKey")
    assert w.frames() == [(8, b"\x03\xe8")] and w.heard() == ["down"]
    w.stream.ended = True
    w.run(20)
    assert len(w.streams) == 2
    w.accept()
    w.run(100)
    assert w.heard() == ["up"]
    w.link.close()
    assert w.frames() == [(8, b"\x03\xe9")] and w.heard() == ["down"] and not w.link.closed
    w.run(2100)
    assert w.link.closed and w.stream.is_closed
    w.run(300000)
    assert len(w.streams) == 2
    w.link.reconnect(w.now, "again")
    w.run(100)
    assert len(w.streams) == 3


def test_close_while_dialling() -> None:
    """There is nobody to say goodbye to."""
    w = World()
    w.instant = False
    w.configure()
    w.run(100)
    w.link.close()
    assert w.link.closed and w.stream.is_closed and w.heard() == []


def test_goes_on_for_weeks() -> None:
    """Twenty days, so across a second wrap of the clock: one connection, one ping a minute."""
    w = World()
    w.open(ping_interval_s=0)
    for _ in range(20):
        w.now = ticks_add(w.now, 86400000)
        w.run(1000)
    assert w.link.online and len(w.streams) == 1
    assert w.call()
    w.send(b'[3,"u1",{}]')
    w.run(10)
    assert w.heard() == ["result"]
