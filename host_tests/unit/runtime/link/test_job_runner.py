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

    def tls_context(self) -> object:
        return self

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
    assert w.run(1000) and "redirect too many, to http://h3/f" in w.runner.reason and sink.data == b""


def test_redirects_within_a_server_and_out_of_tls() -> None:
    """A location may leave out what stays the same; https is not left for anything weaker; what is sent follows only where the method is kept."""
    for begin, answer, host, path in (
        ("http://h/a/f", b"301 Moved\r\nLocation: g", "h:80", b"GET /a/g "),
        ("http://h/a/f", b"308 Moved\r\nLocation: /g", "h:80", b"GET /g "),
        ("https://h/f", b"302 Found\r\nLocation: http://h/f", "", b""),
        ("http://h/f", b"302 Found\r\nLocation: ftp://h/f", "", b""),
    ):
        w = World()
        w.runner.fetch(begin, Sink(), 0, w.now)
        w.run(50)
        w.streams[-1].to_charger = b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n"
        over = w.run(100)
        if host:
            assert not over and w.hosts[-1] == host and w.streams[-1].from_charger.startswith(path)
        else:
            assert over and "not followed" in w.runner.reason
    for status, follows in ((307, True), (308, True), (302, False), (303, False)):
        w = World()
        w.runner.send("http://h/d", Source(), w.now)
        w.run(1000)
        w.streams[-1].to_charger = b"HTTP/1.1 %d X\r\nLocation: http://g/e\r\nContent-Length: 0\r\n\r\n" % status
        assert w.run(1000) != follows
        assert (w.hosts[-1] == "g:80" and w.streams[-1].from_charger.endswith(FILE)) == follows


def test_a_server_without_put_gets_a_post_and_an_address_may_be_a_folder_or_a_file() -> None:
    """Each with all the bytes."""
    for statuses, asked in (
        ((405, 200), ["PUT /d/f", "POST /d/f"]),
        ((501, 404, 201), ["PUT /d/f", "POST /d/f", "PUT /d"]),
        ((404, 405, 200), ["PUT /d/f", "PUT /d", "POST /d"]),
        ((404, 404), ["PUT /d/f", "PUT /d"]),
        ((503,), ["PUT /d/f"]),
    ):
        w = World()
        w.runner.send("http://h/d/f", Source(), w.now, "http://h/d")
        for status in statuses:
            w.run(1000)
            w.streams[-1].to_charger = b"HTTP/1.1 %d X\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n" % status
        assert w.run(1000)
        heads = [str(stream.from_charger.partition(b" HTTP")[0], "utf-8") for stream in w.streams]
        assert heads == asked and all([stream.from_charger.endswith(FILE) for stream in w.streams])
        assert (w.runner.reason == "") == (statuses[-1] < 300) and w.runner.retry_s == (0 if statuses[-1] < 300 else 120)


def test_a_source_that_does_not_know_its_length_goes_in_chunks() -> None:
    """Each with its size, a pause where there is nothing yet, the empty one last."""

    class Growing:
        length = -1
        pauses = 0

        def readinto(self, view: "Any", at: int) -> int:
            if at == 700 and self.pauses < 3:
                self.pauses += 1
                return 0
            data = FILE[at : at + min(len(view), 700)]
            if at >= 2000:
                return -1
            view[: len(data)] = data
            return len(data)

    w = World()
    w.runner.send("http://h/d", Growing(), w.now)
    w.run(1000)
    head, _, body = w.streams[0].from_charger.partition(b"\r\n\r\n")
    assert b"\r\nTransfer-Encoding: chunked" in head and b"Content-Length" not in head
    data = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        count = int(str(size, "utf-8"), 16)
        data += rest[:count]
        assert rest[count : count + 2] == b"\r\n"
        body = rest[count + 2 :]
        if not count:
            break
    assert body == b"" and data == FILE[: len(data)] and len(data) >= 2000


def test_an_answer_that_comes_early_ends_the_sending() -> None:
    """Also when the connection is gone by then."""
    for breaks in (False, True):
        w = World()
        w.runner.send("http://h/d", Source(), w.now)
        w.run(20)
        w.streams[0].takes = 0
        w.streams[0].to_charger = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
        w.streams[0].write_error = OSError(32) if breaks else None
        assert w.run(1000) and "413" in w.runner.reason and len(w.streams[0].from_charger) < 5000


def test_a_file_that_has_changed_is_fetched_from_its_beginning() -> None:
    """If-Range says which one is meant; 416 means what is here is of no use, or everything."""
    w = World()
    sink = Sink()
    w.runner.fetch("http://h/f", sink, 0, w.now)
    w.run(50)
    w.streams[0].to_charger = b'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 5000\r\n\r\n' + FILE[:1000]
    w.streams[0].ended = True
    assert w.run(1000) and "closed" in w.runner.reason
    w.runner.fetch("http://h/f", sink, len(sink.data), w.now)
    w.run(50)
    assert b'\r\nRange: bytes=1000-\r\nIf-Range: "v1"\r\n' in w.streams[1].from_charger
    for total, again in ((1000, False), (900, True)):
        w = World()
        sink = Sink(FILE[:1000])
        w.runner.fetch("http://h/f", sink, 1000, w.now)
        w.run(50)
        w.streams[0].to_charger = b"HTTP/1.1 416 X\r\nContent-Range: bytes */%d\r\nContent-Length: 0\r\n\r\n" % total
        assert w.run(200) != again
        assert (b"Range:" not in w.streams[-1].from_charger) == again


def test_less_than_the_rest_is_no_file() -> None:
    for head in (b"bytes 1000-1999/5000\r\nContent-Length: 1000", b"bytes 1000-4999/5000\r\nContent-Length: 10"):
        w = World()
        w.runner.fetch("http://h/f", Sink(FILE[:1000]), 1000, w.now)
        w.run(50)
        w.streams[0].to_charger = b"HTTP/1.1 206 P\r\nContent-Range: " + head + b"\r\n\r\n" + FILE[1000:2000]
        assert w.run(1000) and "less" in w.runner.reason


class FtpServer:
    """Answers what the charger says, on the two streams of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.said: "list[str]" = []
        world.streams[0].to_charger = b"220 hello\r\n"
        self.answers = {"USER": "331 x", "PASS": "230 x", "TYPE": "200 x", "SIZE": "213 5000", "EPSV": "229 x (|||999|)"}
        self.answers.update({"REST": "350 x", "RETR": "150 x", "STOR": "150 x"})

    def run(self, ms: int) -> bool:
        control = self.world.streams[0]
        for _ in range(ms // 20):
            if self.world.run(20):
                return True
            lines = control.from_charger.split(b"\r\n")
            control.from_charger = lines.pop()
            for line in lines:
                self.said.append(str(line, "utf-8"))
                control.to_charger += self.answers[self.said[-1][:4]].encode() + b"\r\n"
        return False


def test_a_file_comes_and_goes_over_ftp() -> None:
    """On a second connection to the same host; the end is what the server confirms."""
    w = World()
    sink = Sink(FILE[:2000])
    w.runner.fetch("ftp://h/f", sink, 2000, w.now)
    server = FtpServer(w)
    server.run(1000)
    assert w.hosts == ["h:21", "h:999"] and server.said[-2:] == ["REST 2000", "RETR f"]
    w.streams[1].to_charger = FILE[2000:]
    w.streams[1].ended = True
    assert not server.run(1000) and w.streams[1].is_closed and sink.data == FILE
    w.streams[0].to_charger = b"226 done\r\n"
    assert w.run(1000) and w.runner.reason == "" and w.streams[0].from_charger == b"QUIT\r\n" and w.streams[0].is_closed
    w = World()
    w.runner.send("ftp://h/d/f", Source(), w.now)
    server = FtpServer(w)
    assert not server.run(2000) and server.said[-1] == "STOR d/f" and w.streams[1].is_closed
    assert w.streams[1].from_charger == FILE
    w.streams[0].to_charger = b"226 done\r\n"
    assert w.run(1000) and w.runner.reason == ""


def test_what_goes_wrong_over_ftp_ends_the_try_with_words() -> None:
    """And closes both connections."""
    cases = (("short", "5000 bytes, 1000 came"), ("426", "426"), ("closed", "closed"), ("silent", "silent"), ("refused", "550"), ("http", "no FTP"))
    for action, words in cases:
        w = World()
        w.runner.fetch("ftp://h/f", Sink(), 0, w.now)
        server = FtpServer(w)
        if action == "refused":
            server.answers["RETR"] = "550 No such file"
        elif action == "http":
            w.streams[0].to_charger = b"HTTP/1.1 400 Bad Request\r\n"
        over = server.run(1000)
        assert over == (action in ("refused", "http"))
        if not over and action != "silent":
            w.streams[1].to_charger = FILE[:1000]
            w.run(100)
            w.streams[1].ended = action == "short"
            w.streams[0].ended = action == "closed"
            w.streams[0].to_charger = {"short": b"226 ok\r\n", "426": b"426 broken\r\n"}.get(action, b"")
        assert over or w.run(40000)
        assert words in w.runner.reason, (action, w.runner.reason)
        assert all([stream.is_closed for stream in w.streams])


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
    for url in ("gopher://h/f", "http://h:0/"):
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
