"""wss:// end to end: the virtual charger on MicroPython, a central system with a certificate, roots from `--ca`, and where the clock comes from."""

from __future__ import annotations

import base64
import datetime
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.rig.central import CentralSystem
from host_tests.rig.rig import VALID, Rig
from host_tests.rig.states import boot_statuses, charging, stopped
from tools.csms.certificate import make_certificates, server_context

NTP_TO_UNIX_S = 2208988800
NOW = datetime.datetime.now(datetime.timezone.utc)
KEY = "0123456789abcdef"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders with a root and a server certificate each: good, foreign (another root), other-name, expired."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder / "good")
    make_certificates(folder / "foreign")
    make_certificates(folder / "other-name", names=("other.test",))
    make_certificates(folder / "expired", valid_from=NOW - datetime.timedelta(days=30), days=10)
    return folder


@pytest.fixture
def rigs() -> Iterator["RigMaker"]:
    """Make rigs; give them back."""
    maker = RigMaker()
    yield maker
    maker.close()


class RigMaker:
    """Rigs with a TLS central system; each is closed at the end."""

    def __init__(self) -> None:
        self._rigs: list[Rig] = []

    def __call__(self, server: Path, product: str = "full") -> Rig:
        self._rigs.append(Rig(product, central=CentralSystem(tls=server_context(server))))
        return self._rigs[-1]

    def close(self) -> None:
        """Give back every rig."""
        for rig in self._rigs:
            rig.close()


def _log(rig: Rig) -> str:
    return rig.charger.log_path.read_text("utf-8", "replace")


def _session(rig: Rig) -> None:
    """A whole session, over whatever the link is."""
    session = charging(rig)
    rig.wait(5)
    rig.tap(VALID)
    stopped(rig, session, reason="Local")


@pytest.mark.parametrize("file", ["root.der", "root.pem"])
def test_a_session_over_tls(rigs: RigMaker, certificates: Path, file: str) -> None:
    """With the root in either form, `full` boots, plays a session and presents its AuthorizationKey."""
    rig = rigs(certificates / "good")
    rig.switch_on(settings={"AuthorizationKey": KEY}, options=("--ca", str(certificates / "good" / file)))
    rig.expect("BootNotification", within=60)
    boot_statuses(rig)
    rig.configure(AuthorizeRemoteTxRequests=False)
    _session(rig)
    assert {dial.authorization for dial in rig.central.dials} == {"Basic " + base64.b64encode(b"PILOT-1:" + KEY.encode()).decode()}
    assert "certificates are checked with the time from: board" in _log(rig)
    rig.finish_case()


@pytest.mark.parametrize(
    ("server", "reason"),
    [("foreign", "not correctly signed by the trusted CA"), ("other-name", "Common Name"), ("expired", "expired")],
)
def test_a_certificate_that_does_not_check_is_refused_and_charging_goes_on(rigs: RigMaker, certificates: Path, server: str, reason: str) -> None:
    """The reason is in the log, nothing of OCPP leaves the charger, a card charges offline, and it dials again and again."""
    root = "good" if server == "foreign" else server
    rig = rigs(certificates / server)
    rig.switch_on(settings={"AllowOfflineTxForUnknownId": "true"}, options=("--ca", str(certificates / root / "root.der")))
    rig.wait_until(lambda: reason in _log(rig), 60, "the reason in the log")
    rig.plug()
    rig.wait(2)
    rig.tap(VALID)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 30, "charges offline")
    rig.wait(60)
    assert not rig.central.dials and not rig.central.record
    assert rig.charger.connector()["contactor"] == "closed"


def test_it_redials_and_gets_through_once_the_certificate_is_right(rigs: RigMaker, certificates: Path, tmp_path: Path) -> None:
    """The central system's certificate is replaced on the same port: nobody has to touch the charger."""
    bad, good = rigs(certificates / "foreign"), certificates / "good"
    bad.switch_on(options=("--ca", str(good / "root.der")))
    bad.wait_until(lambda: "correctly signed" in _log(bad), 60, "the reason in the log")
    bad.central.stop_listening()
    bad.central._tls = server_context(good)
    bad.central.listen()
    bad.expect("BootNotification", within=120)
    boot_statuses(bad)
    bad.finish_case()


class TimeServer:
    """An SNTP server on loopback; `shift_s` makes it wrong, `silent` makes it say nothing."""

    def __init__(self, shift_s: int = 0, silent: bool = False) -> None:
        self.asked = 0
        self._shift_s = shift_s
        self._silent = silent
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            data, address = self._socket.recvfrom(256)
            if data == b"end":
                return
            self.asked += 1
            if not self._silent:
                stamp = struct.pack(">I", (int(time.time()) + self._shift_s + NTP_TO_UNIX_S) & 0xFFFFFFFF) + bytes(4)
                self._socket.sendto(bytes((0x24, 2, 0, 0)) + bytes(20) + data[40:48] + stamp + stamp, address)

    def close(self) -> None:
        """End it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"end", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def time_servers() -> Iterator[list[TimeServer]]:
    """Time servers that are ended afterwards."""
    servers: list[TimeServer] = []
    yield servers
    for server in servers:
        server.close()


def test_without_a_battery_it_asks_sntp_before_it_connects(rigs: RigMaker, certificates: Path, time_servers: list[TimeServer]) -> None:
    """A fresh charger without the time makes no connection; it gets the time by SNTP, connects, and plays a session. OCPP's times are the
    central system's."""
    time_servers.append(TimeServer())
    rig = rigs(certificates / "good", "lecs007")
    rig.switch_on(options=("--ca", str(certificates / "good" / "root.der"), "--rtc", "none", "--time-server", time_servers[0].address))
    rig.expect("BootNotification", within=60)
    boot_statuses(rig)
    assert time_servers[0].asked >= 1 and "certificates are checked with the time from: SNTP" in _log(rig)
    _session(rig)
    rig.finish_case()


def test_without_any_clock_there_is_no_connection(
    rigs: RigMaker, certificates: Path, time_servers: list[TimeServer], tmp_path: Path
) -> None:
    """A charger that never knew the time waits for SNTP as long as it takes and charges offline; one that knew it goes on with the last time
    it knew when nobody tells a newer one. SNTP cannot turn the clock back behind that time."""
    time_servers.append(TimeServer(silent=True))
    rig = rigs(certificates / "good")
    options = ("--ca", str(certificates / "good" / "root.der"), "--rtc", "none", "--time-server")
    rig.switch_on(options=(*options, time_servers[0].address), flash=tmp_path / "flash", settings={"AllowOfflineTxForUnknownId": "true"})
    rig.wait_until(lambda: "TLS waits for the clock to be set" in _log(rig), 30, "the log says what it waits for")
    rig.plug()
    rig.wait(2)
    rig.tap(VALID)
    rig.wait_until(lambda: rig.charger.connector()["contactor"] == "closed", 30, "charges offline")
    rig.wait(150)
    assert not rig.central.accepted and time_servers[0].asked > 10
    rig.switch_off()

    time_servers.append(TimeServer())  # the next start knows the time, and the central system tells it
    rig.switch_on(options=(*options, time_servers[1].address), flash=tmp_path / "flash")
    rig.expect("BootNotification", within=60)
    rig.wait_until(lambda: not rig.central.open_transactions() and rig.central.transactions, 120, "the offline session is delivered")
    rig.wait(3)
    rig.switch_off()

    time_servers.append(TimeServer(shift_s=-366 * 86400 * 4))  # a forged time, before the last known one
    rig.start_case()
    rig.switch_on(options=(*options, time_servers[2].address), flash=tmp_path / "flash")
    rig.expect("BootNotification", within=120)
    log = _log(rig)
    assert "the time is before the last one known" in log and "certificates are checked with the time from: last known time" in log


def test_a_product_without_the_key_authenticates_all_the_same(tmp_path: Path) -> None:
    """lecs007 has no configuration key AuthorizationKey by its certificate, and uses the provisioned secret at every boot without showing it."""
    rig = Rig("lecs007")
    try:
        rig.switch_on(settings={"AuthorizationKey": KEY}, flash=tmp_path / "flash")
        rig.expect("BootNotification", within=60)
        boot_statuses(rig)
        assert "AuthorizationKey" not in rig.configuration()
        assert rig.call("GetConfiguration", key=["AuthorizationKey"]).payload == {"configurationKey": [], "unknownKey": ["AuthorizationKey"]}
        rig.call_expecting("NotSupported", "ChangeConfiguration", key="AuthorizationKey", value="f" * 16)
        rig.power_cycle()
        rig.expect("BootNotification", within=60)
        assert len(rig.central.dials) == 2
        assert {dial.authorization for dial in rig.central.dials} == {"Basic " + base64.b64encode(b"PILOT-1:" + KEY.encode()).decode()}
        assert KEY not in _log(rig)
    finally:
        rig.close()
