"""The byte protocol of MicroPython's REPL: friendly, raw and raw paste, as `mpremote` and a terminal speak it. No I/O, no clock.

It turns received bytes into echoes and into things to do; it never executes anything and never blocks.

What a host may send, and what it gets back:

    Ctrl-A          raw mode: "raw REPL; CTRL-B to exit", then the prompt ">"
    Ctrl-B          friendly mode: the banner and ">>> "
    Ctrl-C          forgets what was typed; it never reaches the charger
    Ctrl-D          raw: executes what was received; friendly: ends a paste; on an empty line: asks for a soft reset
    Ctrl-E          friendly: paste mode; raw, followed by "A" and Ctrl-A: raw paste

Raw paste: the answer is "R", 01, the window as 2 bytes little-endian, 01; then the host sends at most a window of bytes for each 01
it got. It ends with Ctrl-D, which is answered with 04, as is a premature end: there is a limit to the code's length.
"""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_CTRL_A = const(1)
_CTRL_B = const(2)
_CTRL_C = const(3)
_CTRL_D = const(4)
_CTRL_E = const(5)
_ESCAPE = const(27)

# What `feed` answers. The numbers are repeated in repl_server.py.
_NOTHING = const(0)
_RUN = const(1)  # `code` is to be executed; then call `prompt`
_RESET = const(2)  # a soft reset is asked for; then call `prompt`
_TOO_LONG = const(3)  # code longer than the limit was thrown away; then call `prompt`
_INTERRUPTED = const(4)  # Ctrl-C in the middle of a raw paste; then call `prompt`

_FRIENDLY = const(0)
_PASTE = const(1)  # friendly paste mode
_RAW = const(2)
_RAW_PASTE = const(3)
_RAW_DISCARD = const(4)  # the rest of a raw paste that was too long

_WINDOW = const(128)  # bytes; the same as most boards


class ReplProtocol:
    """The state of one console.

    Attributes for reading: `code`, what was received; `raw`, whether results go out in the raw framing; `line`, whether `code` is a
    line typed by a person, whose value is to be shown.
    """

    def __init__(self, send: "Callable[[bytes], object]", limit: int) -> None:
        """Start friendly and silent.

        Args: send: takes bytes for the host at once, they are not modified later; limit: bytes that a command may have.
        """
        self._send = send
        self._limit = limit
        self._mode = self._window = self._escape = 0
        self.code = bytearray()
        self._over = False  # more came than the limit or the heap holds; it was thrown away
        self.line = True

    @property
    def raw(self) -> bool:
        """True in raw and raw-paste mode."""
        return self._mode >= _RAW

    def prompt(self) -> None:
        """Get ready for the next command and say so. Called after everything about the last one was sent."""
        self._clear()
        if self._mode >= _RAW:
            self._mode = _RAW
            self._send(b">")
        else:
            self._mode = _FRIENDLY
            self._send(b">>> ")

    def banner(self) -> None:
        """Say which mode this is, as after a soft reset, with the prompt."""
        if self._mode >= _RAW:
            self._send(b"raw REPL; CTRL-B to exit\r\n")
        else:
            self._send(b"Pilotline: the charger keeps running. diag.help() says what there is to see.\r\n")
        self.prompt()

    def feed(self, byte: int) -> int:
        """Take one received byte; return 0 or what is to be done before the next one.

        Allocates: the command grows by the byte; an echo. Context: loop.
        """
        mode = self._mode
        if mode >= _RAW_PASTE:
            return self._feed_raw_paste(byte)
        if byte == _CTRL_A:
            if mode == _RAW and len(self.code) == 2 and self.code[0] == _CTRL_E:
                return self._start_raw_paste()
            self._mode = _RAW
            self.banner()
        elif byte == _CTRL_B:
            self._mode = _FRIENDLY
            self._send(b"\r\n")
            self.banner()
        elif byte == _CTRL_C:
            self._clear()
            if mode != _RAW:
                self._send(b"\r\n")
                self._mode = _FRIENDLY
                self.prompt()
        elif byte == _CTRL_D:
            return self._end()
        elif mode == _RAW:
            self._keep(byte)
        else:
            return self._feed_friendly(byte)
        return _NOTHING

    def _clear(self) -> None:
        self.code = bytearray()
        self._over = False

    def _keep(self, byte: int) -> bool:
        """Append a byte to the command; False when it has become too long, and is thrown away."""
        if not self._over and len(self.code) < self._limit:
            try:
                self.code.append(byte)
                return True
            except MemoryError:
                pass
        self._clear()
        self._over = True
        return False

    def _end(self) -> int:
        """Ctrl-D outside raw paste."""
        self.line = False
        if self._mode == _RAW:
            self._send(b"OK")
        if not self.code and not self._over:
            self._send(b"\r\n")
            self._mode = _RAW if self._mode == _RAW else _FRIENDLY
            return _RESET
        if self._mode == _FRIENDLY:
            return _NOTHING  # in the middle of a typed line it means nothing
        if self._mode == _PASTE:
            self._send(b"\r\n")
        return _TOO_LONG if self._over else _RUN

    def _feed_friendly(self, byte: int) -> int:
        """A byte of a typed line or of a friendly paste."""
        paste = self._mode == _PASTE
        if self._escape:
            # Arrow keys and the like: ESC [ letter.
            self._escape = 0 if self._escape == 2 and byte != 91 else self._escape - 1
        elif byte == _ESCAPE:
            self._escape = 2
        elif byte == _CTRL_E and not paste:
            self._mode = _PASTE
            self._clear()
            self._send(b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ")
        elif byte == 13 or byte == 10:
            if paste:
                self._keep(10)
                self._send(b"\r\n=== ")
                return _NOTHING
            self._send(b"\r\n")
            if self.code:
                self.line = True
                return _RUN
            self.prompt()
        elif byte == 8 or byte == 127:
            if self.code:
                self.code = self.code[:-1]
                self._send(b"\x08 \x08")
        elif byte >= 32 or byte == 9:
            if not paste and len(self.code) >= self._limit:
                self._send(b"\x07")
            elif self._keep(byte):
                self._send(bytes((byte,)))
        return _NOTHING

    def _start_raw_paste(self) -> int:
        if self.code[1] != 65:
            self._send(b"R\x00>")
            self._clear()
            return _NOTHING
        self._mode = _RAW_PASTE
        self._window = _WINDOW
        self._clear()
        self._send(b"R\x01" + bytes((_WINDOW, 0, 1)))
        return _NOTHING

    def _feed_raw_paste(self, byte: int) -> int:
        """A byte between the start of a raw paste and its end."""
        self.line = False
        if byte == _CTRL_C or byte == _CTRL_D:
            discard = self._mode == _RAW_DISCARD
            self._mode = _RAW
            if not discard:
                self._send(b"\x04")
            if byte == _CTRL_C:
                return _INTERRUPTED
            return _TOO_LONG if discard else _RUN
        if self._mode == _RAW_DISCARD:
            return _NOTHING
        if not self._keep(byte):
            self._mode = _RAW_DISCARD
            self._send(b"\x04")
            return _NOTHING
        self._window -= 1
        if not self._window:
            self._window = _WINDOW
            self._send(b"\x01")
        return _NOTHING
