"""Dialling: every way in which a connection does not come about, and what is tried next."""

from chargepoint.runtime.link.backoff import backoff_ms
from host_tests.portable import raises
from host_tests.unit.runtime.link.link_world import URL, World


def refusal(w: "World", answer: bytes) -> str:
    """Give this answer to the handshake; the reason then."""
    w.head()
    w.stream.to_charger += answer
    w.run(100)
    return w.link.reason


def test_backoff_grows_with_jitter_to_a_cap() -> None:
    """About 2, 4, ... 64 s, each between half and one and a half times that."""
    for value in (0, 0x80, 0xFF):
        for failures, nominal_ms in enumerate((2000, 4000, 8000, 16000, 32000, 64000, 64000, 64000)):
            wait_ms = backoff_ms(failures, bytes([value, value]))
            assert nominal_ms // 2 <= wait_ms < nominal_ms * 3 // 2
            if value == 0:
                assert wait_ms == nominal_ms // 2
    assert backoff_ms(1 << 29, b"ab") < 96000


def test_fleet_does_not_come_back_in_step() -> None:
    """Different random bytes give different waits."""
    waits = [backoff_ms(0, bytes([value, 0])) for value in range(0, 256, 16)]
    assert max(waits) - min(waits) > 1500
    for i in range(1, len(waits)):
        assert waits[i] > waits[i - 1]


def test_waits_grow_while_refused() -> None:
    """Ten minutes of a refusing port: a dozen attempts or so, not hundreds; then it goes through."""
    w = World()
    w.open_error = OSError(111)
    w.configure()
    w.run(600000)
    assert w.streams == [] and w.heard() == []
    assert 8 <= w.resolved <= 20 and "111" in w.link.reason
    w.open_error = None
    w.run_until_dialled()
    w.accept()
    w.run(100)
    assert w.link.online


def test_backoff_is_reset_after_a_stable_time_only() -> None:
    """A connection that falls at once counts as a failure; one that held for a minute does not."""
    for stable_s, quick in ((5, False), (70, True)):
        w = World()
        w.open_error = OSError(111)
        w.configure(ping_interval_s=0)
        w.run(120000)
        w.open_error = None
        w.run_until_dialled()
        w.accept()
        w.run(100)
        assert w.link.online
        w.run(stable_s * 1000)
        w.send(b"", opcode=10)
        w.run(10)
        count = len(w.streams)
        w.stream.ended = True
        w.run(3500)
        assert (len(w.streams) > count) == quick, stable_s


def test_a_central_system_that_accepts_us_is_dialled_again_soon() -> None:
    """However long it was away and however soon it drops us each time: never longer than 12 s; without acceptance up to 96 s."""
    for accepted in (True, False):
        w = World()
        w.open_error = OSError(111)
        w.configure(ping_interval_s=0)
        w.run(400000)
        w.open_error = None
        waits_ms = []
        for _ in range(8):
            began = w.now
            w.run_until_dialled()
            waits_ms.append((w.now - began) & 0x3FFFFFFF)
            w.accept()
            w.run(100)
            if accepted:
                w.link.on_accepted()
            w.run(5000)
            w.stream.ended = True
            w.run(10)
        if accepted:
            assert waits_ms[1] <= 4000 and max(waits_ms[1:]) <= 13000, waits_ms
            assert max(waits_ms[3:]) >= 4000, waits_ms  # and yet it does not hammer
        else:
            assert min(waits_ms[1:]) >= 31000, waits_ms


def test_refused_dials_after_an_accepted_connection_grow_from_the_beginning() -> None:
    """The cap of 64 s is for a central system that is not there."""
    w = World()
    w.open()
    w.link.on_accepted()
    w.stream.ended = True
    w.open_error = OSError(111)
    w.run(600000)
    assert 8 <= w.link._dial.backoff.failures <= 20


def test_name_look_up_fails() -> None:
    """The errno may be text; the name is asked again next time."""
    w = World()
    for error in (OSError("[addrinfo error -2]"), OSError(-2), IndexError("list index out of range")):
        w.resolve_error = error
        w.configure()
        w.run(5000)
        assert "look-up of csms.test failed" in w.link.reason
    assert w.streams == []


def test_the_address_is_kept_while_it_works() -> None:
    """A look-up blocks, so it is not repeated after a connection that worked; it is after one that could not be made."""
    w = World()
    w.open()
    assert w.resolved == 1
    w.stream.ended = True
    w.instant = False
    w.run(4000)
    assert w.resolved == 1 and len(w.streams) == 2
    w.stream.connect_error = OSError(113)
    w.run(100)
    assert "connecting failed" in w.link.reason and "113" in w.link.reason
    w.run(10000)
    assert w.resolved == 2


def test_connect_times_out() -> None:
    """Nobody answers the SYN."""
    w = World()
    w.instant = False
    w.configure()
    w.run(15000)
    assert "no connection in time" in w.link.reason and w.streams[0].is_closed


def test_request_not_taken_times_out() -> None:
    """A TLS handshake that never ends, or a peer that takes nothing."""
    w = World()
    w.instant = False
    w.configure()
    w.run(100)
    w.stream.takes = 10
    w.stream.is_connected = True
    w.run(20500)
    assert "in time" in w.link.reason and "TLS" in w.link.reason and w.streams[0].is_closed


def test_no_answer_to_the_handshake_times_out() -> None:
    """Silence, or half an answer."""
    for part in (b"", b"HTTP/1.1 101 Switching"):
        w = World()
        w.configure()
        w.run(100)
        w.stream.to_charger += part
        w.run(15500)
        assert "no answer to the handshake in time" in w.link.reason and w.streams[0].is_closed


def test_refusals_have_their_own_words() -> None:
    """HTTP statuses are told apart and kept as numbers."""
    for status, word in ((401, "AuthorizationKey"), (403, "forbidden"), (404, "identity"), (302, "wss://new/"), (503, "unavailable")):
        w = World()
        w.configure()
        w.run(100)
        reason = refusal(w, b"HTTP/1.1 %d X\r\nLocation: wss://new/\r\n\r\n" % status)
        assert word in reason and w.link.status == status, reason
        assert w.streams[0].is_closed and w.heard() == []


def test_something_else_answers() -> None:
    """Not HTTP, a wrong Accept, a head without end, the end of the stream."""
    for answer, word in (
        (b"SSH-2.0-x\r\n\r\n", "no HTTP server"),
        (b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n", "Accept"),
        (b"HTTP/1.1 101 X\r\n" + b"A: b\r\n" * 1000, "too long"),
    ):
        w = World()
        w.configure()
        w.run(100)
        assert word in refusal(w, answer)
    w = World()
    w.configure()
    w.run(100)
    w.stream.ended = True
    w.run(100)
    assert "closed" in w.link.reason


def test_no_subprotocol_is_refused() -> None:
    """A central system that echoes none may speak anything."""
    w = World()
    w.configure()
    w.run(100)
    w.accept()
    w.stream.to_charger = w.stream.to_charger.replace(b"\r\nSec-WebSocket-Protocol: ocpp1.6", b"")
    w.run(100)
    assert not w.link.online and "subprotocol" in w.link.reason


def authorization(w: "World") -> bytes:
    """The password of the newest request."""
    from binascii import a2b_base64

    for line in w.head().split(b"\r\n"):
        if line.startswith(b"Authorization: Basic "):
            return a2b_base64(line[21:]).split(b":", 1)[1]
    return b""


def test_both_readings_of_a_key_are_tried_after_401() -> None:
    """First the likelier form, the other one once, then the first again for good."""
    key = b"4F43415F4F4354545F61646D696E5F74657374"
    plain = b"OCA_OCTT_admin_test"
    w = World()
    w.configure(auth_key=key)
    w.run(100)
    tried = []
    for _ in range(5):
        count = len(w.streams)
        tried.append(authorization(w))
        w.stream.to_charger += b"HTTP/1.1 401 Unauthorized\r\n\r\n"
        w.run_until_dialled()
        assert len(w.streams) == count + 1
    assert tried == [plain, key, plain, plain, plain]


def test_the_key_that_worked_is_the_last_resort() -> None:
    """A new AuthorizationKey that the central system does not know yet does not lock the charger out."""
    w = World()
    w.configure(auth_key=b"the old password")
    w.run(100)
    w.accept()
    w.run(100)
    w.configure(auth_key=b"the new password")
    w.link.reconnect(w.now, "new AuthorizationKey")
    w.run(3000)
    assert authorization(w) == b"the new password"
    w.stream.to_charger += b"HTTP/1.1 401 Unauthorized\r\n\r\n"
    w.run(10000)
    assert authorization(w) == b"the old password"


def test_no_key_no_header() -> None:
    """Without a key there is no Authorization, and a 401 changes nothing."""
    w = World()
    w.configure(auth_key=None)
    w.run(100)
    assert b"Authorization" not in w.stream.from_charger
    assert "no AuthorizationKey is set" in refusal(w, b"HTTP/1.1 401 Unauthorized\r\n\r\n")
    w.run(10000)
    assert len(w.streams) >= 2 and b"Authorization" not in w.stream.from_charger


def test_identity_is_encoded() -> None:
    """The request line."""
    w = World()
    w.configure(identity="CP 1/\xe9")
    w.run(100)
    assert w.stream.from_charger.startswith(b"GET /ocpp/CP%201%2F%C3%A9 HTTP/1.1\r\nHost: csms.test:9000\r\n")


def test_tls_waits_for_the_clock() -> None:
    """Without the time no certificate can be checked: nothing is dialled, and the reason says so."""
    clock = [False]
    w = World(clock_is_set=lambda: clock[0])
    w.configure(url="wss://csms.test/ocpp")
    w.run(60000)
    assert w.streams == [] and "clock" in w.link.reason
    clock[0] = True
    w.run(2100)
    assert len(w.streams) == 1 and w.contexts == ["context"]


def test_tls_context_is_made_once() -> None:
    """A changed setting must not cost a second context while the roots are the same."""
    w = World(clock_is_set=lambda: True)
    made = w.link._connection.transport._tls_context = object()
    roots = w.link._connection.transport._tls_roots = [b"root"]
    w.configure(url="wss://csms.test/ocpp", tls_roots=roots)
    w.configure(url="wss://csms.test/ocpp", tls_roots=roots, ping_interval_s=20)
    w.run(100)
    assert w.contexts == [made]


def test_no_dialling_without_a_cable() -> None:
    """The cable comes back: dialled within three seconds, however long it was out."""
    w = World()
    w.cable_state = False
    w.configure()
    w.run(600000)
    assert w.streams == [] and w.resolved == 0 and "cable" in w.link.reason
    w.cable_state = True
    w.run(3300)
    assert len(w.streams) == 1


def test_bad_addresses_are_refused_at_once() -> None:
    """Configuration errors are said when they are made."""
    w = World()
    raises(ValueError, w.link.configure, "http://x", "CP1", None)
    assert w.link.closed


def test_a_request_that_does_not_fit() -> None:
    """A send buffer too small for the request is said in words."""
    w = World(tx_size=100)
    w.configure()
    w.run(100)
    assert "too long" in w.link.reason


def test_a_new_address_takes_effect_on_reconnect() -> None:
    """The old connection stays until then."""
    w = World()
    w.open()
    w.configure(url="ws://other.test/x")
    w.run(1000)
    assert len(w.streams) == 1 and w.link.online
    w.link.reconnect(w.now, "address changed")
    w.run(3000)
    assert w.stream.from_charger.startswith(b"GET /x/CP1 ") and b"Host: other.test\r\n" in w.stream.from_charger
    assert URL not in str(w.stream.from_charger)


def test_mbedtls_out_of_memory_is_said_as_that() -> None:
    """Its numbers for it; other numbers stay what they are, a bad certificate above all."""
    for error, memory in (
        (OSError(-32512), True),  # SSL
        (OSError(-17168), True),  # RSA private operation + big numbers
        (OSError(-0x2880), True),  # X.509
        (OSError(-0x3F80 - 0x10), True),
        (OSError(-0x2180 - 0x6A), True),  # X.509 + ASN.1
        (OSError(12), True),
        (OSError(-12), True),
        (MemoryError("memory allocation failed, allocating 16717 bytes"), True),
        (OSError(-9984), False),  # certificate verification failed
        (OSError(104), False),
        (OSError(-30592), False),  # fatal alert
        (OSError("text"), False),
        (OSError(), False),
        (ValueError("The certificate is not correctly signed by the trusted CA"), False),
    ):
        w = World(clock_is_set=lambda: True)
        w.configure(url="wss://csms.test/ocpp")
        w.instant = False
        w.run(10)
        w.stream.connect_error = error
        w.run(100)
        assert ("out of memory" in w.link.reason) == memory, (error, w.link.reason)
        assert type(error).__name__ in w.link.reason


def test_no_memory_for_tls_is_a_reason_and_is_tried_again() -> None:
    """A full heap keeps the link down, never the charger."""
    w = World(clock_is_set=lambda: True)
    w.tls_error = MemoryError("allocating 17000 bytes")
    w.configure(url="wss://csms.test/ocpp")
    w.run(1000)
    assert not w.streams and "MemoryError" in w.link.reason
    w.tls_error = None
    w.run(5000)
    assert w.contexts == ["context"]
