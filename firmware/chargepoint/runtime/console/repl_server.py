"""The REPL inside the running charger: `mpremote` and terminals work while a session goes on, and cannot stop it.

This small part stays in the heap and looks for a first byte. Then it loads the rest (`repl_session`, about 5 KB), and drops it again with
all that commands have left behind, `diag` included, when nobody has been there for five minutes.
"""

from micropython import const

from chargepoint.runtime.unload import unload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from chargepoint.runtime.console.console import Console
    from chargepoint.runtime.console.repl_session import ReplSession

_BUSY_MS = const(2)
_IDLE_MS = const(250)
_NOBODY_MS = const(60_000)
_ACTIVE = const(2)  # a session's `attached` while bytes come and go

_NO_HEAP = b"\r\nPilotline: no heap left for the REPL now\r\n"

_served: "list[ReplServer]" = []


def served() -> "ReplServer | None":
    """Return the server of this process, for `diag`; None where no REPL is served."""
    return _served[0] if _served else None


class ReplServer:
    """Serves one console.

    Attributes for `diag`: `app`, what commands find under that name; `session`, None while nobody is there.
    """

    def __init__(self, console: "Console", app: object, closed: "Callable[[], bool]") -> None:
        """Say nothing until a byte arrives.

        Args: closed: says whether a contactor is closed: then commands may not open files for writing.
        """
        self._console = console
        self._closed = closed
        self._byte = bytearray(1)
        self.app = app
        self.session: "ReplSession | None" = None
        _served[:] = (self,)

    def next_due(self, now: int) -> int:
        """Return the ms until the next poll: soon while somebody is attached."""
        if self._console.closed:
            return _NOBODY_MS
        return _BUSY_MS if self.session is not None and self.session.attached == _ACTIVE else _IDLE_MS

    def poll(self, now: int) -> None:
        """Take what has arrived, execute at most one command, write what the console takes now.

        Blocks: as long as a command takes (see repl_session), else 12 ms on a slow UART. Allocates: none while nobody is there.
        """
        session = self.session
        if session is None and not self._console.read(self._byte):
            return
        try:
            if session is None:
                from chargepoint.runtime.console.repl_session import ReplSession

                session = self.session = ReplSession(self._console, self.app, self._closed, self._byte[0])
            session.poll(now)
        except MemoryError:
            self._drop()
            self._console.write(_NO_HEAP, 0, len(_NO_HEAP))
            return
        if not session.attached:
            self._drop()

    def _drop(self) -> None:
        self.session = None
        unload("diag", "chargepoint.diag", "chargepoint.runtime.console.repl_session", "chargepoint.runtime.console.repl_protocol")
