"""The open link: calls, answers, liveness, limits."""

from chargepoint.util.ticks import ticks_add
from host_tests.portable import allocated, collect, raises, without_heap
from host_tests.unit.runtime.link_world import World


def test_opens_and_says_so() -> None:
    """From nothing to online; nothing is sent that nobody asked for."""
    w = World()
    assert not w.link.online and not w.link.ready and w.link.closed
    w.open()
    assert w.link.ready and w.link.reason == "" and w.frames() == []
    assert len(w.streams) == 1 and w.contexts == [None]


def test_a_call_and_its_answer() -> None:
    """One CALL in flight; ready again after its answer."""
    w = World()
    w.open()
    assert w.call()
    assert w.frames() == [(1, b'[2,"u1","Heartbeat",{}]')]
    assert not w.link.ready and not w.call("u2")
    w.send(b'[3,"u1",{"currentTime":"2026-11-23T08:00:30Z"}]')
    w.run(10)
    assert w.heard() == ["result"] and w.link.ready
    assert w.call("u2")
    w.send(b'[4,"u2","NotSupported","no",{}]')
    w.run(10)
    assert w.heard() == ["error NotSupported"] and w.link.ready


def test_ids_of_its_own() -> None:
    """Without an id the link makes one that is new each time and short enough."""
    w = World()
    w.open()
    ids = []
    for _ in range(3):
        assert w.call(None)
        text = w.frames()[0][1]
        unique_id = text.split(b'"')[1]
        assert len(unique_id) <= 36 and unique_id not in ids
        ids.append(unique_id)
        w.send(b'[3,"' + unique_id + b'",{}]')
        w.run(10)
    assert w.heard() == ["result"] * 3


def test_answers_while_our_call_is_pending() -> None:
    """CALLs of the central system do not wait for the answer to ours."""
    w = World()
    w.open()
    assert w.call()
    w.frames()
    w.send(b'[2,"a","Reset",{}]')
    w.send(b'[2,"b","Nope",{"x":}]')
    w.send(b'[2,"c","ClearCache",{}]')
    w.send(b'[3,"u1",{}]')
    w.run(10)
    assert w.heard() == ["call Reset", "call ClearCache", "result"]
    texts = w.frames()
    assert texts[0] == (1, b'[3,"a",{}]') and texts[2] == (1, b'[3,"c",{}]')
    assert texts[1][1].startswith(b'[4,"b","FormationViolation",')


def test_errors_instead_of_results() -> None:
    """The listener may refuse; an answer that is forgotten or too long becomes InternalError."""
    w = World()
    w.open()

    def refuse(action: str) -> None:
        w.link.send_error("NotImplemented", "unknown action")

    def forget(action: str) -> None:
        pass

    def too_long(action: str) -> None:
        writer = w.link.begin_result()
        writer.begin_object()
        for _ in range(50):
            writer.key("some key")
            writer.string("some value")
        writer.end_object()
        assert not w.link.end_result()

    for answer, code in ((refuse, b"NotImplemented"), (forget, b"InternalError"), (too_long, b"InternalError")):
        w.answer = answer
        w.send(b'[2,"a","Nope",{}]')
        w.run(10)
        found = w.frames()
        assert len(found) == 1 and found[0][1].startswith(b'[4,"a","' + code + b'"'), found


def test_a_listener_that_fails() -> None:
    """Its exception goes through, and the CALL has its answer all the same."""
    w = World()
    w.open()

    def fail(action: str) -> None:
        w.link.begin_result().begin_object()
        raise ZeroDivisionError

    w.answer = fail
    w.send(b'[2,"a","Nope",{}]')
    raises(ZeroDivisionError, w.run, 10)
    assert w.frames()[0][1].startswith(b'[4,"a","InternalError"')
    w.answer = None
    w.send(b'[2,"b","Nope",{}]')
    w.run(10)
    assert w.frames() == [(1, b'[3,"b",{}]')]


def test_an_answer_may_come_later() -> None:
    """A deferred CALL is answered with its own id after others; the end of the connection forgets it."""
    w = World()
    w.open()
    w.answer = lambda action: w.link.defer()
    w.send(b'[2,"slow","UnlockConnector",{}]')
    w.run(10)
    assert w.frames() == []
    w.answer = None
    w.send(b'[2,"b","Reset",{}]')
    w.run(1000)
    assert w.frames() == [(1, b'[3,"b",{}]')]
    assert w.link.begin_deferred()
    writer = w.link.begin_result()
    writer.begin_object()
    writer.end_object()
    assert w.link.end_result()
    assert w.frames() == [(1, b'[3,"slow",{}]')]
    assert not w.link.begin_deferred()
    w.answer = lambda action: w.link.defer()
    w.send(b'[2,"never","UnlockConnector",{}]')
    w.run(10)
    w.stream.ended = True
    w.run_until_dialled()
    w.accept()
    w.run(100)
    assert w.link.online and not w.link.begin_deferred()


def test_late_and_unusable_messages_are_counted() -> None:
    """They change nothing else."""
    w = World()
    w.open()
    for text in (b'[3,"zz",{}]', b"garbage", b'[4,"-1","InternalError"]', b"[]"):
        w.send(text)
    w.run(10)
    assert w.heard() == [] and w.frames() == [] and w.link.online
    assert w.link.late_answers == 2 and w.link.unusable == 2


def test_a_call_too_long_is_not_sent() -> None:
    """Nothing goes out and the link is ready for another."""
    w = World()
    w.open()
    writer = w.link.begin_call("DataTransfer", "u1")
    assert writer is not None
    writer.begin_object()
    writer.key("data")
    writer.string("x" * 600)
    writer.end_object()
    assert not w.link.end_call(w.now)
    assert w.frames() == [] and w.link.ready


def test_ping_and_pong() -> None:
    """A ping is answered with its payload, also between the fragments of a message."""
    w = World()
    w.open()
    w.send(b'[2,"a","Re', fin=False)
    w.send(b"\x00\xff payload", opcode=9)
    w.send(b'set",{}]', opcode=0)
    w.send(b"", opcode=9)
    w.run(10)
    assert w.frames() == [(10, b"\x00\xff payload"), (1, b'[3,"a",{}]'), (10, b"")]
    assert w.heard() == ["call Reset"]


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
        for peer_hangs_up in (True, False):
            w = World()
            w.open()
            w.send(b"" if code is None else bytes([code >> 8, code & 0xFF]) + b"why", opcode=8)
            w.run(10)
            assert w.heard() == ["down"] and not w.link.ready
            assert w.frames() == [(8, bytes([answer >> 8, answer & 0xFF]))]
            assert str(code or 1005) in w.link.reason
            assert not w.stream.is_closed
            if peer_hangs_up:
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


def test_protocol_faults_close_with_their_code() -> None:
    """Binary 1003, oversize 1009, bad text 1007, nonsense 1002."""
    for data, code in (
        (b"\x82\x01x", 1003),
        (b"\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x00" + b"x" * 3000, 1009),
        (b"\x81\x02\xff\xfe", 1007),
        (b"\x83\x00", 1002),
    ):
        w = World()
        w.open()
        assert w.call()
        w.frames()
        w.stream.to_charger += data
        w.run(10)
        assert w.frames() == [(8, bytes([code >> 8, code & 0xFF]))], data
        assert w.heard() == ["down", "no answer"]
        w.run(7000)
        assert w.streams[0].is_closed and len(w.streams) == 2


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


def test_backpressure() -> None:
    """What the socket does not take waits; meanwhile nothing else is begun or read; then everything goes on in order."""
    w = World()
    w.open(ping_interval_s=0)
    w.stream.takes = 5
    assert w.call()
    w.send(b'[2,"a","Reset",{}]')
    w.run(2000)
    assert w.heard() == [] and not w.link.ready
    w.stream.takes = 10
    w.run(300)
    w.stream.takes = 1000
    w.run(300)
    assert w.frames() == [(1, b'[2,"u1","Heartbeat",{}]'), (1, b'[3,"a",{}]')]
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


def test_bounded_work_a_poll() -> None:
    """A flood is worked off in portions, so that the rest of the charger gets its turn."""
    w = World(rx_size=4096)
    w.open()
    for _ in range(30):
        w.send(b'[2,"a","Reset",{}]')
    w.link.poll(w.now)
    assert len(w.heard()) <= 4 and w.link.next_due(w.now) == 0
    w.run(10)
    assert len(w.frames()) == 30


def test_frames_right_behind_the_handshake() -> None:
    """A central system may speak in the same packet as its answer."""
    w = World()
    w.configure()
    w.run(100)
    w.accept(b'\x81\x12[2,"a","Reset",{}]')
    w.run(10)
    assert w.heard() == ["up", "call Reset"]


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


def test_the_trace_sees_every_text() -> None:
    """In and out, before masking."""
    seen: "list[tuple[int, bytes]]" = []
    w = World(trace=lambda direction, buf, start, end: seen.append((direction, bytes(buf[start:end]))))
    w.open()
    w.call()
    w.send(b'[3,"u1",{}]')
    w.send(b"junk")
    w.run(10)
    assert seen == [(1, b'[2,"u1","Heartbeat",{}]'), (0, b'[3,"u1",{}]'), (0, b"junk")]


def test_an_idle_pass_allocates_nothing() -> None:
    """Polling an open link with nothing to do, timers and cable included, works with the heap locked."""
    w = World()
    w.open()
    w.link.poll(w.now)

    def idle() -> None:
        for _ in range(20):
            w.link.poll(w.now)
            w.now = ticks_add(w.now, w.link.next_due(w.now))

    collect()
    without_heap(idle)


def test_messages_allocate_little() -> None:
    """A CALL out and its answer in: the id, its bytes, the mask; under 256 bytes on the 64-bit interpreter, the fake's own included not."""
    w = World()
    w.open()
    stream = w.stream
    answer = b'\x81\x0b[3,"u1",{}]'
    at = [0]

    def write(buf: "bytearray", start: int, end: int) -> int:
        return end - start

    def readinto(view: "memoryview") -> "int | None":
        if at[0]:
            return None
        at[0] = 1
        for i in range(len(answer)):
            view[i] = answer[i]
        return len(answer)

    stream.write = write  # type: ignore[method-assign]
    stream.readinto = readinto  # type: ignore[method-assign]
    mask = b"abcd"
    w.link._random_bytes = lambda count: mask

    def exchange() -> None:
        at[0] = 0
        w.call()
        w.link.poll(w.now)
        assert w.link.ready

    w.on_result = lambda reader, now: None  # type: ignore[method-assign]
    exchange()
    taken = allocated(exchange)
    assert taken <= 256, taken
