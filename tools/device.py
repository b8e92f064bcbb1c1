"""A board on a serial port, reached with mpremote's own transport: what `make flash` and `make provision` need of it."""

from __future__ import annotations

import ast
import base64
import hashlib
import os
from collections.abc import Callable
from typing import Any

from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

CHUNK_BYTES = 1024
_EBUSY = "contactor is closed"


class DeviceError(Exception):
    """Something about the board or the connection, in words for the one who holds the cable."""


class Device:
    """A board whose REPL answers; a context manager that lets go of the port.

    The board may run an official MicroPython without anything on it, or a Pilotline charger: that one keeps running, as its own REPL
    answers (firmware/chargepoint/runtime/console/repl_session.py).
    """

    def __init__(self, port: str) -> None:
        """Open the port and get the REPL's attention. Raises DeviceError."""
        self.port = port
        try:
            self._transport = SerialTransport(os.path.realpath(port) if port.startswith("/") else port, baudrate=115200)
        except (TransportError, OSError) as error:
            raise DeviceError(f"cannot open {port}: {error}. Is it the right port, and has no other program opened it?") from error
        try:
            self._transport.enter_raw_repl(soft_reset=True)
        except (TransportError, OSError) as error:
            self._transport.close()
            raise DeviceError(f"no MicroPython answers on {port}. Unplug and replug the board; a new one needs MicroPython first (see its README)") from error

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            if self._transport.in_raw_repl:
                self._transport.exit_raw_repl()
        except OSError:
            pass  # a board that resets takes its USB port away
        self._transport.close()

    def run(self, code: str) -> str:
        """Execute code on the board and return what it printed. Raises DeviceError with the board's own words."""
        try:
            return str(self._transport.exec(code), "utf-8").replace("\r\n", "\n")
        except TransportExecError as error:
            lines = error.error_output.strip().splitlines()
            if _EBUSY in error.error_output:
                raise DeviceError("the charger is in a session, and no flash is written while a contactor is closed: wait for its end") from error
            raise DeviceError(f"the board answers: {lines[-1] if lines else 'an error'}") from error
        except (TransportError, OSError) as error:
            raise DeviceError(f"the connection to {self.port} was lost: {error}") from error

    def value(self, expression: str) -> Any:
        """Evaluate an expression on the board and return its value: numbers, texts, tuples, lists."""
        text = self.run(f"print(repr({expression}))").strip()
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError) as error:
            raise DeviceError(f"the board gave no sensible answer to {expression}: {text[:80]}") from error

    def root(self) -> str:
        """Return the folder where the board's file system is mounted, without a slash behind it: "" on most ports, "/flash" on stm32."""
        return str(self.value("__import__('os').getcwd()")).rstrip("/")

    def write(self, path: str, data: bytes, progress: Callable[[int], None] | None = None) -> None:
        """Write a file, and check that the board has it byte for byte. `progress` gets the number of bytes written so far."""
        self.run("import binascii\n_u = binascii.a2b_base64")
        self.run(f"_f = open({path!r}, 'wb')")
        try:
            for at in range(0, len(data), CHUNK_BYTES):
                chunk = data[at : at + CHUNK_BYTES]
                self.run(f"_n = _f.write(_u({base64.b64encode(chunk)!r}))")
                if progress is not None:
                    progress(at + len(chunk))
        finally:
            self.run("_f.close()")
        if self.sha256(path) != hashlib.sha256(data).hexdigest():
            raise DeviceError(f"{path} does not read back as written: the board's flash is failing, or full")

    def sha256(self, path: str) -> str | None:
        """Return the SHA-256 of a file on the board as hexadecimal digits, None when there is no such file."""
        try:
            digest: bytes = self._transport.fs_hashfile(path, "sha256", chunk_size=512)
        except OSError:
            return None
        except TransportError as error:
            raise DeviceError(f"cannot read {path} back: {error}") from error
        return bytes(digest).hex()

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, none when it does not exist; names of folders end with a slash."""
        parent, _, name = folder.rpartition("/")
        if name and name not in self.value(f"__import__('os').listdir({parent or '/'!r})"):
            return []
        return list(self.value(f"[e[0] + ('/' if e[1] & 0x4000 else '') for e in __import__('os').ilistdir({folder!r})]"))

    def reset(self) -> None:
        """Reset the board; the connection is of no use afterwards."""
        try:
            self._transport.exec_raw_no_follow("import machine, time\ntime.sleep_ms(100)\nmachine.reset()")
        except (TransportError, OSError) as error:
            raise DeviceError(f"cannot reset the board: {error}. Switch it off and on") from error
        self._transport.in_raw_repl = False
