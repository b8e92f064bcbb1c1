"""The open link: calls, answers, order, limits, garbage."""

from chargepoint.util.ticks import ticks_add
from host_tests.portable import allocated, collect, raises, without_heap
from host_tests.unit.runtime.link.link_world import World


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
    """Deferred CALLs are answered with their own ids after others, in any order; not without a connection."""
    w = World()
    w.open()
    kept: "list[bytes]" = []
    w.answer = lambda action: kept.append(w.link.defer())
    w.send(b'[2,"slow","UnlockConnector",{}]')
    w.send(b'[2,"slower","UnlockConnector",{}]')
    w.run(10)
    assert w.frames() == []
    w.answer = None
    w.send(b'[2,"b","Reset",{}]')
    w.run(1000)
    assert w.frames() == [(1, b'[3,"b",{}]')]
    for unique_id in (kept[1], kept[0]):
        assert w.link.resume(unique_id)
        writer = w.link.begin_result()
        writer.begin_object()
        writer.end_object()
        assert w.link.end_result()
    assert w.frames() == [(1, b'[3,"slower",{}]'), (1, b'[3,"slow",{}]')]
    w.stream.ended = True
    w.run(10)
    assert not w.link.resume(kept[0])


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


def test_protocol_faults_close_with_their_code() -> None:
    """Binary 1003, bad text 1007, nonsense 1002, and 1009 for what nobody waits for."""
    for data, code in (
        (b"\x82\x01x", 1003),
        (b"\x81\x7f\x00\x00\x00\x00\x10\x00\x00\x00" + b"x" * 3000, 1009),
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


def test_a_message_longer_than_the_buffer_costs_its_sender_an_error() -> None:
    """The connection stays, whatever was too long: a CALL is refused with its id, an answer to ours counts as unusable."""
    w = World(rx_size=1024)
    w.open()
    long = b'","SendLocalList",{"listVersion":1,"x":"' + b"y" * 30000 + b'"}]'

    def send_long(start: bytes) -> None:
        text = start + long
        w.stream.to_charger += b"\x81\x7f\0\0\0\0\0" + bytes([len(text) >> 16 & 255, len(text) >> 8 & 255, len(text) & 255]) + text

    send_long(b'[2,"long')
    w.send(b'[2,"a","Reset",{}]')
    w.run(10)
    found = w.frames()
    assert found[0][1].startswith(b'[4,"long","InternalError","') and found[1:] == [(1, b'[3,"a",{}]')]
    assert w.call()
    send_long(b'[3,"u0')
    w.run(10)
    assert w.heard() == ["call Reset"] and not w.link.ready
    send_long(b'[3,"u1')
    w.run(10)
    assert w.heard() == ["error "] and w.link.ready
    assert w.link.online and len(w.streams) == 1


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
    w.link._connection._random_bytes = lambda count: mask

    def exchange() -> None:
        at[0] = 0
        w.call()
        w.link.poll(w.now)
        assert w.link.ready

    w.on_result = lambda reader, now: None  # type: ignore[method-assign]
    exchange()
    taken = allocated(exchange)
    assert taken <= 256, taken
