"""Diagnostics: TC_045_1_CS, TC_045_2_CS, against real servers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from host_tests.rig.ftp_server import FtpServer
from host_tests.rig.rig import Rig

UPLOAD_S = 120


class Uploads:
    """Keeps what comes by PUT, or by POST where that is all it knows; `status` is another answer than 201."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.methods: tuple[str, ...] = ("PUT", "POST")
        self.status = 201
        outer = self

        class Request(BaseHTTPRequestHandler):
            """One request."""

            def do_PUT(self) -> None:
                """Answer it."""
                outer._answer(self)

            do_POST = do_PUT

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = "http://127.0.0.1:%d" % self._server.server_address[1]

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        data = request.rfile.read(int(request.headers["Content-Length"]))
        self.asked.append("%s %s" % (request.command, request.path))
        status = self.status if request.command in self.methods else 405
        if status == 201:
            self.files[request.path] = data
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def close(self) -> None:
        """Give everything back."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def uploads() -> Iterator[Uploads]:
    """An HTTP server for what chargers send."""
    server = Uploads()
    yield server
    server.close()


def statuses(rig: Rig, *words: str) -> None:
    """The statuses that come now, one after the other, and nothing besides."""
    for word in words:
        rig.expect("DiagnosticsStatusNotification", within=UPLOAD_S, status=word)


def is_complete(data: bytes) -> None:
    """Every part of the file is there, and no secret."""
    for part in (b"[versions]", b"[configuration]", b"[records]", b"[queue]", b"[dead letters]", b"[event log]", b"[end]"):
        assert part in data
    assert b"HeartbeatInterval" in data and b"AuthorizationKey                     (not shown" in data


@pytest.mark.parametrize("methods", [("PUT", "POST"), ("POST",)])
def test_tc_045_1_cs_get_diagnostics(rig: Rig, uploads: Uploads, methods: tuple[str, ...]) -> None:
    """Into a folder, under the name that the answer has."""
    uploads.methods = methods
    name = rig.call("GetDiagnostics", location=uploads.url + "/logs/")["fileName"]
    statuses(rig, "Uploading", "Uploaded")
    assert list(uploads.files) == ["/logs/" + name]
    is_complete(uploads.files["/logs/" + name])


def test_tc_045_1_cs_over_ftp(rig: Rig, tmp_path: Path) -> None:
    """Into a folder that the address does not mark as one."""
    (tmp_path / "logs").mkdir()
    with FtpServer(tmp_path) as server:
        name = rig.call("GetDiagnostics", location=server.url("logs"))["fileName"]
        statuses(rig, "Uploading", "Uploaded")
    is_complete((tmp_path / "logs" / name).read_bytes())


def test_tc_045_2_cs_upload_failed(rig: Rig) -> None:
    """There is no such server."""
    assert rig.call("GetDiagnostics", location="ftp://127.0.0.1:9/files/failedLocation", retries=0)["fileName"]
    statuses(rig, "Uploading", "UploadFailed")
    rig.expect_nothing(20)


@pytest.mark.parametrize("status", [404, 503])
def test_tc_045_2_cs_refused(rig: Rig, uploads: Uploads, status: int) -> None:
    """Each try asks once, the status is told once."""
    uploads.status = status
    rig.call("GetDiagnostics", location=uploads.url + "/d/log.txt", retries=2, retryInterval=5)
    statuses(rig, "Uploading", "UploadFailed")
    assert uploads.asked == ["PUT /d/log.txt"] * 3


def test_no_diagnostics_of_an_impossible_time(rig: Rig, uploads: Uploads) -> None:
    """The answer has no fileName, and nothing is sent."""
    answer = rig.call("GetDiagnostics", location=uploads.url + "/", startTime="2025-03-02T12:00:00Z", stopTime="2025-03-01T12:00:00Z")
    assert answer.get("fileName") is None
    rig.expect_nothing(20)
    assert not uploads.asked
