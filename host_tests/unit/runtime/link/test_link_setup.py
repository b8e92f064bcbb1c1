"""What the link is told, and what becomes of the time that the central system tells."""

from chargepoint.runtime.link.link_setup import LinkSetup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOW = 1000
UTC_S = 217584000


class World:
    """Provisioning, hardware, store, link, log and clock in one."""

    key = "secret"
    identity = "CP1"
    time_server = "time.test"
    reason = ""
    status = 0

    def __init__(self, url: str, roots: "list[bytes] | None" = None, **settings: str) -> None:
        self.url = url
        self.roots = roots
        self.settings = settings
        self.saved: "dict[str, bytes]" = {}
        self.rtc_s = 0
        self.lines: "list[str]" = []
        self.events: "list[int]" = []
        self.configured: "list[Any]" = []
        self.known = False
        self.s = UTC_S
        self.rtc = self.network = self
        self.full = False
        self.setup = LinkSetup(self, self.log, self)
        self.setup.start(self, self, self, self, NOW)  # type: ignore[arg-type]

    def log(self, level: int, part: str, text: str) -> None:
        self.lines.append(text)

    def add(self, code: int, connector: int = 0, arg: int = 0) -> None:
        self.events.append(code)

    def load(self, name: str) -> "bytes | None":
        return self.saved.get(name)

    def save(self, name: str, data: bytes) -> bool:
        self.saved[name] = data
        return True

    def utc_s(self) -> "int | None":
        return None

    def set_utc(self, s: int) -> None:
        self.rtc_s = s

    def resolve(self, host: str, port: int) -> "Any":
        raise OSError(-2)

    def text(self, key: str) -> str:
        return self.settings.get(key, "")

    def poll(self, now: int) -> None:
        pass

    def configure(self, url: str, identity: str, key: "bytes | None", ping_s: int, tls_roots: "Any" = None) -> None:
        if url == "wss://bad":
            raise ValueError("address has no host")
        self.configured.append((url, identity, key, ping_s, tls_roots))

    def utc(self, now: int) -> bool:
        return self.known


def test_the_link_is_told_what_provisioning_and_configuration_say() -> None:
    """The configured key comes before the provisioned one; without an address or identity nothing is dialled."""
    assert World("ws://h/p").configured == [("ws://h/p", "CP1", b"secret", 50, None)]
    w = World("ws://h/p", AuthorizationKey="newer", WebSocketPingInterval="0")
    assert w.configured == [("ws://h/p", "CP1", b"newer", 0, None)]
    assert World("").configured == []


def test_an_address_that_cannot_be_used_is_said() -> None:
    assert "address has no host" in World("wss://bad", [b"root"]).lines[-1]


def test_the_time_that_the_central_system_tells_is_kept_for_the_next_boot() -> None:
    """With TLS: certificates of the next boot are checked with it. Without, nothing is saved."""
    w = World("wss://h/p", [b"root"])
    assert not w.setup.clock_is_set()
    w.setup.each_second(w, NOW)
    assert w.saved == {} and w.rtc_s == 0
    w.known = True
    w.setup.each_second(w, NOW)
    assert w.setup.clock_is_set() and w.rtc_s == UTC_S and len(w.saved) == 1
    assert list(w.saved.values())[0] == bytes([UTC_S >> shift & 255 for shift in (0, 8, 16, 24)])
    plain = World("ws://h/p")
    plain.known = True
    plain.setup.each_second(plain, NOW)
    assert plain.saved == {} and not plain.setup.clock_is_set()


def test_why_there_is_no_connection_is_logged_once_for_each_cause() -> None:
    """And becomes an event; waiting for the clock is one of its own."""
    w = World("ws://h/p")
    for reason in ("", "HTTP 404", "HTTP 404", "TLS waits for the clock to be set", "HTTP 404"):
        w.reason = reason
        w.setup.each_second(w, NOW)
    assert w.lines == ["HTTP 404", "TLS waits for the clock to be set", "HTTP 404"] and w.events == [201, 207, 201]
