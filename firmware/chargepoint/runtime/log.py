"""The log in RAM: the last lines in words, for people; what must survive a power cut goes to the event log in numbers.

A line is `seconds since boot, level, code, text`. The ring is a plain byte buffer: nothing is kept per line, nothing grows.
"""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

LOG_INFO = 2
LOG_WARNING = 3
LOG_ERROR = 4
LOG_CRITICAL = 5  # charging stops until somebody comes
_RING_BYTES = const(1024)
_LINE_BYTES = const(160)


class Log:
    """Called like a function: `log(level, code, text)`. For reading: `errors` (lines of level LOG_ERROR or more so far)."""

    def __init__(self, sink: "Callable[[str], object] | None" = None) -> None:
        """Send every line (`level code text`) to `sink` too, the board's serial line or the laptop's standard error. Allocates: 1 KB at construction."""
        self._sink = sink
        self._ring = bytearray(_RING_BYTES)
        self._end = 0
        self.up_s = 0
        self.errors = 0

    def __call__(self, level: int, code: str, text: str) -> None:
        """Note a line: level 1 debug, 2 info, 3 warning, 4 error, 5 critical; code = the part that speaks. Long lines are cut.

        Allocates: the line. Raises: nothing: a sink that fails is dropped.
        """
        if level >= LOG_ERROR:
            self.errors += 1
        line = ("%d %d %s %s" % (self.up_s, level, code, text)).encode()[: _LINE_BYTES - 1] + b"\n"
        ring = self._ring
        end = self._end
        for byte in line:
            ring[end] = byte
            end = end + 1 if end + 1 < _RING_BYTES else 0
        self._end = end
        if self._sink is not None:
            try:
                self._sink("%d %s %s" % (level, code, text))
            except Exception:
                self._sink = None

    def lines(self) -> "list[bytes]":
        """Return the lines still there, oldest first; bytes because a cut line may end inside a character."""
        text = bytes(self._ring[self._end :]) + bytes(self._ring[: self._end])
        return text.replace(b"\0", b"").split(b"\n")[0 if not text[0] else 1 : -1]
