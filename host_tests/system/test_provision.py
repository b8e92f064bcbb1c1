"""`make provision` against the real interpreter over a pty: what the charger reads afterwards, and what is refused before anything is written."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from chargepoint.runtime.provision import Provision
from host_tests.system.fake_board import FakeBoard
from tools import provision
from tools.device import Device, DeviceError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "flash"
    folder.mkdir()
    return folder


def as_read(root: Path) -> tuple[Provision, list[str]]:
    """What the firmware makes of the file, and what it complains about."""
    complaints: list[str] = []
    text = (root / "data" / "provision.txt").read_text("utf-8")
    return Provision(text, lambda level, code, words: complaints.append(words)), complaints


def test_the_firmware_reads_what_was_given(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef\n")
    with FakeBoard(root) as board:
        status = provision.main(
            ["--port", board.port, "--identity", "CP 7/å", "--url", "wss://cs.example:8443/ocpp", "--key-file", str(tmp_path / "key"),
             "--set", "HeartbeatInterval=300", "--time-server", "192.0.2.1", "--no-reset"]
        )  # fmt: skip
    assert status == 0
    read, complaints = as_read(root)
    assert complaints == []
    assert (read.identity, read.url, read.time_server) == ("CP 7/å", "wss://cs.example:8443/ocpp", "192.0.2.1")
    assert sorted(read.factory) == [("AuthorizationKey", "0123456789abcdef0123456789abcdef"), ("HeartbeatInterval", "300")]
    assert "0123456789abcdef" not in capsys.readouterr().out


def test_it_asks_again_until_the_answer_can_be_used(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers = ["", "CP1", "http://cs.example", "ws://cs.example/ocpp", "too short", "a key of 20 letters!", "five", "16", "13"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(answers) + "\n"))
    with FakeBoard(root) as board:
        assert provision.main(["--port", board.port, "--ask", "--no-reset"]) == 0
    read, complaints = as_read(root)
    assert complaints == [] and read.identity == "CP1" and read.url == "ws://cs.example/ocpp"
    assert read.factory == [("AuthorizationKey", "a key of 20 letters!")]
    out = capsys.readouterr().out
    assert "1 to 48" in out and "ws:// or wss://" in out and "16 to 40" in out and "6 to 80 A" in out
    assert (read.rated_ma, read.installation_ma) == (16000, 13000)


def test_root_certificates_arrive_as_der(root: Path, tmp_path: Path) -> None:
    der = b"\x30\x82\x00\x03abc"
    (tmp_path / "ca.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nMIIAA2FiYw==\n-----END CERTIFICATE-----\n" * 2)
    with FakeBoard(root) as board:
        assert provision.main(["--port", board.port, "--identity", "CP1", "--url", "wss://a", "--ca", str(tmp_path / "ca.pem"), "--no-reset"]) == 0
    assert (root / "data" / "roots.der").read_bytes() == der + der


def test_the_restart_is_asked_for(root: Path) -> None:
    with FakeBoard(root) as board:
        assert provision.main(["--port", board.port, "--identity", "CP1", "--url", "ws://a"]) == 0
        starts = board.starts
        with Device(board.port):
            assert board.starts > starts


def test_new_values_replace_old_ones_whole(root: Path) -> None:
    with FakeBoard(root) as board:
        assert provision.main(["--port", board.port, "--identity", "CP1", "--url", "ws://a", "--set", "A=1", "--no-reset"]) == 0
        assert provision.main(["--port", board.port, "--identity", "CP2", "--url", "ws://b", "--no-reset"]) == 0
    read, _ = as_read(root)
    assert (read.identity, read.url, read.factory) == ("CP2", "ws://b", [])
    assert [path.name for path in (root / "data").iterdir()] == ["provision.txt"]


def test_an_interruption_leaves_the_old_values(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeBoard(root) as board:
        assert provision.main(["--port", board.port, "--identity", "CP1", "--url", "ws://a", "--no-reset"]) == 0
        write = Device.write

        def torn(self: Device, path: str, data: bytes, progress: object = None) -> None:
            write(self, path, data[:10])
            raise DeviceError("the cable was pulled")

        monkeypatch.setattr(Device, "write", torn)
        assert provision.main(["--port", board.port, "--identity", "CP2", "--url", "ws://b", "--no-reset"]) == 1
    assert as_read(root)[0].identity == "CP1"


def test_what_cannot_be_used_is_refused_before_the_board_is_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad").write_text("no certificate")
    for arguments, words in (
        (["--identity", "x" * 49, "--url", "ws://a"], "1 to 48"),
        (["--identity", "CP1", "--url", "https://a"], "ws:// or wss://"),
        (["--identity", "CP1", "--url", "wss://user:secret@a"], "AuthorizationKey"),
        (["--identity", "CP1", "--url", "ws://a:99999"], "no URL"),
        (["--identity", "CP1", "--url", "ws://a", "--set", "nonsense"], "KEY=VALUE"),
        (["--identity", "CP1", "--url", "ws://a", "--ca", str(tmp_path / "bad")], "no certificate"),
    ):
        assert provision.main(["--port", "/dev/there_is_no_such_port", *arguments]) == 1
        assert words in capsys.readouterr().err
