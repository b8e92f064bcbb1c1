"""`make flash-contents`: whatever lies on the flash and in the FRAM, the charger boots and charges.

The memories of a charger in its second week (settings, an online session over, sessions without a link in the queue, one that a power cut ended)
are damaged in ways drawn at random: sound records of random content, swapped, truncated, oversized, foreign and missing files, random queues,
random staging logs, random bytes. Then the app boots on its bench, an operator takes back what says that it must not charge (faults, Inoperative),
and a card has to start a session whose messages arrive. `make test` plays a sample (test_flash_contents.py).
"""

from __future__ import annotations

import argparse
import copy
import random
import struct
import sys
from binascii import crc32
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for _folder in (str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)

from chargepoint.drivers.energy_register import EnergyRegister  # noqa: E402
from chargepoint.drivers.fram import EVENTS_AT, STAGING_AT  # noqa: E402
from chargepoint.runtime.store import records  # noqa: E402
from host_tests.faults.volume_model import FlashModel, FramModel  # noqa: E402
from host_tests.unit.runtime.app_world import Bench, Product, _Parts  # noqa: E402

NAMES = tuple(line.split()[0] for line in records.PAGE.decode().splitlines())
FRAM_BYTES = 8192
SETTLE_MS = 3000
TEXTS = (
    b"",
    b"\n",
    b"=",
    b"HeartbeatInterval=60",
    b"HeartbeatInterval=-1\nConnectionTimeOut=99999999999",
    b"ConnectionTimeOut=\xc2\xb2",
    b"MeterValuesSampledData=Nonsense",
    b"Nothing=1\n=\n\n==",
    b"AuthorizationCacheEnabled=true\nLocalPreAuthorize=true",
    b"x\ty\tz\t1",
    b"a\t0\t0\tb",
    b"a\t1\t99999999999999999999\tb\nc",
    b"1 2\n3 4 5",
    b"\xff\xfe",
)


class FullProduct(Product):
    """As `full`: with a cache, and with the keys that go with it."""

    CACHE_ENTRIES = 50
    CONFIGURATION = Product.CONFIGURATION + (
        "AuthorizationCacheEnabled=true\nLocalPreAuthorize=true\nLocalAuthorizeOffline=true\nAllowOfflineTxForUnknownId=true\n"
        "StopTransactionOnInvalidId=true\nWebSocketPingInterval=50\n"
    )


class Charger(Bench):
    """The app's bench with that product and a real energy register."""

    product = FullProduct

    def parts(self) -> _Parts:
        """The parts of the connector."""
        parts = _Parts()
        parts.register = EnergyRegister(self.fram)  # type: ignore[assignment]
        return parts


@lru_cache(maxsize=1)
def second_week() -> tuple[FlashModel, FramModel]:
    """Return flash and FRAM of a charger that has lived."""
    flash = FlashModel()
    fram = FramModel(flash, FRAM_BYTES)
    charger = Charger(flash, fram)
    charger.charging()
    charger.run(12000)
    charger.ask("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"})
    charger.ask("ChangeAvailability", {"connectorId": 0, "type": "Operative"})
    charger.tap()
    charger.run(3000)
    charger.connectors[0].pilot.car = 0
    charger.cable_in = False
    charger.run(3000)
    charger.charging()
    charger.run(12000)
    charger.tap()
    charger.run(3000)
    charger.connectors[0].pilot.car = 0
    charger.run(2000)
    charger.charging()
    charger.run(25000)
    return flash, fram


def damaged(seed: int) -> tuple[FlashModel, FramModel, list[str]]:
    """Return flash and FRAM with one to four kinds of damage, and what was done."""
    chance = random.Random(seed)
    flash, fram = copy.deepcopy(second_week())
    done = []
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        stroke = chance.choice(STROKES)
        done.append(stroke.__name__ + " " + str(stroke(chance, flash, fram) or ""))
    return flash, fram, done


def play(seed: int) -> str:
    """Boot and charge on the contents of this number. Returns: "", or what went wrong."""
    flash, fram, done = damaged(seed)
    try:
        charger = Charger(flash, fram)
        charger.run(SETTLE_MS)
        app = charger.app
        app.core.clear_faults(1, charger.now)
        charger.ask("ChangeAvailability", {"connectorId": 0, "type": "Operative"})
        charger.run(15000)  # a session that a power cut ended is booked
        charger.connectors[0].pilot.car = 2
        charger.run(1000)
        charger.tap()
        charger.run(8000)
        assert charger.connectors[0].contactor.driving, "does not charge"
        charger.tap()
        charger.run(2000)
        assert not charger.connectors[0].contactor.driving, "does not stop"
        charger.run(20000)
        assert app.store.queue.count == 0, "%d messages stay" % app.store.queue.count
        assert not app.exceptions, "%d exceptions: %s" % (app.exceptions, [line for line in charger.lines if "exception" in line][:1])
        assert flash.longest_read <= 8192, "a read of %d bytes" % flash.longest_read
        said = charger.lines
        Charger(flash, fram).run(SETTLE_MS)
    except Exception as error:
        return f"seed {seed}, {done}: {type(error).__name__} {error}"
    del said
    return ""


def _sealed(name: str, data: bytes, sequence: int, version: int = 1, form: int = 1) -> bytearray:
    head = struct.pack("<BBBBI", 0x52, sequence, version, form, len(data))
    return bytearray(head + struct.pack("<I", crc32(data, crc32(head, crc32(name.encode()) if form else 0))) + data)


def _content(chance: random.Random) -> bytes:
    kind = chance.randrange(5)
    if kind == 0:
        return chance.randbytes(chance.choice((0, 1, 2, 3, 4, 8, 12, 16, 28, 32, 200)))
    if kind == 1:
        return chance.choice(TEXTS) * chance.choice((1, 1, 30))
    if kind == 2:
        return bytes(chance.choice((1, 2, 3, 4, 12, 16, 28)))
    if kind == 3:
        return b"\xff" * chance.choice((1, 2, 3, 4, 12, 16, 28))
    return bytes(chance.choice(b"0123456789 \t\n=-.abZ\xc3") for _ in range(chance.randrange(60)))


def _name(chance: random.Random) -> str:
    return chance.choice(NAMES)


def _file(chance: random.Random, flash: FlashModel) -> str:
    return chance.choice(sorted(flash.files))


def sound_record(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """A record with a right checksum and a content that nobody wrote, of this format or the first one."""
    name, data = _name(chance), _content(chance)
    form, version = chance.choice((0, 1, 1)), chance.choice((1, 1, 1, 0, 2, 255))
    for copy_number in ((0,), (1,), (0, 1))[chance.randrange(3)]:
        flash.files[f"{name}.{copy_number}"] = _sealed(name, data, chance.randrange(256), version, form)
    return f"{name}={data!r}"


def swap(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """Two files in each other's place."""
    one, two = _file(chance, flash), _file(chance, flash)
    flash.files[one], flash.files[two] = flash.files[two], flash.files[one]
    return f"{one} {two}"


def renamed(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """A file under the name of a record, of a segment, or of nothing."""
    source = _file(chance, flash)
    number = chance.randrange(400)
    names = (f"{_name(chance)}.{number & 1}", f"q{number}", f"d{number}", "q\u00b2", "q007", "q" + "9" * 30, "x")
    target = chance.choice(names)
    flash.files[target] = bytearray(flash.files[source])
    return f"{source} as {target}"


def lost(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """A file is gone, or all of them."""
    name = _file(chance, flash)
    if chance.randrange(9):
        del flash.files[name]
        return name
    flash.files.clear()
    flash.files["boot.0"] = bytearray()
    return "all"


def cut_or_grown(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """A file is shorter than it was, or far longer."""
    name = _file(chance, flash)
    data = flash.files[name]
    if chance.randrange(2):
        del data[chance.randrange(len(data) + 1) :]
    else:
        data.extend(chance.choice((b"\0", b"\xff", b"R\1\1\1")) * chance.choice((1, 100, 75000)))
    return f"{name} {len(data)}"


def flipped(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """Some bits of a file, or of the FRAM."""
    name = _file(chance, flash)
    data = flash.files[name] if chance.randrange(3) else fram.cells
    for _ in range(chance.choice((1, 3, 40))):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return name


def foreign(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """A file of random bytes, or a large one, under one of our names."""
    name = chance.choice([f"{_name(chance)}.{chance.randrange(2)}", "events0", "events1", "q64", "q65", "d64", "crash", "provision.txt", "roots.der"])
    flash.files[name] = bytearray(chance.choice((chance.randbytes(chance.randrange(3000)), bytes(300000), b"\xff" * 9000)))
    return f"{name} {len(flash.files[name])}"


def _message(chance: random.Random) -> bytes:
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(chance.choice((1, 2, 5, 6, 22, 23, 40, 384, 500, 4000)))
    head = bytes((chance.choice((1, 2, 3, chance.randrange(256))), chance.choice((1, 1, 2, chance.randrange(256)))))
    rest = chance.choice((b"", b"CARD1", b"\xff" * 5, chance.randbytes(chance.randrange(40))))
    return head + chance.randbytes(20) + bytes((chance.choice((0, 5, 255)),)) + rest


def random_queue(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """A segment of sound records with random numbers and content, perhaps with a head marker that does not fit."""
    prefix = chance.choice("qqqd")
    number = chance.choice((64, 65, 128, 192, 4096))
    data = bytearray()
    seq = chance.choice((1, 1, 5, 1000, (1 << 30) - 3, (1 << 32) - 2))
    for _ in range(chance.randrange(12)):
        record = _message(chance)
        head = struct.pack("<HI", len(record), seq & 0xFFFFFFFF)
        data += head + struct.pack("<I", crc32(record, crc32(head, number))) + record
        seq = seq + 1 if chance.randrange(4) else chance.randrange(1 << chance.randrange(1, 33))
    flash.files[prefix + str(number)] = data
    if chance.randrange(2):
        flash.files[prefix + "head.0"] = _sealed(prefix + "head", struct.pack("<I", chance.randrange(1 << chance.randrange(1, 33))), chance.randrange(256))
    return f"{prefix}{number} {len(data)}"


def random_staging(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """A staging log of sound entries of random kinds, names, numbers and content."""
    epoch = chance.choice((0, 1, 2, 77, (1 << 30) - 2, (1 << 32) - 1))
    head = struct.pack("<I", epoch)
    fram.cells[STAGING_AT + (epoch & 1) * 8 : STAGING_AT + (epoch & 1) * 8 + 8] = head + struct.pack("<I", crc32(head))
    half = (FRAM_BYTES - STAGING_AT - 16) // 2
    log = bytearray()
    for _ in range(chance.randrange(12)):
        kind = chance.choice((1, 1, 2, 3, 3, 4, 5, chance.randrange(256)))
        name = _name(chance).encode() if kind in (3, 5) and chance.randrange(4) else chance.randbytes(chance.choice((0, 3)))
        data = _content(chance) if kind == 3 else _message(chance)
        seq = chance.choice((0, 1, 2, 3, 7, 400, chance.randrange(1 << 32)))
        first = struct.pack("<HBBI", len(data), kind, len(name), seq)
        log += first + struct.pack("<I", crc32(data, crc32(name, crc32(first, epoch)))) + name + data
    base = STAGING_AT + 16 + (epoch & 1) * half
    fram.cells[base : base + half] = bytes(log[:half]).ljust(half, chance.choice((b"\0", b"\xff")))
    return f"epoch {epoch}, {len(log)} bytes"


def random_events(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """Sound entries of the event log that nobody wrote, in a file or in the FRAM."""
    log = b""
    for _ in range(chance.randrange(1, 40)):
        entry = struct.pack("<HBBIiH", chance.choice((0, 101, chance.randrange(65536))), *chance.randbytes(2), *struct.unpack("<IiH", chance.randbytes(10)))
        log += entry + struct.pack("<H", crc32(entry) & 0xFFFF)
    if chance.randrange(2):
        flash.files["events%d" % chance.randrange(2)] = bytearray(log)
    else:
        fram.cells[EVENTS_AT : EVENTS_AT + len(log[:512])] = log[:512]
    return ""


def random_fram(chance: random.Random, flash: FlashModel, fram: FramModel) -> str:
    """The whole FRAM, or a part of it, of random bytes, zeros or ones."""
    start = chance.choice((0, chance.randrange(FRAM_BYTES)))
    end = chance.choice((FRAM_BYTES, min(FRAM_BYTES, start + chance.randrange(600))))
    fram.cells[start:end] = chance.choice((chance.randbytes(end - start), bytes(end - start), b"\xff" * (end - start)))
    return f"{start}..{end}"


STROKES = (sound_record, sound_record, swap, renamed, lost, cut_or_grown, flipped, foreign, random_queue, random_staging, random_events, random_fram)


def main() -> int:
    """Play many; 0 when every one boots and charges."""
    parser = argparse.ArgumentParser(description="Boot and charge on random contents of flash and FRAM.")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    failures = 0
    for seed in range(options.seed, options.seed + options.count):
        wrong = play(seed)
        if wrong:
            failures += 1
            print(wrong, flush=True)
    print(f"{options.count} flash contents, {failures} of them do not boot and charge")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
