"""One visit at the console: executes commands, captures what they print, sends it as fast as the console takes it.

`poll` reads what has arrived, executes at most one command and writes what the console takes; between polls the charger runs, also
while mpremote stays attached. Ctrl-C ends nothing but the command being typed. A soft reset, which plain `mpremote` asks for
before it does anything, is answered as mpremote expects and forgets the names that commands have made; the charger is not
reset. (`machine.reset()` does reset the board: the contactor opens.)

What blocks: a command runs to its end before the charger goes on. Nothing bounds it but the watchdog, which resets the board, and, on a
microcontroller, Ctrl-C. The functions of `diag` take milliseconds: their long texts are generators (`show`) that are written out
between polls. What a command prints itself is kept up to the buffer's size; then the command waits for the console, in all
`_STALLS` times 10 ms, after which its output is cut and an error says so.

`print` is captured by putting ours into `builtins` while a command runs: the one way that works on every port, on the laptop's
interpreter and on CPython alike (os.dupterm exists on microcontrollers only and copies, sys.stdout cannot be assigned). What is written to
sys.stdout itself is not captured and reaches the console a little earlier than what was printed.

While a contactor is closed, `open` for writing is refused to commands (mpremote's `cp` included): a flash write would stop the safety
tick on some boards.
"""

import builtins
import gc
import io
import sys

from micropython import const

from chargepoint.runtime.console.repl_protocol import ReplProtocol
from chargepoint.runtime.unload import unload
from chargepoint.util.ticks import ticks_add, ticks_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Generator

    from chargepoint.runtime.console.console import Console

_RUN = const(1)
_RESET = const(2)
_TOO_LONG = const(3)

_TX_BYTES = const(512)
_CODE_BYTES = const(8192)  # mpremote's longest own command has 5 KB
_READS = const(160)  # bytes taken in one poll: more than a window of raw paste
_WRITES = const(2)  # writes of at most 64 bytes in one poll
_STALLS = const(200)
_STALL_MS = const(10)
_ACTIVE = const(2)  # somebody is attached
_ACTIVE_MS = const(5000)  # since the last byte in or out
_KEEP_MS = const(300_000)  # then names are kept as long
_EBUSY = const(16)

_print = print


class ReplSession(io.IOBase):
    """The REPL while somebody uses it. It is a stream itself: what commands print is written to it.

    Attributes: `running`, a command is being executed now; `shows`, the generators of lines (or None: nothing yet) still to be written, which `diag` adds to;
    `attached`, 2 while bytes come and go, 1 while names are kept, 0 when the session may be dropped.
    """

    def __init__(self, console: "Console", app: object, closed: "Callable[[], bool]", first: int) -> None:
        """Begin with the byte that was received first, friendly.

        Args: app: what commands find under that name; closed: says whether a contactor is closed.
        Allocates: 512 B and itself; a command's code while it is received.
        """
        self._console = console
        self._app = app
        self._closed = closed
        self._tx = bytearray(_TX_BYTES)
        self._start = self._end = 0
        self._byte = bytearray((first,))
        self._held = True  # byte[0] was read and is still to be looked at
        self._protocol = ReplProtocol(self.write, _CODE_BYTES)
        self._names: "dict[str, Any]" = {}
        self._error: "BaseException | None" = None
        self._stalls = 0
        self.running = self._unfinished = self._cut = False
        self.attached = self._until = 0
        self.shows: "list[Generator[str | None, None, None]]" = []

    def poll(self, now: int) -> None:
        """Take what has arrived, execute at most one command, write what the console takes now.

        Blocks: as long as a command takes, see above; else the writes of 128 bytes.
        """
        moved = self._drain()
        if self._unfinished:
            # A text that pauses (it yields None) is no silence, as long as the console takes what there is.
            moved = self._glance() or moved or self._start == self._end
        reads = _READS
        while reads and not self._unfinished and (self._held or self._console.read(self._byte)):
            self._held = False
            reads -= 1
            action = self._protocol.feed(self._byte[0])
            if action:
                self._act(action)
        if reads != _READS:
            moved = True
            self._drain()
        if moved:
            self.attached = _ACTIVE
            self._until = ticks_add(now, _ACTIVE_MS)
        elif self.attached and ticks_due(self._until, now):
            self._quiet(now)

    def _glance(self) -> bool:
        """See whether the one who waits for a long text has had enough of it: Ctrl-C. Another byte is held until the command is done."""
        if self._held or not self._console.read(self._byte):
            return False
        byte = self._byte[0]
        if byte == 3:
            self._cancel(KeyboardInterrupt())
        else:
            self._held = byte != 13 and byte != 10
        return True

    def _cancel(self, error: "BaseException | None") -> None:
        """Give up the texts not yet written; their `finally` clauses run."""
        self._error = error
        while self.shows:
            try:
                self.shows.pop().close()
            except Exception as failure:
                self._error = failure

    def _quiet(self, now: int) -> None:
        """Nothing moved for a while: poll less often; later drop everything that commands have left behind."""
        if self._unfinished:  # and nobody reads
            self._cancel(None)
            self._start = self._end = 0
            self._unfinished = False
            self._protocol.prompt()
        self.attached -= 1
        self._until = ticks_add(now, _KEEP_MS)

    # Output

    def write(self, data: "str | bytes | bytearray") -> int:  # type: ignore[override, unused-ignore]
        """Queue text for the console, line ends as CR LF; wait when the buffer is full, in all two seconds a command, then drop and say so.

        The stream protocol: the interpreter calls this for what commands print.
        """
        size = len(data)
        if self._cut and self.running:
            return size
        data = data.encode() if isinstance(data, str) else bytes(data)
        if self.running or self._unfinished:
            data = data.replace(b"\n", b"\r\n")
        at = 0
        while at < len(data):
            if self._end == _TX_BYTES and (self._cut or not self._make_room()):
                self._cut = self.running
                break
            count = min(_TX_BYTES - self._end, len(data) - at)
            self._tx[self._end : self._end + count] = data[at : at + count]
            self._end += count
            at += count
        return size

    def _make_room(self) -> bool:
        """Write the full buffer out, waiting for the console; False when it takes nothing for too long."""
        while self._start < self._end:
            written = self._console.write(self._tx, self._start, self._end)
            self._start += written
            if not written:
                if self._stalls <= 0:
                    break
                self._stalls -= 1
                self._console.writable(_STALL_MS)
        rest = self._end - self._start
        self._tx[:rest] = self._tx[self._start : self._end]
        self._start = 0
        self._end = rest
        return rest < _TX_BYTES

    def _drain(self) -> bool:
        """Write what the console takes now; True when something went out. Finish the command when all of it is queued."""
        moved = False
        for _ in range(_WRITES):
            if self._unfinished and self._end - self._start < _TX_BYTES // 2:
                self._produce()
            if self._start == self._end:
                self._start = self._end = 0
                break
            written = self._console.write(self._tx, self._start, self._end)
            self._start += written
            if not written:
                break
            moved = True
        return moved

    def _produce(self) -> None:
        """Queue one more line of a long text, or the end of the command."""
        if self.shows:
            try:
                line = next(self.shows[0])
                if line is not None:
                    _print(line, file=self)
            except StopIteration:
                self.shows.pop(0)
            except Exception as error:
                self._cancel(error)
            return
        failure = self._error
        if self._cut and failure is None:
            failure = OSError("the console was too slow: the rest of the output was dropped")
        self._error = None
        self._cut = False
        raw = self._protocol.raw
        if raw:
            self.write(b"\x04")
        if failure is not None:
            _print_exception(failure, self)
        if raw:
            self.write(b"\x04")
        self._unfinished = False
        self._stalls = 0
        self._protocol.prompt()
        gc.collect()

    def _print(self, *values: object, **options: "Any") -> None:
        """What `print` is for commands."""
        if self.running:
            while self.shows:
                self._produce()  # printed after a long text: that one first
        if "file" not in options:
            options["file"] = self
        _print(*values, **options)

    # Commands

    def _act(self, action: int) -> None:
        if action == _RESET:
            self._names = {}
            unload("diag", "chargepoint.diag")
            self.write(b"MPY: soft reboot\r\nPilotline: not rebooted, the charger keeps running\r\n")
            self._protocol.banner()
            return
        self._stalls = _STALLS
        self._unfinished = True
        if action == _RUN:
            self._execute()
        elif action == _TOO_LONG:
            self._error = MemoryError("a command may have %d bytes, and has to fit into the free heap" % _CODE_BYTES)
        else:
            self._error = KeyboardInterrupt()

    def _execute(self) -> None:
        """Run the received code with its output captured; keep its exception for later."""
        if self._start < self._end:
            self._make_room()
        code: "Any" = self._protocol.code
        self._protocol.code = bytearray()
        names = self._names
        if not names:
            names["__name__"] = "__main__"
            names["app"] = self._app
            names["open"] = self._open
        builtins.print = self._print
        self.running = True
        try:
            try:
                self._console.interruptible(True)
                if b"diag." in code and "diag" not in names:
                    self._import_diag(names)
                if self._protocol.line:
                    self._evaluate(str(code, "utf-8"), names)
                else:
                    exec(code, names)
            finally:
                self._console.interruptible(False)
                for _ in range(2):
                    pass  # a Ctrl-C of the last moment is raised here
        except SystemExit:
            pass
        except BaseException as error:  # a command must not end the charger, whatever it does
            self._error = error
        self.running = False
        builtins.print = _print

    def _import_diag(self, names: "dict[str, Any]") -> None:
        # Nobody should have to type `import diag` first; a command that only looks like it fails by itself.
        try:
            names["diag"] = __import__("diag")
        except ImportError:
            pass

    def _evaluate(self, line: str, names: "dict[str, Any]") -> None:
        """Execute a typed line; show its value as a REPL does."""
        try:
            value = eval(line, names)
        except SyntaxError:
            exec(line, names)
            return
        if value is not None:
            names["_"] = value
            self._print(repr(value))

    def _open(self, path: str, mode: str = "r", *more: "Any", **options: "Any") -> "Any":
        """What `open` is for commands."""
        if mode.strip("rbt") and self._closed():
            raise OSError(_EBUSY, "a contactor is closed: no flash writes now")
        return open(path, mode, *more, **options)


def _print_exception(error: BaseException, stream: "Any") -> None:
    # As the interpreter prints it on its own console.
    if hasattr(sys, "print_exception"):
        sys.print_exception(error, stream)
    else:
        import traceback

        traceback.print_exception(error, file=stream)
