"""The words of diag: numbers, events, messages and faults as people read them."""

import json
from binascii import unhexlify

from chargepoint.core.messages.records import METER, START, STOP, put_edge
from chargepoint.diag.event_texts import describe, severity
from chargepoint.diag.events import screen
from chargepoint.diag.faults_page import remedy
from chargepoint.diag.queue_page import dead, described, exported, waiting
from chargepoint.diag.words import duration, each, masked, thousandths, utc_text
from chargepoint.runtime.store.event_log import EventLog
from chargepoint.util.little_endian import put_u32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List


def test_thousandths_are_rounded_to_the_digits_asked_for() -> None:
    cases = (
        (230149, "V", 1, "230.1 V"),
        (230150, "V", 1, "230.2 V"),
        (0, "A", 1, "0.0 A"),
        (999, "A", 1, "1.0 A"),
        (50010, "Hz", 2, "50.01 Hz"),
        (10234712, "kWh", 3, "10234.712 kWh"),
        (7, "kWh", 3, "0.007 kWh"),
        (-8800, "V", 2, "-8.80 V"),
        (-40, "V", 1, "0.0 V"),
    )
    for value, unit, digits, text in cases:
        assert thousandths(value, unit, digits) in (text, "-" + text if text[0] == "0" else text), text
    assert each([16000, 15900, 16100], "A") == "16.0 A  15.9 A  16.1 A"


def test_durations_read_like_a_clock() -> None:
    assert duration(5) == "0:00:05"
    assert duration(3 * 3600 + 62) == "3:01:02"
    assert duration(2 * 86400 + 1) == "2 d 0:00:01"


def test_utc_is_shown_to_the_second() -> None:
    assert utc_text(0) == "2020-01-01T00:00:00Z"
    assert utc_text(217_582_930) == "2026-11-23T07:42:10Z"


def test_an_id_tag_is_shown_only_in_part() -> None:
    assert masked("04A1B2C3D4E5F6") == "04A1**********"
    assert masked(None) == "none"


def test_every_event_has_a_text_and_a_severity() -> None:
    for code in list(range(100, 118)) + list(range(200, 210)) + list(range(300, 309)):
        text = describe(code, 1)
        assert text and "%" not in text and text[:6] != "event ", code
        assert severity(code) == ("", "", "warning ", "ERROR ")[code // 100]
    assert describe(300, 4) == "FAULT: emergency stop"
    assert describe(111, 2) == "status Charging"
    assert describe(106, 4) == "session ended: card"
    assert describe(999, 5) == "event 999, 5"
    assert describe(111, 77) == "status 77"


def test_every_fault_has_a_remedy() -> None:
    for code in range(1, 21):
        assert len(remedy(code)) > 20, code
    assert "button" in remedy(4)


class Disk:
    """A volume in memory."""

    def __init__(self) -> None:
        self.files: "Dict[str, bytes]" = {}

    def open(self, name: str, mode: str) -> "File":
        if mode == "rb" and name not in self.files:
            raise OSError(2)
        return File(name, b"" if mode == "wb" else self.files.get(name, b""))

    def commit(self, file: "File") -> None:
        self.files[file.name] = file.data


class File:
    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.at = 0

    def seek(self, offset: int, whence: int) -> int:
        return len(self.data)

    def readinto(self, buf: bytearray) -> int:
        part = self.data[self.at : self.at + len(buf)]
        buf[: len(part)] = part
        self.at += len(part)
        return len(part)

    def write(self, data: bytes) -> int:
        self.data += bytes(data)
        return len(data)

    def close(self) -> None:
        pass


class Logged:
    """As much of an app as the log's screen needs."""

    def __init__(self, disk: Disk, boot: int) -> None:
        self.events = EventLog(disk, boot)  # type: ignore[arg-type]


def test_the_log_gives_events_from_before_the_clock_was_set_their_time() -> None:
    disk = Disk()
    app = Logged(disk, 7)
    app.events.add(100, 0, 0)
    app.events.poll(0, 30, False)
    app.events.add(300, 1, 4)
    app.events.set_utc(217_582_930, 40)
    app.events.flush()
    app = Logged(disk, 8)
    app.events.add(100, 0, 2)
    lines = list(screen(app, 0, 40, None))
    assert lines == [
        "4 events",
        "2026-11-23T07:41:30Z  boot 7  started after power on",
        "2026-11-23T07:42:00Z  boot 7  ERROR connector 1: FAULT: emergency stop",
        "2026-11-23T07:42:10Z  boot 7  the clock was set",
        "up 0:00:00            boot 8  started after the watchdog or a crash",
    ]


def test_the_log_shows_the_newest_and_counts_repetitions() -> None:
    disk = Disk()
    app = Logged(disk, 7)
    for i in range(600):
        app.events.add(303, 0, i)
        app.events.flush()
    app.events.add(102)
    app.events.add(102)
    lines = list(screen(app, 0, 3, None))
    assert lines[0][-13:] == " the last 3:" or "the last 3:" in lines[0]
    assert [line[30:] for line in lines[1:]] == [
        "ERROR message 598 was given up (diag.dead_letters())",
        "ERROR message 599 was given up (diag.dead_letters())",
        "connected to the central system (2 times)",
    ]
    assert list(screen(app, 0, 3, 6)) == ["0 events"]


def record(kind: int, detail: int = -1, tag: "str | None" = "04A1B2C3") -> bytes:
    data = bytearray(100)
    if kind == METER:
        data[0] = METER
        data[1] = 2
        put_u32(data, 2, (5 << 16) + 3)
        data[15] = 1  # one value in the first sample
        data[31] = 0
        return bytes(data[: 6 + 16 + 10])
    return bytes(data[: put_edge(data, kind, 1, (5 << 16) + 3, 10234712, detail, tag)])


def test_queued_messages_are_described() -> None:
    assert described(record(START)) == "start    connector 1, session 5.3, 10234.712 kWh, card 04A1****"
    assert described(record(STOP, 8)) == "stop     connector 1, session 5.3, 10234.712 kWh, remote stop"
    assert described(record(STOP, 255, None)) == "stop     connector 1, session 5.3, 10234.712 kWh, no reason"
    assert described(record(METER)) == "samples  connector 2, session 5.3, 2 taken together"


class Queue:
    """A queue of records."""

    def __init__(self, records: "List[bytes]") -> None:
        self.records = records
        self.count = len(records)
        self.free_records = 3000
        self.damaged = 0

    def visit(self, see: "Callable[[int, bytearray], bool]") -> None:
        for seq in range(len(self.records)):
            if not see(seq + 1, bytearray(self.records[seq])):
                return


class Queued:
    """As much of an app as the queue's screens need."""

    def __init__(self, records: "List[bytes]") -> None:
        self.store: "Any" = self
        self.core: "Any" = self
        self.deliveries: "Any" = self
        self.queue = self.dead_letters = Queue(records)
        self.thinned = 0
        self.online = True
        self.clock: "Any" = self

    def utc(self, now: int) -> bool:
        return False


def test_the_queue_is_listed_up_to_the_number_asked_for() -> None:
    lines = list(waiting(Queued([record(START)] * 5), 0, 2))
    assert lines[0][:15] == "5 messages wait"
    assert len(lines) == 4 and "3 more" in lines[3]


def test_dead_letters_come_with_their_reasons() -> None:
    letter = bytes((9,)) + b"RejectedX" + record(STOP, 4)
    assert list(dead(Queued([letter]), 0, 5)) == [
        "1 messages were given up",
        "     1  stop     connector 1, session 5.3, 10234.712 kWh, card",
        "        RejectedX",
    ]
    (line,) = exported(Queued([letter]), 0, 5)
    whole = json.loads(line)
    assert whole["seq"] == 1 and whole["reason"] == "RejectedX" and whole["action"] == "StopTransaction" and whole["session"] == "5.3"
    assert whole["meterWh"] == 10234712 and whole["time"] is None and unhexlify(whole["record"]) == record(STOP, 4)
    assert list(dead(Queued([]), 0, 5)) == ["0 messages were given up: nothing is lost"]
