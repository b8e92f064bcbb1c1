"""FTP as a client speaks it to move one file, sans-IO: replies as they arrive, and what is to be said next.

Log in (anonymous without a user in the address), TYPE I, SIZE of what is fetched, EPSV or, where that is not understood, PASV, REST to go on where an
earlier try broke off, RETR or STOR, QUIT. Of the answer to PASV only the port is taken: the address in it is wrong behind many a router, and an
invitation to dial somebody else. A path is meant from the folder that the login leads to, one that begins with %2F from the root.
Spec: RFC 959, 1738 3.2, 2428, 3659.
"""

from micropython import const

from chargepoint.wire.address import parse_address, percent_decoded

_MOST_LINE = const(512)
_MOST_LINES = const(200)  # of one reply
_MOST_BYTES = const(0x1FFFFFFF)

# What `next` wants done
TALK = const(0)  # send `command`, read on
OPEN = const(1)  # connect to `port`, then call `opened`
MOVE = const(2)  # the bytes may flow, from byte `first` on
WAIT = const(4)  # for the next reply
OVER = const(3)  # all is said; `reason` is empty when it went well

# the step whose reply is awaited
_BANNER = const(0)
_USER = const(1)
_PASSWORD = const(2)
_TYPE = const(3)
_SIZE = const(4)
_EPSV = const(5)
_PASV = const(6)
_REST = const(7)
_FILE = const(8)
_MOVING = const(9)
_OVER = const(10)


class Replies:
    """Cuts what the server says into replies. For reading: `code` of the last whole one (0: none yet), its `text`; `broken` when this is no FTP."""

    def __init__(self) -> None:
        self.code = 0
        self.text = ""
        self.broken = False
        self._line = bytearray()
        self._within = 0  # the code of a reply of many lines
        self._lines = 0

    def take(self, byte: int) -> bool:
        """Take one byte. Returns: whether a reply is whole with it."""
        if byte != 0x0A:
            if len(self._line) < _MOST_LINE:
                self._line.append(byte)
            elif not self._within:
                self.broken = True
            return False
        line = "".join([chr(c) for c in self._line if 0x20 <= c < 0x7F])
        self._line = bytearray()
        code = int(line[:3]) if line[:3].isdigit() and len(line[:3]) == 3 and (not line[3:] or line[3] in " -") else 0
        self._lines += 1
        if self._lines > _MOST_LINES or (not self._within and not 100 <= code < 600):
            self.broken = True
            return False
        if self._within:
            if code != self._within or line[3:4] == "-":
                return False
        elif line[3:4] == "-":
            self._within = code
            self.text = line[4:]
            return False
        if not self._within or code != 226:
            self.text = line[4:]
        self._within = self._lines = 0
        self.code = code
        return True


class Talk:
    """One file, there or back. For reading: `command` to send, `port` of the second connection, `first`, `length` (-1: not told), `reason`, `ended`."""

    def __init__(self, url: str, have: int, is_sent: bool) -> None:
        """Fetch, `have` bytes being here already, or send. Raises: ValueError that says what is wrong with the address."""
        _, _, _, path, credentials = parse_address(url)
        user, _, password = credentials.partition(":")
        self._user = _plain(user) or "anonymous"
        self._password = _plain(password) if credentials else "charger@"
        self._path = _plain(path[1:].partition(";type=")[0])
        if not self._path or self._path[-1] == "/":
            raise ValueError("address names no file")
        self._is_sent = is_sent
        self._step = _BANNER
        self.command = b""
        self.port = 0
        self.first = have
        self.length = -1
        self.reason = ""
        self.code = 0  # of the reply that was the end
        self.ended = False  # the server has said that all has been moved

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to be moved or said, but QUIT."""
        return self._step == _OVER

    def on_reply(self, code: int, text: str) -> int:
        """Take a reply. Returns: what is to be done now."""
        step = self._step
        if code == 421:
            return self._fail(code, text)
        if code < 200 and step != _FILE:
            return WAIT if code == 120 and step == _BANNER else self._fail(code, text)
        if step < _SIZE:
            return self._log_in(code, text)
        if step == _SIZE:
            if code == 213 and text.isdigit() and len(text) < 10 and int(text) <= _MOST_BYTES:
                self.length = int(text)
            return self._passive()
        if step == _EPSV or step == _PASV:
            return self._take_port(code, text)
        if step == _REST:
            if code != 350:
                self.first = 0
            return self._ask_file()
        if step == _FILE and code < 200:
            self._step = _MOVING
            return MOVE
        if step == _MOVING and (code == 226 or code == 250):
            self.ended = True
            return WAIT
        return self._fail(code, text)

    def _log_in(self, code: int, text: str) -> int:
        step = self._step
        if step == _BANNER and code == 220:
            return self._say("USER " + self._user, _USER)
        if step == _USER and code == 331:
            return self._say("PASS " + self._password, _PASSWORD)
        if (step == _USER or step == _PASSWORD) and 200 <= code < 300:
            return self._say("TYPE I", _TYPE)
        if step == _TYPE and code == 200:
            return self._passive() if self._is_sent else self._say("SIZE " + self._path, _SIZE)
        return self._fail(code, text)

    def _passive(self) -> int:
        return self._say("EPSV", _EPSV)

    def _take_port(self, code: int, text: str) -> int:
        """The port of the second connection; without EPSV, ask with PASV."""
        self.port = 0
        inside = text[text.rfind("(") + 1 :].partition(")")[0]
        if self._step == _EPSV:
            if code != 229:
                return self._say("PASV", _PASV)
            parts = inside.split(inside[:1]) if inside else []
            if len(parts) == 5 and parts[3].isdigit():
                self.port = int(parts[3])
        elif code == 227:
            numbers = (inside if "(" in text else text.rpartition(" ")[2]).strip(".").split(",")
            if len(numbers) == 6 and numbers[4].isdigit() and numbers[5].isdigit():
                self.port = int(numbers[4]) << 8 | int(numbers[5])
        if not 0 < self.port < 65536:
            return self._fail(code, text)
        return OPEN

    def opened(self) -> int:
        """The second connection is there: ask for the file. Returns: what is to be done now."""
        if self.first and not self._is_sent:
            return self._say("REST %d" % self.first, _REST)
        return self._ask_file()

    def _ask_file(self) -> int:
        return self._say(("STOR " if self._is_sent else "RETR ") + self._path, _FILE)

    def _say(self, text: str, step: int) -> int:
        self.command = text.encode() + b"\r\n"
        self._step = step
        return TALK

    def finish(self) -> int:
        """Everything has been moved and confirmed: say goodbye. Returns: what is to be done now."""
        self._say("QUIT", _OVER)
        return OVER

    def _fail(self, code: int, text: str) -> int:
        self._step = _OVER
        self.code = code
        self.reason = "FTP %d %s" % (code, text[:60])
        return OVER


def _plain(text: str) -> str:
    """What is meant, as it may stand in a command. Raises: ValueError."""
    data = percent_decoded(text)
    for byte in data:
        if byte < 0x20 or byte == 0x7F:
            raise ValueError("address has a control character")
    return str(data, "utf-8")
