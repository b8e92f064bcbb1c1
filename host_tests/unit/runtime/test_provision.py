"""Provisioning text: what is used, what is refused and how it is said."""

from chargepoint.runtime.provision import Provision, read_roots, read_text
from host_tests.faults.volume_model import FlashModel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _parse(text: "Any") -> "Any":
    lines = []
    return Provision(text, lambda level, code, text: lines.append(text)), lines


def test_good_lines() -> None:
    text = "# comment\r\nCentralSystemURL = wss://cs.example/ocpp\n\nIdentity=CP 1=ä\nHeartbeatInterval=60\nAuthorizationKey=a=b\n"
    setup, lines = _parse(text + "TimeServer=10.0.0.1")
    assert setup.url == "wss://cs.example/ocpp" and setup.identity == "CP 1=ä" and setup.time_server == "10.0.0.1"
    assert setup.factory == [("HeartbeatInterval", "60"), ("AuthorizationKey", "a=b")] and lines == []


def test_the_secret_of_a_product_without_that_key_is_no_factory_value() -> None:
    lines = []
    setup = Provision("AuthorizationKey=secret\nHeartbeatInterval=5", lambda level, code, text: lines.append(text), "HeartbeatInterval=20\n")
    assert setup.key == "secret" and setup.factory == [("HeartbeatInterval", "5")]
    assert not [line for line in lines if "secret" in line] and _parse("AuthorizationKey=a")[0].key == ""


def test_bad_lines_are_named_and_left_out() -> None:
    setup, lines = _parse("CentralSystemURL=http://x\nnonsense\n=5\nIdentity=\nMeter ValueSampleInterval=1")
    assert setup.url == "" and setup.identity == "" and setup.factory == []
    assert [line[:7] for line in lines] == ["line 1:", "line 2 ", "line 3 ", "line 4:", "line 5 ", "no Cent"]


def _quiet(level: int, code: str, text: str) -> None:
    pass


class _Hardware:
    provision: "Any" = None


def test_the_board_goes_before_the_file_and_nothing_is_no_error() -> None:
    flash = FlashModel()
    hardware = _Hardware()
    assert read_text(hardware, flash, _quiet) == ""
    flash.files["provision.txt"] = bytearray(b"Identity=file")
    assert read_text(hardware, flash, _quiet) == "Identity=file"
    hardware.provision = lambda: None
    assert read_text(hardware, flash, _quiet) == "Identity=file"
    hardware.provision = lambda: "Identity=board"
    assert read_text(hardware, flash, _quiet) == "Identity=board"


def test_roots_are_split_and_a_pem_file_is_named() -> None:
    lines = []

    def log(level: "Any", code: "Any", text: "Any") -> None:
        lines.append(text)

    flash = FlashModel()
    one = b"\x30\x82\x01\x00" + bytes(256)
    two = b"\x30\x82\x00\x10" + bytes(16)
    flash.files["roots.der"] = bytearray(one + two)
    assert read_roots(_Hardware(), flash, log) == [one, two] and lines == []
    flash.files["roots.der"] = bytearray(b"-----BEGIN CERTIFICATE-----")
    assert read_roots(_Hardware(), flash, log) == [] and "openssl" in lines[0]


class _Heard:
    """A log that keeps the words."""

    def __init__(self, said: "list[str]") -> None:
        self._said = said

    def __call__(self, level: int, code: str, words: str) -> None:
        self._said.append(words)


class _Board:
    """A board built for 32 A."""

    limits = {"most_ma": 32000}

    def __init__(self, calibrated: bool = True) -> None:
        self.connectors = [_Connector(calibrated)]


class _Connector:
    rated_ma = 0

    def __init__(self, calibrated: bool) -> None:
        self.calibrated = calibrated


def test_the_least_of_rating_installation_and_board_counts_and_nothing_is_assumed() -> None:
    for text, wanted_ma in (
        ("", 0),
        ("RatedCurrent=16\n", 16000),
        ("RatedCurrent=16\nInstallationLimit=10\n", 10000),
        ("RatedCurrent=16\nInstallationLimit=25\n", 16000),
        ("RatedCurrent=63\n", 32000),
        ("InstallationLimit=16\n", 0),
        ("RatedCurrent=5\n", 0),
        ("RatedCurrent=-16\n", 0),
        ("RatedCurrent=16.5\n", 0),
        ("RatedCurrent=999999999999\n", 0),
    ):
        provision, said = _parse(text)
        board = _Board()
        provision.rate(board, _Heard(said))
        assert board.connectors[0].rated_ma == wanted_ma, text
        assert wanted_ma or any(["RatedCurrent" in words for words in said])


def test_a_bench_may_charge_uncalibrated_and_nobody_else() -> None:
    override = "BenchWithoutCalibration=true"
    for text, calibrated, bench in (("", True, False), ("", False, False), (override, False, True), (override, True, False)):
        board = _Board(calibrated)
        assert _parse("RatedCurrent=16\n" + text)[0].rate(board, _Heard([])) is bench
        assert board.connectors[0].calibrated is (calibrated or bench)


def test_a_file_that_is_too_large_or_no_text_is_named_and_left_out() -> None:
    lines = []

    def log(level: "Any", code: "Any", text: "Any") -> None:
        lines.append(text)

    flash = FlashModel()
    flash.files["provision.txt"] = flash.files["roots.der"] = bytearray(50000)
    assert read_text(_Hardware(), flash, log) == "" and read_roots(_Hardware(), flash, log) == []
    assert ["50000 bytes" in line for line in lines] == [True, True] and flash.longest_read == 0
    flash.files["provision.txt"] = bytearray(b"Identity=\xff")
    assert read_text(_Hardware(), flash, log) == "" and "UTF-8" in lines[-1]
