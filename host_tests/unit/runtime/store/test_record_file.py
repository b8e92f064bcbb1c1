"""The codec of the named records: two copies, checksums that know the name, bounded sizes, what older firmware wrote."""

import struct
from binascii import crc32

from chargepoint.runtime.store.record_file import RecordFiles
from chargepoint.runtime.store.store import Store
from host_tests.faults.volume_model import FlashModel
from host_tests.portable import raises

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Log:
    def __init__(self) -> None:
        self.lines: "list[tuple[int, str, str]]" = []

    def __call__(self, level: "Any", code: "Any", text: "Any") -> None:
        if "given up: " not in text:
            self.lines.append((level, code, text))


def test_saving_the_same_again_writes_nothing() -> None:
    flash = FlashModel()
    for name, copies in (("authcache", 1), ("config", 2)):
        store = Store(flash, _Log())
        store.save(name, b"same")
        commits = flash.commits
        assert store.save(name, bytearray(b"same")) and flash.commits == commits
        again = Store(flash, _Log())
        commits = flash.commits
        assert again.save(name, b"same") and flash.commits == commits
        assert again.save(name, b"other") and flash.commits == commits + copies


def test_a_save_reads_only_what_it_has_not_read_before() -> None:
    flash = FlashModel()
    store = Store(flash, _Log())
    store.save("tx1", b"first")
    opened = flash.opened
    assert store.save("tx1", b"second") and store.save("tx1", b"third")
    assert flash.opened == opened + 2 and store.load("tx1") == b"third"


def test_one_damaged_copy_is_no_loss() -> None:
    flash = FlashModel()
    files = RecordFiles(flash)
    files.save("tx1", b"old")
    files.save("tx1", b"new")
    newest = "tx1.0" if flash.files["tx1.0"][-3:] == b"new" else "tx1.1"
    flash.files[newest][-1] ^= 0x20
    assert RecordFiles(flash).load("tx1") == b"old"
    files = RecordFiles(flash)
    files.save("tx1", b"newer")
    assert RecordFiles(flash).load("tx1") == b"newer"


def test_damage_to_one_file_never_brings_back_an_older_state_of_what_changes_seldom() -> None:
    for name in ("availability", "config"):
        for damage in (0, 1, 2):
            for copy in (".0", ".1"):
                flash = FlashModel()
                store = Store(flash, _Log())
                store.save(name, b"\1\0")
                store.save(name, b"\1\1")
                if damage == 0:
                    flash.files[name + copy][-1] ^= 1
                elif damage == 1:
                    flash.files[name + copy] = flash.files[name + copy][:9]
                else:
                    flash.files.pop(name + copy)
                assert Store(flash, _Log()).load(name) == b"\1\1"


def test_a_record_of_another_name_is_no_record() -> None:
    names = ("boot", "config", "availability", "tx1", "tx2", "clock", "energy1", "energy2", "qhead")
    data = {"availability": b"\1\0", "tx1": bytes(16), "tx2": b"", "energy1": bytes(28), "energy2": bytes(28)}
    for name in names:
        for other in names:
            if name != other:
                flash = FlashModel()
                RecordFiles(flash).save(name, data.get(name, b"\5\0\0\0"))
                flash.files[other + ".0"] = flash.files.pop(name + ".0")
                log = _Log()
                assert Store(flash, log).load(other) in (None, b"\1\0\0\0")  # the boot number begins afresh
                assert [line for line in log.lines if other in line[2]]


def test_what_is_longer_than_its_record_may_be_is_not_read() -> None:
    flash = FlashModel()
    files = RecordFiles(flash)
    files.save("config", bytes(8192))
    assert raises(ValueError, files.save, "config", bytes(8193))
    flash.files["config.0"] = flash.files["config.1"] = bytearray(100000)
    flash.files["boot.0"] = flash.files["config.0"]
    log = _Log()
    store = Store(flash, log)
    assert store.boot_number == 1 and store.load("config") is None and store.unsound == 2
    assert flash.longest_read <= 8192 + 64
    assert not store.save("config", bytes(8193)) and not store.failed and store.save("config", b"")


def test_what_firmware_0_1_wrote_is_read() -> None:
    def written(data: bytes, sequence: int) -> bytearray:
        head = struct.pack("<BBBBI", 0x52, sequence, 1, 0, len(data))
        return bytearray(head + struct.pack("<I", crc32(data, crc32(head))) + data)

    flash = FlashModel()
    flash.files["config.0"] = written(b"a=2", 7)
    flash.files["config.1"] = written(b"a=1", 6)
    flash.files["meta.1"] = written(b"3 217584000\n65537 1 1001\n131073 2 0", 1)
    store = Store(flash, _Log())
    assert store.load("config") == b"a=2"
    assert store.load("utc") == struct.pack("<Iq", 3, 217584000)
    assert store.load("starts") == struct.pack("<IIqIIq", 65537, 1, 1001, 131073, 2, 0)
    store.save("config", b"a=3")
    store.save("starts", bytes(16))
    store = Store(flash, _Log())
    assert store.load("config") == b"a=3" and store.load("starts") == bytes(16)
    for nonsense in (b"", b"\xff", b"1", b"1 x\n1 2 3", b"1 2 3\n1 2", b"9" * 400 + b" 1\n1 1 " + b"9" * 90, bytes(40)):
        flash = FlashModel()
        flash.files["meta.0"] = written(nonsense, 1)
        store = Store(flash, _Log())
        assert len(store.load("utc") or bytes(12)) == 12 and len(store.load("starts") or b"") % 16 == 0


def test_a_record_of_another_version_is_left_alone_and_reported() -> None:
    flash = FlashModel()
    head = struct.pack("<BBBBI", 0x52, 1, 2, 1, 6)
    flash.files["config.0"] = bytearray(head + struct.pack("<I", crc32(b"future", crc32(head, crc32(b"config")))) + b"future")
    log = _Log()
    assert Store(flash, log).load("config") is None and len(log.lines) == 1
