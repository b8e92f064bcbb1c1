"""A board on a serial port, played by the unix interpreter behind a pty: official MicroPython, its own file system, boot.py and main.py.

The interpreter's `/` is a folder of the test, so that files land where a board would put them. A process of the interpreter ends at a soft
reset and at machine.reset(); then the next one starts, as a board does.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import tty
from pathlib import Path

START = Path(__file__).with_name("fake_board_start.py")
SHIM = Path(__file__).with_name("fake_board_modules")


class FakeBoard:
    """Use as a context manager; `port` is what mpremote connects to.

    Attributes: `starts`, how often the interpreter was started; `output`, everything that it printed.
    """

    def __init__(self, root: Path, platform: str = "linux") -> None:
        self.root = root
        self.starts = 0
        self.output = b""
        self._platform = platform
        self._ending = False
        self._raw = False
        self._host, self._port_end = pty.openpty()
        tty.setraw(self._port_end)
        self.port = os.ttyname(self._port_end)
        self._thread = threading.Thread(target=self._bridge, daemon=True)

    def __enter__(self) -> FakeBoard:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending = True
        self._thread.join(10)
        os.close(self._host)
        os.close(self._port_end)

    def _start(self, main: bool) -> tuple[subprocess.Popen[bytes], int]:
        inner, child_end = pty.openpty()
        tty.setraw(child_end)
        command = [sys.executable, "-c", "import sys, micropython_unix; sys.argv[0] = 'micropython'; sys.exit(micropython_unix.main())"]
        environment = dict(os.environ, MICROPYPATH=str(SHIM) + os.pathsep + ".frozen")
        process = subprocess.Popen(
            [*command, "-i", str(START), str(self.root), "main" if main else "raw", self._platform],
            stdin=child_end, stdout=child_end, stderr=child_end, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(child_end)
        self.starts += 1
        return process, inner

    def _bridge(self) -> None:
        """Pass bytes to and fro; restart the interpreter when it has ended."""
        process, inner = self._start(True)
        while not self._ending:
            for ready in select.select([self._host, inner], [], [], 0.05)[0]:
                if ready == self._host:
                    self._pass_on(process, inner, os.read(self._host, 1024))
                    continue
                try:
                    data = os.read(inner, 4096)
                except OSError:
                    data = b""
                if data:
                    # A board's console sends CR LF, the unix interpreter LF.
                    data = re.sub(rb"(?<!\r)\n", b"\r\n", data)
                    self.output += data
                    os.write(self._host, data)
                    continue
                hard = process.wait() == 3
                os.close(inner)
                if hard:
                    self._raw = False
                else:
                    os.write(self._host, b"MPY: soft reboot\r\n")
                process, inner = self._start(not self._raw)
                if self._raw:
                    os.write(inner, b"\x01")
        process.kill()
        process.wait()
        os.close(inner)

    def _pass_on(self, process: subprocess.Popen[bytes], inner: int, data: bytes) -> None:
        for byte in data:
            if byte == 3 and _catches_sigint(process.pid):
                process.send_signal(signal.SIGINT)
                continue
            if byte in (1, 2):
                self._raw = byte == 1
            os.write(inner, bytes((byte,)))


def _catches_sigint(pid: int) -> bool:
    """Whether the interpreter is executing something: in its prompt it reads Ctrl-C as a byte, and the signal would end it."""
    found = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return found is not None and bool(int(found.group(1), 16) & 1 << signal.SIGINT - 1)
