"""The store: two-copy records, migration, staging in FRAM, dead letters, a full flash."""

from chargepoint.runtime.store.record_file import RecordFiles
from chargepoint.runtime.store.store import Store
from chargepoint.util.ticks import ticks_add
from host_tests.faults.volume_model import IN_PLACE, FlashModel, FramModel, PowerCut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Log:
    def __init__(self) -> None:
        self.lines: "list[tuple[int, str, str]]" = []

    def __call__(self, level: "Any", code: "Any", text: "Any") -> None:
        if "given up: " not in text:
            self.lines.append((level, code, text))


def _drain(store: "Any") -> "Any":
    into = bytearray(600)
    out: "list[bytes]" = []
    while True:
        length = store.queue.peek(into)
        if not length:
            return out
        out.append(bytes(into[:length]))
        store.queue.pop()


def _settle(store: "Any") -> None:
    now = 0
    for _ in range(200):
        if store.next_due(now) > 1000:
            return
        store.poll(now)
    raise AssertionError("the store does not come to rest")


def test_an_empty_flash_starts() -> None:
    log = _Log()
    store = Store(FlashModel(), log)
    assert store.boot_number == 1 and store.load("config") is None and log.lines == []
    assert store.queue.count == 0 and not store.failed


def test_boots_are_counted() -> None:
    flash = FlashModel()
    assert [Store(flash, _Log()).boot_number for _ in range(300)] == list(range(1, 301))


def test_records_come_back_after_a_restart() -> None:
    flash = FlashModel()
    store = Store(flash, _Log())
    for i in range(300):
        assert store.save("tx2", b"value %d" % i)
    assert store.save("tx1", b"") and store.save("config", b"one")
    store = Store(flash, _Log())
    assert store.load("tx2") == b"value 299" and store.load("tx1") == b"" and store.load("config") == b"one" and store.load("utc") is None


def test_garbage_in_every_file_still_starts() -> None:
    for rubbish in (b"", b"\x00" * 40, b"\xff" * 5000, bytes(range(256)), b"R\x01\x01\x00\xff\xff\xff\xff1234"):
        flash = FlashModel()
        for name in ("config.0", "config.1", "boot.0", "boot.1", "qhead.0", "qhead.1", "q64", "q65", "q128", "qx", "d64"):
            flash.files[name] = bytearray(rubbish)
        log = _Log()
        store = Store(flash, log)
        assert store.boot_number == 1 and store.load("config") is None
        assert [line for line in log.lines if "config" in line[2]]
        store.queue.append(b"works")
        assert _drain(store) == [b"works"]
        store.queue.append(b"kept")
        assert _drain(Store(flash, log)) == [b"kept"]


def test_a_full_flash_keeps_the_old_record_and_says_so_once() -> None:
    flash = FlashModel(IN_PLACE)
    log = _Log()
    store = Store(flash, log)
    store.save("config", b"old")
    flash.full = True
    assert not store.save("config", b"new") and not store.save("config", b"new")
    assert store.failed and store.load("config") == b"old" and len(log.lines) == 1
    flash.full = False
    assert store.save("config", b"new") and not store.failed


def test_nothing_is_written_to_flash_while_a_contactor_is_closed() -> None:
    flash = FlashModel()
    fram = FramModel(flash)
    store = Store(flash, _Log(), fram)
    store.queue.append(b"start")
    store.save("tx1", b"before")
    _settle(store)
    store.contactor_closed(True)
    commits = flash.commits
    names = sorted(flash.files)
    for i in range(200):  # more than fits: what was sent makes room
        assert store.queue.append(b"sample %d" % i + bytes(60), True)
        store.save("tx1", b"state %d" % i)
        into = bytearray(100)
        assert store.queue.peek(into)
        store.queue.pop()
        store.poll(0)
    assert flash.commits == commits and sorted(flash.files) == names
    assert store.load("tx1") == b"state 199" and store.queue.count == 1
    again = Store(flash, _Log(), fram)  # a cut in the session: the FRAM is read back
    assert again.load("tx1") == b"state 199" and again.queue.count == 1
    store = again
    _settle(store)
    assert store.load("tx1") == b"state 199"
    assert RecordFiles(flash).load("tx1") == b"state 199"
    assert [r[:10] for r in _drain(store)] == [b"sample 199"]
    assert store.queue.append(b"x") == 202


def test_order_holds_across_flash_staging_and_move() -> None:
    flash = FlashModel()
    store = Store(flash, _Log(), FramModel(flash))
    for i in range(5):
        store.queue.append(b"%d" % i)
    store.contactor_closed(True)
    for i in range(5, 60):
        store.queue.append(b"%d" % i)
    assert store.queue.peek(bytearray(9)) == 1
    store.queue.pop()
    store.contactor_closed(False)
    store.poll(0)  # a part is moved
    store.queue.append(b"60")
    store.contactor_closed(True)
    store.poll(0)
    store.queue.append(b"61")
    assert [int(r) for r in _drain(store)] == list(range(1, 62))


def test_a_full_fram_refuses_samples_first_and_can_be_thinned() -> None:
    flash = FlashModel()
    store = Store(flash, _Log(), FramModel(flash))
    store.contactor_closed(True)
    while store.queue.append(b"M" + bytes(49), True):
        pass
    count = store.queue.count
    assert store.queue.append(b"STOP" + bytes(60)) and store.save("tx1", b"still fits")
    gone = store.queue.thin(lambda seq, record: record[:1] != b"M" or seq % 2 == 0)
    assert gone == (count + 1) // 2 and store.queue.append(b"M" + bytes(49), True)
    left = store.queue.count
    store.contactor_closed(False)
    _settle(store)
    assert len(_drain(store)) == left


def test_a_record_too_large_for_the_fram_goes_to_flash_and_counts() -> None:
    flash = FlashModel()
    fram = FramModel(flash)
    store = Store(flash, _Log(), fram)
    store.contactor_closed(True)
    store.save("authcache", b"small")
    assert store.save("authcache", b"L" * 3000)
    assert store.load("authcache") == b"L" * 3000
    assert Store(flash, _Log(), fram).load("authcache") == b"L" * 3000
    store.contactor_closed(False)
    _settle(store)
    assert store.load("authcache") == b"L" * 3000


def test_a_save_that_no_longer_fits_into_a_full_fram_is_the_new_state_or_says_no() -> None:
    for filling in range(1, 40):  # what is left of the FRAM: from nothing to a whole entry
        flash = FlashModel()
        fram = FramModel(flash)
        store = Store(flash, _Log(), fram)
        store.contactor_closed(True)
        assert store.save("tx1", b"old")
        while store.queue.append(b"R" + bytes(99)):
            pass
        while store.queue.append(b"r" * filling):
            pass
        for name, before in (("tx1", b"old"), ("tx2", None)):
            now = b"N" * 16 if store.save(name, b"N" * 16) else before
            assert store.load(name) == now
            assert Store(flash, _Log(), fram).load(name) == now, filling


def test_a_fram_that_is_dumb_at_boot_is_reported_and_nothing_is_numbered_until_it_answers() -> None:
    flash = FlashModel()
    fram = FramModel(flash)
    store = Store(flash, _Log(), fram)
    assert store.queue.append(b"in flash") == 1 and store.save("config", b"flash")
    store.contactor_closed(True)
    assert store.queue.append(b"staged") == 2 and store.save("config", b"staged") and store.save("tx1", b"running")
    fram.dumb = True
    log = _Log()
    store = Store(flash, log, fram)
    assert store.blind and store.failed and "FRAM" in log.lines[0][2] and not store.answers()
    assert store.queue.count == 0 and store.queue.append(b"third") == 0 and store.queue.thin(lambda seq, record: False) == 0
    assert store.load("config") == b"flash" and not store.save("config", b"new") and store.load("tx1") is None
    fram.dumb = False
    assert store.answers()
    store = Store(flash, _Log(), fram)
    assert not store.blind and not store.failed and store.load("config") == b"staged" and store.load("tx1") == b"running"
    assert store.queue.append(b"third") == 3
    assert _drain(store) == [b"in flash", b"staged", b"third"]


def test_a_fram_that_answers_at_the_third_attempt_is_no_loss() -> None:
    flash = FlashModel()
    fram = FramModel(flash)
    Store(flash, _Log(), fram)

    class Waking(FramModel):
        asked = 0

        def read_into(self, address: "Any", into: "Any") -> "Any":
            self.asked += 1
            return False if self.asked < 3 else FramModel.read_into(self, address, into)

    waking = Waking(flash)
    waking.cells = fram.cells
    assert not Store(flash, _Log(), waking).blind


def test_an_fram_that_dies_in_a_session_is_reported_by_the_results() -> None:
    flash = FlashModel()
    fram = FramModel(flash)
    store = Store(flash, _Log(), fram)
    store.contactor_closed(True)
    assert store.queue.append(b"first")
    fram.dumb = True
    assert store.queue.append(b"second") == 0


def test_dead_letters_can_be_read_and_are_bounded() -> None:
    flash = FlashModel()
    log = _Log()
    store = Store(flash, log)
    for i in range(400):
        store.queue.append(b"message %d" % i + bytes(60))
        store.queue.peek(bytearray(100))
        store.dead_letter(b"message %d" % i + bytes(60), "refused 3 times")
        store.dead_letter(b"message %d" % i + bytes(60), "refused 3 times")  # as after a cut before the pop
        store.queue.pop()
    assert [line for line in log.lines if "oldest half" in line[2]]
    seen = []

    def see(seq: "Any", data: "Any") -> "Any":
        seen.append(seq)
        assert data[1 : 1 + data[0]] == b"refused 3 times" and bytes(data[1 + data[0] :]) == b"message %d" % (seq - 1) + bytes(60)
        return True

    Store(flash, log).dead_letters.visit(see)
    assert seen == list(range(seen[0], 401)) and len(seen) > 50
    assert sum([len(data) for name, data in flash.files.items() if name[0] == "d"]) < 17000


def test_a_dead_letter_in_a_session_reaches_the_flash_after_it() -> None:
    flash = FlashModel()
    store = Store(flash, _Log(), FramModel(flash))
    store.contactor_closed(True)
    store.queue.append(b"bad")
    store.queue.peek(bytearray(9))
    store.dead_letter(b"bad", "why")
    store.queue.pop()
    store.contactor_closed(False)
    _settle(store)
    seen = []

    def see(seq: int, data: bytearray) -> bool:
        seen.append((seq, bytes(data)))
        return True

    Store(flash, _Log()).dead_letters.visit(see)
    assert seen == [(1, b"\x03whybad")]


def test_a_cut_in_a_save_leaves_old_or_new() -> None:
    for kind in (0, 1, 2):
        for cut in range(40):
            flash = FlashModel(kind)
            Store(flash, _Log()).save("config", b"old value")
            store = Store(flash, _Log())
            flash.cut_after = cut
            try:
                store.save("config", b"the new value")
            except PowerCut:
                pass
            flash.reboot()
            assert Store(flash, _Log()).load("config") in [b"old value", b"the new value"]


def test_what_a_central_system_changes_is_written_so_often_an_hour_and_no_more() -> None:
    flash = FlashModel()
    log = _Log()
    store = Store(flash, log)
    now = (1 << 30) - 5000
    store.poll(now)
    written = 0
    for n in range(2 * 3600):  # two hours of a change a second, alternating between two records, across the wrap of the ticks
        name = "config" if n & 1 else "availability"
        written += store.save(name, b"%04d" % (n // 2))
        assert store.save("tx1", b"%d" % n), "what the charger itself has to write is not bounded"
        now = ticks_add(now, 1000)
        store.poll(now)
    assert 300 < written <= 200 + 2 * 120 + 1 and not store.failed
    assert len(log.lines) < written and "too often" in log.lines[0][2]
    latest = store.load("config")
    commits = flash.commits
    assert latest is not None and store.save("config", latest) and flash.commits == commits, "what is there already costs nothing"
    for _ in range(600):
        now = ticks_add(now, 10000)
        store.poll(now)
    for n in range(150):  # the burst after a pause
        assert store.save("config", b"burst %d" % n)
