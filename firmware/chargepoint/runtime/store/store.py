"""All persistent state of the charger, durable on return, whole after a power cut at any point.

Records by name (configuration, availability, running transactions, ...) are two-copy files (record_file.py), transaction messages an append-only
queue (record_queue.py), messages that were given up a second, bounded queue, the dead letters. With an FRAM fitted, everything
written while a contactor is closed goes to the staging log there (staging.py) and is moved to flash when the contactors are open;
without one it is written to flash at once, and the board's README says what that stall means there (docs/hardware.md 6.5).

Flash budget (default): queue 256 KiB, dead letters 16 KiB, named records two files each. Nothing else is written by this module.
When the flash is full or fails: `save` and `append` say so by their result, `failed` is set until a write succeeds, the old state stays.
"""

import struct

from micropython import const

from chargepoint.drivers.fram import STAGING_AT
from chargepoint.runtime.log import LOG_CRITICAL, LOG_ERROR
from chargepoint.runtime.store import records
from chargepoint.runtime.store.record_file import RecordFiles
from chargepoint.runtime.store.record_queue import DEFAULT_BUDGET_BYTES, RecordQueue
from chargepoint.runtime.store.records import STAGED_DEAD, STAGED_IN_FLASH, STAGED_RECORD, STAGED_SAVE
from chargepoint.runtime.unload import unload
from chargepoint.util.allowance import Allowance
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from chargepoint.runtime.store.staging import Staging
    from chargepoint.runtime.store.volume import Volume

DEAD_LETTER_BYTES = 16 * 1024
_RETRY_MS = const(5000)
_IDLE_MS = const(60000)
_SLICE_RECORDS = const(16)
_ATTEMPTS = const(3)
_MOST_BOOTS = const(0x3FFFFFFE)
_MOST_WRITES = const(200)  # of what a central system can make us write: more than any of them sets at once,
_WRITE_MS = const(30000)  # and 120 an hour: some fifteen years of it wear out a flash of 350 blocks (host_tests/faults/test_wear.py)


class Store:
    """The store port of the core. For reading: `queue`, `boot_number` (1 on the first boot), `failed`, `blind`, `unsound` (records not usable).

    `blind` = the FRAM does not answer at boot. It may hold messages and pops that the flash does not know, so the queue and the running
    transactions are out of sight for this boot: nothing is sent twice, numbered twice or overwritten. When `answers`, restart.
    """

    def __init__(
        self,
        volume: "Volume",
        log: "Callable[[int, str, str], None]",
        fram: "Any" = None,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
    ) -> None:
        """Recover what the flash and the FRAM hold, count this boot. Blocks: reads the queue once and writes one record."""
        self._volume = volume
        self._log = log
        self._files = RecordFiles(volume)
        self._failed = False
        self.unsound = 0
        self.writes = Allowance(_MOST_WRITES, _WRITE_MS)
        self._is_refusing = False
        self._due = 0
        self._dead: "RecordQueue | None" = None
        self.queue = queue = RecordQueue(volume, self._files, budget_bytes)
        self._staging: "Staging | None" = None
        self.blind = False
        self._fram = fram
        if fram is not None:
            staging = self._find_staging(_ATTEMPTS)
            if staging is not None:
                self._staging = staging
                queue.adopt(staging)
            else:
                self.blind = True
                queue.hide()
                log(LOG_CRITICAL, "store", "the FRAM does not answer: what it holds is out of sight, no transaction can start; check its wiring")
        if queue.damaged:
            log(LOG_ERROR, "store", "%d queue records could not be read and are lost: the flash is failing" % queue.damaged)
        data = self.load("boot")
        boots = struct.unpack("<I", data)[0] if data is not None else 0
        if boots >= _MOST_BOOTS:
            self.unusable("boot")
            boots = 0
        self.boot_number = 1 + boots
        self.save("boot", struct.pack("<I", self.boot_number))

    def _find_staging(self, attempts: int) -> "Staging | None":
        """Read the staging log of the FRAM; None when it does not answer to its end."""
        from chargepoint.runtime.store.staging import Staging

        for _ in range(attempts):
            try:
                return Staging(self._fram, STAGING_AT, self._fram.size - STAGING_AT)
            except OSError:
                pass  # the driver has tried to free the bus
        return None

    def answers(self) -> bool:
        """Whether a FRAM that was silent at boot can be read now. Blocks: as the boot's reading of it, 0.4 s."""
        return self._find_staging(1) is not None

    @property
    def failed(self) -> bool:
        """Whether the last write did not succeed: flash full or failing. The charger must not start transactions then."""
        return self._failed or self.queue.failed or self.blind

    def load(self, name: str) -> "bytes | None":
        """Return what was last saved under `name`, or None when there is nothing usable, which the log says.

        Allocates: twice the record. Blocks: two file reads.
        """
        data = None
        line = records.line_of(name)
        staging = self._staging
        if self.blind and name[:2] == "tx":
            return None
        if staging is not None and staging.active:
            try:
                offset = staging.latest().get(name.encode())
                if offset is not None:
                    end = staging.step(offset)
                    if staging.kind == STAGED_SAVE and staging.seq == records.version(line) and records.fits(line, staging.length):
                        return bytes(staging.data(end))
            except OSError:
                self._failed = True  # the FRAM does not answer: what the flash has is the best there is
        data = self._files.load(name)
        if self._files.damaged:
            self.unusable(name)
        elif data is None and (name == "utc" or name == "starts"):
            former = self._files.load("meta")
            if former is not None:
                from chargepoint.runtime.store.former_formats import of_meta

                data = of_meta(former, name)
                unload("chargepoint.runtime.store.former_formats")
        return data

    def unusable(self, name: str) -> None:
        """Report a record that makes no sense: it counts as absent. `unsound` counts them."""
        self.unsound += 1
        self._log(LOG_ERROR, "store", "what is stored as %s makes no sense: going on without it" % name)

    def save(self, name: str, data: "bytes | bytearray") -> bool:
        """Replace what is saved under `name`: durable on return, or False and the old data is still there.

        Blocks: one small file; with staging one FRAM write.
        """
        if self.blind:
            return False  # the FRAM may hold a newer one, which would count again later
        staging = self._staging
        line = records.line_of(name)
        if line < 0 or not records.fits(line, len(data)):
            self._log(LOG_CRITICAL, "store", "%d bytes cannot be saved as %s" % (len(data), name))
            return False
        if records.is_bounded(line) and not self._may_write(name, data):
            return False
        if staging is not None and staging.active:
            version = records.version(line)
            key = name.encode()
            if staging.put(STAGED_SAVE, version, data, name=key):
                return True
            # It does not fit: the flash has to count. What is staged under this name goes there first, then a note that it did.
            try:
                staged = key in staging.latest()
            except OSError:
                staged = True
            if staged:
                former = self.load(name)
                if (former is not None and not self._to_flash(name, former)) or not staging.put(STAGED_IN_FLASH, 0, b"", name=key):
                    self._failed = True  # without the note the staged data would come back
                    return False
        return self._to_flash(name, data)

    def _may_write(self, name: str, data: "bytes | bytearray") -> bool:
        """Whether a record that the central system changes may be written once more this hour; what is there already always may."""
        if self._files.holds(name, data):
            return True
        allowed = self.writes.take()
        if not allowed and not self._is_refusing:
            self._log(LOG_ERROR, "store", "%s changes too often: it is refused for a while, to spare the flash" % name)
        self._is_refusing = not allowed
        return allowed

    def _to_flash(self, name: str, data: "bytes | bytearray") -> bool:
        """Save a named record to flash; False, logged once, when the flash is full or fails."""
        try:
            self._files.save(name, data)
        except OSError as error:
            if not self._failed:
                self._log(LOG_CRITICAL, "store", "%s was not saved (%s): free or replace the flash" % (name, error))
            self._failed = True
            return False
        self._failed = False
        return True

    def part(self, name: str) -> "Any":
        """What a feature keeps on the flash besides records: the module of its name in features/. Raises: ImportError when the image has none."""
        return __import__("chargepoint.runtime.store.features." + name, None, None, ("Part",)).Part(self._volume)

    def contactor_closed(self, closed: bool) -> None:
        """Say whether any contactor is closed: while so, writes go to the FRAM if one is fitted."""
        if self._staging is not None:
            self._staging.contactor_closed(closed)

    @property
    def dead_letters(self) -> RecordQueue:
        """The messages that were given up, oldest first, for `visit`: each is length of the reason u8, the reason, the record.

        Bounded: 16 KiB; when full, the oldest 8 KiB are given up and the log says so.
        """
        if self._dead is None:
            self._dead = RecordQueue(self._volume, self._files, DEAD_LETTER_BYTES, "d")
        return self._dead

    def dead_letter(self, record: "bytes | bytearray | memoryview", reason: str) -> None:
        """Keep the record at the head of the queue, which is given up, with the reason; pop it afterwards.

        Called again for the same record (a cut came before the pop) it changes nothing.
        """
        text = reason.encode()[:255]
        data = bytes((len(text),)) + text + bytes(record)
        self._log(LOG_ERROR, "dead", "message %d given up: %s" % (self.queue.head_seq, reason))
        staging = self._staging
        if staging is None or not staging.active or not staging.put(STAGED_DEAD, self.queue.head_seq, data):
            self._bury(self.queue.head_seq, data)

    def _bury(self, seq: int, data: "bytes | bytearray") -> bool:
        """Append to the dead letters unless that message is there already; False when the flash fails."""
        dead = self.dead_letters
        if seq <= dead.last_flash_seq:
            return True
        if dead.used_bytes + len(data) + 10 > DEAD_LETTER_BYTES:
            self._log(LOG_ERROR, "dead", "the dead-letter file is full: its oldest half is given up")
            dead.drop_first_segment()
        self._failed = not dead.write(seq, data)
        return not self._failed

    def next_due(self, now: int) -> int:
        """Return the ms until `poll` has something to do. Allocates: none."""
        staging = self._staging
        if staging is None or staging.closed or not staging.active:
            return _IDLE_MS
        return max(0, ticks_diff(self._due, now)) if self.failed else 0

    def poll(self, now: int) -> None:
        """Move one slice of the staging log to flash when the contactors are open. Allocates: none when there is nothing to move.

        Blocks: one flash append or save.
        """
        self.writes.age(now)
        self._due = ticks_aged(self._due, now)
        staging = self._staging
        if staging is None or staging.closed or not staging.active or (self.failed and ticks_diff(self._due, now) > 0):
            return
        self._due = ticks_add(now, _RETRY_MS)
        try:
            self._move(staging)
        except OSError:
            self._failed = True  # the FRAM does not answer: again later

    def _move(self, staging: "Staging") -> None:
        if self._move_records(staging) or self._move_dead(staging):
            return
        unmoved = staging.unmoved()
        if unmoved:
            key, offset = unmoved[-1]
            end = staging.step(offset)
            if staging.kind == STAGED_IN_FLASH or self._move_save(staging, records.name_of(key), end):
                unmoved.pop()
        elif self.queue.save_head():
            staging.clear()

    def _move_save(self, staging: "Staging", name: str, end: int) -> bool:
        """Save one staged record to flash; False when that fails. What is no record of ours is left out."""
        line = records.line_of(name)
        if not name or staging.seq != records.version(line) or not records.fits(line, staging.length):
            self.unusable(name or "something")
            return True
        return self._to_flash(name, staging.data(end))

    def _move_records(self, staging: "Staging") -> bool:
        """Append the next staged transaction messages to the flash queue; False when there are none left."""
        queue = self.queue
        end = staging.find_unmoved(max(queue.head_seq, queue.last_flash_seq + 1))
        while end and not staging.length:
            end = staging.find(STAGED_RECORD, staging.seq + 1, end)
        if not end:
            return False
        left = _SLICE_RECORDS

        def more(room: int) -> "tuple[int, bytearray] | None":
            nonlocal end, left
            left -= 1
            if left > 0 and end:
                end = staging.find(STAGED_RECORD, 0, end)
                if end and 0 < staging.length <= room:
                    return staging.seq, staging.data(end)
            return None

        queue.write(staging.seq, staging.data(end), more)
        return True

    def _move_dead(self, staging: "Staging") -> bool:
        """Bury the next staged dead letter; False when there are none left."""
        end = staging.find(STAGED_DEAD, 0)
        if not end:
            return False
        end = staging.find(STAGED_DEAD, self.dead_letters.last_flash_seq + 1)
        if not end:
            return False
        self._bury(staging.seq, staging.data(end))
        return True
