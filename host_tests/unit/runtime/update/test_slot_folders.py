"""Slots as folders on a file system: what is unpacked, what it replaces, where it does not write."""

import os

from chargepoint.runtime.update.package import PackageReader
from chargepoint.runtime.update.slot_folders import SlotFolders
from host_tests.portable import raises
from host_tests.unit.runtime.update.test_package import made

FILES = (("boot.mpy", b"boot" * 100), ("chargepoint/core/site.mpy", bytes(5000)), ("empty.mpy", b""), ("main.mpy", b"m"))


def image(files: "tuple[tuple[str, bytes], ...]" = FILES) -> bytes:
    return b"".join([bytes((len(name),)) + len(data).to_bytes(4, "little") + name.encode() + data for name, data in files])


class Scratch:
    """A folder for a test; gone at its end. `path` has a slash at its end."""

    def __enter__(self) -> str:
        if "build" not in os.listdir("."):
            os.mkdir("build")
        number = 0
        while True:  # others may be at work here
            self.path = "build/scratch-%d/" % number
            try:
                os.mkdir(self.path[:-1])
            except OSError:
                number += 1
            else:
                return self.path

    def __exit__(self, *error: object) -> None:
        _remove(self.path[:-1])


def _remove(folder: str) -> None:
    for name in os.listdir(folder):
        path = folder + "/" + name
        if os.stat(path)[0] & 0x4000:
            _remove(path)
        else:
            os.remove(path)
    os.rmdir(folder)


def content(folder: str) -> "dict[str, bytes]":
    found = {}
    for name in os.listdir(folder):
        path = folder + "/" + name
        if os.stat(path)[0] & 0x4000:
            for inner, data in content(path).items():
                found[name + "/" + inner] = data
        else:
            with open(path, "rb") as file:
                found[name] = file.read()
    return found


def unpacked(slots: SlotFolders, data: bytes, piece: int) -> str:
    while not slots.prepare():
        pass
    reader = PackageReader(slots, "full")
    for at in range(0, len(data), piece):
        reader.write(memoryview(data)[at : at + piece])
    return reader.finish()


def test_a_package_becomes_the_files_of_the_slot_that_does_not_run() -> None:
    with Scratch() as root:
        os.mkdir(root + "slot_a")
        with open(root + "slot_a/boot.mpy", "wb") as file:
            file.write(b"running")
        slots = SlotFolders("some_board", root, "a")
        assert slots.state() == "a--"
        data = made(form=2, image=image())
        for piece in (1000, 1, 129):
            assert unpacked(slots, data, piece) == ""
            assert content(root + "slot_b") == dict(FILES), piece
        small = (("main.mpy", b"new"),)
        assert unpacked(slots, made(form=2, image=image(small)), 50) == ""
        assert content(root + "slot_b") == dict(small), "nothing is left of the version before"
        assert content(root + "slot_a") == {"boot.mpy": b"running"}


def test_the_state_is_kept_as_the_launcher_reads_it() -> None:
    with Scratch() as root:
        slots = SlotFolders("some_board", root, "b")
        slots.set_state("ba3")
        with open(root + "slot") as file:
            assert file.read() == "ba3"
        assert SlotFolders("some_board", root, "b").state() == "ba3"


def test_paths_that_lead_out_of_the_slot_and_files_cut_short_are_refused() -> None:
    with Scratch() as root:
        slots = SlotFolders("some_board", root, "a")
        for name in ("../slot_a/main.mpy", "/main.mpy"):
            assert raises(OSError, unpacked, slots, made(form=2, image=image(((name, b"x"),))), 1000)
        assert raises(OSError, unpacked, slots, made(form=2, image=image()[:-1]), 1000)
