"""An HTTP server on loopback that a charger fetches files from, well behaved or not; it knows Range, and counts what it was asked for."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class FileServer:
    """Serves `files` by their name. `cut_at`: bytes after which each answer breaks off; `asked`: (path, first byte) of each request."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut_at: int | None = None
        self.status = 200
        self.asked: list[tuple[str, int]] = []
        outer = self

        class Request(BaseHTTPRequestHandler):
            """One request."""

            def do_GET(self) -> None:
                """Answer it."""
                outer._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def url(self, name: str) -> str:
        """The address of a file."""
        return "http://127.0.0.1:%d/%s" % (self._server.server_address[1], name)

    def offer(self, name: str, data: bytes) -> str:
        """Serve a file and return its address."""
        self.files[name] = data
        return self.url(name)

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        found = re.match(r"bytes=(\d+)-", request.headers.get("Range", ""))
        first = int(found.group(1)) if found else 0
        self.asked.append((request.path, first))
        data = self.files.get(request.path[1:])
        if data is None or self.status != 200:
            request.send_error(404 if data is None else self.status)
            return
        request.send_response(206 if found else 200)
        if found:
            request.send_header("Content-Range", "bytes %d-%d/%d" % (first, len(data) - 1, len(data)))
        request.send_header("Content-Length", str(len(data) - first))
        request.end_headers()
        rest = data[first:]
        try:
            request.wfile.write(rest if self.cut_at is None else rest[: self.cut_at])
        except OSError:
            pass  # it was the charger that broke off
        request.close_connection = True

    def close(self) -> None:
        """Give everything back."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> FileServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
