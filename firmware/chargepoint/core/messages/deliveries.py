"""The durable queue of transaction messages: what goes in, what goes out, and what is given up.

A record leaves the queue only after its answer. Silence is never counted: the same message goes out again with the same id, made of the
record's sequence number and the refusals so far. A CALLERROR is a refusal: after TransactionMessageAttempts of them (0 counts as 1, so
nothing is dropped unsent), TransactionMessageRetryInterval times the refusals apart, the record goes to the dead letters.

What an answer says readably counts, whatever else in it is wrong. A START is answered when its transactionId can be read, refused when there is
none but the idTag's refusal can be read (then no transaction is open at the central system, so the record is given up and no energy flows). An answer
to a START that says neither is asked for again under the same id, so that a central system that knows it opens no second transaction: three times
at least, whatever TransactionMessageAttempts says. Whatever answers a METER or a STOP has taken it.

The transactionId is learned from the answer to the START and stored before the START is popped, so a START that was answered is never sent
again. After a START was given up its samples go out without transactionId, and its STOP follows it to the dead letters.

A full queue thins: every second METER record gives way, segment by segment, oldest first; then the new sample. START and STOP make room by
giving up METER records altogether. `thinned` counts what was given up.
"""

import struct

from micropython import const

from chargepoint.core.events import EV_DEAD_LETTER, EV_THINNED
from chargepoint.core.messages.records import METER, START, id_tag_of, is_sound
from chargepoint.core.messages.session_time import SessionTime
from chargepoint.core.messages.sources import IDLE_MS, LOST, TOO_LONG, UNREADABLE
from chargepoint.ocpp16.codes import ACT_METER_VALUES, ACT_START_TRANSACTION, ACT_STOP_TRANSACTION, KEY_ATTEMPTS, KEY_RETRY_INTERVAL
from chargepoint.ocpp16.sample_layout import sample_length
from chargepoint.util.little_endian import i32, u32
from chargepoint.util.ticks import ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message

_ANSWERED = const(1)
_GIVEN_UP = const(2)
_MAX_PASSED = const(8)
_LEAST_TRIES = const(3)  # of a START whose answers cannot be read
_UNREADABLE_PAUSE_S = const(10)
_RECORD = "starts"
_ENTRY = "<IIq"
_ENTRY_BYTES = const(16)
_TIME_ENTRY = "<IiHH"  # behind the entries, one for each: of SessionTime
_TIME_ENTRY_BYTES = const(12)


class Deliveries:
    """`starts` holds for each connector what became of its last START that left the queue: [number, 1 answered or 2 given up, transactionId];
    `times` by what UTC it goes."""

    def __init__(self, core: "Any") -> None:
        self._core = core
        self._queue = core.store.queue
        self.starts = [[0, 0, 0] for _ in range(core.product.CONNECTORS)]
        self.times = [SessionTime() for _ in self.starts]
        self.thinned = 0
        self._refusals = 0  # of the record at the head, unreadable answers among them
        self._unreadable = 0
        self._refused = 0  # when the last one came
        self._bare = False  # the STOP at the head goes without its transactionData, which did not fit
        self._keep_next = False
        stored = core.store.load(_RECORD) or b""
        for i in range(min(len(self.starts), len(stored) // _ENTRY_BYTES)):
            entry = list(struct.unpack_from(_ENTRY, stored, i * _ENTRY_BYTES))
            if entry[1] <= _GIVEN_UP:
                self.starts[i] = entry
            else:
                core.store.unusable(_RECORD)
        at = _ENTRY_BYTES * len(self.starts)
        if len(stored) == at + _TIME_ENTRY_BYTES * len(self.starts):
            for time, start in zip(self.times, self.starts):
                time.load(start[0], *struct.unpack_from(_TIME_ENTRY, stored, at))
                at += _TIME_ENTRY_BYTES

    def save(self) -> None:
        """Store what became of the STARTs."""
        entries = [struct.pack(_ENTRY, *start) for start in self.starts]
        entries += [struct.pack(_TIME_ENTRY, time.start_s, time.up_s, time.start_ms, time.up_ms) for time in self.times]
        self._core.store.save(_RECORD, b"".join(entries))

    def append(self, record: "bytearray", length: int, is_sample: bool) -> bool:
        """Make a transaction message durable. False when there is no room for it even after thinning, or the flash fails."""
        data = memoryview(record)[:length]
        while not self._queue.append(data, is_sample):
            self._keep_next = False
            dropped = self._queue.thin(self._keep_half if is_sample else _keep_edges)
            self.thinned += dropped if dropped else is_sample
            self._core.note(EV_THINNED, 0, self.thinned)
            if not dropped:
                return False
        return True

    def _keep_half(self, seq: int, record: "bytearray") -> bool:
        if record[0] == METER:
            self._keep_next = not self._keep_next
        return record[0] != METER or self._keep_next

    def fill(self, m: "Message", now: int) -> bool:
        """Make the message of the oldest record. False when there is none, or a refused one has to wait. Allocates: its texts."""
        if self._refusals and ticks_diff(now, self._refused) < self._pause_ms():
            return False
        queue = self._queue
        start = self.starts[0]
        b = m.record
        state = length = 0
        for _ in range(_MAX_PASSED):  # records passed over at once; the rest with the next call
            length = queue.count and queue.peek(m.record)
            if not length:
                return False
            if not is_sound(b, length) or b[1] > len(self.starts):
                self._give_up(m, "unknown kind or connector: another firmware or product wrote it")
                continue
            start = self.starts[b[1] - 1]
            state = start[1] if start[0] == u32(b, 2) else 0
            if b[0] == START and state == _ANSWERED:
                queue.pop()  # power failed between its answer and its removal
            elif b[0] != START and b[0] != METER and state != _ANSWERED:
                self._give_up(m, "its StartTransaction was given up")
            else:
                break
        else:
            return False
        m.connector = b[1]
        m.transaction_id = start[2] if state == _ANSWERED else None
        m.unique_id = "%d-%d" % (queue.head_seq, self._refusals - self._unreadable)
        m.start = 6
        m.end = length
        if b[0] == METER:
            m.action = ACT_METER_VALUES
        else:
            self._fill_edge(m, now)
        clock = self._core.clock
        times = self.times[m.connector - 1]
        at = m.start
        while at < m.end:
            times.rewrite(clock, b, at, now)
            at += sample_length(b, at)
        return True

    def _fill_edge(self, m: "Message", now: int) -> None:
        """The fields that START and STOP have."""
        b = m.record
        clock = self._core.clock
        times = self.times[m.connector - 1]
        if b[0] == START:
            times.place_start(clock, b, now)
        else:
            times.place(clock, b, 6, now)
            times.sent(clock.s, clock.ms)
        m.s = clock.s
        m.ms = clock.ms
        m.meter_wh = u32(b, 14)
        m.id_tag = id_tag_of(b)
        m.start = 23 + b[22]
        if b[0] == START:
            m.action = ACT_START_TRANSACTION
            number = i32(b, 18)
            m.reservation_id = None if number == -1 else number
        else:
            m.action = ACT_STOP_TRANSACTION
            m.reason = b[18]
            if self._bare:
                m.end = m.start

    def age(self, now: int) -> None:
        """Keep the moment of the last refusal comparable, however long the link is away. Allocates: none."""
        self._refused = ticks_aged(self._refused, now)

    def _pause_ms(self) -> int:
        """How long to wait after the last refusal."""
        pause_ms = max(self._core.config.number(KEY_RETRY_INTERVAL), _UNREADABLE_PAUSE_S if self._unreadable else 0) * self._refusals * 1000
        return pause_ms if pause_ms < 86400000 else 86400000

    def next_due(self, now: int) -> int:
        """Milliseconds until a refused record may be sent again. Allocates: none."""
        left = self._pause_ms() - ticks_diff(now, self._refused) if self._refusals else IDLE_MS
        return left if left > 0 else 0

    def on_answer(self, m: "Message", fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Take what became of the record at the head: answered, refused, or (neither) silence."""
        starts = m.action == ACT_START_TRANSACTION
        if fields is None:
            if code == UNREADABLE and not starts:
                self._pop()
            elif code is not None and code != LOST:
                self._on_refusal(m, code, now)
            return
        if starts:
            if fields.transaction_id is not None:
                self._set_start(m, _ANSWERED, fields.transaction_id)
                self._pop()
            elif fields.tag_status:
                self._give_up(m, "the central system refused the idTag and opened no transaction")
            else:
                self._on_refusal(m, UNREADABLE, now)
                return
        else:
            self._pop()
        if fields.tag_status is not None and m.id_tag is not None:
            self._core.authorization.remember(m.id_tag, fields)
        if starts:
            self._core.connectors[m.connector - 1].on_started(u32(m.record, 2), fields, now)

    def _on_refusal(self, m: "Message", code: "str | int", now: int) -> None:
        """Try again later, or give the record up."""
        self._refusals += 1
        self._refused = now
        if code == TOO_LONG:
            if m.end > m.start and m.action == ACT_STOP_TRANSACTION and not self._bare:
                self._bare = True
                self._refusals = self._unreadable = 0
            else:
                self._give_up(m, "it does not fit into the send buffer")
            return
        most = self._core.config.number(KEY_ATTEMPTS) or 1
        if code == UNREADABLE:
            self._unreadable += 1
            most = max(most, _LEAST_TRIES)
        if self._refusals >= most:
            self._give_up(m, "its answer has no transactionId" if code == UNREADABLE else "refused: " + str(code))

    def _set_start(self, m: "Message", state: int, transaction_id: int) -> None:
        self.starts[m.connector - 1] = [u32(m.record, 2), state, transaction_id]
        self.times[m.connector - 1].take_start(self._core.clock, m.record, m.s, m.ms)
        self.save()

    def _pop(self) -> None:
        self._refusals = self._unreadable = 0
        self._bare = False
        self._queue.pop()

    def _give_up(self, m: "Message", why: str) -> None:
        """Move the record at the head to the dead letters."""
        b = m.record
        length = self._queue.peek(b)
        self._core.store.dead_letter(memoryview(b)[:length], why)
        self._core.note(EV_DEAD_LETTER, b[1], self._queue.head_seq)
        m.connector = b[1]
        if is_sound(b, length) and b[0] == START and b[1] <= len(self.starts):
            self._set_start(m, _GIVEN_UP, 0)
        self._pop()

    def has(self, number: int, kind: int) -> bool:
        """Whether a record of a transaction waits in the queue. Reads the whole queue: for the time after a power cut."""
        found = []

        def see(seq: int, record: "bytearray") -> bool:
            if is_sound(record, len(record)) and record[0] == kind and u32(record, 2) == number:
                found.append(seq)
            return not found

        self._queue.visit(see)
        return bool(found)


def _keep_edges(seq: int, record: "bytearray") -> bool:
    return record[0] != METER
