"""Flash wear in years, computed from what the store really writes.

The model of littlefs on the small board (W5500_EVB_PICO: 1,408 KiB of 4 KiB blocks, 256 B programming units, 100,000 erases a block: assumed):
an append or a rewrite of a file above the inline limit erases and programs one block; a file within it costs commits to its directory's
block, which is erased every 8 commits (4 KiB / 256 B, two units a commit). Erases are levelled over the free blocks (dynamic wear levelling).
"""

from __future__ import annotations

from chargepoint.runtime.store.record_queue import DEFAULT_BUDGET_BYTES
from chargepoint.runtime.store.store import DEAD_LETTER_BYTES, Store
from host_tests.faults.volume_model import FlashModel, FramModel, _File

BLOCKS = 1408 // 4
ERASES_A_BLOCK = 100_000
INLINE_BYTES = 512
COMMITS_AN_ERASE = 8
SESSIONS_A_DAY = 20
SAMPLES_A_SESSION = 120  # two hours, one a minute
SAVES_A_SESSION = 6  # of the running transaction and the energy register
START_BYTES, STOP_BYTES, SAMPLE_BYTES = 90, 90, 60


class _CountingFlash(FlashModel):
    erases = 0.0

    def commit(self, file: _File) -> None:
        super().commit(file)
        self.erases += 1 if len(self.files[file.name]) > INLINE_BYTES else 1 / COMMITS_AN_ERASE


def _session(store: Store) -> None:
    """One session with the central system connected: every message is queued, sent and popped; the contactor is closed meanwhile."""
    into = bytearray(200)

    def send(record: bytes, sample: bool = False) -> None:
        assert store.queue.append(record, sample)
        store.queue.peek(into)
        store.queue.pop()

    send(bytes(START_BYTES))
    store.contactor_closed(True)
    for number in range(SAMPLES_A_SESSION):
        send(bytes(SAMPLE_BYTES), True)
        if number % (SAMPLES_A_SESSION // SAVES_A_SESSION) == 0:
            store.save("tx1", bytes((number,)) * 60)
    store.contactor_closed(False)
    while store.next_due(0) == 0:
        store.poll(0)
    send(bytes(STOP_BYTES))


def _years(fram: bool) -> float:
    flash = _CountingFlash()
    store = Store(flash, lambda level, code, text: None, FramModel(flash, 32768) if fram else None)
    for _ in range(3):
        _session(store)
    flash.erases = 0
    for _ in range(SESSIONS_A_DAY):
        _session(store)
    used_blocks = (DEFAULT_BUDGET_BYTES + DEAD_LETTER_BYTES) // 4096 + 32
    return (BLOCKS - used_blocks) * ERASES_A_BLOCK / flash.erases / 365


def test_the_flash_outlives_the_charger() -> None:
    with_fram = _years(True)
    without = _years(False)
    print("\nflash wear at %d sessions a day: %.0f years with FRAM, %.0f years without" % (SESSIONS_A_DAY, with_fram, without))
    assert with_fram > 200 and without > 15


def test_two_hundred_offline_sessions_fit_with_samples_thinned_and_no_start_or_stop_lost() -> None:
    flash = FlashModel()
    store = Store(flash, lambda level, code, text: None)
    sessions = 200
    for session in range(sessions):
        assert store.queue.append(b"S%03d" % session + bytes(START_BYTES - 4))
        for number in range(SAMPLES_A_SESSION):
            record = b"M%03d" % number + bytes(SAMPLE_BYTES - 4)
            while not store.queue.append(record, True):
                if not store.queue.thin(lambda seq, record: record[:1] != b"M" or seq % 8 == 0):
                    break  # nothing more to thin: this sample is not kept
        assert store.queue.append(b"E%03d" % session + bytes(STOP_BYTES - 4))
    assert not store.failed and sum(len(data) for data in flash.files.values()) < DEFAULT_BUDGET_BYTES + 4096
    seen: list[bytes] = []

    def see(seq: int, record: bytearray) -> bool:
        seen.append(bytes(record[:4]))
        return True

    Store(flash, lambda level, code, text: None).queue.visit(see)
    marks = [mark for mark in seen if mark[:1] != b"M"]
    assert marks == [b"%c%03d" % (kind, session) for session in range(sessions) for kind in b"SE"]
    assert len(seen) > 3 * len(marks)


def test_sessions_without_samples_fit_more_than_a_thousand_times() -> None:
    store = Store(FlashModel(), lambda level, code, text: None)
    sessions = 0
    while store.queue.append(bytes(START_BYTES)) and store.queue.append(bytes(STOP_BYTES)):
        sessions += 1
    assert sessions > 1100
