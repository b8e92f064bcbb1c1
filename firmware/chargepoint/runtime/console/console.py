"""The console: standard input and output of a board's USB or UART, of the interpreter on a laptop, as bytes that never block.

On every MicroPython port `sys.stdin` and `sys.stdout` are the console, have a `buffer` for bytes and can be polled. Output of code that
writes to `sys.stdout` itself, not with `print`, and of the interpreter (a dying firmware's traceback) goes the same way.
"""

import select
import sys

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_IN = const(1)
_OUT = const(4)
_CHUNK_BYTES = const(64)  # one write: 5.6 ms on a UART of 115,200 baud that waits for its bytes


class Console:
    """Bytes from and to whoever is at the console.

    `closed` becomes True when the input has ended for good (a laptop's /dev/null); a board's console never ends.
    """

    def __init__(self, stdin: "Any" = None, stdout: "Any" = None) -> None:
        """Take over the console: from now on Ctrl-C is a byte like the others and stops nothing.

        Args: binary streams that can be polled; by default those of the interpreter.
        """
        self._in = stdin or getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
        self._out = stdout or getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
        readable = select.poll()
        readable.register(stdin or sys.stdin, _IN)
        writable = select.poll()
        writable.register(stdout or sys.stdout, _OUT)
        # MicroPython's ipoll allocates nothing.
        self._readable = getattr(readable, "ipoll", readable.poll)
        self._writable = getattr(writable, "ipoll", writable.poll)
        self.closed = False
        self.interruptible(False)

    def interruptible(self, on: bool) -> None:
        """Let Ctrl-C raise KeyboardInterrupt (a command that runs too long), or be a byte."""
        # A microcontroller's port looks for the byte itself; on a laptop's terminal it would take a signal, which nobody sends.
        if sys.platform not in ("linux", "darwin", "win32"):
            import micropython

            kbd_intr = getattr(micropython, "kbd_intr", None)
            if kbd_intr is not None:
                kbd_intr(3 if on else -1)

    def read(self, byte: bytearray) -> bool:
        """Read one byte into `byte[0]`; False when there is none. Allocates: none on MicroPython."""
        # One at a time: a board's console has no call for "what is there", and readinto of two waits for the second.
        if self.closed:
            return False
        for event in self._readable(0):
            if event[1] & _IN:
                try:
                    if self._in.readinto(byte):
                        return True
                except OSError:
                    return False  # nobody at the other end of a pty, for now
                self.closed = True
        return False

    def writable(self, wait_ms: int) -> bool:
        """Wait at most that long until the console takes output; False when it does not (nobody reads). Blocks: `wait_ms`."""
        for event in self._writable(wait_ms):
            if event[1] & _OUT:
                return True
        return False

    def write(self, data: "bytes | bytearray", start: int, end: int) -> int:
        """Write some bytes of `data[start:end]` and return how many: 0 when the console takes none now.

        Blocks: a UART without a buffer takes its time, about 6 ms for the 64 bytes of one call.
        """
        if not self.writable(0):
            return 0
        if end - start > _CHUNK_BYTES:
            end = start + _CHUNK_BYTES
        return self._out.write(memoryview(data)[start:end]) or 0
