"""A real FTP server (pyftpdlib) on loopback, with a folder of its own for a user `u:p`."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

from pyftpdlib.authorizers import DummyAuthorizer  # type: ignore[import-untyped]
from pyftpdlib.handlers import FTPHandler  # type: ignore[import-untyped]
from pyftpdlib.ioloop import IOLoop  # type: ignore[import-untyped]
from pyftpdlib.servers import FTPServer as Server  # type: ignore[import-untyped]


class FtpServer:
    """Serves `folder`; the user may read and write there."""

    def __init__(self, folder: Path) -> None:
        authorizer = DummyAuthorizer()
        authorizer.add_user("u", "p", str(folder), perm="elradfmw")
        self._loop = IOLoop()
        handler = type("Handler", (FTPHandler,), {"authorizer": authorizer})
        self._server = Server(("127.0.0.1", 0), handler, ioloop=self._loop)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._is_over.is_set():
            self._server.serve_forever(timeout=0.05, blocking=False)
        self._server.close_all()

    def url(self, path: str) -> str:
        """The address of a file or folder, with the password."""
        return "ftp://u:p@127.0.0.1:%d/%s" % (self._server.address[1], path)

    def __enter__(self) -> FtpServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join()
