"""OCPP-J framing: CALL, CALLRESULT and CALLERROR as JSON arrays, and which answer belongs to which CALL.

One CALL of ours is in flight. Answers to anything else are dropped and counted; so is what is no OCPP-J message at all. A CALL that
cannot be used, or is longer than the receive buffer, is refused with its own id when that can be read, even if the rest is no JSON. An
unusable answer to our CALL counts as an error answer, so that the queue goes on; one that began as a CALLRESULT has no code, for it refuses
nothing. A CALLERROR for the ids "", "-1" or null is dropped like any unknown one: it may be about an answer of ours, and taking it for our
CALL's would make a message be sent twice.
Spec: OCPP-J 1.6 section 4.
"""

from micropython import const

from chargepoint.wire.json_scan import scan_string, utf8_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.wire.json_read import JsonReader
    from chargepoint.wire.json_write import JsonWriter

# what Framing.read() answers
DROPPED = const(0)
NOT_UTF8 = const(1)
CALL = const(2)
RESULT = const(3)
ERROR = const(4)
REFUSE = const(5)

# tokens of json_read
_J_OBJECT = const(0x7B)
_J_ARRAY_END = const(0x5D)
_J_STRING = const(0x22)

_MAX_ID = const(36)  # of ours; incoming ones are echoed up to _MAX_ECHO bytes
_MAX_ECHO = const(255)
_MAX_ACTION = const(50)
_MAX_CODE = const(50)
_MAX_DESCRIPTION = const(255)
_NO_JSON = const("message is not valid JSON")  # assumed of every message until it is read: no text is made for that


class Framing:
    """The two directions of an OCPP-J connection.

    After ``read`` answered a CALL or CALLRESULT, ``reader`` stands before the payload (an object). ``code`` and ``description`` belong
    to an error answer (the peer's words) and to a refusal (ours).
    """

    def __init__(self, reader: "JsonReader", writer: "JsonWriter") -> None:
        self.reader = reader
        self.writer = writer
        self.pending: "bytes | None" = None  # the id of our CALL in flight
        self.late_answers = 0
        self.unusable = 0
        self.action = ""
        self.code = ""
        self.description = ""
        self._buf = bytearray()
        self._id_start = 0
        self._id_end = 0
        self._end = 0

    def read(self, buf: "bytearray", start: int, end: int, whole: bool = True) -> int:
        """Take in one text message; not `whole`: the head of one that was too long for the buffer, which is refused or counts as unusable.

        Returns: 2 a CALL, 3 the result of ours, 4 the error answer to ours, 5 a CALL to refuse with ``error``, 0 dropped, 1 not UTF-8: the
        connection must be closed with 1007. Allocates: a CALL's action, an error's texts; else none.
        """
        reader = self.reader
        reader.load(buf, start, end)
        self._buf = buf
        kind = self._head(start, end)
        bad = reader.check() if whole else 1
        if not whole:
            self._refuse("InternalError", "longer than the %d bytes that can be received" % len(buf), 0)
        elif bad and utf8_end(buf, start, end) != end:
            return NOT_UTF8
        if kind >= CALL and kind <= ERROR:
            reader.load(buf, self._id_start - 1, end)
            reader.next()
        if kind == CALL:
            return REFUSE if bad else self._call(end)
        if kind == RESULT or kind == ERROR:
            if self.pending is None or not reader.is_text(self.pending):
                self.late_answers += 1
                return DROPPED
            self.pending = None
            if bad or (kind == RESULT and not self._payload()):
                return self._refuse("FormationViolation" if kind == ERROR else "", "the answer cannot be used", ERROR)
            if kind == ERROR:
                self.code = self._text(_MAX_CODE) or "GenericError"
                self.description = self._text(_MAX_DESCRIPTION)
            return kind
        self.unusable += 1
        return DROPPED

    def _head(self, start: int, end: int) -> int:
        """Find ``[n,"id"`` without trusting the rest: n, or 0 when there is no such beginning."""
        buf = self._buf
        self._refuse("FormationViolation", _NO_JSON, 0)
        kind = 0
        for wanted in b'[0,"':
            while start < end and buf[start] in b" \t\r\n":
                start += 1
            if start >= end:
                return 0
            if wanted == 0x30:
                kind = buf[start] - wanted
            elif buf[start] != wanted:
                return 0
            start += 1
        self._id_start = start
        start = scan_string(buf, start, end)
        if start < 0 or start - self._id_start > _MAX_ECHO:
            return 0
        self._id_end = start - 1
        return kind

    def _refuse(self, code: str, description: str, kind: int) -> int:
        self.code = code
        self.description = description
        return kind

    def _payload(self) -> bool:
        """Put the reader before the payload if that is an object; ``end`` is then the position behind it."""
        reader = self.reader
        if reader.next() != _J_OBJECT:
            return False
        start = reader.start
        reader.skip()
        self._end = reader.pos
        reader.load(self._buf, start, self._end)
        return True

    def _call(self, end: int) -> int:
        reader = self.reader
        self.action = self._text(_MAX_ACTION)
        if reader.token != _J_STRING or not self._payload():
            return self._refuse("FormationViolation", "CALL is [2, id, action, {payload}]", REFUSE)
        start = reader.pos
        reader.load(self._buf, self._end, end)
        last = reader.next()
        reader.load(self._buf, start, self._end)
        if last != _J_ARRAY_END:
            return self._refuse("FormationViolation", "CALL has more than four elements", REFUSE)
        if not self.action:
            return self._refuse("NotImplemented", "unknown action", REFUSE)
        return CALL

    def _text(self, max_chars: int) -> str:
        """The next element, or nothing when it is no string or too long."""
        reader = self.reader
        if reader.next() != _J_STRING:
            return ""
        try:
            return reader.text(max_chars)
        except ValueError:
            return ""

    def begin_call(self, pos: int, unique_id: str, action: str) -> "JsonWriter":
        """Begin a CALL at ``pos`` of the writer's buffer; the writer then expects the payload."""
        writer = self.writer
        writer.start(pos)
        writer.begin_array()
        writer.integer(CALL)
        writer.string(unique_id)
        writer.string(action)
        return writer

    def end_call(self, unique_id: str) -> bool:
        """Complete the CALL and wait for its answer; False when it did not fit or its id is not 1 to 36 characters."""
        if not self.end() or not 0 < len(unique_id) <= _MAX_ID:
            return False
        self.pending = unique_id.encode()
        return True

    def begin_result(self, pos: int, kind: int) -> "JsonWriter":
        """Begin the answer (3 or 4) to the message read last."""
        writer = self.writer
        writer.start(pos)
        writer.begin_array()
        writer.integer(kind)
        writer.raw(self._buf, self._id_start - 1, self._id_end + 1)
        return writer

    def unique_id(self) -> bytes:
        """The id of the message read last as it was written, with its quotes: to answer it later."""
        return bytes(self._buf[self._id_start - 1 : self._id_end + 1])

    def resume(self, unique_id: bytes) -> None:
        """Make the message whose ``unique_id`` was kept the one that is answered next."""
        self._buf = bytearray(unique_id)
        self._id_start = 1
        self._id_end = len(unique_id) - 1

    def error(self, pos: int, code: str, description: str) -> bool:
        """Write a whole CALLERROR for the message read last; the codes are the specification's, its spelling included."""
        writer = self.begin_result(pos, ERROR)
        writer.string(code)
        writer.string(description)
        writer.begin_object()
        writer.end_object()
        return self.end()

    def end(self) -> bool:
        """Complete a message; False when it did not fit."""
        writer = self.writer
        writer.end_array()
        return not writer.overflow
