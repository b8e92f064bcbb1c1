"""The event log keeps what explains a night's failures: in order, bounded, through power cuts, without a write at the wrong time."""

import struct

from chargepoint.runtime.store.event_log import EventLog, unpack
from host_tests.portable import without_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Tuple

    Entry = Tuple[int, int, int, int, int, int]

BOOT = 100
CLOCK_SET = 101
LINK_UP = 102
LINK_DOWN = 200
FAULT = 300


class File:
    def __init__(self, disk: "Disk", name: str, data: bytes) -> None:
        self.disk = disk
        self.name = name
        self.data = data
        self.at = 0

    def seek(self, offset: int, whence: int) -> int:
        self.at = len(self.data) if whence == 2 else offset
        return self.at

    def readinto(self, buf: bytearray) -> int:
        part = self.data[self.at : self.at + len(buf)]
        buf[: len(part)] = part
        self.at += len(part)
        return len(part)

    def write(self, data: "bytes | memoryview") -> int:
        if self.disk.full:
            raise OSError(28)
        self.data += bytes(data)
        return len(data)

    def close(self) -> None:
        pass


class Disk:
    """A volume in memory: what was committed stays, `cut` tears the last commit."""

    def __init__(self) -> None:
        self.files: "Dict[str, bytes]" = {}
        self.commits = 0
        self.full = False

    def open(self, name: str, mode: str) -> File:
        if mode == "rb" and name not in self.files:
            raise OSError(2)
        if mode == "wb":
            self.files[name] = b""
        return File(self, name, self.files.get(name, b""))

    def commit(self, file: File) -> None:
        self.files[file.name] = file.data
        self.commits += 1


class Fram:
    def __init__(self) -> None:
        self.data = bytearray(b"\xa5" * 1024)
        self.broken = False

    def read_into(self, offset: int, buf: "Any") -> bool:
        buf[:] = self.data[offset : offset + len(buf)]
        return not self.broken

    def write(self, offset: int, buf: "Any") -> bool:
        if self.broken:
            return False
        assert offset >= 464 and offset + len(buf) <= 1024, "outside the log's own part of the FRAM"
        self.data[offset : offset + len(buf)] = buf
        return True


def entries(disk: Disk, name: str) -> "List[Entry]":
    data = disk.files.get(name, b"")
    found = []
    for at in range(0, len(data) - 15, 16):
        entry = unpack(bytearray(data[at : at + 16]))
        if entry is not None and entry[0]:
            found.append(entry)
    return found


def events(disk: Disk) -> "List[Tuple[int, int, int]]":
    """All of both files, older file first: (code, connector, argument)."""
    files = []
    for name in ("events0", "events1"):
        data = disk.files.get(name, b"")
        if len(data) >= 16 and unpack(bytearray(data[:16])) is not None:
            files.append((struct.unpack_from("<i", data, 8)[0], name))
    files.sort()
    return [(entry[0], entry[1], entry[4]) for _, name in files for entry in entries(disk, name)]


def made(disk: Disk, fram: "Fram | None" = None, boot: int = 7, hold_s: int = 60) -> EventLog:
    return EventLog(disk, boot, hold_s, fram)  # type: ignore[arg-type]


def test_nothing_is_written_before_it_is_due() -> None:
    disk = Disk()
    log = made(disk)
    log.poll(0, 100, False)
    log.add(BOOT, 0, 3)
    log.poll(0, 159, False)
    assert disk.commits == 0
    log.poll(0, 160, False)
    assert disk.commits == 1
    assert entries(disk, "events0") == [(BOOT, 0, 0, 100, 3, 7)]


def test_an_error_is_written_after_two_seconds() -> None:
    disk = Disk()
    log = made(disk)
    log.poll(0, 100, False)
    log.add(LINK_DOWN)
    log.add(FAULT, 1, 3)
    log.poll(0, 101, False)
    assert disk.commits == 0
    assert log.next_due(0) == 1000
    log.poll(0, 102, False)
    assert disk.commits == 1
    assert events(disk) == [(LINK_DOWN, 0, 0), (FAULT, 1, 3)]
    assert log.next_due(0) >= 60_000


def test_nothing_goes_to_flash_while_a_contactor_is_closed() -> None:
    disk = Disk()
    log = made(disk)
    log.add(FAULT, 1, 1)
    for up_s in range(0, 30_000, 100):
        log.poll(0, up_s, True)
        assert log.next_due(0) > 1000, "the app would spin"
    assert disk.commits == 0
    log.poll(0, 30_000, False)
    assert events(disk) == [(FAULT, 1, 1)]


def test_a_repeated_event_is_one_entry_with_a_count() -> None:
    disk = Disk()
    log = made(disk)
    for _ in range(10):
        log.add(LINK_DOWN, 0, 2)
    log.add(LINK_DOWN, 0, 3)
    log.flush()
    assert [entry[:3] for entry in entries(disk, "events0")] == [(LINK_DOWN, 0, 9), (LINK_DOWN, 0, 0)]


def test_a_link_that_flaps_in_a_session_does_not_push_out_anything() -> None:
    disk = Disk()
    log = made(disk)
    log.add(FAULT, 1, 4)
    for i in range(200):
        log.poll(0, i * 60, True)
        log.add(LINK_DOWN, 0, 2)
        log.add(LINK_UP)
    log.poll(0, 20_000, False)
    found = entries(disk, "events0")
    assert found[0][0] == FAULT
    assert len(found) <= 33
    assert sum(entry[2] + 1 for entry in found if entry[0] == LINK_DOWN) == 200


def test_events_that_find_no_room_are_counted() -> None:
    disk = Disk()
    log = made(disk)
    for i in range(40):
        log.add(FAULT, 1, i)
    log.flush()
    log.add(BOOT)
    log.flush()
    found = events(disk)
    assert found[:32] == [(FAULT, 1, i) for i in range(32)]
    assert (209, 0, 8) in found


def test_the_log_is_bounded_and_keeps_the_newest() -> None:
    disk = Disk()
    log = made(disk)
    for i in range(3000):
        log.add(FAULT, 1, i)
        log.flush()
        assert len(disk.files.get("events0", b"")) <= 4096 and len(disk.files.get("events1", b"")) <= 4096
    found = events(disk)
    assert 254 <= len(found) <= 510
    assert found == [(FAULT, 1, i) for i in range(3000 - len(found), 3000)]


def test_it_goes_on_where_it_was_after_a_restart() -> None:
    disk = Disk()
    for boot in range(1, 700):
        log = made(disk, boot=boot)
        log.add(BOOT, 0, boot)
        log.flush()
    found = events(disk)
    assert found == [(BOOT, 0, boot) for boot in range(700 - len(found), 700)]


def test_a_torn_append_costs_only_the_torn_entry() -> None:
    for kept in range(1, 48):
        disk = Disk()
        log = made(disk)
        log.add(BOOT)
        log.flush()
        before = disk.files["events0"]
        for i in range(3):
            log.add(FAULT, 1, i)
        log.flush()
        disk.files["events0"] = disk.files["events0"][: len(before) + kept]
        log = made(disk)
        log.add(LINK_UP)
        log.flush()
        expected = [(BOOT, 0, 0)] + [(FAULT, 1, i) for i in range(kept // 16)] + [(LINK_UP, 0, 0)]
        assert events(disk) == expected, kept


def test_a_cut_while_the_other_file_is_begun_keeps_the_full_one() -> None:
    for kept in (0, 1, 15, 16, 20, 40):
        disk = Disk()
        log = made(disk)
        number = 0
        while "events1" not in disk.files:
            log.add(FAULT, 1, number)
            log.flush()
            number += 1
        disk.files["events1"] = disk.files["events1"][:kept]
        log = made(disk)
        log.add(LINK_UP)
        log.flush()
        found = events(disk)
        assert found[:250] == [(FAULT, 1, i) for i in range(250)], kept
        assert found[-1] == (LINK_UP, 0, 0), kept


def test_rubbish_in_the_files_is_not_taken_for_events() -> None:
    disk = Disk()
    disk.files["events0"] = b"\x00" * 333
    disk.files["events1"] = b"\xff" * 5000
    log = made(disk)
    log.add(BOOT, 0, 1)
    log.flush()
    assert events(disk) == [(BOOT, 0, 1)]


def test_a_full_flash_loses_nothing_that_still_fits_in_ram() -> None:
    disk = Disk()
    log = made(disk)
    disk.full = True
    log.add(FAULT, 1, 1)
    assert not log.flush()
    log.add(FAULT, 1, 2)
    log.poll(0, 1000, False)
    assert not disk.commits
    disk.full = False
    log.poll(0, 2000, False)
    assert events(disk) == [(FAULT, 1, 1), (FAULT, 1, 2)]


def test_each_file_tells_the_time_of_the_boot_it_was_begun_in() -> None:
    disk = Disk()
    log = made(disk)
    log.set_utc(217_000_000, 40)
    log.poll(0, 41, False)
    while "events1" not in disk.files:
        log.add(BOOT)
        log.flush()
    assert entries(disk, "events0")[0] == (CLOCK_SET, 0, 0, 40, 217_000_000, 7)
    assert entries(disk, "events1")[0] == (CLOCK_SET, 0, 0, 40, 217_000_000, 7)


def test_events_of_a_session_survive_a_power_cut_in_the_fram() -> None:
    disk = Disk()
    fram = Fram()
    log = made(disk, fram)
    log.poll(0, 10, True)
    log.add(FAULT, 1, 3)
    log.add(LINK_DOWN, 0, 1)
    log.poll(0, 11, True)
    log.add(LINK_DOWN, 0, 1)
    log.poll(0, 12, True)
    assert disk.commits == 0
    # Power cut; the next boot has them and puts them into the flash.
    log = made(disk, fram, boot=8)
    log.add(BOOT)
    log.poll(0, 60, False)
    assert entries(disk, "events0") == [(FAULT, 1, 0, 10, 3, 7), (LINK_DOWN, 0, 1, 10, 1, 7), (BOOT, 0, 0, 0, 0, 8)]
    # And only once.
    log = made(disk, fram, boot=9)
    assert log.pending == 0


def test_old_entries_in_the_fram_do_not_come_back() -> None:
    disk = Disk()
    fram = Fram()
    log = made(disk, fram)
    for i in range(5):
        log.add(FAULT, 1, i)
    log.poll(0, 1, True)
    log.flush()
    log.add(LINK_UP)
    log.poll(0, 1, True)
    log = made(disk, fram)
    assert log.pending == 16


def test_an_fram_that_dies_is_done_without() -> None:
    disk = Disk()
    fram = Fram()
    log = made(disk, fram)
    fram.broken = True
    log.add(FAULT, 1, 1)
    log.poll(0, 1, True)
    log.poll(0, 5, False)
    assert events(disk) == [(FAULT, 1, 1)]


def test_large_arguments_are_clamped() -> None:
    disk = Disk()
    log = made(disk)
    log.add(FAULT, 1, 1 << 40)
    log.add(FAULT, 2, -(1 << 40))
    log.flush()
    assert events(disk) == [(FAULT, 1, (1 << 30) - 1), (FAULT, 2, 1 - (1 << 30))]


def test_noting_an_event_and_an_idle_poll_allocate_nothing() -> None:
    log = made(Disk())

    def work() -> None:
        log.add(LINK_UP)
        log.add(LINK_DOWN, 0, 2)
        log.poll(0, 1, False)

    work()
    without_heap(work)
