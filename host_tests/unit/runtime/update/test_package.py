"""The reader of update packages: what is firmware for this charger, whatever the pieces it comes in, and what is not."""

import hashlib

from chargepoint.runtime.update.package import PackageReader
from host_tests.portable import raises

IMAGE = bytes([n * 7 & 0xFF for n in range(1000)])


class Slots:
    """A slot in memory."""

    board = "some_board"
    form = 1

    def __init__(self, room: int = 4096) -> None:
        self._room = room
        self.content = b""
        self.finished = False

    def room(self) -> int:
        return self._room

    def begin(self, size: int) -> None:
        self.content = b""
        self.finished = False

    def write(self, data: "bytes") -> None:
        self.content += bytes(data)

    def finish(self) -> None:
        self.finished = True


def made(board: str = "some_board", product: str = "full", version: str = "1.2", form: int = 1, image: bytes = IMAGE) -> bytes:
    """A package by the description of the format."""
    head = b"PLUP\x01" + bytes((form,)) + b"\0\0" + len(image).to_bytes(4, "little")
    for text, size in ((board, 24), (product, 16), (version, 50)):
        head += text.encode() + bytes(size - len(text))
    head += bytes(128 - len(head))
    return head + image + hashlib.sha256(head + image).digest()


def read(data: bytes, piece: int = 100, slots: "Slots | None" = None) -> "tuple[str, Slots]":
    """Feed it in pieces; what it says in the end, and the slot."""
    slots = slots or Slots()
    reader = PackageReader(slots, "full")
    for at in range(0, len(data), piece):
        reader.write(memoryview(data)[at : at + piece])
    return reader.finish(), slots


def test_a_good_package_lies_in_the_slot_as_it_came_whatever_its_pieces() -> None:
    data = made()
    for piece in (1, 31, 127, 128, 129, 500, 5000):
        refusal, slots = read(data, piece)
        assert refusal == "" and slots.content == data and slots.finished, piece


def test_a_byte_changed_missing_or_added_is_no_firmware() -> None:
    data = made()
    for at in list(range(0, 140)) + list(range(140, len(data), 61)) + list(range(len(data) - 33, len(data))):
        refusal, slots = read(data[:at] + bytes((data[at] ^ 0x20,)) + data[at + 1 :], 333)
        assert refusal and not slots.finished, at
    for bad in (data[:-1], data + b"\0", data[:-40], data[:128], data[:127], data[:50] + data[51:], data[:900] + b"x" + data[900:], b"", b"PLUP"):
        refusal, slots = read(bad, 64)
        assert refusal and not slots.finished, len(bad)


def test_firmware_for_others_writes_nothing() -> None:
    for bad, why in (
        (made(board="other_board"), "board"), (made(form=2), "board"), (made(product="duo"), "product"), (made(image=bytes(4000)), "fit"),
        (made(image=b""), "fit"), (bytes(5000), "package"),
    ):
        refusal, slots = read(bad)
        assert why in refusal and slots.content == b"", (why, refusal)


def test_a_transfer_that_broke_off_goes_on_or_begins_again() -> None:
    data = made()
    slots = Slots()
    reader = PackageReader(slots, "full")
    reader.write(data[:700])
    assert reader.have == 700
    assert raises(OSError, reader.begin, 600)
    reader.begin(700)
    reader.write(data[700:])
    assert reader.finish() == "" and slots.content == data and reader.version == "1.2"
    reader.begin(0)
    reader.write(data[:700])
    reader.begin(0)
    reader.write(data)
    assert reader.finish() == "" and slots.content == data


def test_a_file_without_end_ends_the_transfer() -> None:
    reader = PackageReader(Slots(), "full")
    piece = bytes(65536)

    def feed() -> None:
        for _ in range(200):
            reader.write(piece)

    assert raises(OSError, feed)
