"""One file in the background, over a scripted connection."""

from chargepoint.runtime.link.job_runner import JobRunner
from chargepoint.runtime.link.transport import Transport
from chargepoint.util.ticks import ticks_add
from host_tests.portable import without_heap
from host_tests.unit.runtime.link.link_world import FakeStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

START = (1 << 30) - 5000
FILE = bytes([n * 7 & 255 for n in range(5000)])
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"


class Sink:
    def __init__(self, have: bytes = b"") -> None:
        self.data = have
        self.error: "OSError | None" = None

    def begin(self, first: int) -> None:
        self.data = self.data[:first]

    def write(self, view: "Any") -> None:
        if self.error:
            raise self.error
        self.data += bytes(view)


class Source:
    length = 5000

    def readinto(self, view: "Any", at: int) -> int:
        view[:] = FILE[at : at + len(view)]
        return len(view)


class World:
    """Network, server and contactors."""

    def __init__(self) -> None:
        self.now = START
        self.streams: "list[FakeStream]" = []
        self.hosts: "list[str]" = []
        self.open_contactors = True
        self.open_error: "BaseException | None" = None
        self.runner = JobRunner(Transport(self, self.open_stream), bytearray(512), lambda: self.open_contactors)

    def resolve(self, host: str, port: int) -> "tuple[str, int]":
        self.hosts.append("%s:%d" % (host, port))
        return (host, port)

    def open_stream(self, network: object, context: object, host: str, address: object) -> "FakeStream":
        if self.open_error:
            raise self.open_error
        self.streams.append(FakeStream(None))  # type: ignore[arg-type]
        self.streams[-1].is_connected = True
        return self.streams[-1]

    def run(self, ms: int) -> bool:
        """Let time pass until the transfer is over; whether it is."""
        while ms >= 0:
            if self.runner.poll(self.now):
                return True
            step_ms = max(1, self.runner.next_due(self.now))
            ms -= step_ms
            self.now = ticks_add(self.now, step_ms)
        return False


def test_a_file_is_fetched_in_slices() -> None:
    """The request goes out, the body goes to the sink, one bounded read a pass."""
    w = World()
    sink = Sink()
    assert w.runner.fetch("http://files.test:81/fw.bin", sink, 0, w.now)
    w.run(50)
    assert w.hosts == ["files.test:81"]
    assert w.streams[0].from_charger.startswith(b"GET /fw.bin HTTP/1.1\r\n") and b"Range" not in w.streams[0].from_charger
    w.streams[0].to_charger = GOOD + FILE
    before = len(w.streams[0].to_charger)
    w.runner.poll(w.now)
    assert before - len(w.streams[0].to_charger) <= 512
    assert w.run(5000)
    assert w.runner.reason == "" and sink.data == FILE and w.runner.moved == 5000 and w.streams[0].is_closed


def test_nothing_is_written_while_a_contactor_is_closed() -> None:
    """The transfer stands still, for hours if need be, and goes on; its timer stands still with it."""
    w = World()
    sink = Sink()
    w.runner.fetch("http://h/f", sink, 0, w.now)
    w.run(50)
    w.streams[0].to_charger = GOOD + FILE
    w.runner.poll(w.now)
    had = len(sink.data)
    w.open_contactors = False
    assert not w.run(3600000) and len(sink.data) == had
    w.open_contactors = True
    assert w.run(5000) and sink.data == FILE and w.runner.reason == ""


def test_a_broken_transfer_goes_on_where_it_was() -> None:
    """With a server that can; from the beginning with one that cannot; not with bytes of another place."""
    for answer, rest, good in (
        (b"HTTP/1.1 206 P\r\nContent-Range: bytes 2000-4999/5000\r\nContent-Length: 3000\r\n\r\n", FILE[2000:], True),
        (GOOD, FILE, True),
        (b"HTTP/1.1 206 P\r\nContent-Range: bytes 1000-4999/5000\r\nContent-Length: 4000\r\n\r\n", FILE[1000:], False),
    ):
        w = World()
        sink = Sink(FILE[:2000])
        w.runner.fetch("http://h/f", sink, 2000, w.now)
        w.run(50)
        assert b"\r\nRange: bytes=2000-\r\n" in w.streams[0].from_charger
        w.streams[0].to_charger = answer + rest
        assert w.run(5000)
        assert (sink.data == FILE) == good and (w.runner.reason == "") == good


def test_a_file_is_sent() -> None:
    """With its length; the server's answer decides."""
    for status, good in ((b"201 Created", True), (b"200 OK", True), (b"403 Forbidden", False)):
        w = World()
        assert w.runner.send("http://h/d.log", Source(), w.now)
        w.streams[0].takes = 700
        w.run(1000)
        w.streams[0].takes = 1 << 20
        w.run(1000)
        head, _, body = w.streams[0].from_charger.partition(b"\r\n\r\n")
        assert head.startswith(b"PUT /d.log ") and b"\r\nContent-Length: 5000\r\n" in head and body == FILE
        w.streams[0].to_charger = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"
        assert w.run(1000) and (w.runner.reason == "") == good


def test_redirects_are_followed_three_times() -> None:
    """Of a file that is fetched, to a whole address; then the try ends."""
    w = World()
    sink = Sink()
    w.runner.fetch("http://h/f", sink, 0, w.now)
    for n in range(3):
        w.run(50)
        w.streams[-1].to_charger = b"HTTP/1.1 302 Found\r\nLocation: http://h%d/f\r\nContent-Length: 0\r\n\r\n" % n
        w.run(50)
    w.run(50)
    assert w.hosts == ["h:80", "h0:80", "h1:80", "h2:80"] and all([stream.is_closed for stream in w.streams[:-1]])
    w.streams[-1].to_charger = b"HTTP/1.1 302 Found\r\nLocation: http://h3/f\r\nContent-Length: 0\r\n\r\n"
    assert w.run(1000) and "redirect to http://h3/f" in w.runner.reason and sink.data == b""


def test_everything_that_goes_wrong_ends_the_try_with_words() -> None:
    """And closes the connection; what the sink has stays with it."""
    for what, word in (
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "404"),
        (b"SSH-2.0\r\n", "HTTP"),
        (GOOD + FILE[:100], "closed"),
        (OSError(104), "104"),
        (None, "silent"),
    ):
        w = World()
        sink = Sink()
        w.runner.fetch("http://h/f", sink, 0, w.now)
        w.run(50)
        if isinstance(what, bytes):
            w.streams[0].to_charger = what
            w.streams[0].ended = True
        else:
            w.streams[0].read_error = what
        assert w.run(40000) and word in w.runner.reason, (what, w.runner.reason)
        assert w.streams[0].is_closed and sink.data == (FILE[:100] if word == "closed" else b"")
        assert not w.run(100000)


def test_a_sink_that_cannot_write_ends_the_try() -> None:
    w = World()
    sink = Sink()
    sink.error = OSError(28)
    w.runner.fetch("http://h/f", sink, 0, w.now)
    w.run(50)
    w.streams[0].to_charger = GOOD + FILE
    assert w.run(1000) and "28" in w.runner.reason and w.streams[0].is_closed


def test_what_cannot_begin_says_so_at_once() -> None:
    w = World()
    for url in ("ftp://h/f", "http://h:0/"):
        assert not w.runner.fetch(url, Sink(), 0, w.now) and "address" in w.runner.reason
    w.open_error = OSError(113)
    assert not w.runner.fetch("http://h/f", Sink(), 0, w.now) and "113" in w.runner.reason


def test_cancelling_closes() -> None:
    w = World()
    w.runner.fetch("http://h/f", Sink(), 0, w.now)
    w.run(50)
    w.runner.cancel()
    assert w.streams[0].is_closed and not w.run(100000) and w.runner.reason == "cancelled"


def test_an_idle_pass_allocates_nothing() -> None:
    w = World()
    without_heap(lambda: w.runner.poll(START))
    without_heap(lambda: w.runner.next_due(START))
